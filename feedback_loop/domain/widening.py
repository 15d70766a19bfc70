"""Counts that come in bursts: how much more they vary than by chance, and intervals made wider by it (H50).

Quasi-likelihood: the variance is phi times that of a Poisson process (Wedderburn, Biometrika 61, 1974).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from feedback_loop.domain.statistics import RateRatio, odds_interval

_HALVINGS = 60
_LEAST_EXPECTED = 1 - 1e-9
_FARTHEST = 40.0  # standard deviations: the p-value is 0 there


def dispersion(sides: Sequence[Sequence[Sequence[float]]]) -> float | None:
    """Pearson's chi-square over its degrees of freedom, of (count, exposure) cells, one rate for each side.

    Neighbours of which less than one count is to be expected are taken together (Cochran, Annals of
    Mathematical Statistics 23, 1952): one count in a week of five lines says nothing of bursts. A side
    without counts tells nothing of how they vary. None without a degree of freedom.
    """
    total, freedom = 0.0, 0
    for cells in sides:
        amount = math.fsum(exposure for _, exposure in cells)
        count = sum(number for number, _ in cells)
        if count and amount:
            pooled = _pooled([(number, count * exposure / amount) for number, exposure in cells])
            freedom += len(pooled) - 1
            total += math.fsum((number - mean) ** 2 / mean for number, mean in pooled)
    return total / freedom if freedom else None


def _pooled(cells: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """(count, expected) cells of which at least one count is expected; what is left over joins the last."""
    pooled: list[tuple[float, float]] = []
    number, mean = 0.0, 0.0
    for more, expected in cells:
        number, mean = number + more, mean + expected
        if mean >= _LEAST_EXPECTED:
            pooled.append((number, mean))
            number, mean = 0.0, 0.0
    if pooled:
        last = pooled.pop()
        number, mean = last[0] + number, last[1] + mean
    return [*pooled, (number, mean)]


def widen(ratio: RateRatio, n: int, scale: float, phi: float) -> RateRatio:
    """The ratio of n counts, `scale` = e0/e1, as it is known when counts vary `phi` times as much; phi >= 1.

    Both halves of the interval grow by sqrt(phi) on the logarithm, and the p-value's normal score shrinks by
    it. A ratio of 0 or infinity has no logarithm: it is then known as well as from n/phi counts.
    """
    stretch = math.sqrt(phi)
    value, low, high = ratio.value, ratio.low, ratio.high
    if 0 < value < math.inf:
        low, high = value * (low / value) ** stretch, value * (high / value) ** stretch
    else:
        fewer = int(n / phi)
        low, high = (scale * end for end in odds_interval(fewer if value else 0, fewer))
    return RateRatio(value, low, high, _softened(ratio.p_value, stretch))


def _softened(p_value: float, stretch: float) -> float:
    """The two-sided p-value of the normal score that belongs to this one, divided by `stretch`."""
    low, high = 0.0, _FARTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) > p_value else (low, middle)
    return math.erfc(low / stretch / math.sqrt(2))
