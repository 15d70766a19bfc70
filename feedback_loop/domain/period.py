"""Periods as people name them: weeks, months, dates, commits; half-open, in UTC, weeks as ISO 8601 has them.

A name is one for good: it is the file name of a retro (`formats.md`, section 7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedback_loop.domain.history import NO_TIME, Commits, Span
from feedback_loop.domain.moment import DAY, format_moment, is_date, parse_moment
from feedback_loop.domain.text import visible
from feedback_loop.errors import UserError

WEEK = 7 * DAY
_FIRST_MONDAY = 4 * DAY  # 1970-01-05
_FORMS = "write 2026-W47, 2026-11, 2026-11-02_2026-11-16 or v1.2.0..v1.3.0"
_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_LENGTH = re.compile(r"(\d{1,6})([dwm])", re.ASCII)
_UNITS = {"d": DAY, "w": WEEK, "m": 30 * DAY}
_LONGEST = 36_500 * DAY
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")  # `_` too: it parts the two
_REF_CAP = 60
_HEX = 8
_SHOWN = 80


@dataclass(frozen=True)
class Asked:
    """A period as it was asked for: moments in seconds (`end` not included), or two commits by name.

    A side that is open is None. `name` is final for dates; of commits `name_range` gives it, by their ids.
    """

    text: str
    name: str
    start: int | None = None
    end: int | None = None
    from_ref: str = ""
    to_ref: str = ""


@dataclass(frozen=True)
class Found:
    """Where a period lies on the chain, and the commits whose clocks say otherwise (indexes, in order)."""

    span: Span
    misplaced: tuple[int, ...] = ()


def parse_period(text: str) -> Asked:
    """The period that the text names.

    Raises UserError for what is none, for a date that does not exist, and for one that ends before it begins.
    """
    if match := _WEEK.fullmatch(text):
        start = _week_start(int(match[1]), int(match[2]))
        return _dated(text, start, None if start is None else start + WEEK)
    if match := _MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
        return _dated(text, month_start(year, month), month_start(year + month // 12, month % 12 + 1))
    first, found, last = text.partition("..")
    if found:
        return _between(text, first, last)
    first, found, last = text.partition("_")
    if found and is_date(first) and is_date(last):
        return _dated(text, parse_moment(first), parse_moment(last))
    raise _no_period(text)


def parse_length(text: str) -> int:
    """Seconds of `30d`, `2w` or `3m` (a month is 30 days). Raises UserError for what is none of these."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise UserError(f"not a length of time: {_shown(text)}", "write 30d, 2w or 3m", kind="usage")
    length = int(match[1]) * _UNITS[match[2]]
    if not 0 < length <= _LONGEST:
        raise UserError(f"a period of {_shown(text)}", "from 1d to 36500d", kind="usage")
    return length


def name_dates(start: int, end: int) -> str:
    """The name of a period between two moments: a week's or a month's if it is one, else both days."""
    first = format_moment(start)[:10]
    week = name_week(start)
    if end - start == WEEK and _week_start(int(week[:4]), int(week[6:])) == start:
        return week
    year, month = int(first[:4]), int(first[5:7])
    if start == month_start(year, month) and end == month_start(year + month // 12, month % 12 + 1):
        return first[:7]
    return f"{first}_{format_moment(end)[:10]}"


def name_range(from_ref: str, to_ref: str, from_oid: str, to_oid: str) -> str:
    """The name of a period between two commits: `v1.2.0_v1.3.0`.

    What is unsafe in a file name becomes `-`, and then 8 hex digits of both ids follow (H76). So they do
    where the name could be another period's: of two tags that look like dates.
    """
    refs = [_safe(ref) for ref in (from_ref, to_ref)]
    name = "_".join(refs)
    if refs == [from_ref, to_ref] and not (is_date(from_ref) and is_date(to_ref)):
        return name
    return f"{name}-{from_oid[:_HEX]}-{to_oid[:_HEX]}"


def name_week(moment: int) -> str:
    """The ISO week that holds the moment: `2026-W47`; its year is that of its Thursday."""
    day = moment // DAY
    thursday = day - (day + 3) % 7 + 3  # 1970-01-01 was one
    year = int(format_moment(thursday * DAY)[:4])
    first = (month_start(year, 1) or 0) // DAY
    return f"{year:04}-W{(thursday - first) // 7 + 1:02}"


def name_month(moment: int) -> str:
    """The month that holds the moment: `2026-11`."""
    return format_moment(moment)[:7]


def month_start(year: int, month: int) -> int | None:
    """The first moment of a month; None for a month that does not exist."""
    return parse_moment(f"{year:04}-{month:02}-01")


def find_dates(commits: Commits, start: int | None, end: int | None) -> Found:
    """The commits that landed between two moments, by where these cut the chain (H36)."""
    first = commits.cut(start) if start is not None else None
    last = commits.cut(end) if end is not None else None
    begin = first.position if first else 0
    stop = last.position if last else len(commits.chain)
    wrong = {one for cut in (first, last) if cut for one in cut.misplaced}
    return Found(Span(begin, max(begin, stop)), tuple(sorted(wrong, key=commits.order)))


def find_range(commits: Commits, asked: Asked, from_oid: str, to_oid: str) -> Found:
    """What landed after the commit `from_oid` did, up to the one where `to_oid` did.

    Raises UserError for a commit that the tip does not reach, and for an empty period.
    """
    positions = []
    for ref, oid in ((asked.from_ref, from_oid), (asked.to_ref, to_oid)):
        if oid not in commits.index:
            hint = "a period is made of commits that this branch has"
            raise UserError(f"{_shown(ref)} ({oid[:12]}) is not in this branch's history", hint)
        positions.append(commits.landing[commits.index[oid]] + 1)
    if positions[1] <= positions[0]:
        raise UserError(
            f"nothing landed after {_shown(asked.from_ref)} up to {_shown(asked.to_ref)}",
            "are the two the other way round?",
        )
    return Found(Span(*positions))


def last_time(commits: Commits) -> int | None:
    """Committer time of the newest commit of the chain whose clock says anything: the usual as-of."""
    times = (commits.times[one] for one in reversed(commits.chain))
    return next((time for time in times if time != NO_TIME), None)


def _between(text: str, first: str, last: str) -> Asked:
    """`a..b`: two dates, or two commits."""
    if is_date(first) and is_date(last):
        return _dated(text, parse_moment(first), parse_moment(last))
    if not first or not last or last.startswith(".") or ".." in last:
        raise _no_period(text)
    return Asked(text, f"{_safe(first)}_{_safe(last)}", from_ref=first, to_ref=last)


def _dated(text: str, start: int | None, end: int | None) -> Asked:
    if start is None or end is None:
        raise _no_period(text)
    if end <= start:
        raise UserError(f"an empty period: {_shown(text)}", "its end is not included in it", kind="usage")
    return Asked(text, name_dates(start, end), start, end)


def _week_start(year: int, week: int) -> int | None:
    """Midnight of the week's Monday; None for a week that the year does not have."""
    first = month_start(year, 1)
    if first is None or not 1 <= week <= 53:
        return None
    day = first // DAY + 3  # January the 4th lies in week 1
    start = (day - (day + 3) % 7 + 7 * (week - 1)) * DAY
    return start if name_week(start) == f"{year:04}-W{week:02}" else None


def _safe(ref: str) -> str:
    safe = _UNSAFE.sub("-", ref)[:_REF_CAP]
    return "-" + safe[1:] if safe.startswith(".") else safe


def _no_period(text: str) -> UserError:
    return UserError(f"not a period: {_shown(text)}", _FORMS, kind="usage")


def _shown(text: str) -> str:
    return f"'{visible(text[:_SHOWN])}'"


def monday(moment: int) -> int:
    """Midnight (UTC) of the Monday before or at the moment."""
    return (moment - _FIRST_MONDAY) // WEEK * WEEK + _FIRST_MONDAY
