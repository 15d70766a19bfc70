"""A report into a file that the user named: all of it or nothing."""

from __future__ import annotations

import os

from feedback_loop.errors import UserError
from feedback_loop.stores.files import atomic_write


def check_output(path: str, *, make_folders: bool = False) -> None:
    """Raises UserError if no file can be there: told before the work that it would hold is done.

    With `make_folders` missing parents are no fault: the writer makes them. Nothing is written to git's own
    files, nor to one called `-`, by which somebody means standard output.
    """
    folder = os.path.dirname(path)
    while make_folders and not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise UserError(f"no such folder: {folder!a}", kind="usage")
    if ".git" in path.lower().split("/"):
        raise UserError(f"git's own folder: {path!a}", "choose another place", kind="usage")
    if os.path.basename(path) == "-":
        raise UserError("no file is written to `-`", "without a file it goes to standard output", "usage")
    if os.path.isdir(path):
        raise UserError(f"a folder, not a file: {path!a}", kind="usage")


def write_output(path: str, text: str, *, make_folders: bool = False) -> None:
    """Write the text to the absolute path. Raises UserError as `check_output`, and for a link."""
    check_output(path, make_folders=make_folders)
    atomic_write(path, text.encode("utf-8", "backslashreplace"))
