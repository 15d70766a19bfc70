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

_WORD = 64  # characters
SHIFT_CAP = 63  # blanks before a record in a file of its own
_SOURCE = {"kind": "api"}
_LONG_NUMBER = re.compile(rf"\d{{{DIGITS_CAP + 1}}}")
_TOO_LARGE = 10**DIGITS_CAP  # no reader would take it
_decoder = json.JSONDecoder()
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
        name: _cleaned(name, *_capped(name, value, fields[name].limit if name in fields else TEXT))
        for name, value in data.items()
        if value is not None or (name in fields and fields[name].fits(None))
    }
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


def make_trusted(
    kind: str, at: str, data: Mapping[str, Any], source: str, by: str | None, commit: str | None
) -> Event:
    """The same of values that its caller has masked, capped and checked, for events by the thousand.

    `source` is canonical JSON, as `Event.source` is.
    """
    text = _write(data)
    record = f"{_head(at, by, commit)}{text},{_tail(kind, ())}{source}}}"
    return Event(at, _digest(record), kind, (), text, source, by, commit)


def masked_value(name: str, value: Any, limit: int) -> Any:
    """The JSON value with every text and key masked and capped at `limit` characters.

    Raises FieldError, which names the part by its path, for what JSON does not know.
    """
    return _cleaned(name, value, limit)


def _capped(name: str, value: Any, limit: int) -> tuple[Any, int]:
    """The value and its limit; of a stack trace the frames stay, without local variables."""
    return (keep_frames(value), 4_000) if name == "stack_trace" and isinstance(value, str) else (value, limit)


def _cleaned(name: str, value: Any, limit: int, depth: int = 0) -> Any:
    """The value with every text and key masked and capped; what JSON does not know is refused by its path."""
    if isinstance(value, str):
        return _text(value, limit)
    if value is None or isinstance(value, bool | int):
        if value is not None and not -_TOO_LARGE < value < _TOO_LARGE:
            raise FieldError(name.partition(".")[0], f"{name}: a number of more than {DIGITS_CAP} digits")
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise FieldError(name.partition(".")[0], f"{name}: {value} is not a JSON number")
        return value
    if depth > DEPTH_CAP - 4:
        raise FieldError(name.partition(".")[0], f"{name}: nested too deep")
    if isinstance(value, Mapping):
        cleaned = [_member(name, key, one, limit, depth) for key, one in value.items()]
        keys = mask_names(value, lambda key: _text(key, limit))
        return dict(zip(keys, cleaned, strict=True))
    if isinstance(value, list | tuple):
        return [_cleaned(f"{name}.{index}", one, limit, depth + 1) for index, one in enumerate(value)]
    raise FieldError(name.partition(".")[0], f"{name}: a {type(value).__name__} is not a JSON value")


def _member(name: str, key: Any, value: Any, limit: int, depth: int) -> Any:
    if not isinstance(key, str):
        raise FieldError(name.partition(".")[0], f"{name}.{short(key)}: a key must be text")
    cleaned = _cleaned(f"{name}.{key}", value, limit, depth + 1)
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


def _text(text: str, limit: int) -> str:
    return _word(text, limit) if len(text) <= _WORD else masked_and_capped(_written(text), limit)


@lru_cache(4096)
def _word(text: str, limit: int) -> str:
    """Keys, kinds and names repeat from event to event."""
    return masked_and_capped(_written(text), limit)


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


def format_loose(event: Event) -> str:
    """The record as a file of its own: blanks in front, of another number in every month.

    Git takes a file that is gone and a new one that is alike for a rename, and of two branches that moved
    the same events into segments one cannot be merged if it also recorded a similar event. It compares
    blocks of 64 bytes counted from the beginning of a line: shifted, none is like another. Months of five
    years differ from one another and from segments.
    """
    months = 12 * int(event.at[:4]) + int(event.at[5:7])
    return " " * (1 + months % SHIFT_CAP) + format_event(event)


def _around_id(event: Event) -> tuple[str, str]:
    """The canonical record before its id and after it."""
    head, tail = _head(event.at, event.by, event.commit), _tail(event.kind, event.patterns)
    return f"{head}{event.data},", f"{tail}{event.source}}}"


def _head(at: str, by: str | None, commit: str | None) -> str:
    """What stands before the value of `data`."""
    author = "null" if by is None else _quoted(by)
    change = "null" if commit is None else f'"{commit}"'
    return f'{{"at":"{at}","by":{author},"commit":{change},"data":'


@lru_cache(4096)
def _tail(kind: str, patterns: tuple[str, ...]) -> str:
    """What stands between the id and the value of `source`."""
    names = '["' + '","'.join(patterns) + '"]' if patterns else "[]"
    return f'"kind":"{kind}","patterns":{names},"schema_version":{VERSION},"source":'


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
    parts = _parts(line, value, identity)
    if parts is None:
        return _judged(line, value, identity)
    at, by, commit = value["at"], _interned(value["by"]), _interned(value["commit"])
    kind, patterns = _interned(value["kind"]), _interned(tuple(value["patterns"]))
    data = parts[0][len(_head(at, by, commit)) : -1]
    source = _interned(parts[1][len(_tail(kind, patterns)) : -1])
    return Event(at, identity, kind, patterns, data, source, by, commit)


def parse_fields(text: bytes | str) -> dict[str, Any]:
    """The record as its JSON says it, checked as `parse_record` does: `kind`, `at`, `data` and the others."""
    line, value = _loaded(text)
    identity = check_record(value)
    if _parts(line, value, identity) is None:
        _judged(line, value, identity)
    fields: dict[str, Any] = value
    return fields


def _parts(line: str, value: Mapping[str, Any], identity: str) -> tuple[str, str] | None:
    """A line in our own layout before its id and after it; None for any other, and for a wrong id.

    The whole written once tells the layout, so neither `data` nor `source` has to be written by itself.
    """
    try:
        if _write(value) != line:
            return None
    except (ValueError, RecursionError):
        return None
    mark = f'"id":"{identity}",'
    before, _, after = line.partition(mark)
    # An object inside may hold the very same text: the long way tells which is the record's own.
    if mark in after or _digest(before + after) != identity:
        return None
    if "\\ud" in line:
        _check_surrogates(value)
    return before, after


def _judged(line: str, value: Mapping[str, Any], identity: str) -> Event:
    """The event of a line in whatever layout. Raises InputError if its id does not fit."""
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
    cut = text.lstrip(b" ") if isinstance(text, bytes) else text.lstrip(" ")
    if len(cut) > SIZE_CAP + 1 or len(text) > SIZE_CAP + SHIFT_CAP + 1:
        raise InputError(f"larger than {SIZE_CAP} bytes")
    try:
        line = (cut.decode("utf-8") if isinstance(cut, bytes) else cut).rstrip("\r\n")
        if len(line) > DIGITS_CAP and _LONG_NUMBER.search(line):
            _check_strictly(line)
        value, end = _decoder.raw_decode(line) if line[:1] == "{" else (None, -1)
        if end != len(line):
            value = json.loads(line)  # which knows blanks around it, and what is wrong
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
