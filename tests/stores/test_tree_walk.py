"""Which files of the working tree a named path stands for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedback_loop.errors import UserError
from feedback_loop.stores.tree_walk import find_path, read_capped, walk_files


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def walked(root: Path, path: str = "", pruned: str = "") -> list[tuple[str, str]]:
    return list(walk_files(str(root), path, lambda below: below == pruned))


def test_a_file_is_itself(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py")
    assert walked(tmp_path, "a/b.py") == [("a/b.py", "")]


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert walked(tmp_path) == []


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/z.py", "a/b/c", "c", ".hidden")
    assert [path for path, _ in walked(tmp_path)] == [".hidden", "a/b/c", "a/z.py", "b.py", "c"]
    assert [path for path, _ in walked(tmp_path, "a")] == ["a/b/c", "a/z.py"]


def test_what_is_not_walked_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a.py", ".git/config", "sub/.git/config", "sub/x.py", "work/.git", "work/x.py", "no/x.py")
    (tmp_path / "file link").symlink_to("a.py")
    (tmp_path / "folder link").symlink_to("no")
    (tmp_path / "nowhere").symlink_to("gone")
    os.mkfifo(tmp_path / "pipe")
    assert walked(tmp_path, pruned="no") == [
        ("a.py", ""),
        ("file link", "symlink"),
        ("folder link", "symlink"),
        ("no", "excluded"),
        ("nowhere", "symlink"),
        ("pipe", "no regular file"),
        ("sub", "another repository"),
        ("work", "another repository"),
    ]


def test_a_folder_that_is_named_is_walked_whatever_it_is(tmp_path: Path) -> None:
    write(tmp_path, "sub/.git/config", "sub/x.py")
    assert walked(tmp_path, "sub", pruned="sub") == [("sub/x.py", "")]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(UserError, match="cannot read the folder"):
        walked(tmp_path)


@pytest.mark.parametrize("named", ["a/b.py", "./a//b.py", "a/../a/b.py", "link/b.py", "link.py"])
def test_whatever_the_user_calls_it_it_is_one_path(tmp_path: Path, named: str) -> None:
    write(tmp_path, "a/b.py")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "link.py").symlink_to("a/b.py")
    for given in (named, f"{tmp_path}/{named}"):
        assert find_path(str(tmp_path), given, str(tmp_path)) == "a/b.py"


def test_paths_are_seen_from_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a/b.py")
    root = str(tmp_path)
    assert find_path(root, "b.py", f"{tmp_path}/a") == "a/b.py"
    assert find_path(root, "..", f"{tmp_path}/a") == ""
    monkeypatch.chdir(tmp_path / "a")
    assert find_path(root, "b.py") == "a/b.py"
    assert find_path(root, ".") == "a"


def test_a_root_behind_a_link(tmp_path: Path) -> None:
    write(tmp_path, "real/a.py")
    (tmp_path / "root").symlink_to("real")
    assert find_path(f"{tmp_path}/root", "a.py", f"{tmp_path}/root") == "a.py"


@pytest.mark.parametrize("named", ["..", "../x", "/etc/passwd", "out/passwd", "/", "../root2/a"])
def test_outside_is_an_error(tmp_path: Path, named: str) -> None:
    root = tmp_path / "root"
    write(tmp_path, "root/a.py", "root2/a", "x")
    (root / "out").symlink_to("/etc")
    with pytest.raises(UserError, match="path leaves the repository") as caught:
        find_path(str(root), named, str(root))
    assert (caught.value.exit_code, caught.value.kind) == (2, "usage")


@pytest.mark.parametrize("named", [".git", ".git/config", ".GIT/config", "sub/.git"])
def test_gits_own_files_are_an_error(tmp_path: Path, named: str) -> None:
    write(tmp_path, ".git/config", "sub/.git/config", ".GIT/config")
    with pytest.raises(UserError, match="git's own files"):
        find_path(str(tmp_path), named, str(tmp_path))


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no such file or folder: 'a\\x1b.py'"):
        find_path(str(tmp_path), "a\x1b.py", str(tmp_path))


def test_bytes_up_to_the_cap(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"0123\xff")
    assert read_capped(str(tmp_path), "a.py", 5) == b"0123\xff"
    assert read_capped(str(tmp_path), "a.py", 4) is None


def test_a_swapped_file_is_not_followed_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    write(tmp_path, "secret")
    (tmp_path / "root/a.py").symlink_to("../secret")
    with pytest.raises(UserError, match="leaves the repository"):
        read_capped(f"{tmp_path}/root", "a.py", 5)
