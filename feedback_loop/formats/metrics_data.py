"""Metrics in the seed's shape (a dict of categories, each a list of entries) -> occurrences.

Lenient on purpose: people edit these files, and other tools write them. What cannot be used is left out or
read as the table of A32 says, and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from feedback_loop.domain.moment import DAY, parse_moment
from feedback_loop.domain.occurrence import WEIGHTS, Occurrence, Time
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import InputError

MOST = 1_000_000  # what one entry counts at most: a slip of the keyboard must not drown all the rest

_COUNT = "count"
_OBJECT = (dict, Mapping)  # a dict is told at once


@dataclass(frozen=True)
class Shape:
    """What a category's entries are, and the key of their pattern; `repeats` = they have a `count`."""

    kind: str
    pattern: str = "pattern"
    repeats: bool = False


SHAPES = {
    "bugs": Shape("bug", repeats=True),
    "test_failures": Shape("test_failure", "pattern_violated", repeats=True),
    "code_reviews": Shape("review"),
    "performance_metrics": Shape("performance", ""),
    "deployment_issues": Shape("deployment"),
    "code_generation": Shape("generation", ""),
}
# Kind -> what `details` call it, and their keys with the entry's own.
DETAILS = {
    "bug": ("bug", (("error", "error"), ("code", "code"), ("file_path", "file_path"))),
    "test_failure": ("test_failure", (("test_name", "test_name"), ("reason", "failure_reason"))),
    "review": ("code_review", (("issue_type", "issue_type"), ("severity", "severity"))),
    "deployment": ("deployment", (("issue_type", "issue_type"), ("environment", "environment"))),
}


@dataclass(frozen=True)
class OccurrencesRead:
    """The occurrences in the order of the data, and the entries that their `place` counts.

    A problem's `path` is the key, such as `bugs[3].count`.
    """

    occurrences: tuple[Occurrence, ...]
    entries: tuple[Mapping[str, Any], ...]
    problems: tuple[Problem, ...]


def read_occurrences(data: object) -> OccurrencesRead:
    """What the data holds. Raises InputError if it is no mapping; everything smaller is a problem."""
    if not isinstance(data, Mapping):
        raise InputError(f"metrics must be an object of categories, not {type(data).__name__}")
    reader = _Reader()
    for category, shape in SHAPES.items():
        reader.read(data.get(category), category, shape)
    return OccurrencesRead(tuple(reader.occurrences), tuple(reader.entries), tuple(reader.problems))


def detail(one: Occurrence, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry in the form of `MetricsAnalyzer.detect_new_patterns`, without its time."""
    name, keys = DETAILS[one.kind]
    known = {"type": name}
    for key, own in keys:
        known[key] = _text(entry, own)
    if one.kind == "review":
        known["severity"] = one.severity or "medium"
    return known


class _Reader:
    """Reads entry after entry, and remembers where it is for the problems that it meets."""

    def __init__(self) -> None:
        self.occurrences: list[Occurrence] = []
        self.entries: list[Mapping[str, Any]] = []
        self.problems: list[Problem] = []
        self._category, self._index = "", 0

    def read(self, value: object, category: str, shape: Shape) -> None:
        """A category: a list, or one object that stands for a list of one; nothing is an empty list."""
        if value is None:
            return
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list | tuple):
            message = f"must be a list, not {type(value).__name__}: left out"
            self.problems.append(Problem(category, 0, message))
            return
        self._category = category
        for self._index, entry in enumerate(value):
            if isinstance(entry, _OBJECT):
                self.occurrences.append(self._occurrence(entry, shape))
                self.entries.append(entry)
            else:
                self._tell("", f"an entry must be an object, not {type(entry).__name__}: left out")

    def _tell(self, key: str, message: str) -> None:
        self.problems.append(Problem(f"{self._category}[{self._index}]{key}", 0, message))

    def _occurrence(self, entry: Mapping[str, Any], shape: Shape) -> Occurrence:
        stamp = None if entry.get("undated") is True else entry.get("timestamp")
        moment = parse_moment(stamp) if isinstance(stamp, str) else None
        if moment is None and stamp is not None:
            moment = self._moment(stamp, ".timestamp")
        times = self._repeats(entry, stamp, moment) if shape.repeats else ((moment, 1),)
        severity = self._severity(entry) if shape.kind == "review" else ""
        pattern = entry.get(shape.pattern) if shape.pattern else ""
        if not isinstance(pattern, str) or pattern.isspace():
            pattern = ""
        unreadable = stamp is not None and moment is None
        return Occurrence(shape.kind, pattern, times, severity, len(self.entries), unreadable)

    def _repeats(self, entry: Mapping[str, Any], stamp: object, moment: int | None) -> tuple[Time, ...]:
        count = entry.get(_COUNT, 1)
        if type(count) is not int or not 1 <= count <= MOST:
            count = self._count(count)
        daily = entry.get("daily")
        if daily is None or _is_one_day(daily, stamp, count) or entry.get("undated") is True:
            return ((moment, count),)
        return self._times(entry, moment, count)

    def _severity(self, entry: Mapping[str, Any]) -> str:
        """The severity in lower case, "" if none is given; an unknown one is medium (A26)."""
        value = entry.get("severity")
        if value is None:
            return ""
        severity = value.strip().lower() if isinstance(value, str) else ""
        if severity not in WEIGHTS:
            self._tell(".severity", "not one of low, medium, high, critical: read as medium")
            return "medium"
        return severity

    def _moment(self, value: object, key: str) -> int | None:
        moment = parse_moment(value) if isinstance(value, str) else None
        if moment is None and value is not None:
            self._tell(key, "not a time in ISO 8601: read as if it were not there")
        return moment

    def _times(self, entry: Mapping[str, Any], moment: int | None, count: int) -> tuple[Time, ...]:
        """Each day's repeats; those that no day accounts for came without a time."""
        daily = entry["daily"]
        if not isinstance(daily, Mapping):
            self._tell(".daily", "must be an object of days: left out")
            return ((moment, count),)
        times = self._days(daily, moment, entry)
        rest = count - sum([number for _, number in times])
        if _COUNT in entry and times and rest < 0:
            self._tell(".daily", "has more than `count`: its days are counted")
        return (*times, (None, rest)) if rest > 0 else times

    def _days(
        self, daily: Mapping[Any, Any], moment: int | None, entry: Mapping[str, Any]
    ) -> tuple[Time, ...]:
        first = self._moment(entry.get("first_seen"), ".first_seen") if len(daily) > 1 else None
        times = []
        for day, number in daily.items():
            midnight = _midnight(day)
            if midnight is not None and _is_count(number):
                times.append((_within(midnight, number, moment, first), number))
            else:
                self._tell(".daily", "a day must be YYYY-MM-DD with a whole number from 1 on: left out")
        times.sort()
        return tuple(times)

    def _count(self, value: object) -> int:
        if _is_count(value):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value > MOST:
            self._tell(".count", f"more than {MOST}: counted as {MOST}")
            return MOST
        self._tell(".count", "not a whole number from 1 on: counted as 1")
        return 1


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key) if key else None
    return value if isinstance(value, str) and not value.isspace() else ""


def _is_one_day(daily: object, stamp: object, count: int) -> bool:
    """Whether all repeats were on the timestamp's own day, as nearly always."""
    if not (type(daily) is dict and len(daily) == 1 and type(stamp) is str):
        return False
    return len(stamp) == 20 and stamp[19] == "Z" and bool(daily.get(stamp[:10]) == count)


def _midnight(day: object) -> int | None:
    """Of a date as `domain.moment.is_date` means it, parsed only once."""
    if isinstance(day, str) and len(day) == 10 and day[4] == "-" == day[7]:
        return parse_moment(day)
    return None


def _within(midnight: int, number: int, last: int | None, first: int | None) -> int:
    """When the day's repeats were: at the last time, or at the first if it was one; else by its end."""
    if last is not None and midnight <= last < midnight + DAY:
        return last
    if first is not None and number == 1 and midnight <= first < midnight + DAY:
        return first
    return midnight + DAY - 1


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST
