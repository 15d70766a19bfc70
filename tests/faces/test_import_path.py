"""Nothing of the repository around the process is imported by the command line (T22)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from feedback_loop.faces.import_path import leave_out_repository
from tests.repo import ROOT, Repo


def left(monkeypatch: pytest.MonkeyPatch, *entries: object) -> list[str]:
    monkeypatch.setattr(sys, "path", [str(entry) for entry in entries])
    leave_out_repository()
    return sys.path


def test_what_lies_in_the_repository_is_left_out(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("deep/down/a.txt", "")
    (repo.root.parent / "link").symlink_to(repo.root / "deep")
    monkeypatch.chdir(repo.root / "deep")
    outside = [repo.root.parent, str(repo.root) + "-beside", ROOT, "/usr/lib/python3.zip"]
    inside = ["", ".", "deep", repo.root, repo.root / "deep/down", repo.root.parent / "link"]
    assert left(monkeypatch, *inside, *outside, *inside) == [str(one) for one in outside]
    monkeypatch.setattr(sys, "prefix", str(repo.root / "deep"))  # a venv in the repository
    assert left(monkeypatch, repo.root, repo.root / "deep/down") == [str(repo.root / "deep/down")]


def test_the_place_that_feedback_loop_runs_from_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests")
    assert left(monkeypatch, ROOT, ROOT / "tests", "") == [str(ROOT)]


def test_without_a_repository_the_folder_itself_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path)
    assert left(monkeypatch, tmp_path, tmp_path / "a", "/usr") == ["/usr"]
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert left(monkeypatch, "", "/usr") == ["/usr"]
    monkeypatch.chdir("/")
    assert left(monkeypatch, "", "/usr") == ["/usr"]


def test_planted_libraries_do_not_run(repo: Repo) -> None:
    for name in ("pyflakes", "typer", "rich", "jsonschema", "openai"):
        repo.write(f"{name}.py", f"raise SystemExit('planted {name}')\n")
    environment = repo.environment | {"PYTHONPATH": os.pathsep.join([".", str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-m", "feedback_loop", "generate", "parse JSON"],
        cwd=repo.root,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "planted" not in done.stderr
    assert done.returncode == 0, done.stderr
