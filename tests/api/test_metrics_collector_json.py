"""Exports, and what is read back from them and from files of others (A29)."""

from __future__ import annotations

import copy
import json
import math
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.errors import UserError

CATEGORIES = MetricsCollector.get_metric_categories()
EMPTY: dict[str, list[Any]] = {category: [] for category in CATEGORIES}
SEED_BUG = {
    "pattern": "pattern_name",
    "error": "Error message",
    "code": "Code snippet",
    "file_path": "/path/to/file.py",
    "line": 42,
    "stack_trace": "Optional stack trace",
    "timestamp": "2024-01-04T12:00:00",
    "count": 3,
}


def noon() -> datetime:
    return datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def collector() -> MetricsCollector:
    return MetricsCollector(clock=noon)


def full(collector: MetricsCollector) -> MetricsCollector:
    """The collector with an entry in each category, two in one."""
    collector.log_bug("p_q", "E", "c", "a.py", 3)
    collector.log_bug("p_q", "E", "c", "a.py", 3, timestamp="2026-03-01T00:00:00Z")
    collector.log_test_failure("test_x", "E")
    collector.log_test_failure("test_y", "E", timestamp="")
    collector.log_code_review_issue("t", "p_q", "low", "a.py")
    collector.log_performance_metric("m", {"a": math.nan})
    collector.log_deployment_issue("t", "p_q", "prod")
    collector.log_code_generation("p", ["a_b"], 0.5, True)
    return collector


def test_nothing_is_exported_and_read(collector: MetricsCollector) -> None:
    assert json.loads(collector.export_json()) == EMPTY
    collector.load_from_json(collector.export_json())
    assert collector.data == EMPTY


def test_an_export_is_read_back_as_it_was(collector: MetricsCollector) -> None:
    before = full(collector).export_dict()
    other = MetricsCollector()
    other.load_from_json(collector.export_json())
    assert other.data == before
    assert other.export_json() == collector.export_json()


TEXTS = st.text(max_size=8)
FILLED = TEXTS.filter(str.strip)
TIMES = st.one_of(st.none(), st.datetimes(), st.just(""), TEXTS)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=3)
WHOLE = st.integers(0, 1 << 70)
CALLS = st.one_of(
    st.tuples(st.just("log_bug"), st.tuples(FILLED, TEXTS, TEXTS, FILLED, WHOLE)),
    st.tuples(st.just("log_test_failure"), st.tuples(FILLED, TEXTS, st.none() | TEXTS)),
    st.tuples(
        st.just("log_code_review_issue"), st.tuples(FILLED, FILLED, st.sampled_from(["low", "HIGH"]), FILLED)
    ),
    st.tuples(st.just("log_performance_metric"), st.tuples(FILLED, OBJECTS)),
    st.tuples(
        st.just("log_deployment_issue"),
        st.tuples(FILLED, FILLED, FILLED, st.none() | TEXTS, st.none() | st.floats(0, 1e300)),
    ),
    st.tuples(
        st.just("log_code_generation"),
        st.tuples(FILLED, st.lists(TEXTS), st.floats(0, 1), st.booleans(), WHOLE, TEXTS, OBJECTS),
    ),
)


@given(st.lists(st.tuples(CALLS, TIMES), max_size=12))
@settings(max_examples=100, deadline=None)
def test_whatever_was_logged_is_read_back(calls: list[tuple[tuple[str, tuple[Any, ...]], Any]]) -> None:
    collector = MetricsCollector(clock=noon)
    for (method, arguments), timestamp in calls:
        getattr(collector, method)(*arguments, timestamp=timestamp)
    before = copy.deepcopy(collector.data)
    collector.load_from_json(collector.export_json())
    assert collector.data == before


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*CATEGORIES, "x"]), inner, max_size=4),
    ),
    max_leaves=20,
)


@given(JUNK.map(json.dumps) | st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_whole_or_refused_whole(text: str) -> None:
    collector = full(MetricsCollector(clock=noon))
    before = collector.export_dict()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            collector.load_from_json(text)
        except UserError as error:
            assert isinstance(error, ValueError)
            assert collector.data == before
        else:
            loaded = collector.export_dict()
            collector.load_from_json(collector.export_json())
            assert collector.data == loaded


def test_the_seed_s_file_is_read_and_its_repeats_are_found(collector: MetricsCollector) -> None:
    collector.load_from_json(json.dumps({"bugs": [SEED_BUG]}))
    assert collector.data == EMPTY | {"bugs": [SEED_BUG]}
    collector.log_bug("pattern_name", "Error message", "c", "/path/to/file.py", 1)
    (entry,) = collector.data["bugs"]
    assert entry["count"] == 4
    assert entry["daily"] == {"2024-01-04": 3, "2026-03-04": 1}


def test_missing_null_and_single_ones(collector: MetricsCollector) -> None:
    collector.load_from_json(json.dumps({"bugs": None, "code_reviews": {"severity": "low"}}))
    assert collector.data == EMPTY | {"code_reviews": [{"severity": "low"}]}


def test_reading_replaces_and_merging_adds(collector: MetricsCollector) -> None:
    text = json.dumps({"bugs": [SEED_BUG], "code_reviews": {}})
    full(collector)
    collector.load_from_json(text, merge=True)
    assert len(collector.data["bugs"]) == 2
    assert len(collector.data["test_failures"]) == 2
    collector.log_bug("pattern_name", "Error message", "c", "/path/to/file.py", 1)
    assert collector.data["bugs"][1]["count"] == 4
    collector.load_from_json(text)
    assert collector.data == EMPTY | {"bugs": [SEED_BUG], "code_reviews": [{}]}


DAYS = {"count": 3, "timestamp": "2026-03-02T10:00:00Z", "daily": {"2026-03-01": 1, "2026-03-02": 2}}


@pytest.mark.parametrize(
    ("mine", "other", "expected"),
    [
        (DAYS, {"count": 4, "daily": {"2026-03-02": 1, "2026-03-03": 3}}, (6, [1, 2, 3])),
        (DAYS, {"count": 3, "timestamp": "2026-03-02"}, (3, [1, 2])),
        (DAYS, {"count": 5, "timestamp": "2026-03-03"}, (5, [1, 2, 2])),
        ({"count": 5, "timestamp": "2026-03-03"}, DAYS, (5, [1, 2, 2])),
        ({"count": 2}, DAYS, (3, [1, 2])),
        (DAYS, {"count": 4}, (4, [1, 2])),
        (DAYS | {"count": 4}, {"count": 5, "daily": {"2026-03-01": 3}}, (7, [3, 2])),
        ({"count": 2, "timestamp": "2026-03-01"}, {"count": 3, "timestamp": "2026-03-02"}, (3, None)),
        (
            DAYS,
            {
                "count": 2,
                "daily": {"2026-03-02": 2},
                "first_seen": "2026-03-02T10:00:01Z",
                "timestamp": "2026-03-02T11:00:00Z",
            },
            (5, [1, 4]),
        ),
    ],
)
def test_a_bug_that_is_there_takes_the_larger_numbers(
    collector: MetricsCollector, mine: Any, other: Any, expected: Any
) -> None:
    key = {"pattern": "p_q", "error": "E", "file_path": "a.py"}
    collector.load_from_json(json.dumps({"bugs": key | mine}))
    for _ in range(2):
        collector.load_from_json(json.dumps({"bugs": key | other}), merge=True)
        (entry,) = collector.data["bugs"]
        daily = entry.get("daily")
        assert (entry["count"], daily and [daily[day] for day in sorted(daily)]) == expected


def test_entries_that_are_there_are_left_out_as_often_as_they_are(collector: MetricsCollector) -> None:
    collector.log_performance_metric("m", {"a": 1})
    (one,) = collector.data["performance_metrics"]
    text = json.dumps({"performance_metrics": [one, one, one | {"metric_type": "n"}]})
    for _ in range(2):
        collector.load_from_json(text, merge=True)
        assert collector.data["performance_metrics"] == [one, one, one | {"metric_type": "n"}]


def test_categories_nobody_knows_are_kept_and_not_counted(collector: MetricsCollector) -> None:
    text = json.dumps({"version": 2, "notes": [1, {"a": None}], "bugs": [SEED_BUG]})
    with pytest.warns(UserWarning, match="unknown category '(version|notes)' is kept, not counted") as caught:
        collector.load_from_json(text)
    assert len(caught) == 2
    assert caught[0].filename == __file__
    assert collector.get_summary()["total"] == 1
    assert json.loads(collector.export_json()) == EMPTY | json.loads(text)
    with pytest.warns(UserWarning):
        collector.load_from_json(json.dumps({"version": 3, "notes": [4]}), merge=True)
    assert collector.data["version"] == 3
    assert collector.data["notes"] == [1, {"a": None}, 4]


def refused(text: str, expected: type[Exception] = ValueError) -> str:
    """The message; the entries are those from before, merged or not."""
    collector = full(MetricsCollector(clock=noon))
    before = collector.export_dict()
    for merge in (False, True):
        with pytest.raises(expected) as caught:
            collector.load_from_json(text, merge)
        assert isinstance(caught.value, UserError)
        assert collector.data == before
    return caught.value.message if isinstance(caught.value, UserError) else ""


@pytest.mark.parametrize("text", ["", "{", "not json", '{"bugs": [1,]}', "\ufeff{}"])
def test_what_is_no_json(text: str) -> None:
    assert refused(text, json.JSONDecodeError).startswith("metrics are not JSON: ")


def test_the_json_error_is_the_one_that_python_programs_know() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        MetricsCollector().load_from_json('{"bugs":\n  oops}')
    assert (caught.value.lineno, caught.value.colno, caught.value.pos) == (2, 3, 11)
    assert str(caught.value) == "Expecting value: line 2 column 3 (char 11)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "metrics must be a JSON object, not list"),
        ("null", "metrics must be a JSON object, not NoneType"),
        ('{"bugs": "x"}', "bugs must be a list, not str"),
        ('{"code_reviews": 3}', "code_reviews must be a list, not int"),
        ('{"bugs": [{}], "test_failures": [{}, "x"]}', "test_failures[1] must be an object, not str"),
        ('{"bugs": [{"a": 1, "a": 2}]}', "metrics hold the key 'a' twice in one object"),
        ('{"bugs": [{"a": "\\ud800"}]}', "metrics hold a lone surrogate: half a character"),
        ('{"bugs": [{"a": "\ud800"}]}', "metrics hold a lone surrogate: half a character"),
        ('{"bugs": [{"a": ' + "9" * 5000 + "}]}", "metrics hold a number of more than 640 digits"),
        ('{"bugs": [{"a": ' + "[" * 40 + "]" * 40 + "}]}", None),
        ('{"bugs": ' + "[" * 100_000, "metrics are nested deeper than 32 levels"),
    ],
)
def test_another_shape(text: str, message: str | None) -> None:
    told = refused(text)
    assert told == message if message else told.endswith("[0]: nested deeper than 32 levels")


def test_bytes_are_no_text() -> None:
    with pytest.raises(UserError, match="metrics must be text, not bytes"):
        MetricsCollector().load_from_json(b"{}")  # type: ignore[arg-type]


def test_nan_in_a_file_becomes_null_and_is_named(collector: MetricsCollector) -> None:
    collector.load_from_json('{"performance_metrics": {"details": {"a": [NaN, 1, -Infinity]}, "x": 1e999}}')
    (entry,) = collector.data["performance_metrics"]
    assert entry["details"] == {"a": [None, 1, None]}
    assert entry["non_finite"] == ["details.a[0]", "details.a[2]", "x"]


def test_what_was_put_there_by_hand_is_exported_as_json(collector: MetricsCollector) -> None:
    collector.data["bugs"] += [{"score": math.nan, "pair": (1, "half \udc80"), "non_finite": ["old"]}, 3]
    first, second = json.loads(collector.export_json())["bugs"]
    assert first == {"score": None, "pair": [1, "half \\udc80"], "non_finite": ["old", "score"]}
    assert second == 3


def test_what_json_does_not_know_is_named_by_its_place(collector: MetricsCollector) -> None:
    collector.data["bugs"].append({"when": {noon()}})
    with pytest.raises(ValueError, match=r"bugs\[0\]\.when: set is not a JSON value"):
        collector.export_json()


def test_a_masked_export_holds_no_secret(collector: MetricsCollector) -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    collector.log_bug("p_q", f"401 with {token}", "c", "a.py", 3)
    collector.log_performance_metric("m", {"password": "hunter2 of mine", "list": [token, 1]})
    masked = json.loads(collector.export_json(mask=True))
    assert token not in json.dumps(masked)
    assert masked["performance_metrics"][0]["details"] == {"password": "***", "list": ["***", 1]}
    assert token in collector.export_json()
    assert masked["bugs"][0] | {"error": ""} == collector.data["bugs"][0] | {"error": ""}
