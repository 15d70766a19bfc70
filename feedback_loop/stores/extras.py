"""Optional libraries, loaded by name and never from the repository around the process.

`PYTHONPATH=.` is common in CI: a planted `openai.py` must not run there (T22).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from feedback_loop.errors import UserError
from feedback_loop.stores.system import exists

_HOME = __file__.rsplit("/", 3)[0]  # where feedback_loop itself lies: it runs from there already


def load_extra(module: str, extra: str) -> ModuleType:
    """The module. Raises UserError with the command that installs it where it is missing."""
    with trusted_path():
        try:
            return importlib.import_module(module)
        except ImportError as error:
            raise _missing(extra, f"{module} cannot be loaded ({error})") from error


def require_extra(module: str, extra: str) -> None:
    """Raises UserError as `load_extra` does, without the time that loading takes."""
    with trusted_path():
        if importlib.util.find_spec(module) is None:
            raise _missing(extra, f"{module} is not installed")


def _missing(extra: str, what: str) -> UserError:
    return UserError(what, f"{sys.executable} -m pip install 'feedback-loop[{extra}]'", kind="settings")


@contextmanager
def trusted_path() -> Iterator[None]:
    """Meanwhile nothing is imported from the repository around the process."""
    before, foreign = sys.path, repository_around() or _here()
    own = (sys.prefix, sys.base_prefix)  # a venv may lie inside of the repository
    sys.path = [
        entry
        for entry in before
        if entry.startswith("/")
        and (
            not is_inside(entry, foreign)
            or any(is_inside(entry, one) for one in own)
            or os.path.realpath(entry) == os.path.realpath(_HOME)
        )
    ]
    try:
        yield
    finally:
        sys.path = before


def repository_around() -> str:
    """The nearest folder upwards from here with a `.git`, links resolved; "" if there is none."""
    folder = _here()
    while folder and not exists(folder + "/.git"):
        folder = folder.rpartition("/")[0]
    return folder


def is_inside(path: str, folder: str) -> bool:
    """Whether the path is the folder or lies below it, links of both followed; never for the folder ""."""
    if not folder:
        return False
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _here() -> str:
    """This folder; "" where it is gone, or is the root of all."""
    try:
        return os.path.realpath(os.getcwd()).rstrip("/")
    except OSError:
        return ""
