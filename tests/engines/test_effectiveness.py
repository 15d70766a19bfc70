from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from feedback_loop.domain.moment import DAY, parse_moment
from feedback_loop.domain.occurrence import Time
from feedback_loop.engines.effectiveness import Effect, Exposure, Frame, measure_effects

END = parse_moment("2026-11-20T12:00:00Z") or 0


def at(days_ago: float, count: int = 1) -> Time:
    return (END - int(days_ago * DAY), count)


def frame(earliest_days: float | None = 100, **fields: object) -> Frame:
    earliest = None if earliest_days is None else END - int(earliest_days * DAY)
    return Frame(earliest, END, END, **fields)  # type: ignore[arg-type]


def effect(*times: Time, **fields: object) -> Effect:
    return measure_effects({"p": list(times)}, frame(**fields))["p"]  # type: ignore[arg-type]


def test_nothing_gives_nothing() -> None:
    assert measure_effects({}, frame()) == {}


def test_the_window_is_split_in_its_middle() -> None:
    found = effect(at(29), at(16), at(14), at(1), at(31))
    assert (found.before.n, found.after.n) == (2, 2)
    assert (found.before.start, found.before.end) == (END - 30 * DAY, END - 15 * DAY)
    assert (found.after.start, found.after.end) == (END - 15 * DAY, END)
    assert found.before.exposure == found.after.exposure == 15
    assert found.split == "middle"


def test_borders_belong_to_the_later_period_and_both_ends_count() -> None:
    found = effect(at(30), at(15, 10), at(0, 100))
    assert (found.before.n, found.after.n) == (1, 110)


def test_data_that_begin_later_make_the_window_shorter() -> None:
    found = effect(at(10, 3), at(4, 4), earliest_days=10)
    assert (found.before.n, found.after.n) == (3, 4)
    assert found.before.exposure == found.after.exposure == 5


def test_an_odd_second_is_halved() -> None:
    found = measure_effects({"p": [(END - 200_001, 5)]}, Frame(END - 200_001, END, END))["p"]
    assert found.before.exposure == found.after.exposure == 100_000.5 / DAY


def test_a_pattern_that_stopped_shows_it() -> None:
    """The silence after the last occurrence counts: the period ends at as-of."""
    stopped = effect(at(20, 10), earliest_days=25)
    assert (stopped.verdict, stopped.trend) == ("dropped", "improving")
    assert stopped.ratio is not None
    assert stopped.ratio.value == 0
    assert stopped.ratio.high == pytest.approx(0.446, abs=0.0005)
    assert stopped.ratio.p_value == pytest.approx(0.0020, abs=0.00005)
    assert stopped.score == pytest.approx(1 - 0.5 / 10.5 / 2)
    assert stopped.score_bound == pytest.approx(1 - stopped.ratio.high / 2)


def test_a_pattern_that_came_up_is_worse() -> None:
    found = effect(at(5, 10), earliest_days=25)
    assert (found.verdict, found.trend, found.score) == ("rose", "worsening", 0.0)
    assert found.ratio is not None
    assert math.isinf(found.ratio.value)
    assert found.score_bound == 0.0


def test_a_small_difference_of_many_is_told_but_no_trend() -> None:
    found = effect(at(20, 100_000), at(5, 90_000))
    assert (found.verdict, found.trend) == ("dropped", "stable")
    found = effect(at(20, 100_000), at(5, 110_000))
    assert (found.verdict, found.trend) == ("rose", "stable")


def test_a_large_difference_of_few_is_no_change() -> None:
    found = effect(at(20, 3), at(5, 2))
    assert (found.verdict, found.trend, found.score_bound) == ("no clear change", "stable", 0.5)
    assert found.p_adjusted == 1.0
    assert found.score == pytest.approx(1 - (2.5 / 3.5) / 2)


@pytest.mark.parametrize(
    "found",
    [
        effect(at(20, 4)),
        effect(at(0.5, 50), earliest_days=1.9),
        effect((None, 50), earliest_days=None),
        effect(at(0, 50), earliest_days=0),
        effect(at(40, 50)),
    ],
    ids=["four", "under two days", "undated", "just now", "before the window"],
)
def test_not_enough_data_is_said(found: Effect) -> None:
    assert (found.verdict, found.trend) == ("not enough data", "insufficient_data")
    assert (found.score, found.score_bound, found.p_adjusted) == (0.5, 0.5, None)


def test_five_in_two_days_are_enough() -> None:
    assert effect(at(1.5, 5), earliest_days=2).verdict == "no clear change"
    assert effect(at(1.5, 6), earliest_days=2).verdict == "dropped"


def test_a_forgiven_clock_counts_and_makes_no_period_longer() -> None:
    ahead = Frame(END - DAY, END, END + DAY)
    found = measure_effects({"p": [(END + 3600, 9), (END + 2 * DAY, 1)]}, ahead)["p"]
    assert (found.after.n, found.after.end, found.verdict) == (9, END, "not enough data")


def test_adoption_parts_the_periods() -> None:
    found = effect(at(50, 2), at(20, 7), at(10, 1), adoption={"p": END - 20 * DAY})
    assert found.split == "adoption"
    assert (found.before.start, found.before.end) == (END - 50 * DAY, END - 20 * DAY)
    assert (found.before.n, found.after.n) == (2, 8)
    assert (found.before.exposure, found.after.exposure) == (30, 20)


def test_an_old_adoption_looks_back_as_far_as_forward() -> None:
    found = effect(adoption={"p": END - 60 * DAY}, earliest_days=200)
    assert (found.before.exposure, found.after.exposure) == (60, 60)
    assert effect(adoption={"p": END - 60 * DAY}, earliest_days=70).before.exposure == 10


@pytest.mark.parametrize("adopted", [END - 100 * DAY, END - 200 * DAY, END, END + DAY])
def test_adopted_before_the_data_or_not_yet_is_split_in_the_middle(adopted: int) -> None:
    assert effect(at(1), adoption={"p": adopted, "other": END - DAY}).split == "middle"


def test_exposure_takes_the_place_of_days() -> None:
    midnight = END - END % DAY
    amounts = tuple((midnight - ago * DAY, 10.0 if ago > 15 else 1.0) for ago in range(40))
    assert Exposure(amounts).unit == "exposure"
    assert Exposure().unit == "days"
    assert Exposure(amounts).between(midnight, END) == pytest.approx(0.5)  # half of today
    found = effect(at(20, 30), at(5, 3), exposure=Exposure(amounts))
    assert found.before.exposure == pytest.approx(14.5 * 10 + 0.5)
    assert found.after.exposure == pytest.approx(15.0)
    assert found.verdict == "no clear change"  # a tenth of the work, a tenth of the mistakes


def test_without_exposure_on_a_side_there_is_no_ratio() -> None:
    midnight = END - END % DAY
    found = effect(at(20, 30), at(5, 3), exposure=Exposure(((midnight - 20 * DAY, 5.0),)))
    assert found.ratio is None
    assert (found.verdict, found.before.rate, found.after.rate) == ("not enough data", 6.0, None)


def test_many_patterns_ask_for_stronger_evidence() -> None:
    times = [at(20, 9), at(5, 1)]
    alone = measure_effects({"p": times}, frame())["p"]
    among = measure_effects({"p": times} | {f"q{i}": [at(20, 5), at(5, 5)] for i in range(9)}, frame())["p"]
    few = measure_effects({"p": times} | {f"q{i}": [at(20, 1)] for i in range(9)}, frame())["p"]
    assert alone.ratio is not None and among.ratio is not None
    assert alone.p_adjusted == alone.ratio.p_value == among.ratio.p_value
    assert among.p_adjusted == pytest.approx(10 * among.ratio.p_value)
    assert (alone.verdict, among.verdict) == ("dropped", "no clear change")
    assert few.p_adjusted == alone.p_adjusted  # what is not judged is not tested


def test_the_surest_gain_comes_first_then_the_name() -> None:
    times = {
        "d_rose": [at(5, 30)],
        "c_few": [at(5, 1)],
        "b_same": [at(20, 5), at(5, 5)],
        "a_drop": [at(20, 30), at(5, 3)],
        "e_gone": [at(20, 30)],
    }
    assert list(measure_effects(times, frame())) == ["e_gone", "a_drop", "b_same", "c_few", "d_rose"]


def exact_p_value(k0: int, k1: int) -> Fraction:
    n = k0 + k1
    terms = [math.comb(n, k) for k in range(n + 1)]
    return Fraction(sum(term for term in terms if term <= terms[k1]), 2**n)


def test_verdicts_are_those_of_an_independent_computation() -> None:
    """Equal halves: p0 = 1/2, and all of it can be counted in whole numbers."""
    luck = random.Random(39)
    for _ in range(60):
        k0, k1 = luck.randrange(40), luck.randrange(40)
        found = effect(at(20, k0), at(5, k1)) if k0 and k1 else effect(at(20 if k0 else 5, k0 + k1 or 1))
        exact = exact_p_value(found.before.n, found.after.n)
        assert found.ratio is not None
        assert found.ratio.p_value == pytest.approx(float(exact), rel=1e-10)
        enough = found.before.n + found.after.n >= 5
        # For p0 = 1/2 both tails are alike, so that p <= .05 puts 1 outside of the interval.
        clear = enough and exact <= Fraction(1, 20)
        assert (found.verdict in ("dropped", "rose")) == clear
        assert not clear or (found.verdict == "dropped") == (found.after.n < found.before.n)


def test_without_an_effect_few_verdicts_are_wrong() -> None:
    luck = random.Random(40)
    wrong = 0
    for _ in range(300):
        counts = [0, 0]
        for _ in range(luck.randrange(5, 60)):
            counts[luck.randrange(2)] += 1
        times = [at(20 - 15 * side, count) for side, count in enumerate(counts) if count]
        wrong += effect(*times).verdict in ("dropped", "rose")
    assert wrong <= 300 * 0.05
