"""What ships, and what the documents promise."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import feedback_loop
from tests.repo import ROOT, Repo

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_version_is_said_once_and_the_same() -> None:
    assert PYPROJECT["project"]["version"] == feedback_loop.__version__


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import feedback_loop; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['feedback_loop']"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan"], ["pattern", "--help"]])
def test_light_commands_load_nothing_heavy(
    repo: Repo, warm: Callable[[Repo], None], arguments: list[str]
) -> None:
    warm(repo)
    repo.write("a.py", "print(1)\n")
    repo.stage()
    code = (
        f"import sys; sys.argv = ['feedback-loop', *{arguments!r}]\n"
        "from feedback_loop.faces.cli import main\n"
        "try: main()\n"
        "finally: print('LOADED', *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.root, env=repo.environment, capture_output=True, text=True
    )
    loaded = set(done.stderr.rpartition("LOADED")[2].split())
    assert "feedback_loop.faces.cli.app" in loaded
    assert loaded & {"numpy", "jsonschema", "git", "markdown_it", "rich.console"} == set()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_package_the_pack_and_nothing_else(wheel: list[str]) -> None:
    packed = {name for name in wheel if name.startswith("feedback_loop/packs/core/")}
    assert packed == {f"feedback_loop/packs/core/{path.name}" for path in (ROOT / "patterns").glob("*.*")}
    assert len(packed) == 18
    stray = [
        name
        for name in wheel
        if not re.fullmatch(
            r"feedback_loop/(py\.typed|[a-z_/]+\.py|schemas/[a-z]+\.json|packs/core/[a-z_]+\.(md|json))", name
        )
        and ".dist-info/" not in name
    ]
    assert stray == []


def commands(path: Path) -> set[str]:
    """Every `feedback-loop word` of a document that is given as code."""
    text = path.read_text("utf-8")
    code = re.findall(r"^ *```[a-z]*\n(.*?)^ *```", text, re.M | re.S) + re.findall(r"`([^`\n]+)`", text)
    return {word for part in code for word in re.findall(r"feedback-loop ([a-z]+)", part)}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The commands that `--help` lists."""
    command = [sys.executable, "-m", "feedback_loop", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(re.findall(r"^  ([a-z]+) ", done.stdout, re.M))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_of_the_documents_exists(path: Path, known: set[str]) -> None:
    assert "scan" in known
    assert commands(path) - known == set()


def test_documents_link_to_files_that_exist() -> None:
    for path in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_nothing_committed_names_a_machine() -> None:
    """Neither absolute home or work folders nor registry hosts."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    hosts = re.compile(rb"pypi\.org|pythonhosted|npmjs\.(com|org)|/home/[a-z]|/Users/[a-z]")
    for name in tracked.split(b"\0")[:-1]:
        path = ROOT / name.decode()
        if path.is_file() and path != Path(__file__):
            assert not hosts.search(path.read_bytes()), name
