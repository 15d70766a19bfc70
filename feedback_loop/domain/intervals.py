"""How far a share or a ratio of rates is known: Wilson's interval, and Jeffreys' posterior (H48).

Only the incomplete beta function is needed, and its inverse by bisection on the log odds, where both ends
of the scale keep their digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from feedback_loop.domain.statistics import incomplete_beta

Z95 = 1.959963984540054  # 97.5 % of a standard normal distribution lie below it
_CLOSE = 1e-11  # of a log odds: as many digits of the ratio


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, k of n (Wilson, JASA 22, 1927); 0 to 1 where n is 0."""
    if not n:
        return 0.0, 1.0
    square = Z95 * Z95
    middle = (k + square / 2) / (n + square)
    half = Z95 * math.sqrt(k * (n - k) / n + square / 4) / (n + square)
    return (max(0.0, middle - half) if k else 0.0), (min(1.0, middle + half) if k < n else 1.0)


@dataclass(frozen=True)
class JeffreysRatio:
    """What Jeffreys' prior makes of two counts: the ratio's median and 95 % interval, P(it is below 1)."""

    median: float
    low: float
    high: float
    p_dropped: float


def jeffreys_ratio(k0: int, e0: float, k1: int, e1: float) -> JeffreysRatio:
    """The rate k1/e1 by k0/e0: given n, p ~ Beta(k1 + .5, k0 + .5) and R = p/(1-p) e0/e1; both e > 0."""
    a, b, scale = k1 + 0.5, k0 + 0.5, e0 / e1
    low, median, high = (beta_odds(a, b, share) * scale for share in (0.025, 0.5, 0.975))
    p_dropped = incomplete_beta(a, b, e1 / (e0 + e1), e0 / (e0 + e1))
    return JeffreysRatio(median, low, high, p_dropped)


def beta_odds(a: float, b: float, share: float) -> float:
    """The odds x/(1-x) at which I_x(a, b) is `share`: a and b at least .5, `share` between .001 and .999."""
    middle, step = math.log(a / b), 1 / math.sqrt(a) + 1 / math.sqrt(b)
    low, high = middle - step, middle + step
    while _below(a, b, low) > share:
        low, step = low - step, step * 2
    while _below(a, b, high) < share:
        high, step = high + step, step * 2
    while high - low > _CLOSE * max(1.0, abs(low)):
        middle = (low + high) / 2
        if _below(a, b, middle) < share:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def _below(a: float, b: float, log_odds: float) -> float:
    return incomplete_beta(a, b, 1 / (1 + math.exp(-log_odds)), 1 / (1 + math.exp(log_odds)))
