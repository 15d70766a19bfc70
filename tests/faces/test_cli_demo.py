"""The demo is real: a real repository, a real hook, and it leaves nothing behind unless asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

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
    assert "\x1b[" not in done.stdout, "colours are for those who ask"
    assert list(scratch.iterdir()) == []


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, home: Path
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One run, kept, in colours, with a hostile configuration of the user's; and the folder it may use."""
    folder = tmp_path_factory.mktemp("demo")
    scratch = folder / "scratch"
    scratch.mkdir()
    config = folder / "gitconfig"
    config.write_text(
        "[core]\n\thooksPath = "
        + str(folder / "elsewhere")
        + "\n[commit]\n\tgpgSign = true\n[init]\n\tdefaultBranch = x\n"
    )
    environment = {"TMPDIR": str(scratch), "GIT_CONFIG_GLOBAL": str(config)}
    repo = Repo(folder / "repo", home)
    return repo.call("demo", "--keep", "--color", "always", env=environment), scratch


def test_keep_leaves_a_working_repository(kept: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, scratch = kept
    (folder,) = scratch.iterdir()
    assert str(folder) in done.stderr
    log = subprocess.run(
        ["git", "log", "--format=%s"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert log.stdout.splitlines() == ["load the settings", "lessons", "old code"]


def test_hostile_global_configuration_does_not_reach_it(
    kept: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    assert kept[0].returncode == 0
    assert "[main " in kept[0].stdout


def test_colours_on_request(kept: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    assert "\x1b[1;31mblock\x1b[0m" in kept[0].stdout
