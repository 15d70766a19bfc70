"""google-re2 and ast-grep, loaded when a detector needs them, and never from the repository that is scanned.

`PYTHONPATH=.` is common in CI: a planted `re2.py` must not run there (T22).
"""

from __future__ import annotations

import posix
import sys

from feedback_loop.detectors.outcomes import NotRunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def load_engine(module: str, shown: str) -> ModuleType:
    """The module. Raises NotRunError where it is not installed; `shown` is what people call it."""
    if module in sys.modules:
        return sys.modules[module]
    before = sys.path
    sys.path = _trusted(before) + _site_packages()
    try:
        __import__(module)
    except ImportError as error:
        raise NotRunError(f"{shown} cannot be loaded ({error}); `feedback-loop doctor` says more") from error
    finally:
        sys.path = before
    return sys.modules[module]


def _trusted(path: list[str]) -> list[str]:
    """The entries outside of the repository around the process; its own venv may lie inside."""
    try:
        top = _top(posix.getcwd())
    except OSError:
        top = "/"
    return [
        entry
        for entry in path
        if entry.startswith("/")
        and (not _is_inside(entry, top) or any(_is_inside(entry, prefix) for prefix in _prefixes()))
    ]


def _top(folder: str) -> str:
    """The nearest folder upwards with a `.git`, else the folder itself."""
    place = folder
    while place:
        try:
            posix.stat(place + "/.git")
        except OSError:
            place = place.rpartition("/")[0]
        else:
            return place
    return folder


def _is_inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _prefixes() -> tuple[str, ...]:
    """Without site (-S) nobody knows the prefix of a venv: it is where its interpreter lies."""
    own = sys.executable.rpartition("/")[0].rpartition("/")[0]
    return tuple(prefix for prefix in (own, sys.prefix) if prefix)


def _site_packages() -> list[str]:
    """Where the engines lie; the hook starts without these folders (-S)."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return [f"{prefix}/{lib}/{version}/site-packages" for prefix in _prefixes() for lib in ("lib", "lib64")]
