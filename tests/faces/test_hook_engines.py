"""The hook with detectors that need an engine: regular expressions and shapes of code."""

from __future__ import annotations

import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.faces.test_hook_scan import loaded_modules
from tests.repo import ROOT, Repo

REGEX = ("--regex", "uses:.*@(main|master)", "--language", "yaml")
REGEX_CODE = ("--bad-code", "uses: acme/deploy@main", "--good-code", "uses: acme/deploy@v2")
JAVASCRIPT = ("--ast-grep", "eval($A)", "--language", "javascript")
JAVASCRIPT_CODE = ("--bad-code", "eval(text)", "--good-code", "JSON.parse(text)")
GO = ("--ast-grep", "os.Exit($A)", "--language", "go")
GO_CODE = ("--bad-code", "func main() { os.Exit(1) }", "--good-code", "func main() { return }")


def pattern(repo: Repo, name: str, *arguments: str) -> None:
    """A pattern whose detector blocks."""
    command = ("pattern", "new", name, "--guidance", "Do not.", "--level", "block", *arguments)
    done = repo.call(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def blocks(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Place and rule of what is blocked."""
    lines = [line.split(" ") for line in done.stdout.splitlines() if ": block " in line]
    return [f"{words[0]} {words[2].partition('/')[0]}" for words in lines]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    """A regex and a shape of code in two languages, and a staged mistake for each."""
    repo = Repo(tmp_path_factory.mktemp("template") / "repo", home)
    repo.call("init", "--yes", "--no-hooks", check=True)
    pattern(repo, "moving_action", *REGEX, *REGEX_CODE)
    pattern(repo, "no_eval", *JAVASCRIPT, *JAVASCRIPT_CODE)
    pattern(repo, "no_exit", *GO, *GO_CODE)
    repo.stage()
    repo.commit()
    repo.write("ci.yaml", "steps:\n  - uses: a/b@main\n")
    repo.write("app.js", "const x = 1;\nconst y = eval (\n  x);\n")
    repo.write("main.go", "package main\n\nfunc main() {\n\tos.Exit(3)\n}\n")
    repo.stage()
    return repo


@pytest.fixture
def library(template: Repo, tmp_path: Path) -> Repo:
    """A copy of the template; its patterns are not compiled there yet."""
    return Repo.copy(template, tmp_path / "library")


FOUND = ["app.js:2:11: no_eval", "ci.yaml:2:5: moving_action", "main.go:4:2: no_exit"]


def test_in_an_editable_install_the_hook_reaches_the_engines(library: Repo) -> None:
    """`-I -S` has no site-packages: first with the compile step, which brings them, then without."""
    first, second = library.hook(), library.hook()
    assert (first.returncode, blocks(first)) == (1, FOUND)
    assert (second.returncode, blocks(second), second.stdout) == (1, FOUND, first.stdout)
    assert "not checked 0" in second.stdout


def test_the_second_run_compiles_nothing_and_loads_the_engines(library: Repo) -> None:
    """Or the test above would test the compile step twice."""
    library.hook()
    loaded = loaded_modules(library)
    assert "feedback_loop.api.library" not in loaded
    assert {"re2", "ast_grep_py"} <= loaded


def test_a_base_interpreter_with_a_virtual_environment_around_it(library: Repo, tmp_path: Path) -> None:
    """Under `-S` `sys.prefix` is the base installation's: the folder of the interpreter tells."""
    target = tmp_path / "with space"
    venv.create(target, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(target)}))
    for name in ("ast_grep_py", "re2"):
        for found in Path(sysconfig.get_path("platlib")).glob(name):
            (packages / found.name).symlink_to(found)
    library.hook()
    script = str(ROOT / "feedback_loop/faces/hook.py")
    command = [str(target / "bin/python"), "-I", "-S", script, "scan"]
    done = subprocess.run(command, cwd=library.root, env=library.environment, capture_output=True, text=True)
    assert (done.returncode, blocks(done)) == (1, FOUND), done.stderr


def test_without_its_engine_a_detector_is_named_and_the_others_block(library: Repo, tmp_path: Path) -> None:
    """An interpreter with neither engine: the library was compiled where they were."""
    library.hook()
    venv.create(tmp_path / "bare", symlinks=True)
    library.write("a.py", "try:\n    f()\nexcept:\n    pass\n")
    library.stage()
    script = str(ROOT / "feedback_loop/faces/hook.py")
    command = [str(tmp_path / "bare/bin/python"), "-I", "-S", script, "scan"]
    done = subprocess.run(command, cwd=library.root, env=library.environment, capture_output=True, text=True)
    assert (done.returncode, blocks(done)) == (1, ["a.py:3:1: specific_exceptions"])
    for place in ("app.js: ast-grep", "ci.yaml: google-re2", "main.go: ast-grep"):
        assert f"NOT checked: {place} cannot be loaded" in done.stdout


# -- hostile libraries and texts -------------------------------------------------------------------


LONG = 1_000_000


@pytest.fixture(scope="module")
def hostile_template(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    """Shapes that stop engines which try again and again, and a text made for them."""
    repo = Repo(tmp_path_factory.mktemp("hostile") / "repo", home)
    repo.write("patterns/README.md", "Nothing of the core pack: its examples are full of y.\n")
    pattern(repo, "nested", "--regex", "(a+)+$", "--bad-code", "aaa", "--good-code", "b")
    pattern(repo, "overlapping", "--regex", "(x|xx)*y", "--bad-code", "xxxy", "--good-code", "b")
    pattern(repo, "no_eval", *JAVASCRIPT, *JAVASCRIPT_CODE)
    repo.stage()
    repo.commit()
    return repo


@pytest.fixture
def hostile(hostile_template: Repo, tmp_path: Path) -> Repo:
    return Repo.copy(hostile_template, tmp_path / "hostile")


def test_catastrophic_shapes_and_endless_lines_do_not_hide_the_rest(hostile: Repo) -> None:
    hostile.write("long.txt", "a" * LONG + "b\n" + "x" * LONG + "z\nxxxy\n")
    hostile.write("many.txt", ("a" * 9_000 + "b" + "x" * 900 + "\n") * 50 + "aaa\n")
    hostile.write("app.js", "eval(x)\n")
    hostile.stage()
    index = (hostile.root / ".git/index").read_bytes()
    for done in (hostile.hook(), hostile.hook()):
        assert done.returncode == 1
        assert blocks(done) == ["app.js:1:1: no_eval", "long.txt:3:1: overlapping", "many.txt:51:1: nested"]
        assert "NOT checked: long.txt: a line of more than 10,000 bytes was left out" in done.stdout
        assert done.stdout.endswith("not checked 1\n")
    assert (hostile.root / ".git/index").read_bytes() == index


def test_one_endless_line_alone_is_not_called_clean(hostile: Repo) -> None:
    hostile.write("long.txt", "a" * LONG + "b\n")
    hostile.stage()
    done = hostile.hook()
    assert done.returncode == 0
    assert "NOT checked: long.txt: a line of more than 10,000 bytes was left out" in done.stdout
    hostile.write("feedback-loop.toml", "[scan]\nstrict = true\n")
    assert hostile.hook().returncode == 1
