"""What a `MetricsCollector` keeps, as JSON: values made plain, and exported metrics read back (A26, A29)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from feedback_loop.domain.secrets import is_count_name, is_secret_name, mask, mask_names
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.records import hidden
from feedback_loop.formats.strict_json import DEPTH_CAP, DIGITS_CAP

NON_FINITE = "non_finite"
_INTEGER_CAP = 10**DIGITS_CAP
_PATH_SHOWN = 200
_OWN = frozenset((type(None), bool, int, float, str, list, dict))
_SURROGATE = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


class MetricsJSONError(InputError, json.JSONDecodeError):
    """Text that is no JSON: to Python programs the error that `json.loads` raises."""

    def __init__(self, error: json.JSONDecodeError) -> None:
        json.JSONDecodeError.__init__(self, error.msg, error.doc, error.pos)
        self.message = f"metrics are not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        self.hint = ""
        self.kind = "input"


def is_numpy(value: object) -> bool:
    """Whether the value's type comes from NumPy, found out without importing it."""
    return any(base.__module__.partition(".")[0] == "numpy" for base in type(value).__mro__)


def unwrapped(value: Any) -> Any:
    """A NumPy scalar or array as Python's own values; anything else as it is.

    Extended floats have no Python twin: `tolist` gives them back, `float` rounds them.
    """
    if type(value) in _OWN or not is_numpy(value) or not hasattr(value, "tolist"):
        return value
    plain = value.tolist()
    return float(plain) if type(plain) is type(value) and hasattr(plain, "__float__") else plain


def clean_text(text: str) -> str:
    r"""The text as a plain `str` that UTF-8 can hold: lone surrogates become `\udc80` in letters."""
    text = str.__str__(text)
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def plain(value: object, path: str, depth: int = 3) -> tuple[Any, list[str]]:
    """A copy of the value in JSON's own types, and the key paths of numbers that became null.

    Those are NaN and the infinities. `path` is the value's own, `depth` how many containers are around
    it. Raises InputError with the key path for what JSON does not know.
    """
    copier = _Copier()
    return copier.copy(value, path, depth), copier.non_finite


class _Copier:
    def __init__(self) -> None:
        self.non_finite: list[str] = []

    def copy(self, value: object, path: str, depth: int) -> Any:
        value = unwrapped(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return clean_text(value)
        if isinstance(value, int):
            return _integer(value, path)
        if isinstance(value, float):
            return self._number(value, path)
        if depth >= DEPTH_CAP:
            raise InputError(f"{_shown(path)}: nested deeper than {DEPTH_CAP} levels")
        return self._container(value, path, depth + 1)

    def _container(self, value: object, path: str, depth: int) -> Any:
        if isinstance(value, dict):
            return {
                _key(key, path): self.copy(member, f"{path}.{key}" if path else f"{key}", depth)
                for key, member in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.copy(item, f"{path}[{place}]", depth) for place, item in enumerate(value)]
        raise InputError(f"{_shown(path)}: {type(value).__name__} is not a JSON value")

    def _number(self, value: float, path: str) -> float | None:
        if math.isfinite(value):
            return float(value)
        self.non_finite.append(clean_text(path))
        return None


def _integer(value: int, path: str) -> int:
    if -_INTEGER_CAP < value < _INTEGER_CAP:
        return int(value)
    raise InputError(f"{_shown(path)}: a number of more than {DIGITS_CAP} digits")


def _key(key: object, path: str) -> str:
    if isinstance(key, str):
        return clean_text(key)
    raise InputError(f"{_shown(path)}: a key must be text, not {type(key).__name__}")


def _shown(path: str) -> str:
    return visible(path if len(path) <= _PATH_SHOWN else path[:_PATH_SHOWN] + "…")


# -- whole exports -------------------------------------------------------------------------------------


def read_metrics(text: str, categories: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Exported metrics by category, each a list of entries, and the names of categories nobody knows.

    Missing and null give an empty list, one object a list of one; unknown categories stay as they are.
    Raises MetricsJSONError (also a json.JSONDecodeError), and InputError for the wrong shape, a key given
    twice, a lone surrogate, and numbers or nesting beyond what JSON readers share.
    """
    document = _parsed(text)
    if not isinstance(document, dict):
        raise InputError(f"metrics must be a JSON object, not {type(document).__name__}")
    known = list(categories)
    data: dict[str, Any] = {name: _entries(name, document.get(name)) for name in known}
    unknown = [name for name in document if name not in data]
    return data | {name: plain(document[name], name, 1)[0] for name in unknown}, unknown


def _parsed(text: str) -> Any:
    if not isinstance(text, str):
        raise InputError(f"metrics must be text, not {type(text).__name__}")
    try:
        document = json.loads(text, parse_int=_digits, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise MetricsJSONError(error) from None
    except RecursionError:
        raise InputError(f"metrics are nested deeper than {DEPTH_CAP} levels") from None
    if _SURROGATE.search(text) and _has_surrogate(document):
        raise InputError("metrics hold a lone surrogate: half a character")
    return document


def _digits(digits: str) -> int:
    if len(digits) > DIGITS_CAP:
        raise InputError(f"metrics hold a number of more than {DIGITS_CAP} digits")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InputError(f"metrics hold the key {_shown(twice)!a} twice in one object")
    return members


def _has_surrogate(document: Any) -> bool:
    """Written without escapes and read as UTF-8, the document would not be what it is."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except RecursionError:
        return False  # too deep: refused by what comes next
    return False


def _entries(category: str, value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        raise InputError(f"{category} must be a list, not {type(value).__name__}")
    return [_entry(item, f"{category}[{place}]") for place, item in enumerate(value)]


def _entry(item: object, path: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InputError(f"{path} must be an object, not {type(item).__name__}")
    entry, non_finite = plain(item, path, 2)
    if non_finite:
        noted = entry.get(NON_FINITE)
        noted = noted if isinstance(noted, list) else []
        entry[NON_FINITE] = [*noted, *(key[len(path) + 1 :] for key in non_finite)]
    checked: dict[str, Any] = entry
    return checked


def format_metrics(data: dict[str, Any], masked: bool = False) -> str:
    """Metrics as JSON, indented by two; `masked`: without secrets and home folders.

    Raises InputError with the key path for what a program put there and JSON does not know.
    """
    document = {_key(name, "data"): _formatted(name, value) for name, value in data.items()}
    return json.dumps(_masked(document) if masked else document, indent=2)


def _formatted(name: str, value: object) -> Any:
    if not isinstance(value, list):
        return plain(value, name, 1)[0]
    return [
        _entry(item, f"{name}[{place}]") if isinstance(item, dict) else plain(item, f"{name}[{place}]", 2)[0]
        for place, item in enumerate(value)
    ]


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        masked = [
            hidden(_masked(member), is_count_name(key)) if is_secret_name(key) else _masked(member)
            for key, member in value.items()
        ]
        return dict(zip(mask_names(value, mask), masked, strict=True))
    return [_masked(item) for item in value] if isinstance(value, list) else value
