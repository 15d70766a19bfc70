"""`MetricsIntegration` on real files: it prints what the commands print."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import MetricsCollector, MetricsIntegration, PatternManager
from feedback_loop.errors import UserError
from tests.faces.command_line import CommandLine
from tests.formats.test_guide_doc import SEED
from tests.repo import Repo


@pytest.fixture
def command(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The process stands in the repository, which has metrics and patterns."""
    made = CommandLine(repo, monkeypatch, capsys)
    repo.write("metrics_data.json", metrics())
    repo.write("patterns.json", '{"patterns": [{"name": "bounds_checking", "severity": "high"}]}')
    return made


def metrics(*names: str) -> str:
    collector = MetricsCollector()
    for name in names or ("bounds_checking", "type_mix"):
        collector.log_bug(name, "IndexError: boom", "x[0]", "a.py", 1, timestamp="2026-11-18T10:00:00Z")
    return collector.export_json()


def files(root: Path) -> dict[str, bytes]:
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


TIMED = ("Generated:", "_Generated:", "Period:", '"generated_at"', '"from"', '"to"', '"exposure"')


def dateless(text: str) -> list[str]:
    """Without the lines that tell the time of the run."""
    return [line for line in text.splitlines() if not line.strip().startswith(TIMED)]


def test_collect_metrics_prints_what_collect_does_and_collects_once(
    command: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    MetricsIntegration().collect_metrics()
    told = capsys.readouterr().out
    assert "2 new, 0 duplicate" in told
    assert "  bugs: 2\n" in told
    assert "  total: 2\n" in told
    assert MetricsCollector.from_store(".").get_summary()["bugs"] == 2
    MetricsIntegration().collect_metrics()
    again = capsys.readouterr().out
    assert again == command("collect", "--metrics-file", "metrics_data.json").out
    assert "0 new, 2 duplicate" in again


def test_analyze_metrics_prints_what_analyze_does_and_brings_the_patterns_up_to_date(
    command: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    MetricsIntegration().analyze_metrics()
    told = capsys.readouterr().out
    assert "bounds_checking: 1 occurrence, last seen 2026-11-18T10:00:00Z\n" in told
    assert "type_mix: 1 occurrence, added\n" in told
    assert "wrote patterns.json: 1 pattern counted; added: type_mix" in told
    before = files(command.repo.root)
    answer = command("analyze", "--metrics-file", "metrics_data.json", "--patterns-file", "patterns.json")
    shared = [line for line in dateless(told) if not line.startswith("wrote")]
    assert dateless(answer.out) == shared
    MetricsIntegration().analyze_metrics()
    assert "patterns.json is up to date\n" in capsys.readouterr().out
    assert files(command.repo.root) == before


def test_without_an_update_nothing_is_written(
    command: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    (command.repo.root / "AI_PATTERNS.md").write_text(SEED, "utf-8")
    before = files(command.repo.root)
    MetricsIntegration().analyze_metrics(update_patterns=False)
    MetricsIntegration(patterns_file="none.json").analyze_metrics(update_patterns=False)
    assert "would change patterns.json: 1 pattern counted" in capsys.readouterr().out
    assert files(command.repo.root) == before


def test_a_new_file_of_patterns_begins_with_those_of_the_guide(command: CommandLine) -> None:
    (command.repo.root / "AI_PATTERNS.md").write_text(SEED, "utf-8")
    command.repo.write("metrics_data.json", metrics("large_file_processing"))
    MetricsIntegration(patterns_file="made/p.json").analyze_metrics()
    library = PatternManager("made/p.json")
    assert library.get_pattern_names() == ["numpy_json_serialization", "large_file_processing"]
    entry = library.get_pattern_by_name("large_file_processing")
    assert entry is not None
    assert (entry["bad_example"], entry["occurrence_frequency"]) == ("data = handle.read()", 1)


@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_a_report_is_printed_or_written_as_report_does(
    command: CommandLine, capsys: pytest.CaptureFixture[str], format: str
) -> None:
    MetricsIntegration().generate_report("week", format=format)
    printed = capsys.readouterr().out
    MetricsIntegration().generate_report("week", "report.out", format)
    assert capsys.readouterr().out == f"wrote {command.repo.root}/report.out\n"
    written = (command.repo.root / "report.out").read_text("utf-8")
    options = ("--metrics-file", "metrics_data.json", "--period", "week", "--format", format)
    answer = command("report", *options)
    # The figures of before and after are rates over the time until now.
    said = [
        dateless(re.sub(r'(?s)"effectiveness".*?\n  },', "", text)) for text in (printed, written, answer.out)
    ]
    assert said[0] == said[1] == said[2]
    assert len(said[0]) > 10


def test_the_patterns_go_into_the_guide_once(
    command: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    (command.repo.root / "AI_PATTERNS.md").write_text("# Ours\n\nBy hand.\n", "utf-8")
    MetricsIntegration().sync_patterns_to_markdown()
    assert capsys.readouterr().out == "wrote AI_PATTERNS.md: 1 in the block\n"
    text = (command.repo.root / "AI_PATTERNS.md").read_text("utf-8")
    assert "By hand.\n" in text
    assert "**Pattern:** `bounds_checking`" in text
    before = files(command.repo.root)
    MetricsIntegration().sync_patterns_to_markdown()
    assert capsys.readouterr().out == "AI_PATTERNS.md is up to date\n"
    assert files(command.repo.root) == before


CALLS: dict[str, tuple[Any, str]] = {
    "no metrics to collect": (lambda one: one.collect_metrics(), "no such file: none.json"),
    "no metrics to analyse": (lambda one: one.analyze_metrics(), "no such metrics file: none.json"),
    "no metrics to report": (lambda one: one.generate_report(), "no such metrics file: none.json"),
    "no patterns": (
        lambda one: one.sync_patterns_to_markdown(),
        "no such file or folder of patterns: p.json",
    ),
}


@pytest.mark.parametrize(("call", "words"), CALLS.values(), ids=CALLS)
def test_what_is_missing_is_told_and_nothing_is_written(
    command: CommandLine, capsys: pytest.CaptureFixture[str], call: Any, words: str
) -> None:
    (command.repo.root / "AI_PATTERNS.md").write_text(SEED, "utf-8")
    before = files(command.repo.root)
    with pytest.raises(FileNotFoundError, match=words) as caught:
        call(MetricsIntegration("none.json", "p.json"))
    assert isinstance(caught.value, UserError)
    assert capsys.readouterr().out == ""
    assert files(command.repo.root) == before


WRONG: dict[str, Any] = {
    "a period": lambda one: one.generate_report("year", "r.txt"),
    "a format": lambda one: one.generate_report(output_file="r.txt", format="html"),
    "broken metrics": lambda one: MetricsIntegration("bad.json").analyze_metrics(),
    "broken metrics to collect": lambda one: MetricsIntegration("bad.json").collect_metrics(),
    "broken patterns": lambda one: MetricsIntegration(patterns_file="bad.json").analyze_metrics(),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_a_value_error_and_nothing_is_written(command: CommandLine, call: Any) -> None:
    command.repo.write("bad.json", "{")
    before = files(command.repo.root)
    with pytest.raises(ValueError, match=r"period|format|bad\.json"):
        call(MetricsIntegration())
    assert files(command.repo.root) == before


def test_outside_of_a_repository_files_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "metrics_data.json").write_text(metrics())
    MetricsIntegration().analyze_metrics()
    MetricsIntegration().generate_report()
    assert "Total Bugs: 2" in capsys.readouterr().out
    assert json.loads((tmp_path / "patterns.json").read_text())["patterns"]
    with pytest.raises(UserError, match="not in a git repository"):
        MetricsIntegration().collect_metrics()


def test_what_stdout_cannot_show_is_escaped(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    command.repo.write("metrics_data.json", metrics("prüfung"))
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    MetricsIntegration().generate_report()
    out.flush()
    assert b"pr\\xfcfung" in out.buffer.getvalue()
