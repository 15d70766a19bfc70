"""A week's or a month's ratings against those before (B18 to B21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.success import Change, Proportion, Success

WEEKLY, MONTHLY = "weekly", "monthly"


class RatingPeriod(NamedTuple):
    """Two stretches of time, in seconds: `start` to before `end`, and from `before` to before `start`.

    `complete`: nothing of it lies after the moment that was asked for. What came after `as_of` is left out,
    of both; None leaves out nothing.
    """

    name: str
    before: int
    start: int
    end: int
    complete: bool
    as_of: int | None = None

    @property
    def until(self) -> int:
        """Ratings count before this second: the end, or the one after `as_of` where the period goes on."""
        return self.end if self.as_of is None else min(self.end, self.as_of + 1)


class RatedPeriod(NamedTuple):
    """A week or month that has ratings, and the share of successes among them."""

    name: str
    success: Success


class Performer(NamedTuple):
    """A framework, technique or tag: `share` is that of successes, in problem areas that of failures."""

    kind: str
    name: str
    share: Proportion


@dataclass(frozen=True)
class RatingReport:
    """The report. `success` is the share of the period, `before` that of the one before, named `previous`."""

    period: RatingPeriod
    previous: str
    avg_rating: float | None
    success: Success
    before: Success
    change: Change
    top_performers: tuple[Performer, ...]
    problem_areas: tuple[Performer, ...]
    action_items: tuple[str, ...]
