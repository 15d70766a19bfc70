"""Two trees compared: the same stream as the staged diff, and no program of the repository's runs."""

from __future__ import annotations

import os
import posix
import shlex
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from feedback_loop.domain.diff import new_text
from feedback_loop.errors import UserError
from feedback_loop.formats.patch import parse_patch
from feedback_loop.stores.git import Git
from feedback_loop.stores.git_objects import empty_tree
from feedback_loop.stores.repository import find_repository
from tests.repo import ROOT, Repo

Change = tuple[bytes, str, str | None, bytes | None, bytes | None]


def changes(git: Git, old: str, new: str) -> list[Change]:
    stream = git.range_diff(old, new)
    return [(one.path, one.status, one.skip, one.old_path, one.hunk) for one in parse_patch(stream.blocks())]


def staged(git: Git) -> list[Change]:
    stream = git.staged_diff()
    return [(one.path, one.status, one.skip, one.old_path, one.hunk) for one in parse_patch(stream.blocks())]


def everything_at_once(repo: Repo) -> None:
    """One commit, and a staged change of every kind on top of it."""
    for name in ("kept", "edited", "renamed", "deleted", "mode", "typed"):
        repo.write(f"{name}.py", f"# {name}\n" + "x\n" * 20)
    repo.write("binary.png", b"\0\1")
    repo.stage()
    repo.commit()
    repo.write("edited.py", "# edited\n" + "x\n" * 10 + "y\r\n" + "x\n" * 9)
    repo.git("mv", "renamed.py", "new name.py")
    repo.write("new name.py", "# renamed\n" + "x\n" * 20 + "z")
    repo.git("rm", "-q", "deleted.py")
    (repo.root / "mode.py").chmod(0o755)
    (repo.root / "typed.py").unlink()
    (repo.root / "typed.py").symlink_to("kept.py")
    repo.write("binary.png", b"\0\2")
    repo.write("empty.py", "")
    (repo.root / os.fsdecode(b"\xff.py")).write_bytes(b"new\n")
    repo.stage()
    head = repo.git("rev-parse", "HEAD").strip()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")


def test_equal_trees_differ_in_nothing(repo: Repo) -> None:
    repo.write("a.py", "x\n")
    repo.stage()
    repo.commit()
    head = repo.git("rev-parse", "HEAD").strip()
    assert changes(Git(find_repository(str(repo.root))), head, head) == []


def test_a_range_is_read_as_it_was_when_it_was_staged(repo: Repo) -> None:
    everything_at_once(repo)
    git = Git(find_repository(str(repo.root)))
    before = staged(git)
    repo.commit()
    old, new = git.objects.commit_id("HEAD~1"), git.objects.commit_id("HEAD")
    assert changes(git, old, new) == before
    assert {status for _, status, *_ in before} == {"A", "M", "D", "R", "T"}


def test_against_the_empty_tree_all_is_new(repo: Repo) -> None:
    repo.write("a.py", "x\ny\n")
    repo.stage()
    repo.commit()
    git = Git(find_repository(str(repo.root)))
    head = git.objects.commit_id("HEAD")
    assert changes(git, empty_tree(head), head) == [(b"a.py", "A", None, None, b"+x\n+y\n")]


@pytest.mark.parametrize(
    "option",
    [
        "diff.noprefix=true",
        "diff.algorithm=histogram",
        "diff.context=0",
        "diff.interHunkContext=9",
        "diff.renames=false",
        "diff.mnemonicPrefix=true",
        "diff.relative=true",
        "diff.suppressBlankEmpty=true",
        "diff.submodule=log",
        "diff.ignoreSubmodules=all",
        "diff.colorMoved=zebra",
        "color.ui=always",
        "core.quotePath=true",
        "core.abbrev=4",
    ],
)
def test_the_repositorys_settings_change_no_byte(repo: Repo, option: str) -> None:
    everything_at_once(repo)
    repo.commit()
    git = Git(find_repository(str(repo.root)))
    ends = git.objects.commit_id("HEAD~1"), git.objects.commit_id("HEAD")
    before = changes(git, *ends)
    repo.git("config", *option.split("="))
    assert changes(git, *ends) == before


def test_no_configured_program_runs(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = repo.root / "ran"
    touch = f"touch {shlex.quote(str(mark))}; cat"
    repo.write(".gitattributes", "*.py diff=evil filter=evil merge=evil\n")
    everything_at_once(repo)
    repo.commit()
    for option in (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "merge.evil.driver",
        "gpg.program",
        "pager.log",
    ):
        repo.git("config", option, touch)
    for name in ("diff-tree", "ls-tree", "ls-files", "cat-file", "rev-parse", "merge-base", "log"):
        repo.git("config", f"alias.{name}", f"!{touch}")
    repo.git("config", "log.showSignature", "true")
    git = Git(find_repository(str(repo.root)))
    old, new = git.objects.commit_id("HEAD~1"), git.objects.commit_id("HEAD")
    assert changes(git, old, new)
    git.objects.merge_base(old, new)
    git.objects.commit_date(new)
    git.objects.default_branch()
    entries = git.objects.tree_entries(new)
    git.objects.index()
    git.objects.is_shallow()
    git.objects.is_partial()
    with git.objects.blob_stream() as blobs:
        assert all(blobs.read([oid for mode, oid, _ in entries if mode.startswith("100")], 1 << 20)) is False
    assert not mark.exists()


def test_variables_of_another_repository_lead_nowhere(
    repo: Repo, make_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything_at_once(repo)
    repo.commit()
    other = make_repo("other")
    mark = repo.root / "ran"
    for name, value in (
        ("GIT_DIR", f"{other.root}/.git"),
        ("GIT_INDEX_FILE", f"{other.root}/.git/index"),
        ("GIT_OBJECT_DIRECTORY", f"{other.root}/.git/objects"),
        ("GIT_EXTERNAL_DIFF", f"touch {mark}"),
        ("GIT_TRACE", str(mark)),
    ):
        monkeypatch.setitem(posix.environ, name.encode(), value.encode())
    git = Git(find_repository(str(repo.root)))
    old, new = git.objects.commit_id("HEAD~1"), git.objects.commit_id("HEAD")
    assert len(changes(git, old, new)) == 9
    assert git.objects.index()[0] == git.objects.tree_entries(new)
    assert not mark.exists()


def test_a_linked_worktree_is_a_repository_like_any_other(repo: Repo, tmp_path: Path) -> None:
    everything_at_once(repo)
    repo.commit()
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", "--detach", str(linked), "HEAD~1")
    ends = [repo.git("rev-parse", name).strip() for name in ("HEAD~1", "HEAD")]
    git = Git(find_repository(str(linked)))
    assert git.objects.commit_id("HEAD") == ends[0]
    assert changes(git, *ends) == changes(Git(find_repository(str(repo.root))), *ends)
    assert git.objects.index()[0] == git.objects.tree_entries(ends[0])


def test_a_repository_that_git_refuses_is_told_in_gits_own_words(repo: Repo) -> None:
    repo.git("config", "extensions.unheardOf", "true")
    repo.git("config", "core.repositoryFormatVersion", "1")
    with pytest.raises(UserError, match="unknown repository extension"):
        Git(find_repository(str(repo.root))).objects.commit_id("HEAD")


def test_a_missing_object_is_the_users_error_with_git_s_words(repo: Repo) -> None:
    repo.write("a.py", "x\n")
    repo.stage()
    repo.commit()
    git = Git(find_repository(str(repo.root)))
    head = git.objects.commit_id("HEAD")
    with pytest.raises(UserError, match="1111") as caught:
        changes(git, "1" * 40, head)
    assert (caught.value.exit_code, caught.value.kind) == (2, "git")


# -- GIT-1: the forms ----------------------------------------------------------------------------


FORMS = """
import posix, sys
from feedback_loop.stores.git import Git
from feedback_loop.stores.repository import find_repository
git = Git(find_repository(sys.argv[1]))
for _ in git.range_diff("OLD", "NEW").blocks():
    pass
of = git.objects
of.commit_id("NAME"), of.merge_base("ONE", "OTHER"), of.commit_date("OID"), of.default_branch()
of.index(), of.tree_entries("OID"), of.is_shallow(), of.is_partial()
with of.blob_stream(lenient=True) as blobs:
    list(blobs.read(["OID"], 1))
"""


def test_the_forms_are_those_of_the_list(repo: Repo, tmp_path: Path) -> None:
    """What git is really called with: a program that writes down its arguments stands in for it."""
    log = tmp_path / "log"
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {log}\nprintf "%040d\\n" 1\n')
    fake.chmod(0o755)
    environment = repo.environment | {"PATH": f"{fake.parent}:{os.environ['PATH']}"}
    command = [sys.executable, "-c", FORMS, str(repo.root)]
    subprocess.run(command, env=environment, check=True, cwd=ROOT)
    always = (
        f"-C {repo.root} --no-pager --no-optional-locks --literal-pathspecs -c core.fsmonitor=false "
        "-c safe.bareRepository=explicit -c log.showSignature=false -c core.hooksPath=/dev/null "
    )
    calls = [line.removeprefix(always) for line in log.read_text().splitlines()]
    assert calls[0].endswith(
        "-c diff.relative=false diff-tree -r --no-ext-diff --no-textconv --no-color --diff-algorithm=myers "
        "--indent-heuristic --inter-hunk-context=0 --src-prefix=a/ --dst-prefix=b/ --submodule=short "
        "--ignore-submodules=none --full-index --no-abbrev -M50% -l1000 -O/dev/null --raw -z -p -U1000000 "
        "OLD NEW"
    )
    assert calls[1:] == [
        "rev-parse --verify --quiet NAME^{commit}",
        "merge-base ONE OTHER",
        "log -1 -z --format=%cs OID --",
        "for-each-ref --format=%(symref) refs/remotes/origin/HEAD",
        "ls-files -s -z",
        "ls-tree -r -z OID",
        "rev-parse --is-shallow-repository",
        r"config --get-regexp ^(extensions\.partialclone|remote\..*\.promisor)$",
        "cat-file --batch",
    ]


# -- ACC-5 -----------------------------------------------------------------------------------------


def numstat(repo: Repo, old: str, new: str) -> dict[bytes, int]:
    """Added lines by path, as git itself counts them with this context."""
    flags = ("-M50%", "-l1000", "--diff-algorithm=myers", "--indent-heuristic", "--numstat", "-z")
    words = iter(repo.git("-c", "diff.context=1000000", "diff", *flags, old, new).encode().split(b"\0"))
    counts = {}
    for record in words:
        if record:
            count, _, path = record.split(b"\t")
            if not path:  # a rename: both names follow
                next(words)
                path = next(words)
            counts[path] = int(count)
    return counts


def test_added_lines_are_those_that_git_counts(repo: Repo) -> None:
    lines = [f"line {number % 7}" for number in range(60)]
    for step in range(12):
        for at in range(step, len(lines), 5 + step % 3):
            lines[at] = f"step {step} {at % 4}"
        lines[step : step + 3] = [] if step % 2 else ["new", "", "line 3", "new"]
        repo.write("a.py", "\n".join(lines) + ("\n" if step % 3 else ""))
        repo.write(f"dir {step}/b.py", "\r\n".join(lines[: step + 1]))
        if step % 4 == 3:
            repo.git("mv", f"dir {step - 1}/b.py", f"moved {step}.py")
        repo.stage()
        repo.commit()
    git = Git(find_repository(str(repo.root)))
    oids = repo.git("rev-list", "--reverse", "HEAD").split()
    statuses = set()
    for old, new in [*pairwise(oids), (empty_tree(oids[0]), oids[-1]), (oids[-1], oids[2])]:
        found = changes(git, old, new)
        statuses |= {one[1] for one in found}
        assert {one[0]: len(new_text(one[4] or b"")[1]) for one in found} == numstat(repo, old, new)
    assert statuses == {"A", "M", "D", "R"}
