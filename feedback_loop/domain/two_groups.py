"""Whether two groups differ: Fisher's exact test for counts, Mann and Whitney's for values (B16).

A hypergeometric probability is three binomial ones (Loader, "Fast and accurate computation of binomial
probabilities", 2000), which keeps its digits for large counts; its tails follow from one term by the ratio
of neighbours.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from feedback_loop.domain.statistics import binomial_term

_TIE = 1e-7  # as R does: probabilities that are equal on paper differ by less than this share
_ENOUGH = 1e-17  # a term that adds less than this share of the sum is the last


class RankTest(NamedTuple):
    """Mann and Whitney's U: pairs in which the first group's value is larger, a tie counting half.

    `share` is U by the number of pairs: above one half the first group tends to be the larger one.
    """

    u: float
    share: float
    p_value: float


class _Draw(NamedTuple):
    """The numbers of a draw without putting back: `hits` and `misses` in all, how many are `taken`."""

    hits: int
    misses: int
    taken: int

    @property
    def least(self) -> int:
        return max(0, self.taken - self.misses)

    @property
    def most(self) -> int:
        return min(self.taken, self.hits)

    @property
    def mode(self) -> int:
        return (self.taken + 1) * (self.hits + 1) // (self.hits + self.misses + 2)

    def term(self, x: int) -> float:
        """The probability of x hits."""
        n = self.hits + self.misses
        p, q = self.taken / n, (n - self.taken) / n
        found = binomial_term(x, self.hits - x, p, q)
        found *= binomial_term(self.taken - x, self.misses - self.taken + x, p, q)
        return found / binomial_term(self.taken, n - self.taken, p, q)

    def below(self, x: int) -> float:
        """The probability of x hits or fewer, x below the mode."""
        term = total = self.term(x)
        while term > _ENOUGH * total:  # 0 where x is the least
            term *= x * (self.misses - self.taken + x) / ((self.hits - x + 1) * (self.taken - x + 1))
            total += term
            x -= 1
        return total

    def above(self, x: int) -> float:
        """The probability of x hits or more, x above the mode."""
        term = total = self.term(x)
        while term > _ENOUGH * total:
            term *= (self.hits - x) * (self.taken - x) / ((x + 1) * (self.misses - self.taken + x + 1))
            total += term
            x += 1
        return total


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """The two-sided p-value of the table with the rows a, b and c, d (Fisher, JRSS 98, 1935).

    It is the sum of the probabilities of all tables with the same margins that are no more probable. They
    rise to the mode and fall after it, so it is two tails.
    """
    if not (a + b and c + d and a + c and b + d):
        return 1.0  # there is but one such table
    draw = _Draw(a + b, c + d, a + c)
    if a > draw.mode:  # the same seen from the other side
        draw, a = _Draw(a + b, c + d, b + d), b
    mode = draw.mode
    bound = draw.term(a) * (1 + _TIE)
    if a >= mode or draw.term(mode) <= bound:
        return 1.0
    far = _first_no_more_probable(draw, mode, bound)
    right = draw.above(far) if far <= draw.most else 0.0
    return min(1.0, draw.below(a) + right)


def _first_no_more_probable(draw: _Draw, mode: int, bound: float) -> int:
    """The first number past the mode whose probability is within the bound; one past the last if none is."""
    above, below = mode, draw.most + 1
    while below - above > 1:
        middle = (above + below) // 2
        if draw.term(middle) <= bound:
            below = middle
        else:
            above = middle
    return below


def mann_whitney(xs: Sequence[float], ys: Sequence[float]) -> RankTest:
    """The two-sided rank test of two groups, neither of them empty (Annals of Math. Statistics 18, 1947).

    The p-value is that of the normal distribution, with the correction for ties and for continuity; 1.0
    where all values are equal.
    """
    m, n = len(xs), len(ys)
    pairs, size = m * n, m + n
    doubled, ties = _ranks(Counter(xs), Counter(ys))
    u = (doubled - m * (m + 1)) / 2
    variance = pairs / 12 * (size + 1 - ties / (size * (size - 1)))
    if variance <= 0:
        return RankTest(u, u / pairs, 1.0)
    z = (max(u, pairs - u) - pairs / 2 - 0.5) / math.sqrt(variance)
    return RankTest(u, u / pairs, min(1.0, math.erfc(z / math.sqrt(2))))


def _ranks(xs: Counter[float], ys: Counter[float]) -> tuple[int, int]:
    """Twice the sum of the ranks of xs, ties sharing theirs; and the sum of t^3 - t over runs of t ties."""
    before = doubled = ties = 0
    for value in sorted(xs.keys() | ys.keys()):
        run = xs[value] + ys[value]
        doubled += xs[value] * (2 * before + run + 1)
        ties += run**3 - run
        before += run
    return doubled, ties
