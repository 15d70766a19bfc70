"""The files of the working tree that a user names, folders walked; no link is followed while walking."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from feedback_loop.errors import UserError
from feedback_loop.stores.files import safe_open

SYMLINK = "symlink"
SPECIAL = "no regular file"
PRUNED = "excluded"
OTHER_REPOSITORY = "another repository"


def find_path(root: str, path: str, folder: str | None = None) -> str:
    """The repository path ("" = the root) of what the user named, as seen from `folder` (default: here).

    Links on the way are resolved. Raises UserError if it is outside of the repository, among git's own
    files, or not there.
    """
    full = os.path.realpath(os.path.join(folder or ".", path))
    top = os.path.realpath(root).rstrip("/")
    if full != (top or "/") and not full.startswith(top + "/"):
        raise UserError(f"path leaves the repository: {path!a}", kind="usage")
    inside = full[len(top) + 1 :]
    if any(part.lower() == ".git" for part in inside.split("/")):
        raise UserError(f"git's own files are not checked: {path!a}", kind="usage")
    if not os.path.lexists(full):
        raise UserError(f"no such file or folder: {path!a}", kind="usage")
    return inside


def walk_files(root: str, path: str, pruned: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """(repository path, "") of each regular file at or below `path`, sorted.

    What is not walked comes with the reason: links, special files, folders that `pruned` says no to, and
    the folders of other repositories. Raises UserError if a folder cannot be read.
    """
    full = f"{root}/{path}" if path else root
    if not os.path.isdir(full):
        yield path, "" if os.path.isfile(full) else SPECIAL
        return
    try:
        entries = sorted(os.scandir(full), key=lambda entry: entry.name)
    except OSError as error:
        raise UserError(f"cannot read the folder {path!a}: {error.strerror}") from error
    for entry in entries:
        below = f"{path}/{entry.name}" if path else entry.name
        if entry.name.lower() == ".git":
            continue
        if entry.is_symlink():
            yield below, SYMLINK
        elif entry.is_file(follow_symlinks=False):
            yield below, ""
        elif not entry.is_dir(follow_symlinks=False):
            yield below, SPECIAL
        elif os.path.lexists(f"{root}/{below}/.git"):
            yield below, OTHER_REPOSITORY
        elif pruned(below):
            yield below, PRUNED
        else:
            yield from walk_files(root, below, pruned)


def read_capped(root: str, path: str, cap: int) -> bytes | None:
    """The file's bytes by the rules of `safe_open`; None if there are more than `cap`."""
    with os.fdopen(safe_open(root, path), "rb") as file:
        data = file.read(cap + 1)
    return data if len(data) <= cap else None
