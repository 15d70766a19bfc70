from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.moment import DAY, parse_moment
from feedback_loop.domain.occurrence import Occurrence, Period
from feedback_loop.engines.metrics import (
    DETAILS,
    PatternCount,
    Totals,
    count_patterns,
    count_steps,
    find_details,
    find_earliest,
    find_times,
    join_alike,
    make_period,
    rank_by_severity,
    sum_up,
)
from feedback_loop.errors import InputError

END = parse_moment("2026-11-20T12:00:00Z") or 0
WEEK = make_period("week", END)
ALL = make_period("all", END)


def bug(pattern: str, *times: tuple[int | None, int]) -> Occurrence:
    return Occurrence("bug", pattern, times or ((END, 1),))


def review(pattern: str, severity: str, at: int = END) -> Occurrence:
    return Occurrence("review", pattern, ((at, 1),), severity)


def test_nothing_gives_nothing() -> None:
    assert count_patterns([], ALL) == []
    assert find_earliest([], ALL) is None
    assert sum_up([], ALL).occurrences == 0


@pytest.mark.parametrize(
    ("name", "known", "start"),
    [
        ("all", "all", None),
        ("month", "month", END - 30 * DAY),
        ("monthly", "month", END - 30 * DAY),
        ("week", "week", END - 7 * DAY),
        ("weekly", "week", END - 7 * DAY),
    ],
)
def test_periods_end_at_the_as_of_moment(name: str, known: str, start: int | None) -> None:
    assert make_period(name, END) == Period(known, start, END, END)


@pytest.mark.parametrize("name", ["", "year", "Week"])
def test_another_period_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="unknown period"):
        make_period(name, END)


def test_a_period_excludes_its_start_and_includes_its_end() -> None:
    start = END - 7 * DAY
    times = ((start, 1), (start + 1, 2), (END, 4), (END + 1, 8), (None, 16))
    assert [number for _, number in WEEK.held(times)] == [2, 4, 16]
    assert [[number for _, number in WEEK.held((time,))] for time in times] == [[], [2], [4], [], [16]]
    assert [number for _, number in ALL.held(times)] == [1, 2, 4, 16]


def test_a_clock_that_is_ahead_is_forgiven_where_asked() -> None:
    assert make_period("week", END, skew=DAY).held(((END + DAY, 1), (END + DAY + 1, 2))) == ((END + DAY, 1),)


def test_counts_are_of_repeats_inside_the_period() -> None:
    found = count_patterns([bug("a_b", (END, 2), (END - 10 * DAY, 5)), bug("a_b", (None, 1))], WEEK)
    assert found == [PatternCount("a_b", 3, END, "")]


def test_patterns_are_ordered_by_count_and_name() -> None:
    found = count_patterns([bug("b_b"), bug("a_a"), bug("c_c", (END, 2))], ALL)
    assert [one.pattern for one in found] == ["c_c", "a_a", "b_b"]


def test_entries_about_speed_or_generation_are_no_occurrences() -> None:
    others = [Occurrence("performance", "a_b"), Occurrence("generation", "a_b"), Occurrence("bug", "")]
    assert count_patterns(others, ALL) == []
    assert find_details(others, ALL, ["a_b"]) == {"a_b": []}
    assert find_times(others, ALL) == {}


def test_the_last_moment_is_that_inside_the_period_whatever_the_order() -> None:
    found = count_patterns(
        [bug("a_b", (END - 9, 1), (END - 3, 1)), bug("a_b", (END - 5, 1)), bug("c_d", (None, 1))], ALL
    )
    assert [one.last_seen for one in found] == [END - 3, None]


def test_the_highest_review_decides_the_severity_then_the_library_then_medium() -> None:
    occurrences = [
        review("a_a", "low"),
        review("a_a", "critical", END - 20 * DAY),
        review("a_a", "high"),
        bug("b_b"),
        bug("c_c", (END, 3)),
        bug("d_d"),
    ]
    library = {"a_a": "low", "b_b": "critical", "c_c": "low"}
    ranked = rank_by_severity(count_patterns(occurrences, WEEK), library)
    assert [(one.pattern, one.severity, one.count) for one in ranked] == [
        ("b_b", "critical", 1),
        ("a_a", "high", 2),  # the critical one is older than a week
        ("d_d", "medium", 1),
        ("c_c", "low", 3),
    ]


def test_within_a_severity_count_and_name_decide() -> None:
    counts = [PatternCount(name, count, None, "high") for name, count in (("b_b", 1), ("a_a", 1), ("c_c", 2))]
    assert [one.pattern for one in rank_by_severity(counts, {})] == ["c_c", "a_a", "b_b"]


def test_details_are_the_first_fifty_inside() -> None:
    inside = [Occurrence("bug", "a_b", ((END, 1),), place=place) for place in range(DETAILS + 5)]
    found = find_details([bug("a_b", (END - 8 * DAY, 1)), *inside, bug("c_d")], WEEK, ["a_b"])
    assert list(found) == ["a_b"]
    assert [one.place for one in found["a_b"]] == list(range(DETAILS))


def test_the_earliest_moment_is_that_of_any_entry_that_counts() -> None:
    occurrences = [
        bug("a_b", (END, 1), (None, 1)),
        Occurrence("generation", "", ((END - 9, 1),)),
        bug("a_b", (END + 9, 1)),
    ]
    assert find_earliest(occurrences, ALL) == END - 9
    assert find_earliest([bug("a_b", (END + 9, 1))], ALL) is None


def test_an_entry_is_in_if_a_repeat_is() -> None:
    occurrences = [
        bug("a_b", (END - 8 * DAY, 3), (END, 2)),  # in, by its second day
        bug("", (END, 7)),  # in, of no pattern
        bug("a_b", (END - 8 * DAY, 1)),  # before the week
        bug("a_b", (END, 1), (END + 1, 5)),  # in, and its last day is later than as-of
        bug("a_b", (END + 1, 1)),  # later
        Occurrence("performance", "", ((None, 1),)),  # undated: in
        Occurrence("review", "a_b", ((None, 1),), unreadable=True),
        Occurrence("generation", "", ((None, 1),), unreadable=True),  # not a fault, not in the report
    ]
    assert sum_up(occurrences, WEEK) == Totals(
        {"bug": 3, "test_failure": 0, "review": 1, "deployment": 0, "performance": 1},
        occurrences=2 + 1 + 1,
        undated=2,
        unreadable=1,
        outside=1,
        after=2,
    )


def test_a_forgiven_clock_is_not_later_than_as_of() -> None:
    ahead = [bug("a_b", (END - 8 * DAY, 1), (END + 5, 1))]
    assert sum_up(ahead, make_period("week", END, skew=DAY)).after == 0
    assert sum_up(ahead, WEEK).after == 1


def test_the_sum_of_the_counts_is_the_total() -> None:
    occurrences = [bug("a_b", (END, 3)), review("c_d", "low"), bug("", (END, 4)), bug("a_b", (None, 2))]
    counts = count_patterns(occurrences, ALL)
    assert sum(one.count for one in counts) == sum_up(occurrences, ALL).occurrences == 6
    assert find_times(occurrences, ALL) == {"a_b": [(END, 3), (None, 2)], "c_d": [(END, 1)]}


# -- what no question tells apart ------------------------------------------------------------------

NEAR = (
    st.none() | st.integers(-12, 12).map(lambda days: END + days * DAY) | st.sampled_from([END + 1, END - 1])
)
OCCURRENCES = st.lists(
    st.builds(
        Occurrence,
        st.sampled_from(["bug", "review", "performance", "generation"]),
        st.sampled_from(["", "a_b", "c_d"]),
        st.lists(st.tuples(NEAR, st.integers(1, 3)), min_size=1, max_size=3).map(tuple),
        st.sampled_from(["", "low", "high"]),
        unreadable=st.booleans(),
        entries=st.just(1),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(OCCURRENCES, st.integers(0, 2))
def test_alike_joined_gives_every_answer_that_the_single_ones_give(
    found: list[Occurrence], skew: int
) -> None:
    periods = [make_period(name, END, skew * DAY) for name in ("all", "week")]
    cuts = sorted({WEEK.start + 1 if WEEK.start else 0, END + skew * DAY + 1})
    joined = join_alike(found, cuts)
    assert len(joined) <= len(found)
    for period in periods:
        assert count_patterns(joined, period) == count_patterns(found, period)
        assert sum_up(joined, period) == sum_up(found, period)
        assert find_earliest(joined, period) == find_earliest(found, period)
        times, single = find_times(joined, period), find_times(found, period)
        assert {name: sum(number for _, number in there) for name, there in times.items()} == {
            name: sum(number for _, number in there) for name, there in single.items()
        }


@settings(max_examples=100, deadline=None)
@given(OCCURRENCES, st.sets(st.integers(-12, 12), min_size=2))
def test_steps_hold_their_ends_and_not_their_begins(found: list[Occurrence], days: set[int]) -> None:
    borders = [END + day * DAY for day in sorted(days)]
    counts = count_steps(found, borders)
    assert count_steps(join_alike(found, [at + 1 for at in borders]), borders) == counts
    for name, steps in counts.items():
        for number, (first, last) in enumerate(pairwise(borders)):
            held = find_times([one for one in found if one.pattern == name], Period("", first, last, last))
            inside = sum(number for at, number in held.get(name, []) if at is not None)
            assert steps[number] == inside


def test_alike_are_few_however_many_there_are() -> None:
    found = [bug("a_b", (END - second, 1)) for second in range(1000)]
    assert join_alike(found, [END - 500]) == [
        Occurrence("bug", "a_b", ((END - 500, 0), (END, 501)), entries=501),
        Occurrence("bug", "a_b", ((END - 999, 0), (END - 501, 499)), entries=499),
    ]
