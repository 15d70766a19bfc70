"""A proposal from one commit."""

from __future__ import annotations

import pytest

from tests.faces.command_line import CommandLine
from tests.repo import Repo

BAD = "import json\n\n\ndef load(path):\n    with open(path) as stream:\n        return json.load(stream)\n"
SOUND = "open_text(path, encoding='utf-8', strict=True)"
GOOD = BAD.replace("open(path)", SOUND)


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    repo.write("patterns/.keep", "")
    repo.write("a.py", BAD)
    repo.stage()
    repo.commit("Read files")
    return CommandLine(repo, monkeypatch, capsys)


def change(cli: CommandLine, text: str, path: str = "a.py") -> None:
    cli.repo.write(path, text)
    cli.repo.stage()
    cli.repo.commit("whatever it says")


def proposals(cli: CommandLine) -> list[str]:
    return sorted(path.name for path in (cli.repo.root / "patterns").rglob("*.*") if path.name != ".keep")


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("a.py", BAD.replace("load(stream)", "loads(stream)"), "fewer than 50"),
        ("notes.md", "word " * 50, "no place in its code"),
        ("a.py", BAD + "def new():\n    return 'a function and nothing that is taken away'\n", "no place"),
        ("a.py", BAD + "x = 1\n" * 401, "401 lines in 1 places"),
    ],
)
def test_a_commit_that_is_no_lesson(cli: CommandLine, path: str, text: str, why: str) -> None:
    change(cli, text, path)
    answer = cli("pattern", "from-fix", "HEAD", "--write")
    assert answer.code == 2
    assert why in answer.err
    assert proposals(cli) == []


def test_no_such_commit_a_root_and_a_merge(cli: CommandLine) -> None:
    assert "no commit 'nowhere'" in cli("pattern", "from-fix", "nowhere").err
    assert "no parent" in cli("pattern", "from-fix", "HEAD").err
    cli.repo.git("checkout", "-q", "-b", "side")
    change(cli, GOOD)
    cli.repo.git("checkout", "-q", "main")
    cli.repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert "it is a merge" in cli("pattern", "from-fix", "HEAD").err
    assert cli("pattern", "from-fix", "side").code == 0


def test_it_shows_what_it_would_write_and_writes_nothing(cli: CommandLine) -> None:
    change(cli, GOOD)
    answer = cli("pattern", "from-fix", "HEAD")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == "open_text_not_open  Prefer `open_text(…)` to `open(…)`"
    assert lines[1].startswith("  1 fix in 1 file; finds 1 of 1 bad, 0 of 1 good; ")
    assert "  would write patterns/proposed/open_text_not_open.md" in lines
    assert "with open(path) as stream:" in lines
    assert "nothing written" in answer.err
    assert proposals(cli) == []


def test_written_it_waits_and_is_accepted_through_its_gate(cli: CommandLine) -> None:
    change(cli, GOOD)
    answer = cli("pattern", "from-fix", "HEAD", "--name", "open_as_text", "--write", "--format", "json")
    assert answer.code == 0, answer.err
    assert answer.json["written"]
    assert answer.json["detector"]
    assert answer.json["places"] == [{"path": "a.py", "line": 5}]
    assert proposals(cli) == ["open_as_text.json", "open_as_text.md"]
    shown = cli("pattern", "proposed")
    assert "open_as_text  ready" in shown.out
    assert "mined from 1 commit" in shown.out
    again = cli("pattern", "from-fix", "HEAD", "--name", "open_as_text", "--write")
    assert (again.code, "exists already" in again.err) == (2, True)
    accepted = cli("pattern", "accept", "open_as_text")
    assert accepted.code == 0, accepted.out + accepted.err
    cli.repo.write("b.py", BAD)
    cli.repo.stage("b.py")
    assert "b.py:5:5: hint open_as_text/mined" in cli("scan", "--hints").out


def test_a_broken_example_keeps_it_out(cli: CommandLine) -> None:
    change(cli, GOOD)
    assert cli("pattern", "from-fix", "HEAD", "--name", "open_as_text", "--write").code == 0
    path = cli.repo.root / "patterns/proposed/open_as_text.md"
    path.write_text(path.read_text().replace(SOUND, "open(path)"))
    answer = cli("pattern", "accept", "open_as_text")
    assert answer.code == 1
    assert "good example" in answer.out
