"""The guide for those who write patterns does what it says: each of its examples and commands."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from feedback_loop.domain.pattern import Pattern
from feedback_loop.engines.gate import example_path
from feedback_loop.formats.pattern_doc import parse_pattern
from tests.faces.command_line import CommandLine
from tests.repo import ROOT, Repo

GUIDE = (ROOT / "docs" / "writing-patterns.md").read_text()
_FILE = re.compile(r"^`patterns/([a-z_]+)\.(md|json)`:\n\n(`{3,})(?:markdown|json)\n(.*?)^\3$", re.M | re.S)


def guide_files() -> dict[str, dict[str, str]]:
    """The worked examples: by name their two files, by ending."""
    found: dict[str, dict[str, str]] = {}
    for name, ending, _, text in _FILE.findall(GUIDE):
        found.setdefault(name, {})[ending] = text
    return found


def commands() -> list[str]:
    """The commands of the guide that write a pattern."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.M | re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("feedback-loop pattern new ")]


FILES = guide_files()


def pattern_of(name: str) -> Pattern:
    halves = FILES[name]["md"].encode(), FILES[name]["json"].encode()
    pattern, problems = parse_pattern(name, *halves)
    assert problems == []
    assert pattern is not None
    return pattern


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    repo.write("patterns/README.md", "# Our lessons\n")
    return CommandLine(repo, monkeypatch, capsys)


def install(repo: Repo, name: str) -> None:
    for ending, text in FILES[name].items():
        repo.write(f"patterns/{name}.{ending}", text)


def staged(cli: CommandLine) -> list[tuple[str, int, str]]:
    """(path, line, pattern) of each finding in what is staged."""
    told = cli("scan").out
    found = re.findall(r"^([^ :\n]+):(\d+):\d+: warn (\w+)/", told, re.M)
    assert f"{len(found)} warn" in told
    return [(path, int(line), name) for path, line, name in found]


def test_the_guide_shows_every_kind_in_several_languages() -> None:
    patterns = [pattern_of(name) for name in FILES]
    assert len(patterns) >= 5
    kinds = {one.kind for pattern in patterns for one in pattern.detectors}
    assert kinds == {"literal", "regex", "ast-grep", "builtin"}
    assert {"javascript", "go", "python", "yaml"} <= {
        word for pattern in patterns for word in pattern.languages
    }
    assert all(set(halves) == {"md", "json"} for halves in FILES.values())
    assert len({pattern.pattern_id for pattern in patterns}) == len(patterns)


@pytest.mark.parametrize("name", FILES)
def test_an_example_is_complete_and_keeps_its_promises(cli: CommandLine, name: str) -> None:
    install(cli.repo, name)
    answer = cli("pattern", "lint", name)
    assert (answer.code, answer.out) == (0, "✓ 1 pattern, no problem\n")
    answer = cli("pattern", "test", name)
    assert answer.code == 0, answer.out
    assert "does NOT run" not in cli("explain", name).out


def test_all_examples_stand_side_by_side(cli: CommandLine) -> None:
    for name in FILES:
        install(cli.repo, name)
    answer = cli("pattern", "test")
    assert answer.code == 0, answer.out


@pytest.mark.parametrize("name", FILES)
def test_the_bad_example_is_found_in_a_staged_change_and_the_good_one_is_not(
    cli: CommandLine, name: str
) -> None:
    install(cli.repo, name)
    pattern = pattern_of(name)
    for side, examples in (("bad", pattern.bad), ("good", pattern.good)):
        for example in examples:
            cli.repo.write(example_path(example), example.code)
            cli.repo.stage(example_path(example))
            lines = example.lines or ()
            assert bool(lines) == (side == "bad")
            assert staged(cli) == [(example_path(example), line, name) for line in lines]


def test_an_argument_on_a_line_of_its_own_is_found(cli: CommandLine) -> None:
    install(cli.repo, "no_shell")
    bad = pattern_of("no_shell").bad[0].code
    cli.repo.write("pack.py", bad.replace("        shell=True,\n", ""))
    cli.repo.stage("pack.py")
    cli.repo.commit()
    cli.repo.write("pack.py", bad)
    cli.repo.stage("pack.py")
    assert [name for _, _, name in staged(cli)] == ["no_shell"]


def test_imports_are_followed_as_far_as_the_guide_says(cli: CommandLine) -> None:
    install(cli.repo, "request_timeout")
    imports = "import requests as r\nfrom requests import get\nfrom requests import get as fetch\n"
    cli.repo.write("a.py", imports)
    cli.repo.stage("a.py")
    cli.repo.commit()
    found = []
    for call in ("r.get(url)", "get(url)", "fetch(url)"):
        cli.repo.write("a.py", f"{imports}{call}\n")
        cli.repo.stage("a.py")
        found += [call for _ in staged(cli)]
    assert found == ["r.get(url)", "get(url)"]


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.split()[3])
def test_a_command_of_the_guide_writes_a_pattern_that_works(cli: CommandLine, command: str) -> None:
    words = bash_words(command, cli.repo.root)
    answer = cli(*words[1:])
    assert answer.code == 0, answer.err
    assert cli("pattern", "test", words[3]).code == 0


def bash_words(command: str, folder: Path) -> list[str]:
    """The command's words as the shell that the guide writes for sees them."""
    done = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"], cwd=folder, capture_output=True, check=True
    )
    return done.stdout.decode().split("\0")[:-1]


def test_the_guide_tells_of_no_option_that_does_not_exist(cli: CommandLine) -> None:
    help_text = cli("pattern", "new", "--help").out + cli("scan", "--help").out
    help_text += cli("pattern", "reject", "--help").out + cli("pattern", "edit", "--help").out
    for option in sorted(set(re.findall(r"--[a-z][a-z-]+", GUIDE))):
        assert option in help_text, option


def test_the_json_of_an_example_is_as_short_as_it_can_be() -> None:
    """What has a default is left out: the guide is read by beginners."""
    for name, halves in FILES.items():
        value = json.loads(halves["json"])
        assert not [key for key, one in value.items() if one in ([], {}, None)], name
