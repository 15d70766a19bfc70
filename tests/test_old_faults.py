"""Faults that tools of this kind had, and that must not come back. Many are held where their code is tested."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import MetricsCollector, PatternManager
from feedback_loop.domain.guide import CORE_ORDER, SUPERSEDED
from feedback_loop.domain.indicators import BESIDE, NEEDS
from feedback_loop.errors import MachineFault
from feedback_loop.stores.library import load_library
from tests.faces.command_line import CommandLine, write_pattern
from tests.repo import ROOT, Repo

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def command(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


# -- names -----------------------------------------------------------------------------------------


def test_every_name_that_the_tool_speaks_of_is_in_its_library_or_superseded() -> None:
    library = load_library("/dev/null", "patterns")
    spoken = {*CORE_ORDER, *NEEDS, *BESIDE, *SUPERSEDED, *SUPERSEDED.values()}
    assert {name for name in spoken if library.find(name) is None} == set()
    assert {old: library.find(old).name for old in SUPERSEDED} == SUPERSEDED  # type: ignore[union-attr]
    assert {one.name for one in library.active} == set(CORE_ORDER)


# -- data ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_a_library_that_could_not_be_written_is_the_old_one_and_can_be_saved_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "patterns.json"
    path.write_text('{"patterns": [{"name": "x"}]}')
    manager = PatternManager(path)
    manager.patterns.append({"name": "y"})

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"feedback_loop.stores.files.os.{call}", fail)
        with pytest.raises(MachineFault, match="No space left"):
            manager.save_patterns()
    assert path.read_text() == '{"patterns": [{"name": "x"}]}'
    assert [one.name for one in tmp_path.iterdir()] == ["patterns.json"]
    manager.save_patterns()
    assert PatternManager(path).get_pattern_names() == ["x", "y"]


def test_the_description_of_a_pattern_is_never_the_source_of_a_test(tmp_path: Path) -> None:
    details = {
        "type": "test_failure",
        "test_name": "test_a",
        "reason": "boom",
        "code_snippet": "assert a == 1",
    }
    manager = PatternManager(tmp_path / "patterns.json")
    manager.add_new_patterns([{"pattern": "x_y", "count": 1, "details": [details]}])
    manager.add_new_patterns([{"pattern": "y_z", "count": 1, "details": [details | {"reason": None}]}])
    first, second = manager.patterns
    assert (first["description"], first["bad_example"], first["test_coverage"]) == ("boom", "", "")
    assert second["description"] == "Auto-detected pattern"


# -- promises --------------------------------------------------------------------------------------


def test_without_data_there_are_no_figures(command: CommandLine) -> None:
    told = command("report", "--as-of", "2026-11-20").out
    assert [int(number) for number in re.findall(r": (\d+)$", told, re.M)] == [0] * 8
    found = command("analyze", "--format", "json", "--as-of", "2026-11-20").json
    assert (found["high_frequency_patterns"], found["new_patterns"], found["effectiveness"]) == ([], [], {})


ASKING = (
    ("report",),
    ("analyze",),
    ("events", "list"),
    ("events", "verify"),
    ("pattern", "list"),
    ("pattern", "lint"),
    ("pattern", "test"),
    ("pattern", "export", "--format", "json"),
    ("explain", "own_lesson"),
    ("plan", "list"),
    ("scan",),
    ("check",),
    ("doctor",),
)


def test_commands_that_ask_leave_the_tree_as_it_is(command: CommandLine) -> None:
    write_pattern(command.repo, "own_lesson")
    collector = MetricsCollector()
    collector.log_bug("own_lesson", "E", "x", "a.py", 1, timestamp="2026-11-19T10:00:00Z")
    collector.save(command.repo.root)
    command.repo.write("a.py", "x = 1\n")
    command.repo.stage()
    before = command.repo.git("status", "--porcelain", "--ignored")
    for arguments in ASKING:
        assert command(*arguments).code in (0, 1), arguments
    assert command.repo.git("status", "--porcelain", "--ignored") == before


def all_commands() -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Every command as words, with its options."""
    import typer

    from feedback_loop.faces.cli.commands import app

    waiting: list[tuple[tuple[str, ...], Any]] = [((), typer.main.get_command(app))]
    while waiting:
        words, found = waiting.pop()
        options = {one for param in found.params for one in (*param.opts, *param.secondary_opts)}
        yield words, {"--help", *(one for one in options if one.startswith("-"))}
        waiting += [((*words, name), inner) for name, inner in getattr(found, "commands", {}).items()]


def test_every_log_method_has_a_command() -> None:
    commands = {" ".join(words) for words, _ in all_commands()}
    names = [name.removeprefix("log_") for name in vars(MetricsCollector) if name.startswith("log_")]
    other = {
        "code_review_issue": "review",
        "performance_metric": "performance",
        "deployment_issue": "deployment",
        "code_generation": "generation",
    }
    wanted = {f"log {other.get(name, name.replace('_', '-'))}" for name in names if name != "from_plan_file"}
    assert len(wanted) == 6
    assert wanted - commands == set()


def unknown_options(text: str) -> list[str]:
    """`command --option` of what a document gives as a command line, where the command does not take it."""
    known = dict(all_commands())
    wrong = []
    for line in re.findall(r"feedback-loop ([a-z][^`\n]*)", text):
        words = re.split(r"[|;&#)]", line.replace("\\|", " "))[0].split()
        command: tuple[str, ...] = ()
        while words and (*command, words[0]) in known:
            command = (*command, words.pop(0))
        options = re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words))
        wrong += [f"{' '.join(command)} {one}" for one in options if one not in known[command]]
    return wrong


def test_an_option_that_is_none_is_seen() -> None:
    assert unknown_options("`feedback-loop scan --all --alll`, `feedback-loop pattern lint --hints`") == [
        "scan --alll",
        "pattern lint --hints",
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_option_of_the_documents_exists(path: Path) -> None:
    assert unknown_options(path.read_text("utf-8")) == []


def test_a_file_of_patterns_that_cannot_be_read_is_neither_empty_nor_lost(command: CommandLine) -> None:
    command.repo.write("metrics.json", json.dumps({"bugs": [{"pattern": "a_b", "error": "E"}]}))
    path = command.repo.write("patterns.json", '{"patterns": [{"name": "x_y"}')
    answer = command("analyze", "--metrics-file", "metrics.json", "--patterns-file", "patterns.json")
    assert answer.code == 2
    assert path.read_bytes() == b'{"patterns": [{"name": "x_y"}'
