"""Work in a child with a hard time limit: neither a crash nor a hang decides about a commit (HOOK-5).

The timer's default action ends the child even while C code holds the interpreter.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would import enum
import posix
import time

from feedback_loop.api.scan import Clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SOFT_LIMIT = 3.5  # seconds: what is not checked by then is named, well before the hard limit ends the child
HARD_LIMIT = 5.0
COMPILE_LIMIT = 60.0  # a library is compiled once after a change; cut short, it would be tried for ever
LONG_LIMIT = 1800.0  # ranges, pushes and trees have any size; whoever waits for them can end them
LIMITS = {
    "staged": HARD_LIMIT,
    "plan": HARD_LIMIT,
    "commit-msg": HARD_LIMIT,
    "prepare-commit-msg": HARD_LIMIT,
    "patterns": COMPILE_LIMIT,
}
UNFINISHED = 70  # the child's exit code when its work neither returned nor was killed


class Outcome:
    """How the child ended: its exit code, or the signal that ended it (0 = none)."""

    __slots__ = ("code", "signal")

    def __init__(self, code: int, signal: int) -> None:
        self.code = code
        self.signal = signal


def supervise(work: Callable[[], int], limit: float = HARD_LIMIT) -> Outcome:
    """Fork, run `work()` in the child, wait for it. SIGTERM is handed on; Ctrl-C reaches both anyway."""
    pid = posix.fork()
    if pid == 0:
        _child(work, limit)
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    _signal.signal(_signal.SIGTERM, lambda number, frame: posix.kill(pid, number))
    code = posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1])
    return Outcome(max(code, 0), max(-code, 0))


def set_limit(seconds: float) -> None:
    """Begin the child's time anew."""
    _signal.setitimer(_signal.ITIMER_REAL, seconds)


class HookClock(Clock):
    """The time of a commit's scan: compiling gets its own, and the soft limit begins when the library is
    there."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until = 0.0

    def compiling(self) -> None:
        """The library has to be compiled first."""
        set_limit(COMPILE_LIMIT)

    def begin(self) -> None:
        """The library is there."""
        set_limit(HARD_LIMIT)
        self._until = time.monotonic() + SOFT_LIMIT

    def expired(self) -> bool:
        """Whether what is left must be named instead of checked."""
        return time.monotonic() > self._until


def _child(work: Callable[[], int], limit: float) -> None:
    code = UNFINISHED
    try:
        for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGALRM):
            _signal.signal(number, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_signal.SIGALRM,))
        set_limit(limit)
        code = work()
    finally:
        posix._exit(code)
