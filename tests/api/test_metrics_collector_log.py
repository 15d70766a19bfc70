"""What each `log_*` method keeps and refuses, and how repeats find their entry (A25 to A28)."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.errors import UserError
from tests.repo import ROOT

NOON = "2026-03-04T12:00:00Z"


def at(text: str = NOON) -> Callable[[], datetime]:
    return lambda: datetime.fromisoformat(text)


@pytest.fixture
def collector() -> MetricsCollector:
    return MetricsCollector(clock=at())


def bug(collector: MetricsCollector, **changes: Any) -> None:
    given = {"pattern": "p_q", "error": "E", "code": "c", "file_path": "a.py", "line": 3}
    collector.log_bug(**given | changes)


def failure(collector: MetricsCollector, **changes: Any) -> None:
    collector.log_test_failure(**{"test_name": "test_x", "failure_reason": "E"} | changes)


def review(collector: MetricsCollector, **changes: Any) -> None:
    given = {"issue_type": "t", "pattern": "p_q", "severity": "low", "file_path": "a.py"}
    collector.log_code_review_issue(**given | changes)


def performance(collector: MetricsCollector, **changes: Any) -> None:
    collector.log_performance_metric(**{"metric_type": "m", "details": {}} | changes)


def deployment(collector: MetricsCollector, **changes: Any) -> None:
    collector.log_deployment_issue(**{"issue_type": "t", "pattern": "p_q", "environment": "prod"} | changes)


def generation(collector: MetricsCollector, **changes: Any) -> None:
    given = {"prompt": "p", "patterns_applied": [], "confidence": 0.5, "success": True}
    collector.log_code_generation(**given | changes)


METHODS = {
    "bugs": bug,
    "test_failures": failure,
    "code_reviews": review,
    "performance_metrics": performance,
    "deployment_issues": deployment,
    "code_generation": generation,
}


# -- the shapes ----------------------------------------------------------------------------------------


def test_a_bug_in_the_documented_order_of_arguments(collector: MetricsCollector) -> None:
    collector.log_bug("bounds_checking", "IndexError", "items[0]", "a/b.py", 15, "Traceback")
    assert collector.data["bugs"] == [
        {
            "pattern": "bounds_checking",
            "error": "IndexError",
            "code": "items[0]",
            "file_path": "a/b.py",
            "line": 15,
            "stack_trace": "Traceback",
            "timestamp": NOON,
            "count": 1,
            "first_seen": NOON,
            "daily": {"2026-03-04": 1},
        }
    ]


def test_a_test_failure(collector: MetricsCollector) -> None:
    collector.log_test_failure("test_x", "Expected 1", "bounds_checking", "assert x")
    assert collector.data["test_failures"] == [
        {
            "test_name": "test_x",
            "failure_reason": "Expected 1",
            "pattern_violated": "bounds_checking",
            "code_snippet": "assert x",
            "timestamp": NOON,
            "count": 1,
            "first_seen": NOON,
            "daily": {"2026-03-04": 1},
        }
    ]


def test_a_review(collector: MetricsCollector) -> None:
    collector.log_code_review_issue("Missing validation", "input_validation", "high", "a.py", 10, "Add it")
    assert collector.data["code_reviews"] == [
        {
            "issue_type": "Missing validation",
            "pattern": "input_validation",
            "severity": "high",
            "file_path": "a.py",
            "line": 10,
            "suggestion": "Add it",
            "timestamp": NOON,
        }
    ]


def test_a_performance_metric(collector: MetricsCollector) -> None:
    details = {"seconds": 1.5, "samples": [1, 2], "deep": {"a": None, "b": True}}
    collector.log_performance_metric("latency", details)
    (entry,) = collector.data["performance_metrics"]
    assert entry == {"metric_type": "latency", "details": details, "timestamp": NOON}
    details["samples"].append(3)  # type: ignore[attr-defined]
    assert entry["details"]["samples"] == [1, 2]


def test_a_deployment_issue(collector: MetricsCollector) -> None:
    collector.log_deployment_issue("rollback", "p_q", "production", "full disk", 12.5)
    assert collector.data["deployment_issues"] == [
        {
            "issue_type": "rollback",
            "pattern": "p_q",
            "environment": "production",
            "root_cause": "full disk",
            "resolution_time_minutes": 12.5,
            "timestamp": NOON,
        }
    ]


def test_a_generation(collector: MetricsCollector) -> None:
    collector.log_code_generation("make it", ("a_b",), 1, False, 120, "SyntaxError", {"model": "m"})
    assert collector.data["code_generation"] == [
        {
            "prompt": "make it",
            "patterns_applied": ["a_b"],
            "confidence": 1,
            "success": False,
            "code_length": 120,
            "compilation_error": "SyntaxError",
            "metadata": {"model": "m"},
            "timestamp": NOON,
        }
    ]


def test_what_may_be_left_out_is_none(collector: MetricsCollector) -> None:
    for log in METHODS.values():
        assert log(collector) is None
    (found,) = collector.data["bugs"]
    assert found["stack_trace"] is None
    (found,) = collector.data["test_failures"]
    assert found["pattern_violated"] is found["code_snippet"] is None
    (found,) = collector.data["code_reviews"]
    assert found["line"] is found["suggestion"] is None
    (found,) = collector.data["deployment_issues"]
    assert found["root_cause"] is found["resolution_time_minutes"] is None
    (found,) = collector.data["code_generation"]
    assert found["code_length"] is found["compilation_error"] is None
    assert found["metadata"] == {}
    assert collector.get_summary()["total"] == 6


# -- what is refused -----------------------------------------------------------------------------------


def refused(log: Callable[..., None], **changes: Any) -> str:
    """The message; nothing is logged."""
    collector = MetricsCollector()
    with pytest.raises(ValueError) as caught:
        log(collector, **changes)
    assert isinstance(caught.value, UserError)
    assert collector.get_summary()["total"] == 0
    return str(caught.value)


@pytest.mark.parametrize("blank", ["", "  \n", None])
@pytest.mark.parametrize(
    ("log", "name"),
    [
        (bug, "pattern"),
        (bug, "file_path"),
        (failure, "test_name"),
        (review, "issue_type"),
        (review, "pattern"),
        (review, "file_path"),
        (performance, "metric_type"),
        (deployment, "issue_type"),
        (deployment, "pattern"),
        (deployment, "environment"),
        (generation, "prompt"),
    ],
)
def test_what_must_not_be_blank(log: Callable[..., None], name: str, blank: str | None) -> None:
    assert refused(log, **{name: blank}) == f"{name} cannot be empty"


def test_errors_code_and_reasons_may_be_empty(collector: MetricsCollector) -> None:
    bug(collector, error="", code="")
    failure(collector, failure_reason="")
    assert collector.get_summary()["total"] == 2


@pytest.mark.parametrize(
    ("log", "changes", "message"),
    [
        (bug, {"line": -1}, "line must be 0 or more, not -1"),
        (bug, {"line": 1.0}, "line must be a whole number, not float"),
        (bug, {"line": True}, "line must be a whole number, not bool"),
        (bug, {"line": "3"}, "line must be a whole number, not str"),
        (bug, {"line": 10**640}, "line: a number of more than 640 digits"),
        (bug, {"error": None}, "error must be text, not NoneType"),
        (bug, {"pattern": 3}, "pattern must be text, not int"),
        (bug, {"stack_trace": b"x"}, "stack_trace must be text, not bytes"),
        (bug, {"timestamp": 3}, "timestamp must be text, not int"),
        (review, {"line": np.int64(-1)}, "line must be 0 or more, not -1"),
        (review, {"severity": None}, "severity must be text, not NoneType"),
        (
            deployment,
            {"resolution_time_minutes": -0.5},
            "resolution_time_minutes must be 0 or more, not -0.5",
        ),
        (
            deployment,
            {"resolution_time_minutes": math.inf},
            "resolution_time_minutes must be 0 or more, not inf",
        ),
        (generation, {"confidence": 1.01}, "confidence must be between 0 and 1, not 1.01"),
        (generation, {"confidence": math.nan}, "confidence must be between 0 and 1, not nan"),
        (generation, {"confidence": "1"}, "confidence must be a number, not str"),
        (generation, {"success": 1}, "success must be True or False, not int"),
        (generation, {"code_length": -2}, "code_length must be 0 or more, not -2"),
        (generation, {"patterns_applied": "a_b"}, "patterns_applied must be a list of names, not str"),
        (generation, {"patterns_applied": ["a", 1]}, "patterns_applied[1] must be text, not int"),
        (generation, {"metadata": []}, "metadata must be an object, not list"),
        (performance, {"details": None}, "details must be an object, not NoneType"),
        (performance, {"details": {"a": [0, {1}]}}, "details.a[1]: set is not a JSON value"),
        (performance, {"details": {"a": {1: 2}}}, "details.a: a key must be text, not int"),
        (performance, {"details": {"when": datetime.now(UTC)}}, "details.when: datetime is not a JSON value"),
        (performance, {"details": {"n": 10**700}}, "details.n: a number of more than 640 digits"),
        (performance, {"details": {"n": np.array([1j])}}, "details.n[0]: complex is not a JSON value"),
        (generation, {"metadata": {"f": np.mean}}, None),
    ],
)
def test_arguments_of_another_kind(
    log: Callable[..., None], changes: dict[str, Any], message: str | None
) -> None:
    told = refused(log, **changes)
    assert told == message if message else told.startswith("metadata.f: ")


def test_an_object_that_holds_itself(collector: MetricsCollector) -> None:
    details: dict[str, Any] = {}
    details["again"] = details
    told = refused(performance, details=details)
    assert told.startswith("details.again.again.")
    assert told.endswith(": nested deeper than 32 levels")


def test_the_time_extras_are_given_by_name() -> None:
    with pytest.raises(TypeError):
        MetricsCollector().log_performance_metric("m", {}, NOON)  # type: ignore[misc]


# -- values made plain ---------------------------------------------------------------------------------


def test_numpy_values_become_python_s(collector: MetricsCollector) -> None:
    details = {
        "int": np.int64(3),
        "float": np.float32(0.5),
        "bool": np.bool_(True),
        "text": np.str_("x"),
        "array": np.arange(4).reshape(2, 2),
        "extended": np.longdouble(1.5),
        "pair": (np.uint8(1), 2),
    }
    collector.log_performance_metric("m", details)
    (entry,) = collector.data["performance_metrics"]
    expected = {"int": 3, "float": 0.5, "bool": True, "text": "x", "array": [[0, 1], [2, 3]]}
    assert entry["details"] == expected | {"extended": 1.5, "pair": [1, 2]}
    assert {type(value) for value in entry["details"].values()} == {int, float, bool, str, list}
    json.dumps(entry)


def test_numpy_scalars_as_arguments(collector: MetricsCollector) -> None:
    bug(collector, line=np.int32(7))
    generation(
        collector, confidence=np.float64(0.25), success=np.bool_(False), patterns_applied=np.array(["a_b"])
    )
    assert type(collector.data["bugs"][0]["line"]) is int
    (entry,) = collector.data["code_generation"]
    assert (entry["confidence"], entry["success"], entry["patterns_applied"]) == (0.25, False, ["a_b"])
    assert type(entry["confidence"]) is float


def test_numbers_that_json_lacks_become_null_and_are_named(collector: MetricsCollector) -> None:
    details = {"a": math.nan, "b": {"c": [1.0, -math.inf]}, "d": np.array([np.nan, 2.0])}
    collector.log_performance_metric("m", details)
    (entry,) = collector.data["performance_metrics"]
    assert entry["details"] == {"a": None, "b": {"c": [1.0, None]}, "d": [None, 2.0]}
    assert entry["non_finite"] == ["details.a", "details.b.c[1]", "details.d[0]"]
    generation(collector, metadata={"x": math.inf})
    assert collector.data["code_generation"][0]["non_finite"] == ["metadata.x"]


def test_finite_values_leave_no_mark(collector: MetricsCollector) -> None:
    performance(collector, details={"a": 1.0})
    assert "non_finite" not in collector.data["performance_metrics"][0]


def test_numpy_is_not_imported_for_plain_values() -> None:
    code = (
        "import sys; from feedback_loop import MetricsCollector; c = MetricsCollector();"
        "c.log_performance_metric('m', {'a': [1, 2.5, (None, 'x')]}); c.export_json();"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_halves_of_characters_are_written_out(collector: MetricsCollector) -> None:
    bug(collector, error="bad \udcff byte", code="ünïcode")
    assert collector.data["bugs"][0]["error"] == "bad \\udcff byte"
    assert collector.data["bugs"][0]["code"] == "ünïcode"


def test_a_long_prompt_is_cut(collector: MetricsCollector) -> None:
    generation(collector, prompt="x" * 201)
    assert collector.data["code_generation"][0]["prompt"] == "x" * 200


@pytest.mark.parametrize("severity", ["low", "MEDIUM", "High", " critical "])
def test_severities_in_any_case(collector: MetricsCollector, severity: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        review(collector, severity=severity)
    assert collector.data["code_reviews"][0]["severity"] == severity.strip().lower()


@pytest.mark.parametrize("severity", ["", "blocker", "5"])
def test_an_unknown_severity_is_medium_and_says_so(collector: MetricsCollector, severity: str) -> None:
    with pytest.warns(UserWarning, match="unknown severity .* counts as medium") as caught:
        collector.log_code_review_issue("t", "p_q", severity, "a.py")
    assert caught[0].filename == __file__
    assert collector.data["code_reviews"][0]["severity"] == "medium"


# -- times ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", METHODS)
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.999", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=-1))), "2026-01-02T04:00:00Z"),
        (None, NOON),
        ("", None),
        ("last week", "last week"),
    ],
)
def test_an_entry_s_time(
    collector: MetricsCollector, category: str, given: datetime | str | None, expected: str | None
) -> None:
    METHODS[category](collector, timestamp=given)
    assert collector.data[category][0]["timestamp"] == expected


def test_a_time_that_cannot_be_read_is_listed_and_on_no_day(collector: MetricsCollector) -> None:
    bug(collector)
    bug(collector, error="other", timestamp="last\x1bweek")
    performance(collector, timestamp="")
    assert collector.data["bugs"][1]["daily"] == {}
    assert collector.data["bugs"][1]["first_seen"] is None
    assert collector.problems == ["bugs[1]: not a time: 'last\\\\x1bweek'"]


def test_a_moment_before_the_first_year(collector: MetricsCollector) -> None:
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    assert refused(bug, timestamp=early).startswith("timestamp is no moment in UTC: ")
    bug(collector, timestamp="0001-01-01T00:00:00+05:00")
    assert len(collector.problems) == 1


# -- repeats -------------------------------------------------------------------------------------------


def test_a_repeat_counts_and_keeps_every_date(collector: MetricsCollector) -> None:
    bug(collector, timestamp="2026-03-01T10:00:00Z")
    bug(collector, timestamp="2026-03-02T09:00:00Z", line=9, code="other", stack_trace="s")
    bug(collector, timestamp="2026-03-02T11:00:00Z")
    (entry,) = collector.data["bugs"]
    assert entry["count"] == 3
    assert entry["daily"] == {"2026-03-01": 1, "2026-03-02": 2}
    assert (entry["first_seen"], entry["timestamp"]) == ("2026-03-01T10:00:00Z", "2026-03-02T11:00:00Z")
    assert (entry["line"], entry["code"], entry["stack_trace"]) == (3, "c", None)


def test_an_older_repeat_does_not_turn_time_back(collector: MetricsCollector) -> None:
    bug(collector)
    bug(collector, timestamp="2026-02-01T00:00:00Z")
    (entry,) = collector.data["bugs"]
    assert (entry["first_seen"], entry["timestamp"]) == ("2026-02-01T00:00:00Z", NOON)
    assert entry["daily"] == {"2026-03-04": 1, "2026-02-01": 1}


def test_an_undated_repeat_is_on_no_day(collector: MetricsCollector) -> None:
    bug(collector)
    bug(collector, timestamp="")
    (entry,) = collector.data["bugs"]
    assert (entry["count"], entry["daily"], entry["timestamp"]) == (2, {"2026-03-04": 1}, NOON)


def test_an_undated_entry_is_dated_by_its_repeat_alone(collector: MetricsCollector) -> None:
    bug(collector, timestamp="")
    bug(collector)
    (entry,) = collector.data["bugs"]
    assert (entry["count"], entry["daily"]) == (2, {"2026-03-04": 1})
    assert entry["first_seen"] == entry["timestamp"] == NOON


@pytest.mark.parametrize("changes", [{"pattern": "other"}, {"error": "other"}, {"file_path": "b.py"}])
def test_another_bug_is_no_repeat(collector: MetricsCollector, changes: dict[str, str]) -> None:
    bug(collector)
    bug(collector, **changes)
    assert [entry["count"] for entry in collector.data["bugs"]] == [1, 1]


def test_a_failure_repeats_by_name_reason_and_pattern(collector: MetricsCollector) -> None:
    failure(collector)
    failure(collector, code_snippet="x")
    failure(collector, failure_reason="other")
    failure(collector, test_name="test_y")
    failure(collector, pattern_violated="p_q")
    failure(collector, pattern_violated="p_q", code_snippet="x")
    assert [entry["count"] for entry in collector.data["test_failures"]] == [2, 1, 1, 2]


@pytest.mark.parametrize(
    "category", ["code_reviews", "performance_metrics", "deployment_issues", "code_generation"]
)
def test_other_entries_do_not_repeat(collector: MetricsCollector, category: str) -> None:
    METHODS[category](collector)
    METHODS[category](collector)
    assert len(collector.data[category]) == 2
    assert "count" not in collector.data[category][0]


def test_an_entry_without_days_has_all_of_its_count_on_its_last(collector: MetricsCollector) -> None:
    old = {
        "pattern": "p_q",
        "error": "E",
        "file_path": "a.py",
        "timestamp": "2024-01-04T12:00:00",
        "count": 3,
    }
    collector.data["bugs"].append(old)
    bug(collector)
    assert collector.data["bugs"] == [old]
    assert old["count"] == 4
    assert old["daily"] == {"2024-01-04": 3, "2026-03-04": 1}
    assert (old["first_seen"], old["timestamp"]) == ("2024-01-04T12:00:00Z", NOON)


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"pattern": "p_q"},
        {"pattern": "p_q", "error": None, "file_path": "a.py"},
        {"pattern": ["p_q"], "error": {}, "file_path": 3},
        "no entry",
        None,
    ],
)
def test_entries_without_keys_are_left_alone(collector: MetricsCollector, strange: Any) -> None:
    collector.data["bugs"].append(strange)
    bug(collector)
    bug(collector)
    assert collector.data["bugs"][0] == strange
    assert collector.data["bugs"][1]["count"] == 2


@pytest.mark.parametrize("count", [None, 0, -2, "3", 1.5, True])
def test_a_count_that_is_none_counts_as_one(collector: MetricsCollector, count: Any) -> None:
    collector.data["bugs"].append({"pattern": "p_q", "error": "E", "file_path": "a.py", "count": count})
    bug(collector)
    assert collector.data["bugs"][0]["count"] == 2


@pytest.mark.parametrize("daily", [[], "x", {"2026-03-04": "x"}, {"2026-03-04": -3}])
def test_days_that_are_none_are_begun_again(collector: MetricsCollector, daily: Any) -> None:
    collector.data["bugs"].append({"pattern": "p_q", "error": "E", "file_path": "a.py", "daily": daily})
    bug(collector)
    assert collector.data["bugs"][0]["daily"] == {"2026-03-04": 1}


# -- data edited from outside --------------------------------------------------------------------------


def test_the_key_of_an_entry_changed(collector: MetricsCollector) -> None:
    bug(collector)
    collector.data["bugs"][0]["file_path"] = "moved.py"
    bug(collector, file_path="moved.py")
    bug(collector)
    assert [(one["file_path"], one["count"]) for one in collector.data["bugs"]] == [
        ("moved.py", 2),
        ("a.py", 1),
    ]


def test_a_key_changed_through_a_list_in_hand(collector: MetricsCollector) -> None:
    bugs = collector.data["bugs"]
    bug(collector)
    bugs[0]["file_path"] = "moved.py"
    bug(collector)
    assert [(one["file_path"], one["count"]) for one in bugs] == [("moved.py", 1), ("a.py", 1)]


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data["bugs"].clear(),
        lambda data: data.clear(),
        lambda data: data.__setitem__("bugs", []),
        lambda data: data.__setitem__("bugs", None),
        lambda data: data["bugs"].pop(0),
        lambda data: data["bugs"].__setitem__(0, {"pattern": "other"}),
    ],
)
def test_an_entry_taken_away_is_begun_anew(
    collector: MetricsCollector, edit: Callable[[dict[str, Any]], object]
) -> None:
    bug(collector)
    bug(collector)
    edit(collector.data)
    bug(collector)
    found = [entry for entry in collector.data["bugs"] if entry["pattern"] == "p_q"]
    assert [entry["count"] for entry in found] == [1]


def test_a_list_in_hand_that_is_edited(collector: MetricsCollector) -> None:
    bugs = collector.data["bugs"]
    for number in range(5):
        bug(collector, error=str(number))
    del bugs[1]
    bugs.insert(0, {"pattern": "new", "error": "E", "file_path": "a.py"})
    for number in range(5):
        bug(collector, error=str(number))
    bug(collector, pattern="new")
    assert {one["error"]: one["count"] for one in bugs} == {"E": 2, "0": 2, "1": 1, "2": 2, "3": 2, "4": 2}
    assert len(bugs) == 6


def test_data_replaced_as_a_whole(collector: MetricsCollector) -> None:
    bug(collector)
    kept = collector.export_dict()
    collector.data = kept
    bug(collector)
    assert kept["bugs"][0]["count"] == 2
    assert collector.data is kept


def test_data_of_another_shape_is_named(collector: MetricsCollector) -> None:
    collector.data["bugs"] = {"pattern": "p"}  # type: ignore[assignment]
    with pytest.raises(UserError, match=r"data\['bugs'\] must be a list, not dict"):
        bug(collector)
    with pytest.raises(UserError, match="data must be a dict of categories, not list"):
        collector.data = []  # type: ignore[assignment]


STEPS = st.lists(
    st.tuples(st.sampled_from(["log", "drop", "rename", "add", "swap"]), st.integers(0, 3)), max_size=40
)


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_whatever_is_done_to_the_data_no_occurrence_is_lost_or_doubled(steps: list[tuple[str, int]]) -> None:
    """Held against a model without an index, which only knows the entries as they are."""
    collector = MetricsCollector(clock=at())
    for what, number in steps:
        bugs = collector.data["bugs"]
        if what == "log":
            before = [one["count"] for one in bugs if one["error"] == str(number)]
            entries = len(bugs)
            bug(collector, error=str(number))
            after = [one["count"] for one in bugs if one["error"] == str(number)]
            assert sum(after) == sum(before) + 1
            assert len(bugs) == entries + (not before)
        elif what == "add":
            bugs.append({"pattern": "p_q", "error": str(number), "file_path": "a.py", "count": 1})
        elif bugs and what == "drop":
            del bugs[number % len(bugs)]
        elif bugs and what == "rename":
            bugs[0]["error"] = str(number)
        elif bugs:
            bugs.reverse()


def test_the_cost_of_one_does_not_grow_with_their_number() -> None:
    """Counted in steps of the interpreter: time would depend on the machine."""

    def steps(size: int) -> int:
        collector = MetricsCollector(clock=at())
        for number in range(size):
            bug(collector, error=str(number))
        count = 0

        def trace(*_: object) -> Any:
            nonlocal count
            count += 1
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            bug(collector, error="new")
        finally:
            sys.settrace(before)
        return count

    assert steps(2000) == steps(20)
