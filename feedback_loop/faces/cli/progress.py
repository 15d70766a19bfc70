"""A progress bar on stderr for work that takes longer than a second, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def progress_bar(words: str, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """Gives what to call with (done, of how many); None where nobody would see it, or wants to."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    import time

    begun = time.monotonic()
    bar: tuple[Progress, TaskID] | None = None

    def update(done: int, total: int) -> None:
        nonlocal bar
        if bar is None and (time.monotonic() - begun < 1 or done == total):
            return
        if bar is None:
            bar = _start(words, total)
        bar[0].update(bar[1], completed=done)

    try:
        yield update
    finally:
        if bar is not None:
            bar[0].stop()


def _start(words: str, total: int) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task(words, total=total)
    progress.start()
    return progress, task
