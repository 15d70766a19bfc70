"""What the readers of foreign reports share: strict JSON of any size, values out of foreign hands.

A report is untrusted (GEN-1). Its JSON is read strictly: UTF-8, no key twice, no NaN, no endless numbers.
Problems carry no path and no entry's text, for a reader knows only bytes: who named the file adds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from json.decoder import WHITESPACE  # type: ignore[attr-defined]
from typing import Any

from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported
from feedback_loop.domain.requests import is_endpoint
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.strict_json import DIGITS_CAP

SIZE_CAP = 64 << 20  # bytes, decompressed
FAILURES_CAP = 10_000
PROBLEMS_CAP = 100
EXECUTED_CAP = 10_000
ENTRIES_CAP = 100_000  # of an export
BROKEN_CAP = 10_000  # lines: what has more of them is no JSON lines


# -- JSON ------------------------------------------------------------------------------------------


def load_one(data: bytes) -> Any:
    """The one JSON document. Raises InputError with the line."""
    values = load_all(data)
    if len(values) != 1:
        raise InputError(f"not one JSON document but {len(values)}")
    return values[0]


def load_all(data: bytes) -> list[Any]:
    """The JSON documents that follow one another, as `gh api --paginate` writes them. Raises InputError."""
    text = _decoded(data)
    values: list[Any] = []
    at = end = 0
    try:
        while (at := WHITESPACE.match(text, end).end()) < len(text):
            value, end = _DECODER.raw_decode(text, at)
            values.append(value)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise InputError("JSON nested too deep") from None
    except ValueError as error:
        line = text.count("\n", 0, at) + 1
        raise InputError(f"JSON with {error} (in the document that begins in line {line})") from None
    if not values:
        raise InputError("empty")
    return values


def load_lines(data: bytes) -> Iterator[tuple[int, Any]]:
    """Each line of JSON lines with its number; in place of a line that is no JSON, a Problem.

    Raises InputError for more than 10,000 of those.
    """
    check_size(data)
    broken = 0
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                yield number, load_one(line)
            except InputError as error:
                broken += 1
                if broken > BROKEN_CAP:
                    raise InputError(f"more than {BROKEN_CAP} lines are not JSON") from None
                yield number, Problem("", number, re.sub(r" \(.*\)$", "", error.message))


def load_entries(data: bytes) -> tuple[list[tuple[int, Any]], list[Problem]]:
    """The entries of an export, numbered from 1: of an array, several arrays, or JSON lines.

    Of JSON lines those that cannot be read are the problems. Raises InputError if the first cannot, or
    for more than 100,000 entries.
    """
    problems: list[Problem] = []
    try:
        values = load_all(data)
    except InputError as error:
        lines = [value for _, value in load_lines(data)]
        if not lines or isinstance(lines[0], Problem):
            raise error from None
        values = [value for value in lines if not isinstance(value, Problem)]
        problems = [value for value in lines if isinstance(value, Problem)]
    entries = list(enumerate(_flat(values), 1))
    if len(entries) > ENTRIES_CAP:
        raise InputError(f"more than {ENTRIES_CAP} entries", "split the export")
    return entries, problems


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def check_size(data: bytes) -> None:
    """Raises InputError beyond 64 MiB."""
    if len(data) > SIZE_CAP:
        raise InputError(f"larger than {SIZE_CAP >> 20} MiB", "split the report, or leave out what passed")


def _decoded(data: bytes) -> str:
    check_size(data)
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 (byte {error.start})") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {short(twice)} twice in one object")
    return members


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_CAP:
        raise ValueError(f"a number of more than {DIGITS_CAP} digits")
    return int(digits)


def _constant(name: str) -> Any:
    raise ValueError(f"{name}, which is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)


# -- values out of foreign hands -------------------------------------------------------------------


def text_at(value: Any, *keys: str | int) -> str:
    """The text below these keys and indexes; "" if there is none. Half characters are spelled out."""
    found = value_at(value, *keys)
    if not isinstance(found, str):
        return ""
    return found if found.isascii() else found.encode("utf-8", "backslashreplace").decode()


def list_at(value: Any, *keys: str | int) -> list[Any]:
    """The list below these keys and indexes; an empty one if there is none."""
    found = value_at(value, *keys)
    return found if isinstance(found, list) else []


def whole_at(value: Any, *keys: str | int) -> int | None:
    """The whole number of 0 or more below these keys and indexes."""
    found = value_at(value, *keys)
    return found if type(found) is int and 0 <= found < 1 << 53 else None


def value_at(value: Any, *keys: str | int) -> Any:
    """What stands below these keys and indexes; None where the way ends."""
    for key in keys:
        if isinstance(key, str):
            value = value.get(key) if isinstance(value, dict) else None
        else:
            value = value[key] if isinstance(value, list) and 0 <= key < len(value) else None
    return value


def part(value: Any, name: str) -> Any:
    """What a mapping has below the key, or an object as the attribute, of this name; None for nothing."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def utc(value: object) -> str | None:
    """ISO 8601 or seconds since 1970 as UTC with `Z`; None if it cannot be read. No zone is UTC."""
    moment: float | None = None
    if isinstance(value, str) and len(value) < 60:
        moment = parse_moment(value)
    elif type(value) in (int, float) and 0 <= value < 253_402_300_800:  # type: ignore[operator]
        moment = value  # type: ignore[assignment]
    if moment is None:
        return None
    text = format_moment(moment)
    return text if parse_moment(text) == moment // 1 and text[:4] != "0000" else None


def all_links(reported: Iterable[Reported]) -> bool:
    """Whether each entry is known by its link: then it is the same one in whatever export."""
    return all(one.place.startswith(("https://", "http://")) for one in reported)


class Executed:
    """The requests that a report says were made, `METHOD /path`, each once and at most 10,000."""

    def __init__(self) -> None:
        self._made: dict[str, None] = {}

    def take(self, *endpoints: str) -> None:
        """Some more; what is no endpoint is left out."""
        for endpoint in endpoints:
            if len(self._made) < EXECUTED_CAP and is_endpoint(endpoint):
                self._made.setdefault(endpoint)

    def told(self) -> tuple[str, ...]:
        """All of them, in their order."""
        return tuple(self._made)


def left_out(count: int, noun: str = "failures") -> list[Problem]:
    """What is said of those beyond as many as are kept of one report; nothing of none."""
    message = f"{count} {noun} are left out: more than {FAILURES_CAP} in one report"
    return [Problem("", 0, message)] if count else []


def kept_problems(problems: list[Problem], noun: str) -> tuple[Problem, ...]:
    """At most 100 problems; the last one counts those that are left out."""
    if len(problems) <= PROBLEMS_CAP:
        return tuple(problems)
    rest = len(problems) - PROBLEMS_CAP
    return (*problems[:PROBLEMS_CAP], Problem("", 0, f"{rest} more {noun} could not be read"))
