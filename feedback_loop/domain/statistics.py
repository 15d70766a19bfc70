"""Exact intervals and tests for counts: closed forms of the binomial distribution, nothing random.

The binomial term is computed as C. Loader does it ("Fast and accurate computation of binomial
probabilities", 2000), which keeps its digits for large counts; the regularised incomplete beta function
is Gauss's continued fraction, evaluated by Lentz's method (NIST DLMF 8.17.22).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_HALF_LOG_TAU = 0.5 * math.log(math.tau)
_ENOUGH = 1e-15  # a step of the fraction that changes less than this share is the last
_NEAR = 1e-7  # a step of Newton's leaves about its square
_TIE = 1e-9  # probabilities that are equal on paper differ by less than this share
_STEPS = 10_000_000


@dataclass(frozen=True)
class RateRatio:
    """The rate after by that before: infinite where nothing came before, NaN where nothing came at all."""

    value: float
    low: float
    high: float
    p_value: float


def compare_rates(k0: int, e0: float, k1: int, e1: float, level: float = 0.95) -> RateRatio:
    """R = (k1/e1)/(k0/e0) for k0 counts in the exposure e0 before and k1 in e1 after; both e > 0.

    Given n = k0 + k1, k1 is binomial with p = R e1/(e0 + R e1): the interval is Clopper and Pearson's for
    p (Biometrika 26, 1934), mapped by R = p/(1-p) e0/e1. The p-value is the sum of the binomial
    probabilities that are not above that of k1 at p0 = e1/(e0 + e1), which is R = 1.
    """
    scale = e0 / e1
    low, high = odds_interval(k1, k0 + k1, level)
    p_value = binomial_p_value(k1, k0 + k1, e1 / (e0 + e1), e0 / (e0 + e1))
    value = (k1 / k0) * scale if k0 else (math.inf if k1 else math.nan)
    return RateRatio(value, low * scale, high * scale, p_value)


def clopper_pearson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval for the probability of which k of n are seen."""
    low, high = odds_interval(k, n, level)
    return low / (1 + low), 1.0 if math.isinf(high) else high / (1 + high)


def odds_interval(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's interval for the odds p/(1-p): near p = 1 the odds keep their digits."""
    tail = (1 - level) / 2
    low = math.exp(_lowest_log_odds(k, n, tail)) if k else 0.0
    high = math.exp(-_lowest_log_odds(n - k, n, tail)) if k < n else math.inf
    return low, high


def _lowest_log_odds(k: int, n: int, tail: float) -> float:
    """The t for which k or more of n have the probability `tail` at p = 1/(1 + exp(-t)).

    Newton's method on the logarithm of that probability, which rises with t and is concave: from the left
    every step ends left of the root, and from the right the first one does.
    """
    a, b = float(k), float(n - k + 1)
    t = math.log(a / b) - 2 * math.sqrt(1 / a + 1 / b)
    for _ in range(100):
        x, y = 1 / (1 + math.exp(-t)), 1 / (1 + math.exp(t))
        front = _front(a, b, x, y)
        far = _is_beyond(a, b, x)
        value = 1 - front * a / b * _fraction(b, a, y) if far else front * _fraction(a, b, x)
        step = math.log(value / tail) * value / (a * front)
        t -= step
        if abs(step) <= _NEAR:
            break
    return t


def binomial_p_value(k: int, n: int, p: float, q: float | None = None) -> float:
    """The sum of the probabilities of all counts no more probable than k of n; `q` = 1 - p, if known better.

    The probabilities rise to the mode and fall after it, so the sum is two tails.
    """
    q = 1 - p if q is None else q
    if k > (n + 1) * p:  # the same seen from the other side
        k, p, q = n - k, q, p
    bound = binomial_term(k, n - k, p, q) * (1 + _TIE)
    mode = min(int((n + 1) * p), n)
    if k >= mode or binomial_term(mode, n - mode, p, q) <= bound:
        return 1.0
    above, below = mode, n + 1  # the first count past the mode that is no more probable lies between them
    while below - above > 1:
        middle = (above + below) // 2
        if binomial_term(middle, n - middle, p, q) <= bound:
            below = middle
        else:
            above = middle
    left = incomplete_beta(float(n - k), k + 1.0, q, p)
    right = incomplete_beta(float(below), n - below + 1.0, p, q) if below <= n else 0.0
    return min(1.0, left + right)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number (Benjamini and Hochberg, JRSS B 57, 1995), in their order."""
    adjusted = [1.0] * len(p_values)
    smallest = 1.0
    order = sorted(range(len(p_values)), key=lambda index: p_values[index], reverse=True)
    for rank, index in zip(range(len(p_values), 0, -1), order, strict=True):
        smallest = min(smallest, p_values[index] * len(p_values) / rank)
        adjusted[index] = smallest
    return adjusted


def incomplete_beta(a: float, b: float, x: float, y: float | None = None) -> float:
    """The regularised incomplete beta function I_x(a, b), a and b > 0; `y` = 1 - x, if known better."""
    y = 1 - x if y is None else y
    if x <= 0:
        return 0.0
    if y <= 0:
        return 1.0
    if _is_beyond(a, b, x):
        return 1 - _front(b, a, y, x) * _fraction(b, a, y)
    return _front(a, b, x, y) * _fraction(a, b, x)


def _is_beyond(a: float, b: float, x: float) -> bool:
    """Whether x is past the middle, where the fraction of the other side converges."""
    return x * (a + b + 2) > a + 1


def _front(a: float, b: float, x: float, y: float) -> float:
    """x^a y^b / (a B(a, b)): what stands before the fraction."""
    return binomial_term(a, b, x, y) * b / (a + b)


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / (1 + even * d), 1 + even / c
        value *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / (1 + odd * d), 1 + odd / c
        value *= c * d
        if abs(c * d - 1) <= _ENOUGH:
            break
    return value


def binomial_term(hits: float, misses: float, p: float, q: float) -> float:
    """The probability of so many hits and misses, 0 < p < 1, q = 1 - p; for fractions its continuation."""
    if not hits:
        return math.exp(misses * _log(q, p))
    if not misses:
        return math.exp(hits * _log(p, q))
    n = hits + misses
    exponent = _stirling_error(n) - _stirling_error(hits) - _stirling_error(misses)
    exponent -= _deviance(hits, n * p) + _deviance(misses, n * q)
    return math.exp(exponent) * math.sqrt(n / (math.tau * hits * misses))


def _log(p: float, q: float) -> float:
    """log p, to all digits where p is near 1."""
    return math.log1p(-q) if q < 0.5 else math.log(p)


@lru_cache(maxsize=4096)
def _stirling_error(n: float) -> float:
    """log n! less Stirling's formula for it."""
    if n < 16:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - _HALF_LOG_TAU
    square = n * n
    inner = 1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square
    return (1 / 12 - (1 / 360 - inner / square) / square) / n


def _deviance(x: float, mean: float) -> float:
    """x log(x/mean) + mean - x, without the loss of digits where both are near."""
    distance = x - mean
    if abs(distance) >= 0.1 * (x + mean):
        return x * math.log(x / mean) - distance
    ratio = distance / (x + mean)
    total, term = distance * ratio, 2 * x * ratio
    for odd in range(3, 2000, 2):
        term *= ratio * ratio
        if total + term / odd == total:
            break
        total += term / odd
    return total
