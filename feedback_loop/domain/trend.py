"""Whether a row of figures rises or falls, whatever its shape: Mann and Kendall's test, Sen's slope (H52)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple


class MannKendall(NamedTuple):
    """S (rises less falls over all pairs), its normal score, and the two-sided p-value."""

    s: int
    z: float
    p_value: float


def mann_kendall(values: Sequence[float]) -> MannKendall:
    """The test for a trend in values in the order of time (Mann, Econometrica 13, 1945; Kendall 1975).

    Ties make the variance smaller, and S is moved by 1 towards 0 for continuity. No pair differs: p = 1.
    """
    n = len(values)
    s = sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))
    ties = Counter(values).values()
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if not s or variance <= 0:
        return MannKendall(s, 0.0, 1.0)
    z = (s - math.copysign(1, s)) / math.sqrt(variance)
    return MannKendall(s, z, math.erfc(abs(z) / math.sqrt(2)))


def sen_slope(values: Sequence[float], times: Sequence[float] | None = None) -> float | None:
    """The median slope over all pairs (Sen, JASA 63, 1968); None below two values.

    `times` rise, one for each value; without them the values are one unit apart.
    """
    placed = list(zip(times if times is not None else range(len(values)), values, strict=True))
    slopes = sorted((b - a) / (later - earlier) for (earlier, a), (later, b) in combinations(placed, 2))
    if not slopes:
        return None
    middle = len(slopes) // 2
    return slopes[middle] if len(slopes) % 2 else (slopes[middle - 1] + slopes[middle]) / 2
