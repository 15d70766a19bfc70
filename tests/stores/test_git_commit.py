"""The commit that the tool makes itself, on real repositories in every state (GIT-8, H86, F3, F4)."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.git_commit import commit_files, refuse_commit
from feedback_loop.stores.git_writing import GitWriter
from feedback_loop.stores.repository import find_repository
from tests.repo import Repo, clean_environment

NOW = 1_800_000_000
GUIDE, RETRO, OLD = "AI_PATTERNS.md", "retros/2026-W47.md", "patterns/old.md"
FILES = {GUIDE: b"new\n", RETRO: b"retro\n", OLD: None}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own git settings, and nobody's name in the environment."""
    for name in list(os.environ):
        if name.startswith("GIT_") or name == "EMAIL":
            monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture
def repo(repo: Repo) -> Repo:
    """One commit with a guide, a pattern to remove and a file of the user's."""
    fill(repo)
    return repo


def fill(repo: Repo) -> None:
    repo.git("config", "user.name", "Ü User")
    repo.git("config", "user.email", "u@example.org")
    repo.write(GUIDE, "old\n")
    repo.write(OLD, "old\n")
    repo.write("mine.py", "x = 1\n")
    repo.stage()
    repo.commit("first")


def put(repo: Repo, files: dict[str, bytes | None] | None = None) -> None:
    """What the caller has done before it commits."""
    for path, data in (files or FILES).items():
        if data is None:
            (repo.root / path).unlink(missing_ok=True)
        else:
            repo.write(path, data)


def commit(repo: Repo, files: dict[str, bytes | None] | None = None, message: str = "Retro") -> str | None:
    return commit_files(find_repository(str(repo.root)), message, files or FILES, now=NOW)


def head(repo: Repo) -> str:
    return repo.git("rev-parse", "HEAD").strip()


def status(repo: Repo) -> list[str]:
    return repo.git("status", "--porcelain", "-uall").splitlines()


def world(repo: Repo) -> dict[str, bytes]:
    """Every file of the repository, git's own included."""
    return {
        path.relative_to(repo.root).as_posix(): path.read_bytes()
        for path in sorted(repo.root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def assert_whole(repo: Repo, before: str) -> None:
    """One commit more, of our files alone; nothing of ours is left over."""
    assert repo.git("rev-list", "--parents", "-1", "HEAD").split()[1:] == [before]
    changed = repo.git("diff-tree", "-r", "--name-status", before, "HEAD").splitlines()
    assert changed == [f"M\t{GUIDE}", f"D\t{OLD}", f"A\t{RETRO}"]
    assert [line for line in status(repo) if line[3:] in FILES] == []
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
    assert not list(repo.root.rglob("*.lock"))
    assert not list(repo.root.rglob("feedback-loop/commit/*"))


# -- nothing to do, and the ordinary case -----------------------------------------------------------


def test_what_head_has_already_is_no_commit(repo: Repo) -> None:
    before = world(repo)
    assert commit(repo, {GUIDE: b"old\n", "nowhere.md": None}) is None
    assert world(repo) == before


def test_asking_first_writes_nothing(repo: Repo) -> None:
    put(repo, {GUIDE: b"new\n"})
    before = world(repo)
    refuse_commit(find_repository(str(repo.root)), FILES, now=NOW, untouched=["mine.py", "new.md"])
    assert world(repo) == before
    with pytest.raises(UserError, match=r"'AI_PATTERNS\.md' \(not staged\)"):
        refuse_commit(find_repository(str(repo.root)), {}, now=NOW, untouched=[GUIDE])


def test_our_files_are_committed_and_the_users_stay_as_they_were(repo: Repo) -> None:
    repo.write("both.py", "1\n")
    repo.stage("both.py")
    repo.commit("second")
    repo.write("staged.py", "staged\n")
    repo.write("both.py", "2\n")
    repo.stage("staged.py", "both.py")
    repo.write("both.py", "3\n")
    repo.git("mv", "mine.py", "moved.py")
    put(repo)
    before, old = head(repo), [line for line in status(repo) if line[3:] not in FILES]
    new = commit(repo, message="Retro 2026-W47 é\n\nbody\n\n")
    assert new == head(repo)
    assert_whole(repo, before)
    assert status(repo) == old == ["MM both.py", "R  mine.py -> moved.py", "A  staged.py"]
    assert repo.git("show", ":both.py") == "2\n"
    shown = repo.git("log", "-1", "--format=%an <%ae> %cn%n%B%e")
    assert shown == "Ü User <u@example.org> Ü User\nRetro 2026-W47 é\n\nbody\n\n\n".replace("\n\n\n", "\n\n")
    for name in ("HEAD", "main"):
        assert repo.git("reflog", "-1", "--format=%gs", name) == "commit: Retro 2026-W47 é\n"
    assert commit(repo) is None


def test_people_and_dates_of_the_environment_come_first(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("config", "committer.name", "C")
    repo.git("config", "i18n.commitEncoding", "latin1")
    for name, value in {
        "GIT_AUTHOR_NAME": "É Author",
        "GIT_AUTHOR_EMAIL": "author@example.org",
        "GIT_AUTHOR_DATE": "2001-02-03T04:05:06 +0000",
        "GIT_COMMITTER_EMAIL": "committer@example.org",
        "GIT_COMMITTER_DATE": "1700000000 -0500",
    }.items():
        monkeypatch.setenv(name, value)
    put(repo)
    commit(repo)
    assert repo.git("cat-file", "commit", "HEAD").splitlines()[2:] == [
        "author É Author <author@example.org> 981173106 +0000",
        "committer C <committer@example.org> 1700000000 -0500",
        "",
        "Retro",
    ]


def test_modes_are_kept_and_new_files_have_their_own(repo: Repo) -> None:
    repo.write("tool.sh", "1\n").chmod(0o755)
    repo.stage()
    repo.commit()
    repo.write("tool.sh", "2\n")
    repo.write("new.sh", "1\n").chmod(0o755)
    commit(repo, {"tool.sh": b"2\n", "new.sh": b"1\n"})
    modes = [line.split()[0] for line in repo.git("ls-tree", "HEAD", "tool.sh", "new.sh").splitlines()]
    assert (modes, status(repo)) == (["100755", "100755"], [])


def test_many_files_and_odd_names(repo: Repo) -> None:
    files: dict[str, bytes | None] = {f"events/{number:04}.jsonl": b"%d\n" % number for number in range(201)}
    files |= {"-x": b"1\n", "a b,c": b"2\n", ":(exclude)é".replace(":", ";"): b"3\n", "*": b"4\n"}
    put(repo, files)
    repo.git("add", "*")  # the caller's new files may be staged already
    commit(repo, files)
    assert status(repo) == []
    assert len(repo.git("ls-files", "-z").split("\0")) == 3 + len(files) + 1
    gone = dict.fromkeys(files)
    put(repo, gone)
    commit(repo, gone)
    assert (status(repo), repo.git("ls-files").split()) == ([], sorted([GUIDE, "mine.py", OLD]))


# -- refused, and nothing written -----------------------------------------------------------------------


def merge(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.write("mine.py", "side\n")
    repo.commit("side", "-a")
    repo.git("checkout", "-q", "main")
    repo.write("mine.py", "main\n")
    repo.commit("main", "-a")
    assert "CONFLICT" in repo.git("merge", "side", check=False)


def pick(repo: Repo, command: str) -> None:
    merge(repo)
    repo.git("merge", "--abort")
    repo.git(command, "side" if command != "revert" else "main~1", check=False)


def bisect(repo: Repo) -> None:
    repo.git("bisect", "start")


def stage(repo: Repo, text: str) -> None:
    repo.write(GUIDE, text)
    repo.stage(GUIDE)


def link(repo: Repo) -> None:
    (repo.root / "retros").symlink_to("patterns")


def configured(*pairs: str) -> Callable[[Repo], None]:
    def configure(repo: Repo) -> None:
        for name, value in zip(pairs[::2], pairs[1::2], strict=True):
            repo.git("config", name, value)

    return configure


def without(name: str) -> Callable[[Repo], None]:
    return lambda repo: print(repo.git("config", "--unset", name))


def unborn(repo: Repo) -> None:
    repo.git("checkout", "-q", "--orphan", "new")


REFUSED: dict[str, tuple[Callable[[Repo], object], str]] = {
    "unborn": (unborn, "HEAD has no commit yet"),
    "detached": (lambda repo: repo.git("checkout", "-q", "--detach"), "HEAD is detached"),
    "merge": (merge, "a merge is under way"),
    "rebase": (lambda repo: pick(repo, "rebase"), "a rebase is under way"),
    "cherry-pick": (lambda repo: pick(repo, "cherry-pick"), "a cherry-pick is under way"),
    "revert": (lambda repo: pick(repo, "revert"), "a (revert|cherry-pick or revert) is under way"),
    "bisect": (bisect, "a bisect is under way"),
    "signed": (configured("commit.gpgSign", "true"), r"commit\.gpgSign is set"),
    "hook": (configured("hook.x.event", "reference-transaction"), "a hook for reference-transaction"),
    "no name": (without("user.name"), r"user\.name is not set"),
    "no email": (without("user.email"), r"user\.email is not set"),
    "filter": (lambda repo: repo.write(".gitattributes", "*.md filter=x\n"), "attribute filter"),
    "ident": (lambda repo: repo.write("retros/.gitattributes", "* ident\n"), "'retros/.*attribute ident"),
    "staged": (lambda repo: stage(repo, "mine\n"), r"'AI_PATTERNS\.md' \(staged\)"),
    "staged removal": (lambda repo: repo.git("rm", "-q", GUIDE), r"'AI_PATTERNS\.md' \(staged\)"),
    "not staged": (lambda repo: repo.write(GUIDE, "mine\n"), r"'AI_PATTERNS\.md' \(not staged\)"),
    "removed": (lambda repo: (repo.root / GUIDE).unlink(), r"'AI_PATTERNS\.md' \(removed\)"),
    "mode": (lambda repo: (repo.root / GUIDE).chmod(0o755), r"'AI_PATTERNS\.md' \(not staged\)"),
    "untracked": (lambda repo: repo.write(RETRO, "mine\n"), r"'retros/2026-W47\.md' \(not staged\)"),
    "link": (link, "is a link or lies behind one"),
    "folder": (lambda repo: repo.write(RETRO + "/x", ""), "not a regular file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_written(repo: Repo, case: str) -> None:
    make, words = REFUSED[case]
    make(repo)
    repository, before = find_repository(str(repo.root)), world(repo)
    for ask in (
        lambda: refuse_commit(repository, FILES, now=NOW),
        lambda: commit_files(repository, "Retro", FILES, now=NOW),
    ):
        with pytest.raises(UserError, match=words) as caught:
            ask()
        assert caught.value.exit_code == 2
    assert world(repo) == before


def test_all_edits_in_the_way_are_told_at_once(repo: Repo) -> None:
    files: dict[str, bytes | None] = {f"{number}.md": b"new\n" for number in range(7)}
    put(repo, dict.fromkeys(files, b"mine\n"))
    repo.stage("0.md")
    with pytest.raises(UserError, match=r"'0.md' \(staged\), '1.md' \(not staged\), .* and 2 more$"):
        commit(repo, files)


@pytest.mark.parametrize("path", ["../x", "/x", ".git/../x", "a\\b", "~x"])
def test_paths_that_lead_out_are_refused(repo: Repo, path: str) -> None:
    with pytest.raises(UserError, match="leaves the repository"):
        commit(repo, {path: b""})


def test_a_file_where_head_has_a_folder_changes_nothing_of_the_users(repo: Repo) -> None:
    repo.git("rm", "-q", "--cached", "mine.py")
    (repo.root / "mine.py").unlink()
    repo.write("mine.py/ours.md", "x\n")
    before, index = head(repo), (repo.root / ".git/index").read_bytes()
    with pytest.raises(UserError, match=r"mine\.py"):
        commit(repo, {"mine.py/ours.md": b"x\n"})
    assert (head(repo), (repo.root / ".git/index").read_bytes()) == (before, index)


@pytest.mark.parametrize(("age", "words"), [(5, "5 s"), (7300, "2 hours"), (3 * 86400, "3 days")])
def test_a_locked_index_is_told_with_its_age_and_left_alone(repo: Repo, age: int, words: str) -> None:
    put(repo)
    lock = repo.write(".git/index.lock", "")
    os.utime(lock, (NOW - age, NOW - age))
    before = world(repo)
    with pytest.raises(MachineFault, match=rf"busy: {lock} exists \({words} old\)") as caught:
        commit(repo)
    assert (caught.value.exit_code, world(repo)) == (3, before)


# -- others at work at the same moment -----------------------------------------------------------------


def at(monkeypatch: pytest.MonkeyPatch, method: str, act: Callable[[], object], after: bool = False) -> None:
    """Let something happen right before (or after) this step."""
    real = getattr(GitWriter, method)

    def step(*arguments: object) -> object:
        if not after:
            act()
        result = real(*arguments)
        if after:
            act()
        return result

    monkeypatch.setattr(GitWriter, method, step)


@pytest.mark.parametrize("method", ["tree_with", "write_commit", "put_entries"])
def test_a_commit_of_the_users_comes_first_and_ours_is_refused(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    put(repo)
    repo.write("theirs.py", "1\n")
    repo.stage("theirs.py")
    with monkeypatch.context() as patched:
        at(patched, method, lambda: repo.commit("theirs"))
        with pytest.raises(MachineFault, match="busy: another command changed the index") as caught:
            commit(repo)
    assert caught.value.kind == "busy"
    assert repo.git("log", "-1", "--format=%s") == "theirs\n"
    assert status(repo) == [f" M {GUIDE}", f" D {OLD}", f"?? {RETRO}"]
    theirs = head(repo)
    commit(repo)
    assert_whole(repo, theirs)


def test_a_branch_that_moved_is_not_moved_back_and_the_index_is_as_it_was(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repo)
    index = repo.root / ".git/index"
    repo.git("update-index", "--refresh", check=False)
    before = (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_mode)
    tree = repo.git("rev-parse", "HEAD^{tree}").strip()
    other = repo.git("commit-tree", tree, "-p", "HEAD", "-m", "other").strip()
    at(monkeypatch, "move_branch", lambda: repo.git("update-ref", "refs/heads/main", other))
    with pytest.raises(MachineFault, match="busy: another command moved 'main' meanwhile"):
        commit(repo)
    assert head(repo) == other
    assert (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_mode) == before
    assert {path: (repo.root / path).exists() for path in FILES} == {GUIDE: True, RETRO: True, OLD: False}


def test_a_locked_branch_is_told_in_gits_words_and_the_index_is_as_it_was(repo: Repo) -> None:
    put(repo)
    repo.write(".git/refs/heads/main.lock", "")
    before = (repo.root / ".git/index").read_bytes()
    with pytest.raises(UserError, match=r"main\.lock"):
        commit(repo)
    assert (repo.root / ".git/index").read_bytes() == before


def test_two_commits_of_ours_at_once(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    put(repo)

    def second() -> None:
        with pytest.raises(MachineFault, match="another commit of feedback-loop is under way"):
            commit(repo)

    at(monkeypatch, "put_entries", second)
    before = head(repo)
    commit(repo)
    assert_whole(repo, before)
    assert status(repo) == []


def test_our_folder_removed_meanwhile_costs_the_user_nothing(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repo)
    before, index = head(repo), (repo.root / ".git/index").read_bytes()
    at(monkeypatch, "put_entries", lambda: shutil.rmtree(repo.root / ".git/feedback-loop"))
    with pytest.raises(MachineFault, match=r"cannot commit: .*No such file"):
        commit(repo)
    assert (head(repo), (repo.root / ".git/index").read_bytes()) == (before, index)


# -- killed ----------------------------------------------------------------------------------------------

STEPS = [(name, after) for name in ("write_blob", "tree_with", "put_entries") for after in (False, True)]


@pytest.mark.parametrize(("method", "after"), [*STEPS, ("move_branch", False), ("move_branch", True)])
def test_a_kill_loses_nothing_and_the_same_call_ends_the_work(repo: Repo, method: str, after: bool) -> None:
    put(repo)
    repo.write("staged.py", "1\n")
    repo.stage("staged.py")
    before = head(repo)
    child = os.fork()
    if not child:
        with pytest.MonkeyPatch.context() as patched:
            at(patched, method, lambda: os.kill(os.getpid(), signal.SIGKILL), after)
            commit(repo)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert not (repo.root / ".git/index.lock").exists()
    if (method, after) != ("move_branch", True):
        assert head(repo) == before
        assert "A  staged.py" in status(repo)
        again = f"M  {GUIDE}" if method == "move_branch" else f" M {GUIDE}"
        assert again in status(repo)
    assert (commit(repo) is None) == ((method, after) == ("move_branch", True))
    assert_whole(repo, before)
    assert status(repo) == ["A  staged.py"]


def test_ctrl_c_waits_until_index_and_branch_agree(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    put(repo)
    before = head(repo)
    # To this very thread: a test runner has others, and one of them might take the signal.
    at(monkeypatch, "move_branch", lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        commit(repo)
    assert_whole(repo, before)


# -- no program runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", [False, True])
def test_no_program_of_the_repositorys_runs(repo: Repo, split: bool) -> None:
    mark = repo.root.parent / "ran"
    touch = f"touch {shlex.quote(str(mark))}; cat"
    for number in range(3):
        file = repo.write(f"{number}.dat", "x\n")
    os.utime(file, (4 * 10**9, 4 * 10**9))  # younger than any index: git would look into it at every write
    repo.write(".gitattributes", "*.dat filter=evil diff=evil merge=evil\n")
    repo.stage()
    repo.commit()
    for name in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "gpg.program"),
        *("diff.external", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge"),
        *("filter.evil.process", "merge.evil.driver", "hook.x.command"),
    ):
        repo.git("config", name, touch)
    names = (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-index-change",
        "reference-transaction",
        "post-rewrite",
    )
    for name in names:
        repo.write(f".git/hooks/{name}", f"#!/bin/sh\n{touch}\n").chmod(0o755)
    for name in ("update-index", "write-tree", "commit-tree", "update-ref", "hash-object", "read-tree"):
        repo.git("config", f"alias.{name}", f"!{touch}")
    put(repo)
    if split:
        repo.git("update-index", "--split-index")
        mark.unlink()
    index = repo.root / ".git/index"
    kept, date = index.read_bytes(), index.stat().st_mtime_ns
    blob = repo.git("hash-object", "-w", "--no-filters", GUIDE).strip()
    safe = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    repo.git(*safe, "update-index", "--cacheinfo", f"100644,{blob},{GUIDE}", check=False)
    assert mark.exists(), "on the user's own index even this runs a filter"
    index.write_bytes(kept)
    os.utime(index, ns=(date, date))
    mark.unlink()
    before = head(repo)
    commit(repo)
    assert not mark.exists()
    assert head(repo) != before
    assert index.stat().st_mtime_ns == date


def test_an_edit_of_the_same_moment_is_still_seen(repo: Repo) -> None:
    """The new index has the date of the old one, or git would believe that this file is unchanged."""
    repo.git("config", "core.trustctime", "false")
    mine, index = repo.root / "mine.py", repo.root / ".git/index"
    repo.git("update-index", "--refresh")
    moment = mine.stat().st_mtime_ns
    os.utime(index, ns=(moment, moment))
    mine.write_text("x = 2\n")
    os.utime(mine, ns=(moment, moment))
    put(repo)
    commit(repo)
    assert status(repo) == [" M mine.py"]


# -- repositories of every kind ----------------------------------------------------------------------------


def test_a_linked_worktree_has_its_own_branch_and_index(repo: Repo, tmp_path: Path, home: Path) -> None:
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", "-b", "side", str(linked))
    other = Repo(linked, home)
    put(other)
    before = head(repo)
    commit(other)
    assert_whole(other, before)
    assert (head(repo), status(repo)) == (before, [])


def test_a_repository_of_the_other_hash(tmp_path: Path, home: Path) -> None:
    root = tmp_path / "sha256"
    environment = clean_environment(home)
    subprocess.run(
        ["git", "init", "-q", "-b", "main", "--object-format=sha256", str(root)], env=environment, check=True
    )
    other = Repo(root, home)
    fill(other)
    put(other)
    before = head(other)
    assert len(commit(other) or "") == 64
    assert_whole(other, before)


@pytest.mark.parametrize(
    ("kind", "version"),
    [("split", "2"), ("split by config", "4"), ("sparse", "3"), ("untracked cache", "2"), ("plain", "4")],
)
def test_indexes_of_every_kind(repo: Repo, kind: str, version: str) -> None:
    for number in range(5):
        repo.write(f"far/{number}.py", "x\n")
    repo.stage()
    repo.commit()
    repo.git("update-index", "--index-version", version)
    if kind == "split by config":
        repo.git("config", "core.splitIndex", "true")
    elif kind == "split":
        repo.git("update-index", "--split-index")
    elif kind == "untracked cache":
        repo.git("update-index", "--force-untracked-cache")
    elif kind == "sparse":
        repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "patterns", "retros")
    status(repo)
    repo.write("staged.py", "1\n")
    repo.stage("staged.py")
    put(repo)
    before = head(repo)
    commit(repo)
    assert_whole(repo, before)
    assert status(repo) == ["A  staged.py"]
    assert repo.git("ls-files").split().count("far/3.py") == 1
    assert (repo.root / "far").exists() == (kind != "sparse")


def test_a_file_outside_of_a_sparse_checkout(repo: Repo) -> None:
    for name in ("far/0.md", "far/1.md"):
        repo.write(name, "x\n")
    repo.stage()
    repo.commit()
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "patterns")
    repo.write("far/0.md", "y\n")
    commit(repo, {"far/0.md": b"y\n"})
    assert status(repo) == []
    assert repo.git("show", "HEAD:far/0.md", "HEAD:far/1.md") == "y\nx\n"


def test_a_partial_clone_need_not_have_what_is_not_touched(repo: Repo, tmp_path: Path, home: Path) -> None:
    for name in ("far/a.md", "near/b.md"):
        repo.write(name, name)
    repo.stage()
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    target = tmp_path / "partial"
    repo.git("clone", "-q", "--filter=blob:none", "--sparse", f"file://{repo.root}", str(target))
    other = Repo(target, home)
    other.git("sparse-checkout", "set", "near")
    configured("user.name", "U", "user.email", "u@example.org")(other)
    for path in ("near/new.md", "far/new.md"):
        put(other, {path: b"new\n"})
        assert commit(other, {path: b"new\n"})
    assert status(other) == []
    assert other.git("ls-tree", "-r", "--name-only", "HEAD", "far").split() == ["far/a.md", "far/new.md"]


@pytest.mark.parametrize("autocrlf", ["true", "input"])
def test_line_ends_become_gits_own(repo: Repo, autocrlf: str) -> None:
    repo.git("config", "core.autocrlf", autocrlf)
    repo.write(GUIDE, "old\r\n")  # as a checkout would have written it: no edit
    refuse_commit(find_repository(str(repo.root)), {}, now=NOW, untouched=[GUIDE])
    files: dict[str, bytes | None] = {GUIDE: b"new\r\n", RETRO: b"a\r\nb\r\n"}
    put(repo, files)
    commit(repo, files)
    assert status(repo) == []
    blobs = [repo.git("cat-file", "-s", f"HEAD:{path}").strip() for path in (GUIDE, RETRO)]
    assert blobs == ["4", "4"]


def test_a_clone_without_a_checked_out_file(repo: Repo, tmp_path: Path, home: Path) -> None:
    """No index at all: everything counts as removed and staged, so only what is new can be committed."""
    repo.git("clone", "-q", "--no-checkout", str(repo.root), str(tmp_path / "bare"))
    other = Repo(tmp_path / "bare", home)
    configured("user.name", "U", "user.email", "u@example.org")(other)
    (other.root / ".git/index").unlink(missing_ok=True)
    put(other, {RETRO: b"retro\n"})
    with pytest.raises(UserError, match=r"'AI_PATTERNS\.md' \(staged\)"):
        commit(other)
    commit(other, {RETRO: b"retro\n"})
    assert other.git("ls-files").split() == [RETRO]
    assert other.git("show", "--format=", "--name-only", "HEAD").split() == [RETRO]
