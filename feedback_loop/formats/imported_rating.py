"""One rating out of a foreign row, its values read and named one by one (B7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from feedback_loop.domain.rating import DOWN, UP, split_tags
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.report_json import utc
from feedback_loop.formats.strict_json import DEPTH_CAP

ROW_CAP = 1 << 20  # bytes of a row
_MEBI = f"larger than {ROW_CAP >> 20} MiB"
_YES = ("true", "yes", "1", UP)
_NO = ("false", "no", "0", DOWN)
# Not all that Fraction reads, as 1_0 and the digits of other scripts; 1e999999999 would fill the memory.
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_IN_DOCUMENT = re.compile(r" \(in the document that begins in line [0-9]+\)\Z")


class ImportedRating(NamedTuple):
    """A rating as a file gives it. `row` is its line, or its number in a JSON array, from 1.

    `timestamp` is UTC with `Z`. `context` are the members of a JSON object. None = the file does not say.
    """

    row: int
    prompt: str
    output: str
    rating: int
    timestamp: str
    thumbs_up: bool | None = None
    tags: tuple[str, ...] = ()
    context: tuple[tuple[str, Any], ...] = ()
    notes: str | None = None
    feedback_id: str | None = None


class Rejected(NamedTuple):
    """A row that cannot be taken in, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class ImportOptions:
    """What the importer says of the rows beyond what stands in them.

    `columns` pairs a field with the column that holds it. `rating` and `at` (UTC with `Z`) are for rows
    that have none. `score_range` are the scores that mean one star and five; `categories` pairs the name
    of a category with its stars.
    """

    columns: tuple[tuple[str, str], ...] = ()
    rating: int | None = None
    at: str | None = None
    score_range: tuple[Fraction, Fraction] | None = None
    categories: tuple[tuple[str, int], ...] = ()


def make_rating(row: int, values: Mapping[str, Any], options: ImportOptions) -> ImportedRating | Rejected:
    """The row whose fields are these values, None and "" for nothing; Rejected names all that is wrong.

    `context` is a mapping.
    """
    faults: list[str] = []
    if is_deep(values.get("context")):
        return Rejected(row, "context is nested too deep")
    made = ImportedRating(
        row,
        _text("prompt", values.get("prompt"), faults),
        _text("output", values.get("output"), faults),
        _rating(values.get("rating"), options.rating, faults),
        _time(values.get("timestamp"), options.at, faults),
        _thumbs(values.get("thumbs_up"), faults),
        _tags(values.get("tags"), faults),
        tuple(values.get("context", {}).items()),
        _optional("notes", values.get("notes"), faults),
        _optional("feedback_id", values.get("feedback_id"), faults),
    )
    if len(made.prompt) + len(made.output) > ROW_CAP:
        faults.append(_MEBI)
    return Rejected(row, "; ".join(faults)) if faults else made


def too_large(row: int) -> Rejected:
    """A row over ROW_CAP bytes."""
    return Rejected(row, _MEBI)


def reason_in_row(message: str) -> str:
    """What a reader of JSON says of a row, without the line that it counts within the row."""
    return _IN_DOCUMENT.sub("", message).replace("(line 1, column", "(column")


def stars(value: Any) -> int | None:
    """A whole number from 1 to 5, as a number or as text; True and 4.0 are none (B5)."""
    if type(value) is int:
        return value if 1 <= value <= 5 else None
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text in ("1", "2", "3", "4", "5") else None


def scaled(score: Fraction, ends: tuple[Fraction, Fraction]) -> int | None:
    """The stars of a score, linear from one star at the first end to five at the second; halves go up.

    None outside of both.
    """
    first, last = ends
    if not min(first, last) <= score <= max(first, last):
        return None
    return (1 + 4 * (score - first) / (last - first) + Fraction(1, 2)).__floor__()


def parse_fraction(value: Any) -> Fraction | None:
    """A number exactly as it is written, 0.3 as three tenths; None if it is none. Digits are ASCII."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 40:
        return None
    text = str(value).strip()
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def parse_range(text: str) -> tuple[Fraction, Fraction]:
    """`A:B`, the scores that mean one star and five. Raises InputError."""
    first, colon, last = text.partition(":")
    ends = parse_fraction(first), parse_fraction(last)
    if not colon or ends[0] is None or ends[1] is None or ends[0] == ends[1]:
        raise InputError(f"a range is two different numbers, A:B, not {short(text)}", "such as 0:1", "usage")
    return ends[0], ends[1]


def shown(value: Any) -> str:
    """A value in a message; what holds others is named only."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return short(value)


def is_deep(value: Any) -> bool:
    """Whether it is nested deeper than an event may be: whoever walks it by recursion would fall."""
    level = [value]
    for _ in range(DEPTH_CAP - 6):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def _text(name: str, value: Any, faults: list[str]) -> str:
    if isinstance(value, str) and value.strip():
        return value
    if value is None or value == "":
        faults.append(f"no {name}")
    else:
        faults.append(f"{name} is blank" if isinstance(value, str) else f"{name} is no text: {shown(value)}")
    return ""


def _optional(name: str, value: Any, faults: list[str]) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _text(name, value, faults)


def _rating(value: Any, default: int | None, faults: list[str]) -> int:
    if value is None or value == "":
        if default is None:
            faults.append("no rating: --rating N gives one to all that have none")
        return default or 0
    found = stars(value)
    if found is None:
        faults.append(f"rating is no whole number from 1 to 5: {shown(value)}")
    return found or 0


def _time(value: Any, default: str | None, faults: list[str]) -> str:
    if value is None or value == "":
        if default is None:
            faults.append("no timestamp: --at TIME gives one to all that have none")
        return default or ""
    found = utc(value)
    if found is None:
        faults.append(f"timestamp is no time: {shown(value)}")
    return found or ""


def _thumbs(value: Any, faults: list[str]) -> bool | None:
    if value is None or value == "":
        return None
    word = str(value).strip().lower() if isinstance(value, str | bool | int) else ""
    if word not in (*_YES, *_NO):
        faults.append(f"thumbs_up is neither true nor false: {shown(value)}")
    return word in _YES


def _tags(value: Any, faults: list[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(split_tags(value))
    if isinstance(value, list) and all(isinstance(tag, str) for tag in value):
        return tuple(value)
    if value is not None:
        faults.append(f"tags are no list of texts: {shown(value)}")
    return ()
