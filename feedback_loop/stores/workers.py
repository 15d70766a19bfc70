"""Forked workers: shares of a list in, plain values out, in order."""

from __future__ import annotations

import marshal
import posix
import sys

from feedback_loop.errors import MachineFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    Item = TypeVar("Item")

_WORDS = 1000  # bytes of an exception


def run_forked(
    work: Callable[[list[Item]], tuple[Any, ...]], shares: list[list[Item]]
) -> Iterator[tuple[Any, ...]]:
    """Run `work` on each share in a process of its own; results must be marshal values.

    Raises MachineFault if a worker ends without a result.
    """
    running: list[tuple[int, int]] = []
    try:
        for share in shares:
            running.append(_start(work, share))
        while running:
            yield marshal.loads(_result(*running[0], running))
    except OSError as error:
        raise MachineFault(f"cannot run worker processes: {error.strerror}") from error
    finally:
        for pid, descriptor in running:  # nobody wants their results any more
            posix.close(descriptor)
            posix.kill(pid, 9)
            posix.waitpid(pid, 0)


def _result(pid: int, descriptor: int, running: list[tuple[int, int]]) -> bytes:
    """What the first worker wrote; it is gone from the list when it has ended."""
    blocks = []
    while block := posix.read(descriptor, 1 << 20):
        blocks.append(block)
    data = b"".join(blocks)
    status = posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1])
    posix.close(descriptor)
    del running[0]
    if status:
        words = data[:_WORDS].decode("utf-8", "replace") if status == 1 else ""
        raise MachineFault(f"a worker process ended with status {status} {words}".rstrip(), kind="bug")
    return data


def _start(work: Callable[[list[Item]], tuple[Any, ...]], share: list[Item]) -> tuple[int, int]:
    reading, writing = posix.pipe()
    try:
        pid = posix.fork()
    except OSError:
        posix.close(reading)
        posix.close(writing)
        raise
    if pid:
        posix.close(writing)
        return pid, reading
    status = 1
    try:
        posix.close(reading)
        _send(writing, marshal.dumps(work(share)))
        status = 0
    finally:
        try:
            if status:
                _send(writing, repr(sys.exc_info()[1]).encode("utf-8", "backslashreplace"))
        finally:
            posix._exit(status)  # never back into the parent's stack


def _send(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[posix.write(descriptor, view) :]
