from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.bands import band, by_band


@pytest.mark.parametrize(
    ("counts", "expected"), [((0,), 0), ((1, 2), 1), ((3, 9), 2), ((10, 29), 3), ((30, 31, 10**9), 4)]
)
def test_band(counts: tuple[int, ...], expected: int) -> None:
    assert [band(count) for count in counts] == [expected] * len(counts)


def test_one_more_within_a_band_moves_nothing() -> None:
    before, after = {"a": 3, "b": 9, "c": 30, "d": 0}, {"a": 4, "b": 5, "c": 31, "d": 0}
    orders = [sorted(counts, key=lambda name: by_band(counts[name], name)) for counts in (before, after)]
    assert orders == [["c", "a", "b", "d"]] * 2


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_bands_never_fall_as_counts_rise(one: int, other: int) -> None:
    assert band(min(one, other)) <= band(max(one, other))
