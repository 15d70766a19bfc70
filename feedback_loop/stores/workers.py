"""Forked workers: shares of a list in, plain values out, in order."""

from __future__ import annotations

import marshal
import posix
import sys

from feedback_loop.errors import MachineFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, TypeVar

    Item = TypeVar("Item")

_WORDS = 1000  # bytes of an exception


def run_forked(
    work: Callable[[list[Item]], tuple[Any, ...]], shares: list[list[Item]], limit: int | None = None
) -> Generator[tuple[Any, ...], None, None]:
    """Run `work` on each share in a process of its own; results must be marshal values.

    At most `limit` of them live at a time (default: all at once). Close it to end them all. Raises
    MachineFault if a worker ends without a result.
    """
    waiting = iter(shares)
    running: dict[int, _Worker] = {}
    done: dict[int, _Worker] = {}
    number = wanted = 0
    try:
        while wanted < len(shares):
            while number < len(shares) and (limit is None or len(running) < limit):
                worker = _start(work, next(waiting), number)
                running[worker.descriptor] = worker
                number += 1
            for worker in _ended(running):
                del running[worker.descriptor]
                worker.reap()
                done[worker.number] = worker
            while wanted in done:
                yield marshal.loads(done.pop(wanted).result())
                wanted += 1
    except OSError as error:
        raise MachineFault(f"cannot run worker processes: {error.strerror}") from error
    finally:
        for worker in running.values():  # nobody wants their results any more
            worker.end()


class _Worker:
    __slots__ = ("blocks", "descriptor", "number", "pid", "status")

    def __init__(self, number: int, pid: int, descriptor: int) -> None:
        self.number = number
        self.pid = pid
        self.descriptor = descriptor
        self.blocks: list[bytes] = []
        self.status = 0

    def reap(self) -> None:
        """Take leave of a process that has said all."""
        posix.close(self.descriptor)
        self.status = posix.waitstatus_to_exitcode(posix.waitpid(self.pid, 0)[1])

    def result(self) -> bytes:
        """What it wrote. Raises MachineFault if that was its last cry."""
        data = b"".join(self.blocks)
        if self.status:
            words = data[:_WORDS].decode("utf-8", "replace") if self.status == 1 else ""
            text = f"a worker process ended with status {self.status} {words}"
            raise MachineFault(text.rstrip(), kind="bug")
        return data

    def end(self) -> None:
        """End it, whatever it is doing."""
        posix.close(self.descriptor)
        posix.kill(self.pid, 9)
        posix.waitpid(self.pid, 0)


def _ended(running: dict[int, _Worker]) -> list[_Worker]:
    """Read what the workers have to say; those that have said all, in the order of their shares."""
    import select

    poll = select.poll()
    for descriptor in running:
        poll.register(descriptor, select.POLLIN)
    ended = []
    for descriptor, _ in poll.poll():
        worker = running[descriptor]
        block = posix.read(descriptor, 1 << 20)
        if block:
            worker.blocks.append(block)
        else:
            ended.append(worker)
    return sorted(ended, key=lambda worker: worker.number)


def _start(work: Callable[[list[Item]], tuple[Any, ...]], share: list[Item], number: int) -> _Worker:
    reading, writing = posix.pipe()
    try:
        pid = posix.fork()
    except OSError:
        posix.close(reading)
        posix.close(writing)
        raise
    if pid:
        posix.close(writing)
        return _Worker(number, pid, reading)
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
