"""Whether a record is an event: its frame and the fields of its kind, each fault by the field's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from feedback_loop.domain.names import is_name
from feedback_loop.domain.secrets import mask
from feedback_loop.errors import InputError
from feedback_loop.formats.event_fields import CHOICES, FIELDS, REQUIRED, Field, is_sha256

VERSION = 1
NEWER = "needs a newer feedback-loop"
_KEYS = frozenset(["schema_version", "id", "kind", "at", "by", "commit", "patterns", "data", "source"])
_AT = re.compile(r"(?!0000)\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ\Z", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Of field types: the type of a value that surely fits, and what else it must pass; a type that is missing
# is looked at closely.
_PLAIN: dict[str, tuple[type, Callable[[Any], object] | None]] = {
    "text": (str, None),
    "code": (str, None),
    "trace": (str, None),
    "word": (str, str.strip),
    "prompt": (str, str.strip),
    "long": (str, None),
    "words": (list, lambda value: all(type(one) is str for one in value)),
    "score": (int, range(1, 6).__contains__),
    "whole": (int, (0).__le__),
    "positive": (int, (1).__le__),
    "flag": (bool, None),
    "object": (dict, None),
    "list": (list, None),
    **{name: (str, frozenset(known).__contains__) for name, known in CHOICES.items()},
}
_TESTS = {
    kind: {name: _PLAIN[field.type] for name, field in fields.items() if field.type in _PLAIN}
    for kind, fields in FIELDS.items()
}
_is_name = lru_cache(4096)(is_name)
_BY_CAP, _PATTERNS_CAP, _SHOWN = 320, 100, 60
_LOOKED_AT = 4096  # characters of a value that is shown, so that no secret is cut before it is seen


class FieldError(InputError):
    """A field that is missing or wrong; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_record(value: Any) -> str:
    """The id that the record says it has. Raises InputError."""
    if not isinstance(value, dict):
        raise InputError("no event: a JSON object is needed")
    version = value.get("schema_version")
    if type(version) is int and version > VERSION:
        raise InputError(f"version {version} {NEWER}")
    if value.keys() != _KEYS:
        missing, unknown = sorted(_KEYS - value.keys()), sorted(value.keys() - _KEYS)
        word, keys = ("lacks", missing) if missing else ("knows no", unknown)
        raise InputError(f"no event: it {word} {', '.join(short(key) for key in keys[:5])}")
    if type(version) is not int or version != VERSION:
        raise InputError(f"schema_version must be {VERSION}, not {short(version)}")
    identity = value["id"]
    if not is_sha256(identity):
        raise FieldError("id", f"id must be 64 hexadecimal digits in lower case, not {short(identity)}")
    check_fields(value)
    return str(identity)


def check_fields(value: Mapping[str, Any]) -> None:
    """All but version and id. Raises FieldError."""
    if _is_plain(value):
        return
    kind, at, by, commit = value["kind"], value["at"], value["by"], value["commit"]
    if not isinstance(kind, str) or kind not in FIELDS:
        raise FieldError("kind", f"kind: {short(kind)} is not one of {', '.join(FIELDS)}")
    if not isinstance(at, str) or not _is_time(at):
        raise FieldError("at", f"at must be a UTC time like 2026-11-20T09:30:00Z, not {short(at)}")
    if by is not None and not (isinstance(by, str) and by.strip() and len(by) <= _BY_CAP):
        raise FieldError("by", f"by must be the author's token or null, not {short(by)}")
    if commit is not None and not (isinstance(commit, str) and _COMMIT.match(commit)):
        raise FieldError("commit", f"commit must be a commit's id or null, not {short(commit)}")
    _check_patterns(value["patterns"])
    source = value["source"]
    if not isinstance(source, dict) or not isinstance(source.get("kind"), str) or not source["kind"].strip():
        raise FieldError("source", 'source must be an object with a "kind"')
    _check_data(kind, value["data"])


def _is_plain(value: Mapping[str, Any]) -> bool:
    """Whether nothing can be wrong with it, told in a third of the time; False = it must be looked at."""
    kind, data, source, patterns = value["kind"], value["data"], value["source"], value["patterns"]
    tests = _TESTS.get(kind) if type(kind) is str else None
    if tests is None or type(data) is not dict or type(source) is not dict or type(patterns) is not list:
        return False
    for name, one in data.items():
        expected = tests.get(name)
        if expected is None or type(one) is not expected[0]:
            return False
        if expected[1] is not None and not expected[1](one):
            return False
    at, by, commit, origin = value["at"], value["by"], value["commit"], source.get("kind")
    return (
        REQUIRED[kind] <= data.keys()
        and type(at) is str
        and _is_time(at)
        and (by is None or (type(by) is str and len(by) <= _BY_CAP and bool(by.strip())))
        and (commit is None or (type(commit) is str and _COMMIT.match(commit) is not None))
        and type(origin) is str
        and bool(origin.strip())
        and (not patterns or (len(patterns) == 1 and type(patterns[0]) is str and _is_name(patterns[0])))
    )


def _check_patterns(patterns: Any) -> None:
    if not isinstance(patterns, list) or len(patterns) > _PATTERNS_CAP:
        raise FieldError("patterns", f"patterns must be a list of at most {_PATTERNS_CAP} names")
    for name in patterns:
        if not isinstance(name, str) or not _is_name(name):
            text = "no pattern's name (2 to 64 of a-z, 0-9 and _, a letter first)"
            raise FieldError("patterns", f"patterns: {short(name)} is {text}")
    if len(set(patterns)) != len(patterns):
        raise FieldError("patterns", "patterns: a name is given twice")


def _check_data(kind: str, data: Any) -> None:
    if not isinstance(data, dict):
        raise FieldError("data", f"data must be an object, not {short(data)}")
    fields = FIELDS[kind]
    for name, value in data.items():
        field = fields.get(name)
        if field is None or not field.fits(value):
            raise _fault(kind, name, value, field)
    if not REQUIRED[kind] <= data.keys():
        name = min(REQUIRED[kind] - data.keys())
        raise FieldError(name, f"{name} is missing: a {kind} event needs it")


def _fault(kind: str, name: str, value: Any, field: Field | None) -> FieldError:
    if field is None:
        known = ", ".join(FIELDS[kind])
        return FieldError(name, f"{short(name)} is no field of a {kind} event (known: {known})")
    blank = isinstance(value, str) and not value.strip() and field.type in ("word", "prompt")
    text = "cannot be empty" if blank else f"must be {field.words}, not {short(value)}"
    return FieldError(name, f"{name} {text}")


def _is_time(at: str) -> bool:
    """Whether it is a second of the calendar, in UTC."""
    return _AT.match(at) is not None and _is_day(at[:10])


@lru_cache(4096)
def _is_day(date: str) -> bool:
    year, month, day = map(int, date.split("-"))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] and (leap or (month, day) != (2, 29))


def short(value: object) -> str:
    """A value to be shown in a message: without secrets, ASCII, and not endless."""
    try:
        text = ascii(mask(value[:_LOOKED_AT])) if isinstance(value, str) else mask(ascii(value)[:_LOOKED_AT])
    except ValueError:  # what Python does not convert
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
