"""Whole files by the thousand: read and checked share by share, by several processes, in order."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from feedback_loop.api.pause import without_collector
from feedback_loop.domain.diff import BINARY, TOO_LARGE, FileChange, added_file
from feedback_loop.domain.finding import NotChecked, ScanResult
from feedback_loop.engines.scan.check import Rules, check_candidate
from feedback_loop.engines.scan.sieve import Sieve
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.patch import SECTION_CAP
from feedback_loop.stores.tree_walk import read_capped
from feedback_loop.stores.workers import run_forked

if TYPE_CHECKING:
    from feedback_loop.api.scan import Clock
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.stores.git_objects import Objects

Item = TypeVar("Item")
Progress = Callable[[int, int], None]

_SHARES = 24  # each costs a process and a git of its own
_FILES_PER_WORKER = 64  # below, a second process costs more than it saves
_LOOKED_AT = 8000  # bytes: where git itself looks for the NUL of a binary file


class WholeScan:
    """How whole files are checked: all lines count as added, and no cap holds but those on one file."""

    __slots__ = ("_clock", "_least", "_library", "_progress")

    def __init__(
        self, library: CompiledLibrary, clock: Clock, least: str, progress: Progress | None = None
    ) -> None:
        self._library = library
        self._clock = clock
        self._least = least
        self._progress = progress or (lambda done, total: None)

    def check(self, changes: Iterable[FileChange | NotChecked]) -> ScanResult:
        """Check them one after the other; one text is in memory at a time."""
        sieve = Sieve(self._library, least=self._least, run_cap=sys.maxsize)
        rules = Rules(self._library, self._clock.today, everything=True)
        missed: list[NotChecked] = []
        for candidate in sieve.candidates(_readable(changes, missed)):
            check_candidate(candidate, sieve.result, rules, self._clock.expired)
        sieve.result.not_checked += missed
        return sieve.result

    def check_files(
        self, files: list[Item], read: Callable[[list[Item]], Iterable[FileChange | NotChecked]]
    ) -> ScanResult:
        """Check what `read` makes of the files; it is called with a share of them, in a process of its own.

        The progress is told (shares done, shares) after each. Raises what `read` raises of ours.
        """
        shares = _shares(files)
        workers = min(4, os.cpu_count() or 1, len(files) // _FILES_PER_WORKER + 1)
        work: Callable[[list[Item]], tuple[Any, ...]] = lambda share: self._plain(share, read)  # noqa: E731
        result = ScanResult()
        with without_collector(), closing(_results(work, shares, workers)) as results:
            for number, (error, parts) in enumerate(results, 1):
                _raise(error)
                result.add(parts)
                self._progress(number, len(shares))
        return result

    def _plain(
        self, share: list[Item], read: Callable[[list[Item]], Iterable[FileChange | NotChecked]]
    ) -> tuple[Any, ...]:
        """Results and our own errors as plain values: they may have to pass a pipe."""
        try:
            return (), self.check(read(share)).to_tuple()
        except UserError as error:
            return (isinstance(error, MachineFault), error.message, error.hint, error.kind), ()


def _results(
    work: Callable[[list[Item]], tuple[Any, ...]], shares: list[list[Item]], workers: int
) -> Generator[tuple[Any, ...], None, None]:
    if workers > 1:
        yield from run_forked(work, shares, workers)
        return
    for share in shares:
        yield work(share)
        gc.collect()


def _raise(error: tuple[Any, ...]) -> None:
    if error:
        fault, *words = error
        raise MachineFault(*words) if fault else UserError(*words)


def _readable(changes: Iterable[FileChange | NotChecked], missed: list[NotChecked]) -> Iterator[FileChange]:
    for one in changes:
        if isinstance(one, NotChecked):
            missed.append(one)
        else:
            yield one


def _shares(files: list[Item]) -> list[list[Item]]:
    count = min(_SHARES, max(1, len(files) // _FILES_PER_WORKER * 4))
    cuts = [number * len(files) // count for number in range(count + 1)]
    return [files[begin:end] for begin, end in itertools.pairwise(cuts)]


def whole_file(path: bytes, data: bytes | None) -> FileChange:
    """The file as a change that adds all of it; None = it is too large to be read."""
    if data is None:
        return FileChange(path, "A", skip=TOO_LARGE)
    if b"\0" in data[:_LOOKED_AT]:
        return FileChange(path, "A", skip=BINARY)
    return added_file(data, path)


def read_blobs(objects: Objects, share: list[tuple[bytes, str]]) -> Iterator[FileChange]:
    """The blobs of (path, object id), one in memory at a time."""
    with objects.blob_stream() as blobs:
        texts = blobs.read([oid for _, oid in share], SECTION_CAP)
        for (path, _), data in zip(share, texts, strict=True):
            yield whole_file(path, data)


def read_files(root: str, share: list[str]) -> Iterator[FileChange | NotChecked]:
    """Files of the working tree; what cannot be read is not checked, and named."""
    for path in share:
        raw = os.fsencode(path)
        try:
            yield whole_file(raw, read_capped(root, path, SECTION_CAP))
        except UserError as error:
            yield NotChecked(raw, "", error.message)
        except OSError as error:
            yield NotChecked(raw, "", f"cannot be read: {error.strerror}")
