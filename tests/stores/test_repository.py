import os
from pathlib import Path

import pytest

from feedback_loop.errors import UserError
from feedback_loop.stores.repository import Repository, find_repository
from tests.repo import Repo


@pytest.fixture(autouse=True)
def no_git_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT")]:
        monkeypatch.delenv(name)


def where(found: Repository) -> tuple[str, str, str]:
    return found.root, found.git_dir, found.common_dir


def asked(repo: Repo, folder: Path) -> tuple[str, str, str]:
    """What git itself says, seen from the folder."""
    flags = ("--show-toplevel", "--absolute-git-dir", "--git-common-dir")
    root, git_dir, common = (repo.git("-C", str(folder), "rev-parse", flag).rstrip("\n") for flag in flags)
    return root, git_dir, os.path.normpath(os.path.join(folder, common))  # noqa: PTH118


def linked(repo: Repo, to: Path) -> Path:
    repo.git("commit", "-q", "--allow-empty", "-m", "x")
    repo.git("worktree", "add", "-q", str(to))
    return to


# -- where git finds it too ----------------------------------------------------------------------


def test_plain_and_from_a_folder_below(repo: Repo) -> None:
    below = repo.write("a/b/f", "x").parent
    assert where(find_repository(str(repo.root))) == asked(repo, repo.root)
    assert where(find_repository(str(below))) == asked(repo, below)
    assert find_repository(str(below)).state_dir == f"{repo.root}/.git/feedback-loop"


def test_without_a_folder_it_is_the_one_around_the_process(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.write("a/f", "x").parent)
    found = find_repository()
    assert (where(found), found.own) == (asked(repo, repo.root), True)
    assert find_repository(".").own is False


def test_a_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    second = linked(repo, tmp_path / "second")
    found = find_repository(str(second))
    assert where(found) == asked(repo, second)
    assert found.git_dir != found.common_dir == f"{repo.root}/.git"


def test_a_submodule(repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other", tmp_path)
    other.git("commit", "-q", "--allow-empty", "-m", "x")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "sub/one")
    found = find_repository(str(repo.root / "sub" / "one"))
    assert where(found) == asked(repo, repo.root / "sub" / "one")
    assert found.git_dir == f"{repo.root}/.git/modules/sub/one"


def test_a_git_folder_elsewhere(repo: Repo, tmp_path: Path) -> None:
    repo.git("init", "-q", f"--separate-git-dir={tmp_path / 'elsewhere'}")
    assert (repo.root / ".git").is_file()
    assert where(find_repository(str(repo.root))) == asked(repo, repo.root)


def test_a_link_to_a_work_tree_and_a_link_as_git_folder(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repo.root)
    assert where(find_repository(str(tmp_path / "link"))) == asked(repo, repo.root)
    (repo.root / ".git").rename(tmp_path / "moved")
    (repo.root / ".git").symlink_to(tmp_path / "moved")
    assert find_repository(str(repo.root)).root == str(repo.root)


def test_a_git_folder_that_is_none_is_passed_over(repo: Repo) -> None:
    (repo.root / "a" / ".git").mkdir(parents=True)
    assert where(find_repository(str(repo.root / "a"))) == asked(repo, repo.root / "a")


def test_a_name_that_is_no_utf8(repo: Repo) -> None:
    folder = os.fsencode(repo.root) + b"/\xff"
    os.rename(repo.root, os.fsencode(repo.root) + b"-")  # noqa: PTH104
    os.mkdir(repo.root)  # noqa: PTH102
    os.rename(os.fsencode(repo.root) + b"-", folder)  # noqa: PTH104
    assert os.fsencode(find_repository(os.fsdecode(folder)).root) == folder


# -- where there is none -------------------------------------------------------------------------


def refused(folder: Path | str) -> UserError:
    with pytest.raises(UserError) as caught:
        find_repository(str(folder))
    assert caught.value.exit_code == 2
    return caught.value


def test_not_a_repository(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert (error.message, error.kind) == (f"{tmp_path} is not in a git repository", "no_repository")
    assert "git init" in error.hint


def test_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    repo.git("init", "-q", "--bare", str(tmp_path / "bare.git"))
    for folder in (tmp_path / "bare.git", tmp_path / "bare.git" / "hooks"):
        error = refused(folder)
        assert error.message.startswith(f"{tmp_path / 'bare.git'} is a bare repository or a git folder")
        assert error.kind == "no_repository"


def test_a_bare_repository_inside_of_a_work_tree_is_not_that_work_tree(repo: Repo) -> None:
    repo.git("init", "-q", "--bare", "fixtures/bare")
    assert "bare repository" in refused(repo.root / "fixtures" / "bare").message


def test_inside_of_the_git_folder(repo: Repo, tmp_path: Path) -> None:
    second = linked(repo, tmp_path / "second")
    for folder in (".git", ".git/hooks", ".git/worktrees/second"):
        assert "git folder: there is no work tree" in refused(repo.root / folder).message
    assert find_repository(str(second)).root == str(second)


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_no_folder_at_all(repo: Repo, name: str) -> None:
    repo.write("file", "x")
    error = refused(repo.root / name)
    assert (error.message, error.kind) == (f"no such folder: {repo.root / name}", "usage")


def test_a_current_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UserError, match="the current folder is gone") as caught:
        find_repository()
    assert caught.value.kind == "no_repository"


# -- in a hook -----------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [".git", "{root}/.git", "./.git", "a/../.git"])
def test_git_dir_of_the_own_repository(repo: Repo, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("GIT_DIR", named.format(root=repo.root))
    assert where(find_repository()) == asked(repo, repo.root)


@pytest.mark.parametrize("tree", ["{root}", "..", "."])
def test_git_work_tree(repo: Repo, monkeypatch: pytest.MonkeyPatch, tree: str) -> None:
    folder = repo.write("a/f", "x").parent
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_DIR", f"{repo.root}/.git")
    monkeypatch.setenv("GIT_WORK_TREE", tree.format(root=repo.root))
    assert find_repository().root == str(folder if tree == "." else repo.root)


def test_git_dir_of_a_linked_worktree(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = linked(repo, tmp_path / "second")
    monkeypatch.chdir(second)
    for named in (f"{repo.root}/.git/worktrees/second", ".git"):  # the second one is a file
        monkeypatch.setenv("GIT_DIR", named)
        assert where(find_repository()) == (
            str(second),
            f"{repo.root}/.git/worktrees/second",
            f"{repo.root}/.git",
        )


def test_git_dir_says_nothing_about_another_repository(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/somewhere/else")
    monkeypatch.setenv("GIT_WORK_TREE", "/somewhere")
    assert where(find_repository(str(repo.root))) == (
        str(repo.root),
        f"{repo.root}/.git",
        f"{repo.root}/.git",
    )


# -- merges --------------------------------------------------------------------------------------

OID, LONG = "0a" * 20, "0b" * 32


def test_no_merge(repo: Repo) -> None:
    assert find_repository(str(repo.root)).merge_parents() == []


def test_parents_of_a_merge_under_way(repo: Repo) -> None:
    heads = [OID, LONG, *(f"{number:040x}" for number in range(200))]
    repo.write(".git/MERGE_HEAD", "".join(f"{oid}\n" for oid in heads))
    assert find_repository(str(repo.root)).merge_parents() == heads


@pytest.mark.parametrize(
    "text", ["", "\n", "--output=x\n", OID[:-1], OID.upper(), "HEAD", OID[:-1] + "g", "é" * 40]
)
def test_what_is_no_full_id_is_no_parent(repo: Repo, text: str) -> None:
    repo.write(".git/MERGE_HEAD", text)
    assert find_repository(str(repo.root)).merge_parents() == []


def test_before_merge_head_is_written_gits_variables_name_them(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GITHEAD_{OID}", "topic")
    monkeypatch.setenv("GITHEAD_-x", "topic")
    monkeypatch.chdir(repo.root)
    assert find_repository().merge_parents() == [OID]
    assert find_repository(".").merge_parents() == []  # another repository's merge is none of ours
    repo.write(".git/MERGE_HEAD", LONG)
    assert find_repository().merge_parents() == [LONG]
