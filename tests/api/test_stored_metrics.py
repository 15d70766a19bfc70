"""Figures from the columns of a store are those of its entries, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop import MetricsAnalyzer, MetricsCollector
from feedback_loop.api.metrics import stored as stored_metrics
from feedback_loop.api.metrics.stored import StoredMetrics
from feedback_loop.domain.event import Event
from feedback_loop.formats.metrics_data import MOST
from feedback_loop.formats.records import make_event
from feedback_loop.stores import event_index
from feedback_loop.stores.compaction import compact_events
from feedback_loop.stores.event_files import FOLDER
from feedback_loop.stores.events import append_events, read_events, write_segments
from tests.repo import Repo

AS_OF = "2026-11-20T12:00:00Z"
NAMES = ("bounds_checking", "old_name", "large_files")
# On both sides of the borders of week, month and their halves, of days, and of the as-of moment.
MOMENTS = (
    "2024-02-29T23:59:59Z",
    "2026-10-21T12:00:00Z",
    "2026-10-21T12:00:01Z",
    "2026-11-05T11:59:59Z",
    "2026-11-05T12:00:00Z",
    "2026-11-13T12:00:00Z",
    "2026-11-13T12:00:01Z",
    "2026-11-13T23:00:00Z",
    "2026-11-20T12:00:00Z",
    "2026-11-20T12:00:01Z",
    "2026-11-20T23:59:59Z",
    "2026-11-25T00:00:00Z",
)
LIBRARY = [{"name": "bounds_checking", "severity": "high", "supersedes": ["old_name"]}]


def bug(number: int, at: str, name: str | None = NAMES[0], **changes: Any) -> Event:
    data = {"error": f"E{number}", "code": "", "file_path": "a.py", "line": 1} | changes
    return make_event("bug", at, data, patterns=[name] if name else [])


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Few keys, so that many events are one entry."""
    number = draw(st.integers(0, 2))
    kind = draw(
        st.sampled_from(["bug", "bug", "test_failure", "review", "deployment", "performance", "plan"])
    )
    data: dict[str, Any] = {
        "bug": {"error": f"E{number}", "code": "", "file_path": "a.py", "line": draw(st.integers(0, 1))},
        "test_failure": {"test_name": f"t{number}", "failure_reason": "r"},
        "review": {"issue_type": "i", "severity": ("low", "medium", "critical")[number], "file_path": "a.py"},
        "deployment": {"issue_type": "oom", "environment": f"e{number}"},
        "performance": {"metric_type": "latency", "details": {"n": number}},
        "plan": {"path": f"p{number}.md", "declared": [], "verdicts": {}},
    }[kind]
    if draw(st.booleans()):
        data["count"] = draw(st.integers(1, 3))
    if draw(st.integers(0, 3)) == 0:
        data["undated"] = True
    if draw(st.integers(0, 2)) == 0:
        data["occurrence"] = {"run": f"r{draw(st.integers(0, 1))}", "test": "t", "index": 0}
    patterns = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    return make_event(kind, draw(st.sampled_from(MOMENTS)), data, patterns=patterns)


@st.composite
def stores(draw: st.DrawFn) -> list[tuple[str, list[Event]]]:
    """What is written how; later parts repeat events of earlier ones, or bury them."""
    pool = draw(st.lists(events(), min_size=1, max_size=14))
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=8))
        buried = draw(st.lists(st.sampled_from(pool), max_size=1))
        graves = [make_event("tombstone", MOMENTS[0], {"event": one.id, "reason": "wrong"}) for one in buried]
        parts.append((draw(st.sampled_from(["loose", "segment"])), [*chosen, *graves]))
    return parts


def write(root: str, parts: Sequence[tuple[str, list[Event]]]) -> None:
    for how, chosen in parts:
        if how == "loose":
            append_events(root, chosen)
        else:
            write_segments(root, sorted(chosen))


def told(data: Any, **arguments: Any) -> str:
    """Every answer of the analyzer, as bytes would show it."""
    analyzer = MetricsAnalyzer(data, **{"as_of": AS_OF, "library": LIBRARY} | arguments)
    answers = [
        *(analyzer.generate_report(period) for period in ("all", "month", "week")),
        *(
            analyzer.detect_new_patterns(known, period=period)
            for known in ([], NAMES)
            for period in ("all", "week")
        ),
        *(analyzer.calculate_effectiveness(days) for days in (30, 2, 800)),
        analyzer.get_context(),
        analyzer.get_high_frequency_patterns(1, period="month"),
        [str(problem) for problem in analyzer.problems],
    ]
    return json.dumps(answers, sort_keys=True, indent=1)


def from_store(root: str) -> dict[str, Any]:
    return MetricsCollector.from_store(root).data


def assert_same(root: str, **arguments: Any) -> None:
    expected = told(read_entries(root), **arguments)
    for _ in ("cold", "warm"):
        found = StoredMetrics(root, f"{root}/state")
        assert told(found, **arguments) == expected
        assert found.problems == read_events(root).problems
        assert found.notes == ()


def read_entries(root: str) -> dict[str, Any]:
    return dict(StoredMetrics(root, f"{root}/state"))


@pytest.fixture(autouse=True, scope="module")
def always_cached() -> Iterator[None]:
    """However small a store is."""
    with patch.object(event_index, "WORTH", 0):
        yield


@settings(max_examples=50, deadline=None)
@given(stores(), st.sampled_from(MOMENTS[1:]), st.none() | st.sampled_from(MOMENTS))
def test_whatever_a_store_holds_its_columns_say_what_its_entries_say(
    parts: list[tuple[str, list[Event]]], as_of: str, adopted: str | None
) -> None:
    adoption = {} if adopted is None else {"bounds_checking": adopted}
    with TemporaryDirectory() as root:
        write(root, parts[:-1])
        assert_same(root, as_of=as_of, adoption=adoption)
        write(root, parts[-1:])
        assert_same(root, as_of=as_of, adoption=adoption, exposure={"2026-11-10": 5.0, "2026-10-30": 2.0})


@settings(max_examples=30, deadline=None)
@given(stores(), st.randoms(use_true_random=False))
def test_damaged_files_cost_the_same_events(parts: list[tuple[str, list[Event]]], luck: Any) -> None:
    with TemporaryDirectory() as root:
        write(root, parts)
        files = sorted(path for path in Path(root, FOLDER).rglob("*") if path.is_file())
        assert_same(root)
        victim = luck.choice(files)
        data = bytearray(victim.read_bytes())
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
        victim.write_bytes(data[: luck.choice([len(data), len(data) // 2])])
        victim.with_name("notes.txt").write_text("")
        assert_same(root)


def test_the_columns_are_what_the_collector_reads(repo: Repo) -> None:
    append_events(str(repo.root), [bug(number % 3, at) for number, at in enumerate(MOMENTS)])
    assert dict(StoredMetrics(str(repo.root), f"{repo.root}/.git/state")) == from_store(str(repo.root))


def test_no_entry_is_made_for_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_events(str(tmp_path), [bug(1, MOMENTS[3]), bug(1, MOMENTS[4])])
    expected = told(read_entries(str(tmp_path)))
    found = StoredMetrics(str(tmp_path), str(tmp_path / "state"))
    monkeypatch.setattr(stored_metrics, "read_events", None)
    assert told(found) == expected


def test_an_entry_that_counts_too_much_is_told_as_its_entries_tell(tmp_path: Path) -> None:
    append_events(str(tmp_path), [bug(1, MOMENTS[3], count=MOST), bug(1, MOMENTS[4]), bug(2, MOMENTS[4])])
    assert_same(str(tmp_path))
    assert "counted as 1000000" in told(StoredMetrics(str(tmp_path), str(tmp_path / "state")))


def test_a_compaction_changes_no_figure(tmp_path: Path) -> None:
    append_events(str(tmp_path), [bug(number % 5, at) for number, at in enumerate(MOMENTS)])
    before = told(StoredMetrics(str(tmp_path), str(tmp_path / "state")))
    compact_events(str(tmp_path), str(tmp_path / "state"), "2027-01-01T00:00:00Z")
    assert told(StoredMetrics(str(tmp_path), str(tmp_path / "state"))) == before


def test_details_of_a_store_that_changes_meanwhile_come_from_what_is_there_now(tmp_path: Path) -> None:
    append_events(str(tmp_path), [bug(1, MOMENTS[3], NAMES[2]), bug(2, MOMENTS[3], NAMES[2])])
    analyzer = MetricsAnalyzer(StoredMetrics(str(tmp_path), str(tmp_path / "state")), as_of=AS_OF)
    next(tmp_path.rglob("*-bug-*.json")).unlink()
    (new,) = analyzer.detect_new_patterns([])
    assert len(new["details"]) == 1


def test_details_are_the_first_fifty_of_all_files(tmp_path: Path) -> None:
    """Bugs before failures, by time, whichever file they stand in."""
    made = [bug(number, f"2026-11-01T00:{number % 60:02}:00Z", "new_one") for number in range(45)]
    failures = [
        make_event(
            "test_failure",
            f"2026-10-01T00:{number:02}:00Z",
            {"test_name": f"t{number}", "failure_reason": "r"},
            patterns=["new_one"],
        )
        for number in range(20)
    ]
    write_segments(str(tmp_path), sorted(made[::2]))
    write_segments(str(tmp_path), sorted([*made[1::2], *failures[1::2]]))
    append_events(str(tmp_path), failures[::2])
    assert_same(str(tmp_path))
