"""Intervals against scipy 1.17 (Wilson: binomtest; Jeffreys: both tails of beta.ppf), and H48's table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.intervals import beta_odds, jeffreys_ratio, wilson
from feedback_loop.domain.statistics import RateRatio, compare_rates, incomplete_beta
from feedback_loop.domain.widening import dispersion, widen

counts = st.integers(0, 2000)
exposures = st.floats(0.01, 1e4)


def test_nothing_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert dispersion([[], [(3, 0.0)]]) is None


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.27753279986288926),
        (1, 10, 0.017876213095072896, 0.4041500267952385),
        (5, 10, 0.236593090512564, 0.7634069094874361),
        (10, 10, 0.7224672001371109, 1.0),
        (14, 31, 0.29161735980520015, 0.6222783236264549),
        (80, 80, 0.9541818704644729, 1.0),
        (3, 1000, 0.0010207838811386186, 0.008783014053503173),
    ],
)
def test_wilson(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(
    ("k0", "e0", "k1", "e1", "ratio", "low", "high", "p"),
    [
        (40, 120, 12, 100, 0.36, 0.1719, 0.6999, 0.00117),
        (3, 10, 0, 12, 0, 0, 2.0166, 0.0939),
        (0, 5, 4, 6, math.inf, 0.5501, math.inf, 0.1312),
        (30, 60, 6, 60, 0.2, 0.0681, 0.4884, 0.0000696),
    ],
)
def test_exact_values_of_the_specification(
    k0: int, e0: float, k1: int, e1: float, ratio: float, low: float, high: float, p: float
) -> None:
    found = compare_rates(k0, e0, k1, e1)
    assert (found.value, found.low, found.high) == pytest.approx((ratio, low, high), abs=5e-5)
    assert found.p_value == pytest.approx(p, rel=5e-3)


@pytest.mark.parametrize(
    ("k0", "e0", "k1", "e1", "median", "low", "high", "p_dropped"),
    [
        (0, 1, 0, 1, 1.0, 0.001543712508674131, 647.7890114778442, 0.5),
        (40, 120, 12, 100, 0.3635335584742909, 0.1837528990672876, 0.6684596672316938, 0.9995829438213477),
        (3, 10, 0, 12, 0.060205074825395825, 0.00012554893338946396, 0.9610320095399466, 0.9769574553309679),
        (0, 5, 4, 6, 15.187768953245078, 1.0403253336700158, 7224.63434210069, 0.02289949455176828),
        (30, 60, 6, 60, 0.20452908103951803, 0.07839776777521076, 0.45281881173950517, 0.9999846408118687),
        (400, 41.2, 350, 39.5, 0.912712568856233, 0.790546569863789, 1.053275990222142, 0.8942284250185427),
        (5000, 1000, 1, 900, 0.00026287765316853695, 2.3973916261503328e-05, 0.001039041254824904, 1.0),
        (1, 0.5, 100000, 2e4, 2.113298020052529, 0.5348421888188285, 23.170269255823673, 0.1717989748901211),
    ],
)
def test_jeffreys(
    k0: int, e0: float, k1: int, e1: float, median: float, low: float, high: float, p_dropped: float
) -> None:
    found = jeffreys_ratio(k0, e0, k1, e1)
    assert (found.median, found.low, found.high) == pytest.approx((median, low, high), rel=1e-8)
    assert found.p_dropped == pytest.approx(p_dropped, abs=1e-10)


@settings(max_examples=100, deadline=None)
@given(counts, exposures, counts, exposures)
def test_the_posterior_is_ordered_and_turns_round_with_its_sides(
    k0: int, e0: float, k1: int, e1: float
) -> None:
    one, other = jeffreys_ratio(k0, e0, k1, e1), jeffreys_ratio(k1, e1, k0, e0)
    assert 0 < one.low < one.median < one.high
    assert one.median * other.median == pytest.approx(1, rel=1e-7)
    assert one.low * other.high == pytest.approx(1, rel=1e-7)
    assert one.p_dropped + other.p_dropped == pytest.approx(1, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.5, 500), st.floats(0.5, 500), st.floats(0.001, 0.999))
def test_the_quantile_is_the_inverse_of_the_share_below(a: float, b: float, share: float) -> None:
    odds = beta_odds(a, b, share)
    assert incomplete_beta(a, b, odds / (1 + odds), 1 / (1 + odds)) == pytest.approx(share, abs=1e-8)


@settings(max_examples=100, deadline=None)
@given(counts, counts)
def test_wilson_holds_the_share(k: int, more: int) -> None:
    low, high = wilson(k, k + more)
    assert 0 <= low <= high <= 1
    if k + more:
        assert low <= k / (k + more) <= high


# -- counts in bursts ------------------------------------------------------------------------------


def test_even_counts_vary_less_than_chance_and_bursts_more() -> None:
    even = [(2, 1.0)] * 10
    bursts = [(10, 1.0), (0, 1.0), (0, 1.0), (0, 1.0), (0, 1.0)] * 2
    assert dispersion([even]) == 0
    # 10 weeks, 2 expected in each: (2 * 64 + 8 * 4) / 2 / 9
    assert dispersion([bursts]) == pytest.approx(80 / 9)


def test_a_silent_side_tells_nothing_of_bursts() -> None:
    bursts = [(10, 1.0), (0, 1.0), (0, 1.0), (0, 1.0), (0, 1.0)] * 2
    assert dispersion([bursts, [(0, 1.0)] * 50]) == dispersion([bursts])


def test_widened_halves_grow_by_the_root_of_phi() -> None:
    ratio = compare_rates(40, 120, 12, 100)
    wide = widen(ratio, 52, 1.2, 4.0)
    assert wide.value == ratio.value
    assert math.log(wide.high / wide.value) == pytest.approx(2 * math.log(ratio.high / ratio.value))
    assert math.log(wide.low / wide.value) == pytest.approx(2 * math.log(ratio.low / ratio.value))
    # z = 3.2459 belongs to .0011695, and half of it to .1046
    assert wide.p_value == pytest.approx(0.1046, abs=1e-4)


@pytest.mark.parametrize(("k0", "k1"), [(12, 0), (0, 12)])
def test_without_a_logarithm_fewer_counts_are_believed(k0: int, k1: int) -> None:
    wide = widen(compare_rates(k0, 10, k1, 20), 12, 0.5, 3.0)
    fewer = compare_rates(k0 // 3, 10, k1 // 3, 20)
    assert (wide.value, wide.low, wide.high) == (fewer.value, fewer.low, fewer.high)


@settings(max_examples=100, deadline=None)
@given(counts, exposures, counts, exposures, st.floats(1, 50))
def test_widening_never_makes_narrower(k0: int, e0: float, k1: int, e1: float, phi: float) -> None:
    ratio: RateRatio = compare_rates(k0, e0, k1, e1)
    wide = widen(ratio, k0 + k1, e0 / e1, phi)
    assert wide.low <= ratio.low * (1 + 1e-9)
    assert wide.high >= ratio.high * (1 - 1e-9)
    assert wide.p_value >= ratio.p_value * (1 - 1e-6)
