"""Whose settings, library and baseline hold in CI, and what a change may not do unseen (MODE-3, T20)."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback_loop.api.baseline import added_entries, write_baseline
from feedback_loop.api.modes import scan_range
from feedback_loop.api.policy import baseline_at, policy_at
from feedback_loop.api.ranges import parse_range
from feedback_loop.domain.finding import ScanResult
from feedback_loop.errors import UserError
from tests.api.small_library import commit, shown, workspace, write_pattern
from tests.repo import ROOT, Repo

RANGE = parse_range("main...HEAD")
BASELINE = ".feedback-loop/baseline.jsonl"


@pytest.fixture(autouse=True)
def library(repo: Repo) -> None:
    write_pattern(repo, "words", "BAD")
    commit(repo, a="x = 1\n")
    repo.git("checkout", "-q", "-b", "side")


def scanned(repo: Repo, policy: str = "base") -> ScanResult:
    return scan_range(workspace(repo), RANGE, policy=policy)[0]


def told(repo: Repo) -> list[str]:
    return [
        f"{one.path.decode()}: {one.message}"
        for one in scanned(repo).findings
        if one.rule_id == "feedback_loop/policy_change"
    ]


def test_nothing_is_said_when_the_policy_stays(repo: Repo) -> None:
    commit(repo, a="x = 1\ny = BAD\n")
    assert shown(scanned(repo)) == ["a.py:2 words/word block"]


def test_a_detector_cannot_be_taken_away_by_the_change_it_would_stop(repo: Repo) -> None:
    repo.git("rm", "-q", "-r", "patterns")
    commit(repo, a="x = 1\ny = BAD\n")
    assert shown(scanned(repo)) == [
        "a.py:2 words/word block",
        "patterns/words.json:1 feedback_loop/policy_change warn",
    ]
    assert told(repo) == ["patterns/words.json: words/word is gone"]
    assert shown(scanned(repo, "head")) == []


def test_settings_of_the_change_do_not_hold_yet(repo: Repo) -> None:
    settings = 'fail-on = "never"\nexclude = ["*.py"]\n[levels]\nwords = "off"\n'
    repo.write("feedback-loop.toml", settings)
    commit(repo, a="x = 1\ny = BAD\n")
    result, library = scan_range(workspace(repo), RANGE, policy="base")
    assert shown(result)[0] == "a.py:2 words/word block"
    assert library.fail_on == "block"
    assert told(repo) == [
        "feedback-loop.toml: exclude grows by *.py",
        "feedback-loop.toml: fail-on goes from block to never",
        "feedback-loop.toml: words/word goes from block to off",
    ]
    result, library = scan_range(workspace(repo), RANGE, policy="head")
    assert (result.findings, library.fail_on) == ([], "never")


def test_the_policy_comes_from_commits_and_not_from_the_disk(repo: Repo) -> None:
    commit(repo, a="x = 1\ny = BAD\n")
    repo.write("feedback-loop.toml", 'exclude = ["*.py"]\n')
    assert shown(scanned(repo)) == shown(scanned(repo, "head")) == ["a.py:2 words/word block"]
    assert shown(scanned(repo, "worktree")) == []


def test_a_new_detector_runs_at_once(repo: Repo) -> None:
    write_pattern(repo, "others", "WORSE")
    commit(repo, a="x = 1\ny = BAD\nz = WORSE\n")
    assert shown(scanned(repo)) == ["a.py:2 words/word block", "a.py:3 others/word block"]
    assert told(repo) == []


def test_a_new_detector_that_fails_its_example_does_not_run_and_is_told(repo: Repo) -> None:
    write_pattern(repo, "others", "WORSE", bad="x = 1")
    commit(repo, a="x = 1\ny = BAD\nz = WORSE\n")
    found = shown(scanned(repo))
    assert "a.py:2 words/word block" in found
    assert not [line for line in found if "others/word" in line]
    assert {line.split()[1] for line in found if line.startswith("patterns/")} == {
        "feedback_loop/pattern_gate"
    }


def test_a_detector_that_was_off_stays_off_for_now(repo: Repo) -> None:
    repo.git("checkout", "-q", "main")
    repo.write("feedback-loop.toml", '[levels]\nwords = "off"\n')
    commit(repo)
    repo.git("checkout", "-q", "-B", "side")
    repo.git("rm", "-q", "feedback-loop.toml")
    commit(repo, a="y = BAD\n")
    assert shown(scanned(repo)) == []


def test_a_changed_expression_is_told_and_the_old_one_runs(repo: Repo) -> None:
    write_pattern(repo, "words", "WORD")
    commit(repo, a="x = 1\ny = BAD\nz = WORD\n")
    assert shown(scanned(repo))[0] == "a.py:2 words/word block"
    assert told(repo) == ["patterns/words.json: words/word looks for something else now"]


def test_a_baseline_that_grows_is_told(repo: Repo) -> None:
    repo.write("b.py", "y = BAD\n")
    repo.stage()
    assert write_baseline(workspace(repo), "hint").total == 1
    head = commit(repo)
    assert told(repo) == [f"{BASELINE}: the baseline accepts 1 more"]
    here = workspace(repo)
    base = repo.git("rev-parse", "main").strip()
    assert baseline_at(here, base) is None
    assert len(added_entries(baseline_at(here, base), baseline_at(here, head))) == 1


def test_a_broken_baseline_is_the_users_error(repo: Repo) -> None:
    repo.write(BASELINE, "<<<<<<< ours\n")
    commit(repo)
    with pytest.raises(UserError, match="baseline"):
        scanned(repo)


def test_without_a_library_at_the_base_the_built_in_one_holds(repo: Repo) -> None:
    repo.git("checkout", "-q", "--orphan", "old")
    repo.git("rm", "-q", "-r", "-f", "patterns")
    commit(repo)
    repo.git("branch", "-f", "main")
    repo.git("checkout", "-q", "-B", "side")
    write_pattern(repo, "words", "BAD")
    commit(repo, a="y = BAD\ntry:\n    y()\nexcept:\n    y = 2\n")
    result, library = scan_range(workspace(repo), RANGE, policy="base")
    assert shown(result)[:2] == ["a.py:1 words/word block", "a.py:4 specific_exceptions/bare_except block"]
    assert library.built_in
    assert "specific_exceptions.json" in " ".join(told(repo))


def test_broken_settings_at_the_base_are_a_problem_of_the_library(repo: Repo) -> None:
    repo.git("checkout", "-q", "main")
    repo.write("feedback-loop.toml", 'fail-on = "nothing"\n')
    repo.write("pyproject.toml", "[tool.feedback-loop]\n")
    commit(repo)
    repo.git("checkout", "-q", "-B", "side")
    commit(repo, a="y = BAD\n")
    result, library = scan_range(workspace(repo), RANGE, policy="base")
    assert any("feedback-loop.toml" in problem for problem in library.problems)
    assert any("keep one of them" in problem for problem in library.problems)
    assert shown(result) == ["a.py:1 words/word block"]


def test_a_commits_policy_is_what_a_checkout_of_it_would_load(tmp_path: Path, home: Path) -> None:
    """Against the store that reads the disk, on this project's own library."""
    repo = Repo(tmp_path / "own", home)
    for path in sorted((ROOT / "patterns").rglob("*")):
        if path.is_file():
            repo.write(f"lib/p/{path.relative_to(ROOT / 'patterns')}", path.read_bytes())
    repo.write("lib/p/broken.json", "{")
    repo.write("lib/p/.#lock.md", "x")
    repo.write("lib/p/archive/nested/deep.md", "x")
    repo.write("lib/p/large.md", "x" * (2 << 20))
    repo.write("lib/p/large.json", "{}")
    settings = '[tool.feedback-loop]\npatterns = "lib/p"\nexclude = ["x"]\n[tool.feedback-loop.scan]\nstrict = true\n'
    repo.write("pyproject.toml", settings)
    head = commit(repo)
    here = workspace(repo)
    found = policy_at(here, head)
    assert (found.policy.settings, found.problems) == here.settings()
    library = here.library("lib/p")
    assert found.policy.library.source == library.source
    assert found.policy.library.patterns == library.patterns
    broken = {problem.path for problem in found.policy.library.problems}
    assert broken == {problem.path for problem in library.problems} | {"lib/p/large.json"}


def test_no_library_is_the_built_in_one_as_on_the_disk(repo: Repo) -> None:
    repo.git("rm", "-q", "-r", "patterns")
    head = commit(repo)
    here = workspace(repo)
    assert policy_at(here, head).policy.library == here.library("patterns")


def test_the_head_is_never_run_or_checked_out(repo: Repo) -> None:
    """Nothing is written: neither files nor refs nor index."""
    write_pattern(repo, "others", "WORSE")
    commit(repo, a="z = WORSE\n")

    def state() -> list[tuple[str, bytes]]:
        files = [path for path in sorted(repo.root.rglob("*")) if path.is_file()]
        own = repo.root / ".git/feedback-loop"
        return [(str(path), path.read_bytes()) for path in files if own not in path.parents]

    before = state()
    scanned(repo)
    assert state() == before
