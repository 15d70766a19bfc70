from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.history import NO_TIME, Span
from feedback_loop.domain.moment import DAY, parse_moment
from feedback_loop.domain.period import (
    Asked,
    find_dates,
    find_range,
    last_time,
    name_dates,
    name_month,
    name_range,
    name_week,
    parse_length,
    parse_period,
)
from feedback_loop.errors import UserError
from tests.made_history import START, line, made_commits

ONE, OTHER = "a" * 40, "b" * 40


def at(text: str) -> int:
    moment = parse_moment(text)
    assert moment is not None
    return moment


@pytest.mark.parametrize(
    ("text", "name", "start", "end"),
    [
        ("2026-W47", "2026-W47", "2026-11-16", "2026-11-23"),
        ("2026-W01", "2026-W01", "2025-12-29", "2026-01-05"),
        ("2020-W53", "2020-W53", "2020-12-28", "2021-01-04"),
        ("2026-11", "2026-11", "2026-11-01", "2026-12-01"),
        ("2026-12", "2026-12", "2026-12-01", "2027-01-01"),
        ("2026-11-02_2026-11-16", "2026-11-02_2026-11-16", "2026-11-02", "2026-11-16"),
        ("2026-11-02..2026-11-16", "2026-11-02_2026-11-16", "2026-11-02", "2026-11-16"),
        ("2026-11-16_2026-11-23", "2026-W47", "2026-11-16", "2026-11-23"),
        ("2024-02-01_2024-03-01", "2024-02", "2024-02-01", "2024-03-01"),
    ],
)
def test_dates_have_one_name(text: str, name: str, start: str, end: str) -> None:
    assert parse_period(text) == Asked(text, name, at(start), at(end))


def test_commits_are_named_by_their_refs() -> None:
    asked = parse_period("v1.2.0..v1.3.0")
    assert (asked.from_ref, asked.to_ref, asked.start, asked.end) == ("v1.2.0", "v1.3.0", None, None)
    assert asked.name == name_range("v1.2.0", "v1.3.0", ONE, OTHER) == "v1.2.0_v1.3.0"


@pytest.mark.parametrize(
    ("refs", "name"),
    [
        (("feat/a", "v2"), "feat-a_v2"),
        (("../../etc", "v2"), "-.-..-etc_v2"),
        (("a_b", "c"), "a-b_c"),
        (("HEAD~3", "ü"), "HEAD-3_-"),
        (("x" * 300, "v2"), "x" * 60 + "_v2"),
        (("2026-11-02", "2026-11-16"), "2026-11-02_2026-11-16"),
    ],
)
def test_what_no_file_name_bears_is_told_apart_by_ids(refs: tuple[str, str], name: str) -> None:
    assert name_range(*refs, ONE, OTHER) == f"{name}-aaaaaaaa-bbbbbbbb"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-00",
        "2026-13",
        "9999-12",
        "0000-01",
        "2026-02-30_2026-03-01",
        "2026-11-16_2026-11-02",
        "2026-11-02_2026-11-02",
        "..",
        "v1..",
        "..v2",
        "v1...v2",
        "v1..v2..v3",
        "last week",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(UserError) as error:
        parse_period(text)
    assert error.value.hint
    assert error.value.exit_code == 2


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("2w", 14), ("3m", 90), ("36500d", 36_500)])
def test_lengths_are_days_weeks_and_months_of_30_days(text: str, days: int) -> None:
    assert parse_length(text) == days * DAY


@pytest.mark.parametrize("text", ["", "2", "w", "0d", "-1w", "1.5w", "2 w", "36501d", "9" * 5000 + "d", "٣d"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(UserError) as error:
        parse_length(text)
    assert len(error.value.message) < 200


@given(st.dates(date(1, 1, 8), date(9998, 12, 31)))
@settings(max_examples=100, deadline=None)
def test_weeks_are_those_of_the_calendar(day: date) -> None:
    midnight = int((datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH) / timedelta(seconds=1))
    year, week, _ = day.isocalendar()
    name = f"{year:04}-W{week:02}"
    assert name_week(midnight) == name_week(midnight + DAY - 1) == name
    assert name_month(midnight) == f"{day.year:04}-{day.month:02}"
    asked = parse_period(name)
    assert asked.start is not None
    assert asked.start <= midnight < asked.start + 7 * DAY
    assert name_dates(asked.start, asked.start + 7 * DAY) == name


@given(st.text(max_size=40) | st.from_regex(r"[0-9W_.-]{1,24}"))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        asked = parse_period(text)
    except UserError:
        return
    assert bool(asked.from_ref) == (asked.start is None)
    assert not set(asked.name) & set("/\\:\0 \n")
    assert not asked.name.startswith(".")
    if asked.start is not None:
        assert asked.end is not None
        assert asked.start < asked.end
        assert parse_period(asked.name) == Asked(asked.name, asked.name, asked.start, asked.end)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# -- where a period lies -----------------------------------------------------------------------------


def test_a_period_without_sides_is_the_whole_chain() -> None:
    assert find_dates(line(3), None, None).span == Span(0, 3)


def test_the_first_moment_belongs_to_a_period_and_the_last_does_not() -> None:
    found = find_dates(line(5), START + DAY, START + 3 * DAY)
    assert found.span == Span(1, 3)
    assert found.misplaced == ()


def test_a_period_in_which_nothing_landed_is_empty() -> None:
    assert find_dates(line(3), START + 10 * DAY, START + 20 * DAY).span == Span(3, 3)
    assert find_dates(line(3), 0, 1).span == Span(0, 0)


def test_clocks_that_lie_are_outvoted_and_told() -> None:
    times = [START, START + DAY, 0, START + 3 * DAY, 4_000_000_000, START + 5 * DAY, START + 6 * DAY]
    found = find_dates(line(7, times), START + DAY, START + 7 * DAY)
    assert found.span == Span(1, 7)
    assert found.misplaced == (2, 4)


def test_commits_part_at_where_they_landed() -> None:
    """0 - 1 - 3 (merges 2) - 4: what landed with the merge belongs to its side."""
    commits = made_commits([(), (0,), (0,), (1, 2), (3,)])
    asked = parse_period("v1..v2")
    assert find_range(commits, asked, commits.oids[1], commits.oids[4]).span == Span(2, 4)
    assert find_range(commits, asked, commits.oids[0], commits.oids[2]).span == Span(1, 3)


def test_commits_that_are_elsewhere_or_the_other_way_round_are_refused() -> None:
    commits = line(3)
    asked = parse_period("v1..v2")
    with pytest.raises(UserError, match=r"'v1' .* is not in this branch's history"):
        find_range(commits, asked, ONE, commits.oids[1])
    for second in (0, 1):
        with pytest.raises(UserError, match="nothing landed after 'v1' up to 'v2'"):
            find_range(commits, asked, commits.oids[1], commits.oids[second])


def test_the_end_of_time_is_the_newest_clock_that_says_anything() -> None:
    assert last_time(line(3)) == START + 2 * DAY
    assert last_time(line(3, [START, START + 5, NO_TIME])) == START + 5
    assert last_time(line(1, [NO_TIME])) is None
