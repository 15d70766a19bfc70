"""The one way to read a plan that somebody named by its path (A47), and where such plans may lie."""

from __future__ import annotations

import os
from collections.abc import Iterable

from feedback_loop.domain.plan import SIZE_CAP
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.formats.plan_section import decode_plan
from feedback_loop.stores.files import safe_read

Place = str | os.PathLike[str]


def temporary_folder() -> str:
    """The system's folder for temporary files, found as Python's documentation of `tempfile` says.

    Without `tempfile` itself: it writes a file to try the folder, and an import must not.
    """
    named = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    for folder in (*named, "/tmp", "/var/tmp", "/usr/tmp"):
        if folder.startswith("/") and os.path.isdir(folder):
            return folder
    return "/tmp"


def read_plan(path: Place, roots: Iterable[Place]) -> tuple[str, str]:
    """The plan's real path and its text; all else as `read_plan_bytes`."""
    real, data = read_plan_bytes(path, roots)
    return real, decode_plan(data, visible(os.fspath(path)))


def read_plan_bytes(path: Place, roots: Iterable[Place]) -> tuple[str, bytes]:
    """The plan's real path and its bytes, read from inside one of the `roots` and nowhere else.

    A relative path, of a plan or a root, is seen from the process's folder, as it is now. Raises
    InputError for a path that is empty or malformed, climbs (`..`) or leads outside the roots, and for
    a plan that is no regular file, cannot be read, is too large or no text; MissingFileError.
    """
    name = os.fspath(path)
    shown = visible(name)
    _check_name(name, shown)
    folders = _real_roots(roots)
    try:
        real = os.path.realpath(name)
    except OSError as error:
        raise InputError(f"Plan file cannot be found: {shown}: {error.strerror}") from error
    root = next((folder for folder in folders if _is_below(real, folder)), None)
    if root is None:
        allowed = ", ".join(visible(folder) for folder in folders) or "there are none"
        raise InputError(f"Plan file must be within allowed roots: {allowed}", f"{shown} is not")
    return real, _read(real, root, shown)


def _check_name(name: str, shown: str) -> None:
    if not name:
        raise InputError("Plan file path cannot be empty")
    if "\0" in name:
        raise InputError(f"Plan file path cannot hold NUL: {shown}")
    if ".." in name.replace("\\", "/").split("/"):
        raise InputError(f"Path traversal detected in: {shown}")
    if not _can_encode(name):
        raise InputError(f"Plan file path cannot be a path on this system: {shown}")


def _can_encode(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


def _real_roots(roots: Iterable[Place]) -> list[str]:
    """The folders themselves, links followed; a relative one is none if the process's folder is gone."""
    if isinstance(roots, str | bytes | os.PathLike):  # the letters of "/tmp" begin with the root of all
        raise InputError(f"allowed roots are a list of folders, not one {type(roots).__name__}")
    folders = []
    for root in roots:
        name = os.fspath(root)
        if not name or "\0" in name or not _can_encode(name):
            raise InputError(f"an allowed root cannot be {name!a}")
        try:
            folders.append(os.path.realpath(name))
        except OSError:
            continue
    return folders


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _read(real: str, root: str, shown: str) -> bytes:
    """Opened part by part from the root: a link swapped in since the path was resolved leads nowhere."""
    below = real[len(root.rstrip("/")) + 1 :]
    if any(part.lower() == ".git" for part in below.split("/")):
        raise InputError(f"git's own files are no plans: {shown}")
    if os.path.isdir(real):
        raise InputError(f"a folder, not a plan: {shown}")
    try:
        return safe_read(root, below, SIZE_CAP)
    except FileNotFoundError:
        raise MissingFileError(f"Plan file not found: {shown}") from None
    except UserError as error:
        raise InputError(f"Plan file cannot be used: {error.message}", error.hint) from error
    except OSError as error:
        raise InputError(f"Plan file cannot be read: {shown}: {error.strerror}") from error
