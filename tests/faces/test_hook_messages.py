"""The message hooks through real git: what is checked, what is proposed, and what is left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.api.messages import check_message, propose_trailers
from feedback_loop.api.scan import Clock
from feedback_loop.domain.hooks import MESSAGES, format_hook
from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace
from tests.faces.command_line import NAMED, write_pattern
from tests.repo import HOOK, Repo

PLAN = "# Plan\n\n## Patterns to Apply\n\n- [ ] named_exceptions\n- [ ] other_exceptions\n"
TRAILER = "Pattern: named_exceptions"
WRITES = r"""sed -i -e '1s/^/subject/' -e 's/^[#;] \(Pattern: .*\)/\1/' "$1" """


@pytest.fixture
def planned(repo: Repo) -> Repo:
    """Branch work has a plan that lists two patterns; a change is staged that touches one of them."""
    write_pattern(repo, "named_exceptions")
    write_pattern(repo, "other_exceptions", "print_call", bad="print(1)\n", good="log(1)\n")
    repo.stage()
    repo.commit("base")
    repo.git("checkout", "-qb", "work")
    repo.write("plans/work.md", PLAN)
    repo.stage()
    repo.commit("the plan")
    repo.write("app.py", NAMED)
    repo.stage()
    return repo


def install(repo: Repo, *names: str) -> Repo:
    """The hooks as `feedback-loop install --hooks NAME` writes them."""
    for name in names or MESSAGES:
        path = repo.root / ".git/hooks" / name
        path.write_bytes(format_hook(name, sys.executable, str(HOOK)))
        path.chmod(0o755)
    return repo


def git(
    repo: Repo, *arguments: str, editor: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """git with hooks, and with an editor that is this shell script."""
    environment = dict(repo.environment)
    if editor:
        path = repo.root.parent / "editor"
        path.write_text(f"#!/bin/sh\n{editor}\n")
        path.chmod(0o755)
        environment["GIT_EDITOR"] = str(path)
    return subprocess.run(
        ["git", *arguments],
        cwd=cwd or repo.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def message(repo: Repo, commit: str = "HEAD") -> str:
    return repo.git("log", "-1", "--format=%B", commit).rstrip("\n")


# -- proposals: what is written -------------------------------------------------------------------


def test_a_message_from_the_command_line_gets_what_the_change_touches(planned: Repo) -> None:
    done = git(install(planned), "commit", "-q", "-m", "subject", "-m", "text\n\nRefs: 1")
    assert (done.returncode, done.stderr) == (0, "")
    assert message(planned) == f"subject\n\ntext\n\nRefs: 1\n{TRAILER}"
    planned.write("README", "no pattern speaks of this\n")
    planned.stage()
    git(planned, "commit", "-q", "-m", "subject").check_returncode()
    assert message(planned) == "subject"


@pytest.mark.parametrize(
    "configured, arguments, before",
    [
        ([], [], ""),
        (["core.commentChar", ";"], [], ""),
        (["core.commentChar", "auto"], [], ""),
        ([], ["-v"], ""),
        ([], ["-s"], "Signed-off-by: A <a@example.org>\n"),
    ],
)
def test_in_an_editor_it_is_a_comment_to_be_taken_over(
    planned: Repo, configured: list[str], arguments: list[str], before: str
) -> None:
    if configured:
        planned.git("config", *configured)
    install(planned)
    untouched = git(planned, "commit", "-q", *arguments, editor=":")
    assert (untouched.returncode, message(planned)) == (1, "the plan"), "no word, no commit"
    git(planned, "commit", "-q", *arguments, editor=WRITES).check_returncode()
    assert message(planned) == f"subject\n\n{before}{TRAILER}"


def test_a_template_that_nobody_filled_in_makes_no_commit(planned: Repo) -> None:
    planned.write("../template", "area: what\n\n# Why?\n")
    install(planned)
    arguments = ("commit", "-q", "-t", "../template")
    assert "did not edit the message" in git(planned, *arguments, editor=":").stderr
    git(planned, *arguments, editor=WRITES).check_returncode()
    assert message(planned) == f"subjectarea: what\n\n{TRAILER}"


def test_where_git_takes_no_comments_away_the_trailer_is_told(planned: Repo) -> None:
    done = git(install(planned), "commit", "-q", "--cleanup=scissors", editor='sed -i 1s/^/subject/ "$1"')
    assert (done.returncode, message(planned)) == (0, "subject")
    assert f"`{TRAILER}`" in done.stderr


def test_line_ends_and_odd_bytes_are_kept(planned: Repo) -> None:
    planned.write("../message", b"caf\xe9\r\n\r\ntext\r\n")
    planned.git("config", "i18n.commitEncoding", "ISO-8859-1")
    git(install(planned), "commit", "-q", "--cleanup=verbatim", "-F", "../message").check_returncode()
    raw = ["git", "cat-file", "commit", "HEAD"]
    told = subprocess.run(raw, cwd=planned.root, env=planned.environment, capture_output=True, check=True)
    written = told.stdout.split(b"\n\n", 1)[1]
    assert written == b"caf\xe9\r\n\r\ntext\r\n\r\n" + TRAILER.encode() + b"\r\n"


def test_in_a_linked_worktree_its_own_plan_and_index_count(planned: Repo) -> None:
    planned.git("worktree", "add", "-q", "-b", "side", "../side", "work")
    side = planned.root.parent / "side"
    (side / "more.py").write_text(NAMED)
    planned.git("-C", str(side), "add", ".")
    git(install(planned), "commit", "-q", "-m", "subject", cwd=side).check_returncode()
    assert message(planned, "side") == f"subject\n\n{TRAILER}"
    assert message(planned) == "the plan"


# -- proposals: what is left alone ----------------------------------------------------------------


def test_messages_that_speak_of_other_commits_are_left_alone(planned: Repo) -> None:
    """Amended, fixed up, squashed, picked, reverted, merged: each one touches what the plan lists."""
    planned.commit("first")
    planned.write("more.py", NAMED)
    planned.stage()
    install(planned)
    git(planned, "commit", "-q", "--amend", "--no-edit").check_returncode()
    git(planned, "revert", "--no-edit", "HEAD").check_returncode()
    git(planned, "revert", "--no-edit", "HEAD").check_returncode()
    planned.write("app.py", NAMED + NAMED)
    git(planned, "commit", "-qa", "--fixup", "HEAD").check_returncode()
    planned.write("app.py", NAMED + NAMED + NAMED)
    git(planned, "commit", "-qa", "--squash", "HEAD", editor=":").check_returncode()
    planned.git("branch", "picked", "HEAD~1")
    git(planned, "rebase", "-q", "-i", "--autosquash", "HEAD~4", editor=":").check_returncode()
    git(planned, "checkout", "-q", "-b", "side", "main").check_returncode()
    git(planned, "cherry-pick", "picked~4..picked~3").check_returncode()
    git(planned, "merge", "-q", "--no-ff", "-m", "merged", "main").check_returncode()
    git(planned, "checkout", "-q", "work").check_returncode()
    git(planned, "merge", "-q", "-s", "ours", "--no-edit", "side").check_returncode()
    every = planned.git("log", "--all", "--format=%B")
    assert "Merge branch 'side'" in every and "Revert" in every and "fixup!" in every
    assert "Pattern:" not in every
    planned.write("last.py", NAMED)
    planned.stage()
    git(planned, "commit", "-q", "-m", "one of its own").check_returncode()
    assert message(planned) == f"one of its own\n\n{TRAILER}"


Prepared = Callable[..., tuple[list[str], bytes]]


@pytest.fixture
def prepared(planned: Repo, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """`prepare-commit-msg` inside the test process: what it could not place, and the file afterwards."""
    monkeypatch.chdir(planned.root)
    for name in ("CI", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in planned.environment.items():
        monkeypatch.setenv(name, value)

    def call(text: bytes, source: str = "message") -> tuple[list[str], bytes]:
        planned.write(".git/MESSAGE", text).chmod(0o640)
        left = propose_trailers(Workspace.open(), ".git/MESSAGE", source, Clock())
        assert (planned.root / ".git/MESSAGE").stat().st_mode & 0o777 == 0o640
        return left, (planned.root / ".git/MESSAGE").read_bytes()

    return call


def test_what_is_there_is_not_proposed_again(prepared: Prepared) -> None:
    text = b"s\n\nPattern: Named-Exceptions - as planned\n"
    assert prepared(text) == ([], text)
    assert prepared(b"s\n") == ([], b"s\n\nPattern: named_exceptions\n")


@pytest.mark.parametrize("source", ["merge", "squash", "commit"])
def test_sources_that_git_names(prepared: Prepared, source: str) -> None:
    assert prepared(b"s\n", source) == ([], b"s\n")


@pytest.mark.parametrize("begin", ["fixup! ", "squash! ", "amend! ", 'Revert "x"', 'Reapply "x"'])
def test_subjects_that_name_another_commit(prepared: Prepared, begin: str) -> None:
    text = f"\n{begin}s\n".encode()
    assert prepared(text) == ([], text)


@pytest.mark.parametrize("name", ["rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD"])
def test_what_is_under_way(planned: Repo, prepared: Prepared, name: str) -> None:
    planned.write(f".git/{name}", "")
    assert prepared(b"s\n") == ([], b"s\n")


def test_an_unchanged_empty_message_is_left_empty(prepared: Prepared) -> None:
    """`git commit -m ""` makes no commit, and must not make one of ours."""
    assert prepared(b"") == (["named_exceptions"], b"")


def test_a_verbose_diff_of_any_size_is_no_message(prepared: Prepared) -> None:
    diff = b"# ------------------------ >8 ------------------------\n" + b"+x\n" * (1 << 20)
    assert prepared(b"s\n" + diff) == ([], b"s\n\nPattern: named_exceptions\n" + diff)


def test_a_message_of_any_size_is_none_that_we_read(prepared: Prepared) -> None:
    with pytest.raises(UserError, match="larger than"):
        prepared(b"s\n" * (1 << 19) + b"s\n")


def test_whatever_fails_the_commit_goes_on_and_is_told(planned: Repo, tmp_path: Path) -> None:
    """Also in CI: it has no verdict. git that kills its parent stands for every sudden death."""
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nkill -9 $PPID\n")
    program.chmod(0o755)
    planned.write(".git/MESSAGE", "s\n")
    closed = {"CI": "1", "PATH": f"{program.parent}:{os.environ['PATH']}"}
    died = planned.hook("prepare-commit-msg", ".git/MESSAGE", env=closed)
    assert (died.returncode, "killed by signal 9" in died.stderr) == (0, True)
    missing = planned.hook("prepare-commit-msg", ".git/NONE", env={"CI": "1"})
    assert (missing.returncode, "no trailers proposed: there is no file" in missing.stderr) == (0, True)
    nowhere = planned.hook("prepare-commit-msg", "MESSAGE", env={"CI": "1"}, cwd=tmp_path)
    assert (nowhere.returncode, "no trailers proposed" in nowhere.stderr) == (0, True)
    assert planned.hook("prepare-commit-msg", env={"CI": "1"}).returncode == 0
    assert (planned.root / ".git/MESSAGE").read_text() == "s\n"


# -- checks --------------------------------------------------------------------------------------


def test_a_malformed_trailer_stops_the_commit_and_the_message_is_kept(planned: Repo) -> None:
    install(planned, "commit-msg")
    done = git(planned, "commit", "-q", "-m", "s", "-m", "Pattern: Named \x1b[31m!\nPattern:\nRefs: ???")
    assert (done.returncode, message(planned)) == (1, "the plan")
    assert 'line 3: "Named \\x1b[31m!" cannot be the name of a pattern' in done.stderr
    assert "line 4: `Pattern:` names nothing" in done.stderr
    assert "line 5" not in done.stderr
    assert "git commit --no-verify" in done.stderr
    way_out = ("commit", "-q", "-e", "-F", ".git/COMMIT_EDITMSG")
    assert "git commit -e -F .git/COMMIT_EDITMSG" in done.stderr
    mends = "sed -i -e 's/Named.*/named_exceptions/' -e '/^Pattern:$/d' \"$1\""
    git(planned, *way_out, editor=mends).check_returncode()
    assert message(planned) == f"s\n\n{TRAILER}\nRefs: ???"


def test_a_name_that_nobody_knows_is_a_warning(planned: Repo) -> None:
    install(planned, "commit-msg")
    done = git(
        planned, "commit", "-q", "-m", "s", "-m", "pattern: named_exception\nPattern: Other-Exceptions"
    )
    assert (done.returncode, message(planned)[:1]) == (0, "s")
    assert 'line 3: warning: there is no pattern "named_exception"; near names: named_exc' in done.stderr
    assert "line 4" not in done.stderr


def test_a_message_without_trailers_costs_no_library(planned: Repo) -> None:
    shutil.rmtree(planned.root / ".git/feedback-loop")
    install(planned, "commit-msg")
    done = git(planned, "commit", "-q", "-m", "the pattern: s", "-m", "text")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (planned.root / ".git/feedback-loop").exists()


def test_merges_fixups_and_comments_are_no_exception(planned: Repo) -> None:
    """With `;` for comments, and a diff below the mark that speaks of patterns itself."""
    planned.git("config", "core.commentChar", ";")
    planned.commit("first")
    planned.git("checkout", "-q", "-b", "side", "HEAD~1")
    install(planned, "commit-msg")
    assert git(planned, "merge", "-q", "--no-ff", "work", "-m", "m\n\nPattern: ???").returncode == 1
    planned.git("merge", "--abort")
    planned.write("notes", "s\n\nPattern: ???\n")
    planned.stage()
    writes = "sed -i '1s/^/s\\n\\nPattern: named_exceptions\\n; Pattern: ???\\n/' \"$1\""
    git(planned, "commit", "-q", "-v", editor=writes).check_returncode()
    assert message(planned) == f"s\n\n{TRAILER}"
    planned.write("notes", "")
    assert git(planned, "commit", "-qa", "--fixup", "HEAD", "-m", "Pattern: ???").returncode == 1


def test_a_repository_without_a_library_has_the_built_in_one(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write(".git/MESSAGE", "s\n\nPattern: numpy_json_serialization\nPattern: nothing_like_it\n")
    monkeypatch.chdir(repo.root)
    for name, value in repo.environment.items():
        monkeypatch.setenv(name, value)
    (doubt,) = check_message(Workspace.open(), ".git/MESSAGE", Clock())
    assert (doubt.trailer.line, doubt.malformed) == (4, False)


@pytest.mark.parametrize("ci, code", [("", 0), ("1", 2)])
@pytest.mark.parametrize("arguments", [[], [".git/NONE"], [".git"]])
def test_what_could_not_be_checked_is_told(repo: Repo, ci: str, code: int, arguments: list[str]) -> None:
    done = repo.hook("commit-msg", *arguments, env={"CI": ci})
    assert (done.returncode, "NOT checked" in done.stderr) == (code, True)


def test_unknown_options_are_usage(repo: Repo) -> None:
    done = repo.hook("commit-msg", "--nonsense", ".git/MESSAGE")
    assert (done.returncode, "unknown argument" in done.stderr) == (2, True)
