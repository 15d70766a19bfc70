"""The report of a week's or a month's ratings: its periods, its tables, and what it says to do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.rating import Rating, thumbs_of
from feedback_loop.domain.rating_report import MONTHLY, WEEKLY, RatingPeriod, RatingReport
from feedback_loop.domain.success import Success
from feedback_loop.engines.feedback.report import make_period, make_report, rated_periods
from feedback_loop.errors import InputError

AS_OF, AFTER = "2026-11-22T10:00:00Z", "2026-11-22T10:00:01Z"  # of a Sunday


def moment(text: str) -> int:
    found = parse_moment(text)
    assert found is not None
    return found


def rated(at: str | int, stars: int = 5, times: int = 1, **more: object) -> list[Rating]:
    """So many ratings alike, of one moment."""
    second = moment(at) if isinstance(at, str) else at
    thumbs = more.pop("thumbs", thumbs_of(stars))
    return [Rating(f"{second}-{stars}-{one}", second, stars, thumbs, **more) for one in range(times)]  # type: ignore[arg-type]


def week(ratings: list[Rating], as_of: str = AS_OF) -> RatingReport:
    return make_report(ratings, make_period(WEEKLY, moment(as_of)))


def spans(period: RatingPeriod) -> tuple[str, ...]:
    return tuple(format_moment(one) for one in (period.before, period.start, period.end, period.until))


# -- no-ops ----------------------------------------------------------------------------------------


def test_no_ratings_give_no_rates_no_verdict_and_the_word_to_collect_more() -> None:
    report = week([])
    assert (report.success, report.before, report.avg_rating) == (Success(), Success(), None)
    assert report.change == ("not enough data", None, None, None, None)
    assert (report.top_performers, report.problem_areas) == ((), ())
    assert report.action_items == (
        "Collect more feedback: 0 in this period, and 10 are the least for a judgement.",
    )


def test_nothing_that_stands_out_is_stable() -> None:
    report = week(rated("2026-11-16", times=20) + rated("2026-11-15T23:59:59Z", times=20))
    assert report.change.verdict == "no clear change"
    assert report.change.relative == 0.0
    assert report.action_items == ("Stable: nothing stands out.",)


# -- periods ---------------------------------------------------------------------------------------


def test_the_week_and_the_month_that_hold_the_moment_against_the_whole_ones_before() -> None:
    week_, month = make_period(WEEKLY, moment(AS_OF)), make_period(MONTHLY, moment(AS_OF))
    assert (week_.name, week_.complete, month.name, month.complete) == ("2026-W47", False, "2026-11", False)
    assert spans(week_) == ("2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", AFTER)
    assert spans(month) == ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", AFTER)


def test_the_last_complete_one_has_ended_even_if_the_next_begins_this_second() -> None:
    monday = make_period(WEEKLY, moment("2026-11-23"), last_complete=True)
    assert (monday.name, monday.complete, monday.until == monday.end) == ("2026-W47", True, True)
    month = make_period(MONTHLY, moment("2026-01-31T12:00:00Z"), last_complete=True)
    assert spans(month)[:3] == ("2025-11-01T00:00:00Z", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert month.name == "2025-12"


def test_an_iso_year_may_begin_in_the_year_before_and_its_report_names_both() -> None:
    report = week([], "2026-01-01")
    assert (report.period.name, report.previous) == ("2026-W01", "2025-W52")
    assert week([], "2027-01-03").period.name == "2026-W53"


def test_the_last_days_hold_the_moment_itself_and_not_the_one_before_their_first_second() -> None:
    period = make_period(WEEKLY, moment(AS_OF), rolling=True)
    assert (period.name, period.complete) == ("last-7-days", True)
    inside = rated(AS_OF) + rated("2026-11-15T10:00:01Z")
    before = rated("2026-11-15T10:00:00Z") + rated("2026-11-08T10:00:01Z")
    outside = rated("2026-11-08T10:00:00Z") + rated("2026-11-22T10:00:01Z")
    report = make_report(inside + before + outside, period)
    assert (report.success.n, report.before.n, report.previous) == (2, 2, "the 7 days before")
    assert make_period(MONTHLY, moment(AS_OF), rolling=True).name == "last-30-days"


def test_what_came_after_the_moment_is_left_out_of_a_period_under_way() -> None:
    report = week(rated(AS_OF) + rated("2026-11-22T10:00:01Z", 1))
    assert (report.success, report.problem_areas) == (Success(1, 1), ())


def test_what_is_no_period_is_refused() -> None:
    for name, as_of, told in (
        ("daily", AS_OF, "weekly or monthly"),
        (MONTHLY, "0001-01-20", "years 2 to 9998"),
        (WEEKLY, "9999-12-31", "years 2 to 9998"),
    ):
        with pytest.raises(InputError, match=told):
            make_period(name, moment(as_of))
    with pytest.raises(InputError, match="last-complete and rolling exclude each other"):
        make_period(WEEKLY, moment(AS_OF), rolling=True, last_complete=True)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([WEEKLY, MONTHLY]),
    st.integers(moment("0003-01-01"), moment("9998-01-01")),
    st.booleans(),
)
def test_periods_follow_one_another_without_gap_or_overlap(name: str, as_of: int, is_last: bool) -> None:
    period = make_period(name, as_of, last_complete=is_last)
    assert period.before < period.start < period.end
    assert period.complete is is_last
    if is_last:
        assert period.end <= as_of < make_period(name, as_of).end
        assert period.end == make_period(name, as_of).start
    else:
        assert period.start <= as_of < period.end
    former = make_period(name, period.start - 1)
    assert (former.start, former.end) == (period.before, period.start)
    assert make_report([], period).previous == former.name


def test_the_periods_with_ratings_stand_newest_first() -> None:
    ratings = rated("2026-11-22T23:59:59Z", 1) + rated("2026-11-16") + rated("2026-11-01", times=2)
    weeks = [(one.name, *one.success) for one in rated_periods(ratings, WEEKLY)]
    assert weeks == [("2026-W47", 1, 2), ("2026-W44", 2, 2)]
    assert [(one.name, *one.success) for one in rated_periods(ratings, MONTHLY)] == [("2026-11", 3, 4)]
    assert rated_periods([], WEEKLY) == ()


# -- figures ---------------------------------------------------------------------------------------


def test_the_same_rate_is_no_change_and_a_rate_of_0_before_has_no_relative_one() -> None:
    half = rated("2026-11-16", times=5) + rated("2026-11-16", 1, times=5)
    none = rated("2026-11-10", 1, times=10)
    assert week([*half, *none]).change.relative is None
    assert week([*half, *none]).change.verdict == "improved"
    assert week(half).change.difference is None


def test_an_interval_of_the_difference_is_newcombes() -> None:
    """56/70 against 48/80: method 10 of Newcombe's table II, (a), gives 0.0524 to 0.3339."""
    report = week(
        [
            *rated("2026-11-16", times=56),
            *rated("2026-11-16", 2, times=14),
            *rated("2026-11-10", times=48),
            *rated("2026-11-10", 2, times=32),
        ]
    )
    low, high = report.change.low, report.change.high
    assert low is not None
    assert high is not None
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    assert report.change.verdict == "improved"


def test_ten_on_each_side_are_the_least_for_a_verdict() -> None:
    now, before = rated("2026-11-16", 1, times=10), rated("2026-11-10", times=9)
    assert week(now + before).change.verdict == "not enough data"
    assert week(now + before + rated("2026-11-11")).change.verdict == "declined"


# -- tables ----------------------------------------------------------------------------------------


def test_top_performers_are_the_surest_and_neither_unknown_nor_without_success_nor_rare() -> None:
    day = "2026-11-16"
    report = week(
        [
            *rated(day, times=3, framework="lucky"),
            *rated(day, times=27, framework="proven", techniques=("steps", "steps")),
            *rated(day, 1, times=3, framework="proven"),
            *rated(day, times=9, framework="unknown", tags=("fine",)),
            *rated(day, 1, times=9, framework="hopeless"),
            *rated(day, times=2, framework="rare"),
        ]
    )
    assert [(one.kind, one.name, *one.share) for one in report.top_performers] == [
        ("technique", "steps", 27, 27),
        ("framework", "proven", 27, 30),
        ("framework", "lucky", 3, 3),
    ]
    assert report.problem_areas == ()


def test_problem_areas_count_failures_not_what_is_only_no_success_and_end_after_five() -> None:
    day = "2026-11-16"
    neutral = rated(day, 3, times=9, tags=("so-so",))
    failed = [
        one for number in range(6) for one in rated(day, 1, times=3 + number, tags=(f"t{number}", "all"))
    ]
    down = rated(day, 5, times=3, thumbs="down", tags=("looks-good",))
    found = week(neutral + failed + down).problem_areas
    assert [(one.kind, one.name, *one.share) for one in found] == [
        ("tag", "all", 33, 33),
        *(("tag", f"t{number}", 3 + number, 3 + number) for number in (5, 4, 3, 2)),
    ]


# -- what to do ------------------------------------------------------------------------------------


def test_a_decline_a_low_rate_and_the_worst_tag_are_told_in_this_order() -> None:
    report = week(
        [
            *rated("2026-11-16", times=12),
            *rated("2026-11-16", 1, times=18, tags=("code",)),
            *rated("2026-11-10", times=27),
            *rated("2026-11-10", 1, times=3),
        ]
    )
    assert report.action_items == (
        "Success declined from 90.0 % to 40.0 %: look at what is different since 2026-W46.",
        "Success is 40.0 % of 30 ratings, under 70.0 %: look at the outputs that were rated low.",
        "Tag `code` fails most: 18 of 18 (95 % interval 82.4 % to 100.0 %): look at its prompts.",
    )


def test_a_rise_is_told_and_a_fall_that_chance_can_explain_is_not() -> None:
    good, bad = (
        rated("2026-11-16", times=40),
        rated("2026-11-10", 2, times=20) + rated("2026-11-10", times=20),
    )
    assert week(good + bad).action_items == (
        "Success improved from 50.0 % to 100.0 %: keep what is different since 2026-W46.",
    )
    fallen = rated("2026-11-16", times=7) + rated("2026-11-16", 2, times=3) + rated("2026-11-10", times=10)
    report = week(fallen)
    assert report.change.relative is not None
    assert report.change.relative < -10
    assert report.action_items == ("Stable: nothing stands out.",)


def test_under_ten_ratings_a_low_rate_is_no_news() -> None:
    report = week(rated("2026-11-16", 3, times=9))
    assert report.action_items == (
        "Collect more feedback: 9 in this period, and 10 are the least for a judgement.",
    )


RATINGS = st.lists(
    st.builds(
        Rating,
        st.text("abc", min_size=1, max_size=3),
        st.integers(moment("2026-11-01"), moment("2026-11-30")),
        st.integers(1, 5),
        st.sampled_from([None, "up", "down"]),
        st.lists(st.sampled_from("xyz"), max_size=2).map(tuple),
        st.sampled_from(["", "unknown", "direct", "few-shot"]),
    ),
    max_size=12,
)


@settings(max_examples=20, deadline=None)
@given(RATINGS)
def test_the_order_of_the_ratings_changes_nothing_and_there_is_always_something_to_do(
    ratings: list[Rating],
) -> None:
    report = week(ratings)
    assert week(ratings[::-1]) == report
    assert report.action_items
    assert report.success.n == sum(moment("2026-11-16") <= one.at <= moment(AS_OF) for one in ratings)
    assert sum(one.success.n for one in rated_periods(ratings, WEEKLY)) == len(ratings)
    assert all(one.share.hits and one.share.n >= 3 for one in report.top_performers + report.problem_areas)
