from __future__ import annotations

import copy
import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.occurrence import Occurrence
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.metrics_data import MOST, detail, read_occurrences

DAY = "2026-11-20"
NOON = parse_moment(DAY + "T12:00:00Z")
LAST_SECOND = parse_moment(DAY + "T23:59:59Z")


def one(category: str, **fields: Any) -> Occurrence:
    """The only occurrence of a category with one entry, read without a problem."""
    read = read_occurrences({category: [fields]})
    assert read.problems == ()
    (found,) = read.occurrences
    return found


def told(data: object) -> list[str]:
    return [str(problem) for problem in read_occurrences(data).problems]


@pytest.mark.parametrize("data", [{}, {"bugs": None}, {"bugs": []}, {"other": [1]}, MappingProxyType({})])
def test_what_is_missing_is_empty(data: object) -> None:
    read = read_occurrences(data)
    assert (read.occurrences, read.problems) == ((), ())


@pytest.mark.parametrize("data", [None, [], "bugs", 3])
def test_metrics_that_are_no_object_are_refused(data: object) -> None:
    with pytest.raises(InputError, match="metrics must be an object of categories") as caught:
        read_occurrences(data)
    assert isinstance(caught.value, ValueError | UserError)


@pytest.mark.parametrize(
    ("category", "kind", "key"),
    [
        ("bugs", "bug", "pattern"),
        ("test_failures", "test_failure", "pattern_violated"),
        ("code_reviews", "review", "pattern"),
        ("deployment_issues", "deployment", "pattern"),
    ],
)
def test_each_category_has_its_kind_and_its_key_of_the_pattern(category: str, kind: str, key: str) -> None:
    found = one(category, **{key: "p_one"}, timestamp=DAY + "T12:00:00Z")
    assert (found.kind, found.pattern, found.times) == (kind, "p_one", ((NOON, 1),))


@pytest.mark.parametrize("category", ["performance_metrics", "code_generation"])
def test_other_categories_name_no_pattern(category: str) -> None:
    assert one(category, pattern="p_one", timestamp=DAY).pattern == ""


@pytest.mark.parametrize("pattern", [None, "", "  ", 3, ["a"]])
def test_a_pattern_that_is_no_text_is_none(pattern: object) -> None:
    assert one("bugs", pattern=pattern).pattern == ""


def test_one_object_is_a_list_of_one() -> None:
    assert len(read_occurrences({"bugs": {"pattern": "a_b"}}).occurrences) == 1


def test_reviews_and_deployments_count_once_whatever_they_say() -> None:
    assert one("code_reviews", pattern="a_b", count=7).times == ((None, 1),)
    assert one("deployment_issues", pattern="a_b", count=7).times == ((None, 1),)


def test_an_entry_without_days_has_its_whole_count_on_its_time() -> None:
    assert one("bugs", count=7, timestamp=DAY + "T12:00:00").times == ((NOON, 7),)
    assert one("bugs", count=7).times == ((None, 7),)


@pytest.mark.parametrize("count", [0, -1, 1.5, "3", True, None, [2]])
def test_a_count_that_is_none_counts_as_one_and_is_told(count: object) -> None:
    read = read_occurrences({"bugs": [{}, {"count": count, "timestamp": DAY + "T12:00:00Z"}]})
    assert read.occurrences[1].times == ((NOON, 1),)
    assert [str(each) for each in read.problems] == [
        "bugs[1].count: not a whole number from 1 on: counted as 1"
    ]


def test_an_absurd_count_is_cut_and_told() -> None:
    read = read_occurrences({"bugs": [{"count": 10**30}, {"count": MOST}]})
    assert [each.times for each in read.occurrences] == [((None, MOST),)] * 2
    assert [each.path for each in read.problems] == ["bugs[0].count"]


def test_days_say_when_repeats_were() -> None:
    found = one(
        "bugs",
        count=6,
        first_seen="2026-11-18T08:00:00Z",
        timestamp=DAY + "T12:00:00Z",
        daily={DAY: 3, "2026-11-18": 1, "2026-11-19": 2},
    )
    assert found.times == (
        (parse_moment("2026-11-18T08:00:00Z"), 1),
        (parse_moment("2026-11-19T23:59:59Z"), 2),  # its hour is not known: by the end of the day
        (NOON, 3),
    )


def test_several_on_the_first_day_may_have_been_later_than_the_first() -> None:
    found = one(
        "bugs",
        count=3,
        first_seen=DAY + "T08:00:00Z",
        timestamp="2026-11-21",
        daily={DAY: 2, "2026-11-21": 1},
    )
    assert found.times == ((LAST_SECOND, 2), (parse_moment("2026-11-21"), 1))


def test_what_no_day_accounts_for_has_no_date() -> None:
    assert one("bugs", count=5, timestamp=DAY + "T12:00:00Z", daily={DAY: 2}).times == ((NOON, 2), (None, 3))
    assert one("bugs", count=3, timestamp=DAY + "T12:00:00Z", daily={DAY: 2}).times == ((NOON, 2), (None, 1))


def test_days_on_a_local_clock_are_days_of_the_daily_table() -> None:
    """23:30 in New York is the next day in UTC, and the table is in UTC."""
    found = one("bugs", count=1, timestamp="2026-11-19T23:30:00-05:00", daily={DAY: 1})
    assert found.times == ((parse_moment(DAY + "T04:30:00Z"), 1),)


@pytest.mark.parametrize("daily", [{"monday": 1}, {DAY: 0}, {DAY: "2"}, {3: 1}, [DAY], "x"])
def test_days_that_are_none_are_told_and_lose_no_count(daily: object) -> None:
    read = read_occurrences({"bugs": [{"count": 4, "timestamp": DAY + "T12:00:00Z", "daily": daily}]})
    assert sum(number for _, number in read.occurrences[0].times) == 4
    assert [each.path for each in read.problems] == ["bugs[0].daily"]


def test_more_days_than_count_are_counted_and_told() -> None:
    read = read_occurrences({"bugs": [{"count": 1, "daily": {DAY: 3}}]})
    assert read.occurrences[0].times == ((LAST_SECOND, 3),)
    assert told({"bugs": [{"count": 1, "daily": {DAY: 3}}]}) == [
        "bugs[0].daily: has more than `count`: its days are counted"
    ]


@pytest.mark.parametrize("stamp", ["yesterday", 1763640000, ["2026"], ""])
def test_a_date_that_nobody_can_read_is_told_and_counts_as_none(stamp: object) -> None:
    read = read_occurrences({"code_reviews": [{"timestamp": stamp}]})
    assert read.occurrences[0].times == ((None, 1),)
    assert read.occurrences[0].unreadable
    assert [each.path for each in read.problems] == ["code_reviews[0].timestamp"]


def test_a_missing_date_is_no_problem() -> None:
    assert not one("bugs").unreadable
    assert not one("bugs", timestamp=None).unreadable


def test_what_was_stored_as_undated_stays_so() -> None:
    entry = {"timestamp": DAY, "undated": True, "count": 2, "daily": {DAY: 2}}
    assert one("bugs", **entry).times == ((None, 2),)
    assert one("bugs", **entry | {"undated": False}).times != ((None, 2),)


@pytest.mark.parametrize(
    ("given_", "read"), [("HIGH", "high"), (" low ", "low"), (None, ""), ("critical", "critical")]
)
def test_severities_are_read_in_any_case(given_: object, read: str) -> None:
    assert one("code_reviews", severity=given_).severity == read


def test_an_unknown_severity_is_medium_and_told() -> None:
    read = read_occurrences({"code_reviews": [{"severity": "blocker"}, {"severity": 5}]})
    assert [each.severity for each in read.occurrences] == ["medium", "medium"]
    assert len(read.problems) == 2


def test_categories_and_entries_of_the_wrong_kind_are_told() -> None:
    assert told({"bugs": "x", "code_reviews": [None, {"pattern": "a_b"}, 3]}) == [
        "bugs: must be a list, not str: left out",
        "code_reviews[0]: an entry must be an object, not NoneType: left out",
        "code_reviews[2]: an entry must be an object, not int: left out",
    ]


def test_places_lead_back_to_the_entries() -> None:
    data = {"bugs": [7, {"error": "E"}], "test_failures": [{"test_name": "t", "failure_reason": "r"}]}
    read = read_occurrences(data)
    assert [detail(each, read.entries[each.place]) for each in read.occurrences] == [
        {"type": "bug", "error": "E", "code": "", "file_path": ""},
        {"type": "test_failure", "test_name": "t", "reason": "r"},
    ]


def test_details_of_reviews_and_deployments() -> None:
    data = {
        "code_reviews": [{"issue_type": "i", "severity": "HIGH"}, {}],
        "deployment_issues": [{"issue_type": "i", "environment": "production"}],
    }
    read = read_occurrences(data)
    assert [detail(each, read.entries[each.place]) for each in read.occurrences] == [
        {"type": "code_review", "issue_type": "i", "severity": "high"},
        {"type": "code_review", "issue_type": "", "severity": "medium"},
        {"type": "deployment", "issue_type": "i", "environment": "production"},
    ]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([DAY, "2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    [
        "pattern",
        "pattern_violated",
        "count",
        "timestamp",
        "daily",
        "first_seen",
        "severity",
        "undated",
        "error",
    ]
)
entries = st.dictionaries(keys, values, max_size=6) | values


@given(
    st.dictionaries(
        st.sampled_from(["bugs", "code_reviews", "code_generation"]), st.lists(entries, max_size=3) | values
    )
)
@settings(max_examples=100, deadline=None)
def test_whatever_the_entries_hold_they_are_read_and_left_alone(data: dict[str, Any]) -> None:
    before = copy.deepcopy(data)
    read = read_occurrences(data)
    assert repr(data) == repr(before)
    for each in read.occurrences:
        assert each.times
        assert all(number >= 1 for _, number in each.times)
        assert read.entries[each.place] is not None
    json.dumps([str(problem) for problem in read.problems])
