"""What failing runs taught, as the commands show it: figures, records, lists, the retro's line."""

from __future__ import annotations

import json
import re

import pytest

from feedback_loop.api.smoke.candidates import candidate_of
from feedback_loop.domain.event import Event
from feedback_loop.domain.failure import Classified, gap_name
from feedback_loop.domain.pattern import Example, Signature
from feedback_loop.formats.records import make_event
from feedback_loop.formats.signature_json import signature_fields
from feedback_loop.stores.events import append_events
from feedback_loop.stores.library import write_pattern as write_files
from tests.faces.command_line import CommandLine, write_pattern
from tests.repo import Repo

MESSAGE = "NOT NULL constraint failed: products.category_id"
NULL = Signature(
    exception="IntegrityError",
    message=MESSAGE,
    error_type="database",
    constraint="nullable_missing",
    entity="Product",
    endpoint="POST /products",
    field="category_id",
)
ODD = Signature(exception="OddError", message="odd", error_type="unknown", constraint="unclassified")
LOST = Signature(exception="KeyError", message="'lost'", error_type="key", constraint="missing_key")
GAP, UNKNOWN = gap_name(NULL), gap_name(ODD)
GUIDANCE = "Give the column a default or make the request field required"


def failure(signature: Signature, run: str, hour: int, index: int = 0, **more: object) -> Event:
    data = {
        "test_name": "test_secret_words",
        "failure_reason": "a stranger's words",
        "signature": signature_fields(signature),
        "run": run,
        "occurrence": {"run": run, "test": "t", "index": index, "what": signature.exception},
    }
    return make_event("test_failure", at(hour), data | more)


def exposure(pattern: str | None, run: str, hour: int, **more: object) -> Event:
    return make_event("exposure", at(hour), {"pattern": pattern, "run": run} | more)


def at(hour: int) -> str:
    return f"2026-11-20T{hour:02}:00:00Z"


def planted() -> list[Event]:
    """Four runs: two bugs in the first, one again in the second and third, of one generation, none then."""
    events = [failure(NULL, "one", 8), failure(NULL, "one", 7, 1, hits=3), failure(ODD, "one", 8)]
    events += [failure(NULL, "two", 9), failure(NULL, "three", 10), failure(LOST, "three", 10)]
    for run, hour in (("two", 9), ("three", 10)):
        events.append(exposure(None, run, hour, generation_id="g1", total=9, failed=2))
        ended = {"generation_id": "g1", "outcome": "recurred", "occurred": True, "withheld": True}
        events.append(exposure(GAP, run, hour, **ended))
    events.append(exposure(None, "four", 11, generation_id="g2", total=9, failed=0))
    ended = {"generation_id": "g2", "outcome": "prevented", "injected": True, "occurred": False}
    events.append(exposure(GAP, "four", 11, **ended))
    return events


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions")
    repo.stage()
    repo.commit("a library")
    return CommandLine(repo, monkeypatch, capsys)


@pytest.fixture
def taught(cli: CommandLine) -> CommandLine:
    root = str(cli.repo.root)
    bad = Example("Product(name=name)\n", "python")
    write_files(root, "patterns/proposed", candidate_of(Classified(NULL, GUIDANCE), bad))
    write_files(root, "patterns/proposed", candidate_of(Classified(ODD)))
    append_events(root, planted())
    return cli


def lines_from(text: str, head: str) -> list[str]:
    lines = text.splitlines()
    return lines[next(number for number, line in enumerate(lines) if line.startswith(head)) :]


def test_failures_that_no_pattern_was_made_of_change_nothing(cli: CommandLine) -> None:
    append_events(str(cli.repo.root), [failure(LOST, "one", 8)])
    command = "analyze", "--as-of", "2026-11-21", "--no-update"
    answer = cli(*command)
    assert (answer.code, answer.out.endswith("\n\nRanked by severity: 0\n")) == (0, True)
    assert "generation" not in cli(*command, "--format", "json").json
    assert "Recognised by" not in cli("explain", "named_exceptions").out
    assert "with the warning" not in cli("effect", "named_exceptions").out


def test_analyze_ends_with_the_generation_loop(taught: CommandLine) -> None:
    command = "analyze", "--no-update", "--as-of", "2026-11-21"
    assert lines_from(taught(*command).out, "Generation") == [
        "Generation: 3 failures captured in 3 runs (goal 50 or more: not met)",
        "  repeated errors: 0.33 a run, 1 in 3 runs "
        "(goal <5: not told yet: it is about runs after the first 3)",
        "  prevention rate: 20 %, 1 prevented, 4 came (goal >70 %: not met)",
        "  first sight to first clean exposure: 2 runs (median, n = 1)",
        "  no clean exposure yet: 2 of 3",
        "  unclassified: 33 % (1 of 3)",
        "  by error type: database 1, key 1, unknown 1",
        "  by constraint: missing_key 1, nullable_missing 1, unclassified 1",
    ]
    taught.repo.write(
        "feedback-loop.toml",
        "[generation.targets]\ncaptured = 3\nprevention-rate = 10\nrepeated-errors = 1\n",
    )
    found = taught(*command, "--format", "json").json["generation"]
    assert (found["captured"], found["runs"], found["prevention_rate"]) == (3, 3, 0.2)
    assert found["repeated"] == {"errors": 1, "runs": 3, "per_run": 0.333333}
    assert found["first_clean"] == {"median_runs": 2, "n": 1, "waiting": 2}
    assert found["goals"]["captured"] == {"at_least": 3, "met": True}
    assert found["goals"]["prevention_rate"] == {"above": 0.1, "met": True}
    earlier = taught("analyze", "--no-update", "--as-of", at(8), "--format", "json").json["generation"]
    assert (earlier["captured"], earlier["runs"], earlier["prevented"]) == (2, 1, 0)
    later = taught("analyze", "--no-update", "--as-of", "2026-12-20", "--period", "week").out
    assert "Generation" not in later


def test_antipatterns_are_listed_with_their_records(taught: CommandLine) -> None:
    answer = taught("pattern", "list", "--antipatterns")
    assert (answer.code, answer.err) == (0, "")
    count, heads, *rows = answer.out.splitlines()
    assert (count, heads.split()[:3]) == ("2 anti-patterns", ["name", "state", "exception"])
    shown = re.split(r" {2,}", rows[0])
    assert shown[:7] == [
        *(GAP, "proposed", "IntegrityError", "Product", "POST /products", "category_id", "nullable_missing")
    ]
    assert shown[7:11] == ["2", "6", "1", "0.33"]
    assert shown[12] == "2026-11-20"
    found = taught("pattern", "list", "--antipatterns", "--format", "json").json["antipatterns"]
    assert [one["name"] for one in found] == [GAP, UNKNOWN]
    assert found[0]["signatures"][0]["message"] == MESSAGE
    assert (found[0]["occurrence_count"], found[0]["hits"], found[0]["times_prevented"]) == (2, 6, 1)
    assert found[0]["last_seen"] == at(10)
    assert 0 < found[0]["severity_score"] <= 0.2 * 2 / 3
    none = taught("pattern", "list", "--antipatterns", "--state", "active")
    assert none.out == "no anti-pattern of a failure here\n"


def test_a_candidate_that_another_clone_accepted_is_named_and_hinders_nothing(taught: CommandLine) -> None:
    """S6: git merged the pattern that one clone made of it with the other one's candidate."""
    told = json.loads((taught.repo.root / f"patterns/proposed/{GAP}.json").read_text("utf-8"))
    kept = {"pattern_id": told["pattern_id"], "signatures": told["signatures"], "supersedes": [GAP]}
    write_pattern(taught.repo, "null_category", None, **kept)
    listed = taught("pattern", "list", "--antipatterns", "--format", "json")
    said = f"patterns/proposed/{GAP}.json: accepted under another name: remove it and {GAP}.md\n"
    assert (listed.code, listed.err) == (0, said)
    found = {one["name"]: one["occurrence_count"] for one in listed.json["antipatterns"]}
    assert found == {"null_category": 2, UNKNOWN: 1}
    assert taught("pattern", "lint").code == 0
    assert taught("check").code == 0


def test_one_of_them_shown_explained_and_proposed(taught: CommandLine) -> None:
    shown = taught("pattern", "show", GAP)
    assert "Record of runs: seen in 2 runs (6 hits), last on 2026-11-20; prevented in 1 gen" in shown.out
    assert "  constraint nullable_missing" in shown.out
    assert re.search(r"; severity score 0\.\d\d\n", shown.out)  # the library's own severity is a word
    assert taught("pattern", "show", GAP, "--format", "json").json["record"]["hits"] == 6
    explained = taught("explain", GAP)
    assert explained.code == 0
    told = lines_from(explained.out, "shown by:")
    assert [re.sub(r" \(event [0-9a-f]{12}\)", "", line) for line in told if " run " in line] == [
        "  2026-11-20 run three",
        "  2026-11-20 run two",
        "  2026-11-20 run one",
        "  2026-11-20 run one, 3 hits",
        "  2026-11-20 prevented: run four of generation g2",
        "  2026-11-20 recurred: run three of generation g1",
        "  2026-11-20 recurred: run two of generation g1",
    ]
    assert "exposures, 1 prevented, 2 recurred:" in told
    assert "stranger" not in explained.out
    found = taught("explain", GAP, "--format", "json").json["failure"]
    assert [one["outcome"] for one in found["exposures"]] == ["prevented", "recurred", "recurred"]
    assert [one["run"] for one in found["shown"]] == ["three", "two", "one", "one"]
    proposed = taught("pattern", "proposed")
    assert "      seen in 2 runs (6 hits)\n" in proposed.out
    answers = taught("pattern", "proposed", "--format", "json").json["proposals"]
    assert {one["name"]: (one["runs"], one["hits"]) for one in answers} == {GAP: (2, 6), UNKNOWN: (1, 1)}


def test_a_long_list_of_runs_is_cut_and_counted(taught: CommandLine) -> None:
    append_events(str(taught.repo.root), [failure(ODD, f"run{number}", 12) for number in range(15)])
    told = lines_from(taught("explain", UNKNOWN).out, "shown by:")
    assert (len(told), told[-1]) == (12, "  and 6 earlier runs")


def test_the_effect_of_a_warning_stands_below_that_of_the_pattern(taught: CommandLine) -> None:
    """A proposed one has no history; one in force has both."""
    alone = taught("effect", GAP)
    assert alone.code == 0, alone.err
    assert "effect  by warning\n" in alone.out
    # The generation that showed it first is why there is a warning: it speaks for nothing.
    assert "not enough data: with the warning 0 of 1, without 0 of 0" in alone.out
    assert "added lines" not in alone.out
    fields = {"pattern": "named_exceptions", "run": "r"}
    events = [
        make_event(
            "exposure",
            at(12),
            fields | {"generation_id": f"{side}{number}", side: True, "occurred": number < came},
        )
        for side, came, of in (("injected", 2, 14), ("withheld", 9, 12))
        for number in range(of)
    ]
    unwarned = ({"generation_id": f"none{number}", "occurred": False} for number in range(3))
    events += [make_event("exposure", at(12), fields | one) for one in unwarned]
    append_events(str(taught.repo.root), events)
    assert "without" not in taught("effect", "named_exceptions").out
    write_pattern(taught.repo, "named_exceptions", signatures=[{"exception": "OddError", "message": "x"}])
    below = taught("effect", "named_exceptions", GAP)
    head = (
        "generations whose runs showed the failure again, but for the first (difference and ratio with 90 %)"
    )
    assert "introductions per 1,000 added lines" in below.out
    assert lines_from(below.out, head)[3:7] == [
        "named_exceptions",
        "  with the warning 2 of 14, without 9 of 15",
        "  difference 0.41 (0.14 to 0.64), ratio 0.30 (0.09 to 0.69)",
        "  without the warning: 12 by lot",
    ]
    found = taught("effect", "named_exceptions", "--format", "json").json
    assert [one["name"] for one in found["holdout"]["patterns"]] == ["named_exceptions"]
    assert found["patterns"]
    versions = taught("effect", GAP, "--by", "version")
    assert (versions.code, "is only proposed" in versions.err) == (2, True)


def test_the_retro_has_a_line_of_figures_only_where_there_are_runs(taught: CommandLine) -> None:
    when = "2026-11-20T20:00:00Z"
    taught.repo.environment |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    taught.repo.stage()
    taught.repo.commit("what the runs taught")
    command = "retro", "--period", "2026-W47"
    answer = taught(*command)
    assert answer.code == 0, answer.err
    line = (
        "  generation: 3 failures captured in 3 runs, 0.33 repeated per run, "
        "prevention rate 20.00 % (1 prevented, 4 came)"
    )
    assert lines_from(answer.out, "Prompts and assistants")[1] == line
    assert taught(*command, "--format", "json").json["generation"] == {
        "captured": 3,
        "runs": 3,
        "repeated": 1,
        "occurrences": 4,
        "prevented": 1,
        "prevention_rate": 0.2,
    }
    assert "test_secret_words" not in answer.out
    quiet = taught("retro", "--period", "2026-W40", "--format", "json")
    assert "generation" not in quiet.json
