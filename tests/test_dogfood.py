"""This project's own hooks on this project's own commits: real pre-commit on a copy of the checkout."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pre_commit.clientlib import load_config

from tests.repo import ROOT, Repo
from tests.test_pre_commit import BAD, BIN, GOOD, copy_of_checkout, run

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout: no index to copy")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    return copy_of_checkout(Repo(tmp_path_factory.mktemp("template") / "repo", home)).root


@pytest.fixture
def checkout(template: Path, repo: Repo) -> Repo:
    """A copy of the checkout whose hooks run its own code."""
    shutil.copytree(template, repo.root, dirs_exist_ok=True)
    return repo


def pre_commit(repo: Repo, *arguments: str, skip: str = "") -> subprocess.CompletedProcess[str]:
    return run(repo, str(BIN / "pre-commit"), *arguments, env={"PYTHONPATH": "", "SKIP": skip})


def test_all_hooks_run_from_the_checkout() -> None:
    (local,) = load_config(str(ROOT / ".pre-commit-config.yaml"))["repos"]
    assert local["repo"] == "local"
    entries = {hook["id"]: hook["entry"] for hook in local["hooks"]}
    assert entries == {
        "feedback-loop-scan": "python -I -S feedback_loop/faces/hook.py scan",
        "feedback-loop-scan-all": "python -I -S feedback_loop/faces/hook.py scan --all",
        "feedback-loop-plan": "python -I -S feedback_loop/faces/hook.py plan",
        "feedback-loop-patterns": "python -I -S feedback_loop/faces/hook.py patterns",
        "feedback-loop-commit-msg": "python -I -S feedback_loop/faces/hook.py commit-msg",
        "feedback-loop-prepare-commit-msg": "python -I -S feedback_loop/faces/hook.py prepare-commit-msg",
        "feedback-loop-record": "python -I -S feedback_loop/faces/hook.py record",
    }


def test_our_configuration_says_what_our_manifest_says() -> None:
    """But for language and entry: a hook tried on us works as it does for everybody."""
    import yaml

    kept = ("id", "name", "stages", "always_run", "files", "pass_filenames", "require_serial")
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    ours = [{name: hook.get(name) for name in kept} for hook in local["hooks"]]
    theirs = [{name: hook.get(name) for name in kept} for hook in manifest]
    assert ours == theirs


def test_a_mistake_of_ours_is_stopped(checkout: Repo) -> None:
    checkout.write("feedback_loop/domain/mistake.py", BAD)
    checkout.stage()
    done = pre_commit(checkout, "run")
    assert done.returncode == 1
    assert "feedback_loop/domain/mistake.py:4:5: block specific_exceptions/bare_except" in done.stdout


def test_a_clean_change_of_ours_passes_and_was_checked(checkout: Repo) -> None:
    checkout.write("feedback_loop/domain/fine.py", GOOD)
    checkout.stage()
    # Plans against all of the code take longer than a commit may: the last test here holds them, untimed.
    done = pre_commit(checkout, "run", "--verbose", skip="feedback-loop-plan")
    assert done.returncode == 0, done.stdout
    assert "checked 1 file, 5 added lines" in done.stdout


def test_the_hook_runs_the_checkouts_own_code(checkout: Repo) -> None:
    checkout.write("feedback_loop/faces/hook.py", "import sys\nsys.exit('own code')\n")
    checkout.stage()
    assert "own code" in pre_commit(checkout, "run").stdout


def test_a_pattern_of_ours_whose_example_fails_is_stopped(checkout: Repo) -> None:
    path = checkout.root / "patterns/specific_exceptions.md"
    path.write_text(path.read_text().replace("    except:\n", "    except ValueError:\n"))
    checkout.stage()
    done = pre_commit(checkout, "run")
    assert done.returncode == 1
    assert "patterns/specific_exceptions.md" in done.stdout


def test_the_whole_project_as_one_commit_passes_its_own_hooks(checkout: Repo) -> None:
    checkout.git("update-ref", "-d", "HEAD")
    # Plans against all of the code take longer than a commit may: the last test here holds them, untimed.
    done = pre_commit(checkout, "run", "--verbose", skip="feedback-loop-plan")
    assert done.returncode == 0, done.stdout
    assert "NOT checked" not in done.stdout


def test_the_installed_hooks_stop_a_real_commit(checkout: Repo) -> None:
    pre_commit(checkout, "install").check_returncode()
    checkout.write("feedback_loop/domain/mistake.py", BAD)
    checkout.stage()
    stopped = run(checkout, "git", "commit", "-m", "x", env={"PYTHONPATH": ""})
    assert stopped.returncode == 1
    assert "mistake.py:4:5" in stopped.stdout + stopped.stderr


def test_our_plans_claim_nothing_that_our_code_does_not_support(checkout: Repo) -> None:
    """Every tick is a claim that the whole project, as one change, proves; the newest plan is checked too."""
    plans = sorted(path.relative_to(checkout.root).as_posix() for path in checkout.root.glob("plans/*.md"))
    arguments = ("plan", "check", *plans, "--strict", "--format", "json")
    done = run(checkout, sys.executable, "-m", "feedback_loop", *arguments)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)["plans"]
    assert [plan["path"] for plan in found] == plans
    ticked = [item["verdict"] for plan in found for item in plan["items"] if item["checked"]]
    assert set(ticked) == {"supported"}
