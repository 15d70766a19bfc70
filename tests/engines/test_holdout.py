"""Warnings measured: generations that had one against those it was withheld from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.beta_pair import Interval, Share, difference, ratio
from feedback_loop.domain.holdout_effect import HoldoutEffect, Sight
from feedback_loop.engines.holdout import compare_holdout

COUNTS = st.integers(0, 100).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def sights(prefix: str, count: int, hits: int, **given: bool) -> list[Sight]:
    sides = {"injected": False, "withheld": False} | given
    return [Sight("p", f"{prefix}{index}", occurred=index < hits, **sides) for index in range(count)]


def effect(*found: list[Sight]) -> HoldoutEffect:
    (only,) = compare_holdout([one for some in found for one in some])
    return only


# -- which generations count -----------------------------------------------------------------------


def test_no_events_are_no_effect() -> None:
    assert compare_holdout([]) == ()
    assert compare_holdout([], ["p"]) == (HoldoutEffect("p", Share(0, 0), Share(0, 0)),)


def test_a_generation_that_was_not_run_counts_nowhere() -> None:
    assert compare_holdout([Sight("p", "g", True, False)]) == ()


@pytest.mark.parametrize(("with_it", "without", "is_enough"), [(5, 5, True), (4, 50, False), (50, 4, False)])
def test_five_generations_are_needed_on_each_side(with_it: int, without: int, is_enough: bool) -> None:
    found = effect(sights("a", with_it, 1, injected=True), sights("b", without, 2, withheld=True))
    assert (found.injected, found.without) == (Share(1, with_it), Share(2, without))
    assert (found.difference is not None, found.ratio is not None) == (is_enough, is_enough)


def test_runs_of_one_generation_count_once_and_one_recurrence_is_enough() -> None:
    again = sights("a", 3, 0, injected=True)
    found = effect(again, sights("a", 3, 1, injected=True), again, sights("b", 1, 1, withheld=True))
    assert (found.injected, found.without) == (Share(1, 3), Share(1, 1))


def test_what_a_prompt_was_given_is_told_by_its_own_event() -> None:
    found = effect(
        [Sight("p", "a0", True, False), Sight("p", "b0", False, True)], sights("a", 1, 1), sights("b", 1, 0)
    )
    assert (found.injected, found.without, found.neither) == (Share(1, 1), Share(0, 1), 0)


def test_neither_and_both_are_on_no_side() -> None:
    found = effect(sights("a", 2, 2), sights("b", 3, 1, injected=True, withheld=True))
    assert (found.injected.n, found.without.n, found.neither) == (0, 0, 5)


def test_who_was_never_warned_went_without_too_if_the_lot_does_not_matter() -> None:
    told = [*sights("a", 5, 1, injected=True), *sights("b", 2, 2, withheld=True), *sights("c", 4, 3)]
    (found,) = compare_holdout(told, by_lot=False)
    assert (found.injected, found.without, found.by_lot, found.neither) == (Share(1, 5), Share(5, 6), 2, 0)
    assert found.difference is not None
    (lot,) = compare_holdout(told)
    assert (lot.without, lot.by_lot, lot.neither, lot.difference) == (Share(2, 2), 2, 4, None)


def test_patterns_come_by_name() -> None:
    found = compare_holdout([Sight(name, "g", True, False, True) for name in ("b", "a")], ["c"])
    assert [one.pattern for one in found] == ["a", "b", "c"]


# -- the interval ----------------------------------------------------------------------------------


def test_of_two_unknown_shares_the_difference_is_a_triangle() -> None:
    nothing = Share(0, 0)
    found = difference(nothing, nothing)
    assert (found.low, found.median, found.high) == pytest.approx((math.sqrt(0.1) - 1, 0, 1 - math.sqrt(0.1)))
    found = ratio(nothing, nothing)
    assert (found.low, found.median, found.high) == pytest.approx((0.1, 1, 10))


def quantiles(values: np.ndarray) -> Interval:
    ordered = np.sort(values).tolist()
    return Interval(*(ordered[int(len(ordered) * share)] for share in (0.5, 0.05, 0.95)))


@pytest.mark.parametrize(
    ("k0", "n0", "k1", "n1"),
    [
        (9, 15, 2, 14),
        (0, 5, 0, 5),
        (5, 5, 0, 5),
        (300, 1000, 1, 5),
        (0, 5, 900, 100_000),
        (40, 10_000, 80, 10_000),
    ],
)
def test_intervals_are_those_of_many_draws(k0: int, n0: int, k1: int, n1: int) -> None:
    without, given = Share(k0, n0), Share(k1, n1)
    draw = np.random.default_rng(1).beta
    p0, p1 = draw(without.a, without.b, 500_000), draw(given.a, given.b, 500_000)
    for found, expected in (
        (difference(without, given), quantiles(p0 - p1)),
        (ratio(given, without), quantiles(p1 / p0)),
    ):
        width = expected.high - expected.low
        assert found.median == pytest.approx(expected.median, abs=0.03 * width)
        assert found.low == pytest.approx(expected.low, abs=0.03 * width)
        assert found.high == pytest.approx(expected.high, abs=0.03 * width)


@settings(max_examples=15, deadline=None)
@given(COUNTS, COUNTS)
def test_both_ways_round_are_mirrored(one: tuple[int, int], two: tuple[int, int]) -> None:
    there, back = difference(Share(*one), Share(*two)), difference(Share(*two), Share(*one))
    assert -1 < there.low < there.median < there.high < 1
    assert (there.low, there.median, there.high) == pytest.approx(
        (-back.high, -back.median, -back.low), abs=1e-6
    )
    up, down = ratio(Share(*one), Share(*two)), ratio(Share(*two), Share(*one))
    assert 0 < up.low < up.median < up.high
    assert (up.low, up.median, up.high) == pytest.approx(
        (1 / down.high, 1 / down.median, 1 / down.low), rel=1e-5
    )
