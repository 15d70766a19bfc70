"""The forms of stores/git.py that read and write git's configuration; GIT-1 lists none that writes it."""

import shlex
from pathlib import Path

import pytest

from feedback_loop.errors import MachineFault
from feedback_loop.stores.git import Git
from feedback_loop.stores.repository import find_repository
from tests.repo import Repo

ODD = ["plain", "--global", "-c", 'it\'s "quoted" \\ $x `y`', "# no comment; none", "a\nb\t", " spaces ", "ü"]

NAMES = ("pre-commit", "pre-merge-commit")


def config(repo: Repo) -> bytes:
    return (repo.root / ".git/config").read_bytes()


def test_nothing_is_configured_at_first(repo: Repo) -> None:
    git = Git(find_repository(str(repo.root)))
    assert git.configured_hook() == []
    assert not git.remove_configured_hook()


@pytest.mark.parametrize("command", ODD)
def test_a_value_is_written_and_read_as_it_is(repo: Repo, command: str) -> None:
    git = Git(find_repository(str(repo.root)))
    git.configure_hook(command, NAMES)
    assert git.configured_hook() == [("command", command), ("event", NAMES[0]), ("event", NAMES[1])]


def test_writing_again_replaces_and_removing_gives_the_bytes_back(repo: Repo) -> None:
    repo.git("config", "hook.other.command", "true")
    before = config(repo)
    git = Git(find_repository(str(repo.root)))
    git.configure_hook("one", NAMES)
    git.configure_hook("two", NAMES[:1])
    assert git.configured_hook() == [("command", "two"), ("event", NAMES[0])]
    assert git.remove_configured_hook()
    assert config(repo) == before


def test_no_configured_program_runs(repo: Repo) -> None:
    mark = repo.root / "ran"
    for option in ("core.fsmonitor", "core.editor", "core.pager", "pager.config", "core.sshCommand"):
        repo.git("config", option, f"touch {shlex.quote(str(mark))}")
    repo.git("config", "alias.config", f"!touch {shlex.quote(str(mark))}")
    git = Git(find_repository(str(repo.root)))
    git.configure_hook("x", NAMES)
    git.hooks_path()
    git.hooks_dir()
    git.remove_configured_hook()
    assert not mark.exists()


def test_a_locked_configuration_is_the_machines_fault(repo: Repo) -> None:
    repo.write(".git/config.lock", "")
    before = config(repo)
    with pytest.raises(MachineFault, match="lock"):
        Git(find_repository(str(repo.root))).configure_hook("x", NAMES)
    assert config(repo) == before


def test_core_hooks_path_and_where_it_is_set(repo: Repo, tmp_path: Path) -> None:
    git = Git(find_repository(str(repo.root)))
    assert git.hooks_path() is None
    repo.git("config", "core.hooksPath", ".a b")
    assert git.hooks_path() == (".a b", ".git/config")
    assert git.hooks_dir() == f"{repo.root}/.a b"
    repo.git("config", "core.hooksPath", str(tmp_path))
    assert git.hooks_dir() == str(tmp_path)
