"""Forked workers: shares of a list in, plain values out, in order."""

from __future__ import annotations

import marshal
import posix

from feedback_loop.errors import MachineFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    Item = TypeVar("Item")


def run_forked(
    work: Callable[[list[Item]], tuple[Any, ...]], shares: list[list[Item]]
) -> Iterator[tuple[Any, ...]]:
    """Run `work` on each share in a process of its own; results must be marshal values.

    Raises MachineFault if a worker ends without a result.
    """
    running = [_start(work, share) for share in shares]
    for pid, descriptor in running:
        blocks = []
        while block := posix.read(descriptor, 1 << 20):
            blocks.append(block)
        posix.close(descriptor)
        status = posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1])
        if status:
            raise MachineFault(f"a worker process ended with status {status}", kind="bug")
        yield marshal.loads(b"".join(blocks))


def _start(work: Callable[[list[Item]], tuple[Any, ...]], share: list[Item]) -> tuple[int, int]:
    reading, writing = posix.pipe()
    pid = posix.fork()
    if pid:
        posix.close(writing)
        return pid, reading
    status = 1
    try:
        posix.close(reading)
        data = memoryview(marshal.dumps(work(share)))
        while data:
            data = data[posix.write(writing, data) :]
        status = 0
    finally:
        posix._exit(status)  # never back into the parent's stack
