"""Write the bundle that `feedback_loop/bundle.py` serves the hook's modules from."""

from __future__ import annotations
import __future__

import marshal
import os

from feedback_loop.errors import UserError
from feedback_loop.stores.files import atomic_write

# What a scan without surprises imports; the rest comes by ordinary import when it is needed.
HOT = (
    "__init__.py",
    "errors.py",
    "workspace.py",
    "api/__init__.py",
    "api/scan.py",
    "detectors/",
    "domain/__init__.py",
    "domain/compiled.py",
    "domain/diff.py",
    "domain/finding.py",
    "domain/globs.py",
    "domain/languages.py",
    "domain/text.py",
    "engines/__init__.py",
    "engines/scan.py",
    "faces/__init__.py",
    "faces/hook_commands.py",
    "faces/supervisor.py",
    "formats/__init__.py",
    "formats/patch.py",
    "render/__init__.py",
    "render/text.py",
    "stores/__init__.py",
    "stores/compiled.py",
    "stores/git.py",
    "stores/repository.py",
    "stores/run_log.py",
    "stores/system.py",
    "stores/workers.py",
)
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def write_bundle(path: str) -> None:
    """Compile the hot modules into the bundle at `path`.

    Nothing is said where the folder cannot be written: then imports are the ordinary ones, as with `.pyc`.
    """
    folder = os.path.dirname(path)
    if not os.access(folder if os.path.isdir(folder) else PACKAGE, os.W_OK):
        return
    modules = {}
    for source in (*_sources(), __future__.__file__):
        name = _name(source)
        package = os.path.dirname(source) if name.endswith(".__init__") else ""
        seen = os.stat(source)
        with open(source, "rb") as file:
            code = compile(file.read(), source, "exec", dont_inherit=True)
        modules[name.removesuffix(".__init__")] = (
            source,
            package,
            seen.st_size,
            seen.st_mtime_ns,
            marshal.dumps(code),
        )
    try:
        atomic_write(path, marshal.dumps(modules))
    except UserError:
        return


def _name(source: str) -> str:
    if not source.startswith(PACKAGE + "/"):
        return os.path.basename(source).removesuffix(".py")
    return "feedback_loop" + source.removeprefix(PACKAGE).removesuffix(".py").replace("/", ".")


def _sources() -> list[str]:
    """The hot modules' files, sorted."""
    found = []
    for folder, _, names in os.walk(PACKAGE):
        for name in names:
            source = f"{folder}/{name}"
            if name.endswith(".py") and source.removeprefix(PACKAGE + "/").startswith(HOT):
                found.append(source)
    return sorted(found)
