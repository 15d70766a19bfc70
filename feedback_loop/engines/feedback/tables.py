"""How the ratings of each tag, framework, technique and flag fared (B15)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from feedback_loop.domain.rating import DOWN, NEGATIVE, POSITIVE, UNKNOWN, UP, Rating, outcome_of
from feedback_loop.domain.rating_analysis import Performance

_Votes = Counter[tuple[int, str | None]]  # how many gave so many stars, with this thumb


def by_tag(ratings: Iterable[Rating]) -> tuple[Performance, ...]:
    """A row for each tag, the most frequent first, then by name; an entry counts under each of its tags."""
    return _table(ratings, lambda one: set(one.tags))


def by_framework(ratings: Iterable[Rating]) -> tuple[Performance, ...]:
    """A row for each framework; entries that name none stand under UNKNOWN."""
    return _table(ratings, lambda one: (one.framework or UNKNOWN,))


def by_technique(ratings: Iterable[Rating]) -> tuple[Performance, ...]:
    """A row for each technique."""
    return _table(ratings, lambda one: set(one.techniques))


def by_flag(ratings: Iterable[Rating]) -> tuple[Performance, ...]:
    """A row for each flag that a prompt showed."""
    return _table(ratings, lambda one: set(one.flags))


def of_all(ratings: Sequence[Rating]) -> Performance:
    """All of them in one row without a name."""
    return _performance("", Counter((one.rating, one.thumbs) for one in ratings))


def _table(ratings: Iterable[Rating], names_of: Callable[[Rating], Iterable[str]]) -> tuple[Performance, ...]:
    counted = Counter((name, one.rating, one.thumbs) for one in ratings for name in names_of(one))
    votes: defaultdict[str, _Votes] = defaultdict(Counter)
    for (name, stars, thumbs), number in counted.items():
        votes[name][stars, thumbs] = number
    rows = [_performance(name, found) for name, found in votes.items()]
    return tuple(sorted(rows, key=lambda row: (-row.n, row.name)))


def _performance(name: str, votes: _Votes) -> Performance:
    n = votes.total()
    stars = sum(stars * number for (stars, _), number in votes.items())
    outcomes: Counter[str] = Counter()
    thumbs: Counter[str | None] = Counter()
    for vote, number in votes.items():
        outcomes[outcome_of(*vote)] += number
        thumbs[vote[1]] += number
    average = stars / n if n else 0.0
    return Performance(name, n, outcomes[POSITIVE], outcomes[NEGATIVE], average, thumbs[UP], thumbs[DOWN])
