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
    [("text", "===="), ("markdown", "# Metrics Analysis Report — All\n"), ("json", "{\n")],
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
    "an unknown format": ("--format", "html"),
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
