"""Reports of other tools become events of the repository: once each, under the pattern they show."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api import report_files
from feedback_loop.api.collect.recorded_run import FailedTest, RunRequest, record_test_run
from feedback_loop.api.collect.report_events import EventMaker
from feedback_loop.api.collect.reports import (
    KINDS,
    CollectOptions,
    collect_reports,
    collect_spool,
)
from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.domain.collected import Collected, FileCollected
from feedback_loop.domain.event import Event
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.formats.failed_test import failed_test
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.stores.event_files import FOLDER, event_path
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.stores.spool import append_spool
from feedback_loop.workspace import Workspace
from tests.api.small_library import write_pattern
from tests.repo import Repo

AT = "2026-11-20T09:30:00Z"
HEAD_AT = "2026-11-01T08:00:00Z"
TRACE = """def test_first():
>       first([])

tests/test_a.py:{line}:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

items = []

    def first(items):
>       return items[0]
E       IndexError: list index out of range

app/views.py:7: IndexError"""


def case(name: str, message: str = "IndexError: list index out of range", text: str | None = None) -> str:
    told = TRACE.format(line=3) if text is None else text
    return (
        f'<testcase classname="tests.test_a" name="{name}" time="0.1">'
        f'<failure message="{message}">{told.replace("<", "&lt;").replace(">", "&gt;")}</failure></testcase>'
    )


def junit(*cases: str, timestamp: str = AT, name: str = "pytest") -> bytes:
    """A JUnit report with these cases and one test that passed."""
    stamp = f' timestamp="{timestamp}"' if timestamp else ""
    passed = '<testcase classname="tests.test_a" name="test_fine" time="0.1"/>'
    suite = f'<testsuite name="{name}"{stamp}>{"".join(cases)}{passed}</testsuite>'
    return f'<?xml version="1.0" encoding="utf-8"?><testsuites>{suite}</testsuites>'.encode()


def sarif(*results: dict[str, Any], tool: str = "ruff") -> bytes:
    run = {"tool": {"driver": {"name": tool}}, "results": list(results)}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def result(rule: str, uri: str = "app/views.py", line: int = 4) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": "wrong"},
        "locations": [{"physicalLocation": place}],
    }


def reported(*named: str, text: str = "", rule: str | None = None, place: str = "t") -> Reported:
    fields = (("test_name", place), ("failure_reason", "no"))
    return Reported("test_failure", fields, place, AT, named, rule, text, 1)


def one(repo: Repo, *entries: Reported, kind: str = "junit", run: str = "r") -> list[Event]:
    made = EventMaker(workspace(repo)).make(ReportRead(entries, len(entries)), kind=kind, run=run)
    return list(made.events)


def workspace(repo: Repo) -> Workspace:
    return Workspace.open(str(repo.root))


def collect(repo: Repo, *files: bytes | UserError, **options: Any) -> Collected:
    """The files named `0`, `1` and so on."""
    named = [(str(number), data) for number, data in enumerate(files)]
    return collect_reports(workspace(repo), named, CollectOptions(**options), clock)


def clock() -> datetime:
    return datetime(2026, 12, 24, 12, tzinfo=UTC)


def sums(found: Collected) -> tuple[int, int | None, int | None, int, int]:
    total = found.total
    skipped = sum(number for _, number in total.skipped)
    return total.read, total.new, total.duplicate, skipped, len(total.rejected)


def stored(repo: Repo) -> tuple[Event, ...]:
    found = read_events(str(repo.root))
    assert found.problems == ()
    return found.events


def commit(repo: Repo, at: str = HEAD_AT) -> None:
    repo.environment |= {"GIT_COMMITTER_DATE": at}
    repo.commit("x", "--allow-empty")


# -- once ------------------------------------------------------------------------------------------


def test_a_failing_test_is_an_event_under_its_pattern(repo: Repo) -> None:
    found = collect(repo, junit(case("test_one")))
    assert sums(found) == (2, 1, 0, 1, 0)
    (answer,) = found.files
    assert (answer.kind, answer.sniffed, answer.patterns) == ("junit", True, (("bounds_checking", 1),))
    (event,) = stored(repo)
    data = event_data(event)
    assert (event.kind, event.at, event.patterns) == ("test_failure", AT, ("bounds_checking",))
    assert (event.by, event.commit, event.source) == (None, None, '{"kind":"junit"}')
    assert data["failure_reason"] == "IndexError: list index out of range"
    assert "return items[0]" in data["code_snippet"]
    assert data["run"] == answer.run
    assert data["occurrence"] == {"index": 0, "run": answer.run, "test": data["test_name"]}
    assert data["signature"] == {
        "error_type": "key",
        "exception": "IndexError",
        "message": "list index out of range",
        "constraint": "index_out_of_range",
        "entity": "*",
        "endpoint": "*",
        "field": "*",
        "function": "views.first",
    }
    assert found.paths == (event_path(event),)


def test_the_same_file_again_adds_nothing(repo: Repo) -> None:
    report = junit(case("test_one"), case("test_two"))
    collect(repo, report)
    assert sums(collect(repo, report, report)) == (6, 0, 4, 2, 0)
    assert len(stored(repo)) == 2


def test_nor_when_its_time_was_that_of_a_commit_and_there_is_another_since(repo: Repo) -> None:
    commit(repo)
    report = junit(case("test_one"), timestamp="")
    collect(repo, report)
    commit(repo, "2026-11-05T00:00:00Z")
    assert sums(collect(repo, report)) == (2, 0, 1, 1, 0)
    assert [event.at for event in stored(repo)] == [HEAD_AT]


def test_a_file_named_twice_counts_once(repo: Repo) -> None:
    report = junit(case("test_one"))
    found = collect(repo, report, report)
    assert [(one.new, one.duplicate) for one in found.files] == [(1, 0), (0, 1)]
    assert len(stored(repo)) == 1


def test_an_overlapping_file_of_the_same_run_adds_what_it_has_besides(repo: Repo) -> None:
    collect(repo, junit(case("test_one"), case("test_two")), run="build-7")
    more = collect(repo, junit(case("test_two"), case("test_three"), timestamp=""), run="build-7")
    assert (more.total.new, more.total.duplicate) == (1, 1)
    assert len(stored(repo)) == 3


def test_another_run_is_another_occurrence(repo: Repo) -> None:
    collect(repo, junit(case("test_one")), run="build-7")
    assert collect(repo, junit(case("test_one")), run="build-8").total.new == 1
    assert len(stored(repo)) == 2


def test_without_a_run_of_its_own_a_file_is_its_bytes(repo: Repo) -> None:
    first, second = sarif(result("E722")), sarif(result("E722"), result("T201"))
    runs = [one.run for one in collect(repo, first, second, gzip.compress(first)).files]
    assert runs[0] == runs[2] != runs[1]
    assert all(run and len(run) == 16 for run in runs)


def test_the_same_failure_from_the_plugin_and_from_junit_is_one_event(repo: Repo) -> None:
    report = collect(repo, junit(case("test_one")), run="build-7")
    junit_event = stored(repo)[0]
    name = event_data(junit_event)["test_name"]
    failure = failed_test(name, "IndexError: list index out of range", TRACE.format(line=3), at=AT)
    (event,) = one(repo, failure, kind="pytest", run="build-7")
    assert event_data(event) == event_data(junit_event)
    assert (event.patterns, event.at) == (junit_event.patterns, junit_event.at)
    append_events(str(repo.root), [event])
    assert stored(repo)[0].id in (junit_event.id, event.id)
    assert len(stored(repo)) == 1
    assert report.total.new == 1


def test_equal_failures_of_one_report_are_told_apart(repo: Repo) -> None:
    report = sarif(result("E722"), result("E722"), result("E722", line=9))
    assert collect(repo, report).total.new == 3
    assert collect(repo, report).total.new == 0
    assert len(stored(repo)) == 3


def test_places_that_only_differ_after_two_thousand_characters_or_in_a_secret_are_two(repo: Repo) -> None:
    places = ["x" * 3000 + "a", "x" * 3000 + "b", "t[password=hunter2]", "t[password=swordfish]"]
    append_events(str(repo.root), one(repo, *(reported(place=place) for place in places)))
    assert len(stored(repo)) == 4


def test_what_was_deleted_does_not_come_back(repo: Repo) -> None:
    collect(repo, junit(case("test_one")), run="build-7")
    (event,) = stored(repo)
    append_events(str(repo.root), [make_event("tombstone", AT, {"event": event.id, "reason": "flaky"})])
    again = collect(repo, junit(case("test_one"), timestamp="2026-11-21T00:00:00Z"), run="build-7")
    assert (again.total.new, again.total.duplicate) == (0, 1)


def test_more_than_a_hundred_are_one_segment(repo: Repo) -> None:
    found = collect(repo, *(junit(*(case(f"t{part}_{n}") for n in range(60)), name=part) for part in "ab"))
    assert found.total.new == 120
    assert [path.rpartition("/")[2][:8] for path in found.paths] == ["segment-"]


def test_a_dry_run_says_the_same_and_writes_nothing(repo: Repo) -> None:
    report = junit(case("test_one"))
    tried = collect(repo, report, dry_run=True)
    assert not (repo.root / FOLDER).exists()
    assert tried.paths == ()
    assert collect(repo, report).files == tried.files


def test_damage_in_the_store_is_a_note(repo: Repo) -> None:
    repo.write(f"{FOLDER}/2026-11/20261120t093000z-bug-000000000000.json", "{")
    found = collect(repo, junit(case("test_one")))
    assert found.total.new == 1
    assert any("1 record" in note for note in found.notes)


# -- when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "report", "expected"),
    [
        (AT, "2026-11-19T00:00:00Z", AT),
        (None, "2026-11-19T00:00:00Z", "2026-11-19T00:00:00Z"),
        (None, None, "2026-10-01T00:00:00Z"),
    ],
)
def test_the_entry_goes_before_the_report_and_that_before_the_option(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, own: str | None, report: str | None, expected: str
) -> None:
    options = {"at": "2026-10-01T02:00+02:00"}
    entry = Reported("test_failure", reported().fields, "t", own)
    read = ReportRead((entry,), 1, at=report)
    monkeypatch.setattr("feedback_loop.formats.report_kinds.read_report", lambda kind, data: read)
    collect(repo, b"x", kind="junit", **options)
    assert [event.at for event in stored(repo)] == [expected]


def test_without_any_time_it_was_when_head_was_committed(repo: Repo) -> None:
    commit(repo)
    collect(repo, junit(case("test_one"), timestamp=""))
    assert [event.at for event in stored(repo)] == [HEAD_AT]


def test_or_now_where_nothing_is_committed_yet(repo: Repo) -> None:
    collect(repo, junit(case("test_one"), timestamp=""))
    assert [event.at for event in stored(repo)] == ["2026-12-24T12:00:00Z"]


# -- which pattern ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("bounds_checking",), ("bounds_checking",)),
        (("print_statement",), ("structured_logging",)),
        (
            ("Bounds-Checking", "bounds_checking", "temp_file_handling"),
            ("bounds_checking", "temp_file_handling"),
        ),
        (("nobody_knows_this",), ()),
        ((), ()),
    ],
)
def test_names_of_the_report_count_if_the_library_knows_them(
    repo: Repo, named: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    (event,) = one(repo, reported(*named))
    assert event.patterns == expected


def test_a_name_goes_before_the_trace(repo: Repo) -> None:
    (event,) = one(repo, reported("temp_file_handling", text=TRACE.format(line=3)))
    assert event.patterns == ("temp_file_handling",)


def in_folder(repo: Repo, folder: str, name: str, **signature: str) -> None:
    """A pattern with this signature in another part of the library."""
    write_pattern(repo, name, "zzz")
    path = repo.root / "patterns" / f"{name}.json"
    document = json.loads(path.read_text()) | {"signatures": [signature]}
    path.write_text(json.dumps(document))
    for ending in ("md", "json"):
        target = repo.root / "patterns" / folder / f"{name}.{ending}"
        target.parent.mkdir(exist_ok=True)
        path.with_suffix(f".{ending}").rename(target)


@pytest.mark.parametrize("folder", ["proposed", "archive"])
def test_proposed_and_archived_patterns_are_recognised_too(repo: Repo, folder: str) -> None:
    in_folder(repo, folder, "no_empty_lists", exception="IndexError", message="list index out of range")
    for entry in (reported(text=TRACE.format(line=3)), reported("no_empty_lists")):
        assert one(repo, entry)[0].patterns == ("no_empty_lists",)


def test_an_archived_pattern_never_stands_against_one_in_force(repo: Repo) -> None:
    for folder, name in (("archive", "former_rule"), ("", "rule_in_force")):
        in_folder(repo, folder, name, exception="IndexError", message="list index out of range")
    assert one(repo, reported(text=TRACE.format(line=3)))[0].patterns == ("rule_in_force",)


def test_rules_by_setting_then_as_shipped_then_by_their_slug(repo: Repo) -> None:
    repo.write("feedback-loop.toml", '[collect.rules]\n"Ruff:T201" = "metadata_based_logic"\n')
    found = collect(repo, sarif(result("E722"), result("T201"), result("B-006")))
    assert dict(found.total.patterns) == {
        "specific_exceptions": 1,
        "metadata_based_logic": 1,
        "ruff_b_006": 1,
    }
    assert found.notes == ()


def test_a_rule_that_leads_to_no_pattern_is_a_note_and_counts_for_nothing(repo: Repo) -> None:
    repo.write("feedback-loop.toml", '[collect.rules]\n"ruff:E722" = "nobody_knows_this"\n')
    found = collect(repo, sarif(result("E722")))
    assert dict(found.total.patterns) == {"specific_exceptions": 1}
    assert found.notes == (
        "feedback-loop.toml: collect.rules: 'ruff:E722' leads to no pattern: 'nobody_knows_this'",
    )


def test_only_sarif_takes_the_slug_of_a_rule(repo: Repo) -> None:
    assert one(repo, reported(rule="ruff:X999"), kind="reviews")[0].patterns == ()


def test_words_are_never_enough(repo: Repo) -> None:
    text = (
        "E       AssertionError: out of memory, list index out of range\n\ntests/test_a.py:3: AssertionError"
    )
    found = collect(repo, junit(case("test_memory", "AssertionError: out of memory", text)))
    assert found.total.patterns == (("", 1),)
    assert stored(repo)[0].patterns == ()


def test_a_text_with_traces_of_two_patterns_says_neither(repo: Repo) -> None:
    head = "Traceback (most recent call last):\n"
    first = f'{head}  File "a.py", line 1, in f\n    x[0]\nIndexError: list index out of range\n'
    second = f'{head}  File "a.py", line 1, in f\n    x()\nMemoryError\n'
    assert one(repo, reported(text=first))[0].patterns == ("bounds_checking",)
    assert one(repo, reported(text=first + "\nlater\n" + second))[0].patterns == ()


# -- where -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("app/views.py", "app/views.py"),
        ("./app/../app/views.py", "app/views.py"),
        ("{root}/app/views.py", "app/views.py"),
        ("file://{root}/app/views.py", "app/views.py"),
        ("/home/Bob/project/app/views.py", "views.py"),
        ("../other/views.py", "views.py"),
        ("file:///C:/other/views.py", "views.py"),
    ],
)
def test_sarif_names_files_from_the_root_and_others_by_their_last_part(
    repo: Repo, uri: str, expected: str
) -> None:
    collect(repo, sarif(result("E722", uri.format(root=repo.root))))
    assert event_data(stored(repo)[0])["file_path"] == expected


def test_a_bug_outside_of_the_repository_keeps_its_path(repo: Repo) -> None:
    for path, expected in ((f"{repo.root}/a.py", "a.py"), ("/opt/x/a.py", "/opt/x/a.py")):
        fields = (("error", "E"), ("code", ""), ("file_path", path), ("line", 1))
        (event,) = one(repo, Reported("bug", fields, "b"), kind="traceback")
        assert event_data(event)["file_path"] == expected


# -- what cannot be used ---------------------------------------------------------------------------


def test_of_several_files_the_good_ones_are_collected(repo: Repo) -> None:
    missing = MissingFileError("no such file: x")
    found = collect(repo, b"<testsuite", missing, b"\0\1\2", junit(case("test_one")))
    assert [bool(one.fault) for one in found.files] == [True, True, True, False]
    assert found.files[1].fault == "no such file: x"
    assert "--input" in found.files[2].hint
    assert found.exit_code(strict=False) == 2
    assert len(stored(repo)) == 1


def test_rejects_are_named_and_matter_only_if_strict(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Reported("test_failure", (("test_name", " "), ("failure_reason", "")), "p", AT, entry=4)
    read = ReportRead((wrong, reported()), 2)
    monkeypatch.setattr("feedback_loop.formats.report_kinds.read_report", lambda kind, data: read)
    found = collect(repo, b"x", kind="junit")
    assert sums(found) == (2, 1, 0, 0, 1)
    assert [str(problem) for problem in found.total.rejected] == ["0: entry 4: test_name cannot be empty"]
    assert (found.exit_code(strict=False), found.exit_code(strict=True)) == (0, 1)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_reports_are_unpacked(repo: Repo, pack: Callable[[bytes], bytes]) -> None:
    report = junit(case("test_one"))
    found = collect(repo, report, pack(report))
    assert [(one.kind, one.new, one.duplicate) for one in found.files] == [("junit", 1, 0), ("junit", 0, 1)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_damaged_and_endless_ones_are_refused(
    repo: Repo, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "SIZE_CAP", 1 << 20)
    packed = pack(junit(case("test_one")))
    flipped = packed[:30] + bytes([packed[30] ^ 255]) + packed[31:]
    found = collect(repo, packed[:-20], flipped, pack(b" " * (1 << 20) + b"<"))
    assert "cannot be unpacked as ." in found.files[0].fault
    assert "cannot be unpacked as ." in found.files[1].fault
    assert found.files[2].fault == "larger than 1 MiB when unpacked"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "xunit"}, "--input: 'xunit' is not one of auto, junit, "),
        ({"run": " "}, "--run: 1 to 200 printable"),
        ({"run": "a\nb"}, "--run: 1 to 200 printable"),
        ({"run": "x" * 201}, "--run: 1 to 200 printable"),
        ({"run": "ghp_" + "a1B2" * 9}, "--run looks like a secret"),
        ({"at": "yesterday"}, "--at is not a time: 'yesterday'"),
    ],
)
def test_wrong_options_are_named_before_anything_is_read(
    repo: Repo, options: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match="--") as raised:
        collect(repo, junit(case("test_one")), **options)
    assert raised.value.message.startswith(message)
    assert not (repo.root / FOLDER).exists()


def test_what_is_no_report_at_all_never_ends_the_command(repo: Repo) -> None:
    write_pattern(repo, "only_one", "zzz")

    @settings(max_examples=100, deadline=None)
    @given(st.sampled_from(KINDS), st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def holds(kind: str, data: bytes) -> None:
        found = collect(repo, data, kind=kind, dry_run=True)
        assert found.exit_code(strict=False) in (0, 2)

    holds()


def test_every_entry_is_counted_once(repo: Repo) -> None:
    write_pattern(repo, "only_one", "zzz")
    names = st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=3), max_size=6)

    @settings(max_examples=100, deadline=None)
    @given(names)
    def holds(names: list[str]) -> None:
        read, new, duplicate, skipped, rejected = sums(
            collect(repo, junit(*(case(name) for name in names)), dry_run=True)
        )
        assert read == (new or 0) + (duplicate or 0) + skipped + rejected == len(names) + 1

    holds()


# -- metrics ---------------------------------------------------------------------------------------


def exported() -> bytes:
    collector = MetricsCollector()
    collector.log_bug("bounds_checking", "IndexError", "x[0]", "a.py", 3, timestamp=AT)
    collector.log_bug("bounds_checking", "IndexError", "x[0]", "a.py", 3, timestamp="2026-11-21T00:00:00Z")
    collector.log_performance_metric("latency", {"ms": 3}, timestamp="")
    return collector.export_json().encode()


def test_metrics_are_taken_in_once(repo: Repo) -> None:
    commit(repo)
    (first,) = collect(repo, exported()).files
    assert (first.kind, first.sniffed, first.read, first.new, first.duplicate) == ("metrics", True, 2, 3, 0)
    assert dict(first.counts) == dict.fromkeys(MetricsCollector.METRIC_CATEGORIES, 0) | {
        "bugs": 1,
        "performance_metrics": 1,
    }
    commit(repo, "2026-12-01T00:00:00Z")
    (again,) = collect(repo, exported()).files
    assert (again.new, again.duplicate) == (0, 3)
    assert {event.source for event in stored(repo)} == {'{"kind":"metrics"}'}
    undated = [event.at for event in stored(repo) if event_data(event).get("undated")]
    assert undated == [HEAD_AT]


def test_a_dry_run_of_metrics_does_not_know_what_is_new(repo: Repo) -> None:
    (found,) = collect(repo, exported(), dry_run=True).files
    assert (found.read, found.new, found.duplicate) == (2, None, None)
    assert not (repo.root / FOLDER).exists()


def test_metrics_that_cannot_be_events_are_rejected(repo: Repo) -> None:
    data = {"bugs": [{"pattern": "???"}], "stars": [1]}
    (found,) = collect(repo, json.dumps(data).encode()).files
    told = [problem.message for problem in found.rejected]
    assert told[0] == "unknown category 'stars'"
    assert "holds nothing that could be a name" in told[1]
    assert collect(repo, b"{", kind="metrics").files[0].fault.startswith("metrics are not JSON")
    assert collect(repo, b"\xff", kind="metrics").files[0].fault == "not UTF-8 (byte 0)"


# -- the spool -------------------------------------------------------------------------------------


def test_the_spool_is_moved_and_counted_by_category(repo: Repo) -> None:
    events = one(repo, reported(place="a"), reported(place="b"), kind="pytest")
    data = {"path": "a.py", "detector": "d", "fingerprint": "f"}
    state = Workspace.open(str(repo.root)).repository.state_dir
    append_spool(state, [*events, make_event("prevention", AT, data)])
    found = collect_spool(workspace(repo), clock)
    assert (found.imported.moved, found.total, found.others) == (3, 2, (("prevention", 1),))
    assert dict(found.counts)["test_failures"] == 2
    assert list(dict(found.counts)) == MetricsCollector.METRIC_CATEGORIES
    assert collect_spool(workspace(repo), clock).imported.moved == 0
    assert len(stored(repo)) == 3


def test_totals_of_nothing_are_nothing() -> None:
    assert Collected(()).total == FileCollected("")


# -- a model that cannot be read -------------------------------------------------------------------


def test_a_model_that_is_not_there_is_asked_for_by_failures_alone(repo: Repo) -> None:
    repo.write("feedback-loop.toml", '[classify]\nir = "gone.json"\n')
    workspace = Workspace.open(str(repo.root))
    found = collect_reports(workspace, [("a.sarif", sarif(result("E1"))), ("b.xml", junit(case("test_a")))])
    assert [one.fault for one in found.files] == [
        "",
        "the setting classify.ir names gone.json, which is not there",
    ]
    assert [one.kind for one in read_events(str(repo.root)).events] == ["review"]


def test_a_test_run_is_recorded_whatever_the_settings_say_of_the_application(repo: Repo) -> None:
    repo.write("feedback-loop.toml", '[classify]\nir = "gone.json"\n')
    failed = [FailedTest("tests/test_a.py::test_a", "call", "KeyError: 'x'", TRACE.format(line=3))]
    found = record_test_run(RunRequest(str(repo.root), "r1", 1_790_000_000.0, True), failed)
    assert found.spooled == 1
    assert "gone.json, which is not there" in " ".join(found.faults)
    collect_spool(Workspace.open(str(repo.root)))
    (event,) = read_events(str(repo.root)).events
    data = event_data(event)
    assert "signature" not in data and data["occurrence"]["run"] == "r1"
