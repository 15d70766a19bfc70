"""`feedback-loop init`: what it writes, what it keeps, when it asks."""

import fcntl
import json
import os
import pty
import re
import subprocess
import sys
import termios
import time
import tomllib
from pathlib import Path

import pytest

from tests.repo import ROOT, Repo

PACK = sorted(path for path in (ROOT / "patterns").iterdir() if path.suffix in (".md", ".json"))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file's bytes and time."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def own_terminal() -> None:
    """In the child: its standard input becomes its controlling terminal, so that Ctrl-C arrives."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def on_terminal(repo: Repo, answers: str, *arguments: str) -> tuple[int, str]:
    """Run with a terminal; each question gets the next character. Exit code and everything shown."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "feedback_loop", *arguments],
        cwd=repo.root,
        env=repo.environment | {"TERM": "xterm", "COLUMNS": "100"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        preexec_fn=own_terminal,
    )
    os.close(follower)
    shown, waiting = b"", list(answers)
    try:
        while block := os.read(leader, 4096):
            shown += block
            if shown.endswith(b"]: ") and waiting:
                answer = waiting.pop(0)
                time.sleep(0.5)  # a person is slower than the way from the question to the reading
                os.write(leader, (answer if answer in "\x03\x04" else answer + "\n").encode())
    except OSError:
        pass  # Linux says EIO when the other end is closed
    os.close(leader)
    return process.wait(), shown.decode().replace("\r\n", "\n")


def test_a_second_run_changes_nothing(repo: Repo) -> None:
    repo.call("init", "--yes", check=True)
    before = snapshot(repo.root)
    done = repo.call("init", "--yes", check=True)
    assert snapshot(repo.root) == before
    assert "nothing to write" in done.stdout
    assert all(path.name in done.stdout for path in PACK)


def test_the_core_pack_is_written_as_it_ships(repo: Repo) -> None:
    repo.call("init", check=True)
    written = {path.name: path.read_bytes() for path in (repo.root / "patterns").iterdir()}
    assert written == {path.name: path.read_bytes() for path in PACK}


def test_the_library_is_the_repositorys_own_afterwards(repo: Repo) -> None:
    repo.call("init", check=True)
    assert repo.call("doctor").stdout.count("built-in") == 0


def test_later_releases_files_are_not_written(repo: Repo) -> None:
    repo.call("init", "--yes", check=True)
    assert sorted(path.name for path in repo.root.iterdir()) == [".git", "feedback-loop.toml", "patterns"]


def test_the_settings_are_all_comments_and_every_example_is_valid(repo: Repo) -> None:
    repo.call("init", check=True)
    path = repo.root / "feedback-loop.toml"
    assert tomllib.loads(path.read_text()) == {}
    lines = path.read_text().split("\n\n", 1)[1].split("\n")
    path.write_text("\n".join(line.removeprefix("# ") for line in lines))
    assert len(tomllib.loads(path.read_text())) == 5
    assert "feedback-loop.toml:" not in repo.call("doctor").stdout


def test_settings_in_pyproject_are_kept_and_get_no_sister(repo: Repo) -> None:
    repo.write("pyproject.toml", '[tool.feedback-loop]\nfail-on = "warn"\n')
    done = repo.call("init", check=True)
    assert not (repo.root / "feedback-loop.toml").exists()
    assert "pyproject.toml (your settings)" in done.stdout


def test_the_folder_of_the_settings_is_used(repo: Repo) -> None:
    repo.write("feedback-loop.toml", 'patterns = "docs/lessons"\n')
    repo.call("init", check=True)
    assert len(list((repo.root / "docs/lessons").iterdir())) == len(PACK)


def test_an_existing_file_is_kept(repo: Repo) -> None:
    mine = repo.write(f"patterns/{PACK[0].name}", "mine\n")
    done = repo.call("init", check=True)
    assert mine.read_text() == "mine\n"
    assert PACK[0].name in done.stdout


def test_a_pattern_with_one_half_of_the_users_is_not_completed_with_ours(repo: Repo) -> None:
    repo.write(f"patterns/{PACK[0].stem}.md", "mine\n")
    repo.call("init", check=True)
    assert not (repo.root / f"patterns/{PACK[0].stem}.json").exists()


@pytest.mark.parametrize("state", ["archive", "proposed"])
def test_a_pattern_that_was_archived_does_not_come_back(repo: Repo, state: str) -> None:
    for ending in (".md", ".json"):
        repo.write(f"patterns/{state}/{PACK[0].stem}{ending}", PACK[0].with_suffix(ending).read_bytes())
    done = repo.call("init", check=True)
    assert not (repo.root / f"patterns/{PACK[0].name}").exists()
    assert f"{state}/{PACK[0].stem}" in done.stdout


@pytest.mark.parametrize("before", [b"", b"*.log\n", b"*.log", b"a\r\nb\r\n"])
def test_temporary_files_are_hidden_once_and_the_other_bytes_kept(repo: Repo, before: bytes) -> None:
    exclude = repo.root / ".git/info/exclude"
    exclude.write_bytes(before)
    repo.call("init", check=True)
    after = exclude.read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].strip() == b".fl-tmp-*"
    repo.call("init", check=True)
    assert exclude.read_bytes() == after
    repo.write("patterns/.fl-tmp-01234567", "")
    assert ".fl-tmp-" not in repo.git("status", "--short", "-uall")


def test_an_exclude_file_that_is_a_link_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    shared = tmp_path / "ignored"
    shared.write_text("*.log\n")
    (repo.root / ".git/info/exclude").unlink()
    (repo.root / ".git/info/exclude").symlink_to(shared)
    repo.call("init", check=True)
    assert shared.read_text() == "*.log\n"


def test_the_next_steps_are_three_lines(repo: Repo) -> None:
    shown = repo.call("init", check=True).stdout
    assert len(shown.split("Next:\n")[1].rstrip("\n").split("\n")) == 3


# -- hooks and questions -------------------------------------------------------------------------


def test_without_a_terminal_nothing_is_asked_and_no_hook_installed(repo: Repo) -> None:
    done = repo.call("init", check=True)
    assert "feedback-loop install" in done.stdout
    assert not (repo.root / ".git/hooks/pre-commit").exists()


def test_yes_installs_the_hook(repo: Repo) -> None:
    repo.call("init", "--yes", check=True)
    assert os.access(repo.root / ".git/hooks/pre-commit", os.X_OK)


def test_no_hooks_wins_over_yes(repo: Repo) -> None:
    done = repo.call("init", "--yes", "--no-hooks", check=True)
    assert "feedback-loop install" in done.stdout
    assert not (repo.root / ".git/hooks/pre-commit").exists()


def test_on_a_terminal_a_no_writes_nothing(repo: Repo) -> None:
    before = snapshot(repo.root)
    code, shown = on_terminal(repo, "n", "init")
    assert code == 1
    assert "patterns/" in shown.split("Write these?")[0]
    assert "nothing written" in shown
    assert snapshot(repo.root) == before


@pytest.mark.parametrize("second, installed", [("y", True), ("n", False)])
def test_on_a_terminal_the_hook_is_a_question_of_its_own(repo: Repo, second: str, installed: bool) -> None:
    code, shown = on_terminal(repo, f"y{second}", "init")
    assert code == 0, shown
    assert (repo.root / "patterns").is_dir()
    assert (repo.root / ".git/hooks/pre-commit").exists() is installed


def test_on_a_terminal_yes_asks_nothing(repo: Repo) -> None:
    code, shown = on_terminal(repo, "", "init", "--yes")
    assert code == 0
    assert "[Y/n]" not in shown


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_leaving_at_the_question_writes_nothing(repo: Repo, key: str) -> None:
    before = snapshot(repo.root)
    code, shown = on_terminal(repo, key, "init")
    assert code == 130, shown
    assert "Traceback" not in shown
    assert snapshot(repo.root) == before


def test_everything_shown_fits_a_terminal_of_100_columns(repo: Repo) -> None:
    shown = repo.call("init", "--yes", check=True).stdout + repo.call("init", check=True).stdout
    assert max(len(line) for line in shown.split("\n")) <= 100


def test_json_for_programs(repo: Repo) -> None:
    told = json.loads(repo.call("init", "--format", "json", check=True).stdout)
    assert told["kept"] == []
    assert told["hooks"] is None
    assert f"patterns/{PACK[0].name}" in told["written"]


# -- broken worlds -------------------------------------------------------------------------------


def test_a_patterns_folder_that_leads_outside_is_refused(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.root / "patterns").symlink_to(outside)
    done = repo.call("init", "--yes")
    assert done.returncode == 2
    assert "leaves the repository" in done.stderr
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("folder", ["..", "a/../..", ".git/../../x"])
def test_a_patterns_folder_named_outside_is_refused(repo: Repo, folder: str) -> None:
    repo.write("feedback-loop.toml", f'patterns = "{folder}"\n')
    before = snapshot(repo.root)
    assert repo.call("init", "--yes").returncode == 2
    assert snapshot(repo.root) == before


def test_broken_settings_stop_it_before_it_writes(repo: Repo) -> None:
    repo.write("feedback-loop.toml", 'patern = "x"\n')
    before = snapshot(repo.root)
    done = repo.call("init", "--yes")
    assert done.returncode == 2
    assert re.search(r"feedback-loop.toml:1: .*patern", done.stderr)
    assert snapshot(repo.root) == before


def test_outside_of_a_repository(repo: Repo, tmp_path: Path) -> None:
    done = repo.call("init", "-C", str(tmp_path))
    assert done.returncode == 2
    assert "git init" in done.stderr


def test_in_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    repo.git("init", "-q", "--bare", str(tmp_path / "bare.git"))
    done = repo.call("init", "-C", str(tmp_path / "bare.git"))
    assert done.returncode == 2
    assert "bare repository" in done.stderr


def test_without_git_nothing_is_half_done(repo: Repo, tmp_path: Path) -> None:
    before = snapshot(repo.root)
    done = repo.call("init", "--yes", env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert "git >= 2.25 is needed" in done.stderr
    assert snapshot(repo.root) == before


def test_a_file_in_the_librarys_place_is_told(repo: Repo) -> None:
    repo.write("patterns", "a file\n")
    done = repo.call("init", "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'patterns' is no folder" in done.stderr
