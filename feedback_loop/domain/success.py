"""A share of successes with its interval, and whether it changed from one period to the next (B11, B19)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from feedback_loop.domain.intervals import wilson
from feedback_loop.domain.rating import POSITIVE, Rating

NOT_ENOUGH = "not enough data"
DECLINED, IMPROVED, NO_CHANGE = "declined", "improved", "no clear change"
LEAST = 10  # of each period, to say anything about a change


class Success(NamedTuple):
    """`positive` of `n`."""

    positive: int = 0
    n: int = 0

    @property
    def rate(self) -> float | None:
        """The share; None of nothing."""
        return self.positive / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval; 0 to 1 of nothing."""
        return wilson(self.positive, self.n)


class Proportion(NamedTuple):
    """`hits` of `n`, where they are successes in one place and failures in another."""

    hits: int
    n: int

    @property
    def rate(self) -> float | None:
        """As of Success."""
        return Success(*self).rate

    @property
    def interval(self) -> tuple[float, float]:
        """As of Success."""
        return Success(*self).interval


def success_of(ratings: Iterable[Rating]) -> Success:
    """How many of them are positive."""
    outcomes = [one.outcome for one in ratings]
    return Success(outcomes.count(POSITIVE), len(outcomes))


class Change(NamedTuple):
    """From one period to the next: the difference of both rates with its 95 % interval, and the verdict.

    None where a period has nothing. `relative` is the difference in percent of the rate before, None if
    that is 0.
    """

    verdict: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    relative: float | None = None


def compare(now: Success, before: Success) -> Change:
    """What became of the rate."""
    if now.rate is None or before.rate is None:
        return Change(NOT_ENOUGH)
    difference = now.rate - before.rate
    low, high = newcombe(now, before)
    relative = difference / before.rate * 100 if before.rate else None
    return Change(_verdict(now, before, low, high), difference, low, high, relative)


def newcombe(now: Success, before: Success) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares (Newcombe, Statistics in Medicine 17, 1998, no. 10).

    -1 to 1 where one is of nothing.
    """
    if now.rate is None or before.rate is None:
        return -1.0, 1.0
    (l1, u1), (l0, u0) = now.interval, before.interval
    difference = now.rate - before.rate
    low = difference - math.hypot(now.rate - l1, u0 - before.rate)
    high = difference + math.hypot(u1 - now.rate, before.rate - l0)
    return low, high


def _verdict(now: Success, before: Success, low: float, high: float) -> str:
    if min(now.n, before.n) < LEAST:
        return NOT_ENOUGH
    return DECLINED if high < 0 else IMPROVED if low > 0 else NO_CHANGE
