"""The entries of a `MetricsCollector`: checked arguments, in the shape that users know (A25 to A27)."""

from __future__ import annotations

import math
import warnings
from datetime import datetime
from typing import Any, TypeAlias, TypeGuard

from feedback_loop.api.metrics.times import moment_time, read_time
from feedback_loop.domain.finding import SEVERITIES
from feedback_loop.domain.secrets import masked_and_capped
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.metrics_json import NON_FINITE, clean_text, plain, unwrapped

CATEGORIES = (
    "bugs",
    "test_failures",
    "code_reviews",
    "performance_metrics",
    "deployment_issues",
    "code_generation",
)
PROMPT_CAP = 200
_SMALL = 1 << 63
# What makes two entries of a category the same fact seen again (A25). A failure of another pattern, or one
# whose pattern is named only now, counts for that pattern: it is a fact of its own.
REPEAT_KEYS = {
    "bugs": ("pattern", "error", "file_path"),
    "test_failures": ("test_name", "failure_reason", "pattern_violated"),
}

Entry: TypeAlias = dict[str, Any]


def text(name: str, value: object) -> str:
    """Text, which may be empty. Raises InputError for anything else, as all of these do."""
    if type(value) is str and value.isascii():
        return value
    if not isinstance(value, str):
        raise InputError(f"{name} must be text, not {type(value).__name__}")
    return clean_text(value)


def filled(name: str, value: object) -> str:
    """Text that says something."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise InputError(f"{name} cannot be empty")
    return text(name, value)


def cut_prompt(prompt: str) -> str:
    """The begin of a prompt. A longer one is masked before: half a token at the cut would not be known."""
    if len(prompt) <= PROMPT_CAP:
        return prompt
    return masked_and_capped(prompt, PROMPT_CAP + 1)[:PROMPT_CAP]


def optional(name: str, value: object) -> str | None:
    """Text or None."""
    return None if value is None else text(name, value)


def whole(name: str, value: object) -> int:
    """A whole number from 0 on."""
    if type(value) is int and 0 <= value < _SMALL:
        return value
    value = unwrapped(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} must be a whole number, not {type(value).__name__}")
    if value < 0:
        raise InputError(f"{name} must be 0 or more, not {value}")
    number: int = plain(value, name)[0]
    return number


def optional_whole(name: str, value: object) -> int | None:
    """A whole number from 0 on, or None."""
    return None if value is None else whole(name, value)


def between(name: str, value: object, high: float) -> int | float:
    """A number from 0 to `high`."""
    value = unwrapped(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} must be a number, not {type(value).__name__}")
    if not 0 <= value <= high or value == math.inf:
        limit = "0 or more" if high == math.inf else f"between 0 and {high:g}"
        raise InputError(f"{name} must be {limit}, not {value}")
    number: int | float = plain(value, name)[0]
    return number


def flag(name: str, value: object) -> bool:
    """True or False."""
    value = unwrapped(value)
    if not isinstance(value, bool):
        raise InputError(f"{name} must be True or False, not {type(value).__name__}")
    return value


def names(name: str, value: object) -> list[str]:
    """A list of texts."""
    value = unwrapped(value)
    if not isinstance(value, list | tuple):
        raise InputError(f"{name} must be a list of names, not {type(value).__name__}")
    return [text(f"{name}[{place}]", item) for place, item in enumerate(value)]


def severity(value: object, stacklevel: int) -> str:
    """One of the four severities in any case; `medium`, and a warning, for another text."""
    word = text("severity", value).strip().lower()
    if word in SEVERITIES:
        return word
    shown = visible(word[:80])
    warnings.warn(f"unknown severity {shown!r} counts as medium", stacklevel=stacklevel + 1)
    return "medium"


def json_object(name: str, value: object) -> tuple[Entry, Entry]:
    """A copy in JSON's own types; and what the entry says about numbers that became null, if any did."""
    if not isinstance(value, dict):
        raise InputError(f"{name} must be an object, not {type(value).__name__}")
    copied, non_finite = plain(value, name)
    return copied, {NON_FINITE: non_finite} if non_finite else {}


def entry_time(value: object) -> str | None:
    """The `timestamp` that an entry gets: a readable one in UTC, any other text as it is, "" as None.

    What cannot be read stays visible; whoever reads it takes the entry for undated (A2).
    """
    if value == "":
        return None
    if isinstance(value, datetime):
        return moment_time("timestamp", value)
    return read_time(text("timestamp", value)) or clean_text(str(value))


def repeatable(entry: Entry, time: str | None) -> Entry:
    """The entry as a fact that may be seen again."""
    dated = read_time(time)
    entry["timestamp"] = time
    entry["count"] = 1
    entry["first_seen"] = dated
    entry["daily"] = {dated[:10]: 1} if dated else {}
    return entry


def add_repeat(entry: Entry, time: str | None) -> None:
    """One more on its day; `timestamp` and `first_seen` stay the last and the first of them all.

    An entry without `daily` has its whole count on its `timestamp`.
    """
    last, first = read_time(entry.get("timestamp")), read_time(entry.get("first_seen"))
    count = counted(entry)
    daily = entry.get("daily")
    if not isinstance(daily, dict):
        daily = entry["daily"] = {last[:10]: count} if last else {}
    entry["count"] = count + 1
    dated = read_time(time)
    if dated is None:
        return
    before = daily.get(dated[:10])
    daily[dated[:10]] = 1 + (before if is_count(before) else 0)
    entry["timestamp"] = max(last or dated, dated)
    entry["first_seen"] = min(first or last or dated, dated)


def is_count(value: object) -> TypeGuard[int]:
    """Whether this counts something: a whole number from 1 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def counted(entry: Entry) -> int:
    """How often the entry's fact was seen; 1 unless it says so in a way that can be believed."""
    count = entry.get("count")
    return count if is_count(count) else 1
