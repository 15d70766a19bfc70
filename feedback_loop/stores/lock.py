"""The lock of commands that rewrite or move what is stored (IO-7). A killed holder frees it at once."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager

from feedback_loop.errors import MachineFault

PATIENCE = 5.0  # seconds
_STEP = 0.05


@contextmanager
def hold_lock(state_dir: str, now: str) -> Iterator[None]:
    """Hold `lock` in the folder (`Repository.state_dir`); `now` is what others are told.

    Raises MachineFault, kind `busy`, if somebody else holds it for five seconds.
    """
    path = f"{state_dir}/lock"
    try:
        os.makedirs(state_dir, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise MachineFault(f"cannot open {path}: {error.strerror}") from error
    try:
        left = PATIENCE
        while not _locked(descriptor):
            if left <= 0:
                pid, _, since = os.pread(descriptor, 100, 0).decode("ascii", "replace").partition(" ")
                raise MachineFault(f"busy: held by pid {pid} since {since.strip()}", kind="busy")
            select.select([], [], [], _STEP)
            left -= _STEP
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {now}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
