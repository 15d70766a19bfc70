"""The engines are never taken from the repository that is scanned."""

import subprocess
import sys
from pathlib import Path

import pytest

from feedback_loop.detectors import third_party
from tests.repo import ROOT, Repo

PLANTED = "open(r'{mark}', 'w')\n"
DETECTORS = (
    ("--regex", "^debugger;", "--language", "javascript", "--bad-code", "debugger;", "--good-code", "run();"),
    ("--ast-grep", "eval($A)", "--language", "javascript", "--bad-code", "eval(a)", "--good-code", "run(a)"),
)


@pytest.fixture
def trapped(repo: Repo, tmp_path: Path) -> tuple[Repo, Path]:
    (repo.root / "patterns").mkdir()
    for number, detector in enumerate(DETECTORS):
        made = repo.call(
            "pattern", "new", f"lesson_{number}", "--guidance", "No.", "--level", "block", *detector
        )
        assert made.returncode == 0, made.stderr
    mark = tmp_path / "planted"
    for name in ("re2", "ast_grep_py"):
        repo.write(f"{name}.py", PLANTED.format(mark=mark))
    repo.write("a.js", "debugger;\neval(x)\n")
    repo.stage("a.js")
    return repo, mark


@pytest.mark.parametrize("path", [".", f".:{ROOT}", ":", str(ROOT)])
def test_a_planted_engine_is_not_imported(trapped: tuple[Repo, Path], path: str) -> None:
    repo, mark = trapped
    code = (
        "from feedback_loop.faces.cli import main; import sys; sys.argv = ['feedback-loop', 'scan']; main()"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.append({str(ROOT)!r}); {code}"]
    environment = repo.environment | {"PYTHONPATH": path}
    done = subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count(": block lesson_")) == (1, 2), done.stdout + done.stderr
    assert not mark.exists()


def test_started_as_a_module_nothing_of_the_folder_is_imported(trapped: tuple[Repo, Path]) -> None:
    repo, mark = trapped
    repo.write("typer.py", PLANTED.format(mark=mark))
    done = repo.run("scan")
    assert (done.returncode, mark.exists()) == (1, False), done.stderr


def test_a_virtual_environment_inside_of_the_repository_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setattr(sys, "executable", f"{tmp_path}/.venv/bin/python")
    inside = f"{tmp_path}/.venv/lib/python3/site-packages"
    assert third_party._trusted(["", ".", str(tmp_path), f"{tmp_path}/src", inside, "/opt/x"]) == [
        inside,
        "/opt/x",
    ]
