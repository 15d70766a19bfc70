"""`feedback-loop pattern log`, and what says that a version was forgotten."""

from __future__ import annotations

import pytest

from tests.faces.command_line import CommandLine, write_pattern
from tests.repo import Repo

NAME = "named_exceptions"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def commit(repo: Repo, message: str = "x") -> str:
    """The short id of a commit of everything."""
    repo.stage()
    repo.commit(message, "--date=2026-01-02T00:00:00Z")
    return repo.git("rev-parse", "HEAD").strip()


def test_a_built_in_pattern_has_no_log(cli: CommandLine) -> None:
    answer = cli("pattern", "log", "specific_exceptions")
    assert (answer.code, answer.out) == (2, "")
    assert "specific_exceptions is built in" in answer.err


@pytest.mark.parametrize("name", ["nobody_knows", "named_exception", "../x", ""])
def test_a_name_that_never_was(cli: CommandLine, name: str) -> None:
    write_pattern(cli.repo, NAME)
    commit(cli.repo)
    answer = cli("pattern", "log", name)
    assert (answer.code, answer.out) == (2, "")
    assert "no pattern is called" in answer.err


def test_before_the_first_commit(cli: CommandLine) -> None:
    write_pattern(cli.repo, NAME)
    answer = cli("pattern", "log", NAME, "--format", "json")
    assert answer.json["entries"] == [{"at": None, "commit": None, "state": "active", "version": 1}]


def test_versions_and_moves_with_their_commits(cli: CommandLine) -> None:
    repo = cli.repo
    repo.write("a.py", "x = 1\n")
    commit(repo)
    write_pattern(repo, NAME, below="proposed/")
    proposed = commit(repo)
    repo.write("patterns/proposed/other.txt", "not of this pattern\n")
    commit(repo)
    repo.git("mv", f"patterns/proposed/{NAME}.md", f"patterns/proposed/{NAME}.json", "patterns/")
    accepted = commit(repo)
    repo.write(f"patterns/{NAME}.md", (repo.root / f"patterns/{NAME}.md").read_text() + "\nMore prose.\n")
    commit(repo)
    write_pattern(repo, NAME, version=2, severity="low")
    raised = commit(repo)
    (repo.root / "patterns/archive").mkdir()
    repo.git("mv", f"patterns/{NAME}.md", f"patterns/{NAME}.json", "patterns/archive/")
    archived = commit(repo)
    repo.git("rm", "-q", "-r", "patterns/archive")
    removed = commit(repo)
    answer = cli("pattern", "log", NAME, "--format", "json")
    assert answer.code == 0
    found = [(one["commit"], one["state"], one["version"]) for one in answer.json["entries"]]
    assert found == [
        (proposed, "proposed", 1),
        (accepted, "active", 1),
        (raised, "active", 2),
        (archived, "archived", 2),
        (removed, "removed", None),
    ]
    write_pattern(repo, NAME, version=3)
    lines = cli("pattern", "log", NAME).out.split("\n")
    assert lines[:3] == [NAME, "  not committed yet         version 3    active", lines[2]]
    assert lines[2].endswith(f"{removed[:12]}               removed")
    assert lines[3].endswith(f"{archived[:12]}  version 2    archived")


def test_what_came_with_a_merge_is_the_merges(cli: CommandLine) -> None:
    repo = cli.repo
    repo.write("a.py", "x = 1\n")
    commit(repo)
    repo.git("checkout", "-q", "-b", "side")
    write_pattern(repo, NAME)
    commit(repo)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "m", "side")
    merge = repo.git("rev-parse", "HEAD").strip()
    repo.write("a.py", "x = 2\n")
    commit(repo)
    (entry,) = cli("pattern", "log", NAME, "--format", "json").json["entries"]
    assert entry["commit"] == merge


# -- a version that was not raised -----------------------------------------------------------------


def notes(cli: CommandLine) -> list[str]:
    """What `check` notes of the patterns; it passes all the same."""
    answer = cli("check", "--format", "json")
    assert answer.code == 0
    (step,) = (one for one in answer.json["steps"] if one["name"] == "patterns")
    return [f"{one['path']}: {one['message']}" for one in step["notes"]]


def test_a_new_pattern_and_new_prose_need_no_version(cli: CommandLine) -> None:
    repo = cli.repo
    write_pattern(repo, NAME)
    assert notes(cli) == []
    commit(repo)
    repo.write(f"patterns/{NAME}.md", (repo.root / f"patterns/{NAME}.md").read_text() + "\nMore.\n")
    write_pattern(repo, "print_left", "print_call", bad="print(1)\n", good="x = 1\n")
    assert notes(cli) == []
    commit(repo)
    assert notes(cli) == []


def test_another_severity_under_the_same_version_is_noted(cli: CommandLine) -> None:
    """In the work tree against HEAD; once committed, against the commit before."""
    repo = cli.repo
    write_pattern(repo, NAME)
    commit(repo)
    write_pattern(repo, NAME, severity="low")
    expected = [f"patterns/{NAME}.json: changed (severity), and its version is still 1"]
    assert notes(cli) == expected
    assert "note: patterns/named_exceptions.json: changed (severity)" in cli("check").out
    commit(repo)
    assert notes(cli) == expected
    write_pattern(repo, NAME, severity="low", version=2)
    assert notes(cli) == []
    commit(repo)
    write_pattern(repo, NAME, severity="high", version=1)
    assert notes(cli) == [f"patterns/{NAME}.json: changed (severity), and its version went back from 2 to 1"]


def test_a_branch_is_held_against_where_it_began(cli: CommandLine) -> None:
    repo = cli.repo
    write_pattern(repo, NAME)
    commit(repo)
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    write_pattern(repo, NAME, severity="low")
    commit(repo)
    repo.write("a.py", "x = 1\n")
    commit(repo)
    assert len(notes(cli)) == 1


def test_the_hook_warns_and_lets_pass(cli: CommandLine) -> None:
    repo = cli.repo
    write_pattern(repo, NAME)
    repo.stage()
    assert repo.hook("patterns").stdout == "", "there is no commit to compare with"
    commit(repo)
    write_pattern(repo, NAME, severity="low")
    assert repo.hook("patterns").stdout == "", "it is not staged"
    repo.stage()
    done = repo.hook("patterns")
    words = f"patterns/{NAME}.json:1: warn: changed (severity), and its version is still 1\n"
    assert (done.returncode, done.stdout) == (0, words)
    write_pattern(repo, NAME, severity="low", version=2)
    repo.stage()
    assert (repo.hook("patterns").returncode, repo.hook("patterns").stdout) == (0, "")
