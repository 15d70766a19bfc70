"""JSON that another program exported, read so that a fault costs the row that holds it (B7).

Strict as the other readers of foreign JSON are, only that what JSON may not hold is a value like any other
until somebody looks into the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import WHITESPACE  # type: ignore[attr-defined]
from typing import Any

from feedback_loop.errors import InputError
from feedback_loop.formats.csv_text import BOM
from feedback_loop.formats.event_check import short
from feedback_loop.formats.imported_rating import Rejected, reason_in_row
from feedback_loop.formats.report_json import BROKEN_CAP, ENTRIES_CAP, check_size
from feedback_loop.formats.strict_json import DIGITS_CAP


@dataclass(frozen=True)
class Fault:
    """What stands in the place of a value that JSON may not hold."""

    reason: str


def load_documents(data: bytes) -> list[Any]:
    """The JSON documents that follow one another; NaN, endless numbers and doubled keys are a Fault.

    Raises InputError for what is no JSON, is nested too deep to read, or has more than 64 MiB.
    """
    check_size(data)
    values: list[Any] = []
    end = 0
    try:
        text = data.removeprefix(BOM).decode("utf-8")
        while (at := WHITESPACE.match(text, end).end()) < len(text):
            value, end = _DECODER.raw_decode(text, at)
            values.append(value)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise InputError("JSON nested too deep") from None
    return values


def load_export(data: bytes) -> tuple[list[tuple[int, Any]], list[Rejected]]:
    """The entries of one or several arrays or documents, numbered from 1, and what could not be read.

    Where that is not JSON as a whole it is JSON lines: numbers are those of the lines, and the lines that
    cannot be read are the rejected ones. Raises InputError if none can, for more than 10,000 of those, and
    for more than 100,000 entries.
    """
    rejected: list[Rejected] = []
    try:
        entries = list(enumerate(flat(load_documents(data)), 1))
    except InputError as error:
        entries, rejected = _load_lines(data)
        if len(rejected) > BROKEN_CAP or not any(isinstance(value, dict) and value for _, value in entries):
            raise error from None
    if len(entries) > ENTRIES_CAP:
        raise InputError(f"more than {ENTRIES_CAP} entries", "split the export")
    return entries, rejected


def _load_lines(data: bytes) -> tuple[list[tuple[int, Any]], list[Rejected]]:
    entries: list[tuple[int, Any]] = []
    rejected: list[Rejected] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            entries += [(number, value) for value in flat(load_documents(line))]
        except InputError as error:
            rejected.append(Rejected(number, reason_in_row(error.message)))
            if len(rejected) > BROKEN_CAP:
                break
    return entries, rejected


def flat(values: list[Any]) -> Iterator[Any]:
    """The values, and in the place of a list what it holds."""
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def fault_in(value: Any) -> str:
    """Why the row that is this value cannot be taken: the first Fault in it; "" if it holds none."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, Fault):
            return f"JSON with {one.reason}"
        if isinstance(one, dict):
            rest += reversed(one.values())
        elif isinstance(one, list):
            rest += reversed(one)
    return ""


def _object(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return Fault(f"the key {short(twice)} twice in one object")


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= DIGITS_CAP else Fault(f"a number of more than {DIGITS_CAP} digits")


def _constant(name: str) -> Any:
    return Fault(f"{name}, which is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
