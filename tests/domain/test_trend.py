"""Trends against pymannkendall 1.4 (original_test)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.trend import mann_kendall, sen_slope


@pytest.mark.parametrize("values", [[], [3.0], [2.0, 2.0, 2.0, 2.0]])
def test_what_does_not_change_has_no_trend(values: list[float]) -> None:
    assert mann_kendall(values) == (0, 0.0, 1.0)
    assert sen_slope(values) == (0.0 if len(values) > 1 else None)


@pytest.mark.parametrize(
    ("values", "s", "z", "p", "slope"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], 28, 3.340383700311406, 0.0008366271311193163, 1.0),
        ([5, 3, 3, 2, 4, 1, 0, 0, 0, 1], -28, -2.4716267006742814, 0.013449988098314991, -0.5),
        ([0.5, 0, 0, 1.25, 0, 0, 2, 0, 0, 0, 0, 3.5], 2, 0.08238525545716346, 0.9343403606303604, 0.0),
        ([9, 7, 7, 7, 6, 6, 3, 3.5, 1], -30, -3.1031872312779347, 0.0019144847836662926, -0.8452380952380952),
        ([1, 1, 1, 1.5], 3, 0.8944271909999159, 0.37109336952269745, 0.08333333333333333),
    ],
)
def test_against_pymannkendall(values: list[float], s: int, z: float, p: float, slope: float) -> None:
    found = mann_kendall(values)
    assert found.s == s
    assert (found.z, found.p_value) == pytest.approx((z, p), rel=1e-9)
    assert sen_slope(values) == pytest.approx(slope, abs=1e-12)


def test_slopes_are_by_the_time_between() -> None:
    assert sen_slope([1.0, 2.0, 4.0], [10, 11, 13]) == 1.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=30))
def test_backwards_is_the_opposite(values: list[float]) -> None:
    one, other = mann_kendall(values), mann_kendall(values[::-1])
    assert (one.s, one.p_value) == (-other.s, other.p_value)
    assert 0 <= one.p_value <= 1
    assert sen_slope(values) == pytest.approx(-(sen_slope(values[::-1]) or 0.0))
