"""The files a repository starts with, and the line that hides our temporary files from git (IO-4)."""

from __future__ import annotations

import os

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.files import TEMPORARY, atomic_write, components, safe_read

EXCLUDE = "info/exclude"
_LINE = TEMPORARY.encode() + b"*"
_CAP = 1 << 20


def check_folder(root: str, folder: str) -> None:
    """Raises UserError if the folder lies, by name or by a link, outside, or if it is none."""
    components(folder)
    top, inside = os.path.realpath(root), os.path.realpath(f"{root}/{folder}")
    if not inside.startswith(top.rstrip("/") + "/"):
        raise UserError(f"path leaves the repository: {folder!a} is a link to {inside!a}")
    if os.path.lexists(inside) and not os.path.isdir(inside):
        raise UserError(f"{folder!a} is no folder", "move it away, or name another one in the settings")


def existing(root: str, names: list[str]) -> set[str]:
    """Which of these paths are taken, by whatever kind of entry."""
    return {name for name in names if os.path.lexists(f"{root}/{name}")}


def write_starter(root: str, name: str, data: bytes) -> bool:
    """Write a file that is not there yet; False, and nothing written, if it is there by now."""
    if os.path.lexists(f"{root}/{name}"):
        return False
    return atomic_write(f"{root}/{name}", data)


def hides_temporaries(common_dir: str) -> bool:
    """Whether `info/exclude` has our line, or is a link: somebody else's file, which we leave alone."""
    if os.path.islink(f"{common_dir}/{EXCLUDE}"):
        return True
    return any(line.strip() == _LINE for line in _excludes(common_dir).split(b"\n"))


def hide_temporaries(common_dir: str) -> bool:
    """Add our line once, all other bytes kept; False if there was nothing to do."""
    if hides_temporaries(common_dir):
        return False
    data = _excludes(common_dir)
    # Without a last newline ours is left out too: taking the line away then gives the old bytes.
    added = b"\n" + _LINE if data and not data.endswith(b"\n") else _LINE + b"\n"
    return atomic_write(f"{common_dir}/{EXCLUDE}", data + added)


def show_temporaries(common_dir: str) -> bool:
    """Take our line away, all other bytes kept; False if it was not there."""
    path = f"{common_dir}/{EXCLUDE}"
    if os.path.islink(path) or not hides_temporaries(common_dir):
        return False
    data = _excludes(common_dir)
    if data.endswith(b"\n" + _LINE):
        data = data[: -len(_LINE) - 1]
    else:
        data = b"".join(line for line in data.splitlines(True) if line.strip() != _LINE)
    try:
        if not data:
            os.unlink(path)
            return True
    except OSError as error:
        raise MachineFault(f"cannot change {path}: {error.strerror}") from error
    return atomic_write(path, data)


def _excludes(common_dir: str) -> bytes:
    try:
        return safe_read(common_dir, EXCLUDE, _CAP)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise MachineFault(f"cannot read {common_dir}/{EXCLUDE}: {error.strerror}") from error
