"""Our manifest in the hands of the real pre-commit and the real prek."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from pre_commit.clientlib import load_config, load_manifest

from feedback_loop.domain.hooks import PRE_COMMIT_CONFIG, PRE_COMMIT_HOOKS, PREK_TOML
from tests.repo import ROOT, Repo

GOOD = "def load():\n    try:\n        return read()\n    except ValueError:\n        return None\n"
BAD = GOOD.replace("except ValueError:", "except:")
BIN = Path(sys.executable).parent
RUNNERS = {"pre-commit": BIN / "pre-commit", "prek": shutil.which("prek")}


@pytest.fixture(params=["pre-commit", "prek"])
def runner(request: pytest.FixtureRequest) -> str:
    program = RUNNERS[request.param]
    if not program:
        pytest.skip(f"no {request.param} on PATH")
    return str(program)


def run(
    repo: Repo, program: str, *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The hook runner, with our console scripts on PATH and a home of its own for its environments.

    Not measured: coverage would be started in each of its many processes, none of which has lines to show.
    """
    unmeasured = {name: value for name, value in repo.environment.items() if not name.startswith("COVERAGE")}
    environment = unmeasured | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(repo.root.parent / "pre-commit"),
        "PREK_HOME": str(repo.root.parent / "prek"),
    }
    environment.pop("PYTHONWARNINGS")
    command = [program, *arguments]
    return subprocess.run(
        command, cwd=repo.root, env=environment | (env or {}), capture_output=True, text=True
    )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path, warm: Callable[[Repo], None]) -> Repo:
    """A repository with the configuration that `install --via pre-commit` writes."""
    repo = Repo(tmp_path_factory.mktemp("template") / "repo", home)
    repo.write("README", "x\n")
    repo.call("install", "--via", "pre-commit", check=True)
    repo.stage()
    repo.commit()
    warm(repo)
    return repo


@pytest.fixture
def wired(template: Repo, tmp_path: Path) -> Repo:
    """A copy of the template, the built-in library compiled as after a first run."""
    return Repo.copy(template, tmp_path / "repo")


# -- the manifest --------------------------------------------------------------------------------


def test_the_manifest_is_valid_and_holds_what_pc_2_says() -> None:
    hooks = {hook["id"]: hook for hook in load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))}
    kinds = ("scan", "scan-all", "plan", "patterns", "commit-msg", "prepare-commit-msg", "record")
    assert list(hooks) == [f"feedback-loop-{kind}" for kind in kinds]
    for kind, hook in zip(kinds, hooks.values(), strict=True):
        assert hook["language"] == "python"
        assert hook["language_version"] == "default"
        assert hook["minimum_pre_commit_version"] == "3.2.0"
        assert (hook["require_serial"], hook["pass_filenames"]) == (True, "commit-msg" in kind)
    assert hooks["feedback-loop-scan"]["entry"] == "feedback-loop-hook scan"
    assert hooks["feedback-loop-scan"]["stages"] == ["pre-commit", "pre-merge-commit", "pre-push"]
    assert hooks["feedback-loop-scan"]["always_run"] is True
    assert hooks["feedback-loop-scan-all"]["entry"] == "feedback-loop-hook scan --all"
    assert hooks["feedback-loop-scan-all"]["stages"] == ["manual"]
    assert hooks["feedback-loop-scan-all"]["always_run"] is True
    assert hooks["feedback-loop-plan"]["entry"] == "feedback-loop-hook plan"
    assert hooks["feedback-loop-plan"]["stages"] == ["pre-commit", "manual"]
    assert hooks["feedback-loop-plan"]["always_run"] is True
    for stage in ("commit-msg", "prepare-commit-msg"):
        assert hooks[f"feedback-loop-{stage}"]["entry"] == f"feedback-loop-hook {stage}"
        assert hooks[f"feedback-loop-{stage}"]["stages"] == [stage]
    assert hooks["feedback-loop-patterns"]["stages"] == ["pre-commit", "manual"]
    assert hooks["feedback-loop-patterns"]["files"] == r"^(patterns/|AI_PATTERNS\.md$|\.feedback-loop/)"


def test_the_written_configuration_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(PRE_COMMIT_CONFIG)
    (local,) = load_config(str(path))["repos"]
    wanted = load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))
    fields = ("id", "entry", "stages", "files", "always_run", "pass_filenames", "require_serial")
    assert [[hook[name] for name in fields] for hook in local["hooks"]] == [
        [hook[name] for name in fields] for hook in wanted
    ]


# -- real runs of the written configuration ------------------------------------------------------


def test_nothing_staged_is_never_silently_green(wired: Repo, runner: str) -> None:
    done = run(wired, runner, "run", "feedback-loop-scan", "--all-files", "--verbose")
    assert done.returncode == 0, done.stdout
    assert "NOT checked" in done.stdout
    assert run(wired, runner, "run", "feedback-loop-scan", "--all-files", env={"CI": "1"}).returncode == 1


@pytest.mark.parametrize("code, wanted", [(GOOD, 0), (BAD, 1)])
def test_a_run_judges_what_is_staged(wired: Repo, runner: str, code: str, wanted: int) -> None:
    wired.write("app.py", code)
    wired.stage()
    done = run(wired, runner, "run")
    assert done.returncode == wanted, done.stdout
    assert ("app.py:4:5: block specific_exceptions/bare_except" in done.stdout) == bool(wanted)


def test_the_way_out_is_the_runners(wired: Repo, runner: str) -> None:
    wired.write("app.py", BAD)
    wired.stage()
    assert "SKIP=feedback-loop-scan" in run(wired, runner, "run").stdout
    assert run(wired, runner, "run", env={"SKIP": "feedback-loop-scan"}).returncode == 0


@pytest.mark.parametrize("staged, tree, wanted", [(GOOD, BAD, 0), (BAD, GOOD, 1)])
def test_a_partially_staged_file_with_other_changes_around(
    wired: Repo, runner: str, staged: str, tree: str, wanted: int
) -> None:
    wired.write("app.py", staged)
    wired.write("README", "staged\n")
    wired.stage()
    wired.write("app.py", tree)
    wired.write("README", "unstaged\n")
    wired.write("untracked.py", BAD)
    before = wired.git("ls-files", "-s"), [path.read_bytes() for path in sorted(wired.root.glob("[!.]*"))]
    assert run(wired, runner, "run").returncode == wanted
    after = wired.git("ls-files", "-s"), [path.read_bytes() for path in sorted(wired.root.glob("[!.]*"))]
    assert after == before


@pytest.mark.parametrize("arguments", [["-a"], ["app.py"], ["--amend", "-a"]])
def test_commits_through_the_installed_runner(wired: Repo, runner: str, arguments: list[str]) -> None:
    run(wired, runner, "install").check_returncode()
    wired.write("app.py", GOOD)
    wired.stage()
    wired.commit()
    wired.write("app.py", GOOD + BAD)
    stopped = run(wired, "git", "commit", "-m", "x", *arguments)
    assert stopped.returncode == 1
    assert "app.py:9:5" in stopped.stdout + stopped.stderr
    wired.write("app.py", GOOD + "\n")
    assert run(wired, "git", "commit", "-m", "x", *arguments).returncode == 0


def test_a_merge_is_checked_at_its_own_stage(wired: Repo, runner: str) -> None:
    run(wired, runner, "install").check_returncode()
    assert (wired.root / ".git/hooks/pre-merge-commit").exists()
    wired.git("checkout", "-q", "-b", "side")
    wired.write("side.py", GOOD)
    wired.stage()
    wired.commit()
    wired.git("checkout", "-q", "main")
    wired.write("main.py", GOOD)
    wired.stage()
    wired.commit()
    merged = run(wired, "git", "merge", "--no-edit", "side")
    assert merged.returncode == 0, merged.stderr
    assert "feedback-loop scan" in merged.stdout + merged.stderr


# -- ranges, pushes, whole trees -----------------------------------------------------------------


@pytest.fixture
def ranged(wired: Repo) -> Repo:
    """side adds a mistake to app.py; main has an older one in old.py."""
    wired.write("old.py", BAD)
    wired.stage()
    wired.commit()
    wired.git("checkout", "-qb", "side")
    wired.write("app.py", BAD)
    wired.stage()
    wired.commit()
    return wired


def places(done: subprocess.CompletedProcess[str]) -> list[str]:
    lines = (done.stdout + done.stderr).splitlines()
    return [line.split()[0] for line in lines if ": block " in line]


def test_a_range_is_checked_by_its_own_lines(ranged: Repo, runner: str) -> None:
    done = run(ranged, runner, "run", "--from-ref", "main", "--to-ref", "side", env={"CI": "1"})
    assert (done.returncode, places(done)) == (1, ["app.py:4:5:"]), done.stdout
    ranged.write("app.py", GOOD)
    ranged.stage()
    ranged.commit()
    arguments = ("run", "feedback-loop-scan", "--from-ref", "main", "--to-ref", "side")
    assert run(ranged, runner, *arguments, env={"CI": "1"}).returncode == 0


def test_in_ci_all_files_are_the_branchs_lines_where_the_branch_is_known(ranged: Repo, runner: str) -> None:
    ranged.git("update-ref", "refs/remotes/origin/main", "main")
    done = run(ranged, runner, "run", "--all-files", env={"CI": "1", "GITHUB_BASE_REF": "main"})
    assert (done.returncode, places(done)) == (1, ["app.py:4:5:"]), done.stdout


def test_the_hook_for_all_files_is_run_by_hand(ranged: Repo, runner: str) -> None:
    done = run(ranged, runner, "run", "--hook-stage", "manual", "feedback-loop-scan-all")
    assert (done.returncode, places(done)) == (1, ["app.py:4:5:", "old.py:4:5:"]), done.stdout
    assert "SKIP=feedback-loop-scan-all" in done.stdout
    for name in ("app.py", "old.py"):
        ranged.write(name, GOOD)
    ranged.stage()
    done = run(ranged, runner, "run", "--hook-stage", "manual", "--all-files", "feedback-loop-scan-all")
    assert done.returncode == 0, done.stdout
    assert "scan of all files" not in run(ranged, runner, "run").stdout, "it is slow: only when asked"


def test_the_stage_pre_push_by_hand(ranged: Repo, runner: str) -> None:
    arguments = ("run", "--hook-stage", "pre-push", "--from-ref", "main", "--to-ref", "side")
    done = run(ranged, runner, *arguments)
    assert (done.returncode, places(done)) == (1, ["app.py:4:5:"]), done.stdout


def test_a_push_through_the_installed_runner(
    ranged: Repo, runner: str, make_repo: Callable[[str], Repo]
) -> None:
    """First the whole history, for which the runner names no range; then a branch, which has one."""
    bare = make_repo("bare")
    bare.git("config", "core.bare", "true")
    ranged.git("remote", "add", "origin", str(bare.root / ".git"))
    run(ranged, runner, "install", "--hook-type", "pre-push").check_returncode()
    first = run(ranged, "git", "push", "origin", "main")
    assert (first.returncode, places(first)) == (1, ["old.py:4:5:"]), first.stdout + first.stderr
    ranged.git("push", "-q", "--no-verify", "origin", "main")
    second = run(ranged, "git", "push", "origin", "side")
    assert (second.returncode, places(second)) == (1, ["app.py:4:5:"]), second.stdout + second.stderr
    assert "SKIP=feedback-loop-scan git push" in second.stdout + second.stderr
    skipped = run(ranged, "git", "push", "origin", "side", env={"SKIP": "feedback-loop-scan"})
    assert skipped.returncode == 0, skipped.stdout + skipped.stderr


def test_the_lines_for_prek_toml_are_what_the_yaml_ones_say() -> None:
    import yaml

    assert tomllib.loads(PREK_TOML)["repos"] == yaml.safe_load(PRE_COMMIT_HOOKS)


def test_prek_reads_the_lines_for_prek_toml(repo: Repo) -> None:
    program = RUNNERS["prek"]
    if not program:
        pytest.skip("no prek on PATH")
    repo.write("prek.toml", "# ours\n")
    shown = repo.call("install", "--via", "pre-commit")
    assert (shown.returncode, PREK_TOML in shown.stdout) == (1, True)
    repo.write("prek.toml", PREK_TOML)
    repo.write("app.py", BAD)
    repo.stage()
    done = run(repo, str(program), "run")
    assert done.returncode == 1
    assert "bare_except" in done.stdout


def test_a_broken_staged_pattern_is_stopped(wired: Repo, runner: str) -> None:
    wired.call("init", "--no-hooks", check=True)
    wired.stage()
    assert run(wired, runner, "run").returncode == 0
    wired.write("patterns/specific_exceptions.json", "{")
    wired.stage()
    done = run(wired, runner, "run", "feedback-loop-patterns")
    assert done.returncode == 1
    assert "patterns/specific_exceptions.json" in done.stdout


# -- plans and messages --------------------------------------------------------------------------

PLAN = "## Patterns to Apply\n\n- [x] specific_exceptions\n"


def test_a_plan_is_held_against_what_is_staged(wired: Repo, runner: str) -> None:
    wired.write("plans/a.md", PLAN)
    wired.write("app.py", BAD)
    wired.stage()
    done = run(wired, runner, "run", env={"SKIP": "feedback-loop-scan"})
    assert (done.returncode, "plans/a.md" in done.stdout) == (1, True), done.stdout
    assert "SKIP=feedback-loop-plan" in done.stdout
    wired.write("app.py", GOOD)
    wired.stage()
    assert run(wired, runner, "run").returncode == 0


def test_messages_through_the_installed_runner(wired: Repo, runner: str) -> None:
    run(wired, runner, "install", "-t", "commit-msg", "-t", "prepare-commit-msg").check_returncode()
    wired.write("plans/a.md", PLAN)
    wired.write("app.py", GOOD)
    wired.stage()
    stopped = run(wired, "git", "commit", "-m", "x", "-m", "Pattern: ???")
    told = stopped.stdout + stopped.stderr
    assert (stopped.returncode, '"???" cannot be the name of a pattern' in told) == (1, True), told
    assert "SKIP=feedback-loop-commit-msg git commit" in told
    run(wired, "git", "commit", "-m", "x").check_returncode()
    assert wired.git("log", "-1", "--format=%B").strip() == "x\n\nPattern: specific_exceptions"
    wired.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--amend", "-m", "y")
    wired.write("more.py", GOOD)
    wired.stage()
    run(wired, "git", "commit", "--amend", "--no-edit").check_returncode()
    assert wired.git("log", "-1", "--format=%B").strip() == "y", "the runner says that it is an old message"


# -- the manifest, built from source -------------------------------------------------------------


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Building an environment needs a package registry."""
    folder = tmp_path_factory.mktemp("download")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), "hatchling"]
    if subprocess.run(command, capture_output=True, timeout=120).returncode:
        pytest.skip("no package registry within reach: pre-commit cannot build an environment")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    """This checkout as it lies here, committed: what `repo:` and `rev:` would name."""
    return copy_of_checkout(Repo(tmp_path_factory.mktemp("published") / "feedback-loop", home))


def copy_of_checkout(repo: Repo) -> Repo:
    """Every file git would take, committed in a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in sorted(set(os.fsdecode(listed.stdout).split("\0")[:-1])):
        if (ROOT / name).is_file():
            (repo.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, repo.root / name)
    repo.stage()
    repo.commit("copy")
    return repo


@pytest.mark.usefixtures("registry")
def test_the_manifest_is_built_and_runs_both_hooks(repo: Repo, published: Repo) -> None:
    """As `repo:` and `rev:`: the environment is built once, by the first run."""
    repo.write("README", "x\n")
    rev = published.git("rev-parse", "HEAD").strip()
    hooks = [{"id": "feedback-loop-scan"}, {"id": "feedback-loop-patterns"}]
    config = {"repos": [{"repo": str(published.root), "rev": rev, "hooks": hooks}]}
    repo.write(".pre-commit-config.yaml", json.dumps(config))
    repo.stage()
    repo.commit()
    shutil.copytree(ROOT / "patterns", repo.root / "patterns")
    repo.write("app.py", BAD)
    repo.write("patterns/lonely.json", "{}")
    repo.stage()
    environment = {name: os.environ[name] for name in os.environ if name.startswith("PIP_")}
    environment |= {"HOME": os.environ["HOME"], "PYTHONPATH": "", "PIP_NO_COMPILE": "1"}
    program = str(RUNNERS["pre-commit"])
    done = run(repo, program, "run", "--verbose", env=environment)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "app.py:4:5: block specific_exceptions/bare_except" in done.stdout
    assert "lonely.md is missing beside it" in done.stdout
    repo.write("app.py", GOOD)
    repo.git("rm", "-qf", "patterns/lonely.json")
    repo.stage()
    again = run(repo, program, "run", "feedback-loop-scan", env=environment)
    assert again.returncode == 0, again.stdout + again.stderr
