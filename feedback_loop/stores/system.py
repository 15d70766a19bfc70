"""What the hot path needs of `os`, from the built-in module below it.

In a hook started with `-S` nothing else has imported `os`, and it alone would cost a fifth of the scan.
"""

from __future__ import annotations

import posix
import sys

_ENCODING = sys.getfilesystemencoding()


def encode(path: str) -> bytes:
    """A path as the system has it (`os.fsencode`)."""
    return path.encode(_ENCODING, "surrogateescape")


def decode(path: bytes) -> str:
    """A path as text (`os.fsdecode`)."""
    return path.decode(_ENCODING, "surrogateescape")


def environment() -> dict[str, str]:
    """The environment as it was when the process began."""
    return {decode(name): decode(value) for name, value in posix.environ.items()}


def variable(name: str) -> str:
    """One variable of the environment; empty if it is not set."""
    return decode(posix.environ.get(encode(name), b""))


def joined(folder: str, path: str) -> str:
    """The path as seen from the folder, `.` and `..` resolved by name."""
    full = path if path.startswith("/") else f"{folder}/{path}"
    parts: list[str] = []
    for part in full.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def is_folder(path: str) -> bool:
    """Whether there is a folder (or a link to one)."""
    try:
        return posix.stat(path).st_mode & 0o170000 == 0o040000
    except (OSError, ValueError):
        return False


def exists(path: str) -> bool:
    """Whether there is anything, links followed."""
    try:
        posix.stat(path)
    except (OSError, ValueError):
        return False
    return True
