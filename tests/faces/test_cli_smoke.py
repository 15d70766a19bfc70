"""`smoke ingest` and `classify`: what a person sees after a failed run, and how it ends."""

from __future__ import annotations

import gzip
import io
import json
import sys

import pytest

from feedback_loop.formats.records import make_event
from feedback_loop.stores.events import append_events
from tests.api.smoke_runs import PRODUCT, files, junit, not_null, report_log, shop, unknown
from tests.faces.command_line import CommandLine
from tests.repo import Repo

LATER = "2026-11-21T09:30:00Z"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    shop(repo)
    return CommandLine(repo, monkeypatch, capsys)


def names(cli: CommandLine) -> list[str]:
    return sorted(path.stem for path in (cli.repo.root / "patterns/proposed").glob("*.json"))


def test_a_green_run_says_so_in_two_lines(cli: CommandLine) -> None:
    cli.repo.write("r.xml", junit(passed=3))
    answer = cli("smoke", "ingest", "r.xml", "--fail-on-new")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[1] == "  3 read, 0 failed"
    assert "next:" not in answer.out


def test_each_failure_is_a_line_and_then_comes_what_to_do(cli: CommandLine) -> None:
    cli.repo.write("r.xml", junit(PRODUCT, PRODUCT, unknown("hat")))
    answer = cli("smoke", "ingest", "r.xml")
    assert answer.code == 0
    assert answer.out.splitlines()[1] == (
        "  4 read, 3 failed: 2 different failures, 2 new, 0 seen before (1 unclassified)"
    )
    known, other = (line for line in answer.out.splitlines() if line.startswith("NEW"))
    assert known.endswith("IntegrityError on Product.category_id: nullable missing, in 1 run (2 times here)")
    assert other.endswith("OddError in routes.add_product: unclassified, in 1 run")
    assert set(names(cli)) == {known.split()[1], other.split()[1]}
    assert f"feedback-loop pattern show {known.split()[1]}" in answer.out
    assert f"write a guidance in its JSON first, such as {other.split()[1]}" in answer.out
    shown = cli("pattern", "show", known.split()[1])
    assert shown.code == 0 and "session.commit()" in shown.out


def test_the_same_file_again_is_known_and_nothing_is_to_do(cli: CommandLine) -> None:
    cli.repo.write("r.xml.gz", gzip.compress(junit(PRODUCT)))
    cli("smoke", "ingest", "r.xml.gz")
    before = files(cli.repo)
    answer = cli("smoke", "ingest", "r.xml.gz", "--fail-on-new")
    assert answer.code == 0
    assert answer.out.splitlines()[1] == "  2 read, 1 failed: nothing new: this run was taken before"
    assert "known    gap_" in answer.out and "next:" not in answer.out
    assert files(cli.repo) == before


def test_the_words_of_a_later_run_and_of_two_reports_of_one(cli: CommandLine) -> None:
    cli.repo.write("r.xml", junit(PRODUCT))
    cli("smoke", "ingest", "r.xml")
    cli.repo.write("later.jsonl", report_log(PRODUCT, unknown("hat"), at=LATER))
    cli.repo.write("later.xml", junit(PRODUCT, unknown("hat"), at=LATER))
    lines = cli("smoke", "ingest", "later.jsonl", "later.xml").out.splitlines()
    told = "2 different failures, 1 new, 1 seen before (1 unclassified)"
    assert lines[1] == f"  2 read, 2 failed: {told}"
    assert lines[2].startswith("later.xml: junit by its content, run ") and lines[2].endswith(
        " as later.jsonl"
    )
    assert lines[3] == "  3 read, 2 failed: nothing new"
    assert lines[5:7] == ["total of 2 files", f"  5 read, 4 failed: {told}"]
    again = cli("smoke", "ingest", "later.xml", "--run", lines[2].split()[-3]).out.splitlines()
    assert again[1] == "  3 read, 2 failed: nothing new: this run was taken before"


def test_a_generation_whose_endpoints_nobody_knows_is_told(cli: CommandLine) -> None:
    cli.repo.write("r.jsonl", report_log(PRODUCT))
    assert "no endpoint" not in cli("smoke", "ingest", "r.jsonl").err
    answer = cli("smoke", "ingest", "r.jsonl", "--generation", "g1")
    assert answer.code == 0
    assert "no endpoint of this run is known: no prevention can be credited" in answer.err
    request = 'INFO httpx:_client.py:1025 HTTP Request: POST http://testserver/products "HTTP/1.1 500"'
    cli.repo.write("logged.jsonl", report_log(PRODUCT, at=LATER, logged=request))
    assert "no endpoint" not in cli("smoke", "ingest", "logged.jsonl", "--generation", "g2").err


def test_fail_on_new_is_for_failures_that_nobody_knew(cli: CommandLine) -> None:
    cli.repo.write("r.xml", junit(PRODUCT))
    cli.repo.write("later.xml", junit(PRODUCT, at=LATER))
    assert cli("smoke", "ingest", "r.xml", "--fail-on-new", "--dry-run").code == 1
    assert cli("smoke", "ingest", "r.xml", "--fail-on-new").code == 1
    assert cli("smoke", "ingest", "later.xml", "--fail-on-new").code == 0


def test_a_candidate_that_cannot_be_read_is_not_called_known(cli: CommandLine) -> None:
    cli.repo.write("r.xml", junit(PRODUCT))
    cli("smoke", "ingest", "r.xml")
    (name,) = names(cli)
    cli.repo.write(f"patterns/proposed/{name}.json", "{")
    answer = cli("smoke", "ingest", "r.xml", "--fail-on-new")
    assert answer.code == 1
    assert f"\nnot written {name}  IntegrityError" in answer.out
    assert f"1 pattern cannot be read: patterns/proposed/{name}.json" in answer.err


def test_an_unreadable_file_among_good_ones(cli: CommandLine) -> None:
    cli.repo.write("bad\x1b.xml", "<testsuite\x1b")
    cli.repo.write("r.xml", junit(PRODUCT))
    answer = cli("smoke", "ingest", "bad\x1b.xml", "gone.xml", "r.xml", "--fail-on-new")
    assert answer.code == 2
    assert r"bad\x1b.xml: NOT read: not XML" in answer.out
    assert "gone.xml: NOT read: no such file" in answer.out
    assert "total of 3 files, 2 not usable" in answer.out
    assert len(names(cli)) == 1


def test_json_has_the_counts_the_names_and_the_evidence(cli: CommandLine) -> None:
    cli.repo.write("r.xml", junit(PRODUCT, unknown("hat")))
    answer = cli("smoke", "ingest", "r.xml", "--format", "json", "--run", "b7").json
    total = answer["total"]
    assert {key: total[key] for key in ("total", "failed", "patterns_created", "patterns_updated")} == {
        "total": 3,
        "failed": 2,
        "patterns_created": 2,
        "patterns_updated": 0,
    }
    assert (total["unclassified"], total["already_known"]) == (1, 0)
    assert total["skipped"] == [{"reason": "passed", "count": 1}]
    assert answer["files"][0]["run"] == "b7"
    known, other = answer["failures"]
    assert known["signature"]["field"] == "category_id" and known["shipped"] is True
    assert sum(one["weight"] for one in known["evidence"]) == pytest.approx(known["confidence"])
    assert answer["unclassifiable_errors"] == [other["name"]]
    assert sorted(total["created"]) == names(cli)


def test_standard_input_a_log_and_the_evidence(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"starting\n{PRODUCT}\n".encode())))
    before = files(cli.repo)
    answer = cli("classify", "-", "--input", "text")
    assert answer.code == 0
    assert "standard input: text" in answer.out
    assert "confidence 0." in answer.out and "+0.30" in answer.out
    assert "message: NOT NULL constraint failed: products.category_id" in answer.out
    assert "at /srv/shop/routes.py:8" in answer.out
    assert "1 read, 1 failed: 1 different failure, 1 would be new, 0 seen before\n" in answer.out
    assert "nothing was written" in answer.out
    assert files(cli.repo) == before


def test_the_model_and_the_manifest_of_a_generation(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", "")
    cli.repo.write("r.log", PRODUCT)
    cli.repo.write("m.json", json.dumps({"generation_id": "g7", "files": [], "entities": ["Product"]}))
    without = cli("classify", "r.log", "--format", "json").json["failures"][0]
    arguments = ("smoke", "ingest", "r.log", "--ir", "ir.json", "--format", "json")
    found = cli(*arguments, "--manifest", "m.json").json
    assert found["failures"][0]["signature"]["entity"] == "Product"
    assert without["confidence"] < found["failures"][0]["confidence"]
    assert found["exposures"] >= 1
    wrong = cli(*arguments, "--manifest", "m.json", "--generation", "g8")
    assert (wrong.code, "the manifest is of 'g7'" in wrong.err + wrong.out) == (2, True)


def test_what_a_warning_prevented_is_named(cli: CommandLine) -> None:
    report = [{"endpoint": "POST /products", "error_type": "IntegrityError", "stack_trace": PRODUCT}]
    cli.repo.write("first.json", json.dumps({"violations": report}))
    (name,) = cli("smoke", "ingest", "first.json", "--run", "r1", "--format", "json").json["total"]["created"]
    injected = {"target": "prompt", "patterns": [name], "generation_id": "g2", "prompt_sha256": "0" * 64}
    append_events(str(cli.repo.root), [make_event("injection", LATER, injected, patterns=[name])])
    manifest = {"generation_id": "g2", "files": [], "endpoints": ["POST /products"]}
    cli.repo.write("m.json", json.dumps(manifest))
    cli.repo.write("second.json", json.dumps({"violations": [], "executed": ["POST /products"]}))
    arguments = (
        "smoke",
        "ingest",
        "second.json",
        "--run",
        "r2",
        "--manifest",
        "m.json",
        "--input",
        "violations",
    )
    answer = cli(*arguments)
    assert answer.code == 0
    assert f"prevented  {name}  POST /products, warned in g2" in answer.out.splitlines()
    assert "prevented" not in cli(*arguments).out


def test_several_entities_and_rejected_ones_are_told(cli: CommandLine) -> None:
    tables = ("products", "orders", "customers")
    cli.repo.write("r.xml", junit(*map(not_null, tables)))
    answer = cli("smoke", "ingest", "r.xml")
    assert "over several entities: gap_" in answer.out
    first = answer.out.partition("NEW")[2].split()[0]
    assert cli("pattern", "reject", first, "--reason", "no").code == 0
    cli.repo.write("later.xml", junit(*map(not_null, tables), at=LATER))
    again = cli("smoke", "ingest", "later.xml")
    assert f"rejected {first}" in again.out
    assert "1 failure had been rejected before: counted, not proposed again." in again.out


def test_more_than_fifty_new_ones_are_told_and_wait_for_a_later_run(cli: CommandLine) -> None:
    words = [f"{first}{second}" for first in "abcdefgh" for second in "klmnopqr"][:60]
    cli.repo.write("r.xml", junit(*map(unknown, words)))
    answer = cli("smoke", "ingest", "r.xml")
    assert "10 failures became no candidate: one ingest makes at most 50." in answer.out
    assert "when a later run shows them again" in answer.out
    assert len(names(cli)) == 50
    again = cli("smoke", "ingest", "r.xml", "--fail-on-new")
    assert (again.code, len(names(cli)), "NEW" in again.out) == (0, 50, False)
    cli.repo.write("later.xml", junit(*map(unknown, words), at=LATER))
    later = cli("smoke", "ingest", "later.xml", "--fail-on-new")
    assert (later.code, later.out.count("\nproposed gap_"), len(names(cli))) == (0, 10, 60)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("smoke", "ingest", "-", "-"), "- is given twice"),
        (("smoke", "ingest", "r.xml", "--input", "sarif"), "'sarif' is not one of auto, junit"),
        (("smoke", "ingest", "r.xml", "--manifest", "gone.json"), "no such file"),
        (("smoke", "ingest"), "Missing argument"),
    ],
    ids=str,
)
def test_wrong_usage_is_told_in_a_line_or_two(
    cli: CommandLine, arguments: tuple[str, ...], words: str
) -> None:
    cli.repo.write("r.xml", junit(PRODUCT))
    answer = cli(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert names(cli) == []
