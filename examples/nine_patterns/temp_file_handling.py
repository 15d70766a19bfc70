"""Proper temp file handling."""

from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path


def bad_count_rows(data: bytes) -> int:
    """Leaves a file behind at every call, and an open descriptor too where writing raises."""
    # feedback-loop: ignore[temp_file_handling] the mistake that this module shows
    descriptor, path = tempfile.mkstemp(suffix=".csv")
    os.write(descriptor, data)
    os.close(descriptor)
    with open(path, encoding="utf-8-sig") as rows:
        return sum(1 for row in rows if row.strip())


def good_count_rows(data: bytes) -> int:
    """Closes in `with`, deletes in `finally`."""
    descriptor, path = tempfile.mkstemp(suffix=".csv")
    try:
        with os.fdopen(descriptor, "wb") as table:
            table.write(data)
        with open(path, encoding="utf-8-sig") as rows:
            return sum(1 for row in rows if row.strip())
    finally:
        os.unlink(path)


def bad_compressed_size(data: bytes) -> int:
    """`with` closes the file, and `delete=False` keeps it."""
    # feedback-loop: ignore[temp_file_handling] the mistake that this module shows
    with tempfile.NamedTemporaryFile(suffix=".gz", delete=False) as packed:
        packed.write(gzip.compress(data))
    return os.path.getsize(packed.name)


def good_compressed_size(data: bytes) -> int:
    """Where no path is needed, the file disappears with its handle."""
    with tempfile.TemporaryFile() as packed:
        packed.write(gzip.compress(data))
        return packed.tell()


def bad_save_report(text: str) -> str:
    """Another process can take the name first; if `write` raises, the file stays open and half written."""
    # feedback-loop: ignore[temp_file_handling] the mistake that this module shows
    path = tempfile.mktemp(suffix=".html")
    # feedback-loop: ignore[temp_file_handling] the mistake that this module shows
    report = open(path, "w", encoding="utf-8")
    report.write(text)
    report.close()
    return path


def good_save_report(text: str, target: Path) -> None:
    """Readers of the target see the old report or the new one, never half of it."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        draft = Path(folder) / target.name
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
