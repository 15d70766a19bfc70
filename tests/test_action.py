"""`action.yml`: read as a runner reads it, and its scripts run as a runner runs them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.repo import ROOT, Repo

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
INSTALL, SCAN = STEPS
ZEROS = "0" * 40
GOOD = "def load():\n    try:\n        return read()\n    except ValueError:\n        return None\n"
BAD = GOOD.replace("except ValueError:", "except:")
HOSTILE = '$(touch pwned)`touch pwned`";touch pwned;"'

# Writes its arguments down, talks as FAKE_TALK says, and ends with FAKE_CODE.
FAKE = """#!/bin/bash
printf '%s\\n' "$@" -- >>"$RUNNER_TEMP/calls"
printf '%b' "${FAKE_TALK:-}" >&2
[[ "$*" == *sarif* ]] && exit "${FAKE_SARIF_CODE:-0}"
exit "${FAKE_CODE:-0}"
"""
REAL = f'#!/bin/bash\nexec "{sys.executable}" -m feedback_loop "$@"\n'


@dataclass
class Ended:
    """How the scan step ended: code, log, outputs, and the calls of the program."""

    code: int
    log: str
    outputs: str
    calls: list[list[str]]


class Runner:
    """A runner in the middle of a job: a repository checked out, the program installed."""

    def __init__(self, repo: Repo, temporary: Path) -> None:
        self.repo = repo
        self.temporary = temporary
        (temporary / "feedback-loop" / "bin").mkdir(parents=True)
        self.install(FAKE)

    def install(self, program: str) -> None:
        path = self.temporary / "feedback-loop" / "bin" / "feedback-loop"
        path.write_text(program)
        path.chmod(0o755)

    def scan(self, event: str = "push", **variables: str) -> Ended:
        for name in ("calls", "outputs"):
            (self.temporary / name).write_text("")
        done = self.step(SCAN, GITHUB_EVENT_NAME=event, **variables)
        calls = [call.split("\n") for call in (self.temporary / "calls").read_text().split("\n--\n")[:-1]]
        return Ended(done.returncode, done.stdout, (self.temporary / "outputs").read_text(), calls)

    def step(self, step: dict[str, Any], **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script: what no input and no event sets is there and empty."""
        inputs = dict.fromkeys(step["env"], "")
        script = self.temporary / "step.sh"
        script.write_text(step["run"])
        given = {
            "CI": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.temporary / "outputs"),
            "GITHUB_SHA": self.repo.git("rev-parse", "HEAD").strip(),
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary.md"),
            "GITHUB_WORKSPACE": str(self.repo.root),
            "RUNNER_TEMP": str(self.temporary),
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.repo.root,
            env=self.repo.environment | inputs | given | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture
def runner(repo: Repo, tmp_path: Path) -> Runner:
    """Two commits: a good function, then a bare handler."""
    for text in (GOOD, BAD):
        repo.write("app.py", text)
        repo.stage()
        repo.commit()
    return Runner(repo, tmp_path / "temporary")


def head(runner: Runner, name: str = "HEAD") -> str:
    return runner.repo.git("rev-parse", name).strip()


def asked(ended: Ended) -> list[str]:
    """The options of the one call but for the format."""
    (call,) = ended.calls
    assert call[0] == "scan"
    return [one for one in call[1:] if one != "--format=github"]


# -- the document --------------------------------------------------------------------------------


def test_the_action_is_composite_and_uses_nobody_elses() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert [step for step in STEPS if "uses" in step] == []
    assert all(step["shell"] == "bash" for step in STEPS)


def test_nothing_is_interpolated_into_a_script() -> None:
    assert all("${{" not in step["run"] for step in STEPS)


def test_every_input_is_declared_described_and_used() -> None:
    expressions = re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", (ROOT / "action.yml").read_text("utf-8"))
    assert sorted(set(expressions)) == sorted(ACTION["inputs"])
    assert all(one["description"] and "default" in one for one in ACTION["inputs"].values())


def test_every_variable_of_a_script_is_given() -> None:
    runners = {
        "GITHUB_ACTION_PATH",
        "GITHUB_EVENT_NAME",
        "GITHUB_OUTPUT",
        "GITHUB_SHA",
        "GITHUB_WORKSPACE",
        "RUNNER_TEMP",
    }
    for step in STEPS:
        used = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", step["run"]))
        assert used - runners == set(step["env"]), step["name"]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_scripts_are_bash(step: dict[str, Any]) -> None:
    subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)


# -- the range -----------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_a_pull_request_is_its_base_and_head(runner: Runner, event: str) -> None:
    ended = runner.scan(event, FL_PULL_BASE="aaa", FL_PULL_HEAD="bbb", FL_PUSH_BEFORE="")
    assert asked(ended) == ["--from-ref=aaa", "--to-ref=bbb"]


def test_a_merge_group_is_its_base_and_head(runner: Runner) -> None:
    assert asked(runner.scan("merge_group", FL_GROUP_BASE="aaa", FL_GROUP_HEAD="bbb")) == [
        "--from-ref=aaa",
        "--to-ref=bbb",
    ]


def test_a_push_is_from_the_old_tip_to_the_new(runner: Runner) -> None:
    before = head(runner, "HEAD~1")
    assert asked(runner.scan("push", FL_PUSH_BEFORE=before)) == [
        f"--from-ref={before}",
        f"--to-ref={head(runner)}",
    ]


@pytest.mark.parametrize("before", [ZEROS, "1" * 40], ids=["new branch", "forced"])
def test_a_push_without_a_known_old_tip_is_a_new_branch(runner: Runner, before: str) -> None:
    assert asked(runner.scan("push", FL_PUSH_BEFORE=before))[0] == f"--from-ref={ZEROS}"


def test_a_shallow_clone_is_left_for_the_scan_to_refuse(runner: Runner, tmp_path: Path) -> None:
    """Taken for a new branch, its whole tree would be "added"."""
    before = head(runner, "HEAD~1")
    shallow = tmp_path / "shallow"
    runner.repo.git("clone", "-q", "--depth=1", f"file://{runner.repo.root}", str(shallow))
    runner.repo.root = shallow
    assert asked(runner.scan("push", FL_PUSH_BEFORE=before))[0] == f"--from-ref={before}"


def test_another_event_leaves_the_range_to_the_scan(runner: Runner) -> None:
    assert asked(runner.scan("workflow_dispatch")) == []


def test_given_names_win_and_the_end_is_head(runner: Runner) -> None:
    pull = {"FL_PULL_BASE": "aaa", "FL_PULL_HEAD": "bbb"}
    assert asked(runner.scan("pull_request", FL_FROM="x", **pull)) == ["--from-ref=x", "--to-ref=HEAD"]
    assert asked(runner.scan("pull_request", FL_FROM="x", FL_TO="y", **pull)) == [
        "--from-ref=x",
        "--to-ref=y",
    ]


def test_an_end_without_a_beginning_is_a_mistake(runner: Runner) -> None:
    ended = runner.scan("push", FL_TO="y")
    assert (ended.code, ended.calls) == (2, [])
    assert "::error title=feedback-loop::NOT checked: to-ref" in ended.log


def test_hostile_names_are_arguments_and_nothing_else(runner: Runner) -> None:
    hostile = dict.fromkeys(SCAN["env"], HOSTILE)
    ended = runner.scan("pull_request", **hostile)
    assert ended.calls[0][1:4] == [f"--from-ref={HOSTILE}", f"--to-ref={HOSTILE}", f"--fail-on={HOSTILE}"]
    assert not [*runner.repo.root.rglob("pwned"), *runner.temporary.rglob("pwned")]


# -- the answer ----------------------------------------------------------------------------------


def test_clean_is_zero_and_no_annotation(runner: Runner) -> None:
    ended = runner.scan()
    assert (ended.code, ended.log, ended.outputs) == (0, "", "exit-code=0\n")


def test_fail_on_is_handed_over(runner: Runner) -> None:
    assert "--fail-on=warn" in asked(runner.scan(FL_FAIL_ON="warn"))


@pytest.mark.parametrize("code", [1, 2, 3, 130])
def test_the_step_ends_with_the_scans_code(runner: Runner, code: int) -> None:
    ended = runner.scan(FAKE_CODE=str(code))
    assert (ended.code, ended.outputs) == (code, f"exit-code={code}\n")
    assert (f"::error title=feedback-loop::NOT checked (exit {code})" in ended.log) == (code > 1)


def test_talk_gives_no_commands_to_the_runner(runner: Runner) -> None:
    ended = runner.scan(FAKE_TALK="bad settings:\n  ::error::forged\n::add-mask::x\n")
    assert ended.log == "| bad settings:\n|   ::error::forged\n| ::add-mask::x\n"


@pytest.mark.parametrize(
    ("code", "second", "expected"), [(0, 0, 0), (1, 0, 1), (0, 3, 3), (1, 3, 1), (2, 3, 2)]
)
def test_a_sarif_file_is_a_second_run_that_hides_no_failure(
    runner: Runner, code: int, second: int, expected: int
) -> None:
    ended = runner.scan(FL_SARIF="out.sarif", FAKE_CODE=str(code), FAKE_SARIF_CODE=str(second))
    assert ended.code == expected
    assert ended.calls[1] == [*ended.calls[0][:-1], "--format=sarif", "--output=out.sarif", "--exit-zero"]


# -- for real ------------------------------------------------------------------------------------


def test_a_pull_request_is_checked_for_real(runner: Runner) -> None:
    runner.install(REAL)
    ended = runner.scan("pull_request", FL_PULL_BASE=head(runner, "HEAD~1"), FL_PULL_HEAD=head(runner))
    assert ended.code == 1
    assert "::error file=app.py,line=4,endLine=4," in ended.log
    assert "specific_exceptions" in (runner.temporary / "summary.md").read_text()


def test_what_a_branch_adds_is_no_more_than_its_own(runner: Runner) -> None:
    """The other side of the fork is not ours to answer for."""
    repo = runner.repo
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    repo.write("side.py", "x = 1\n")
    repo.stage()
    repo.commit()
    runner.install(REAL)
    ended = runner.scan("pull_request", FL_PULL_BASE=head(runner, "main"), FL_PULL_HEAD=head(runner))
    assert (ended.code, ended.outputs) == (0, "exit-code=0\n")


def test_a_shallow_clone_is_not_green(runner: Runner, tmp_path: Path) -> None:
    base, tip = head(runner, "HEAD~1"), head(runner)
    shallow = tmp_path / "shallow"
    runner.repo.git("clone", "-q", "--depth=1", f"file://{runner.repo.root}", str(shallow))
    runner.repo.root = shallow
    runner.install(REAL)
    ended = runner.scan("pull_request", FL_PULL_BASE=base, FL_PULL_HEAD=tip)
    assert ended.code == 2
    assert "fetch-depth: 0" in ended.log


def test_a_sarif_file_is_written_for_real(runner: Runner) -> None:
    runner.install(REAL)
    pull = {"FL_PULL_BASE": head(runner, "HEAD~1"), "FL_PULL_HEAD": head(runner)}
    ended = runner.scan("pull_request", FL_SARIF="out.sarif", **pull)
    assert ended.code == 1
    assert '"2.1.0"' in (runner.repo.root / "out.sarif").read_text()


# -- installing ----------------------------------------------------------------------------------


def python(runner: Runner, script: str) -> str:
    path = runner.temporary / "python-of-the-test"
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("", str(ROOT)),
        ("feedback-loop==9.9", "feedback-loop==9.9"),
        ("./dist/x.whl", "{workspace}/./dist/x.whl"),
    ],
)
def test_the_actions_own_checkout_is_what_is_installed(runner: Runner, package: str, expected: str) -> None:
    shutil.rmtree(runner.temporary / "feedback-loop")
    called = runner.temporary / "called"
    script = f'echo "$@" >>"{called}"; mkdir -p feedback-loop/bin; [ "$0" -ef feedback-loop/bin/python ] || cp "$0" feedback-loop/bin/python'
    done = runner.step(INSTALL, FL_PYTHON=python(runner, script), FL_PACKAGE=package)
    assert (done.returncode, done.stdout) == (0, "")
    last = called.read_text().splitlines()[-1]
    assert last.startswith("-I -m pip install ")
    assert last.endswith(" -- " + expected.format(workspace=runner.repo.root))


def test_an_old_python_is_named(runner: Runner) -> None:
    done = runner.step(INSTALL, FL_PYTHON=python(runner, "exit 1"))
    assert done.returncode == 2
    assert "NOT checked: Python 3.11 or newer is needed" in done.stdout


def test_a_wheel_is_installed_and_nothing_of_the_repository_runs(runner: Runner, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    for name in ("venv.py", "pip.py", "ensurepip.py", "sitecustomize.py"):
        runner.repo.write(name, "raise SystemExit('the repository was imported')\n")
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PYTHONPATH": str(runner.repo.root)}
    done = runner.step(INSTALL, FL_PYTHON=sys.executable, FL_PACKAGE=str(wheel), **offline)
    assert (done.returncode, done.stdout) == (0, "")
    installed = runner.temporary / "feedback-loop" / "bin"
    assert (installed / "feedback-loop").exists()
    said = subprocess.run(
        [installed / "feedback-loop-hook", "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("feedback-loop ")


# -- the guide -----------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "ci.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.M | re.S)


@pytest.mark.parametrize("command", ["scan", "baseline update", "baseline write"])
def test_every_option_of_the_guide_exists(repo: Repo, command: str) -> None:
    known = set(re.findall(r"--[a-z-]+", repo.call(*command.split(), "--help").stdout))
    assert "--level" in known or "--fail-on" in known
    calls = re.findall(rf"feedback-loop {command}((?:[^\n`|#]|\n +--)*)", GUIDE)
    assert calls
    used = {option for call in calls for option in re.findall(r"(?<= )--[a-z-]+", call)}
    assert used - known == set()


def test_the_guide_names_every_input_of_the_action() -> None:
    assert [name for name in ACTION["inputs"] if f"`{name}`" not in GUIDE] == []


@pytest.mark.parametrize("text", blocks("yaml"), ids=lambda text: text.strip().split("\n")[0])
def test_workflows_of_the_guide_are_yaml_without_interpolation(text: str) -> None:
    steps = yaml.safe_load(text)
    assert steps
    assert not re.findall(r"(?:run|script):[^\n]*\$\{\{", text)


@pytest.mark.parametrize("text", blocks("sh"), ids=lambda text: text.split("\n")[0][:30])
def test_scripts_of_the_guide_are_bash(text: str) -> None:
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
