"""Wilson's and Newcombe's intervals and the tails of Beta against other implementations, and the verdicts."""

from __future__ import annotations

import pytest

from feedback_loop.domain.intervals import wilson
from feedback_loop.domain.statistics import incomplete_beta
from feedback_loop.domain.success import (
    DECLINED,
    IMPROVED,
    NO_CHANGE,
    NOT_ENOUGH,
    Change,
    Success,
    compare,
    newcombe,
)

CLOSE = 1e-9

# Made with SciPy 1.17.1: stats.binomtest(k, n).proportion_ci(method="wilson")
WILSON = [
    (3, 3, 0.4385029682449546, 1.0),
    (0, 5, 0.0, 0.43448246478317476),
    (1, 2, 0.09453120573423074, 0.9054687942657693),
    (14, 18, 0.5478541568378739, 0.9099907189139831),
    (9, 25, 0.20247880774458224, 0.5548150225183514),
    (70, 100, 0.6041514536665333, 0.7810511470506725),
    (99999, 100000, 0.9999433529034095, 0.9999982347522695),
    (45000, 100000, 0.4469185379266738, 0.4530853033845845),
]

# Made with statsmodels 0.15.0: confint_proportions_2indep(*now, *before, method="newcomb", compare="diff")
NEWCOMBE = [
    ((56, 70), (48, 80), 0.05243147240236498, 0.33387265403690614),
    ((9, 10), (3, 10), 0.1705227239345029, 0.809017973535488),
    ((10, 10), (0, 20), 0.6790860371419145, 1.0),
    ((20, 50), (35, 50), -0.46501046978460947, -0.10505775198304435),
    ((5, 56), (0, 29), -0.038137147903536936, 0.19256001385511165),
    ((70000, 100000), (69500, 100000), 0.0009737741181110151, 0.009026004475530605),
]

# Made with SciPy 1.17.1: special.betainc(a, b, x), the probability that a share of Beta(a, b) is below x
BETA = [
    (0.5, 3.2, 0.5, 0.9577112825362473),
    (7.4, 2.6, 0.8, 0.6290222453571352),
    (4, 1, 0.95, 0.8145062499999999),
    (52.8, 11.2, 0.8, 0.2819026424479783),
    (12.6, 31.4, 0.5, 0.9981932015620903),
    (300.5, 120.5, 0.7, 0.2628476993129547),
    (1, 4, 0.2, 0.5904),
    (80000.4, 20000.6, 0.8, 0.5006307844708948),
]


def test_nothing_has_no_rate_and_every_one_is_possible() -> None:
    assert (Success().rate, Success().interval) == (None, (0.0, 1.0))
    assert newcombe(Success(), Success(3, 4)) == (-1.0, 1.0)
    assert compare(Success(3, 4), Success()) == Change(NOT_ENOUGH)


def test_intervals_and_tails_are_as_published() -> None:
    for k, n, low, high in WILSON:
        assert wilson(k, n) == pytest.approx((low, high), rel=CLOSE), (k, n)
    for now, before, low, high in NEWCOMBE:
        found = newcombe(Success(*now), Success(*before))
        assert found == pytest.approx((low, high), rel=CLOSE), (now, before)
    for a, b, x, below in BETA:
        assert incomplete_beta(a, b, x) == pytest.approx(below, rel=CLOSE), (a, b, x)
        assert incomplete_beta(b, a, 1 - x) == pytest.approx(1 - below, rel=CLOSE), (a, b, x)


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [
        ((2, 9), (40, 50), NOT_ENOUGH),
        ((20, 50), (9, 9), NOT_ENOUGH),
        ((20, 50), (35, 50), DECLINED),
        ((35, 50), (20, 50), IMPROVED),
        ((31, 50), (35, 50), NO_CHANGE),
        ((10, 10), (10, 10), NO_CHANGE),
        ((0, 10), (0, 10), NO_CHANGE),
    ],
)
def test_a_rate_changed_where_the_whole_interval_says_so(
    now: tuple[int, int], before: tuple[int, int], verdict: str
) -> None:
    assert compare(Success(*now), Success(*before)).verdict == verdict


def test_a_change_is_in_percent_of_the_rate_before_if_there_was_one() -> None:
    change = compare(Success(20, 50), Success(35, 50))
    assert change.difference == pytest.approx(-0.3)
    assert change.relative == pytest.approx(-300 / 7)
    assert compare(Success(5, 10), Success(0, 10)).relative is None
    assert compare(Success(5, 10), Success(5, 10)).relative == 0.0
