"""Times as people and reports write them, as the one form we keep: UTC, whole seconds, `Z` (A2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache

from feedback_loop.domain.moment import format_moment, is_date, parse_moment
from feedback_loop.errors import InputError

_FIRST = parse_moment("0001-01-01") or 0
_LAST = parse_moment("9999-12-31T23:59:59Z") or 0


def stamp(moment: datetime) -> str:
    """The moment as `2026-11-20T09:30:00Z`; a naive one is UTC. Raises OverflowError at the ends of time."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    elif moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")[:19] + "Z"


def now_seconds(clock: Callable[[], datetime] | None = None) -> int:
    """The moment that the clock shows, by default now, in seconds since 1970."""
    return parse_moment(stamp(clock() if clock else datetime.now(UTC))) or 0


def read_time(value: object) -> str | None:
    """The text as `stamp` writes it; None for what is missing or cannot be read."""
    return _read(value) if isinstance(value, str) else None


@lru_cache(4096)  # what happens at all happens often in one second
def _read(text: str) -> str | None:
    moment = parse_moment(text.strip())
    if moment is None or not _FIRST <= moment <= _LAST:
        return None
    return format_moment(moment)


def is_unreadable(value: object) -> bool:
    """Whether there is something that should be a time and is none."""
    return value is not None and value != "" and read_time(value) is None


def given_time(name: str, value: object) -> str | None:
    """What a caller gave as a bound or a default. Raises InputError for what is no time."""
    if value is None:
        return None
    found = read_time(value)
    if isinstance(value, datetime):
        found = moment_time(name, value)
    elif isinstance(value, date):
        found = read_time(value.isoformat())
    if found is None:
        raise InputError(f"{name} is not a time: {value!a}", "write it like 2026-11-20T09:30:00Z")
    return found


def moment_time(name: str, moment: datetime) -> str:
    """As `stamp`. Raises InputError at the ends of time."""
    try:
        return stamp(moment)
    except OverflowError as error:
        raise InputError(f"{name} is no moment in UTC: {moment}") from error


def is_day(day: object) -> bool:
    """Whether this is a day in the form `2026-11-20`."""
    return isinstance(day, str) and is_date(day)
