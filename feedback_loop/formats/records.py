"""Events as text: one canonical line of JSON each (formats.md section 3).

Canonical = keys sorted, ASCII, no blanks between tokens; `id` is the SHA-256 of that line without `id`.
Every key of the record is there, null where nothing is known; optional fields of `data` without a value
are left out. A record that a formatter has laid out anew is read all the same: its id still fits.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, TypeVar

from feedback_loop.domain.event import Event
from feedback_loop.domain.secrets import (
    MASK,
    is_count_name,
    is_secret_name,
    keep_frames,
    mask_names,
    masked_and_capped,
)
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import VERSION, FieldError, check_fields, check_record, short
from feedback_loop.formats.event_fields import FIELDS, TEXT
from feedback_loop.formats.strict_json import DEPTH_CAP, DIGITS_CAP, SIZE_CAP, parse_json

_SOURCE = {"kind": "api"}
_LONG_NUMBER = re.compile(rf"\d{{{DIGITS_CAP + 1}}}")
_write = json.JSONEncoder(sort_keys=True, allow_nan=False, separators=(",", ":"), check_circular=False).encode


# -- making ----------------------------------------------------------------------------------------


def make_event(
    kind: str,
    at: str,
    data: Mapping[str, Any],
    *,
    patterns: Iterable[str] = (),
    source: Mapping[str, Any] | None = None,
    by: str | None = None,
    commit: str | None = None,
) -> Event:
    """An event with its id. `at` is `2026-11-20T09:30:00Z`; a field that is None counts as not given.

    Secrets are masked and texts capped before the id is computed. Raises FieldError, an InputError, for
    an unknown kind, a field that is missing, blank, unknown or of the wrong type, and an event too large.
    """
    if kind not in FIELDS:
        raise FieldError("kind", f"kind: {short(kind)} is not one of {', '.join(FIELDS)}")
    fields = FIELDS[kind]
    clean = {
        name: _cleaned(name, value, fields[name].limit if name in fields else TEXT)
        for name, value in data.items()
        if value is not None or (name in fields and fields[name].fits(None))
    }
    if isinstance(clean.get("stack_trace"), str):
        clean["stack_trace"] = _cleaned("stack_trace", keep_frames(data["stack_trace"]), 4_000)
    value = {
        "at": at,
        "by": by,
        "commit": commit,
        "data": clean,
        "kind": kind,
        "patterns": list(dict.fromkeys(patterns)),
        "schema_version": VERSION,
        "source": _cleaned("source", dict(source or _SOURCE), TEXT),
    }
    check_fields(value)
    event = _event(value)
    before, after = _around_id(event)
    if len(before) + len(after) > SIZE_CAP - 100:
        raise FieldError("data", f"data: larger than {SIZE_CAP} bytes")
    return replace(event, id=_digest(before + after))


def _cleaned(name: str, value: Any, limit: int, depth: int = 0) -> Any:
    """The value with every text and key masked and capped; what JSON does not know is refused by its path."""
    if isinstance(value, str):
        return masked_and_capped(_written(value), limit)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise FieldError(name.partition(".")[0], f"{name}: {value} is not a JSON number")
        return value
    if depth > DEPTH_CAP - 4:
        raise FieldError(name.partition(".")[0], f"{name}: nested too deep")
    if isinstance(value, Mapping):
        cleaned = [_member(f"{name}.{key}", key, one, limit, depth) for key, one in value.items()]
        keys = mask_names(value, lambda key: masked_and_capped(_written(key), limit))
        return dict(zip(keys, cleaned, strict=True))
    if isinstance(value, list | tuple):
        return [_cleaned(f"{name}.{index}", one, limit, depth + 1) for index, one in enumerate(value)]
    raise FieldError(name.partition(".")[0], f"{name}: a {type(value).__name__} is not a JSON value")


def _member(name: str, key: Any, value: Any, limit: int, depth: int) -> Any:
    if not isinstance(key, str):
        raise FieldError(name.partition(".")[0], f"{name}: a key must be text")
    cleaned = _cleaned(name, value, limit, depth + 1)
    return hidden(cleaned, is_count_name(key)) if is_secret_name(key) else cleaned


def hidden(value: Any, counts: bool) -> Any:
    """What stands in place of the value of a secret name: the mask, but for None, bool and what is empty.

    With `counts` its numbers stay, and the objects and lists around them.
    """
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return value
    if counts and isinstance(value, int | float):
        return value
    if counts and isinstance(value, dict):
        return {key: hidden(one, counts) for key, one in value.items()}
    return [hidden(one, counts) for one in value] if counts and isinstance(value, list) else MASK


def _written(text: str) -> str:
    r"""What can be written as UTF-8: bytes that were no text appear as `\xNN`."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def event_data(event: Event) -> dict[str, Any]:
    """The fields of the event's kind, a dict of your own."""
    data: dict[str, Any] = json.loads(event.data)
    return data


# -- writing ---------------------------------------------------------------------------------------


def format_event(event: Event) -> str:
    """The record: one line, its end included."""
    before, after = _around_id(event)
    return f'{before}"id":"{event.id}",{after}\n'


def _around_id(event: Event) -> tuple[str, str]:
    """The canonical record before its id and after it."""
    by = "null" if event.by is None else _quoted(event.by)
    commit = "null" if event.commit is None else f'"{event.commit}"'
    patterns = '["' + '","'.join(event.patterns) + '"]' if event.patterns else "[]"
    return (
        f'{{"at":"{event.at}","by":{by},"commit":{commit},"data":{event.data},',
        f'"kind":"{event.kind}","patterns":{patterns},"schema_version":{VERSION},"source":{event.source}}}',
    )


def _event(value: Mapping[str, Any], identity: str = "") -> Event:
    """The event of a record that has been checked, with the id given."""
    try:
        data, source = _write(value["data"]), _interned(_write(value["source"]))
    except (ValueError, RecursionError) as error:
        raise FieldError("data", f"data: {error}") from None
    patterns = _interned(tuple(value["patterns"]))
    by, commit = _interned(value["by"]), _interned(value["commit"])
    return Event(value["at"], identity, _interned(value["kind"]), patterns, data, source, by, commit)


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode("ascii")).hexdigest()


_Repeated = TypeVar("_Repeated", str, str | None, tuple[str, ...])


@lru_cache(4096)
def _interned(value: _Repeated) -> _Repeated:
    """What repeats is held once: thousands of events share kind, patterns, source, author and commit."""
    return value


# -- reading ---------------------------------------------------------------------------------------


def parse_event(text: bytes | str, shown: str) -> Event:
    """The event of one record, its id checked. Raises InputError with `shown`, the place, in front."""
    try:
        return parse_record(text)
    except InputError as error:
        raise InputError(f"{shown}: {error.message}") from None


def parse_record(text: bytes | str) -> Event:
    """The same; the message of the InputError says what is wrong, not where."""
    line, value = _loaded(text)
    identity = check_record(value)
    event = _event(value, identity)
    before, after = _around_id(event)
    if _digest(before + after) != identity:
        raise InputError(f"its id is not the hash of its content: changed or damaged ({identity[:12]})")
    if line != f'{before}"id":"{identity}",{after}':
        _check_strictly(line)  # not our own layout, in which none of these faults can be
    elif "\\ud" in line:
        _check_surrogates(value)
    return event


def _loaded(text: bytes | str) -> tuple[str, Any]:
    if len(text) > SIZE_CAP + 1:
        raise InputError(f"larger than {SIZE_CAP} bytes")
    try:
        line = (text.decode("utf-8") if isinstance(text, bytes) else text).rstrip("\r\n")
        if len(line) > DIGITS_CAP and _LONG_NUMBER.search(line):
            _check_strictly(line)
        value = json.loads(line)
        if line.count("{") + line.count("[") > DEPTH_CAP:
            _check_depth(value, 1)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise InputError(f"nested deeper than {DEPTH_CAP} levels") from None
    except ValueError as error:
        raise error if isinstance(error, InputError) else InputError(f"not JSON: {error}") from None
    return line, value


def _check_strictly(line: str) -> None:
    problems = parse_json(line.encode("utf-8", "surrogatepass"), "").problems
    if problems:
        raise InputError(problems[0].message)


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise InputError("lone surrogate in a string") from None


def _check_depth(value: Any, depth: int) -> None:
    if depth > DEPTH_CAP and isinstance(value, dict | list):
        raise InputError(f"nested deeper than {DEPTH_CAP} levels")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        if isinstance(one, dict | list):
            _check_depth(one, depth + 1)
