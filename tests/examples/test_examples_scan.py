"""What our own scan says of the examples: the mistake in each bad function, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.faces.command_line import CommandLine
from tests.repo import ROOT, Repo

EXAMPLES = ROOT / "examples"
MODULES = sorted(path for path in (EXAMPLES / "nine_patterns").glob("*.py") if path.stem != "__init__")


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def functions(source: str) -> Iterator[tuple[str, range]]:
    """The names of functions and their lines, decorators included."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            yield node.name, range(first, (node.end_lineno or 0) + 1)


def function_at(source: str, line: int) -> str:
    return next((name for name, lines in functions(source) if line in lines), "outside of functions")


def test_every_built_in_pattern_has_its_module() -> None:
    assert [path.stem for path in MODULES] == sorted(path.stem for path in (ROOT / "patterns").glob("*.md"))


def test_every_bad_function_has_a_good_twin() -> None:
    for path in MODULES:
        names = [name for name, _ in functions(path.read_text())]
        bad = [name.removeprefix("bad_") for name in names if name.startswith("bad_")]
        assert bad
        assert bad == [name.removeprefix("good_") for name in names if name.startswith("good_")]


def test_the_pattern_is_found_in_each_bad_function_and_nothing_else(cli: CommandLine, repo: Repo) -> None:
    """Suppressed ones count: a comment takes a finding away only where one is."""
    for path in MODULES:
        repo.write(f"app/{path.name}", path.read_bytes())
    answer = cli("scan", "app", "--hints", "--format", "json").json
    assert answer["not_checked"] == answer["skipped"] == []
    found = {
        (one["path"], function_at((repo.root / one["path"]).read_text(), one["line"]), one["pattern"])
        for one in answer["findings"] + answer["suppressed"]
    }
    assert found == {
        (f"app/{path.name}", name, path.stem)
        for path in MODULES
        for name, _ in functions(path.read_text())
        if name.startswith("bad_")
    }


def test_our_own_scan_lets_the_examples_pass(cli: CommandLine, repo: Repo) -> None:
    """Every suppression takes something away, and no hint is left that would speak against a plan."""
    for path in EXAMPLES.rglob("*.py"):
        repo.write(str(path.relative_to(ROOT)), path.read_bytes())
    answer = cli("scan", "examples", "--hints", "--format", "json").json
    assert answer["findings"] == []
    assert {one["reason"] for one in answer["suppressed"]} == {"the mistake that this module shows"}


def test_nothing_is_found_in_the_application(cli: CommandLine, repo: Repo) -> None:
    """At a place where no detector is switched off, hints included."""
    sources = sorted((EXAMPLES / "audio_upload").glob("[!_]*.py"))
    for path in sources:
        repo.write(f"app/{path.name}", path.read_bytes())
    answer = cli("scan", "app", "--hints", "--format", "json")
    assert (answer.code, answer.json["findings"], answer.json["suppressed"]) == (0, [], [])
    assert answer.json["summary"]["files"] == len(sources) == 5
