"""Every way to commit, through the installed hook and real git."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repo import HOOK, Repo

GOOD = "def load():\n    try:\n        return read()\n    except ValueError:\n        return None\n"
BAD = GOOD.replace("except ValueError:", "except:")
OLD = "def old():\n    try:\n        return read()\n    except:\n        return None\n\n\n"


def commit(
    repo: Repo, *arguments: str, cwd: Path | None = None, text: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`git commit` with hooks; `text` goes to its standard input."""
    return subprocess.run(
        ["git", "commit", "-m", "change", *arguments],
        cwd=cwd or repo.root,
        env=repo.environment | (env or {}),
        input=text,
        capture_output=True,
        text=True,
    )


def state(repo: Repo) -> tuple[object, ...]:
    """Everything a hook must leave alone: index entries, working tree, refs, stash."""
    files = {
        path.relative_to(repo.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(repo.root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
    return repo.git("ls-files", "-s"), files, repo.git("for-each-ref"), repo.git("stash", "list")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """A repository with history, one old bare except in app.py, and our hook installed."""
    repo = Repo(tmp_path_factory.mktemp("template") / "repo", home)
    repo.write("app.py", OLD)
    repo.write("other.py", "x = 1\n")
    repo.stage()
    repo.commit("base")
    repo.run("install", check=True)
    return repo.root


@pytest.fixture
def guarded(template: Path, repo: Repo) -> Repo:
    """A copy of the template, to do with as one likes."""
    shutil.copytree(template, repo.root, dirs_exist_ok=True, symlinks=True)
    return repo


def plain(repo: Repo, code: str) -> subprocess.CompletedProcess[str]:
    repo.write("app.py", OLD + code)
    repo.stage("app.py")
    return commit(repo)


def all_tracked(repo: Repo, code: str) -> subprocess.CompletedProcess[str]:
    repo.write("app.py", OLD + code)
    return commit(repo, "-a")


def one_path(repo: Repo, code: str) -> subprocess.CompletedProcess[str]:
    repo.write("app.py", OLD + code)
    return commit(repo, "app.py")


def include(repo: Repo, code: str) -> subprocess.CompletedProcess[str]:
    repo.write("other.py", "x = 2\n")
    repo.stage("other.py")
    repo.write("app.py", OLD + code)
    return commit(repo, "-i", "app.py")


def patch(repo: Repo, code: str) -> subprocess.CompletedProcess[str]:
    repo.write("app.py", OLD + code)
    return commit(repo, "-p", text="y\n")


def amend(repo: Repo, code: str) -> subprocess.CompletedProcess[str]:
    repo.write("app.py", OLD + code)
    repo.stage("app.py")
    return commit(repo, "--amend")


def from_subfolder(repo: Repo, code: str) -> subprocess.CompletedProcess[str]:
    repo.write("deep/er/notes.txt", "n\n")
    repo.write("app.py", OLD + code)
    repo.stage("app.py")
    return commit(repo, cwd=repo.root / "deep/er")


Form = Callable[[Repo, str], subprocess.CompletedProcess[str]]
FORMS = [plain, all_tracked, one_path, include, patch, amend, from_subfolder]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_clean_change_is_committed(guarded: Repo, form: Form) -> None:
    before = guarded.git("rev-parse", "HEAD")
    done = form(guarded, GOOD)
    assert done.returncode == 0, done.stderr
    assert guarded.git("rev-parse", "HEAD") != before
    assert guarded.git("show", "HEAD:app.py") == OLD + GOOD


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_mistake_is_stopped_and_only_the_added_one_is_named(guarded: Repo, form: Form) -> None:
    before = guarded.git("rev-parse", "HEAD")
    done = form(guarded, BAD)
    told = done.stdout + done.stderr
    assert done.returncode == 1, told
    assert "app.py:11:5: block specific_exceptions/bare_except" in told
    assert "app.py:4:" not in told
    assert guarded.git("rev-parse", "HEAD") == before


def test_the_hook_leaves_index_tree_refs_and_stash_as_they_were(guarded: Repo) -> None:
    guarded.write("app.py", OLD + BAD)
    guarded.stage("app.py")
    guarded.write("app.py", OLD + BAD + "# unstaged\n")
    guarded.write("untracked.py", BAD)
    before = state(guarded)
    assert commit(guarded).returncode == 1
    assert state(guarded) == before


def test_the_very_bytes_of_the_index_are_untouched(guarded: Repo) -> None:
    """Run by itself: git commit refreshes the index before any hook."""
    guarded.write("app.py", OLD + BAD)
    guarded.stage("app.py")
    index = (guarded.root / ".git/index").read_bytes()
    hook = subprocess.run([".git/hooks/pre-commit"], cwd=guarded.root, env=guarded.environment, check=False)
    assert hook.returncode == 1
    assert (guarded.root / ".git/index").read_bytes() == index


def test_what_is_staged_counts_not_what_lies_in_the_tree(guarded: Repo) -> None:
    guarded.write("app.py", OLD + GOOD)
    guarded.stage("app.py")
    guarded.write("app.py", OLD + BAD)
    assert commit(guarded).returncode == 0


def test_a_staged_mistake_is_found_although_the_tree_is_mended(guarded: Repo) -> None:
    guarded.write("app.py", OLD + BAD)
    guarded.stage("app.py")
    guarded.write("app.py", OLD + GOOD)
    assert commit(guarded).returncode == 1


def test_a_path_commit_is_not_judged_by_what_else_is_staged(guarded: Repo) -> None:
    guarded.write("app.py", OLD + BAD)
    guarded.stage("app.py")
    guarded.write("other.py", "x = 2\n")
    assert commit(guarded, "other.py").returncode == 0


def test_the_first_commit_is_checked(repo: Repo) -> None:
    repo.call("install", check=True)
    repo.write("app.py", BAD)
    repo.stage()
    assert commit(repo).returncode == 1
    repo.write("app.py", GOOD)
    repo.stage()
    assert commit(repo).returncode == 0


def test_no_verify_is_the_way_out_and_is_told(guarded: Repo) -> None:
    stopped = plain(guarded, BAD)
    assert "git commit --no-verify" in stopped.stdout + stopped.stderr
    assert commit(guarded, "--no-verify").returncode == 0


@pytest.mark.parametrize("code, wanted", [(GOOD, 0), (BAD, 1)])
def test_a_linked_worktree_is_checked(guarded: Repo, tmp_path: Path, code: str, wanted: int) -> None:
    tree = tmp_path / "linked"
    guarded.git("worktree", "add", "-q", str(tree))
    (tree / "new.py").write_text(code)
    subprocess.run(["git", "add", "."], cwd=tree, env=guarded.environment, check=True)
    done = commit(guarded, cwd=tree)
    assert done.returncode == wanted, done.stderr
    assert ("new.py:4:5" in done.stdout + done.stderr) == bool(wanted)


def test_install_from_a_linked_worktree_serves_all_worktrees(repo: Repo, tmp_path: Path) -> None:
    repo.write("a.txt", "a\n")
    repo.stage()
    repo.commit()
    tree = tmp_path / "linked"
    repo.git("worktree", "add", "-q", str(tree))
    repo.call("install", "-C", str(tree), check=True)
    assert (repo.root / ".git/hooks/pre-commit").exists()
    assert ".fl-tmp-*" in (repo.root / ".git/info/exclude").read_text()
    assert plain(repo, BAD).returncode == 1


def test_a_merge_of_known_lines_passes_and_was_checked(guarded: Repo) -> None:
    guarded.git("checkout", "-q", "-b", "side")
    guarded.write("side.py", BAD)
    guarded.stage()
    guarded.commit("side")
    guarded.git("checkout", "-q", "main")
    guarded.write("other.py", "x = 2\n")
    guarded.stage()
    guarded.commit("main")
    merged = subprocess.run(
        ["git", "merge", "--no-edit", "side"],
        cwd=guarded.root,
        env=guarded.environment,
        capture_output=True,
        text=True,
    )
    assert merged.returncode == 0, merged.stderr
    assert "feedback-loop: checked" in merged.stdout + merged.stderr


def test_a_relative_hooks_path_is_honoured(repo: Repo) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    repo.call("install", check=True)
    assert not (repo.root / ".git/hooks/pre-commit").exists()
    assert plain(repo, BAD).returncode == 1


def test_an_absolute_hooks_path_is_honoured(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "core.hooksPath", str(tmp_path / "all hooks"))
    told = repo.call("install", check=True).stdout
    assert "serves every repository" in told
    assert plain(repo, BAD).returncode == 1


# -- hooks that were there before ----------------------------------------------------------------


def former(repo: Repo, text: str, mode: int = 0o750) -> Path:
    """A hook of somebody else."""
    path = repo.write(".git/hooks/pre-commit", "#!/bin/sh\n" + text)
    path.chmod(mode)
    return path


def test_a_former_hook_runs_first_and_may_pass(repo: Repo) -> None:
    former(repo, "echo former\n")
    repo.call("install", check=True)
    done = plain(repo, BAD)
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert told.index("former") < told.index("bare_except")


def test_a_former_hook_that_fails_ends_the_hook_with_its_code(repo: Repo) -> None:
    hook = former(repo, "exit 7\n")
    repo.call("install", check=True)
    repo.write("app.py", GOOD)
    repo.stage()
    assert commit(repo).returncode != 0
    assert subprocess.run([str(hook)], cwd=repo.root, check=False).returncode == 7


def test_a_former_hook_gets_the_arguments(repo: Repo) -> None:
    hook = former(repo, 'printf "%s|" "$@" > arguments\n')
    repo.call("install", check=True)
    subprocess.run([str(hook), "a b", "c"], cwd=repo.root, env=repo.environment, check=False)
    assert (repo.root / "arguments").read_text() == "a b|c|"


def test_a_former_hook_that_was_not_executable_still_does_not_run(repo: Repo) -> None:
    former(repo, "exit 7\n", 0o644)
    repo.call("install", check=True)
    repo.write("app.py", GOOD)
    repo.stage()
    assert commit(repo).returncode == 0


# -- broken worlds -------------------------------------------------------------------------------


def test_outside_of_a_repository_a_local_hook_passes_unchecked(repo: Repo, tmp_path: Path) -> None:
    done = repo.hook(cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("NOT checked") == 1
    assert "not in a git repository" in done.stderr


def test_outside_of_a_repository_ci_fails(repo: Repo, tmp_path: Path) -> None:
    assert repo.hook(cwd=tmp_path, env={"CI": "1"}).returncode == 2


def test_a_bare_repository_is_named(repo: Repo, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repo.git("init", "-q", "--bare", str(bare))
    done = repo.hook(cwd=bare)
    assert (done.returncode, done.stderr.count("NOT checked")) == (0, 1)
    assert "bare repository" in done.stderr
    assert repo.hook(cwd=bare, env={"CI": "true"}).returncode == 2


@pytest.mark.parametrize("ci, wanted", [("", 0), ("1", 2)])
def test_without_git_on_path(guarded: Repo, tmp_path: Path, ci: str, wanted: int) -> None:
    done = guarded.hook(env={"PATH": str(tmp_path), "CI": ci})
    assert (done.returncode, done.stderr.count("NOT checked")) == (wanted, 1)
    assert "git >= 2.25 is needed (found none on PATH)" in done.stderr


@pytest.mark.parametrize("ci, wanted", [("", 0), ("1", 2)])
def test_an_index_with_conflicts_is_named_and_not_called_clean(guarded: Repo, ci: str, wanted: int) -> None:
    guarded.git("checkout", "-q", "-b", "side")
    guarded.write("other.py", "x = 2\n")
    guarded.stage()
    guarded.commit("side")
    guarded.git("checkout", "-q", "main")
    guarded.write("other.py", "x = 3\n")
    guarded.stage()
    guarded.commit("main")
    guarded.git("merge", "-q", "--no-verify", "side", check=False)
    done = guarded.hook(env={"CI": ci})
    assert done.returncode == wanted, done.stderr
    assert "NOT checked: other.py: unmerged" in done.stdout


@pytest.mark.parametrize(
    "text, told",
    [
        ("fail-on = \n", "feedback-loop.toml:1: not TOML"),
        ('fail-onn = "warn"\n', "feedback-loop.toml:1:"),
    ],
)
def test_broken_settings_are_told_and_the_rest_still_blocks(guarded: Repo, text: str, told: str) -> None:
    guarded.write("feedback-loop.toml", text)
    done = plain(guarded, GOOD)
    assert done.returncode == 0
    assert f"NOT checked: {told}" in done.stdout + done.stderr
    assert plain(guarded, BAD).returncode == 1
    guarded.write("app.py", OLD + GOOD + "\n")
    guarded.stage("app.py")
    assert guarded.hook(env={"CI": "1"}).returncode == 2


def test_an_unknown_key_gets_a_suggestion(guarded: Repo) -> None:
    guarded.write("feedback-loop.toml", 'fail-onn = "warn"\n')
    done = plain(guarded, GOOD)
    assert "fail-on" in (done.stdout + done.stderr).replace("fail-onn", "")


def test_the_hook_file_is_what_the_tests_call(guarded: Repo) -> None:
    """Or all the tests above would test something else."""
    text = (guarded.root / ".git/hooks/pre-commit").read_text()
    assert f"hook={HOOK}" in text
    assert f"python={sys.executable}" in text
