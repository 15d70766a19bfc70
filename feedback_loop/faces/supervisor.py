"""Work in a child with a hard time limit: neither a crash nor a hang decides about a commit (HOOK-5).

The timer's default action ends the child even while C code holds the interpreter.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would import enum
import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HARD_LIMIT = 5.0


class Outcome:
    """How the child ended: its exit code, or the signal that ended it, and the last note it left."""

    __slots__ = ("code", "note", "signal")

    def __init__(self, code: int, signal: int, note: bytes) -> None:
        self.code = code
        self.signal = signal
        self.note = note


def supervise(work: Callable[[Callable[[bytes], None]], int], limit: float = HARD_LIMIT) -> Outcome:
    """Fork, run `work(leave_note)` in the child, wait. A note outlives the child's death."""
    reading, writing = posix.pipe()
    pid = posix.fork()
    if pid == 0:
        _child(work, writing, limit)
    posix.close(writing)
    previous = _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # Ctrl-C reaches the child as well
    try:
        status = posix.waitpid(pid, 0)[1]
    finally:
        _signal.signal(_signal.SIGINT, previous)
    # A forked worker may outlive a killed child and hold the pipe: take what is there, wait for nothing.
    posix.set_blocking(reading, False)
    try:
        note = posix.read(reading, 4096)
    except BlockingIOError:
        note = b""
    posix.close(reading)
    code = posix.waitstatus_to_exitcode(status)
    return Outcome(max(code, 0), max(-code, 0), note)


def _child(work: Callable[[Callable[[bytes], None]], int], writing: int, limit: float) -> None:
    code = 3

    def leave_note(note: bytes) -> None:
        posix.write(writing, note)

    try:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_signal.SIGALRM,))
        _signal.setitimer(_signal.ITIMER_REAL, limit)
        code = work(leave_note)
    finally:
        posix._exit(code)
