"""How long occurrences lived, in days: what Kaplan and Meier's estimate is made from (H53)."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_loop.domain.history import (
    DISSOLVED,
    FILE_DELETED,
    FIXED,
    LEFT_SCOPE,
    NO_TIME,
    REVERTED,
    Commits,
    History,
)
from feedback_loop.domain.lives import Life, Lives
from feedback_loop.domain.moment import DAY
from feedback_loop.domain.rollup import Durations


def find_durations(history: History, lives: Lives, as_of: int) -> tuple[Durations, ...]:
    """How long the occurrences of each pattern lived, in days, by name of the pattern.

    Waived ones are left out. What landed after `as_of` (seconds) is not known then; what ended later, open.
    """
    of_pattern: dict[str, list[Life]] = {name: [] for name in history.patterns}
    for life in lives.lives:
        if not life.waived:
            of_pattern[life.pattern].append(life)
    return tuple(_durations(name, found, history.commits, as_of) for name, found in of_pattern.items())


def _durations(name: str, lives: Iterable[Life], commits: Commits, as_of: int) -> Durations:
    stop = commits.cut(as_of + 1).position
    days: list[tuple[float, bool]] = []
    count = dict.fromkeys((FILE_DELETED, LEFT_SCOPE, DISSOLVED, "backward", "undated"), 0)
    for life in lives:
        if commits.landing[life.born] >= stop:
            continue
        gone = life.ended is not None and commits.landing[life.ended] < stop
        born = commits.times[life.born]
        ended = commits.times[life.ended] if gone and life.ended is not None else as_of
        if NO_TIME in (born, ended) or life.inherited:
            count["undated"] += 1
            continue
        if gone and life.end in count:
            count[life.end] += 1
        count["backward"] += ended < born
        days.append((max(0, ended - born) / DAY, gone and life.end in (FIXED, REVERTED)))
    return Durations(
        name,
        tuple(sorted(days)),
        count[FILE_DELETED],
        count[LEFT_SCOPE],
        count[DISSOLVED],
        count["backward"],
        count["undated"],
    )
