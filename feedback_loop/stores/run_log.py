"""The last runs of the hook, in the git directory: what `doctor` shows."""

from __future__ import annotations

import posix

from feedback_loop.errors import UserError

KEPT = 20
_TRIM_AT = 16 << 10
_NAME = "/runs.jsonl"


def append_run(
    folder: str, at: int, verdict: str, code: int, milliseconds: int, files: int, added_lines: int
) -> None:
    """Add one run; `at` in seconds since 1970. A log that cannot be written is done without."""
    line = (
        f'{{"at":{at},"verdict":"{verdict}","exit_code":{code},"ms":{milliseconds},'
        f'"files":{files},"added_lines":{added_lines}}}'
    )
    path = folder + _NAME
    try:
        if _append(path, line.encode()) > _TRIM_AT:
            _trim(path)
    except (OSError, UserError):
        return


def _append(path: str, line: bytes) -> int:
    """Add the line in one write, a torn last line ended first; returns the log's size before (EV-7)."""
    flags = posix.O_RDWR | posix.O_CREAT | posix.O_APPEND | posix.O_CLOEXEC | posix.O_NOFOLLOW
    descriptor = posix.open(path, flags, 0o644)
    try:
        size = posix.fstat(descriptor).st_size
        torn = size > 0 and posix.pread(descriptor, 1, size - 1) != b"\n"
        posix.write(descriptor, (b"\n" if torn else b"") + line + b"\n")
    finally:
        posix.close(descriptor)
    return size


def _trim(path: str) -> None:
    from feedback_loop.stores.files import atomic_write

    with open(path, "rb") as log:
        lines = log.read().splitlines()[-KEPT:]
    atomic_write(path, b"\n".join(lines) + b"\n")


def last_runs(folder: str) -> list[dict[str, object]]:
    """Up to 20 runs, the newest last; lines that are no JSON are left out."""
    import json

    runs = []
    try:
        with open(folder + _NAME, "rb") as log:
            lines = log.read(_TRIM_AT * 2).splitlines()
    except OSError:
        return []
    for line in lines[-KEPT:]:
        try:
            run = json.loads(line)
        except ValueError:
            continue
        if isinstance(run, dict):
            runs.append(run)
    return runs
