"""A week's or a month's ratings against those before: counts, tables, what to do (B18-B21)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from feedback_loop.domain.intervals import wilson
from feedback_loop.domain.moment import DAY, format_moment, parse_moment
from feedback_loop.domain.period import WEEK, monday, month_start, name_month, name_week
from feedback_loop.domain.rating import NEGATIVE, POSITIVE, UNKNOWN, Rating, outcome_of
from feedback_loop.domain.rating_analysis import FRAMEWORK, TAG, TECHNIQUE
from feedback_loop.domain.rating_report import (
    MONTHLY,
    WEEKLY,
    Performer,
    RatedPeriod,
    RatingPeriod,
    RatingReport,
)
from feedback_loop.domain.rating_words import percent
from feedback_loop.domain.success import DECLINED, IMPROVED, LEAST, Change, Proportion, Success, compare
from feedback_loop.errors import InputError

LISTED = 5  # of the top performers, and of the problem areas
FEW = 3  # ratings that one of them has at least (B20)
LOW_RATE = 0.7  # a success rate below it is worth a word (B21)
ROLLING = {WEEKLY: 7, MONTHLY: 30}  # days

_FIRST = parse_moment("0002-01-01") or 0
_LAST = parse_moment("9999-01-01") or 0

Key = tuple[str, str]  # kind and name


class _Alike(NamedTuple):
    """What the report asks of a rating: of very many most are alike, and are counted together."""

    rating: int
    thumbs: str | None
    tags: tuple[str, ...]
    framework: str
    techniques: tuple[str, ...]

    @property
    def outcome(self) -> str:
        return outcome_of(self.rating, self.thumbs)


Sorts = Mapping[_Alike, int]
_sort_of = attrgetter(*_Alike._fields)


def make_period(name: str, as_of: int, *, last_complete: bool = False, rolling: bool = False) -> RatingPeriod:
    """The ISO week or calendar month (UTC) that holds `as_of` (seconds), and the whole one before it.

    `last_complete` takes the last that had ended by then instead, `rolling` the 7 or 30 days up to and with
    `as_of`, against as many before. Raises InputError for another name, for both at once, and for years that
    have none beside them.
    """
    if name not in ROLLING:
        raise InputError(f"period must be weekly or monthly, not {name!a:.40}", kind="usage")
    if rolling and last_complete:
        hint = "the last days are always complete"
        raise InputError("last-complete and rolling exclude each other", hint, kind="usage")
    if not _FIRST <= as_of < _LAST:
        raise InputError(f"as-of must be in the years 2 to 9998, not {format_moment(as_of)}", kind="usage")
    if rolling:
        end, days = as_of + 1, ROLLING[name]
        start = end - days * DAY
        return RatingPeriod(f"last-{days}-days", start - days * DAY, start, end, True, as_of)
    end = _start(name, as_of) if last_complete else _next(name, _start(name, as_of))
    start = _start(name, end - 1)
    return RatingPeriod(_namer(name)(start), _start(name, start - 1), start, end, last_complete, as_of)


def make_report(ratings: Sequence[Rating], period: RatingPeriod) -> RatingReport:
    """The report; ratings of other times may be among them and count for nothing."""
    now = _alike(ratings, period.start, period.until)
    before = _alike(ratings, period.before, period.start)
    success, former = _success(now), _success(before)
    top, problems = _top_performers(now), _problem_areas(now)
    change, previous = compare(success, former), _previous(period)
    return RatingReport(
        period=period,
        previous=previous,
        avg_rating=sum(one.rating * n for one, n in now.items()) / success.n if success.n else None,
        success=success,
        before=former,
        change=change,
        top_performers=top,
        problem_areas=problems,
        action_items=tuple(_actions(success, former, change, previous, problems)),
    )


def rated_periods(ratings: Iterable[Rating], name: str) -> tuple[RatedPeriod, ...]:
    """The weeks or months that have ratings, the newest first."""
    found: dict[int, list[int]] = {}
    by_day = Counter((one.at // DAY, one.rating, one.thumbs) for one in ratings)
    for (day, rating, thumbs), n in by_day.items():
        counts = found.setdefault(_start(name, day * DAY), [0, 0])
        counts[0] += n if outcome_of(rating, thumbs) == POSITIVE else 0
        counts[1] += n
    namer = _namer(name)
    return tuple(RatedPeriod(namer(start), Success(*found[start])) for start in sorted(found, reverse=True))


# -- periods ---------------------------------------------------------------------------------------


def _start(name: str, moment: int) -> int:
    """The first second of the week or month that holds the moment."""
    if name == WEEKLY:
        return monday(moment)
    month = name_month(moment)
    return month_start(int(month[:4]), int(month[5:])) or 0  # it has one: its name comes from a moment


def _next(name: str, start: int) -> int:
    return start + WEEK if name == WEEKLY else _start(name, start + 31 * DAY)


def _namer(name: str) -> Callable[[int], str]:
    return name_week if name == WEEKLY else name_month


def _previous(period: RatingPeriod) -> str:
    if period.name.startswith("last-"):
        return f"the {(period.start - period.before) // DAY} days before"
    weekly = period.start - period.before == WEEK  # no month has seven days
    return _namer(WEEKLY if weekly else MONTHLY)(period.before)


# -- tables ----------------------------------------------------------------------------------------


def _alike(ratings: Sequence[Rating], start: int, end: int) -> dict[_Alike, int]:
    """How many there are of each sort from `start` to before `end`."""
    counts = Counter(map(_sort_of, (one for one in ratings if start <= one.at < end)))
    return {_Alike(*sort): n for sort, n in counts.items()}


def _success(sorts: Sorts) -> Success:
    return Success(sum(n for one, n in sorts.items() if one.outcome == POSITIVE), sum(sorts.values()))


def _top_performers(sorts: Sorts) -> tuple[Performer, ...]:
    """Frameworks and techniques by the lower bound of their success, those without any left out (B20)."""
    return _ranked((key, n, one.outcome == POSITIVE) for one, n in sorts.items() for key in _ways(one))


def _problem_areas(sorts: Sorts) -> tuple[Performer, ...]:
    """Tags by the lower bound of their share of failures, those without any left out (B20)."""
    return _ranked(
        ((TAG, tag), n, one.outcome == NEGATIVE)
        for one, n in sorts.items()
        for tag in dict.fromkeys(one.tags)
    )


def _ways(one: _Alike) -> Iterator[Key]:
    """The framework, if it is known, and each technique once."""
    for kind, names in ((FRAMEWORK, (one.framework,)), (TECHNIQUE, one.techniques)):
        for name in dict.fromkeys(names):
            if name and name != UNKNOWN:
                yield kind, name


def _ranked(told: Iterable[tuple[Key, int, bool]]) -> tuple[Performer, ...]:
    counts: dict[Key, list[int]] = {}
    for key, n, is_one in told:
        tally = counts.setdefault(key, [0, 0])
        tally[0] += n if is_one else 0
        tally[1] += n
    found = [Performer(*key, Proportion(k, n)) for key, (k, n) in counts.items() if n >= FEW and k]
    found.sort(key=lambda one: (-wilson(*one.share)[0], -one.share.n, one.kind, one.name))
    return tuple(found[:LISTED])


# -- what to do ------------------------------------------------------------------------------------


def _actions(
    now: Success, before: Success, change: Change, previous: str, problems: tuple[Performer, ...]
) -> Iterator[str]:
    """B21, in its order; never none."""
    said = list(_changed(now, before, change.verdict, previous))
    if now.rate is not None and now.rate < LOW_RATE and now.n >= LEAST:
        said.append(
            f"Success is {percent(now.rate)} of {now.n} ratings, under {percent(LOW_RATE)}: "
            "look at the outputs that were rated low."
        )
    if problems:
        said.append(_worst(problems[0]))
    if now.n < LEAST:
        said.append(
            f"Collect more feedback: {now.n} in this period, and {LEAST} are the least for a judgement."
        )
    yield from said or ["Stable: nothing stands out."]


def _changed(now: Success, before: Success, verdict: str, previous: str) -> Iterator[str]:
    if now.rate is None or before.rate is None:
        return
    rates = f"from {percent(before.rate)} to {percent(now.rate)}"
    if verdict == DECLINED:
        yield f"Success declined {rates}: look at what is different since {previous}."
    elif verdict == IMPROVED:
        yield f"Success improved {rates}: keep what is different since {previous}."


def _worst(one: Performer) -> str:
    low, high = one.share.interval
    return (
        f"Tag `{one.name}` fails most: {one.share.hits} of {one.share.n} "
        f"(95 % interval {percent(low)} to {percent(high)}): look at its prompts."
    )
