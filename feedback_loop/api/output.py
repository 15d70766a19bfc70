"""A report into a file that the user named: all of it or nothing."""

from __future__ import annotations

import os

from feedback_loop.errors import UserError
from feedback_loop.stores.files import atomic_write


def write_output(path: str, text: str) -> None:
    """Write the text to the absolute path. Raises UserError if its folder is not there."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise UserError(f"no such folder: {folder}", kind="usage")
    atomic_write(path, text.encode("utf-8", "backslashreplace"))
