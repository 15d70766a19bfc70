"""Events are checked before they are history: damaged, renamed or holding a secret, they stop the commit."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.staged_events import _is_masked
from feedback_loop.formats.records import make_event
from tests.repo import Repo

LOG = (
    "log",
    "bug",
    "--pattern",
    "bounds_checking",
    "--error",
    "IndexError",
    "--code",
    "x[0]",
    "--file",
    "a.py",
    "--line",
    "1",
)


@pytest.fixture
def recorded(repo: Repo) -> tuple[Repo, str]:
    """A repository with one event; its path below the root."""
    done = repo.call(*LOG, "--format", "json", "--at", "2026-11-20T10:00:00Z", check=True)
    return repo, json.loads(done.stdout)["path"]


def test_sound_events_pass(recorded: tuple[Repo, str]) -> None:
    repo, _ = recorded
    repo.stage()
    done = repo.hook()
    assert done.returncode == 0, done.stdout + done.stderr
    assert repo.hook("patterns").returncode == 0


@pytest.mark.parametrize("mode", ["scan", "patterns"])
def test_an_edited_event_stops_the_commit(recorded: tuple[Repo, str], mode: str) -> None:
    repo, path = recorded
    repo.write(path, (repo.root / path).read_text().replace("IndexError", "KeyError"))
    repo.stage()
    done = repo.hook(mode)
    assert done.returncode == 1
    assert f"{path}:1" in done.stdout
    assert "its id is not the hash of its content" in done.stdout


def test_a_renamed_event_stops_the_commit(recorded: tuple[Repo, str]) -> None:
    repo, path = recorded
    other = path.replace("t100000z", "t110000z")
    repo.git("add", path)
    repo.git("mv", path, other)
    done = repo.hook()
    assert done.returncode == 1
    assert "the name does not fit the content" in done.stdout


def test_a_secret_that_another_program_wrote_stops_the_commit(recorded: tuple[Repo, str]) -> None:
    import hashlib

    repo, path = recorded
    record = json.loads((repo.root / path).read_text())
    del record["id"]
    record["data"]["error"] = "login failed: password=hunter2hunter2"
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    identity = hashlib.sha256(text.encode()).hexdigest()
    (repo.root / path).unlink()
    path = path[: path.rindex("-") + 1] + identity[:12] + ".json"
    repo.write(path, json.dumps({**record, "id": identity}, sort_keys=True, separators=(",", ":")) + "\n")
    assert repo.call("events", "verify").returncode == 0  # it is sound in every other respect
    repo.stage()
    done = repo.hook()
    assert done.returncode == 1
    assert "looks like a secret" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_a_damaged_line_of_a_segment_is_named(repo: Repo) -> None:
    from feedback_loop.stores.events import append_events

    bug = {"error": "E", "code": "", "file_path": "a.py", "line": 1}
    events = [make_event("bug", f"2026-10-01T10:{n // 60:02}:{n % 60:02}Z", bug) for n in range(120)]
    (path,) = append_events(str(repo.root), events).paths
    lines = (repo.root / path).read_bytes().splitlines(keepends=True)
    lines[40] = lines[40].replace(b'"line":1', b'"line":2')
    repo.write(path, b"".join(lines))
    repo.stage()
    done = repo.hook("patterns")
    assert done.returncode == 1
    assert f"{path}:41: its id is not the hash" in done.stdout


def two_branches(repo: Repo, other: str) -> None:
    """`main` and `other`, the latter with one more file: `other` under the name of an event."""
    repo.write("a.py", "x = 1\n")
    repo.stage()
    repo.commit()
    repo.git("checkout", "-q", "-b", "other")
    path = ".feedback-loop/events/2026-11/20261120t100000z-bug-0123456789ab.json"
    repo.write(path, other)
    repo.write("a.py", "x = 2\n")
    repo.stage()
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("b.py", "y = 1\n")
    repo.stage()
    repo.commit()


def test_a_merge_is_not_asked_about_what_the_other_branch_committed(repo: Repo) -> None:
    two_branches(repo, "{}")
    repo.git("merge", "-q", "--no-commit", "other")
    done = repo.hook()
    assert done.returncode == 0, done.stdout
    assert repo.hook("patterns").returncode == 0


def test_events_of_a_newer_version_are_told_and_let_pass(recorded: tuple[Repo, str]) -> None:
    repo, path = recorded
    repo.write(path, (repo.root / path).read_text().replace('"schema_version":1', '"schema_version":2'))
    repo.stage()
    done = repo.hook()
    assert (done.returncode, "needs a newer feedback-loop" in done.stdout) == (0, True)


def test_very_many_events_are_not_checked_and_let_pass(
    recorded: tuple[Repo, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback_loop.api import staged_events
    from feedback_loop.workspace import Workspace

    repo, path = recorded
    repo.stage()
    monkeypatch.setattr(staged_events, "_MOST_LINES", 0)
    (finding,) = staged_events.staged_events(Workspace.open(str(repo.root)))
    assert (finding.level, finding.path.decode()) == ("warn", path)
    assert "not checked for secrets" in finding.message


@given(st.text(st.sampled_from(" =x1:\n\"'_ap$Filero") | st.characters(codec="utf-8"), max_size=120))
@settings(max_examples=100, deadline=None)
def test_what_was_written_here_is_masked(text: str) -> None:
    data = {"error": text, "code": text, "file_path": "a.py", "line": 1, "stack_trace": text}
    assert _is_masked(make_event("bug", "2026-11-20T10:00:00Z", data))


def test_other_files_of_the_folder_are_let_be(repo: Repo) -> None:
    repo.write(".feedback-loop/events/README.md", "What this is.\n")
    repo.stage()
    assert repo.hook().returncode == 0
