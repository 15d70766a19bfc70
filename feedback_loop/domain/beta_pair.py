"""Two shares that are known from counts: the interval of their difference and of their ratio (C7).

k of n with a uniform prior leaves Beta(1 + k, 1 + n - k). What is asked of two of them is one integral, of
one's density and the other's distribution function. It is taken over the narrower of both by Gauss and
Legendre's rule (NIST DLMF 3.5.15), between the places where the integrand has a kink: smooth pieces, so a
few points give more digits than anybody reads. Nothing is random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

from feedback_loop.domain.statistics import binomial_term, incomplete_beta

TAIL = 0.05  # on each side: what is left is 90 %
_POINTS = 24
_WIDE = 5  # standard deviations around the mean that are a piece of their own
_FAR = 60  # beyond so many nothing is left
_CLOSE = 1e-9
_STEPS = 100


@dataclass(frozen=True)
class Interval:
    """The median, and the 90 % interval around it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Share:
    """What k of n say of the share behind them: Beta(1 + k, 1 + n - k)."""

    k: int
    n: int

    @property
    def a(self) -> int:
        """The first parameter of the distribution."""
        return 1 + self.k

    @property
    def b(self) -> int:
        """The second one."""
        return 1 + self.n - self.k

    @cached_property
    def mean(self) -> float:
        """The mean of the distribution."""
        return self.a / (self.a + self.b)

    @cached_property
    def deviation(self) -> float:
        """Its standard deviation."""
        return math.sqrt(self.mean * (1 - self.mean) / (self.a + self.b + 1))

    def density(self, x: float) -> float:
        """The density at 0 < x < 1: (n + 1) times the binomial probability of k of n."""
        return (self.n + 1) * binomial_term(self.k, self.n - self.k, x, 1 - x) if self.n else 1.0

    def below(self, x: float) -> float:
        """The probability that the share is at most x."""
        return incomplete_beta(float(self.a), float(self.b), x)


def difference(one: Share, other: Share) -> Interval:
    """The share of one less that of the other, -1 to 1."""
    return _interval(lambda d: _difference_below(one, other, d), -1.0, 1.0)


def ratio(one: Share, other: Share) -> Interval:
    """The share of one by that of the other, above 0."""
    low, high = -1.0, 1.0  # of the ratio's logarithm
    while _ratio_below(one, other, math.exp(low)) > TAIL:
        low *= 2
    while _ratio_below(one, other, math.exp(high)) < 1 - TAIL:
        high *= 2
    found = _interval(lambda log: _ratio_below(one, other, math.exp(log)), low, high)
    return Interval(math.exp(found.median), math.exp(found.low), math.exp(found.high))


def _difference_below(one: Share, other: Share, d: float) -> float:
    """P(one - other <= d)."""
    if one.deviation <= other.deviation:
        return _expected(one, lambda x: 1 - other.below(x - d), (d, 1 + d))
    return _expected(other, lambda y: one.below(y + d), (-d, 1 - d))


def _ratio_below(one: Share, other: Share, r: float) -> float:
    """P(one / other <= r)."""
    if one.deviation <= other.deviation:
        return _expected(one, lambda x: 1 - other.below(x / r), (r,))
    return _expected(other, lambda y: one.below(y * r), (1 / r,))


def _expected(share: Share, value: Callable[[float], float], kinks: Sequence[float]) -> float:
    """The mean of `value` over the share; it may have kinks."""
    ends = [share.mean + share.deviation * far for far in (-_FAR, -_WIDE, _WIDE, _FAR)]
    inner = {min(1.0, max(0.0, end)) for end in ends}
    cuts = sorted(inner | {kink for kink in kinks if min(inner) < kink < max(inner)})
    return math.fsum(
        weight * (high - low) * share.density(x) * value(x)
        for low, high in pairwise(cuts)
        for node, weight in _rule()
        if 0 < (x := low + (high - low) * node) < 1
    )


@cache
def _rule() -> tuple[tuple[float, float], ...]:
    """Gauss and Legendre's nodes and weights on 0 to 1, by Newton's method on the Legendre polynomial."""
    found = []
    for index in range(_POINTS):
        x = math.cos(math.pi * (index + 0.75) / (_POINTS + 0.5))
        for _ in range(_STEPS):
            value, slope = _legendre(x)
            x -= value / slope
            if abs(value / slope) < 1e-15:
                break
        slope = _legendre(x)[1]
        found.append(((1 - x) / 2, 1 / ((1 - x * x) * slope * slope)))
    return tuple(found)


def _legendre(x: float) -> tuple[float, float]:
    """The Legendre polynomial of the rule's degree, and its slope."""
    before, value = 1.0, x
    for degree in range(2, _POINTS + 1):
        before, value = value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree
    return value, _POINTS * (x * value - before) / (x * x - 1)


def _interval(below: Callable[[float], float], low: float, high: float) -> Interval:
    start, median, end = (_quantile(below, share, low, high) for share in (TAIL, 0.5, 1 - TAIL))
    return Interval(median, start, end)


def _quantile(below: Callable[[float], float], share: float, low: float, high: float) -> float:
    """Where `below`, which rises, is `share`: Illinois' false position (Dowell and Jarratt, BIT 11, 1971)."""
    under, over = below(low) - share, below(high) - share
    side = 0
    for _ in range(_STEPS):
        if high - low <= _CLOSE:
            break
        middle = (low * over - high * under) / (over - under)
        value = below(middle) - share
        if abs(value) <= _CLOSE:
            return middle
        if value < 0:
            low, under, over = middle, value, over / 2 if side < 0 else over
            side = -1
        else:
            high, over, under = middle, value, under / 2 if side > 0 else under
            side = 1
    return (low + high) / 2
