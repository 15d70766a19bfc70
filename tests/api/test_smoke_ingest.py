"""Failing runs become events and candidates: once each, whoever reports them, in whatever order."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.api.collect.reports import CollectOptions, collect_reports
from feedback_loop.api.patterns.moves import accept, archive, reject
from feedback_loop.api.smoke.ingest import IngestOptions, classify_reports, ingest_read, ingest_reports
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import Manifest
from feedback_loop.domain.failure import gap_name
from feedback_loop.domain.ingested import KNOWN, LEFT, NEW, REJECTED, RESTORED, UNWRITTEN, Ingested
from feedback_loop.domain.library_moves import Decided
from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.failed_test import failed_test
from feedback_loop.formats.records import event_data
from feedback_loop.formats.signature_json import signature_of
from feedback_loop.workspace import Workspace
from tests.api.smoke_runs import (
    PRODUCT,
    files,
    ingest,
    junit,
    library,
    not_null,
    report_log,
    shop,
    stored,
    unknown,
    workspace,
)
from tests.repo import Repo

LATER = "2026-11-21T09:30:00Z"


@pytest.fixture
def repo(repo: Repo) -> Repo:
    return shop(repo)


def stored_failures(repo: Repo) -> list[Event]:
    return [one for one in stored(repo) if one.kind == "test_failure"]


def failures(repo: Repo) -> list[tuple[str, ...]]:
    return [one.patterns for one in stored_failures(repo)]


def state(found: Ingested) -> list[tuple[str, int, int]]:
    return [(one.became, one.hits, one.runs) for one in found.failures]


# -- nothing to do ---------------------------------------------------------------------------------


def test_passing_tests_leave_nothing_behind(repo: Repo) -> None:
    before = files(repo)
    found = ingest(repo, junit(passed=2_000))
    assert (found.total.total, found.total.failed, found.failures, found.paths) == (2_000, 0, (), ())
    assert files(repo) == before


def test_the_same_file_again_changes_nothing(repo: Repo) -> None:
    report = junit(PRODUCT, unknown("hat"), PRODUCT)
    first = ingest(repo, report)
    assert (first.total.new, len(first.created), first.total.unclassified) == (3, 2, 1)
    before = files(repo)
    again = ingest(repo, report, report)
    assert files(repo) == before
    assert (again.total.new, again.total.already_known, again.created) == (0, 6, ())
    assert (again.total.updated, again.paths, again.exit_code(True)) == ((), (), 0)


def test_a_dry_run_and_classify_write_nothing(repo: Repo) -> None:
    before = files(repo)
    for found in (
        ingest(repo, junit(PRODUCT), dry_run=True),
        classify_reports(workspace(repo), [("0", junit(PRODUCT))]),
    ):
        assert (state(found), found.paths) == ([(NEW, 1, 1)], ())
        assert len(found.failures[0].classified.evidence) > 2
    assert files(repo) == before


def test_a_repository_without_a_library_is_told_so_before_anything_is_written(
    make_repo: Callable[[str], Repo],
) -> None:
    bare = make_repo("bare")
    with pytest.raises(UserError, match="there is no patterns/ here"):
        ingest(bare, junit(PRODUCT))
    assert files(bare) == {}
    found = classify_reports(workspace(bare), [("0", junit(PRODUCT))])
    assert [one.became for one in found.failures] == [NEW]


# -- a failure -------------------------------------------------------------------------------------


def test_an_unknown_failure_is_an_event_and_a_candidate_of_its_name(repo: Repo) -> None:
    found = ingest(repo, junit(PRODUCT))
    (name,) = found.created
    (event,) = [one for one in stored(repo) if one.kind == "test_failure"]
    data = event_data(event)
    assert event.patterns == (name,)
    assert data["signature"] == {
        "error_type": "database",
        "exception": "IntegrityError",
        "message": "NOT NULL constraint failed: products.category_id",
        "constraint": "nullable_missing",
        "entity": "Product",
        "endpoint": "*",
        "field": "category_id",
    }
    signature = signature_of(data["signature"])
    assert signature is not None and gap_name(signature) == name
    assert library(repo, "proposed")[name].signatures == (signature,)
    assert set(found.paths) >= {f"patterns/proposed/{name}.md", f"patterns/proposed/{name}.json"}


def test_runs_count_and_not_hits(repo: Repo) -> None:
    ingest(repo, junit(PRODUCT, PRODUCT))
    found = ingest(repo, junit(PRODUCT, at=LATER))
    assert state(found) == [(KNOWN, 1, 2)]
    assert (found.created, len(found.total.updated)) == ((), 1)


def test_files_of_one_named_run_are_one_run(repo: Repo) -> None:
    found = ingest(repo, junit(PRODUCT), junit(unknown("a"), PRODUCT, at=LATER), run="build-7")
    assert {one.run for one in found.files} == {"build-7"}
    assert [(one.new, one.already_known) for one in found.files] == [(1, 0), (1, 1)]
    assert [one.runs for one in found.failures] == [1, 1]


def test_two_reports_of_one_call_of_pytest_are_one_run(repo: Repo) -> None:
    texts, request = (PRODUCT, unknown("hat")), 'HTTP Request: POST http://testserver/products "HTTP/1.1 500"'
    log = report_log(*texts, at="2026-11-20T09:31:00Z", logged=f"INFO httpx:_client.py:1025 {request}")
    found = ingest(repo, junit(*texts), log, generation="g1")
    first, second = found.files
    assert (first.same_as, second.same_as, first.run) == ("", "0", second.run)
    assert [(one.new, one.already_known) for one in found.files] == [(2, 0), (0, 2)]
    assert [(one.hits, one.runs) for one in found.failures] == [(1, 1)] * 2
    assert {one.classified.signature.endpoint for one in found.failures} == {"POST /products"}  # the log's
    total = found.total
    assert (total.failed, len(total.shown), len(total.unseen), len(total.unknown)) == (4, 2, 2, 1)
    runs = [event_data(one) for one in stored(repo) if one.kind == "exposure"]
    (run,) = [one for one in runs if one["pattern"] is None]
    assert (run["run"], run["total"], run["failed"]) == (first.run, 3, 2)
    assert run["executed"] == ["POST /products"]
    before = files(repo)
    assert ingest(repo, junit(*texts), log, generation="g1").exposures == 0
    assert files(repo) == before


@pytest.mark.parametrize(
    "reports",
    [
        (junit(PRODUCT), report_log(PRODUCT, at="2026-11-20T09:31:01Z")),  # more than a minute later
        (junit(PRODUCT), report_log(PRODUCT, PRODUCT)),  # another set of tests
        (junit(PRODUCT, at=""), report_log(PRODUCT)),  # one does not say when
        (junit(PRODUCT), junit(PRODUCT, at="2026-11-20T09:30:20Z")),  # one call writes one of a kind
    ],
    ids=("late", "others", "timeless", "alike"),
)
def test_reports_that_may_be_of_two_runs_are_of_two(repo: Repo, reports: tuple[bytes, bytes]) -> None:
    found = ingest(repo, *reports)
    assert [one.same_as for one in found.files] == ["", ""]
    assert {one.runs for one in found.failures} == {2}


def test_each_of_two_runs_keeps_its_own_two_reports(repo: Repo) -> None:
    times = ("2026-11-20T09:30:00Z", "2026-11-20T09:30:40Z")
    logs, reports = ([make(PRODUCT, at=at) for at in times] for make in (report_log, junit))
    found = ingest(repo, *logs, *reports)
    assert [one.same_as for one in found.files] == ["", "", "0", "1"]
    assert [one.runs for one in found.failures] == [2]


def test_the_given_time_goes_before_the_reports(repo: Repo) -> None:
    ingest(repo, junit(PRODUCT), at="2026-12-01T00:00:00+01:00")
    assert {one.at for one in stored(repo)} == {"2026-11-30T23:00:00Z"}


def test_collected_first_and_ingested_later_gives_the_candidate_and_no_second_event(repo: Repo) -> None:
    report = junit(PRODUCT)
    collect_reports(workspace(repo), [("0", report)], CollectOptions())
    assert failures(repo) == [()]
    found = ingest(repo, report)
    assert state(found) == [(NEW, 1, 1)]
    assert (found.total.new, found.total.already_known) == (0, 1)
    assert failures(repo) == [()]
    collect_reports(workspace(repo), [("0", junit(PRODUCT, at=LATER))], CollectOptions())
    assert failures(repo) == [(), found.created]
    assert state(ingest(repo, report)) == [(KNOWN, 1, 2)]


def test_collected_without_a_model_it_keeps_the_signature_it_was_stored_with(repo: Repo) -> None:
    repo.write("feedback-loop.toml", "")
    report = junit(PRODUCT)
    collect_reports(workspace(repo), [("0", report)], CollectOptions())
    found = ingest(repo, report, ir=str(repo.root / "ir.json"))
    assert (state(found), found.total.already_known) == ([(NEW, 1, 1)], 1)
    (name,) = library(repo, "proposed")
    assert [one.name for one in found.failures] == [name]
    (event,) = stored_failures(repo)
    signature = signature_of(event_data(event)["signature"])
    assert signature is not None and gap_name(signature) == name
    assert "classify.ir" in " ".join(found.notes)
    assert state(ingest(repo, report)) == [(KNOWN, 1, 1)]  # nor does a run without the model make another
    assert set(library(repo, "proposed")) == {name}


def test_a_pattern_that_a_person_wrote_takes_its_failures(repo: Repo) -> None:
    ingest(repo, junit(PRODUCT))
    (name,) = library(repo, "proposed")
    assert isinstance(accept(workspace(repo), name, "product_needs_category"), Decided)
    found = ingest(repo, junit(PRODUCT, at=LATER))
    assert failures(repo) == [(name,), ("product_needs_category",)]
    assert [(one.name, one.became, one.runs) for one in found.failures] == [
        ("product_needs_category", KNOWN, 2)
    ]


def test_what_was_read_already_is_taken_as_well(repo: Repo) -> None:
    read = ReportRead((failed_test("t", "", PRODUCT),), 1, run="r7")
    assert state(ingest_read(workspace(repo), [("x", "junit", read)])) == [(NEW, 1, 1)]
    assert ingest_read(workspace(repo), [("x", "junit", read)]).total.new == 0


def test_tests_are_counted_and_not_the_lines_of_their_log(repo: Repo) -> None:
    read = ReportRead((failed_test("t", "", PRODUCT),), 3, run="r7", tests=1, executed=("POST /products",))
    found = ingest_read(workspace(repo), [("x", "reportlog", read)])
    assert (found.total.total, found.total.failed) == (1, 1)
    totals = [event_data(one).get("total") for one in stored(repo) if one.kind == "exposure"]
    assert 1 in totals and 3 not in totals


# -- decisions -------------------------------------------------------------------------------------


def test_an_archived_gap_comes_back_when_its_failure_does(repo: Repo) -> None:
    report = junit(PRODUCT)
    (name,) = ingest(repo, report).created
    accept(workspace(repo), name)
    archive(workspace(repo), name, "gone since July")
    assert state(ingest(repo, report)) == [(KNOWN, 1, 1)]  # an old run is no recurrence
    assert name in library(repo, "archived")
    found = ingest(repo, junit(PRODUCT, at=LATER))
    assert state(found) == [(RESTORED, 1, 2)]
    assert name in library(repo, "active")
    actions = [event_data(one)["action"] for one in stored(repo) if one.kind == "decision"]
    assert sorted(actions) == ["accept", "archive", "restore"]


def test_a_rejected_candidate_stays_rejected_and_goes_on_being_counted(repo: Repo) -> None:
    (name,) = ingest(repo, junit(PRODUCT)).created
    reject(workspace(repo), name, "a fault of the test data")
    found = ingest(repo, junit(PRODUCT, at=LATER))
    assert state(found) == [(REJECTED, 1, 2)]
    assert library(repo, "proposed") == {}
    assert len(failures(repo)) == 2


def test_beyond_fifty_new_candidates_the_rest_stay_events(repo: Repo) -> None:
    words = [f"{first}{second}" for first in "abcdefgh" for second in "klmnopqr"][:60]
    report = junit(*map(unknown, words))
    found = ingest(repo, report)
    assert (len(found.created), found.left, len(failures(repo))) == (50, 10, 60)
    assert [one.became for one in found.failures] == [NEW] * 50 + [LEFT] * 10
    assert failures(repo).count(()) == 10
    before = files(repo)
    again = ingest(repo, report)
    assert (again.created, again.left, again.exit_code(True)) == ((), 0, 0)
    collect_reports(workspace(repo), [("0", report)], CollectOptions())
    assert files(repo) == before
    later = ingest(repo, junit(*map(unknown, words), at=LATER))
    assert (len(later.created), later.left, later.exit_code(True)) == (10, 0, 0)
    assert {one.name for one in found.failures if one.became == LEFT} == set(later.created)


# -- several at work -------------------------------------------------------------------------------


def one_of_two(root: str, report: bytes, start: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    ingest_reports(Workspace.open(root), [("0", report)], IngestOptions())


def test_two_processes_at_once_leave_what_one_would(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    report = junit(PRODUCT, unknown("hat"), not_null("orders"))
    alone = shop(make_repo("alone"))
    ingest(alone, report)
    context = multiprocessing.get_context("fork")
    start = context.Barrier(2)
    both = [context.Process(target=one_of_two, args=(str(repo.root), report, start)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert files(repo) == files(alone)


def test_clones_that_ingest_different_runs_merge_and_their_counts_add(
    repo: Repo, tmp_path: Path, home: Path
) -> None:
    repo.git("clone", "-q", ".", str(tmp_path / "other"))
    other = Repo(tmp_path / "other", home)
    ingest(repo, junit(PRODUCT))
    ingest(other, junit(PRODUCT, unknown("hat"), at=LATER))
    for one in (repo, other):
        one.stage()
        one.commit()
    repo.git("pull", "-q", "--no-rebase", "--no-edit", str(other.root), "main")
    assert len(library(repo, "proposed")) == 2
    found = classify_reports(workspace(repo), [("0", junit(PRODUCT))])
    assert state(found) == [(KNOWN, 1, 2)]


def test_a_kill_between_candidates_and_events_loses_nothing(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, make_repo: Callable[[str], Repo]
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    alone = shop(make_repo("alone"))
    ingest(alone, junit(PRODUCT))
    with monkeypatch.context() as patched:
        patched.setattr("feedback_loop.api.smoke.ingest.append_events", killed)
        with pytest.raises(KeyboardInterrupt):
            ingest(repo, junit(PRODUCT))
    assert classify_reports(workspace(repo), [("0", junit(PRODUCT))]).exit_code(True) == 1
    (half, _) = sorted(path for path in files(repo) if "gap_" in path)
    (repo.root / half).unlink()
    with monkeypatch.context() as patched:
        patched.setattr("feedback_loop.api.smoke.ingest.append_events", killed)
        with pytest.raises(KeyboardInterrupt):
            ingest(repo, junit(PRODUCT))
    found = ingest(repo, junit(PRODUCT))
    assert (found.total.new, state(found), found.notes) == (1, [(KNOWN, 1, 1)], ())
    assert found.exit_code(True) == 1  # nobody was told of it yet
    assert files(repo) == files(alone)
    assert ingest(repo, junit(PRODUCT)).exit_code(True) == 0
    assert files(repo) == files(alone)


def test_collected_in_several_runs_it_makes_a_candidate_and_is_not_new(repo: Repo) -> None:
    for at in (LATER, "2026-11-22T09:30:00Z"):
        collect_reports(workspace(repo), [("0", junit(PRODUCT, at=at))], CollectOptions())
    found = ingest(repo, junit(PRODUCT, at=LATER))
    assert (state(found), found.exit_code(True)) == ([(NEW, 1, 2)], 0)
    collect_reports(workspace(repo), [("0", junit(unknown("hat"), at=LATER))], CollectOptions(run="r9"))
    found = ingest(repo, junit(unknown("hat"), at=LATER), run="r9")
    assert (state(found), found.exit_code(True)) == ([(NEW, 1, 1)], 1)
    assert ingest(repo, junit(unknown("hat"), at=LATER), run="r9").exit_code(True) == 0


# -- what cannot be read ---------------------------------------------------------------------------


def test_a_file_that_cannot_be_used_leaves_the_others(repo: Repo) -> None:
    reports: list[tuple[str, bytes | UserError]] = [
        ("bad.xml", b"<testsuite"),
        ("lint.sarif", b'{"version": "2.1.0", "runs": []}'),
        ("gone.xml", InputError("no such file")),
        ("good.xml", junit(PRODUCT)),
    ]
    found = ingest_reports(workspace(repo), reports)
    assert [bool(one.fault) for one in found.files] == [True, True, True, False]
    assert "it looks like sarif" in found.files[1].fault
    assert (found.exit_code(False), len(failures(repo))) == (2, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "sarif"}, "--input: 'sarif' is not one of"),
        ({"run": " "}, "--run"),
        ({"at": "yesterday"}, "--at"),
        ({"generation": ""}, "--generation: 1 to 200"),
        ({"manifest": Manifest("g" * 201)}, "generation_id: 1 to 200"),
        ({"generation": "g1", "manifest": Manifest("g2")}, "the manifest is of 'g2'"),
        ({"ir": "/nowhere/openapi.json"}, "openapi.json"),
    ],
    ids=str,
)
def test_wrong_options_stop_it_before_anything_is_written(
    repo: Repo, options: dict[str, object], words: str
) -> None:
    before = files(repo)
    with pytest.raises(UserError, match=words):
        ingest(repo, junit(PRODUCT), **options)  # type: ignore[arg-type]
    assert files(repo) == before


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('match = "(?=x)"', "feedback-loop.toml: /classify/rules/0: "),
        ('match = "x", guidance = "a\\u2028b"', "the guidance is more than one line"),
    ],
)
def test_a_rule_that_cannot_be_used_stops_ingest_and_collect(repo: Repo, rule: str, words: str) -> None:
    told = f'exception = "A", constraint = "odd_one", error_type = "key", {rule}'
    repo.write("feedback-loop.toml", f"[classify]\nrules = [{{ {told} }}]\n")
    before = files(repo)
    with pytest.raises(UserError) as error:
        ingest(repo, junit(PRODUCT))
    assert words in error.value.message and error.value.kind == "settings"
    with pytest.raises(UserError) as error:
        collect_reports(workspace(repo), [("0", junit(PRODUCT))])
    assert words in error.value.message
    assert files(repo) == before


def test_a_model_of_the_settings_that_is_not_there_stops_it(repo: Repo) -> None:
    repo.write("feedback-loop.toml", '[classify]\nir = "gone.json"\n')
    with pytest.raises(UserError, match=r"gone\.json, which is not there"):
        ingest(repo, junit(passed=2))


def test_a_link_for_the_proposals_stops_it_and_one_for_a_file_is_told(repo: Repo, tmp_path: Path) -> None:
    proposed = repo.root / "patterns/proposed"
    proposed.symlink_to(tmp_path / "outside", target_is_directory=True)
    before = files(repo)
    with pytest.raises(UserError, match="patterns/proposed is a link or no folder"):
        ingest(repo, junit(PRODUCT))
    assert (files(repo), (tmp_path / "outside").exists()) == (before, False)
    proposed.unlink()
    (name,) = classify_reports(workspace(repo), [("0", junit(PRODUCT))]).created
    proposed.mkdir()
    link = proposed / f"{name}.json"
    link.symlink_to(tmp_path / "elsewhere.json")
    found = ingest(repo, junit(PRODUCT))
    assert (state(found), found.total.updated, failures(repo)) == ([(UNWRITTEN, 1, 1)], (), [()])
    assert (found.exit_code(True), (tmp_path / "elsewhere.json").exists()) == (1, False)
    assert f"{name} is not written: " in " ".join(found.notes)
    link.unlink()
    assert state(ingest(repo, junit(PRODUCT, at=LATER))) == [(NEW, 1, 2)]


def test_a_candidate_that_cannot_be_read_is_told_and_is_not_known(repo: Repo) -> None:
    names = sorted(ingest(repo, junit(PRODUCT, unknown("hat"))).created)
    for name in names:
        repo.write(f"patterns/proposed/{name}.json", "{")
    before = files(repo)
    for report in (junit(PRODUCT, unknown("hat")), junit(PRODUCT, unknown("hat"), at=LATER)):
        found = ingest(repo, report)
        assert [one.became for one in found.failures] == [UNWRITTEN] * 2
        (note,) = found.notes
        assert f"2 patterns cannot be read, the first: patterns/proposed/{names[0]}.json" in note
        assert (found.total.updated, found.exit_code(True)) == ((), 1)
    assert {path: data for path, data in files(repo).items() if "proposed" in path} == {
        path: data for path, data in before.items() if "proposed" in path
    }


def test_a_candidate_that_was_accepted_elsewhere_is_told_once(repo: Repo) -> None:
    (name,) = ingest(repo, junit(PRODUCT)).created
    left = {path: data for path, data in files(repo).items() if name in path}
    assert isinstance(accept(workspace(repo), name, "product_needs_category"), Decided)
    for path, data in left.items():
        repo.write(path, data)
    found = ingest(repo, junit(PRODUCT, at=LATER), junit(PRODUCT, passed=2, at="2026-11-23T09:30:00Z"))
    (note,) = found.notes
    assert f"patterns/proposed/{name}.json: accepted under another name: remove it" in note


# -- exposure --------------------------------------------------------------------------------------


def test_a_run_of_a_generation_notes_what_it_executed_and_what_came_again(repo: Repo) -> None:
    violations = [
        {
            "type": "server_error",
            "severity": "high",
            "endpoint": "POST http://localhost:8000/products?debug=1",
            "error_type": "IntegrityError",
            "error_message": "(sqlite3.IntegrityError) NOT NULL constraint failed: products.category_id",
            "stack_trace": PRODUCT,
        }
    ]
    data = json.dumps(violations).encode()
    found = ingest(repo, data, run="r1", generation="g1")
    (seen,) = found.failures
    assert seen.classified.signature.endpoint == "POST /products"
    exposures = [event_data(one) for one in stored(repo) if one.kind == "exposure"]
    assert len(exposures) == found.exposures
    (run,) = [one for one in exposures if one["pattern"] is None]
    assert (run["run"], run["generation_id"], run["failed"]) == ("r1", "g1", 1)
    assert run["executed"] == ["POST /products"]
    before = files(repo)
    assert ingest(repo, data, run="r1", generation="g1").exposures == 0
    assert files(repo) == before
    assert [one.runs for one in ingest(repo, data, run="r2", generation="g1").failures] == [1]
    assert [one.runs for one in ingest(repo, data, run="r3", generation="g2").failures] == [2]
