"""What people and CI systems call a range, and which commits it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.ranges import Ends, Range, find_ci_range, find_ends, find_range, parse_range
from feedback_loop.errors import UserError
from feedback_loop.stores.git_objects import empty_tree
from tests.api.small_library import clone, commit, workspace
from tests.repo import Repo

ZEROS = "0" * 40


def ends(repo: Repo, range_: Range) -> Ends:
    return find_ends(workspace(repo).git.objects, range_)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A..B", Range("A", "B", symmetric=False)),
        ("A...B", Range("A", "B")),
        ("v1.0..v1.1", Range("v1.0", "v1.1", symmetric=False)),
        ("A..", Range("A", "HEAD", symmetric=False)),
        ("...B", Range("HEAD", "B")),
        ("origin/main...HEAD~2", Range("origin/main", "HEAD~2")),
    ],
)
def test_two_forms_of_a_range(text: str, expected: Range) -> None:
    assert parse_range(text) == expected


@pytest.mark.parametrize("text", ["", "A", "..", "...", "A.B"])
def test_all_else_is_no_range(text: str) -> None:
    with pytest.raises(UserError, match="not a range of commits") as caught:
        parse_range(text)
    assert caught.value.kind == "usage"


@given(st.text("ab./-^", min_size=1, max_size=6), st.text("ab/-^", min_size=1, max_size=6), st.booleans())
@settings(max_examples=100, deadline=None)
def test_names_come_back_whole(base: str, head: str, symmetric: bool) -> None:
    if ".." in base or base.endswith("."):
        return
    text = base + ("..." if symmetric else "..") + head
    assert parse_range(text) == Range(base, head, symmetric)


# -- options and environment -----------------------------------------------------------------------


def test_no_range_is_named() -> None:
    assert find_range(None, None, {}) is None
    assert find_range("", "", {"PRE_COMMIT_FROM_REF": "", "CI": "1"}) is None


def test_options_win_over_the_environment() -> None:
    environment = {"PRE_COMMIT_FROM_REF": "a", "PRE_COMMIT_TO_REF": "b"}
    assert find_range(None, None, environment) == Range("a", "b")
    assert find_range("c", "d", environment) == Range("c", "d")


@pytest.mark.parametrize(
    ("from_ref", "to_ref", "environment"),
    [("a", None, {}), (None, "b", {"PRE_COMMIT_FROM_REF": "a"}), (None, None, {"PRE_COMMIT_TO_REF": "b"})],
)
def test_one_end_is_an_error(from_ref: str | None, to_ref: str | None, environment: dict[str, str]) -> None:
    with pytest.raises(UserError, match="one end of a range only"):
        find_range(from_ref, to_ref, environment)


def test_a_deleted_branch_is_an_error() -> None:
    with pytest.raises(UserError, match="a deleted branch has no lines"):
        find_range("a", ZEROS, {})


@pytest.mark.parametrize("value", [None, "", "0", "false", "False"])
def test_outside_of_ci_nothing_is_guessed(repo: Repo, value: str | None) -> None:
    environment = {"GITHUB_BASE_REF": "main"} | ({} if value is None else {"CI": value})
    assert find_ci_range(workspace(repo), environment) is None


def test_in_ci_the_target_branch_is_the_base(repo: Repo, tmp_path: Path) -> None:
    commit(repo, a="x\n")
    here = workspace(repo)
    ci = {"CI": "true"}
    assert find_ci_range(here, ci) is None
    assert find_ci_range(here, ci | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}) == Range("abc", "HEAD")
    both = ci | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc", "GITHUB_BASE_REF": "-x"}
    assert find_ci_range(here, both) == Range("refs/remotes/origin/-x", "HEAD")
    cloned = clone(repo, tmp_path / "clone")
    assert find_ci_range(workspace(cloned), ci) == Range("refs/remotes/origin/main", "HEAD")


# -- in a repository -------------------------------------------------------------------------------


def branches(repo: Repo) -> tuple[str, str, str]:
    """(their common commit, main's, side's)."""
    base = commit(repo, a="x\n")
    repo.git("checkout", "-q", "-b", "side")
    side = commit(repo, b="x\n")
    repo.git("checkout", "-q", "main")
    return base, commit(repo, c="x\n"), side


def test_two_dots_are_the_two_commits_and_three_the_merge_base(repo: Repo) -> None:
    base, main, side = branches(repo)
    assert ends(repo, parse_range("main..side")) == Ends(main, side)
    assert ends(repo, parse_range("main...side")) == Ends(base, side)


def test_without_a_common_commit_it_is_an_error(repo: Repo) -> None:
    commit(repo, a="x\n")
    repo.git("checkout", "-q", "--orphan", "alone")
    commit(repo, b="x\n")
    with pytest.raises(UserError, match="'main' and 'alone' have no common commit") as caught:
        ends(repo, Range("main", "alone"))
    assert "A..B" in caught.value.hint
    assert ends(repo, Range("main", "alone", symmetric=False)).base is not None


def test_a_new_branch_is_held_against_the_default_one_else_against_nothing(
    repo: Repo, tmp_path: Path
) -> None:
    base, _, side = branches(repo)
    new = Range(ZEROS, "side")
    assert ends(repo, new) == Ends(None, side)
    assert ends(repo, new).old == empty_tree(side)
    cloned = clone(repo, tmp_path / "clone")
    cloned.git("branch", "side", "origin/side")
    assert ends(cloned, new) == Ends(base, side)
    cloned.git("checkout", "-q", "--orphan", "alone")
    alone = commit(cloned, d="x\n")
    assert ends(cloned, Range("0" * 64, "alone")) == Ends(None, alone)


def test_a_shallow_clone_is_told_what_to_fetch(repo: Repo, tmp_path: Path) -> None:
    branches(repo)
    cloned = clone(repo, tmp_path / "clone", "--depth", "1", "--no-single-branch")
    for range_ in (Range("origin/main", "origin/side"), Range(ZEROS, "origin/side"), Range("HEAD~1", "HEAD")):
        with pytest.raises(UserError) as caught:
            ends(cloned, range_)
        assert "fetch-depth: 0" in caught.value.hint
        assert caught.value.exit_code == 2
