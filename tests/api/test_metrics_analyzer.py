"""`MetricsAnalyzer` as its documents promise it, worked examples of the seed included."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop import MetricsAnalyzer, PatternManager
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Pattern
from feedback_loop.errors import UserError
from feedback_loop.stores.library import load_library

NOW = "2026-11-20T12:00:00Z"
EFFECT_KEYS = {
    "score",
    "score_bound",
    "trend",
    "verdict",
    "total_occurrences",
    "first_half_rate",
    "second_half_rate",
    "before",
    "after",
    "unit",
    "split",
    "rate_ratio",
    "p_value",
    "p_adjusted",
    "undated",
}


def day(days_ago: float) -> str:
    return (datetime(2026, 11, 20, 12, tzinfo=UTC) - timedelta(days=days_ago)).isoformat()


def bug(pattern: str, count: int = 1, days_ago: float = 0, **fields: Any) -> dict[str, Any]:
    return {"pattern": pattern, "error": "E", "count": count, "timestamp": day(days_ago), **fields}


def review(pattern: str, severity: str, days_ago: float = 0) -> dict[str, Any]:
    return {"pattern": pattern, "issue_type": "i", "severity": severity, "timestamp": day(days_ago)}


MIXED: dict[str, Any] = {
    "bugs": [bug("bounds_checking", 3), bug("numpy_json_serialization", 2, 10)],
    "test_failures": [
        {
            "test_name": "t",
            "failure_reason": "r",
            "pattern_violated": "bounds_checking",
            "count": 2,
            "timestamp": day(3),
        },
        {"test_name": "u", "failure_reason": "r", "timestamp": day(3)},
    ],
    "code_reviews": [review("bounds_checking", "low", 1), review("specific_exceptions", "CRITICAL", 2)],
    "deployment_issues": [{"issue_type": "oom", "pattern": "large_files", "environment": "production"}],
    "performance_metrics": [{"metric_type": "latency", "details": {}, "timestamp": day(40)}],
    "code_generation": [{"prompt": "p", "timestamp": day(50)}],
}


def analyzer(data: Any = None, **arguments: Any) -> MetricsAnalyzer:
    return MetricsAnalyzer(MIXED if data is None else data, **{"as_of": NOW} | arguments)


def test_empty_metrics_give_empty_answers() -> None:
    empty = analyzer({})
    assert empty.get_high_frequency_patterns() == []
    assert empty.detect_new_patterns([]) == []
    assert empty.rank_patterns_by_severity() == []
    assert empty.calculate_effectiveness() == {}
    assert empty.get_context() == {
        "high_frequency_patterns": [],
        "critical_patterns": [],
        "pattern_counts": {},
    }
    assert empty.generate_report()["period"] == {"name": "all", "from": None, "to": NOW}


def test_the_given_object_is_kept_and_never_changed() -> None:
    before = copy.deepcopy(MIXED)
    used = analyzer()
    used.generate_report("week")["summary"].clear()
    used.detect_new_patterns([])[0]["details"].clear()
    used.calculate_effectiveness().clear()
    assert used.metrics_data is MIXED
    assert before == MIXED
    assert used.detect_new_patterns([])[0]["details"]
    assert used.calculate_effectiveness()


def test_the_quick_start_of_the_seed() -> None:
    data = {
        "bugs": [
            {
                "pattern": "numpy_json_serialization",
                "error": "TypeError: Object of type float64 is not JSON serializable",
                "code": f'result = {{"score": np.mean(data_{i})}}',
                "file_path": f"api/endpoint_{i}.py",
                "line": 42,
                "count": 1,
                "timestamp": "2024-01-04T12:00:00",
            }
            for i in range(5)
        ]
    }
    frequent = MetricsAnalyzer(data).get_high_frequency_patterns()
    assert frequent == [
        {"pattern": "numpy_json_serialization", "count": 5, "last_seen": "2024-01-04T12:00:00Z"}
    ]
    assert MetricsAnalyzer(data).detect_new_patterns(["numpy_json_serialization", "bounds_checking"]) == []


def test_frequencies_sum_all_four_sources() -> None:
    assert analyzer().get_high_frequency_patterns(threshold=1) == [
        {"pattern": "bounds_checking", "count": 6, "last_seen": NOW},
        {"pattern": "numpy_json_serialization", "count": 2, "last_seen": "2026-11-10T12:00:00Z"},
        {"pattern": "large_files", "count": 1, "last_seen": None},
        {"pattern": "specific_exceptions", "count": 1, "last_seen": "2026-11-18T12:00:00Z"},
    ]
    assert [one["pattern"] for one in analyzer().get_high_frequency_patterns()] == [
        "bounds_checking",
        "numpy_json_serialization",
    ]
    assert [one["count"] for one in analyzer().get_high_frequency_patterns(3)] == [6]


def test_frequencies_of_a_period() -> None:
    found = analyzer().get_high_frequency_patterns(1, period="week")
    assert {one["pattern"]: one["count"] for one in found} == {
        "bounds_checking": 6,
        "large_files": 1,  # undated: in every period
        "specific_exceptions": 1,
    }


def test_new_patterns_come_with_their_details() -> None:
    found = analyzer().detect_new_patterns(["numpy_json_serialization", "specific_exceptions"])
    assert found == [
        {
            "pattern": "bounds_checking",
            "count": 6,
            "details": [
                {"type": "bug", "timestamp": NOW, "error": "E", "code": "", "file_path": ""},
                {
                    "type": "test_failure",
                    "timestamp": "2026-11-17T12:00:00Z",
                    "test_name": "t",
                    "reason": "r",
                },
                {
                    "type": "code_review",
                    "timestamp": "2026-11-19T12:00:00Z",
                    "issue_type": "i",
                    "severity": "low",
                },
            ],
        },
        {
            "pattern": "large_files",
            "count": 1,
            "details": [
                {"type": "deployment", "timestamp": None, "issue_type": "oom", "environment": "production"}
            ],
        },
    ]


def test_details_end_after_fifty() -> None:
    found = analyzer({"bugs": [bug("a_b", file_path=f"{i}.py") for i in range(60)]}).detect_new_patterns([])
    assert found[0]["count"] == 60
    assert [one["file_path"] for one in found[0]["details"]] == [f"{i}.py" for i in range(50)]


def test_ranking_is_by_weight_count_and_name() -> None:
    assert analyzer().rank_patterns_by_severity() == [
        {"pattern": "specific_exceptions", "severity": "critical", "count": 1, "severity_weight": 4},
        {"pattern": "numpy_json_serialization", "severity": "medium", "count": 2, "severity_weight": 2},
        {"pattern": "large_files", "severity": "medium", "count": 1, "severity_weight": 2},
        {"pattern": "bounds_checking", "severity": "low", "count": 6, "severity_weight": 1},
    ]


def test_the_context_is_cut_and_the_counts_are_not() -> None:
    data = {
        "bugs": [bug(f"bug_{i:02}", 20 - i) for i in range(12)],
        "code_reviews": [review(f"rev_{i}", "high") for i in range(7)],
    }
    context = analyzer(data).get_context()
    assert context["high_frequency_patterns"] == [f"bug_{i:02}" for i in range(10)]
    assert context["critical_patterns"] == [f"rev_{i}" for i in range(5)]
    assert len(context["pattern_counts"]) == 19
    assert context["pattern_counts"]["bug_00"] == 20


# -- the library ---------------------------------------------------------------------------------------


class Manager:
    def get_all_patterns(self) -> Sequence[dict[str, Any]]:
        return [{"name": "new_name", "severity": "HIGH", "supersedes": ["old_name"]}, {"name": "x"}, {}]


LIBRARIES = {
    "manager": Manager(),
    "dicts": Manager().get_all_patterns(),
    "values": (Pattern("new_name", "T", "id", severity="high", supersedes=("old_name",)),),
    "library": Library(
        "patterns/", (Pattern("new_name", "T", "id", severity="high", supersedes=("old_name",)),)
    ),
}


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_library_of_any_form_gives_names_and_severities(library: Any) -> None:
    data = {"bugs": [bug("old_name", 2), bug("new_name"), bug("unknown")]}
    used = analyzer(data, library=library)
    assert used.rank_patterns_by_severity() == [
        {"pattern": "new_name", "severity": "high", "count": 3, "severity_weight": 3},
        {"pattern": "unknown", "severity": "medium", "count": 1, "severity_weight": 2},
    ]
    assert [one["pattern"] for one in used.detect_new_patterns([])] == ["unknown"]
    assert used.detect_new_patterns(["unknown"]) == []


def test_a_known_former_name_is_known() -> None:
    used = analyzer({"bugs": [bug("old_name")]}, library=[{"name": "new_name", "supersedes": ["old_name"]}])
    assert used.detect_new_patterns([]) == []
    assert used.metrics_data["bugs"][0]["pattern"] == "old_name"


def test_every_core_pattern_is_known_with_its_former_names() -> None:
    core = load_library("/nowhere", "patterns")
    data = {"bugs": [bug("logger_debug"), bug("structured_logging"), bug("metadata_categorization")]}
    used = analyzer(data, library=core)
    assert used.detect_new_patterns([]) == []
    assert {one["pattern"]: one["count"] for one in used.get_high_frequency_patterns(1)} == {
        "structured_logging": 2,
        "metadata_based_logic": 1,
    }


# -- time ----------------------------------------------------------------------------------------------


def test_times_with_and_without_a_zone_mix() -> None:
    data = {
        "bugs": [
            bug("a_b", timestamp="2026-11-20T13:00:00+02:00"),
            bug("a_b", timestamp="2026-11-20T10:59:59"),
            bug("a_b", timestamp="2026-11-20T11:30:00"),
        ]
    }
    found = analyzer(data, as_of="2026-11-20T11:00:00").get_high_frequency_patterns(1)
    assert found == [{"pattern": "a_b", "count": 2, "last_seen": "2026-11-20T11:00:00Z"}]


@pytest.mark.parametrize(
    "as_of",
    [
        "2026-11-20T12:00:00",
        datetime(2026, 11, 20, 12),
        datetime(2026, 11, 20, 12, 0, 0, 999),
        datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_as_of_is_a_time_in_any_form(as_of: Any) -> None:
    assert analyzer(as_of=as_of).generate_report() == analyzer().generate_report()


@pytest.mark.parametrize("as_of", ["2026-11-20", date(2026, 11, 20)])
def test_a_date_is_the_end_of_its_day(as_of: Any) -> None:
    assert analyzer(as_of=as_of).generate_report()["generated_at"] == "2026-11-20T23:59:59Z"


@pytest.mark.parametrize("as_of", ["", "soon", 5])
def test_as_of_that_is_no_time_is_refused(as_of: Any) -> None:
    with pytest.raises(ValueError, match="as_of is no time"):
        analyzer(as_of=as_of)


def test_now_forgives_a_clock_that_is_a_day_ahead() -> None:
    now = datetime.now(UTC)
    ahead = [(now + timedelta(hours=hours)).isoformat() for hours in (-1, 23, 25)]
    data = {"bugs": [bug("a_b", timestamp=stamp) for stamp in ahead]}
    report = MetricsAnalyzer(data).generate_report("week")
    assert (report["summary"]["total_bugs"], report["counts"]["after_as_of"]) == (2, 1)
    report = MetricsAnalyzer(data, as_of=now).generate_report("week")
    assert (report["summary"]["total_bugs"], report["counts"]["after_as_of"]) == (1, 2)


# -- effectiveness -------------------------------------------------------------------------------------


def test_effectiveness_has_the_documented_keys() -> None:
    found = analyzer({"bugs": [bug("a_b", 40, 20), bug("a_b", 12, 5), {"pattern": "a_b"}, bug("x", 1, 60)]})
    effects = found.calculate_effectiveness()
    assert all(set(effect) == EFFECT_KEYS for effect in effects.values())
    effect = effects["a_b"]
    assert effect["verdict"] == "dropped"
    assert effect["before"] == {
        "n": 40,
        "exposure": 15.0,
        "from": "2026-10-21T12:00:00Z",
        "to": "2026-11-05T12:00:00Z",
    }
    assert effect["after"] == {
        "n": 12,
        "exposure": 15.0,
        "from": "2026-11-05T12:00:00Z",
        "to": NOW,
    }
    assert (effect["total_occurrences"], effect["undated"], effect["unit"]) == (52, 1, "days")
    assert effect["first_half_rate"] == pytest.approx(40 / 15)
    assert effect["second_half_rate"] == 0.8
    assert effect["rate_ratio"]["value"] == 0.3
    assert effect["p_value"] == effect["p_adjusted"]


def test_every_pattern_is_told_even_without_a_figure() -> None:
    effects = analyzer().calculate_effectiveness()
    assert set(effects) == {
        "bounds_checking",
        "numpy_json_serialization",
        "specific_exceptions",
        "large_files",
    }
    assert effects["large_files"]["rate_ratio"] == {"value": None, "low": 0.0, "high": None}
    assert effects["large_files"]["undated"] == 1


@pytest.mark.parametrize("count", [2, 3])
def test_two_or_three_points_do_not_crash(count: int) -> None:
    found = analyzer({"bugs": [bug("a_b", 1, ago) for ago in range(count)]}).calculate_effectiveness()
    assert found["a_b"]["trend"] == "insufficient_data"
    assert found["a_b"]["score"] == 0.5


def test_infinite_is_none_so_that_it_can_be_json() -> None:
    found = analyzer({"bugs": [bug("a_b", 9, 1), bug("x", 1, 25)]}).calculate_effectiveness()["a_b"]
    assert (found["rate_ratio"]["value"], found["rate_ratio"]["high"]) == (None, None)
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("days", [1, 0, -3, 36_501, 2.5, "30", None])
def test_a_window_of_no_use_is_refused(days: Any) -> None:
    with pytest.raises(ValueError, match="time_window_days") as caught:
        analyzer().calculate_effectiveness(days)
    assert isinstance(caught.value, UserError)


def test_a_window_of_two_days_is_enough() -> None:
    found = analyzer({"bugs": [bug("a_b", 6, 1.5), bug("x", 1, 9)]}).calculate_effectiveness(2)["a_b"]
    assert (found["before"]["exposure"], found["verdict"]) == (1.0, "dropped")


def test_adoption_and_exposure_are_taken() -> None:
    data = {"bugs": [bug("old_name", 9, 20), bug("new_name", 1, 5), bug("x", 1, 60)]}
    used = analyzer(
        data,
        library=[{"name": "new_name", "supersedes": ["old_name"]}],
        adoption={"old_name": "2026-11-10"},
        exposure={f"2026-{month}-{number:02}": 100 for month in (10, 11) for number in range(1, 31)},
    )
    found = used.calculate_effectiveness()["new_name"]
    assert (found["split"], found["unit"]) == ("adoption", "exposure")
    assert found["before"]["to"] == found["after"]["from"] == "2026-11-10T00:00:00Z"
    assert (found["before"]["n"], found["after"]["n"]) == (9, 1)
    assert found["after"]["exposure"] == 1050.0


@pytest.mark.parametrize(
    "arguments",
    [
        {"adoption": {"a_b": "soon"}},
        {"exposure": {"soon": 3}},
        {"exposure": {"2026-11-20": -1}},
        {"exposure": {"2026-11-20": float("nan")}},
        {"exposure": {"2026-11-20": float("inf")}},
        {"exposure": {"2026-11-20": True}},
        {"exposure": {"2026-11-20": "3"}},
    ],
)
def test_adoption_and_exposure_of_no_meaning_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        analyzer(**arguments)


# -- the report ----------------------------------------------------------------------------------------


def test_the_report_has_the_documented_keys() -> None:
    report = analyzer().generate_report()
    assert report["summary"] == {
        "total_bugs": 2,
        "total_test_failures": 2,
        "total_code_reviews": 2,
        "total_performance_metrics": 1,
        "total_deployment_issues": 1,
    }
    assert report["generated_at"] == NOW
    assert report["period"] == {"name": "all", "from": "2026-10-01T12:00:00Z", "to": NOW}
    assert report["counts"] == {
        "occurrences": 10,
        "undated": 1,
        "unreadable_dates": 0,
        "outside": 0,
        "after_as_of": 0,
    }
    assert report["high_frequency_patterns"] == analyzer().get_high_frequency_patterns()
    assert report["ranked_patterns"] == analyzer().rank_patterns_by_severity()
    assert report["effectiveness"] == analyzer().calculate_effectiveness()


@pytest.mark.parametrize(("period", "name", "bugs"), [("week", "week", 1), ("monthly", "month", 2)])
def test_the_period_really_filters(period: str, name: str, bugs: int) -> None:
    report = analyzer().generate_report(period)
    assert report["period"]["name"] == name
    assert report["summary"]["total_bugs"] == bugs
    assert report["summary"]["total_performance_metrics"] == 0
    assert report["ranked_patterns"] == analyzer().rank_patterns_by_severity(period=period)


def test_another_period_is_refused() -> None:
    for call in (analyzer().generate_report, analyzer().get_high_frequency_patterns):
        with pytest.raises(ValueError, match="period") as caught:
            call(period="year")  # type: ignore[operator]
        assert isinstance(caught.value, UserError)


def test_what_cannot_be_read_is_listed_and_the_rest_counted() -> None:
    data = {"bugs": [bug("a_b", timestamp="?"), None, bug("a_b", 0)], "code_reviews": 3}
    used = analyzer(data)
    assert [one.path for one in used.problems] == [
        "bugs[0].timestamp",
        "bugs[1]",
        "bugs[2].count",
        "code_reviews",
    ]
    report = used.generate_report("week")
    assert report["counts"]["unreadable_dates"] == report["counts"]["undated"] == 1
    assert report["high_frequency_patterns"] == [{"pattern": "a_b", "count": 2, "last_seen": NOW}]


def test_metrics_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(ValueError, match="metrics must be an object"):
        analyzer([])


def test_the_same_twice_is_the_same() -> None:
    used = analyzer()
    assert (
        used.generate_report("month") == used.generate_report("month") == analyzer().generate_report("month")
    )


@given(
    st.lists(
        st.tuples(st.sampled_from(["a_b", "c_d"]), st.integers(1, 5), st.none() | st.floats(-3, 45)),
        max_size=12,
    ),
    st.sampled_from(["all", "month", "week"]),
)
@settings(max_examples=100, deadline=None)
def test_the_parts_of_a_report_agree(entries: list[tuple[str, int, float | None]], period: str) -> None:
    bugs = [bug(name, count, ago or 0) for name, count, ago in entries]
    for entry, (_, _, ago) in zip(bugs, entries, strict=True):
        entry["timestamp"] = None if ago is None else entry["timestamp"]
    report = analyzer({"bugs": bugs}).generate_report(period)
    ranked = report["ranked_patterns"]
    counts = report["counts"]
    assert sum(one["count"] for one in ranked) == counts["occurrences"]
    assert report["summary"]["total_bugs"] + counts["outside"] + counts["after_as_of"] == len(bugs)
    assert {one["pattern"] for one in report["high_frequency_patterns"]} == {
        one["pattern"] for one in ranked if one["count"] >= 2
    }


@pytest.mark.parametrize("threshold", ["x", None, 1.5, True])
def test_a_threshold_is_an_integer(threshold: Any) -> None:
    with pytest.raises(ValueError, match="threshold must be an integer, not"):
        analyzer().get_high_frequency_patterns(threshold)


@pytest.mark.parametrize("known", [None, 5, "bounds_checking", [1], [["a"]], [{"name": "a"}], object()])
def test_known_patterns_are_names(known: Any) -> None:
    with pytest.raises(ValueError, match="known must be a list of names of patterns"):
        analyzer().detect_new_patterns(known)


def test_a_manager_is_no_list_of_names_and_its_names_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manager: Any = PatternManager()
    with pytest.raises(ValueError, match="names") as caught:
        analyzer().detect_new_patterns(manager)
    assert "get_pattern_names()" in str(getattr(caught.value, "hint", ""))
    assert analyzer().detect_new_patterns(iter(("bounds_checking",))) == analyzer().detect_new_patterns(
        ["bounds_checking"]
    )


def test_steps_end_with_the_as_of_moment_and_the_oldest_comes_first() -> None:
    data = {
        "bugs": [
            bug("a_b", 2),
            bug("a_b", 3, 29.9),
            bug("a_b", 1, 30),
            bug("a_b", 4, 359),
            bug("a_b", 9, 361),
        ]
    }
    assert analyzer(data).count_by_step() == {"a_b": [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5]}
    assert analyzer(data).count_by_step("week") == {"a_b": [0] * 7 + [4, 0, 0, 0, 2]}
    with pytest.raises(ValueError, match="period"):
        analyzer(data).count_by_step("year")


def test_an_undated_pattern_has_empty_steps() -> None:
    assert analyzer({"bugs": [bug("a_b") | {"timestamp": None}]}).count_by_step() == {"a_b": [0] * 12}
