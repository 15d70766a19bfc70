"""Fisher's and Mann and Whitney's tests against other implementations, and against exact fractions."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedback_loop.domain.two_groups import fisher_exact, mann_whitney

CLOSE = 1e-9
TIE = Fraction(1, 10**7)

# Made with SciPy 1.17.1: stats.fisher_exact([[a, b], [c, d]]).pvalue
FISHER = [
    ((3, 1, 1, 3), 0.48571428571428565),
    ((8, 2, 1, 5), 0.034965034965034975),
    ((14, 4, 9, 16), 0.012405956663677949),
    ((18, 7, 25, 50), 0.0010001244397120927),
    ((0, 10, 10, 0), 1.082508822446903e-05),
    ((0, 6, 4, 3), 0.06993006993006994),
    ((5, 0, 0, 3), 0.017857142857142853),
    ((7, 7, 7, 7), 1.0),
    ((2, 15, 3, 16), 1.0),
    ((10, 2, 3, 15), 0.0005367241191434357),
    ((1, 24, 5, 31), 0.3859834023264176),
    ((120, 80, 90, 110), 0.0036351855558814402),
    ((3, 497, 14, 486), 0.012008657345139522),
    ((1200, 800, 4100, 3900), 2.1953637529298953e-12),
    ((60000, 40000, 59500, 40500), 0.022889239988923154),
    ((12, 99988, 2, 99998), 0.012936454007611104),
    ((30, 12, 1, 9000), 1.948412595009176e-75),
]

# Made with SciPy 1.17.1: stats.mannwhitneyu(xs, ys, method="asymptotic"), statistic and pvalue
MANN_WHITNEY = [
    ([1, 2, 3, 4, 5], [4, 5, 6, 7, 8], 2.0, 0.0355788332395941),
    ([10, 12, 15, 20, 31, 33], [11, 14, 18, 40, 41, 44, 50], 12.0, 0.22463863892378044),
    ([1, 1, 2, 2, 3], [2, 2, 3, 3, 3, 4], 5.5, 0.08404320025728729),
    ([5, 5, 5], [5, 5, 6], 3.0, 0.5049850750938458),
    ([100, 220, 340], [90, 80, 85, 70], 12.0, 0.05182992721790968),
    ([7], [1, 2, 3, 4, 5, 6], 6.0, 0.2112995473337107),
    (list(range(0, 60, 2)), list(range(20, 50)), 367.5, 0.2252921220634555),
    ([120, 120, 150, 180, 180, 180], [60, 60, 90, 120, 150], 26.5, 0.03982330611197051),
]


@pytest.mark.parametrize("table", [(0, 0, 0, 0), (0, 0, 3, 4), (3, 4, 0, 0), (0, 5, 0, 7), (5, 0, 7, 0)])
def test_a_table_without_a_second_group_or_outcome_says_nothing(table: tuple[int, int, int, int]) -> None:
    assert fisher_exact(*table) == 1.0


def test_groups_of_equal_values_are_alike() -> None:
    assert mann_whitney([5, 5], [5, 5, 5]) == (3.0, 0.5, 1.0)


def test_fisher_is_as_published() -> None:
    for table, p_value in FISHER:
        assert fisher_exact(*table) == pytest.approx(p_value, rel=CLOSE), table


def test_mann_whitney_is_as_published() -> None:
    for xs, ys, u, p_value in MANN_WHITNEY:
        found = mann_whitney(xs, ys)
        assert found.u == u
        assert found.p_value == pytest.approx(p_value, rel=CLOSE), (xs, ys)


cells = st.integers(0, 40)


@given(cells, cells, cells, cells)
@settings(max_examples=100, deadline=None)
@example(4, 4, 4, 4)
@example(0, 3, 3, 0)
@example(20, 1, 0, 20)
def test_fisher_is_the_sum_of_all_tables_no_more_probable(a: int, b: int, c: int, d: int) -> None:
    """The margins given, x hits in the first row have C(a+b, x) C(c+d, a+c-x) ways of C(n, a+c)."""
    hits = a + c
    ways = {x: math.comb(a + b, x) * math.comb(c + d, hits - x) for x in range(hits + 1)}
    bound = ways[a] * (1 + TIE)
    exact = Fraction(sum(one for one in ways.values() if one <= bound), math.comb(a + b + c + d, hits))
    assert fisher_exact(a, b, c, d) == pytest.approx(float(exact), rel=CLOSE)


@given(cells, cells, cells, cells)
@settings(max_examples=50, deadline=None)
def test_fisher_is_the_same_from_every_side(a: int, b: int, c: int, d: int) -> None:
    p_value = fisher_exact(a, b, c, d)
    assert 0 < p_value <= 1
    for other in ((c, d, a, b), (b, a, d, c), (a, c, b, d)):
        assert fisher_exact(*other) == pytest.approx(p_value, rel=CLOSE)


values = st.lists(st.integers(0, 9), min_size=1, max_size=12)


@given(values, values)
@settings(max_examples=50, deadline=None)
def test_u_counts_the_pairs_that_are_won_and_half_of_the_ties(xs: list[int], ys: list[int]) -> None:
    found = mann_whitney(xs, ys)
    assert found.u == sum((x > y) + (x == y) / 2 for x in xs for y in ys)
    assert found.share == found.u / (len(xs) * len(ys))
    turned = mann_whitney(ys, xs)
    assert found.p_value == pytest.approx(turned.p_value, rel=CLOSE)
    assert found.share + turned.share == pytest.approx(1.0)


def test_of_groups_that_do_not_differ_few_are_told_apart() -> None:
    """Both tests keep what they promise: at most about 5 % of p-values are 5 % or less."""
    draw = random.Random(9)
    found = [0, 0]
    for _ in range(400):
        k, j = (sum(draw.random() < 0.6 for _ in range(25)) for _ in range(2))
        found[0] += fisher_exact(k, 25 - k, j, 25 - j) <= 0.05
        xs, ys = ([draw.randrange(30) for _ in range(25)] for _ in range(2))
        found[1] += mann_whitney(xs, ys).p_value <= 0.05
    assert 0 < found[0] <= 20  # Fisher's test errs to the safe side
    assert 8 <= found[1] <= 34  # 20 expected, three standard deviations are 13
