"""A program run to its end within limits of time and output, and nothing of it left behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

_BLOCK = 64 << 10
_POLL = 0.1  # seconds between two looks at whether the program has ended or its time is up
_ERRORS_CAP = 64 << 10
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class Ended(NamedTuple):
    """How it ended. `code` is the exit code, negative for a signal; beyond the caps output is dropped.

    `late`: its time was up; `flooded`: it wrote more than `cap` bytes and was ended for it.
    """

    code: int
    output: bytes
    errors: bytes
    late: bool
    flooded: bool


def run_child(
    command: Sequence[str],
    stdin: bytes,
    *,
    folder: str,
    environment: Mapping[str, str],
    seconds: float,
    cap: int,
) -> Ended:
    """Run the program in a session of its own; at the end every process of its group is killed.

    A process that leaves the group lives on. Raises OSError if the program cannot be started, and SystemExit
    with 128 and the signal's number if this process is told to end meanwhile: so that the program and what
    the callers have put on the disk do not outlive it.
    """
    with (
        _told_to_end() as told,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
            start_new_session=True,
            bufsize=0,
        ) as child,
    ):
        late = threading.Event()
        timer = threading.Timer(seconds, late.set)
        timer.daemon = True
        timer.start()
        try:
            talk = _Talk(child, stdin, cap, told)
            talk.hold(late)
        finally:
            timer.cancel()
            _end(child)
    if told:
        raise SystemExit(128 + told[0])
    return Ended(child.returncode, bytes(talk.output), bytes(talk.errors), talk.late, talk.flooded)


@contextmanager
def _told_to_end() -> Iterator[list[int]]:
    """Meanwhile SIGTERM and SIGHUP, where nobody else has taken them, are noted here instead of ending us.

    Only the main thread can have it so.
    """
    told: list[int] = []
    taken: list[signal.Signals] = []
    if threading.current_thread() is threading.main_thread():
        taken = [one for one in _ENDING if signal.getsignal(one) is signal.SIG_DFL]
    for one in taken:
        signal.signal(one, lambda number, frame: told.append(number))
    try:
        yield told
    finally:
        for one in taken:
            signal.signal(one, signal.SIG_DFL)


def _end(child: subprocess.Popen[bytes]) -> None:
    """The number of a group stays taken while one of it lives, so that no stranger is hit."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; macOS says so of a zombie
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class _Talk:
    """What goes in and what comes out, until the program has ended, its time is up or it says too much.

    Or until `told` holds a signal: then we are to end ourselves.
    """

    def __init__(self, child: subprocess.Popen[bytes], stdin: bytes, cap: int, told: list[int]) -> None:
        self._child = child
        self._told = told
        self._left = memoryview(stdin)
        self._cap = cap
        self.output = bytearray()
        self.errors = bytearray()
        self.late = False
        self.flooded = False

    def hold(self, late: threading.Event) -> None:
        child = self._child
        assert child.stdin and child.stdout and child.stderr
        os.set_blocking(child.stdin.fileno(), False)
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdin, selectors.EVENT_WRITE)
            selector.register(child.stdout, selectors.EVENT_READ)
            selector.register(child.stderr, selectors.EVENT_READ)
            while selector.get_map() and not self.flooded:
                ready = [key.fileobj for key, _ in selector.select(_POLL)]
                self.late = late.is_set()
                # A child of its own may hold the pipes when the program itself has ended.
                if self.late or self._told or (not ready and child.poll() is not None):
                    return
                for pipe in ready:
                    going_on = self._write() if pipe is child.stdin else self._read(pipe is child.stdout)
                    if not going_on:
                        selector.unregister(pipe)
                        if pipe is child.stdin:
                            child.stdin.close()
        self._wait(late)

    def _wait(self, late: threading.Event) -> None:
        """It has closed its pipes and works on."""
        while not (self.flooded or self.late or self._told) and self._child.poll() is None:
            late.wait(_POLL)
            self.late = late.is_set()

    def _write(self) -> bool:
        """Whether there is more to write, and somebody to read it."""
        assert self._child.stdin
        try:
            written = os.write(self._child.stdin.fileno(), self._left[:_BLOCK]) if self._left else 0
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        self._left = self._left[written:]
        return bool(self._left)

    def _read(self, is_output: bool) -> bool:
        pipe = self._child.stdout if is_output else self._child.stderr
        assert pipe
        block = os.read(pipe.fileno(), _BLOCK)
        kept, cap = (self.output, self._cap) if is_output else (self.errors, _ERRORS_CAP)
        self.flooded = is_output and len(kept) + len(block) > cap
        kept += block[: cap - len(kept)]
        return bool(block)
