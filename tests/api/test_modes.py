"""Ranges, both sides, trees and files, on real repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback_loop.api import modes, whole
from feedback_loop.api.modes import (
    commit_date,
    compare_range,
    compare_staged,
    keep_only,
    scan_paths,
    scan_range,
    scan_tree,
)
from feedback_loop.api.ranges import Range, parse_range
from feedback_loop.api.scan import scan_staged
from feedback_loop.domain.diff import added_file
from feedback_loop.errors import UserError
from tests.api.small_library import clone, commit, shown, workspace, write_pattern
from tests.repo import Repo, clean_environment

RULE = "words/word"


@pytest.fixture(autouse=True)
def library(repo: Repo) -> None:
    write_pattern(repo, "words", "BAD")


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


# -- ranges ----------------------------------------------------------------------------------------


def test_a_range_has_what_it_adds_and_nothing_else(repo: Repo) -> None:
    base = commit(repo, a="x = 1\ny = BAD\n")
    head = commit(repo, a="x = 1\ny = BAD\nz = BAD\n", b="BAD\n")
    result, library = scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))
    assert shown(result) == [f"a.py:3 {RULE} block", f"b.py:1 {RULE} block"]
    assert (result.mode, result.base, result.head) == ("range", base, head)
    assert (result.files, result.added_lines, library.source) == (2, 2, "patterns/")


def test_a_range_of_nothing_is_clean(repo: Repo) -> None:
    head = commit(repo, a="BAD\n")
    result, _ = scan_range(workspace(repo), Range("HEAD", "HEAD"))
    assert (result.verdict(), result.changes, result.base) == ("clean", 0, head)


def test_three_dots_leave_out_what_the_base_got_meanwhile(repo: Repo) -> None:
    commit(repo, a="x\n")
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, b="BAD\n")
    repo.git("checkout", "-q", "main")
    commit(repo, a="y = BAD\n")
    repo.git("rm", "-q", "a.py")
    commit(repo)
    here = workspace(repo)
    assert shown(scan_range(here, parse_range("main...side"))[0]) == [f"b.py:1 {RULE} block"]
    commit(repo, a="y = BAD\n")
    assert shown(scan_range(here, parse_range("side..main"))[0]) == [f"a.py:1 {RULE} block"]


def test_the_working_tree_and_the_index_have_no_say(repo: Repo) -> None:
    commit(repo, a="x\n")
    commit(repo, a="x\nBAD\n")
    repo.write("a.py", "x\n")
    repo.stage()
    assert shown(scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))[0]) == [f"a.py:2 {RULE} block"]


def test_a_merge_commit_is_a_plain_difference_of_trees(repo: Repo) -> None:
    commit(repo, a="x\n")
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, b="BAD\n")
    repo.git("checkout", "-q", "main")
    commit(repo, c="BAD\n")
    repo.git("merge", "-q", "--no-edit", "side")
    assert shown(scan_range(workspace(repo), parse_range("HEAD^1..HEAD"))[0]) == [f"b.py:1 {RULE} block"]
    assert shown(scan_range(workspace(repo), parse_range("HEAD^2..HEAD"))[0]) == [f"c.py:1 {RULE} block"]


def test_a_new_branch_without_a_base_is_new_in_all(repo: Repo) -> None:
    head = commit(repo, a="BAD\n")
    result, _ = scan_range(workspace(repo), Range("0" * 40, "HEAD"), policy="base")
    assert shown(result) == [f"a.py:1 {RULE} block"]
    assert (result.base, result.head) == (None, head)


def test_a_rename_brings_only_its_new_lines(repo: Repo) -> None:
    text = "BAD\n" + "x = 1\n" * 20
    commit(repo, a=text)
    repo.git("mv", "a.py", "b.py")
    commit(repo, b=text + "y = BAD\n")
    assert shown(scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))[0]) == [f"b.py:22 {RULE} block"]


def test_code_that_attributes_hide_is_read_all_the_same(repo: Repo) -> None:
    commit(repo, a="x\n")
    repo.write(".gitattributes", "*.py -diff\n")
    commit(repo, a="x\nBAD\n")
    result, _ = scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))
    assert f"a.py:2 {RULE} block" in shown(result)


def test_only_keeps_what_a_glob_matches(repo: Repo) -> None:
    commit(repo)
    commit(repo, a="BAD\n", src__b="BAD\n", src__deep__c="BAD\n")
    here = workspace(repo)
    for only, expected in (
        (["src/**"], ["src/b.py", "src/deep/c.py"]),
        (["src/*"], ["src/b.py"]),
        (["a.py", "**/c.py"], ["a.py", "src/deep/c.py"]),
        (["*.md"], []),
    ):
        result, _ = scan_range(here, parse_range("HEAD~1..HEAD"), only=only)
        assert [one.path.decode() for one in result.findings] == expected
        assert result.changes == len(expected)
        assert [one.path.decode() for one in scan_tree(here, only=only)[0].findings] == expected
        assert [
            one.path.decode() for one in scan_paths(here, ["."], only=only, folder=here.root)[0].findings
        ] == (expected)


def test_without_globs_everything_is_kept() -> None:
    changes = [added_file(b"x", b"\xff/a.py"), added_file(b"x", b"b")]
    assert list(keep_only(changes, ())) == changes
    assert [one.path for one in keep_only(changes, ["**/*.py"])] == [b"\xff/a.py"]


def test_a_shallow_clone_is_told_what_to_fetch(repo: Repo, tmp_path: Path) -> None:
    first = commit(repo, a="x\n")
    commit(repo, a="BAD\n")
    cloned = clone(repo, tmp_path / "clone", "--depth", "1")
    with pytest.raises(UserError, match=first) as caught:
        scan_range(workspace(cloned), Range(first, "HEAD"))
    assert (caught.value.exit_code, "fetch-depth: 0" in caught.value.hint) == (2, True)


def test_a_partial_clone_is_told_to_fetch(repo: Repo, tmp_path: Path) -> None:
    commit(repo, a="x\n")
    commit(repo, a="BAD\n")
    cloned = clone(repo, tmp_path / "clone", "--filter=blob:none", "--no-checkout")
    here = workspace(cloned)
    for scan in (
        lambda: scan_range(here, parse_range("HEAD~1..HEAD")),
        lambda: scan_range(here, parse_range("HEAD~1..HEAD"), policy="base"),
        lambda: compare_range(here, parse_range("HEAD~1..HEAD")),
        lambda: scan_tree(here, "HEAD"),
    ):
        with pytest.raises(UserError) as caught:
            scan()
        assert caught.value.exit_code == 2
        assert caught.value.hint.startswith("partial clone: fetch the objects first")


def test_a_repository_of_the_other_hash(tmp_path: Path, home: Path) -> None:
    root = tmp_path / "sha256"
    environment = clean_environment(home)
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(root)], env=environment, check=True)
    repo = Repo(root, home)
    write_pattern(repo, "words", "BAD")
    commit(repo, a="x\n")
    head = commit(repo, a="x\nBAD\n")
    here = workspace(repo)
    for range_ in (parse_range("HEAD~1...HEAD"), Range("0" * 40, "HEAD")):
        result, _ = scan_range(here, range_, policy="base")
        assert (shown(result), result.head) == ([f"a.py:2 {RULE} block"], head)
    assert shown(scan_tree(here, "HEAD")[0]) == [f"a.py:2 {RULE} block"]


def test_the_committers_day(repo: Repo) -> None:
    repo.environment["GIT_COMMITTER_DATE"] = "2024-02-29T12:00:00 +0000"
    commit(repo)
    assert commit_date(workspace(repo), "HEAD") == "2024-02-29"


# -- moved code ------------------------------------------------------------------------------------


def test_a_line_that_moved_is_told_gently(repo: Repo) -> None:
    commit(repo, a="x = 1\ny = BAD\n", b="z = 1\n")
    commit(repo, a="x = 1\n", b="z = 1\nif z:\n    y  =  BAD\n")
    assert shown(scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))[0]) == [f"b.py:3 {RULE} warn moved"]


def test_a_copied_line_is_new_but_once(repo: Repo) -> None:
    commit(repo, a="y = BAD\n")
    commit(repo, a="", b="y = BAD\n", c="y = BAD\n")
    assert shown(scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))[0]) == [
        f"b.py:1 {RULE} warn moved",
        f"c.py:1 {RULE} block",
    ]


def test_lines_of_a_deleted_file_have_moved_too(repo: Repo) -> None:
    commit(repo, a="y = BAD\nq = 1\n", c="x\n")
    repo.git("rm", "-q", "a.py")
    commit(repo, b="import os\nimport sys\n\n\ndef f():\n    y = BAD\n    return os, sys, y\n")
    result, _ = scan_range(workspace(repo), parse_range("HEAD~1..HEAD"), only=["b.py"])
    assert shown(result) == [f"b.py:6 {RULE} warn moved"]


def test_the_settings_say_how_gently(repo: Repo) -> None:
    repo.write("feedback-loop.toml", '[scan]\nmoved-level = "hint"\n')
    commit(repo, a="y = BAD\n")
    commit(repo, a="", b="y = BAD\n")
    assert shown(scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))[0]) == [f"b.py:1 {RULE} hint moved"]


def test_a_removed_submodule_is_no_obstacle(repo: Repo) -> None:
    head = commit(repo, a="x\n")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head[::-1]},sub")
    repo.commit()
    repo.git("update-index", "--force-remove", "sub")
    repo.write("b.py", "BAD\n")
    repo.stage("b.py")
    repo.commit()
    assert shown(scan_range(workspace(repo), parse_range("HEAD~1..HEAD"))[0]) == [f"b.py:1 {RULE} block"]


# -- both sides ------------------------------------------------------------------------------------


def test_what_was_there_is_not_told_and_what_is_more_is(repo: Repo) -> None:
    commit(repo, a="x = BAD\nx = BAD\n", b="x = 1\n")
    commit(repo, a="x = BAD\nx = BAD\nx = BAD\ny = 1\n", b="x = 1\ny = 1\n")
    result, _ = compare_range(workspace(repo), parse_range("HEAD~1..HEAD"))
    assert shown(result) == [f"a.py:3 {RULE} block"]
    assert (result.mode, result.files, result.added_lines) == ("range", 2, 3)


def test_a_line_that_only_moved_within_its_file_is_not_told(repo: Repo) -> None:
    commit(repo, a="y = BAD\nx = 1\n")
    commit(repo, a="x = 1\nif x:\n    y = BAD\n")
    assert shown(compare_range(workspace(repo), parse_range("HEAD~1..HEAD"))[0]) == []


def test_a_finding_that_comes_up_on_an_old_line_is_nonlocal(repo: Repo) -> None:
    """The comment that covered it is gone; the line itself was left alone."""
    commit(repo, a="# feedback-loop: ignore[words] as agreed\ny = BAD\n")
    repo.write("a.py", "# as agreed\ny = BAD\n")
    repo.stage()
    here = workspace(repo)
    assert shown(scan_staged(here)[0]) == []
    assert shown(compare_staged(here)[0]) == [f"a.py:2 {RULE} block nonlocal"]
    repo.commit()
    assert shown(compare_range(here, parse_range("HEAD~1..HEAD"))[0]) == [f"a.py:2 {RULE} block nonlocal"]


def test_a_rename_is_compared_under_its_new_path(repo: Repo) -> None:
    text = "BAD\n" + "x = 1\n" * 20
    commit(repo, a=text)
    repo.git("mv", "a.py", "b.py")
    repo.write("b.py", text + "y = BAD\n")
    repo.stage()
    assert shown(compare_staged(workspace(repo))[0]) == [f"b.py:22 {RULE} block"]


def test_an_unborn_head_has_no_old_side(repo: Repo) -> None:
    repo.write("a.py", "BAD\n")
    repo.stage("a.py")
    result, _ = compare_staged(workspace(repo))
    assert (shown(result), result.mode) == ([f"a.py:1 {RULE} block"], "staged")


def test_a_merge_is_compared_with_all_its_parents(repo: Repo) -> None:
    commit(repo, a="x = 1\n")
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, b="y = BAD\n")
    repo.git("checkout", "-q", "main")
    commit(repo, c="z = 1\n")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    repo.write("b.py", "y = BAD\nq = BAD\n")
    repo.stage()
    assert shown(compare_staged(workspace(repo))[0]) == [f"b.py:2 {RULE} block"]


def test_a_comment_that_newly_covers_a_finding_is_counted_and_an_old_one_is_not(repo: Repo) -> None:
    commit(repo, a="y = BAD  # feedback-loop: ignore[words] agreed\n")
    cover = "# feedback-loop: ignore[words] agreed too\nz = BAD\n"
    commit(repo, a="y = BAD  # feedback-loop: ignore[words] agreed\n" + cover)
    result, _ = compare_range(workspace(repo), parse_range("HEAD~1..HEAD"))
    assert shown(result) == []
    assert [one.reason for one in result.suppressed] == ["agreed too"]


def test_on_added_lines_both_ways_of_looking_agree(repo: Repo) -> None:
    """ACC-5: where nothing is removed, each finding of the staged scan is one more on the new side."""
    commit(repo, a="".join(f"x{n} = {'BAD' if n % 3 else 1}\n" for n in range(12)), b="y = 1\n")
    lines = (repo.root / "a.py").read_text().splitlines(keepends=True)
    for at in (11, 7, 4, 0):
        lines[at:at] = ["new = BAD\n", f"x{at} = BAD\n"]
    repo.write("a.py", "".join(lines))
    repo.write("c.py", "BAD\nBAD\n")
    repo.stage()
    here = workspace(repo)
    staged = shown(scan_staged(here)[0])
    assert len(staged) == 10
    assert [line.replace(" nonlocal", "") for line in shown(compare_staged(here)[0])] == staged
    assert not any(one.nonlocal_ for one in compare_staged(here)[0].findings)


# -- whole trees -----------------------------------------------------------------------------------


def test_a_tree_is_scanned_in_full(repo: Repo) -> None:
    head = commit(repo, a="x\nBAD\n", src__b="BAD\n")
    repo.write("a.py", "unstaged\n")
    repo.write("untracked.py", "BAD\n")
    here = workspace(repo)
    result, _ = scan_tree(here)
    assert shown(result) == [f"a.py:2 {RULE} block", f"src/b.py:1 {RULE} block"]
    assert (result.mode, result.base, result.head, result.added_lines) == ("all", None, None, 3)
    repo.stage("a.py")
    assert shown(scan_tree(here)[0]) == [f"src/b.py:1 {RULE} block"]
    at, _ = scan_tree(here, "HEAD")
    assert (len(at.findings), at.head) == (2, head)


def test_an_unborn_head_has_an_index(repo: Repo) -> None:
    here = workspace(repo)
    assert scan_tree(here)[0].changes == 0
    repo.write("a.py", "BAD\n")
    repo.stage("a.py")
    assert shown(scan_tree(here)[0]) == [f"a.py:1 {RULE} block"]
    with pytest.raises(UserError, match="no commit 'HEAD' here"):
        scan_tree(here, "HEAD")


def test_what_is_not_read_is_named(repo: Repo) -> None:
    repo.write("feedback-loop.toml", 'exclude = ["gen/**"]\n')
    (repo.root / "link.py").symlink_to("a.py")
    repo.write("data.py", b"BAD\0")
    repo.write("large.py", b"# BAD\n" * (3 << 20))
    head = commit(repo, a="x\n", gen__c="BAD\n")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    result, _ = scan_tree(workspace(repo))
    assert set(result.skipped) >= {
        (b"link.py", "symlink"),
        (b"sub", "submodule"),
        (b"data.py", "binary"),
        (b"gen/c.py", "excluded"),
    }
    assert [entry.path for entry in result.not_checked] == [b"large.py"]
    assert (result.findings, result.changes) == ([], len(repo.git("ls-files").splitlines()))


def test_unmerged_paths_are_not_checked(repo: Repo) -> None:
    commit(repo, a="x\n")
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, a="side\n")
    repo.git("checkout", "-q", "main")
    commit(repo, a="main\n")
    repo.git("merge", "side", check=False)
    result, _ = scan_tree(workspace(repo))
    assert [(one.path, one.reason.partition(":")[0]) for one in result.not_checked] == [(b"a.py", "unmerged")]


def test_files_outside_of_a_sparse_checkout_are_scanned_too(repo: Repo) -> None:
    commit(repo, one__a="BAD\n", two__b="BAD\n")
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "one", "patterns")
    assert [one.path for one in scan_tree(workspace(repo))[0].findings] == [b"one/a.py", b"two/b.py"]


def many(repo: Repo, count: int = 400) -> list[str]:
    files = {f"d{number % 7}__f{number}": "x = 1\n" * (number % 5) + "BAD\n" for number in range(count)}
    commit(repo, **files)
    return sorted(name.replace("__", "/") + ".py" for name in files)


def test_many_files_by_several_processes_give_what_one_gives(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = many(repo)
    here = workspace(repo)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(whole.os, "cpu_count", lambda: 4)
    several, _ = scan_tree(here, progress=lambda done, total: told.append((done, total)))
    total = told[-1][1]
    assert total > 4
    assert told == [(number, total) for number in range(1, total + 1)]
    monkeypatch.setattr(whole.os, "cpu_count", lambda: 1)
    one, _ = scan_tree(here)
    assert shown(several) == shown(one)
    assert [finding.path.decode() for finding in one.findings] == names
    assert (several.files, several.added_lines, several.skipped) == (one.files, one.added_lines, one.skipped)


def test_no_more_processes_than_four(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    many(repo)
    limits = []
    run_forked = whole.run_forked

    def counted(*arguments: object) -> object:
        limits.append(arguments[2])
        return run_forked(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(whole.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(whole, "run_forked", counted)
    scan_tree(workspace(repo))
    assert limits == [4]


def test_an_error_of_a_worker_is_the_users_own(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    many(repo)
    monkeypatch.setattr(whole.os, "cpu_count", lambda: 4)
    oid = repo.git("rev-parse", "HEAD:d3/f3.py").strip()
    (repo.root / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(UserError, match=f"object {oid} is missing") as caught:
        scan_tree(workspace(repo))
    assert (caught.value.exit_code, caught.value.kind, caught.value.hint) == (3, "git", "see `git fsck`")


def test_a_comment_that_covers_nothing_is_told_in_a_whole_tree(repo: Repo) -> None:
    commit(repo, a="x = 1  # feedback-loop: ignore[words] why\n")
    assert [one.level for one in scan_tree(workspace(repo))[0].findings] == ["hint"]


# -- files -----------------------------------------------------------------------------------------


def test_files_are_read_as_they_are_on_the_disk(repo: Repo) -> None:
    commit(repo, a="x\n")
    repo.write("a.py", "x\nBAD\n")
    repo.write("src/untracked.py", "BAD\n")
    here = workspace(repo)
    result, _ = scan_paths(here, ["a.py", "src"], folder=here.root)
    assert shown(result) == [f"a.py:2 {RULE} block", f"src/untracked.py:1 {RULE} block"]
    assert (result.mode, result.files) == ("paths", 2)
    assert shown(scan_paths(here, ["untracked.py", "../src/"], folder=f"{here.root}/src")[0]) == [
        f"src/untracked.py:1 {RULE} block"
    ]


def test_what_a_walk_leaves_out_is_named(repo: Repo) -> None:
    repo.write("feedback-loop.toml", 'exclude = ["gen/**", "*_old.py"]\n')
    for name in ("gen/deep/c.py", "a_old.py", "sub/.git/HEAD", "sub/x.py", "node_modules/x/y.py", "a\\b.py"):
        repo.write(name, "BAD\n")
    (repo.root / "link.py").symlink_to("/etc/passwd")
    os.mkfifo(repo.root / "pipe.py")
    here = workspace(repo)
    result, _ = scan_paths(here, ["."], folder=here.root)
    assert result.findings == []
    assert set(result.skipped) >= {
        (b"gen", "excluded"),
        (b"node_modules", "excluded"),
        (b"a_old.py", "excluded"),
        (b"link.py", "symlink"),
        (b"pipe.py", "no regular file"),
        (b"sub", "another repository"),
    }
    assert [(one.path, "not portable" in one.reason) for one in result.not_checked] == [(b"a\\b.py", True)]


def test_a_path_that_is_named_twice_is_scanned_once(repo: Repo) -> None:
    repo.write("src/a.py", "BAD\n")
    here = workspace(repo)
    result, _ = scan_paths(here, ["src", "src/a.py", "."], folder=here.root, only=["src/**"])
    assert (shown(result), result.changes) == ([f"src/a.py:1 {RULE} block"], 1)


def test_paths_outside_of_the_repository_are_an_error(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("BAD\n")
    with pytest.raises(UserError, match="path leaves the repository"):
        scan_paths(workspace(repo), ["../other.py"], folder=str(repo.root))


def test_odd_names_pass(repo: Repo) -> None:
    (repo.root / os.fsdecode(b"\xff\n.py")).write_bytes(b"BAD\n")
    repo.write("é.py", "BAD\n")
    repo.stage()
    repo.commit()
    here = workspace(repo)
    paths = [b"\xc3\xa9.py", b"\xff\n.py"]
    assert [one.path for one in scan_tree(here)[0].findings] == paths
    result, _ = scan_paths(here, ["."], folder=here.root)
    assert [one.path for one in result.findings] == paths[:1]
    assert [one.path for one in result.not_checked] == paths[1:]


def test_a_file_that_goes_away_meanwhile_is_not_checked(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("a.py", "BAD\n")
    here = workspace(repo)
    monkeypatch.setattr(modes, "walk_files", lambda *_: iter([("a.py", ""), ("gone.py", "")]))
    result, _ = scan_paths(here, ["."], folder=here.root)
    assert shown(result) == [f"a.py:1 {RULE} block"]
    assert [(one.path, one.reason) for one in result.not_checked] == [
        (b"gone.py", "cannot be read: No such file or directory")
    ]
