"""A week's or a month's ratings against those before (B18 to B21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.success import Change, Success

WEEKLY, MONTHLY = "weekly", "monthly"
FRAMEWORK, TECHNIQUE = "framework", "technique"


class RatingPeriod(NamedTuple):
    """Two stretches of time, in seconds: `start` to before `end`, and from `before` to before `start`.

    `complete`: `end` is not after the moment that was asked for.
    """

    name: str
    before: int
    start: int
    end: int
    complete: bool


class Performer(NamedTuple):
    """A framework, technique or tag with its share of successes, or of failures where it is a problem."""

    kind: str
    name: str
    share: Success


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
