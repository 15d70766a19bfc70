"""The last runs of the hook, in the git directory: what `doctor` shows."""

from __future__ import annotations

import posix
from _json import encode_basestring_ascii  # `json` itself would cost as much as the scan

from feedback_loop.errors import UserError

KEPT = 20
_TRIM_AT = 16 << 10
_NAME = "/runs.jsonl"
_REASON_CAP = 500


def append_run(
    folder: str,
    at: int,
    verdict: str,
    code: int,
    milliseconds: int,
    files: int,
    added_lines: int,
    reason: str = "",
) -> None:
    """Add one run; `at` in seconds since 1970. A log that cannot be written is done without."""
    why = f',"reason":{encode_basestring_ascii(reason[:_REASON_CAP])}' if reason else ""
    line = (
        f'{{"at":{at},"verdict":"{verdict}","exit_code":{code},"ms":{milliseconds},'
        f'"files":{files},"added_lines":{added_lines}{why}}}'
    )
    path = folder + _NAME
    try:
        try:
            size = append_line(path, line.encode())
        except FileNotFoundError:  # nothing was cached here yet
            posix.mkdir(folder)
            size = append_line(path, line.encode())
        if size > _TRIM_AT:
            _trim(path)
    except (OSError, UserError):
        return


def append_line(path: str, line: bytes) -> int:
    """Add the line in one write, a torn last line ended first; returns the file's size before (EV-7)."""
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

    atomic_write(path, b"\n".join(_last_lines(path)) + b"\n")


def _last_lines(path: str) -> list[bytes]:
    """The last 20 lines, however long a log somebody put there."""
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK)
    try:
        start = max(0, posix.fstat(descriptor).st_size - 2 * _TRIM_AT)
        lines = posix.pread(descriptor, 2 * _TRIM_AT, start).splitlines()
    finally:
        posix.close(descriptor)
    return lines[-KEPT:]


def last_runs(folder: str) -> list[dict[str, object]]:
    """Up to 20 runs, the newest last; lines that are no JSON are left out."""
    import json

    runs = []
    try:
        lines = _last_lines(folder + _NAME)
    except OSError:
        return []
    for line in lines:
        try:
            run = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(run, dict):
            runs.append(run)
    return runs
