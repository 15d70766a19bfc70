"""Which files of the event store have changed since they were read, and reading those in several processes.

What caches over event files have in common: a file is believed while its size, times and inode stay what
they were.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from feedback_loop.domain.problem import Problem
from feedback_loop.stores.event_files import list_files
from feedback_loop.stores.workers import run_forked

Read: TypeAlias = Callable[[str, str], tuple[Any, ...]]  # root, path: a row of plain values

_SHARE = 8 << 20  # bytes for one worker at a time
_FILE_COST = 8 << 10  # what opening a file takes, in bytes that could be read meanwhile
_WORKERS = 4


class Listed(NamedTuple):
    """The files of a store with their stamps, in the order of paths; what could not be listed."""

    root: str
    stamps: Mapping[str, str]
    problems: tuple[Problem, ...]

    @property
    def cost(self) -> int:
        """What reading all of it takes, in bytes."""
        return sum(map(_cost, self.stamps.values()))


def list_stamped(root: str) -> Listed:
    """Raises UserError if a part of the store is a link, MachineFault if its folder cannot be read."""
    problems: list[Problem] = []
    paths = list_files(root, problems.append)
    return Listed(root, {path: _stamp(root, path) for path in paths}, tuple(problems))


def read_files(listed: Listed, fresh: list[str], read: Read) -> Iterator[tuple[Any, ...]]:
    """What `read` makes of the fresh ones, in some order: as plain tuples, for they may pass a pipe.

    A compaction may have taken files of the list meanwhile: what it made of them stands in a new segment,
    which is read too.
    """
    yield from _read_all(listed.root, fresh, listed.stamps, read)
    if any(not os.path.lexists(f"{listed.root}/{path}") for path in fresh):
        late = [path for path in list_files(listed.root, lambda problem: None) if path not in listed.stamps]
        yield from _read_all(listed.root, late, {}, read)


def _stamp(root: str, path: str) -> str:
    """What changes when the file does; "" if that cannot be told."""
    try:
        known = os.lstat(f"{root}/{path}")
    except OSError:
        return ""
    if not stat.S_ISREG(known.st_mode):
        return ""
    return f"{known.st_size} {known.st_mtime_ns} {known.st_ctime_ns} {known.st_ino}"


def _cost(stamp: str) -> int:
    return _FILE_COST + int(stamp.partition(" ")[0] or 0)


def _read_all(
    root: str, paths: list[str], stamps: Mapping[str, str], read: Read
) -> Iterator[tuple[Any, ...]]:
    shares = _shares(paths, stamps)
    workers = min(_WORKERS, os.cpu_count() or 1)
    if len(shares) < 2 or workers < 2:
        for path in paths:
            yield read(root, path)
        return
    for rows in run_forked(lambda share: tuple(tuple(read(root, path)) for path in share), shares, workers):
        yield from rows


def _shares(paths: Iterable[str], stamps: Mapping[str, str]) -> list[list[str]]:
    shares: list[list[str]] = []
    left = 0
    for path in paths:
        if left <= 0:
            shares.append([])
            left = _SHARE
        shares[-1].append(path)
        left -= _cost(stamps.get(path, ""))
    return shares
