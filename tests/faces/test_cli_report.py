from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import MetricsCollector
from tests.faces.command_line import CommandLine, write_pattern
from tests.repo import Repo

AS_OF = ("--as-of", "2026-11-20T12:00:00Z")


@pytest.fixture
def command(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def metrics() -> dict[str, Any]:
    return {
        "bugs": [
            {"pattern": "bounds_checking", "error": "E", "count": 30, "timestamp": "2026-10-25T00:00:00"},
            {"pattern": "bounds_checking", "error": "E", "count": 3, "timestamp": "2026-11-18T00:00:00"},
            {"pattern": "own_lesson", "error": "E", "count": 2, "timestamp": "2026-11-18T00:00:00Z"},
            {"pattern": "unheard_of", "error": "E"},
        ]
    }


@pytest.fixture
def file(repo: Repo) -> str:
    repo.write("metrics.json", json.dumps(metrics()))
    return "metrics.json"


def files(repo: Repo) -> dict[str, bytes]:
    return {
        str(path.relative_to(repo.root)): path.read_bytes()
        for path in sorted(repo.root.rglob("*"))
        if path.is_file()
    }


def test_a_report_of_a_file(command: CommandLine, file: str) -> None:
    answer = command("report", "--metrics-file", file, *AS_OF)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("=" * 60 + "\nMETRICS ANALYSIS REPORT - ALL\n")
    assert "  Total Bugs: 4\n" in answer.out
    assert "  - bounds_checking: 33 occurrences\n" in answer.out


def test_the_period_filters_and_undated_entries_are_told(command: CommandLine, file: str) -> None:
    answer = command("report", "--metrics-file", file, "--period", "weekly", *AS_OF)
    assert "REPORT - WEEK\n" in answer.out
    assert "  - bounds_checking: 3 occurrences\n" in answer.out
    assert "  Undated entries counted: 1\n  Outside the period: 1\n" in answer.out


def test_severities_and_former_names_are_those_of_the_repository(command: CommandLine, file: str) -> None:
    write_pattern(command.repo, "own_lesson", severity="critical", supersedes=["unheard_of"])
    answer = command("report", "--metrics-file", file, *AS_OF)
    assert "PATTERNS RANKED BY SEVERITY: 2\n  - own_lesson: critical (count: 3)\n" in answer.out


@pytest.mark.parametrize(
    ("format", "begins"),
    [
        ("text", "===="),
        ("markdown", "# Metrics Analysis Report — All\n"),
        ("json", "{\n"),
        ("html", "<!DOCTYPE html>\n"),
    ],
)
def test_a_file_gets_what_the_terminal_would(
    command: CommandLine, file: str, format: str, begins: str
) -> None:
    arguments = ("report", "--metrics-file", file, "--format", format, *AS_OF)
    shown = command(*arguments)
    answer = command(*arguments, "--output", "report.out")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == f"feedback-loop: wrote {command.repo.root}/report.out\n"
    written = (command.repo.root / "report.out").read_text("utf-8")
    assert written == shown.out
    assert written.startswith(begins)


def test_json_is_the_report_of_the_analyzer(command: CommandLine, file: str) -> None:
    found = command("report", "--metrics-file", file, "--format", "json", "--period", "month", *AS_OF).json
    assert found["schema_version"] == 1
    assert found["period"] == {"name": "month", "from": "2026-10-21T12:00:00Z", "to": "2026-11-20T12:00:00Z"}
    assert found["effectiveness"]["bounds_checking"]["verdict"] == "dropped"


def test_the_same_data_and_date_give_the_same_bytes(command: CommandLine, file: str) -> None:
    arguments = ("report", "--metrics-file", file, "--as-of", "2026-11-20")
    assert command(*arguments).out == command(*arguments).out
    assert "Generated: 2026-11-20T23:59:59Z\n" in command(*arguments).out


def test_what_cannot_be_read_is_said_and_the_rest_counted(command: CommandLine) -> None:
    data = metrics() | {"extra": []}
    data["bugs"] += [{"pattern": "\x1b[31m", "count": 0, "timestamp": "?"}] * 6
    command.repo.write("m.json", json.dumps(data))
    answer = command("report", "--metrics-file", "m.json", *AS_OF)
    assert answer.code == 0
    assert "unknown category 'extra': not counted\n" in answer.err
    assert "feedback-loop: bugs[4].count: not a whole number from 1 on: counted as 1\n" in answer.err
    assert answer.err.endswith("feedback-loop: 3 more could not be read as they are\n")
    assert "  Total Bugs: 10\n" in answer.out
    assert "  Unreadable dates: 6\n" in answer.out
    assert "\x1b" not in answer.out + answer.err


BAD = {
    "not JSON": "{",
    "no object": "[]",
    "a category that is no list": '{"bugs": 3}',
    "an entry that is no object": '{"bugs": [3]}',
    "a key given twice": '{"bugs": [], "bugs": []}',
    "not UTF-8": b'{"bugs": "\xff"}',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", ["report", "analyze"])
def test_an_invalid_file_is_refused_and_left_alone(
    command: CommandLine, name: str, text: str | bytes
) -> None:
    path = command.repo.write("bad.json", text)
    before = path.read_bytes()
    answer = command(name, "--metrics-file", "bad.json")
    assert (answer.code, answer.out) == (2, "")
    assert "bad.json: " in answer.err
    assert path.read_bytes() == before


WRONG = {
    "no such file": ("--metrics-file", "none.json"),
    "a folder": ("--metrics-file", "."),
    "an empty name": ("--metrics-file", ""),
    "an unknown period": ("--period", "year"),
    "an unknown format": ("--format", "pdf"),
    "no date": ("--as-of", "soon"),
    "no folder to write to": ("--output", "none/report.txt"),
    "an empty output": ("--output", ""),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_the_user_can_mend_is_exit_2_and_writes_nothing(
    command: CommandLine, file: str, wrong: tuple[str, str]
) -> None:
    before = files(command.repo)
    answer = command("report", "--metrics-file", file, *wrong)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("feedback-loop: ")
    assert files(command.repo) == before


def test_without_a_file_it_is_about_the_events(command: CommandLine) -> None:
    collector = MetricsCollector()
    collector.log_bug("bounds_checking", "E", "x[0]", "a.py", 1, timestamp="2026-11-19T10:00:00Z")
    collector.log_code_review_issue("t", "own_lesson", "high", "a.py", timestamp="2026-11-19T10:00:00Z")
    collector.save(command.repo.root)
    answer = command("report", "--period", "week", *AS_OF)
    assert answer.code == 0
    assert "  Total Bugs: 1\n" in answer.out
    assert "  - own_lesson: high (count: 1)\n" in answer.out


def test_an_unreadable_event_is_said(command: CommandLine) -> None:
    command.repo.write(".feedback-loop/events/2026-11/20261119t100000z-bug-0123456789ab.json", "{")
    answer = command("report", *AS_OF)
    assert answer.code == 0
    assert "20261119t100000z-bug-0123456789ab.json" in answer.err
    assert "  Total Bugs: 0\n" in answer.out


def test_outside_of_a_repository_a_file_is_needed(
    command: CommandLine, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = command.repo.root / file
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    assert command("report").code == 2
    assert "not in a git repository" in command("analyze").err
    answer = command("analyze", "--metrics-file", str(source), *AS_OF)
    assert answer.code == 0
    assert "New patterns: 2\n" in answer.out  # the built-in library knows bounds_checking


def test_paths_are_seen_from_the_folder_that_is_named(
    command: CommandLine, file: str, make_repo: Callable[[str], Repo]
) -> None:
    elsewhere = make_repo("elsewhere")
    os.chdir(elsewhere.root)
    answer = command("report", "-C", str(command.repo.root), "--metrics-file", file, "--output", "r.txt")
    assert answer.code == 0
    assert (command.repo.root / "r.txt").exists()
    assert list(elsewhere.root.glob("r.txt")) == []


def test_analyze_tells_frequencies_new_effect_and_rank(command: CommandLine, file: str) -> None:
    answer = command("analyze", "--metrics-file", file, *AS_OF)
    assert answer.code == 0
    assert (
        "High frequency patterns: 3\n  bounds_checking: 33 occurrences, last seen 2026-11-18T00:00:00Z\n"
        in answer.out
    )
    assert "New patterns: 2\n  own_lesson: 2 occurrences\n  unheard_of: 1 occurrence\n" in answer.out
    assert "\n  bounds_checking: dropped, 30 before and 3 after (n = 33), rate ratio 0.1 (" in answer.out
    assert "\n  own_lesson: not enough data (n = 2)\n" in answer.out
    assert "Ranked by severity: 3\n" in answer.out
    assert "caused" not in answer.out


@pytest.mark.parametrize("arguments", [(), ("--format", "json")])
def test_analyze_twice_gives_the_same_and_writes_nothing(
    command: CommandLine, file: str, arguments: tuple[str, ...]
) -> None:
    before = files(command.repo)
    first = command("analyze", "--metrics-file", file, *AS_OF, *arguments)
    assert command("analyze", "--metrics-file", file, *AS_OF, *arguments) == first
    assert first.code == 0
    assert files(command.repo) == before


def test_analyze_for_programs(command: CommandLine, file: str) -> None:
    found = command("analyze", "--metrics-file", file, "--period", "week", "--format", "json", *AS_OF).json
    assert set(found) == {
        "schema_version",
        "period",
        "counts",
        "high_frequency_patterns",
        "new_patterns",
        "effectiveness",
        "ranked_patterns",
    }
    assert [one["pattern"] for one in found["new_patterns"]] == ["own_lesson", "unheard_of"]
    assert found["counts"]["outside"] == 1


@pytest.mark.parametrize("name", ["report", "analyze"])
def test_a_time_that_is_none_is_told_by_its_option(command: CommandLine, file: str, name: str) -> None:
    for bad in ("bad", ""):
        answer = command(name, "--metrics-file", file, "--as-of", bad)
        assert (answer.code, answer.out) == (2, "")
        assert f"--as-of is no time in ISO 8601: {bad!r}" in answer.err
        assert "as_of" not in answer.err


# -- what an analysis does to the library ------------------------------------------------------------


def library(repo: Repo, *patterns: dict[str, Any]) -> None:
    repo.write("patterns.json", json.dumps({"patterns": patterns}))


def held(repo: Repo) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((repo.root / "patterns.json").read_text("utf-8"))
    return found


UPDATE = ("analyze", "--metrics-file", "metrics.json", "--patterns-file", "patterns.json", *AS_OF)


def test_a_file_of_patterns_is_counted_added_to_and_archived(command: CommandLine, file: str) -> None:
    library(
        command.repo,
        {"name": "bounds_checking", "occurrence_frequency": 2},
        {"name": "old_one", "last_occurrence": "2026-08-01T00:00:00Z", "bad_example": "x"},
        {"name": "never_seen", "last_occurrence": None},
    )
    answer = command(*UPDATE)
    assert answer.code == 0
    assert "New patterns: 2\n  own_lesson: 2 occurrences, added\n  unheard_of: 1 occurrence, added\n" in (
        answer.out
    )
    assert answer.err.endswith(
        "patterns.json: 1 pattern counted; added: own_lesson, unheard_of; archived, not seen for long: old_one\n"
    )
    found = held(command.repo)
    assert [(one["name"], one.get("occurrence_frequency")) for one in found["patterns"]] == [
        ("bounds_checking", 35),
        ("never_seen", None),
        ("own_lesson", 2),
        ("unheard_of", 1),
    ]
    assert found["patterns"][0]["last_occurrence"] == "2026-11-18T00:00:00Z"
    assert [(one["name"], one["bad_example"]) for one in found["archived"]] == [("old_one", "x")]


def test_the_same_metrics_again_give_the_same_answer_and_change_no_byte(
    command: CommandLine, file: str
) -> None:
    library(command.repo, {"name": "bounds_checking"})
    first = command(*UPDATE)
    before = files(command.repo)
    again = command(*UPDATE)
    assert (again.code, again.out) == (0, first.out)
    assert again.err.endswith("patterns.json is up to date\n")
    assert command(*UPDATE[:-1], "2026-11-21").err == again.err
    assert files(command.repo) == before


def test_the_period_shows_less_and_counts_all_the_same(command: CommandLine, file: str) -> None:
    library(command.repo, {"name": "bounds_checking"})
    answer = command(*UPDATE, "--period", "week")
    assert "bounds_checking: 3 occurrences, last seen" in answer.out
    assert held(command.repo)["patterns"][0]["occurrence_frequency"] == 33


def test_metrics_that_were_collected_too_do_not_count_twice(command: CommandLine, file: str) -> None:
    library(command.repo, {"name": "bounds_checking", "occurrence_frequency": 4})
    command(*UPDATE)
    command("collect", "--metrics-file", file)
    command("analyze", "--patterns-file", "patterns.json", *AS_OF)
    command(*UPDATE)
    (entry, *_) = held(command.repo)["patterns"]
    assert (entry["occurrence_frequency"], entry["frequency_sources"]) == (37, {"default": 33})


def test_an_old_file_does_not_make_a_pattern_look_recent(command: CommandLine, file: str) -> None:
    library(command.repo, {"name": "bounds_checking", "last_occurrence": "2026-11-19T00:00:00Z"})
    command(*UPDATE)
    assert held(command.repo)["patterns"][0]["last_occurrence"] == "2026-11-19T00:00:00Z"


def test_a_pattern_imported_today_and_never_seen_is_not_archived(command: CommandLine, file: str) -> None:
    write_pattern(command.repo, "fresh_one")
    command("pattern", "export", "--format", "json", "--output", "patterns.json")
    assert command(*UPDATE[:-1], "2029-01-01").code == 0
    found = held(command.repo)
    assert "fresh_one" in [one["name"] for one in found["patterns"]]
    assert "fresh_one" not in [one["name"] for one in found["archived"]]


def test_a_missing_file_of_patterns_is_made(command: CommandLine, file: str) -> None:
    answer = command(*UPDATE)
    assert "wrote " in answer.err
    assert [one["name"] for one in held(command.repo)["patterns"]] == [
        "bounds_checking",
        "own_lesson",
        "unheard_of",
    ]


def test_without_an_update_nothing_is_written_and_what_would_be_is_said(
    command: CommandLine, file: str
) -> None:
    write_pattern(command.repo, "named_here")
    library(command.repo, {"name": "bounds_checking"})
    before = files(command.repo)
    answer = command(*UPDATE, "--no-update")
    assert "  own_lesson: 2 occurrences\n" in answer.out
    assert "would change" in answer.err
    assert "1 pattern counted; added: own_lesson, unheard_of" in answer.err
    answer = command("analyze", "--metrics-file", file, "--no-update", *AS_OF)
    assert answer.err == (
        "feedback-loop: patterns/: would propose: bounds_checking, own_lesson, unheard_of\n"
    )
    assert files(command.repo) == before


@pytest.mark.parametrize("text", ['{"patterns": [', "[]", '{"patterns": [{}]}', ""])
def test_a_corrupt_file_of_patterns_is_exit_2_and_untouched(
    command: CommandLine, file: str, text: str
) -> None:
    command.repo.write("patterns.json", text)
    before = files(command.repo)
    for more in ((), ("--no-update",)):
        answer = command(*UPDATE, *more)
        assert (answer.code, answer.out) == (2, "")
        assert "patterns.json" in answer.err
    assert files(command.repo) == before


def test_new_patterns_are_proposed_once_and_stay_new_until_accepted(command: CommandLine, file: str) -> None:
    write_pattern(command.repo, "own_lesson")
    first = command("analyze", "--metrics-file", file, *AS_OF)
    assert first.err == (
        "feedback-loop: patterns/: proposed, for a person to decide on: bounds_checking, unheard_of\n"
    )
    assert "New patterns: 2\n  bounds_checking: 33 occurrences, proposed\n" in first.out
    assert sorted(path.name for path in (command.repo.root / "patterns/proposed").iterdir()) == [
        "bounds_checking.json",
        "bounds_checking.md",
        "unheard_of.json",
        "unheard_of.md",
    ]
    before = files(command.repo)
    again = command("analyze", "--metrics-file", file, *AS_OF)
    assert (again.out, again.err) == (first.out, "")
    assert files(command.repo) == before
    assert command("check").code == 0


def test_what_the_events_speak_of_is_proposed_with_its_evidence(command: CommandLine) -> None:
    write_pattern(command.repo, "own_lesson")
    collector = MetricsCollector()
    collector.log_bug("boom_here", "KeyError: x", "d[x]", "a.py", 1, timestamp="2026-11-19T10:00:00Z")
    collector.save(command.repo.root)
    assert command("analyze", *AS_OF).code == 0
    written = json.loads((command.repo.root / "patterns/proposed/boom_here.json").read_text())
    assert (written["source"]["kind"], len(written["source"]["events"])) == ("failure", 1)


def test_a_folder_that_is_named_gets_proposals_and_no_counts(command: CommandLine, file: str) -> None:
    write_pattern(command.repo, "bounds_checking")
    (command.repo.root / "patterns").rename(command.repo.root / "lessons")
    before = files(command.repo)
    command("analyze", "--metrics-file", file, "--patterns-file", "lessons", *AS_OF)
    after = files(command.repo)
    assert {name for name in after if after[name] != before.get(name)} == {
        ".git/feedback-loop/lock",  # proposals are written under the lock
    } | {
        f"lessons/proposed/{name}.{ending}"
        for name in ("own_lesson", "unheard_of")
        for ending in ("md", "json")
    }


def test_a_broken_library_is_no_reason_to_propose_what_may_be_in_it(command: CommandLine, file: str) -> None:
    write_pattern(command.repo, "own_lesson")
    command.repo.write("patterns/unheard_of.json", "{")
    before = files(command.repo)
    answer = command("analyze", "--metrics-file", file, *AS_OF)
    assert (answer.code, answer.out) == (2, "")
    assert "unheard_of.json" in answer.err
    shown = command("analyze", "--metrics-file", file, "--no-update", *AS_OF)
    assert (shown.code, "could not be proposed" in shown.err) == (0, True)
    assert files(command.repo) == before


def test_without_a_folder_nothing_is_proposed_and_that_is_said(command: CommandLine, file: str) -> None:
    answer = command("analyze", "--metrics-file", file, *AS_OF)
    assert "2 new patterns not proposed: there is no folder for them" in answer.err
    assert not (command.repo.root / "patterns").exists()


def test_what_cannot_be_a_name_is_not_proposed_and_what_can_is_by_its_slug(command: CommandLine) -> None:
    write_pattern(command.repo, "own_lesson")
    bugs = [{"pattern": name, "error": "E"} for name in ("???", "Missing Check")]
    command.repo.write("m.json", json.dumps({"bugs": bugs}))
    answer = command("analyze", "--metrics-file", "m.json", *AS_OF)
    assert "'???' cannot be a pattern's name: not proposed" in answer.err
    assert (command.repo.root / "patterns/proposed/missing_check.md").exists()
    assert "Missing Check: 1 occurrence, proposed\n" in answer.out
    assert command("analyze", "--metrics-file", "m.json", *AS_OF).out == answer.out


def test_what_a_person_rejected_is_told_and_not_proposed_again(command: CommandLine, file: str) -> None:
    write_pattern(command.repo, "own_lesson")
    command("analyze", "--metrics-file", file, *AS_OF)
    assert command("pattern", "reject", "unheard_of", "--reason", "a typing error").code == 0
    before = files(command.repo)
    answer = command("analyze", "--metrics-file", file, *AS_OF)
    assert (answer.code, answer.err) == (0, "")
    assert "  unheard_of: 1 occurrence, rejected\n" in answer.out
    assert files(command.repo) == before


def test_a_terminal_shows_how_each_pattern_went(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("2026-09-01", "2026-11-01", "2026-11-02"):
        common = (
            "--pattern",
            "bounds_checking",
            "--error",
            day,
            "--code",
            "",
            "--file",
            "a.py",
            "--line",
            "1",
        )
        assert command("log", "bug", *common, "--at", day).code == 0
    plain = command("analyze", "--as-of", "2026-11-20").out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    shown = command("analyze", "--as-of", "2026-11-20").out
    (line,) = [line for line in plain.splitlines() if "last seen" in line]
    assert line + "  ·········▄·█" in shown.splitlines()
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert command("analyze", "--as-of", "2026-11-20").out == plain
