"""`record`, the post-commit hook: what was shown at a commit and did not land is a prevention (H57)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo import ROOT, Repo

BAD = "def load(text):\n    try:\n        return parse(text)\n    except:\n        return None\n"
GOOD = BAD.replace("except:", "except ValueError:")
WARNED = "import os\n\n\ndef use(path):\n    f = open(path)\n    return f.read()\n"


def commit(repo: Repo, *arguments: str) -> int:
    """What git does: the hook, the commit if it passes, the hook after it; the first hook's exit code."""
    code = 0 if "--no-verify" in arguments else repo.hook().returncode
    if code == 0 or "--no-verify" in arguments:
        repo.git(
            "commit", "-q", "--no-verify", "-m", "x", *[one for one in arguments if one != "--no-verify"]
        )
        done = repo.hook("record")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return code


def spooled(repo: Repo) -> list[dict[str, object]]:
    folder = repo.root / ".git/feedback-loop/spool"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))] if folder.exists() else []


@pytest.fixture
def started(repo: Repo) -> Repo:
    repo.write("a.py", "x = 1\n")
    repo.stage()
    repo.commit()
    return repo


def attempt(repo: Repo, text: str, name: str = "a.py") -> int:
    repo.write(name, text)
    repo.stage(name)
    return commit(repo)


def test_nothing_was_shown_nothing_is_recorded(started: Repo) -> None:
    assert attempt(started, GOOD) == 0
    assert spooled(started) == []
    assert not (started.root / ".git/feedback-loop/shown.jsonl").exists()


def test_a_mended_finding_is_one_prevention(started: Repo) -> None:
    assert attempt(started, BAD) == 1
    assert attempt(started, BAD + "\n") == 1  # the same one, shown twice
    assert attempt(started, GOOD) == 0
    (event,) = spooled(started)
    assert event["kind"] == "prevention"
    assert event["patterns"] == ["specific_exceptions"]
    assert event["commit"] == started.git("rev-parse", "HEAD").strip()
    data = event["data"]
    assert isinstance(data, dict)
    assert (data["path"], data["detector"]) == ("a.py", "bare_except")
    assert started.hook("record").returncode == 0
    assert len(spooled(started)) == 1  # told once


def test_the_installed_hooks_do_it(started: Repo) -> None:
    started.call("install", check=True)
    started.write("a.py", BAD)
    started.stage()
    started.git("commit", "-m", "x", check=False)
    started.write("a.py", GOOD)
    started.stage()
    started.git("commit", "-q", "-m", "y")
    assert len(spooled(started)) == 1
    assert started.git("status", "--short") == ""


def test_a_commit_that_skips_the_hook_prevents_nothing(started: Repo) -> None:
    started.write("a.py", BAD)
    started.stage()
    assert started.hook().returncode == 1
    started.write("a.py", GOOD)
    started.stage()
    commit(started, "--no-verify")  # the last scan blocked: nobody asked again
    assert spooled(started) == []


def test_a_finding_that_landed_is_no_prevention(started: Repo) -> None:
    assert attempt(started, WARNED) == 0
    assert spooled(started) == []


def test_a_warning_that_was_heeded_is_a_prevention(started: Repo) -> None:
    started.write("a.py", WARNED)
    started.stage()
    assert started.hook().returncode == 0
    assert attempt(started, WARNED.replace("    f = open(path)\n    return f.read()", "    return path")) == 0
    assert [event["patterns"] for event in spooled(started)] == [["temp_file_handling"]]


def test_a_suppressed_finding_is_no_prevention(started: Repo) -> None:
    assert attempt(started, BAD) == 1
    allowed = BAD.replace("except:", "except:  # feedback-loop: ignore[specific_exceptions] the end of it")
    assert attempt(started, allowed) == 0
    assert spooled(started) == []


def test_a_finding_put_into_the_baseline_is_no_prevention(started: Repo) -> None:
    assert attempt(started, BAD) == 1
    started.call("baseline", "write", check=True)
    started.stage()
    assert commit(started) == 0
    assert spooled(started) == []


def test_a_file_left_out_of_the_commit_prevents_nothing(started: Repo) -> None:
    assert attempt(started, BAD) == 1
    started.git("reset", "-q", "a.py")
    assert attempt(started, "y = 1\n", "b.py") == 0
    assert spooled(started) == []


def test_a_mistake_moved_to_another_file_is_no_prevention(started: Repo) -> None:
    started.write("a.py", WARNED)
    started.stage()
    started.hook()
    started.write("a.py", "x = 2\n")
    assert attempt(started, WARNED, "b.py") == 0
    started.stage()
    assert spooled(started) == []


def test_one_of_two_equal_mistakes_mended_is_one_prevention(started: Repo) -> None:
    started.write("a.py", WARNED + "\n\n" + WARNED.replace("use", "again"))
    started.stage()
    started.hook()
    assert attempt(started, WARNED) == 0
    assert len(spooled(started)) == 1


def test_a_file_that_cannot_be_checked_any_more_prevents_nothing(started: Repo) -> None:
    assert attempt(started, BAD) == 1
    attempt(started, "\0" + GOOD)
    assert spooled(started) == []


def test_another_branch_keeps_what_it_was_shown(started: Repo) -> None:
    assert attempt(started, BAD) == 1
    started.git("reset", "-q", "--hard")
    started.git("checkout", "-q", "-b", "other")
    assert attempt(started, "z = 1\n", "c.py") == 0
    assert spooled(started) == []
    started.git("checkout", "-q", "main")
    assert attempt(started, GOOD) == 0
    assert len(spooled(started)) == 1


def test_the_first_commit_of_a_repository(repo: Repo) -> None:
    assert attempt(repo, BAD) == 1
    assert attempt(repo, GOOD) == 0
    assert len(spooled(repo)) == 1


def test_damaged_notes_are_no_failure(started: Repo) -> None:
    notes = started.root / ".git/feedback-loop/shown.jsonl"
    notes.parent.mkdir(exist_ok=True)
    notes.write_bytes(b'{"branch":1}\n\xff\n[' + b"[" * 100_000)
    assert started.hook("record").returncode == 0
    assert not notes.exists()
    assert spooled(started) == []


def test_it_never_fails_a_commit(started: Repo, tmp_path: Path) -> None:
    done = started.hook("record", cwd=tmp_path, env={"CI": "1"})
    assert done.returncode == 0
    assert done.stderr.startswith("feedback-loop: NOT recorded:")


def test_the_generic_hook_records_through_path(started: Repo) -> None:
    assert attempt(started, BAD) == 1
    started.write("a.py", GOOD)
    started.stage()
    started.hook()
    hook = started.root / ".git/hooks/post-commit"
    hook.write_bytes((ROOT / "hooks/post-commit").read_bytes())
    hook.chmod(0o755)
    path = f"{Path(sys.executable).parent}:{started.environment['PATH']}"
    command = ["git", "commit", "-q", "-m", "x"]
    subprocess.run(command, cwd=started.root, env=started.environment | {"PATH": path}, check=True)
    assert len(spooled(started)) == 1


def test_a_changed_line_that_is_still_wrong_is_no_prevention(started: Repo) -> None:
    started.write("feedback-loop.toml", '[levels]\nspecific_exceptions = "warn"\n')
    started.write("b.py", "import tempfile\np = tempfile.mktemp()\n")
    started.write("a.py", BAD)
    started.stage()
    assert commit(started) == 1
    started.write("a.py", BAD.replace("except:", "except:  # noqa: E722"))
    started.write("b.py", "x = 1\n")
    started.stage()
    assert commit(started) == 0
    assert [event["patterns"] for event in spooled(started)] == [["temp_file_handling"]]


@pytest.mark.parametrize(
    "setting", ['[levels]\nspecific_exceptions = "hint"', 'exclude = ["a.py"]', 'fail-on = "never"']
)
def test_what_the_settings_let_pass_is_no_prevention(started: Repo, setting: str) -> None:
    assert attempt(started, BAD) == 1
    started.write("feedback-loop.toml", setting + "\n")
    assert attempt(started, BAD) == 0
    assert spooled(started) == []


def test_a_former_hook_that_fails_does_not_keep_it_from_recording(started: Repo) -> None:
    former = started.root / ".git/hooks/post-commit"
    former.write_text("#!/bin/sh\nexit 5\n")
    former.chmod(0o755)
    started.call("install", check=True)
    assert attempt(started, BAD) == 1
    started.write("a.py", GOOD)
    started.stage()
    started.git("commit", "-q", "-m", "y")
    assert len(spooled(started)) == 1
