"""The demo is real: a real repository, a real hook, and it leaves nothing behind unless asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.repo import Repo


def test_the_loop_is_lived_through(repo: Repo, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = repo.run("demo", env={"TMPDIR": str(scratch)})
    assert done.returncode == 0, done.stderr
    titles = [line for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert [line[0] for line in titles] == list("1234567")
    for part in (
        "settings.py:14:5: block specific_exceptions/bare_except",
        "│ feedback-loop: checked 1 file, 8 added lines: 1 block, 0 warn",
        "│ feedback-loop: checked 1 file, 8 added lines: 0 block, 0 warn",
        "[main ",
    ):
        assert part in done.stdout
    assert list(scratch.iterdir()) == []


def test_keep_leaves_a_working_repository(repo: Repo, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = repo.call("demo", "--keep", env={"TMPDIR": str(scratch)})
    (kept,) = scratch.iterdir()
    assert str(kept) in done.stderr
    log = subprocess.run(["git", "log", "--format=%s"], cwd=kept, capture_output=True, text=True, check=True)
    assert log.stdout.splitlines() == ["load the settings", "lessons", "old code"]


def test_hostile_global_configuration_does_not_reach_it(repo: Repo, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[core]\n\thooksPath = "
        + str(tmp_path / "elsewhere")
        + "\n[commit]\n\tgpgSign = true\n[init]\n\tdefaultBranch = x\n"
    )
    assert repo.call("demo", env={"GIT_CONFIG_GLOBAL": str(config)}).returncode == 0


def test_colours_on_request(repo: Repo) -> None:
    assert "\x1b[" not in repo.call("demo").stdout
    assert "\x1b[1;31mblock\x1b[0m" in repo.call("demo", "--color", "always").stdout
