from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.moment import format_moment, is_date, parse_moment

NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T12:00:00Z",
        "2026-11-20T12:00:00",
        "2026-11-20 12:00",
        "2026-11-20T12:00:00.999999",
        "2026-11-20T14:00:00+02:00",
        "2026-11-20T06:30:00-0530",
        "20261120T120000Z",
        " 2026-11-20t12z ",
    ],
)
def test_one_moment_is_written_in_many_ways(text: str) -> None:
    assert parse_moment(text) == NOON
    assert format_moment(NOON) == "2026-11-20T12:00:00Z"


def test_a_date_is_its_midnight() -> None:
    assert parse_moment("2026-11-20") == NOON - 12 * 3600
    assert is_date("2026-11-20")
    assert not is_date("20261120  ")
    assert not is_date("2026-11-20T12:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1763640000",
        "2026-02-29",
        "2025-13-01",
        "0000-01-01",
        "2026-11-31T12:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T12:60:00Z",
        "2026-11-20T12:00:61Z",
        "2026-1120",
        "٢٠٢٦-11-20",
        "2026-11-20T12:00:00+25:00",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_moment(text) is None


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59)))
@settings(max_examples=100, deadline=None)
def test_it_says_what_the_standard_library_says(when: datetime) -> None:
    when = when.replace(microsecond=0, tzinfo=UTC)
    text = when.isoformat().replace("+00:00", "Z")
    moment = int((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    assert parse_moment(text) == moment
    assert parse_moment(text) == moment  # the second time from memory
    assert format_moment(moment) == text
    assert format_moment(moment + 0.5) == text


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_moment_or_none(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or parse_moment(format_moment(moment)) == moment
