"""What happened elsewhere and counts as evidence for a pattern, when, how often, in which period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from feedback_loop.domain.finding import SEVERITIES

COUNTED = ("bug", "test_failure", "review", "deployment")
WEIGHTS = {name: weight for weight, name in enumerate(SEVERITIES, 1)}

# When (seconds since 1970, UTC; None = undated) and how often then.
Time: TypeAlias = tuple[int | None, int]


class Occurrence(NamedTuple):  # made by the ten thousand: a tuple takes a third of a dataclass's time
    """One entry: a fact and every repeat of it.

    `kind` is one of COUNTED, `performance` or `generation`; `pattern` is "" where none is named, `severity`
    where no review gave one. `place` is the entry's index in the data that it was read from. `unreadable`:
    its own date is there, but nobody can read it. `entries` are so many alike, with `times` of them all.
    """

    kind: str
    pattern: str = ""
    times: tuple[Time, ...] = ((None, 1),)
    severity: str = ""
    place: int = 0
    unreadable: bool = False
    entries: int = 1


@dataclass(frozen=True)
class Period:
    """What a report is about: `start` excluded (None = from the beginning), `end` is the as-of moment.

    `limit` is the latest moment that counts: `end`, or later where a clock may have been ahead.
    """

    name: str
    start: int | None
    end: int
    limit: int

    def held(self, times: tuple[Time, ...]) -> tuple[Time, ...]:
        """The repeats inside; an undated one is inside every period (A41)."""
        start, limit = self.start, self.limit
        if len(times) == 1:  # nearly all of them
            moment = times[0][0]
            inside = moment is None or (moment <= limit and (start is None or moment > start))
            return times if inside else ()
        return tuple(
            time
            for time in times
            if time[0] is None or (time[0] <= limit and (start is None or time[0] > start))
        )
