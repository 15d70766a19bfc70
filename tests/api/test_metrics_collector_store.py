"""What `save` writes into a repository's event store, once, and what `from_store` gives back (A30, A60)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.metrics import writes as metric_writes
from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.domain.event import Event
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.stores.events import append_events, read_events
from tests.repo import Repo

NOON = "2026-03-04T12:00:00Z"
OLD = {"pattern": "p_q", "error": "E", "code": "c", "file_path": "a.py", "line": 3, "count": 3}


class Clock:
    """Goes on by a minute at each look."""

    def __init__(self, start: str = NOON) -> None:
        self.now = datetime.fromisoformat(start)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def collector() -> MetricsCollector:
    return MetricsCollector(clock=Clock())


def bug(collector: MetricsCollector, **changes: Any) -> None:
    given = {"pattern": "p_q", "error": "E", "code": "c", "file_path": "a.py", "line": 3}
    collector.log_bug(**given | changes)


def stored(repo: Repo) -> tuple[Event, ...]:
    read = read_events(str(repo.root))
    assert read.problems == ()
    return read.events


def occurrences(repo: Repo) -> int:
    return sum(event_data(event).get("count", 1) for event in stored(repo))


def save(collector: MetricsCollector, repo: Repo, at: str | None = None) -> tuple[int, int, list[str]]:
    result = collector.save(repo.root, at)
    assert set(result) == {"written", "already_present", "skipped"}
    return result["written"], result["already_present"], result["skipped"]


def again(collector: MetricsCollector) -> MetricsCollector:
    """Another collector with the same entries, by way of JSON."""
    other = MetricsCollector(clock=Clock("2026-04-01T00:00:00Z"))
    other.load_from_json(collector.export_json())
    return other


def log_all(collector: MetricsCollector) -> None:
    collector.log_bug("bounds_checking", "E", "c", "a.py", 3, "Traceback")
    collector.log_test_failure("test_x", "E", "bounds_checking", "assert x")
    collector.log_test_failure("test_y", "E")
    collector.log_code_review_issue("Missing check", "input_validation", "high", "a.py", 4, "Add it")
    collector.log_performance_metric("latency", {"p99": 1.5, "worst": float("inf")})
    collector.log_deployment_issue("rollback", "config_drift", "prod", "full disk", 12.5)
    collector.log_code_generation(
        "make it", ["bounds_checking", "Not a name"], 0.5, False, 12, "bad", {"m": 1}
    )


# -- nothing unless told -------------------------------------------------------------------------------


def test_nothing_is_written_before_it_is_saved(repo: Repo, collector: MetricsCollector) -> None:
    log_all(collector)
    del collector
    assert not (repo.root / ".feedback-loop").exists()


def test_an_empty_collector_writes_nothing(repo: Repo, collector: MetricsCollector) -> None:
    assert save(collector, repo) == (0, 0, [])
    assert not (repo.root / ".feedback-loop").exists()


def test_outside_of_a_repository(tmp_path: Path, collector: MetricsCollector) -> None:
    bug(collector)
    with pytest.raises(UserError, match="not in a git repository"):
        collector.save(tmp_path)
    with pytest.raises(UserError, match="not in a git repository"):
        MetricsCollector.from_store(tmp_path)


# -- each kind -----------------------------------------------------------------------------------------


def test_an_event_for_each_entry(repo: Repo, collector: MetricsCollector) -> None:
    log_all(collector)
    assert save(collector, repo) == (7, 0, [])
    found = {event.kind + event_data(event).get("test_name", ""): event for event in stored(repo)}
    assert {kind: (event.patterns, event_data(event)) for kind, event in found.items()} == {
        "bug": (
            ("bounds_checking",),
            {"error": "E", "code": "c", "file_path": "a.py", "line": 3, "stack_trace": "Traceback"},
        ),
        "test_failuretest_x": (
            ("bounds_checking",),
            {"test_name": "test_x", "failure_reason": "E", "code_snippet": "assert x"},
        ),
        "test_failuretest_y": ((), {"test_name": "test_y", "failure_reason": "E"}),
        "review": (
            ("input_validation",),
            {
                "issue_type": "Missing check",
                "severity": "high",
                "file_path": "a.py",
                "line": 4,
                "suggestion": "Add it",
            },
        ),
        "performance": (
            (),
            {
                "metric_type": "latency",
                "details": {"p99": 1.5, "worst": None},
                "non_finite": ["details.worst"],
            },
        ),
        "deployment": (
            ("config_drift",),
            {
                "issue_type": "rollback",
                "environment": "prod",
                "root_cause": "full disk",
                "resolution_time_minutes": 12.5,
            },
        ),
        "generation": (
            ("bounds_checking", "not_a_name"),
            {
                "prompt": "make it",
                "patterns_applied": ["bounds_checking", "Not a name"],
                "confidence": 0.5,
                "success": False,
                "code_length": 12,
                "compilation_error": "bad",
                "metadata": {"m": 1},
            },
        ),
    }
    assert found["bug"].at == "2026-03-04T12:01:00Z"
    assert (found["bug"].by, found["bug"].commit, found["bug"].source) == (None, None, '{"kind":"api"}')


def test_the_folder_may_be_any_of_the_repository(
    repo: Repo, collector: MetricsCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo.root / "deep").mkdir()
    monkeypatch.chdir(repo.root / "deep")
    bug(collector)
    assert collector.flush() == {"written": 1, "already_present": 0, "skipped": []}
    assert len(stored(repo)) == 1


def test_where_events_come_from_can_be_said(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector)
    collector.save(repo.root, by="a1b2c3", commit="0" * 40, source={"kind": "cli"})
    (event,) = stored(repo)
    assert (event.by, event.commit, event.source) == ("a1b2c3", "0" * 40, '{"kind":"cli"}')


def test_secrets_are_masked_in_the_store_and_kept_in_memory(repo: Repo, collector: MetricsCollector) -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    bug(collector, error=f"401 with {token}")
    collector.save(repo.root)
    assert token not in str(stored(repo))
    assert token in collector.data["bugs"][0]["error"]
    assert save(again(collector), repo) == (0, 1, [])


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("Missing Validation!", ("missing_validation",)), ("3 things", ("p_3_things",))],
)
def test_a_pattern_that_is_no_name_takes_part_by_its_slug(
    repo: Repo, collector: MetricsCollector, pattern: str, expected: tuple[str, ...]
) -> None:
    bug(collector, pattern=pattern)
    assert save(collector, repo) == (1, 0, [])
    assert stored(repo)[0].patterns == expected


# -- days, repeats and second saves --------------------------------------------------------------------


def test_a_second_save_writes_nothing(repo: Repo, collector: MetricsCollector) -> None:
    log_all(collector)
    save(collector, repo)
    before = stored(repo)
    assert save(collector, repo) == (0, 7, [])
    assert stored(repo) == before


def test_an_event_for_each_day_at_its_last_time(repo: Repo, collector: MetricsCollector) -> None:
    for time in ("01T10", "01T12", "01T11", "02T09", "04T08", "04T07", "02T08"):
        bug(collector, timestamp=f"2026-03-{time}:00:00Z")
    assert save(collector, repo) == (3, 0, [])
    assert [(event.at, event_data(event).get("count", 1)) for event in stored(repo)] == [
        ("2026-03-01T12:00:00Z", 3),
        ("2026-03-02T09:00:00Z", 2),
        ("2026-03-04T08:00:00Z", 2),
    ]


def test_of_days_before_the_last_an_export_knows_only_the_date(
    repo: Repo, collector: MetricsCollector
) -> None:
    for time in ("01T10", "02T11", "02T12", "04T08"):
        bug(collector, timestamp=f"2026-03-{time}:00:00Z")
    save(again(collector), repo)
    assert [event.at[8:] for event in stored(repo)] == ["01T10:00:00Z", "02T23:59:59Z", "04T08:00:00Z"]
    assert save(collector, repo) == (0, 3, [])


def test_later_repeats_are_new(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector)
    save(collector, repo)
    bug(collector)
    bug(collector)
    bug(collector, error="other")
    assert save(collector, repo) == (2, 1 - 1, [])
    bug(collector)
    assert save(collector, repo) == (1, 1, [])
    found = [event_data(event) for event in stored(repo) if event_data(event)["error"] == "E"]
    assert [(one.get("count"), one.get("occurrence")) for one in found] == [
        (None, None),
        (2, {"index": 1}),
        (None, {"index": 3}),
    ]
    assert save(collector, repo)[0] == 0


def test_equal_entries_of_one_second_are_told_apart(repo: Repo, collector: MetricsCollector) -> None:
    for _ in range(3):
        collector.log_performance_metric("m", {"a": 1}, timestamp=NOON)
    assert save(collector, repo) == (3, 0, [])
    assert Counter(str(event_data(event).get("occurrence")) for event in stored(repo)) == {
        "None": 1,
        "{'index': 1}": 1,
        "{'index': 2}": 1,
    }
    assert save(again(collector), repo) == (0, 1, [])


def test_the_same_export_imported_again_adds_nothing(repo: Repo, collector: MetricsCollector) -> None:
    log_all(collector)
    bug(collector)
    bug(collector, timestamp="2026-03-01T10:00:00Z")
    save(again(collector), repo)
    before = stored(repo)
    assert save(again(collector), repo)[0] == 0
    assert save(again(again(collector)), repo)[0] == 0
    assert stored(repo) == before


def test_saves_on_the_way_and_the_export_of_them_all_are_the_same_facts(
    repo: Repo, collector: MetricsCollector
) -> None:
    for _ in range(3):
        bug(collector)
        collector.save(repo.root)
    assert save(again(collector), repo) == (0, 1, [])
    assert occurrences(repo) == 3


def test_a_file_of_the_first_edition_that_grew(repo: Repo) -> None:
    """It knows the whole count and the last time: no day of an earlier import is in it."""
    for count, time, new in (
        (3, "2024-01-04T12:00:00", 1),
        (3, "2024-01-04T12:00:00", 0),
        (5, "2024-02-01T08:00:00", 1),
    ):
        collector = MetricsCollector()
        collector.load_from_json(json.dumps({"bugs": [OLD | {"count": count, "timestamp": time}]}))
        assert save(collector, repo)[0] == new
    assert [(event.at, event_data(event).get("count")) for event in stored(repo)] == [
        ("2024-01-04T12:00:00Z", 3),
        ("2024-02-01T08:00:00Z", 2),
    ]


def test_a_file_read_with_given_times_again_and_longer(repo: Repo) -> None:
    """A program that logs the lines of a file with their times may do so again when there are more."""
    times = ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"]
    for known in (1, 2, 2, 3, 4):
        collector = MetricsCollector()
        for time in times[:known]:
            bug(collector, timestamp=time)
        collector.save(repo.root)
    assert occurrences(repo) == 4


def test_the_same_bug_seen_by_two_is_two(repo: Repo) -> None:
    first, second = (MetricsCollector(clock=Clock(f"2026-03-04T{hour}:00:00Z")) for hour in (10, 11))
    bug(first)
    bug(second)
    first.save(repo.root)
    assert save(second, repo) == (1, 0, [])
    bug(first)
    assert save(first, repo)[0] == 1
    assert occurrences(repo) == 3


def test_one_seen_between_two_of_another_does_not_swallow_any(repo: Repo) -> None:
    long = MetricsCollector(clock=Clock("2026-03-04T10:00:00Z"))
    bug(long)
    other = MetricsCollector(clock=Clock("2026-03-04T10:00:30Z"))
    bug(other)
    other.save(repo.root)
    bug(long)
    long.save(repo.root)
    assert occurrences(repo) == 3


def test_clearing_forgets_what_was_saved(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector)
    collector.save(repo.root)
    collector.clear()
    bug(collector)
    assert save(collector, repo)[0] == 1
    del collector.data["bugs"][0]
    bug(collector)
    assert save(collector, repo)[0] == 1
    assert occurrences(repo) == 3


def test_every_repository_gets_all(
    repo: Repo, home: Path, tmp_path: Path, collector: MetricsCollector
) -> None:
    other = Repo(tmp_path / "other", home)
    bug(collector)
    assert save(collector, repo)[0] == save(collector, other)[0] == 1
    bug(collector)
    assert save(collector, other)[0] == save(collector, repo)[0] == 1
    assert occurrences(repo) == occurrences(other) == 2


def test_many_entries_are_one_segment(repo: Repo, collector: MetricsCollector) -> None:
    for number in range(101):
        bug(collector, error=str(number))
    assert save(collector, repo) == (101, 0, [])
    assert len(list((repo.root / ".feedback-loop/events").rglob("*.jsonl"))) == 1
    assert save(again(collector), repo) == (0, 101, [])


def test_a_save_that_failed_can_be_repeated(
    repo: Repo, collector: MetricsCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(root: str, events: list[Event]) -> object:
        append_events(root, events[:1])
        raise MachineFault("disk full")

    bug(collector)
    bug(collector)
    bug(collector, error="other")
    with monkeypatch.context() as broken:
        broken.setattr(metric_writes, "append_events", half)
        with pytest.raises(MachineFault):
            collector.save(repo.root)
    bug(collector)
    assert save(collector, repo)[0] == 2
    assert occurrences(repo) == 4
    assert save(collector, repo)[0] == 0


# -- live repeats are never those that are stored ---------------------------------------------------------


def still() -> datetime:
    return datetime(2026, 3, 4, 12)


@pytest.mark.parametrize("number", [10, 101])
def test_equal_ones_of_one_second_from_many_programs_are_all_there(repo: Repo, number: int) -> None:
    for _ in range(10 if number == 10 else 3):
        collector = MetricsCollector(clock=still)
        for line in range(1 if number == 10 else number):
            bug(collector, error=f"E{line}")
            collector.log_performance_metric("m", {"a": 1})
        assert save(collector, repo)[1:] == (0, [])
        assert save(collector, repo)[0] == 0
    assert occurrences(repo) == (20 if number == 10 else 606)
    imported = again(MetricsCollector.from_store(repo.root))
    assert save(imported, repo)[0] == 0


def test_equal_ones_of_one_second_after_clear(repo: Repo) -> None:
    collector = MetricsCollector(clock=still)
    for _ in range(3):
        bug(collector)
        assert save(collector, repo) == (1, 0, [])
        assert save(collector, repo) == (0, 1, [])
        collector.clear()
    bug(collector)
    bug(collector)
    save(collector, repo)
    assert occurrences(repo) == 5
    assert MetricsCollector.from_store(repo.root).data["bugs"][0]["count"] == 5


def test_two_that_read_the_store_and_log_the_same_at_once(repo: Repo) -> None:
    first = MetricsCollector(clock=still)
    bug(first)
    save(first, repo)
    both = [MetricsCollector.from_store(repo.root) for _ in range(2)]
    for one in both:
        one._clock = still
        bug(one)
        assert save(one, repo) == (1, 0, [])
    assert occurrences(repo) == 3


def test_two_patterns_of_one_slug_in_one_second_are_two_bugs(repo: Repo) -> None:
    collector = MetricsCollector(clock=still)
    bug(collector, pattern="p_q")
    bug(collector, pattern="P Q")
    assert save(collector, repo) == (2, 0, [])
    assert occurrences(repo) == 2


def test_what_a_fault_left_in_doubt_is_not_written_twice(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(root: str, events: list[Event]) -> object:
        append_events(root, events)
        raise MachineFault("disk full")

    collector = MetricsCollector(clock=still)
    bug(collector)
    with monkeypatch.context() as broken:
        broken.setattr(metric_writes, "append_events", late)
        with pytest.raises(MachineFault):
            collector.save(repo.root)
    assert save(collector, repo)[0] == 0
    assert occurrences(repo) == 1


# -- a damaged file in the way ---------------------------------------------------------------------------


def test_a_damaged_file_does_not_block_other_events(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector)
    save(collector, repo)
    (path,) = (repo.root / ".feedback-loop/events").rglob("*.json")
    sound = path.read_bytes()
    path.write_bytes(b"")
    other = again(collector)
    bug(other, error="new")
    for _ in range(2):
        with pytest.raises(MachineFault, match=path.name) as caught:
            other.save(repo.root)
        assert "git checkout" in caught.value.hint
    bug(other, error="newer")
    with pytest.raises(MachineFault):
        other.save(repo.root)
    path.write_bytes(sound)
    assert save(other, repo)[0] == 0
    assert sorted(event_data(event)["error"] for event in stored(repo)) == ["E", "new", "newer"]


def test_a_damaged_file_that_was_removed_is_written_again(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector)
    save(collector, repo)
    (path,) = (repo.root / ".feedback-loop/events").rglob("*.json")
    path.write_bytes(b"")
    other = again(collector)
    with pytest.raises(MachineFault):
        other.save(repo.root)
    path.unlink()
    assert save(other, repo)[0] == 1
    assert occurrences(repo) == 1


def test_a_live_one_goes_around_a_damaged_file(repo: Repo) -> None:
    first, second = MetricsCollector(clock=still), MetricsCollector(clock=still)
    bug(first)
    save(first, repo)
    (path,) = (repo.root / ".feedback-loop/events").rglob("*.json")
    path.write_bytes(b"")
    bug(second)
    assert save(second, repo) == (1, 0, [])
    assert len(read_events(str(repo.root)).events) == 1


def test_live_ones_stay_new_beside_one_of_an_earlier_time(repo: Repo) -> None:
    first = MetricsCollector(clock=Clock())
    bug(first)
    save(first, repo)
    second = MetricsCollector(clock=Clock("2026-03-04T12:02:00Z"))
    bug(second)
    bug(second, timestamp="2026-03-01T10:00:00Z")
    bug(second)
    assert save(second, repo) == (2, 0, [])
    assert occurrences(repo) == 4


def test_a_live_one_added_to_an_import_is_new(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector)
    text = collector.export_json()
    bug(collector)
    save(collector, repo)
    other = MetricsCollector(clock=collector._clock)
    other.load_from_json(text)
    bug(other)
    assert save(other, repo)[0] == 1
    assert occurrences(repo) == 3


def test_an_imported_one_that_is_later_than_all_in_the_store_is_new(
    repo: Repo, collector: MetricsCollector
) -> None:
    """Two files with the same bug: what the one brought in between must not hide the end of the other."""
    for times in (["11:00", "11:30"], ["10:00", "12:00"]):
        source = MetricsCollector()
        for time in times:
            bug(source, timestamp=f"2026-03-04T{time}:00Z")
        for new in (1, 0):
            assert save(again(source), repo)[0] == new
    assert [event.at[11:16] for event in stored(repo)] == ["11:30", "12:00"]


# -- failures by pattern, merged exports -------------------------------------------------------------------


def test_a_pattern_that_is_named_later_counts(repo: Repo, collector: MetricsCollector) -> None:
    collector.log_test_failure("t", "r")
    for pattern in ("bounds_checking", "bounds_checking", "input_validation"):
        collector.log_test_failure("t", "r", pattern_violated=pattern)
    assert save(collector, repo) == (3, 0, [])
    assert save(again(collector), repo)[0] == 0
    for one in (collector, again(collector), MetricsCollector.from_store(repo.root)):
        found = {entry["pattern_violated"]: entry["count"] for entry in one.data["test_failures"]}
        assert found == {None: 1, "bounds_checking": 2, "input_validation": 1}


def test_what_holds_no_name_is_skipped_and_merges_with_nothing(
    repo: Repo, collector: MetricsCollector
) -> None:
    bug(collector, pattern="模式")
    bug(collector, pattern="???")
    collector.log_test_failure("t", "r", "???")
    told = "holds nothing that could be a name"
    assert save(collector, repo) == (
        0,
        0,
        [
            f"bugs[0]: pattern: '\\u6a21\\u5f0f' {told}",
            f"bugs[1]: pattern: '???' {told}",
            f"test_failures[0]: pattern_violated: '???' {told}",
        ],
    )


def test_merging_what_is_saved_already_adds_nothing(repo: Repo, collector: MetricsCollector) -> None:
    log_all(collector)
    bug(collector)
    save(collector, repo)
    before = collector.export_dict()
    collector.load_from_json(collector.export_json(), merge=True)
    assert collector.data == before
    other = MetricsCollector.from_store(repo.root)
    for one in (collector, other):
        one.load_from_json(again(collector).export_json(), merge=True)
        assert save(one, repo)[0] == 0
    assert other.get_summary() == collector.get_summary()
    bug(collector)
    collector.load_from_json(json.dumps(before), merge=True)
    assert save(collector, repo)[0] == 1
    assert occurrences(repo) == 9


def test_merging_a_file_that_has_grown_adds_what_is_new(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector, timestamp="2026-03-01T10:00:00Z")
    save(collector, repo)
    grown = again(collector)
    bug(grown, timestamp="2026-03-01T11:00:00Z")
    bug(grown, timestamp="2026-03-02T11:00:00Z")
    for new in (2, 0):
        collector.load_from_json(grown.export_json(), merge=True)
        assert collector.data["bugs"] == grown.data["bugs"]
        assert save(collector, repo)[0] == new
    assert occurrences(repo) == 3


def test_a_live_one_is_no_part_of_a_merged_file_from_before(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector, timestamp="2026-03-04T10:00:00Z")
    save(collector, repo)
    other = MetricsCollector(clock=Clock())
    bug(other)
    other.load_from_json(collector.export_json(), merge=True)
    assert save(other, repo)[0] == 1
    assert occurrences(repo) == 2


# -- what has no time, and what cannot be written -------------------------------------------------------


def test_an_undated_entry_is_skipped_and_named(repo: Repo, collector: MetricsCollector) -> None:
    collector.log_performance_metric("m", {}, timestamp="")
    bug(collector, timestamp="last week")
    bug(collector)
    told = "undated, and no time was given for it"
    assert save(collector, repo) == (1, 0, [f"bugs[0]: {told}", f"performance_metrics[0]: {told}"])


def test_an_undated_entry_takes_the_time_that_is_given_and_stays_undated(
    repo: Repo, collector: MetricsCollector
) -> None:
    collector.log_performance_metric("m", {}, timestamp="")
    bug(collector, timestamp="")
    bug(collector, timestamp="")
    assert save(collector, repo, NOON) == (2, 0, [])
    found = {event.kind: event for event in stored(repo)}
    assert {event.at for event in found.values()} == {NOON}
    assert event_data(found["bug"])["count"] == 2
    assert all(event_data(event)["undated"] is True for event in found.values())
    assert save(collector, repo, "2026-05-01") == (0, 2, [])
    assert save(again(collector), repo, "2026-05-01") == (0, 2, [])
    loaded = MetricsCollector.from_store(repo.root)
    assert loaded.data["bugs"][0] == collector.data["bugs"][0]
    assert loaded.data["performance_metrics"] == collector.data["performance_metrics"]


@pytest.mark.parametrize("at", ["soon", "", 3])
def test_a_time_to_take_that_is_none(repo: Repo, collector: MetricsCollector, at: Any) -> None:
    with pytest.raises(ValueError, match="at is not a time: "):
        collector.save(repo.root, at)


@pytest.mark.parametrize("at", [datetime(2026, 3, 4, 12), datetime(2026, 3, 4, 12, tzinfo=UTC)])
def test_a_time_to_take_may_be_a_datetime(repo: Repo, collector: MetricsCollector, at: Any) -> None:
    bug(collector, timestamp="")
    collector.save(repo.root, at)
    assert stored(repo)[0].at == NOON


def test_entries_that_lack_keys_are_skipped_and_named(repo: Repo, collector: MetricsCollector) -> None:
    collector.data["bugs"] += [{"pattern": "p_q", "timestamp": NOON}, 3]  # type: ignore[list-item]
    collector.data["code_generation"].append({"metadata": {"source": "plan_file"}, "timestamp": NOON})
    collector.data["test_failures"] = "x"  # type: ignore[assignment]
    collector.log_deployment_issue("t", "p_q", "prod")
    written, present, skipped = save(collector, repo)
    assert (written, present) == (1, 0)
    assert skipped == [
        "bugs[1]: must be an object, not int",
        "test_failures: must be a list, not str",
        "bugs[0]: file_path is missing: a bug event needs it",
        "code_generation[0]: path is missing: a plan event needs it",
    ]


def test_what_an_old_bug_lacks_is_empty(repo: Repo, collector: MetricsCollector) -> None:
    collector.data["bugs"].append({"pattern": "p_q", "file_path": "a.py", "timestamp": NOON})
    assert save(collector, repo) == (1, 0, [])
    assert event_data(stored(repo)[0]) == {"error": "", "code": "", "file_path": "a.py", "line": 0}


# -- plans ---------------------------------------------------------------------------------------------


def plan(repo: Repo, collector: MetricsCollector, text: str) -> None:
    repo.write("plans/task.md", text)
    collector.log_from_plan_file(repo.root / "plans/task.md", allowed_roots=[repo.root])


PLAN = "## Patterns to Apply\n- [x] bounds_checking\n- [ ] Bounds-Checking: again\n- [ ] logger_debug\n- [ ] of_ours\n"


def test_a_plan_is_a_plan_event(repo: Repo, collector: MetricsCollector) -> None:
    plan(repo, collector, PLAN)
    assert save(collector, repo) == (1, 0, [])
    (event,) = stored(repo)
    assert (event.kind, event.patterns) == ("plan", ("bounds_checking", "structured_logging"))
    assert event_data(event) == {
        "path": "plans/task.md",
        "declared": [
            {"name": "bounds_checking", "line": 2, "checked": True},
            {"name": "Bounds-Checking: again", "line": 3, "checked": False},
            {"name": "logger_debug", "line": 4, "checked": False},
            {"name": "of_ours", "line": 5, "checked": False},
        ],
        "verdicts": {},
    }
    assert save(collector, repo) == (0, 1, [])


def test_a_plan_from_json_has_no_lines_and_is_no_other(repo: Repo, collector: MetricsCollector) -> None:
    plan(repo, collector, "## Patterns to Apply\n- [ ] a_b\n- [x] c_d\n- [x] a_b\n")
    other = again(collector)
    save(collector, repo)
    assert save(other, repo) == (0, 1, [])
    collector.clear()
    plan(repo, collector, "## Patterns to Apply\n- [x] a_b\n- [x] c_d\n")
    save(again(collector), repo)
    assert event_data(stored(repo)[-1])["declared"] == [
        {"name": "a_b", "checked": True},
        {"name": "c_d", "checked": True},
    ]


def test_a_plan_outside_is_known_by_its_name_alone(
    repo: Repo, collector: MetricsCollector, tmp_path: Path
) -> None:
    (tmp_path / "mine.md").write_text(PLAN)
    collector.log_from_plan_file(tmp_path / "mine.md", allowed_roots=[tmp_path])
    collector.save(repo.root)
    assert event_data(stored(repo)[0])["path"] == "mine.md"


def test_a_plan_comes_back_as_what_it_declares(repo: Repo, collector: MetricsCollector) -> None:
    plan(repo, collector, PLAN)
    save(collector, repo)
    loaded = MetricsCollector.from_store(repo.root)
    (entry,) = loaded.data["code_generation"]
    logged = collector.data["code_generation"][0]
    unknown = {"section_heading": None, "section_found": None, "plan_path": "plans/task.md"}
    assert entry == logged | {"metadata": logged["metadata"] | unknown}
    assert save(loaded, repo) == (0, 1, [])


# -- from the store ------------------------------------------------------------------------------------


def test_what_was_saved_comes_back(repo: Repo, collector: MetricsCollector) -> None:
    log_all(collector)
    bug(collector, timestamp="2026-03-01T10:00:00Z")
    bug(collector)
    bug(collector)
    save(collector, repo)
    loaded = MetricsCollector.from_store(repo.root)
    assert loaded.problems == []

    def sorted_entries(data: dict[str, list[Any]]) -> dict[str, list[str]]:
        return {name: sorted(json.dumps(entry, sort_keys=True) for entry in data[name]) for name in data}

    assert sorted_entries(loaded.data) == sorted_entries(collector.data)


def test_it_goes_on_where_the_store_ends(repo: Repo, collector: MetricsCollector) -> None:
    log_all(collector)
    bug(collector)
    save(collector, repo)
    loaded = MetricsCollector.from_store(repo.root)
    assert save(loaded, repo)[0] == 0
    bug(loaded, timestamp="2026-03-04T18:00:00Z")
    assert save(loaded, repo)[0] == 1
    assert sum(entry["count"] for entry in MetricsCollector.from_store(repo.root).data["bugs"]) == 3


def test_the_export_of_a_store_is_not_new_to_it(repo: Repo) -> None:
    """Whoever wrote its events: an entry holds less than an event, and is none the less the same fact."""
    common = {"by": "somebody", "commit": "0" * 40, "source": {"kind": "github"}}
    data = {"issue_type": "t", "severity": "low", "file_path": "a.py", "url": "https://example.org/1"}
    failure = {
        "test_name": "test_x",
        "failure_reason": "E",
        "run": "7",
        "occurrence": {"run": "7", "index": 2},
    }
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("review", data),
        ("test_failure", failure),
        ("bug", dict(OLD)),
    ]
    del wanted[2][1]["pattern"]
    events = [make_event(kind, NOON, one, patterns=["p_q"], **common) for kind, one in wanted]
    append_events(str(repo.root), events)
    loaded = MetricsCollector.from_store(repo.root)
    assert loaded.get_summary()["total"] == 3
    assert save(again(loaded), repo) == (0, 3, [])


def test_bounds_and_other_kinds(repo: Repo, collector: MetricsCollector) -> None:
    for day in (1, 2, 3):
        bug(collector, timestamp=f"2026-03-0{day}T00:00:00Z")
    save(collector, repo)
    decision = {"action": "accept", "pattern": "p_q", "reason": "r"}
    append_events(str(repo.root), [make_event("decision", NOON, decision)])
    for since, until, days in (
        ("2026-03-02", None, [2, 3]),
        (None, date(2026, 3, 3), [1, 2]),
        (datetime(2026, 3, 2, tzinfo=UTC), "2026-03-03T00:00:00Z", [2]),
    ):
        loaded = MetricsCollector.from_store(repo.root, since, until)
        assert loaded.get_summary()["total"] == 1
        assert list(loaded.data["bugs"][0]["daily"]) == [f"2026-03-0{day}" for day in days]
        assert save(loaded, repo)[0] == 0
    with pytest.raises(ValueError, match="since is not a time: 'yesterday'"):
        MetricsCollector.from_store(repo.root, "yesterday")


def test_an_empty_store(repo: Repo) -> None:
    assert MetricsCollector.from_store(repo.root).get_summary()["total"] == 0


def test_records_that_cannot_be_read_are_named(repo: Repo, collector: MetricsCollector) -> None:
    bug(collector)
    bug(collector, error="other")
    save(collector, repo)
    broken = sorted((repo.root / ".feedback-loop/events").rglob("*.json"))[0]
    broken.write_text("{")
    loaded = MetricsCollector.from_store(repo.root)
    assert len(loaded.data["bugs"]) == 1
    assert len(loaded.problems) == 1
    assert broken.name in loaded.problems[0]
    assert broken.read_text() == "{"


# -- whatever happens ----------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["log", "log", "old", "save", "import", "merge", "reopen", "clear", "fail"]),
        st.sampled_from("AB"),
        st.integers(0, 2),
    ),
    max_size=14,
)


@given(STEPS)
@settings(max_examples=50, deadline=None)  # each is a repository
def test_every_occurrence_is_in_the_store_once(
    tmp_path_factory: pytest.TempPathFactory, home_of_all: Path, steps: list[tuple[str, str, int]]
) -> None:
    """One collector at a time, whatever way its entries go: saved, failed, exported, imported, read back."""
    repo = Repo(tmp_path_factory.mktemp("steps"), home_of_all)
    clock = Clock()
    collector, logged, old = MetricsCollector(clock=clock), 0, datetime(2025, 1, 1, tzinfo=UTC)
    cleared = False
    for what, error, days in steps:
        if what == "log":
            clock.now += timedelta(days=days)
            bug(collector, error=error)
            logged += 1
        elif what == "old":
            old += timedelta(minutes=1)
            bug(collector, error=error, timestamp=old + timedelta(days=days))
            logged += 1
        elif what == "save":
            collector.save(repo.root)
        elif what in ("import", "merge") and cleared:
            continue  # JSON cannot say that it begins where another has ended: its own times are taken for it
        elif what == "import":
            text = collector.export_json()
            collector = MetricsCollector(clock=clock)
            collector.load_from_json(text)
        elif what == "merge":
            text, before = collector.export_json(), collector.export_dict()
            if days:
                collector = MetricsCollector(clock=clock)
                if days > 1:
                    collector = MetricsCollector.from_store(repo.root)
                    collector._clock = clock
            collector.load_from_json(text, merge=True)
            if not days:
                assert collector.data == before
        elif what == "clear":
            collector.save(repo.root)
            collector.clear()
            cleared = True
            old += timedelta(days=9)
        elif what == "reopen":
            collector.save(repo.root)
            collector, cleared = MetricsCollector.from_store(repo.root), False
            collector._clock = clock
        else:
            failing_save(collector, repo)
    collector.save(repo.root)
    assert occurrences(repo) == logged
    assert save(collector, repo)[0] == 0
    assert save(again(collector), repo)[0] == 0


def failing_save(collector: MetricsCollector, repo: Repo) -> None:
    def refuse(root: str, events: list[Event]) -> object:
        raise MachineFault("disk full")

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(metric_writes, "append_events", refuse)
        try:
            collector.save(repo.root)
        except MachineFault:
            return


@pytest.fixture(scope="module")
def home_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_the_alias_is_the_same_method() -> None:
    flush: Callable[..., Any] = MetricsCollector.flush
    assert flush is MetricsCollector.save
