"""`feedback-loop scan` of ranges, trees, files and both sides, in real repositories."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.small_library import clone
from tests.faces.command_line import BARE, NAMED, write_pattern
from tests.repo import Repo

Done = subprocess.CompletedProcess[str]
RULE = "named_exceptions/bare_except"


def committed(repo: Repo, **files: str) -> str:
    """Commit everything with these Python files; the commit's id."""
    for name, text in files.items():
        repo.write(f"{name}.py", text)
    repo.stage()
    repo.commit("x", "--allow-empty")
    return repo.git("rev-parse", "HEAD").strip()


def found(done: Done) -> list[str]:
    """Place, rule and level of each finding, and what is particular about it; from JSON."""
    return [
        " ".join(
            [
                f"{one['path']}:{one['line']}",
                f"{one['pattern']}/{one['detector']}",
                one["level"],
                *(name for name in ("moved", "degraded", "nonlocal") if one[name]),
            ]
        )
        for one in json.loads(done.stdout)["findings"]
    ]


def scanned(repo: Repo, *arguments: str, env: dict[str, str] | None = None) -> Done:
    return repo.call("scan", "--format", "json", *arguments, env=env)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    """On `side`: a commit that takes the detector to a hint, and another that makes the mistake."""
    repo = Repo(tmp_path_factory.mktemp("template") / "repo", home)
    write_pattern(repo, "named_exceptions")
    committed(repo, app=NAMED)
    repo.git("checkout", "-q", "-b", "side")
    write_pattern(repo, "named_exceptions", level="hint")
    committed(repo)
    committed(repo, bad=BARE)
    repo.git("checkout", "-q", "main")
    committed(repo, meanwhile="try:\n    import os\nexcept:  # meanwhile\n    os = None\n")
    repo.git("checkout", "-q", "side")
    return repo


@pytest.fixture
def branch(template: Repo, tmp_path: Path) -> Repo:
    return Repo.copy(template, tmp_path / "branch")


# -- ranges --------------------------------------------------------------------------------------


def test_two_dots_compare_the_trees_and_three_the_merge_base(branch: Repo) -> None:
    write_pattern(branch, "named_exceptions")
    assert found(scanned(branch, "--diff", "main...side")) == [f"bad.py:4 {RULE} block"]
    assert found(scanned(branch, "--diff", "side..main")) == [f"meanwhile.py:3 {RULE} block"]
    ends = json.loads(scanned(branch, "--diff", "main...side").stdout)
    assert ends["mode"] == "range"
    assert ends["base"] == branch.git("merge-base", "main", "side").strip()
    assert ends["head"] == branch.git("rev-parse", "side").strip()


def test_a_change_cannot_weaken_the_detector_that_would_stop_it(branch: Repo) -> None:
    done = branch.run("scan", "--from-ref", "main", "--to-ref", "side")
    assert done.returncode == 1
    assert f"bad.py:4:5: block {RULE}" in done.stdout
    change = "patterns/named_exceptions.json:1:1: warn feedback_loop/policy_change  "
    assert change + f"{RULE} goes from block to hint" in done.stdout
    assert "explain feedback_loop" not in done.stdout
    assert done.stderr == ""


def test_severity_hides_no_weakened_policy(branch: Repo) -> None:
    done = scanned(branch, "--from-ref", "main", "--to-ref", "side", "--min-severity", "critical")
    assert found(done) == ["patterns/named_exceptions.json:1 feedback_loop/policy_change warn"]


def test_the_heads_policy_is_asked_for_and_told(branch: Repo) -> None:
    done = branch.call("scan", "--from-ref", "main", "--to-ref", "side", "--policy", "head", "--hints")
    assert done.returncode == 0
    assert f"bad.py:4:5: hint {RULE}" in done.stdout
    assert "policy_change" not in done.stdout
    assert "settings, patterns and baseline are the change's own: as --policy head asks" in done.stderr


def test_the_working_trees_policy_is_had_by_name_between_refs(branch: Repo) -> None:
    write_pattern(branch, "named_exceptions", level="warn")
    refs = ("--from-ref", "main", "--to-ref", "side")
    assert found(scanned(branch, *refs, "--policy", "worktree")) == [f"bad.py:4 {RULE} warn"]


def test_a_diff_may_be_held_to_the_bases_policy(branch: Repo) -> None:
    assert branch.call("scan", "--diff", "main...side").returncode == 0
    assert branch.call("scan", "--diff", "main...side", "--policy", "base").returncode == 1


def test_without_a_base_it_is_told_whose_policy_holds(branch: Repo) -> None:
    done = branch.call("scan", "--from-ref", "0" * 40, "--to-ref", "main")
    assert done.returncode == 1
    assert "the change's own: there is no base to take them from" in done.stderr


def test_a_hook_runners_range_is_taken_from_the_environment(branch: Repo) -> None:
    env = {"PRE_COMMIT_FROM_REF": "main", "PRE_COMMIT_TO_REF": "side"}
    assert f"bad.py:4 {RULE} block" in found(scanned(branch, env=env))
    assert found(scanned(branch, "--diff", "side..side", env=env)) == []


def test_of_a_range_files_may_be_left_out(branch: Repo) -> None:
    done = scanned(branch, "--diff", "main...side", "--policy", "base", "--only", "patterns/**")
    assert [line for line in found(done) if line.startswith("bad.py")] == []
    assert [line for line in found(done) if "policy_change" in line] != []


def test_until_is_held_against_the_heads_day_in_ci_and_else_today(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    base = committed(repo, app=NAMED)
    comment = "except:  # feedback-loop: ignore[named_exceptions] legacy until=2020-06-30"
    repo.write("app.py", BARE.replace("except:", comment))
    repo.stage()
    repo.environment = repo.environment | {"GIT_COMMITTER_DATE": "2020-06-30T12:00:00Z"}
    repo.commit()
    refs = ("--from-ref", base, "--to-ref", "HEAD")
    expired = [f"app.py:4 {RULE} block", "app.py:4 feedback_loop/suppression_expired warn"]
    assert found(scanned(repo, *refs)) == []
    assert sorted(found(scanned(repo, *refs, "--as-of", "2020-07-01"))) == sorted(expired)
    assert sorted(found(scanned(repo, "--diff", f"{base}..HEAD"))) == sorted(expired)
    assert found(scanned(repo, "--diff", f"{base}..HEAD", "--as-of", "2020-06-30")) == []


# -- CI --------------------------------------------------------------------------------------------


def test_in_ci_with_nothing_staged_the_branch_is_checked_and_that_is_told(
    branch: Repo, tmp_path: Path
) -> None:
    ours = clone(branch, tmp_path / "clone", "--branch", "side")
    ours.git("remote", "set-head", "origin", "main")
    done = ours.run("scan", env={"CI": "1"})
    assert done.returncode == 1
    assert f"bad.py:4:5: block {RULE}" in done.stdout
    assert "meanwhile.py" not in done.stdout
    assert "nothing staged: checking refs/remotes/origin/main...HEAD" in done.stderr
    by_name = ours.call("scan", env={"CI": "1", "GITHUB_BASE_REF": "main"})
    assert (by_name.returncode, by_name.stdout) == (1, done.stdout)
    own = ours.call("scan", "--policy", "head", env={"CI": "1"})
    assert (own.returncode, "policy_change" in own.stdout) == (0, False)
    ours.write("new.py", NAMED)
    ours.stage("new.py")
    assert found(scanned(ours, env={"CI": "1"})) == []  # what is staged comes first
    assert ours.call("scan", "--policy", "head", env={"CI": "1"}).returncode == 2


def test_ci_that_checks_nothing_fails_and_says_so_even_quietly(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    committed(repo)
    for arguments in (("-q",), ("--diff", "HEAD..HEAD"), ("--only", "nothing/**", "--all")):
        done = repo.call("scan", *arguments, env={"CI": "true"})
        assert (done.returncode, done.stdout) == (2, "")
        assert "NOT checked" in done.stderr
        assert "--allow-empty makes it 0" in done.stderr
        assert repo.call("scan", *arguments, "--allow-empty", env={"CI": "true"}).returncode == 0
        assert repo.call("scan", *arguments).returncode == 0


def test_a_shallow_clone_is_told_which_depth_to_fetch(branch: Repo, tmp_path: Path) -> None:
    shallow = clone(branch, tmp_path / "shallow", "--depth", "1", "--no-single-branch", "--branch", "side")
    for arguments in (("--from-ref", "origin/main", "--to-ref", "HEAD"), ("--diff", "HEAD~1..HEAD")):
        done = shallow.call("scan", *arguments)
        assert done.returncode == 2
        assert "fetch-depth: 0" in done.stderr
        assert "Traceback" not in done.stderr


# -- trees and files -------------------------------------------------------------------------------


def test_all_is_the_index_and_at_a_commit(branch: Repo) -> None:
    write_pattern(branch, "named_exceptions")
    branch.write("staged.py", BARE)
    branch.stage("staged.py")
    branch.write("staged.py", NAMED)
    branch.write("untracked.py", BARE)
    here = [f"bad.py:4 {RULE} block", f"staged.py:4 {RULE} block"]
    assert found(scanned(branch, "--all")) == here
    assert found(scanned(branch, "--all", "--only", "s*")) == here[1:]
    done = scanned(branch, "--all", "--at", "main")
    assert found(done) == [f"meanwhile.py:3 {RULE} block"]
    assert json.loads(done.stdout)["head"] == branch.git("rev-parse", "main").strip()


def test_files_are_named_from_where_the_user_stands(branch: Repo, tmp_path: Path) -> None:
    write_pattern(branch, "named_exceptions")
    branch.write("sub/deep.py", BARE)
    root, below = str(branch.root), str(branch.root / "sub")
    expected = [f"sub/deep.py:4 {RULE} block"]
    assert found(scanned(branch, "sub")) == expected
    assert found(scanned(branch, "-C", "sub", "deep.py")) == expected
    assert found(scanned(branch, "-C", below, ".")) == expected
    branch.root = tmp_path
    assert found(scanned(branch, "-C", root, "sub/deep.py")) == expected
    assert found(scanned(branch, str(tmp_path / below / "deep.py"), "-C", root)) == expected


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", "missing.py", ".git/config", "link"])
def test_paths_that_are_not_of_this_repository_are_refused_as_they_were_typed(
    branch: Repo, tmp_path: Path, path: str
) -> None:
    (tmp_path / "outside.py").write_text(BARE)
    (branch.root / "link").symlink_to(tmp_path / "outside.py")
    done = branch.call("scan", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert repr(path) in done.stderr
    assert len(done.stderr.splitlines()) <= 2


# -- both sides ------------------------------------------------------------------------------------


def test_an_edit_that_breaks_an_old_line_is_found_by_compare_alone(repo: Repo) -> None:
    """With the built-in library: the `with` goes, and the `open` below it stands as it stood."""
    committed(repo, app="def f(p):\n    with (\n        open(p)\n    ) as h:\n        return h.readline()\n")
    repo.write("app.py", "def f(p):\n    h = (\n        open(p)\n    )\n    return h.readline()\n")
    repo.stage()
    expected = ["app.py:3 temp_file_handling/open_without_with warn nonlocal"]
    assert found(scanned(repo)) == []
    assert found(scanned(repo, "--compare")) == expected
    assert "(not on a line you changed)" in repo.call("scan", "--compare").stdout
    repo.commit()
    assert found(scanned(repo, "--diff", "HEAD~1..HEAD", "--compare")) == expected
    assert found(scanned(repo, "--diff", "HEAD..HEAD~1", "--compare")) == []


# -- odd repositories ------------------------------------------------------------------------------


def test_an_unborn_head_has_only_an_index(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    repo.write("app.py", BARE)
    repo.stage()
    expected = [f"app.py:4 {RULE} block"]
    assert (
        found(scanned(repo)) == found(scanned(repo, "--compare")) == found(scanned(repo, "--all")) == expected
    )
    for arguments in (("--diff", "HEAD~1..HEAD"), ("--all", "--at", "HEAD")):
        done = repo.call("scan", *arguments)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 2)


def test_in_a_merge_only_what_no_parent_has_counts(branch: Repo) -> None:
    write_pattern(branch, "named_exceptions")
    committed(branch)
    branch.git("merge", "-q", "--no-commit", "--no-ff", "main")
    assert found(scanned(branch)) == []
    branch.write("resolved.py", BARE)
    branch.stage("resolved.py")
    assert found(scanned(branch)) == [f"resolved.py:4 {RULE} block"]


def test_a_conflict_is_not_checked_and_no_option_forgives_it(branch: Repo) -> None:
    committed(branch, meanwhile=NAMED)
    branch.git("merge", "-q", "main", check=False)
    branch.write("more.py", BARE)
    branch.stage("more.py")
    for arguments in ((), ("--exit-zero",), ("--all", "--exit-zero")):
        done = branch.call("scan", "--fail-on", "hint", *arguments)
        assert "NOT checked: meanwhile.py: unmerged" in done.stdout
        assert done.returncode == (2 if arguments else 1)


def test_the_other_hash(tmp_path: Path, home: Path) -> None:
    repo = Repo(tmp_path / "first", home)
    repo.root = tmp_path / "wide"
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main", "--object-format=sha256")
    write_pattern(repo, "named_exceptions")
    committed(repo, app=NAMED)
    head = committed(repo, bad=BARE)
    assert len(head) == 64
    expected = [f"bad.py:4 {RULE} block"]
    assert found(scanned(repo, "--from-ref", "HEAD~1", "--to-ref", "HEAD")) == expected
    assert found(scanned(repo, "--from-ref", "0" * 64, "--to-ref", "HEAD")) == expected
    assert found(scanned(repo, "--all", "--at", head)) == expected


def test_a_linked_worktree_has_its_own_index(branch: Repo, tmp_path: Path) -> None:
    write_pattern(branch, "named_exceptions")
    committed(branch)
    branch.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "third")
    branch.root = tmp_path / "linked"
    branch.write("new.py", BARE)
    branch.stage("new.py")
    assert found(scanned(branch)) == [f"new.py:4 {RULE} block"]
    assert found(scanned(branch, "--all", "--only", "new.py")) == [f"new.py:4 {RULE} block"]


def test_a_submodule_is_another_repository(branch: Repo, make_repo: Callable[[str], Repo]) -> None:
    inner = make_repo("inner")
    committed(inner, app=BARE)
    branch.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "lib")
    staged = json.loads(scanned(branch).stdout)
    assert {"path": "lib", "reason": "submodule"} in staged["skipped"]
    assert found(scanned(branch, "--only", "lib/**")) == []
    walked = json.loads(scanned(branch, ".").stdout)
    assert {"path": "lib", "reason": "another repository"} in walked["skipped"]
    assert f"app.py:4 {RULE} block" not in found(scanned(branch, "-C", "lib", "--all"))  # no library there
    assert "app.py:4 specific_exceptions/bare_except block" in found(scanned(branch, "-C", "lib", "--all"))


def test_a_sparse_checkout_is_scanned_in_full(branch: Repo) -> None:
    write_pattern(branch, "named_exceptions")
    branch.write("kept/a.py", NAMED)
    branch.write("away/b.py", BARE)
    committed(branch)
    branch.git("sparse-checkout", "set", "--no-cone", "/kept/", "/patterns/")
    assert not (branch.root / "away").exists()
    assert f"away/b.py:4 {RULE} block" in found(scanned(branch, "--all"))
    assert f"away/b.py:4 {RULE} block" in found(scanned(branch, "--diff", "HEAD~1..HEAD"))


# -- the answer ------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["hint", "warn", "block"])
def test_fail_on_compares_levels(repo: Repo, level: str) -> None:
    write_pattern(repo, "named_exceptions", level=level)
    committed(repo, app=BARE)
    ranks = ["hint", "warn", "block", "never"]
    for fail_on in ranks:
        expected = int(ranks.index(level) >= ranks.index(fail_on))
        assert repo.call("scan", "--all", "--fail-on", fail_on).returncode == expected
    assert repo.call("scan", "--all", "--fail-on", level, "--exit-zero").returncode == 0


def test_severity_filters_what_is_reported(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions", severity="medium")
    committed(repo, app=BARE)
    for severity, code in (("low", 1), ("medium", 1), ("high", 0), ("critical", 0)):
        done = scanned(repo, "--all", "--min-severity", severity)
        assert (done.returncode, len(found(done))) == (code, code)


def test_a_scan_changes_nothing_in_the_working_tree(branch: Repo) -> None:
    branch.write("new.py", BARE)
    branch.stage("new.py")
    branch.write("new.py", NAMED)

    def state() -> list[Any]:
        files = [path for path in branch.root.rglob("*") if ".git" not in path.parts and path.is_file()]
        return [
            branch.git("status", "--porcelain=v2"),
            *((path, path.read_bytes()) for path in sorted(files)),
        ]

    before = state()
    for arguments in ((), ("--all",), ("--compare",), ("--diff", "main...side"), (".",)):
        branch.call("scan", *arguments)
    assert state() == before
