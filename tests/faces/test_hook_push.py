"""`feedback-loop-hook pre-push`, through real pushes and by hand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.pushes import RefUpdate, parse_updates
from feedback_loop.errors import UserError
from tests.repo import HOOK, ROOT, Repo

GOOD = "def load():\n    try:\n        return read()\n    except ValueError:\n        return None\n"
BAD = GOOD.replace("except ValueError:", "except:")
ZEROS = "0" * 40
BIN = Path(sys.executable).parent


def commit(repo: Repo, name: str, text: str) -> str:
    """Commit one file; the commit's id."""
    repo.write(name, text)
    repo.stage(name)
    repo.commit()
    return repo.git("rev-parse", "HEAD").strip()


def push(repo: Repo, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A push with hooks; what the hook prints comes on either stream."""
    return subprocess.run(
        ["git", "push", "-q", *arguments],
        cwd=repo.root,
        env=repo.environment | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def blocks(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The places that are blocked."""
    return [line.split(" ")[0] for line in told(done).splitlines() if ": block " in line]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """A folder with a repository and its remote."""
    folder = tmp_path_factory.mktemp("template")
    bare, repo = Repo(folder / "bare", home), Repo(folder / "repo", home)
    bare.git("config", "core.bare", "true")
    repo.git("remote", "add", "origin", str(bare.root / ".git"))
    commit(repo, "a.py", BAD)
    repo.git("push", "-q", "origin", "main")
    repo.run("install", "--hooks", "pre-push", check=True)
    return folder


@pytest.fixture
def published(template: Path, repo: Repo, make_repo: Callable[[str], Repo]) -> Repo:
    """main is at the remote, an old mistake in a.py included; the hook is installed."""
    bare = make_repo("bare")
    for copied in (repo, bare):
        shutil.copytree(template / copied.root.name, copied.root, dirs_exist_ok=True)
    config = repo.root / ".git/config"
    config.write_text(config.read_text().replace(str(template / "bare"), str(bare.root)))
    return repo


def test_a_push_of_nothing_new_passes(published: Repo) -> None:
    assert push(published, "origin", "main").returncode == 0
    done = push(published, "origin", "main:again")
    assert (done.returncode, told(done)) == (0, "feedback-loop: this push brings nothing new\n")


def test_clean_commits_are_pushed(published: Repo) -> None:
    commit(published, "b.py", GOOD)
    done = push(published, "origin", "main")
    assert done.returncode == 0
    assert "feedback-loop: refs/heads/main -> refs/heads/main\n" in told(done)
    assert "checked 1 file, 5 added lines" in told(done)


def test_a_mistake_stops_the_push_and_only_the_new_one_is_named(published: Repo) -> None:
    commit(published, "b.py", BAD)
    commit(published, "c.py", GOOD)
    before = (published.root / ".git/index").read_bytes()
    done = push(published, "origin", "main")
    assert (done.returncode, blocks(done)) == (1, ["b.py:4:5:"])
    assert "git push --no-verify" in told(done)
    assert (published.root / ".git/index").read_bytes() == before
    assert push(published, "--no-verify", "origin", "main").returncode == 0


@pytest.mark.parametrize("remote_head", [False, True])
def test_a_new_branch_is_held_against_what_the_remote_has(published: Repo, remote_head: bool) -> None:
    """A clone knows the remote's HEAD, a repository that was pushed by hand does not."""
    if remote_head:
        published.git("remote", "set-head", "origin", "main")
    published.git("checkout", "-qb", "side")
    commit(published, "b.py", BAD)
    done = push(published, "origin", "side")
    assert (done.returncode, blocks(done)) == (1, ["b.py:4:5:"])


def test_a_new_branch_that_got_main_meanwhile_answers_for_its_own_lines(published: Repo) -> None:
    published.git("checkout", "-qb", "side")
    commit(published, "b.py", BAD)
    published.git("checkout", "-q", "main")
    commit(published, "c.py", BAD)
    published.git("push", "-q", "--no-verify", "origin", "main")
    published.git("checkout", "-q", "side")
    published.git("merge", "-q", "--no-edit", "main")
    assert blocks(push(published, "origin", "side")) == ["b.py:4:5:"]


def test_the_first_push_of_all_is_checked_from_the_root(
    published: Repo, make_repo: Callable[[str], Repo]
) -> None:
    bare = make_repo("other")
    bare.git("config", "core.bare", "true")
    published.git("remote", "remove", "origin")
    done = push(published, str(bare.root / ".git"), "main")
    assert (done.returncode, blocks(done)) == (1, ["a.py:4:5:"])


def test_deleting_a_branch_checks_nothing(published: Repo) -> None:
    published.git("push", "-q", "--no-verify", "origin", "main:old")
    done = push(published, "origin", ":old")
    assert (done.returncode, told(done)) == (0, "feedback-loop: this push brings nothing new\n")
    assert push(published, "origin", "main:old", env={"CI": "1"}).returncode == 0


def test_several_refs_are_all_checked_and_the_same_commits_once(published: Repo) -> None:
    published.git("checkout", "-qb", "one")
    commit(published, "one.py", BAD)
    published.git("tag", "-am", "x", "v1")
    published.git("checkout", "-qb", "two", "main")
    commit(published, "two.py", BAD)
    published.git("checkout", "-qb", "clean", "main")
    commit(published, "three.py", GOOD)
    done = push(published, "origin", "clean", "one", "two", "v1")
    assert (done.returncode, blocks(done)) == (1, ["one.py:4:5:", "two.py:4:5:"])


def test_a_forced_push_is_held_against_where_it_left(published: Repo) -> None:
    commit(published, "b.py", GOOD)
    published.git("push", "-q", "--no-verify", "origin", "main")
    published.git("reset", "-q", "--hard", "HEAD~1")
    commit(published, "c.py", BAD)
    assert blocks(push(published, "-f", "origin", "main")) == ["c.py:4:5:"]


def test_what_somebody_else_pushed_meanwhile_does_not_stop_the_check(published: Repo) -> None:
    commit(published, "b.py", BAD)
    head = published.git("rev-parse", "HEAD").strip()
    line = f"refs/heads/main {head} refs/heads/main {'7' * 40}\n"
    assert blocks(by_hand(published, line)) == ["b.py:4:5:"]


def test_the_working_trees_policy_holds(published: Repo) -> None:
    """It is a check at a desk: what the person set, even if uncommitted. CI asks the base."""
    commit(published, "b.py", BAD)
    published.write("feedback-loop.toml", "[levels]\nspecific_exceptions = 'off'\n")
    assert push(published, "origin", "main").returncode == 0


def test_from_a_linked_worktree_and_a_subfolder(published: Repo, tmp_path: Path) -> None:
    published.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    tree = tmp_path / "linked/deep"
    tree.mkdir()
    (tree / "b.py").write_text(BAD)
    for command in (["add", "."], ["commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tree, env=published.environment, check=True)
    command = ["git", "push", "-q", "origin", "side"]
    done = subprocess.run(command, cwd=tree, env=published.environment, capture_output=True, text=True)
    assert (done.returncode, blocks(done)) == (1, ["deep/b.py:4:5:"])


# -- hooks that were there before ------------------------------------------------------------------


@pytest.mark.parametrize("generic", [False, True])
def test_a_former_hook_gets_the_same_input_and_arguments(published: Repo, generic: bool) -> None:
    published.call("uninstall", check=True)
    name = ".git/hooks/pre-push" + (".feedback-loop-chained" if generic else "")
    published.write(name, '#!/bin/sh\necho "$@" >arguments\ncat >input\n').chmod(0o755)
    if generic:
        published.write(".git/hooks/pre-push", (ROOT / "hooks/pre-push").read_bytes()).chmod(0o755)
    else:
        published.call("install", "--hooks", "pre-push", check=True)
    old = published.git("rev-parse", "HEAD").strip()
    new = commit(published, "b.py", BAD)
    environment = {"PATH": f"{BIN}:{published.environment['PATH']}"}
    done = push(published, "origin", "main", "main:side", env=environment)
    assert (done.returncode, blocks(done)) == (1, ["b.py:4:5:"])
    assert (published.root / "input").read_text() == (
        f"refs/heads/main {new} refs/heads/main {old}\nrefs/heads/main {new} refs/heads/side {ZEROS}\n"
    )
    assert (published.root / "arguments").read_text().startswith("origin /")


@pytest.mark.parametrize(("script", "code"), [("exit 7", 1), ("exit 0", 0), ("exec 0<&-; sleep 0.2", 0)])
def test_a_former_hook_that_reads_nothing_has_its_say(published: Repo, script: str, code: int) -> None:
    published.call("uninstall", check=True)
    published.write(".git/hooks/pre-push", f"#!/bin/sh\n{script}\n").chmod(0o755)
    published.call("install", "--hooks", "pre-push", check=True)
    commit(published, "b.py", GOOD)
    done = push(published, "origin", "main")
    assert done.returncode == code
    assert ("checked 1 file" in told(done)) == (not code)


def test_nothing_on_the_input_reaches_a_former_hook_as_nothing(published: Repo) -> None:
    """Not as an empty line, which it would take for a ref."""
    published.write(".git/hooks/pre-push.feedback-loop-chained", "#!/bin/sh\nwc -c >input\n").chmod(0o755)
    command = [".git/hooks/pre-push", "origin", "url"]
    subprocess.run(
        command, cwd=published.root, env=published.environment, stdin=subprocess.DEVNULL, check=True
    )
    assert (published.root / "input").read_text().strip() == "0"


# -- what goes wrong -------------------------------------------------------------------------------


def by_hand(repo: Repo, text: str | bytes, **env: str) -> subprocess.CompletedProcess[str]:
    """The hook with this input."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(HOOK), "pre-push", "origin", "url"],
        cwd=repo.root,
        env=repo.environment | env,
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("text", ["nonsense\n", "a b c d\n", f"a {ZEROS} b {'x' * 40}\n", "a  b \n", "\0\n"])
@pytest.mark.parametrize(("env", "code"), [({}, 0), ({"CI": "1"}, 2)])
def test_an_input_that_is_not_gits(published: Repo, text: str, env: dict[str, str], code: int) -> None:
    done = by_hand(published, text, **env)
    assert (done.returncode, done.stdout) == (code, "")
    assert "NOT checked: line 1 of the input is not what git gives a pre-push hook" in done.stderr


@pytest.mark.parametrize(("env", "code"), [({}, 1), ({"CI": "1"}, 1)])
def test_a_ref_that_cannot_be_checked_does_not_hide_the_others(
    published: Repo, env: dict[str, str], code: int
) -> None:
    blob = published.git("rev-parse", "HEAD:a.py").strip()
    head = commit(published, "b.py", BAD)
    text = f"refs/tags/key {blob} refs/tags/key {ZEROS}\nrefs/heads/main {head} refs/heads/main {ZEROS}\n"
    done = by_hand(published, text, **env)
    assert (done.returncode, blocks(done)) == (code, ["b.py:4:5:"])
    assert "NOT checked: refs/tags/key -> refs/tags/key: no commit" in done.stderr
    only = by_hand(published, text.split("\n")[0] + "\n", **env)
    assert only.returncode == (2 if env else 0)


def test_control_characters_in_a_refs_name_do_not_reach_the_terminal(published: Repo) -> None:
    head = commit(published, "b.py", BAD)
    done = by_hand(
        published, f"refs/heads/\x1b[31m\udcff {head} x {ZEROS}\n".encode("utf-8", "surrogateescape")
    )
    assert done.returncode == 1
    assert "\x1b" not in told(done)


def test_a_closed_input_is_a_push_of_nothing(published: Repo) -> None:
    command = f"exec {sys.executable} -I -S {HOOK} pre-push origin url <&-"
    done = subprocess.run(
        ["sh", "-c", command], cwd=published.root, env=published.environment, capture_output=True, text=True
    )
    assert (done.returncode, told(done)) == (0, "feedback-loop: this push brings nothing new\n")


def test_outside_of_a_repository(repo: Repo, tmp_path: Path) -> None:
    done = repo.hook("pre-push", cwd=tmp_path)
    assert (done.returncode, "not in a git repository" in done.stderr) == (0, True)
    assert "this push was not checked" in done.stderr
    assert repo.hook("pre-push", cwd=tmp_path, env={"CI": "1"}).returncode == 2


# -- the lines -------------------------------------------------------------------------------------

oids = st.text("0123456789abcdef", min_size=40, max_size=40)
words = st.text(st.characters(exclude_characters="\n ", exclude_categories=("Cs",)), min_size=1)
local_refs = st.lists(words, min_size=1, max_size=3).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.builds(RefUpdate, local_refs, oids, words, oids)))
def test_what_git_writes_is_read_back(updates: list[RefUpdate]) -> None:
    lines = [f"{one.local_ref} {one.local} {one.remote_ref} {one.remote}\n" for one in updates]
    assert parse_updates("".join(lines).encode()) == updates


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_no_input_makes_it_stumble(data: bytes) -> None:
    try:
        updates = parse_updates(data)
    except UserError:
        return
    assert len(updates) == sum(1 for line in data.split(b"\n") if line)
