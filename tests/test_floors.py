"""The house holds: who may import whom, read from the source by `ast`. A module on no floor fails."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.repo import ROOT

PACKAGE = ROOT / "feedback_loop"

# floor -> what it may import of ours. A prefix stands for everything below it.
ALLOWED = {
    "errors": (),
    "domain": ("errors", "domain"),
    "detectors": ("errors", "domain", "detectors"),
    "formats": ("errors", "domain", "formats"),
    "engines": (
        "errors",
        "domain",
        "detectors.kinds",
        "detectors.registry",
        "detectors.search",
        "engines",  # each its own rooms alone: test_engines_do_not_import_one_another
    ),
    "stores": ("errors", "domain", "formats", "stores"),
    "render": ("errors", "domain", "render"),
    "workspace": ("errors", "domain", "formats", "stores"),
    "api": ("errors", "domain", "formats", "engines", "stores", "workspace", "api"),
    "faces": ("errors", "domain", "render", "api", "workspace", "bundle", "faces"),
    "bundle": (),
    "__main__": ("faces",),
    "__init__": (
        "api",
        "faces",
    ),  # for type checkers; at run time it loads nothing (tests/test_public_names.py)
}

# third-party or dangerous module -> the files that may import it
HOMES = {
    "markdown_it": ("formats/markdown.py",),
    "jsonschema": ("formats/schema.py",),
    "re2": (),  # these two are loaded by name, by detectors/third_party.py alone
    "ast_grep_py": (),
    "git": (),  # GitPython: the commit that the tool makes is written by plumbing (stores/git_commit.py)
    "sqlite3": (  # caches only
        *("stores/sqlite_file.py", "stores/event_index.py", "stores/history_cache.py"),
        *("stores/feedback_index.py", "stores/feedback_table.py", "stores/feedback_query.py"),
    ),
    "subprocess": ("stores/git.py", "stores/child.py"),
    "pyflakes": ("engines/generate/undefined.py",),
    "openai": (),  # these are loaded by name, by stores/extras.py alone
    "anthropic": (),
    "sentence_transformers": (),
    "torch": (),
    "typer": ("faces/cli/",),
    "rich": ("render/terminal.py", "faces/cli/"),
    "pickle": (),
    "socket": (),
    "urllib": (),
    "http": (),
    "yaml": ("formats/schemathesis_vcr.py",),
    "tempfile": ("faces/cli/demo.py", "stores/llm.py", "stores/test_run.py"),
    "marshal": (
        *("bundle.py", "stores/compiled.py", "stores/history_cache.py", "stores/hook_bundle.py"),
        *("stores/search_cache.py", "stores/workers.py"),
    ),
}
OWN_NAMES = {"feedback_loop"}
# The bootstrap of the hook's compile step and the version are the only things everybody may ask for.
FREE = {"feedback_loop"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def floor_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> list[str]:
    """The modules that a file imports, anywhere in it."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            base = node.module or ""
            for alias in node.names:
                inner = PACKAGE.parent / (base + "." + alias.name).replace(".", "/")
                is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
                yield f"{base}.{alias.name}" if is_module else base


def faults(path: Path, found: list[str]) -> list[str]:
    """What in this module's imports breaks the house."""
    floor = floor_of(path)
    place = path.relative_to(PACKAGE).as_posix()
    if floor not in ALLOWED:
        return [f"{place} stands on no floor"]
    wrong = []
    for name in found:
        if name in FREE:
            continue
        top = name.split(".")[0]
        if top in OWN_NAMES:
            inner = name.removeprefix("feedback_loop.")
            if not any(inner == one or inner.startswith(one + ".") for one in ALLOWED[floor]):
                wrong.append(f"{place} imports {name}")
        elif top in HOMES:
            if not place.startswith(HOMES[top]) or not HOMES[top]:
                wrong.append(f"{place} imports {name}, whose home is {HOMES[top]}")
        elif top not in sys.stdlib_module_names | {"_sha2"}:  # younger than Python 3.11
            wrong.append(f"{place} imports {name}, which has no home")
    return wrong


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_keep_to_their_floor(path: Path) -> None:
    assert faults(path, imports(path)) == []


def test_engines_do_not_import_one_another() -> None:
    for path in (PACKAGE / "engines").rglob("*.py"):
        own = path.relative_to(PACKAGE / "engines").parts[0].removesuffix(".py")
        others = [name for name in imports(path) if name.startswith("feedback_loop.engines.")]
        assert all(name.split(".")[2] == own for name in others), path


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("domain/finding.py", "feedback_loop.stores.git"),
        ("domain/finding.py", "feedback_loop.formats.markdown"),
        ("engines/scan/check.py", "feedback_loop.detectors.syntax"),
        ("engines/scan/check.py", "feedback_loop.stores.files"),
        ("stores/git.py", "feedback_loop.engines.scan"),
        ("render/text.py", "feedback_loop.formats.schema"),
        ("faces/hook_commands.py", "feedback_loop.stores.git"),
        ("formats/schema.py", "markdown_it"),
        ("api/scan.py", "subprocess"),
        ("api/scan.py", "requests"),
        ("attic/old.py", "os"),
    ],
)
def test_an_import_on_the_wrong_floor_is_a_fault(place: str, name: str) -> None:
    assert faults(PACKAGE / place, [name]) != []


def test_no_import_cycles() -> None:
    """Imports at module level only: those inside functions are there to be late."""
    names = {
        ".".join(["feedback_loop", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(
            ".__init__"
        ): path
        for path in modules()
    }
    graph = {
        name: {
            f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in names else str(node.module)
            for node in ast.parse(path.read_bytes()).body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for name, path in names.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for following in graph.get(name, ()):
                visit(following, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_broad_handlers_stand_in_faces_only() -> None:
    """One handler per face: everything else says which exception it expects."""
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert found == ["faces/cli/__init__.py", "faces/hook_commands.py", "faces/run_recorder.py"]


@pytest.mark.parametrize("module", ["time", "datetime"])
def test_the_clock_is_read_in_faces_only(module: str) -> None:
    for path in modules():
        if module in imports(path):
            assert floor_of(path) in ("faces", "api"), path


def test_the_environment_is_read_in_faces_and_stores_only() -> None:
    for path in modules():
        if floor_of(path) not in ("faces", "stores"):
            assert not re.search(
                r"\.environb?\b|\bimport .*\benvironb?\b|\bgetenv\b", path.read_text("utf-8")
            ), path
