"""Write the bundle that `feedback_loop/bundle.py` serves the hook's modules from."""

from __future__ import annotations
import __future__

import ast
import marshal
import os
from types import CodeType

from feedback_loop.errors import UserError
from feedback_loop.stores.files import atomic_write

# What a scan without surprises imports; all else comes by ordinary import when it is needed.
AT_ONCE = (
    "errors",
    "workspace",
    "api",
    "api.scan",
    "detectors",
    "detectors.python",
    "domain",
    "domain.compiled",
    "domain.diff",
    "domain.finding",
    "domain.globs",
    "domain.languages",
    "domain.prefilter",
    "domain.text",
    "engines",
    "engines.scan",
    "engines.scan.sieve",
    "faces",
    "faces.hook_commands",
    "faces.supervisor",
    "formats",
    "formats.patch",
    "render",
    "render.text",
    "stores",
    "stores.compiled",
    "stores.git",
    "stores.repository",
    "stores.run_log",
    "stores.system",
)
_PLANS = (
    "api.plans",
    "domain.names",
    "domain.plan",
    "engines.plan_check",
    "faces.hook_plans",
    "formats.plan_blocks",
    "formats.plan_lines",
    "formats.plan_section",
    "render.plan",
    "stores.git_quick",
    "stores.pinned_plan",
)
# What a scan needs when something may match, beside the detectors themselves, and what plans need.
_LATER = ("domain.fingerprint", "engines.scan.check", *_PLANS)
_CAP = 1 << 20
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def write_bundle(path: str) -> None:
    """Compile the hook's modules into the bundle at `path`.

    Nothing is said where the folder cannot be written: then imports are the ordinary ones, as with `.pyc`.
    """
    folder = os.path.dirname(path)
    if not os.access(folder if os.path.isdir(folder) else PACKAGE, os.W_OK):
        return
    sources = {"feedback_loop." + name: _source(name) for name in AT_ONCE}
    at_once = [_entry(name, sources[name]) for name in _in_import_order(sources)]
    at_once.insert(0, _entry("__future__", __future__.__file__))
    waiting = {name: _entry(name, source) for name, source in _later() if name not in sources}
    later = {name: (entry, marshal.dumps(code)) for name, (entry, code) in waiting.items()}
    parts = (PACKAGE, at_once, later)
    try:
        atomic_write(path, marshal.dumps(parts))
    except UserError:
        return


def _source(name: str) -> str:
    path = f"{PACKAGE}/{name.replace('.', '/')}"
    return path + "/__init__.py" if os.path.isdir(path) else path + ".py"


def _entry(name: str, source: str) -> tuple[tuple[str, str, str, int, int], CodeType]:
    package = os.path.dirname(source) if source.endswith("/__init__.py") else ""
    seen = os.stat(source)
    with open(source, "rb") as file:
        # Without docstrings: nobody asks for them in a hook, and reading them takes time.
        code = compile(file.read(_CAP), source, "exec", dont_inherit=True, optimize=2)
    return (name, source, package, seen.st_size, seen.st_mtime_ns), code


def _in_import_order(sources: dict[str, str]) -> list[str]:
    """Every module after its package and after what it imports at its top level."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in sources or name in ordered:
            return
        visit(name.rpartition(".")[0])
        with open(sources[name], "rb") as file:
            for node in ast.parse(file.read(_CAP)).body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    visit(node.module)
                    for alias in node.names:
                        visit(f"{node.module}.{alias.name}")
        ordered[name] = None

    for name in sources:
        visit(name)
    return list(ordered)


def _later() -> list[tuple[str, str]]:
    """(module, source) of everything below `detectors/`, and of what else may be needed."""
    found = [("feedback_loop." + name, _source(name)) for name in _LATER]
    for folder in ("detectors", "detectors/python"):
        for name in sorted(os.listdir(f"{PACKAGE}/{folder}")):
            stem = name.removesuffix(".py")
            if name.endswith(".py") and stem != "__init__":
                module = f"feedback_loop.{folder.replace('/', '.')}.{stem}"
                found.append((module, f"{PACKAGE}/{folder}/{name}"))
    return found
