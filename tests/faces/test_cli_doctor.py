"""`feedback-loop doctor`: healthy is silent about problems, and every problem has its cure."""

import json
import os
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import __version__
from feedback_loop.domain.hooks import PRE_COMMIT_CONFIG
from tests.repo import ROOT, Repo

GOOD = "def load():\n    return 1\n"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """A repository set up and healthy."""
    repo = Repo(tmp_path_factory.mktemp("template") / "repo", home)
    repo.run("init", "--yes", check=True)
    return repo.root


@pytest.fixture
def fresh(template: Path, repo: Repo) -> Repo:
    """A copy of the template, as `init` made it."""
    shutil.copytree(template, repo.root, dirs_exist_ok=True)
    return repo


@pytest.fixture
def healthy(fresh: Repo) -> Repo:
    """With two of the patterns only, which are read in a quarter of the time; to make ill."""
    for path in (fresh.root / "patterns").iterdir():
        if path.stem not in ("specific_exceptions", "structured_logging"):
            path.unlink()
    return fresh


def examine(repo: Repo, *arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    command = repo.run if env and "PYTHONPATH" in env else repo.call
    done = command("doctor", "--format", "json", *arguments, env=env)
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode == (0 if told["healthy"] else 1)
    return told


def problems(repo: Repo, env: dict[str, str] | None = None) -> str:
    """Each problem with its cure, as one text."""
    found = examine(repo, env=env)["problems"]
    assert all(ailment["cure"] for ailment in found)
    return "\n".join(f"{ailment['problem']} -> {ailment['cure']}" for ailment in found)


def test_a_repository_fresh_from_init_is_healthy(fresh: Repo) -> None:
    done = fresh.run("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("no problems found\n")


def test_the_facts(fresh: Repo) -> None:
    facts = examine(fresh)["facts"]
    assert facts["repository"]["root"] == str(fresh.root)
    assert facts["repository"]["found_by"] == "its .git folder"
    assert facts["tools"]["feedback-loop"].startswith(__version__)
    assert sys.executable in facts["tools"]["Python"]
    assert re.match(r"\d+\.\d+", facts["tools"]["git"])
    assert facts["settings"]["file"] == "feedback-loop.toml"
    assert facts["settings"]["on-error"].startswith("open")
    assert facts["library"]["source"] == "patterns/"
    assert facts["library"]["patterns"] == {"active": 9, "proposed": 0, "archived": 0}
    assert re.fullmatch(r"[0-9a-f]{64}", facts["library"]["sha256"])
    assert (
        sum(facts["library"]["detectors_by_level"].values())
        == facts["library"]["detectors_by_kind"]["builtin"]
    )
    assert facts["library"]["failing_the_gate"] == []
    assert facts["hooks"]["core.hooksPath"] == "not set"
    assert facts["hooks"]["pre-commit"] == f"feedback-loop ({sys.executable})"


def test_the_answer_is_the_same_twice(fresh: Repo) -> None:
    fresh.call("doctor")
    assert fresh.call("doctor").stdout == fresh.run("doctor").stdout


def test_the_text_fits_100_columns_but_for_paths(fresh: Repo) -> None:
    lines = fresh.call("doctor").stdout.replace(str(fresh.root), "ROOT").split("\n")
    assert max(len(line) for line in lines) <= 100


def test_colours_only_on_demand(healthy: Repo) -> None:
    assert "\x1b" not in healthy.call("doctor").stdout
    assert "\x1b" in healthy.call("doctor", "--color", "always").stdout


# -- the library and the settings ----------------------------------------------------------------


def test_a_missing_folder_is_no_problem_but_is_told(repo: Repo) -> None:
    repo.call("install", check=True)
    told = examine(repo)
    assert told["healthy"]
    assert told["facts"]["library"]["source"] == "the built-in library"
    assert told["facts"]["settings"]["file"].startswith("none")


def test_a_broken_pattern(healthy: Repo) -> None:
    healthy.write("patterns/specific_exceptions.json", "{")
    told = problems(healthy)
    assert "patterns/specific_exceptions.json" in told
    assert "feedback-loop pattern lint" in told
    assert examine(healthy)["facts"]["library"]["invalid"] == 1


def test_a_detector_that_fails_its_own_example(healthy: Repo) -> None:
    path = healthy.root / "patterns/specific_exceptions.md"
    path.write_text(
        re.sub(
            r"(?s)## Bad example.*?## Good",
            "## Bad example\n```python\nx = 1\n```\n\n## Good",
            path.read_text(),
        )
    )
    told = problems(healthy)
    assert "specific_exceptions/bare_except" in told
    assert "feedback-loop pattern test specific_exceptions" in told
    assert "specific_exceptions/bare_except" in examine(healthy)["facts"]["library"]["failing_the_gate"]


@pytest.mark.parametrize(
    "text, told",
    [
        ("fail-on = \n", "feedback-loop.toml:1: not TOML"),
        ('fail-onn = "warn"\n', "fail-on"),
        ('[levels]\nspecific_exception = "off"\n', "did you mean 'specific_exceptions'"),
    ],
)
def test_broken_settings(healthy: Repo, text: str, told: str) -> None:
    healthy.write("feedback-loop.toml", text)
    assert told in problems(healthy)


def test_two_settings_files(healthy: Repo) -> None:
    healthy.write("pyproject.toml", '[tool.feedback-loop]\nfail-on = "warn"\n')
    healthy.write("feedback-loop.toml", 'fail-on = "warn"\n')
    assert "keep one of them" in problems(healthy)


def test_closed_mode_is_told(healthy: Repo) -> None:
    healthy.write("feedback-loop.toml", 'on-error = "closed"\n')
    assert examine(healthy)["facts"]["settings"]["on-error"].startswith("closed")


# -- the compiled library ------------------------------------------------------------------------


def test_the_compiled_library_is_kept_and_made_anew_when_a_source_changes(healthy: Repo) -> None:
    examine(healthy)
    assert examine(healthy)["facts"]["library"]["compiled"] == "kept, up to date"
    healthy.write("feedback-loop.toml", 'fail-on = "warn"\n')
    assert examine(healthy)["facts"]["library"]["compiled"].startswith("made anew")


def test_a_library_that_cannot_be_kept(healthy: Repo, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "feedback-loop").mkdir(parents=True)
    (cache / "feedback-loop/key").write_bytes(b"short")
    told = problems(healthy, {"XDG_CACHE_HOME": str(cache)})
    assert "compiles the library again" in told
    assert "mode 600" in told


# -- the engines and the baseline ----------------------------------------------------------------


def without(tmp_path: Path, module: str) -> dict[str, str]:
    """An environment where the module cannot be imported."""
    (tmp_path / f"{module}.py").write_text("raise ImportError('libre2.so.9: no such file')\n")
    return {"PYTHONPATH": f"{tmp_path}:{ROOT}"}


def test_the_engines_and_their_versions(healthy: Repo) -> None:
    engines = examine(healthy)["facts"]["engines"]
    assert engines.pop("search") == "BM25"
    assert engines == {
        "google-re2": f"{version('google-re2')} (no regex detector needs it)",
        "ast-grep-py": f"{version('ast-grep-py')} (no ast-grep detector needs it)",
    }


@pytest.mark.parametrize(("module", "name"), [("re2", "google-re2"), ("ast_grep_py", "ast-grep-py")])
def test_an_engine_that_nobody_needs_may_be_missing(
    healthy: Repo, tmp_path: Path, module: str, name: str
) -> None:
    told = examine(healthy, env=without(tmp_path, module))
    assert told["healthy"], told["problems"]
    assert told["facts"]["engines"][name].startswith("cannot be loaded (libre2.so.9: no such file)")


@pytest.mark.parametrize(
    ("option", "module", "name"),
    [("--regex", "re2", "google-re2"), ("--ast-grep", "ast_grep_py", "ast-grep-py")],
)
def test_an_engine_that_a_detector_needs_must_be_there(
    healthy: Repo, tmp_path: Path, option: str, module: str, name: str
) -> None:
    code = ("--bad-code", "evil(text)", "--good-code", "JSON.parse(text)")
    expression = "evil(.*)" if option == "--regex" else "evil($A)"
    arguments = ("--guidance", "Do not.", "--language", "javascript", *code, option, expression)
    made = healthy.call("pattern", "new", "no_evil", *arguments)
    assert made.returncode == 0, made.stderr
    told = examine(healthy)
    assert (told["healthy"], told["facts"]["library"]["detectors_by_kind"][option[2:]]) == (True, 1)
    reason = "cannot be loaded (libre2.so.9: no such file): what needs it does not run"
    for state in ("kept, up to date", "not kept while an engine is missing"):
        lacking = examine(healthy, env=without(tmp_path, module))
        assert len(lacking["problems"]) == 1, (state, lacking["problems"])
        ailment = lacking["problems"][0]
        assert ailment["problem"] == f"{name} {reason} (1 {option[2:]} detector)"
        assert ailment["cure"].endswith(f"-m pip install {name}")
        assert lacking["facts"]["library"]["compiled"] == state
        shutil.rmtree(healthy.root / ".git/feedback-loop", ignore_errors=True)


def test_the_baseline_and_what_it_holds(healthy: Repo) -> None:
    assert examine(healthy)["facts"]["baseline"]["file"].startswith("none")
    healthy.write("a.py", "try:\n    f()\nexcept:\n    pass\nprint(1)\n")
    healthy.stage()
    healthy.call("baseline", "write", check=True)
    assert examine(healthy)["facts"]["baseline"] == {"file": ".feedback-loop/baseline.jsonl", "entries": 2}


def test_a_broken_baseline_is_an_ailment(healthy: Repo) -> None:
    healthy.write(".feedback-loop/baseline.jsonl", "{}\n")
    told = examine(healthy)
    assert told["facts"]["baseline"]["file"].startswith("broken")
    assert ".feedback-loop/baseline.jsonl:1:" in problems(healthy)


# -- hooks ---------------------------------------------------------------------------------------


def test_no_hook_at_all(healthy: Repo) -> None:
    healthy.call("uninstall", check=True)
    assert "commits are not checked -> feedback-loop install" in problems(healthy)


def test_one_hook_missing(healthy: Repo) -> None:
    (healthy.root / ".git/hooks/pre-merge-commit").unlink()
    assert "no hook of feedback-loop for pre-merge-commit -> feedback-loop install" in problems(healthy)


def test_an_interpreter_that_is_gone(healthy: Repo) -> None:
    from feedback_loop.domain.hooks import format_hook

    script = format_hook("pre-commit", "/gone/python", "/gone/hook.py")
    healthy.write(".git/hooks/pre-commit", script).chmod(0o755)
    assert "cannot run: /gone/python is gone -> feedback-loop install" in problems(healthy)


def test_a_hook_that_is_not_executable(healthy: Repo) -> None:
    (healthy.root / ".git/hooks/pre-commit").chmod(0o644)
    assert "not executable: git ignores it -> feedback-loop install" in problems(healthy)


def test_an_edited_hook(healthy: Repo) -> None:
    path = healthy.root / ".git/hooks/pre-commit"
    path.write_text(path.read_text() + "# mine\n")
    assert "was edited since" in problems(healthy)


def test_a_former_hook_that_nobody_runs(healthy: Repo) -> None:
    healthy.write(".git/hooks/pre-commit.feedback-loop-chained", "#!/bin/sh\n")
    healthy.write(".git/hooks/pre-commit", "#!/bin/sh\n").chmod(0o755)
    assert "waits beside a hook that does not run it" in problems(healthy)


def test_the_push_hook_is_shown_where_there_is_one(healthy: Repo) -> None:
    assert "pre-push" not in examine(healthy)["facts"]["hooks"]
    healthy.call("install", "--hooks", "pre-push", check=True)
    told = examine(healthy)
    assert told["facts"]["hooks"]["pre-push"] == f"feedback-loop ({sys.executable})"
    assert told["healthy"], told["problems"]
    (healthy.root / ".git/hooks/pre-push").chmod(0o644)
    assert "the pre-push hook is not executable" in problems(healthy)
    assert "feedback-loop install --hooks pre-push" in problems(healthy)


def test_whoever_wants_pushes_alone_may(healthy: Repo) -> None:
    healthy.call("uninstall", check=True)
    healthy.call("install", "--hooks", "pre-push", check=True)
    assert examine(healthy)["healthy"]


def test_somebody_elses_push_hook_is_none_of_ours(healthy: Repo) -> None:
    healthy.write(".git/hooks/pre-push", "#!/bin/sh\ngit lfs pre-push\n")
    told = examine(healthy)
    assert told["healthy"] and "pre-push" not in told["facts"]["hooks"]


def test_hooks_elsewhere_do_not_count(healthy: Repo) -> None:
    healthy.git("config", "core.hooksPath", "other")
    told = examine(healthy)
    assert told["facts"]["hooks"]["core.hooksPath"] == "other (set in .git/config)"
    assert not told["healthy"]


def test_a_configuration_whose_manager_is_not_installed(healthy: Repo) -> None:
    healthy.call("uninstall", check=True)
    healthy.write(".pre-commit-config.yaml", PRE_COMMIT_CONFIG)
    assert "pre-commit has no hook in this clone -> pre-commit install" in problems(healthy)


def test_commits_that_are_checked_twice(healthy: Repo) -> None:
    healthy.write(".pre-commit-config.yaml", PRE_COMMIT_CONFIG)
    hook = "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n"
    healthy.write(".git/hooks/pre-commit.feedback-loop-chained", hook).chmod(0o755)
    assert "checked twice, by a hook file and by pre-commit" in problems(healthy)


def test_in_a_linked_worktree(healthy: Repo, tmp_path: Path) -> None:
    healthy.stage()
    healthy.commit()
    healthy.git("worktree", "add", "-q", str(tmp_path / "linked"))
    told = examine(healthy, "-C", str(tmp_path / "linked"))
    assert told["healthy"], told["problems"]
    assert told["facts"]["repository"]["found_by"] == "linked worktree"


# -- runs ----------------------------------------------------------------------------------------


def test_the_last_runs_are_shown_in_utc(healthy: Repo) -> None:
    healthy.write("a.py", GOOD)
    healthy.stage("a.py")
    healthy.git("commit", "-m", "x")
    (run,) = examine(healthy)["runs"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", run["at"])
    assert (run["verdict"], run["exit_code"], run["files"], run["added_lines"]) == ("clean", 0, 1, 2)
    assert run["at"] in healthy.call("doctor").stdout


def test_a_damaged_run_log_harms_nothing(healthy: Repo) -> None:
    lines = [
        '{"at":1763700000,"verdict":"clean","exit_code":0,"ms":9,"files":1,"added_lines":2}',
        '{"at":99999999999999999999,"verdict":"\\u001b[31mclean"}',
        '{"at":"yesterday","verdict":null,"ms":[]}',
        "torn",
    ]
    healthy.write(".git/feedback-loop/runs.jsonl", "\n".join(lines))
    runs = examine(healthy)["runs"]
    assert [run["at"] for run in runs] == ["2025-11-21T04:40:00Z", "unknown time", "unknown time"]
    assert "\x1b" not in healthy.call("doctor").stdout


# -- broken worlds -------------------------------------------------------------------------------


def test_without_git_the_rest_is_still_examined(fresh: Repo, tmp_path: Path) -> None:
    done = fresh.call("doctor", env={"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert done.stdout.count("git >= 2.25 is needed (found none on PATH)") == 1
    assert "9 active" in done.stdout
    assert "1 problem\n" in done.stdout


def test_an_old_git(healthy: Repo, tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\necho git version 2.20.1\n")
    program.chmod(0o755)
    assert "git >= 2.25 is needed (found 2.20.1" in problems(healthy, {"PATH": str(tmp_path)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to somebody else")
def test_a_repository_of_somebody_else_is_refused_in_gits_words(healthy: Repo) -> None:
    for path in (healthy.root, healthy.root / ".git"):
        os.chown(path, 12345, 12345)
    told = problems(healthy)
    assert "dubious ownership" in told
    assert "safe.directory" in told


@pytest.mark.parametrize("bare, told", [(False, "is not in a git repository"), (True, "bare repository")])
def test_where_there_is_nothing_to_examine(repo: Repo, tmp_path: Path, bare: bool, told: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    if bare:
        repo.git("init", "-q", "--bare", str(place))
    done = repo.call("doctor", "-C", str(place))
    assert done.returncode == 2
    assert told in done.stderr
