"""Points in time as whole seconds since 1970 in UTC: what is parsed once can be compared and added."""

from __future__ import annotations

import re
from functools import lru_cache

DAY = 86_400

_ISO = re.compile(
    r"(\d{4}(-?)\d\d\2\d\d)"
    r"(?:[Tt ]([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d)(?:[.,]\d+)?)?)?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?",
    re.ASCII,
)
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


# The parts of a time as we write it, their separators included: three looks tell everything.
_MINUTES = {f"T{number // 60:02}:{number % 60:02}": number * 60 for number in range(1440)}
_SECONDS = {f":{number:02}Z": number for number in range(60)}
_KEPT = 4096
_midnights: dict[str, int] = {}  # of dates that were read before: metrics name few days many times


def parse_moment(text: str) -> int | None:
    """The seconds of an ISO 8601 time or date; None if it is neither.

    A time without an offset is UTC, a date is its midnight, fractions of a second are dropped.
    """
    if len(text) == 20:
        try:
            return _midnights[text[:10]] + _MINUTES[text[10:16]] + _SECONDS[text[16:]]
        except KeyError:
            pass
    return _midnights.get(text) or _parse(text)


def _parse(text: str) -> int | None:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    date, _, hours, minutes, seconds, sign, off_hours, off_minutes = match.groups()
    midnight = _midnight(date)
    if midnight is None or hours is None:
        return midnight
    moment = midnight + int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    if sign is None:
        return moment
    offset = int(off_hours) * 3600 + int(off_minutes or 0) * 60
    return moment - offset if sign == "+" else moment + offset


def is_date(text: str) -> bool:
    """Whether the text is a date in the form `2026-11-20`, without a time."""
    return len(text) == 10 and text[4] == text[7] == "-" and parse_moment(text) is not None


def _midnight(date: str) -> int | None:
    digits = date.replace("-", "")
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if not (year and 1 <= month <= 12 and 1 <= day <= _days(year, month)):
        return None
    midnight = _day_number(year, month, day) * DAY
    if len(_midnights) < _KEPT:
        _midnights[date] = midnight
    return midnight


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTHS[month - 1] + (month == 2 and leap)


def _day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in years that begin in March and so end in their leap day.

    After Howard Hinnant's `days_from_civil` (chrono-compatible low-level date algorithms).
    """
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def format_moment(moment: float) -> str:
    """ISO 8601 in UTC with `Z` and whole seconds; the inverse of `parse_moment` for years 1 to 9999."""
    days, rest = divmod(int(moment // 1), DAY)
    return f"{_date(days)}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


@lru_cache(maxsize=_KEPT)
def _date(number: int) -> str:
    """The date of a day counted from 1970-01-01: Hinnant's `civil_from_days`."""
    era, of_era = divmod(number + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return f"{year + era * 400 + (month <= 2):04}-{month:02}-{day:02}"
