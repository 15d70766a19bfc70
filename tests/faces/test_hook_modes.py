"""The hook beyond the index: ranges named by options or by a hook runner, CI's own, and whole trees."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repo import HOOK, Repo

GOOD = "def load():\n    try:\n        return read()\n    except ValueError:\n        return None\n"
BAD = GOOD.replace("except ValueError:", "except:")
ZEROS = "0" * 40


def commit(repo: Repo, name: str, text: str) -> str:
    """Commit one file; the commit's id."""
    repo.write(name, text)
    repo.stage(name)
    repo.commit()
    return repo.git("rev-parse", "HEAD").strip()


def blocks(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The places that are blocked."""
    return [line.split(" ")[0] for line in done.stdout.splitlines() if ": block " in line]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    repo = Repo(tmp_path_factory.mktemp("template") / "repo", home)
    commit(repo, "a.py", "x = 1\n")
    repo.git("checkout", "-qb", "side")
    commit(repo, "b.py", BAD)
    repo.git("checkout", "-q", "main")
    commit(repo, "a.py", "x = 1\n" + BAD)
    repo.git("checkout", "-q", "side")
    return repo


@pytest.fixture
def branched(template: Repo, tmp_path: Path, warm: Callable[[Repo], None]) -> Repo:
    """Branch side adds a mistake to b.py; main got one of its own in a.py since they parted."""
    copied = Repo.copy(template, tmp_path / "branched")
    warm(copied)
    return copied


def from_options(repo: Repo, base: str, head: str, **env: str) -> subprocess.CompletedProcess[str]:
    return repo.hook("scan", "--from-ref", base, f"--to-ref={head}", env=env)


def from_runner(repo: Repo, base: str, head: str, **env: str) -> subprocess.CompletedProcess[str]:
    names = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": base, "PRE_COMMIT_TO_REF": head}
    return repo.hook("scan", "README", "a.py", env=names | env)


Way = Callable[[Repo, str, str], subprocess.CompletedProcess[str]]
WAYS = [from_options, from_runner]


@pytest.mark.parametrize("way", WAYS)
def test_a_clean_range_passes(branched: Repo, way: Way) -> None:
    commit(branched, "c.py", GOOD)
    done = way(branched, "HEAD~1", "HEAD")
    assert (done.returncode, "checked 1 file, 5 added lines" in done.stdout) == (0, True)


@pytest.mark.parametrize("way", WAYS)
def test_a_range_is_what_its_head_adds_since_the_merge_base(branched: Repo, way: Way) -> None:
    branched.write("staged.py", BAD)
    branched.stage()
    index = (branched.root / ".git/index").read_bytes()
    done = way(branched, "main", "side")
    assert (done.returncode, blocks(done)) == (1, ["b.py:4:5:"])
    assert (branched.root / ".git/index").read_bytes() == index


def test_options_have_precedence_over_the_runner(branched: Repo) -> None:
    names = {"PRE_COMMIT_FROM_REF": "nonsense", "PRE_COMMIT_TO_REF": "nonsense"}
    assert blocks(from_options(branched, "main", "side", **names)) == ["b.py:4:5:"]


def test_a_range_is_held_against_its_bases_settings(branched: Repo) -> None:
    """Or whoever adds a mistake could switch off what finds it."""
    commit(branched, "feedback-loop.toml", "[levels]\nspecific_exceptions = 'off'\n")
    done = from_runner(branched, "main", "side")
    assert (done.returncode, blocks(done)) == (1, ["b.py:4:5:"])
    assert "warn feedback_loop/policy_change" in done.stdout


def test_zeros_as_base_are_a_branch_that_nobody_has_yet(branched: Repo) -> None:
    assert blocks(from_runner(branched, ZEROS, "side")) == ["b.py:4:5:"]


@pytest.mark.parametrize("head", [{}, {"PRE_COMMIT_TO_REF": "main"}])
def test_a_runner_that_names_a_pushed_branch_and_no_base_pushes_its_whole_history(
    branched: Repo, head: dict[str, str]
) -> None:
    """pre-commit names no range then, prek its head alone; what is staged is not what is pushed."""
    branched.write("staged.py", BAD)
    branched.stage()
    done = branched.hook(env={"PRE_COMMIT": "1", "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main"} | head)
    assert (done.returncode, blocks(done)) == (1, ["a.py:5:5:"])
    assert "SKIP=feedback-loop-scan git push" in done.stdout


def test_hints_of_a_range_are_left_to_those_who_ask(repo: Repo) -> None:
    commit(repo, "a.py", "x = 1\n")
    commit(repo, "b.py", "def f(items):\n    return items[0]\n")
    refs = ("--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert "hint bounds_checking" not in repo.hook("scan", *refs).stdout
    assert "b.py:2:17: hint bounds_checking" in repo.hook("scan", "--hints", *refs).stdout


# -- nothing to check ----------------------------------------------------------------------------


def test_a_range_without_changes_is_not_called_checked(branched: Repo) -> None:
    local = from_options(branched, "side", "side")
    assert (local.returncode, local.stdout) == (0, "")
    assert "NOT checked: the range changes nothing" in local.stderr
    assert from_runner(branched, "side", "side", CI="1").returncode == 2
    assert branched.hook("scan", "--from-ref", "side", "--to-ref", "side", "--ci").returncode == 2
    refs = ("--from-ref", "side", "--to-ref", "side")
    assert branched.hook("scan", "--ci", "--allow-empty", *refs).returncode == 0


def test_nothing_staged_and_no_range_says_what_to_do(repo: Repo) -> None:
    commit(repo, "a.py", BAD)
    text = "NOT checked: nothing staged and no commit range; use --from-ref/--to-ref, or feedback-loop-scan-all\n"
    for environment, code in (({}, 0), ({"PRE_COMMIT": "1"}, 0), ({"PRE_COMMIT": "1", "CI": "1"}, 2)):
        done = repo.hook(env=environment)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr == f"feedback-loop: {text}"
    assert repo.hook("scan", "--allow-empty", env={"PRE_COMMIT": "1", "CI": "1"}).returncode == 0
    assert repo.hook("scan", "--ci", "--allow-empty").returncode == 0


@pytest.mark.parametrize(
    "names", [{"GITHUB_BASE_REF": "main"}, {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"}, {}]
)
def test_in_ci_a_runner_without_a_range_gets_the_branchs(
    branched: Repo, tmp_path: Path, names: dict[str, str]
) -> None:
    """Three ways to know the branch it is meant for: GitHub's, GitLab's, and the clone's own."""
    branched.git("update-ref", "refs/remotes/origin/main", "main")
    if not names:
        branched.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    done = branched.hook(env={"CI": "1", "PRE_COMMIT": "1"} | names)
    assert (done.returncode, blocks(done)) == (1, ["b.py:4:5:"])
    assert branched.hook(env={"PRE_COMMIT": "1"} | names).returncode == 0, "at a desk nothing was asked for"
    assert branched.hook(env={"CI": "1"} | names).returncode == 0, "git's own empty commit"


def test_what_is_staged_counts_before_the_branch_in_ci(branched: Repo) -> None:
    branched.write("c.py", GOOD)
    branched.stage()
    done = branched.hook(env={"CI": "1", "PRE_COMMIT": "1", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"})
    assert (done.returncode, "checked 1 file" in done.stdout) == (0, True)


# -- whole trees ---------------------------------------------------------------------------------


def test_all_checks_every_tracked_file_as_the_index_has_it(branched: Repo) -> None:
    branched.write("b.py", GOOD)
    branched.write("untracked.py", BAD)
    done = branched.hook("scan", "--all", "some.py", "names.py")
    assert (done.returncode, blocks(done)) == (1, ["b.py:4:5:"])
    assert "add` them again" not in done.stdout
    branched.stage("b.py")
    assert branched.hook("scan", "--all").returncode == 0


def test_all_does_not_mind_the_runners_range(branched: Repo) -> None:
    env = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": "x", "PRE_COMMIT_TO_REF": "y"}
    done = branched.hook("scan", "--all", env=env)
    assert blocks(done) == ["b.py:4:5:"]
    assert "SKIP=feedback-loop-scan-all" in done.stdout


def test_all_of_nothing_is_not_called_checked(repo: Repo) -> None:
    assert "NOT checked: no tracked files" in repo.hook("scan", "--all").stderr
    assert repo.hook("scan", "--all", "--ci").returncode == 2


# -- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from-ref", "main"],
        ["--to-ref", "main"],
        ["--from-ref", "", "--to-ref", "side"],
        ["--from-ref=main", "--to-ref"],
        ["--all", "--from-ref", "main", "--to-ref", "side"],
        ["--from-refs", "main"],
    ],
)
def test_half_a_range_is_a_usage_error_and_no_scan_of_something_else(
    branched: Repo, arguments: list[str]
) -> None:
    branched.write("c.py", BAD)
    branched.stage()
    done = branched.hook("scan", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: feedback-loop-hook scan" in done.stderr


@pytest.mark.parametrize("command", ["patterns", "pre-push"])
def test_other_commands_know_no_ranges(repo: Repo, command: str) -> None:
    assert repo.hook(command, "--all").returncode == 2


def test_a_commit_that_is_not_here_is_named(branched: Repo) -> None:
    local = from_runner(branched, "gone", "side")
    assert (local.returncode, local.stdout) == (0, "")
    assert "NOT checked: no commit 'gone' here" in local.stderr
    assert "this range was not checked" in local.stderr
    assert from_runner(branched, "gone", "side", CI="1").returncode == 2
    half = branched.hook(env={"PRE_COMMIT_FROM_REF": "main", "CI": "1"})
    assert (half.returncode, "one end of a range only" in half.stderr) == (2, True)


def test_a_shallow_clone_names_the_depth_to_set(branched: Repo, tmp_path: Path) -> None:
    target = tmp_path / "shallow"
    branched.git("clone", "-q", "--depth", "1", f"file://{branched.root}", str(target))
    done = branched.hook("scan", "--ci", "--from-ref", "side~1", "--to-ref", "side", cwd=target)
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr


def test_a_range_gets_more_time_than_a_commit() -> None:
    """And the limit is the supervisor's own, not only a wish."""
    from feedback_loop.faces.hook_commands import Call
    from feedback_loop.faces.supervisor import HARD_LIMIT

    assert Call(["scan"]).limit == HARD_LIMIT == 5
    for arguments in (["scan", "--all"], ["scan", "--from-ref", "a", "--to-ref", "b"], ["pre-push"]):
        assert Call(arguments).limit >= 600


SLOW = """\
import sys; sys.argv = ["hook", *{arguments}]; sys.path.insert(0, {root!r})
from feedback_loop.faces import hook, supervisor, hook_commands
supervisor.HARD_LIMIT = 1.0
supervisor.LIMITS["staged"] = 1.0
from feedback_loop.engines.scan import check
def held(*arguments):
    import ctypes
    ctypes.PyDLL(None).sleep({seconds})  # PyDLL keeps the interpreter locked
    return genuine(*arguments)
genuine, check.check_candidate = check.check_candidate, held
hook.main()
"""


def held(repo: Repo, seconds: int, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The hook with C code in its scan that lets nobody else run, and a hard limit of one second."""
    script = SLOW.format(arguments=list(arguments), root=str(HOOK.parents[2]), seconds=seconds)
    command = [sys.executable, "-I", "-S", "-c", script]
    return subprocess.run(
        command, cwd=repo.root, env=repo.environment | env, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(("env", "code"), [({}, 0), ({"CI": "1"}, 3)])
def test_c_code_that_holds_the_interpreter_ends_at_the_hard_limit(
    repo: Repo, env: dict[str, str], code: int
) -> None:
    repo.write("a.py", BAD)
    repo.stage()
    repo.hook()
    index = (repo.root / ".git/index").read_bytes()
    done = held(repo, 100, "scan", **env)
    assert (done.returncode, done.stdout) == (code, "")
    assert "NOT checked: no answer within 1 s" in done.stderr
    assert "this commit was not checked" in done.stderr
    assert (repo.root / ".git/index").read_bytes() == index


def test_a_whole_tree_outlives_the_limit_of_a_commit(repo: Repo) -> None:
    repo.write("a.py", BAD)
    repo.stage()
    repo.hook()
    done = held(repo, 2, "scan", "--all")
    assert (done.returncode, blocks(done)) == (1, ["a.py:4:5:"])


def test_a_broken_baseline_lifts_nothing_and_is_told(repo: Repo) -> None:
    repo.write(".feedback-loop/baseline.jsonl", "<<<<<<< HEAD\n")
    repo.write("a.py", "print(1)\n")
    repo.stage("a.py")
    done = repo.hook()
    assert (done.returncode, "block structured_logging/print_call" in done.stdout) == (1, True)
    assert "NOT checked: .feedback-loop/baseline.jsonl: takes nothing away: " in done.stdout
    assert "not checked 1" in done.stdout


def test_of_very_many_findings_the_first_are_shown(repo: Repo) -> None:
    repo.write("a.py", "print(1)\n" * 150)
    repo.stage()
    done = repo.hook()
    assert done.stdout.count(": block structured_logging/print_call") == 100
    assert "50 more findings: `feedback-loop scan` shows them" in done.stdout
    assert "150 block" in done.stdout
