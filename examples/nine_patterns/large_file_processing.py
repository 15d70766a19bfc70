"""Large file processing (up to 800MB)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

LARGEST = 800 * 1024 * 1024
CHUNK = 1024 * 1024


def bad_fingerprint(path: Path) -> str:
    """The whole file is in memory, although a hash needs one block at a time."""
    with open(path, "rb") as source:
        return hashlib.sha256(source.read()).hexdigest()


def good_fingerprint(path: Path) -> str:
    """One chunk is in memory at a time.

    Raises:
        ValueError: the file has more than LARGEST bytes; nothing was read.
    """
    size = os.path.getsize(path)
    if size > LARGEST:
        raise ValueError(f"{path} has {size} bytes, at most {LARGEST} are allowed")
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def bad_errors(log: Path) -> list[str]:
    """The text, the list of all its lines and the result exist at the same time."""
    rows = Path(log).read_text(encoding="utf-8").splitlines()
    return [row for row in rows if " ERROR " in row]


def good_errors(log: Path) -> list[str]:
    """One line is in memory at a time, and the result."""
    with open(log, encoding="utf-8") as rows:
        return [row.rstrip("\n") for row in rows if " ERROR " in row]
