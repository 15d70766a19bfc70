"""Where the command line imports from: never from the repository around the process (T22).

`PYTHONPATH=.` is common in CI: a planted `pyflakes.py` or `typer.py` must not run. One guard at the start
holds for everything that is imported later, by whichever floor.
"""

from __future__ import annotations

import os
import sys

_HOME = __file__.rsplit("/", 3)[0]  # where feedback_loop itself lies: it runs from there already


def leave_out_repository() -> None:
    """Drop relative entries of `sys.path` and those inside the repository around the process, for good.

    The folder of the process counts where there is no repository. What belongs to this interpreter's
    environment stays, wherever it lies, and so does the folder that feedback-loop runs from.
    """
    top = _top()
    kept = (_HOME, sys.prefix, sys.base_prefix)
    sys.path[:] = [entry for entry in sys.path if entry.startswith("/") and _is_trusted(entry, top, kept)]


def _is_trusted(entry: str, top: str, kept: tuple[str, ...]) -> bool:
    real = os.path.realpath(entry)
    home, *environment = map(os.path.realpath, kept)
    return real == home or not _is_inside(real, top) or any(_is_inside(real, one) for one in environment)


def _top() -> str:
    """The nearest folder upwards with a `.git`, else the folder itself; "" where nothing may be left out."""
    try:
        here = os.path.realpath(os.getcwd()).rstrip("/")
    except OSError:  # it is gone
        return ""
    folder = here
    while folder and not os.path.lexists(folder + "/.git"):
        folder = folder.rpartition("/")[0]
    return folder or here


def _is_inside(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder + "/"))
