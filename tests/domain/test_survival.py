"""Kaplan-Meier against lifelines 0.30 (KaplanMeierFitter, its log-log interval)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.survival import kaplan_meier

# Freireich's leukaemia trial (Blood 21, 1963), the treated: the textbook example.
_ENDED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
_LASTING = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
TREATED = [(float(one), True) for one in _ENDED] + [(float(one), False) for one in _LASTING]


def test_nothing_lasts_and_nothing_ends() -> None:
    found = kaplan_meier([])
    assert (found.median, found.low, found.high, found.steps, found.n) == (None, None, None, (), 0)


def test_what_is_open_has_no_median() -> None:
    found = kaplan_meier([(3, False), (4, False)])
    assert (found.median, found.steps, found.n, found.events) == (None, (), 2, 0)


def test_a_textbook_trial() -> None:
    found = kaplan_meier(TREATED)
    assert (found.median, found.low, found.high) == (23, 13, None)
    assert (found.n, found.events) == (21, 9)
    expected = [
        (6.0, 3, 21, 0.857142857142857, 0.6197179552659838, 0.9515517476469969),
        (7.0, 1, 17, 0.8067226890756299, 0.5631465646222333, 0.9228090192028802),
        (10.0, 1, 15, 0.7529411764705878, 0.5031995107999564, 0.8893618351692651),
        (13.0, 1, 12, 0.6901960784313722, 0.43161022248618386, 0.8490659633494505),
        (16.0, 1, 11, 0.6274509803921566, 0.36751085598750194, 0.8049121894718411),
        (22.0, 1, 7, 0.5378151260504199, 0.26777893676713493, 0.7467907176353943),
        (23.0, 1, 6, 0.44817927170868327, 0.18805200595923233, 0.6801426284952412),
    ]
    assert len(found.steps) == len(expected)
    for step, row in zip(found.steps, expected, strict=True):
        assert tuple(step) == pytest.approx(row, rel=1e-10)


def test_ends_and_open_ones_at_the_same_time_and_at_zero() -> None:
    """What is open at a time is still at risk then."""
    found = kaplan_meier([(0, True), (0, False), (0.5, True), (2, True), (2, False), (9, False)])
    assert [step.at_risk for step in found.steps] == [6, 4, 3]
    assert found.median == 2
    assert found.low == 0
    assert tuple(found.steps[2]) == pytest.approx(
        (2.0, 1, 3, 0.41666666666666663, 0.05599186485205289, 0.7665222195505801), rel=1e-10
    )


def test_when_all_ended_the_last_band_stays_open_above() -> None:
    found = kaplan_meier([(float(one), True) for one in range(1, 6)])
    assert (found.median, found.low) == (3, 1)
    assert found.steps[-1].share == 0
    assert found.steps[-1].high == found.steps[-2].high == pytest.approx(0.581853026048367, rel=1e-10)


durations = st.lists(st.tuples(st.integers(0, 50).map(float), st.booleans()), max_size=60)


@settings(max_examples=100, deadline=None)
@given(durations, st.randoms())
def test_shares_fall_inside_their_bands_and_order_means_nothing(
    given_durations: list[tuple[float, bool]], random: object
) -> None:
    found = kaplan_meier(given_durations)
    shuffled = list(given_durations)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert kaplan_meier(shuffled) == found
    shares = [step.share for step in found.steps]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= step.low <= step.share + 1e-12 for step in found.steps)
    assert all(step.share <= step.high + 1e-12 for step in found.steps)
    assert sum(step.ended for step in found.steps) == found.events


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 50).map(float), min_size=1, max_size=60))
def test_without_open_ones_it_is_the_share_that_lasts_longer(lengths: list[float]) -> None:
    for step in kaplan_meier([(one, True) for one in lengths]).steps:
        assert step.share == pytest.approx(sum(one > step.at for one in lengths) / len(lengths), abs=1e-12)
