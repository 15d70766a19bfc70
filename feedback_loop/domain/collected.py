"""What `collect` answers: of each report what was read, what of it is new, and what could not be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.domain.problem import Problem

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FileCollected:
    """One report. `new` and `duplicate` are events; None = not looked up (metrics in a dry run).

    `kind` is "" where it could not be told; `sniffed` = told by the content, not given. `skipped` pairs a
    reason with how many entries were no mistake; `rejected` are entries that should have been one.
    `patterns` are the recognised ones with their new events, most first; "" = none was. `counts`
    are a metrics file's entries by category. `fault` says why the file as a whole could not be used.
    """

    name: str
    kind: str = ""
    sniffed: bool = False
    run: str | None = None
    read: int = 0
    new: int | None = 0
    duplicate: int | None = 0
    skipped: Counts = ()
    rejected: tuple[Problem, ...] = ()
    patterns: Counts = ()
    counts: Counts = ()
    fault: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Collected:
    """All reports in their order. `paths` are the event files written, below the root."""

    files: tuple[FileCollected, ...]
    dry_run: bool = False
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> FileCollected:
        """The sums over all files; without a name."""
        return FileCollected(
            "",
            read=sum(one.read for one in self.files),
            new=_sum(one.new for one in self.files),
            duplicate=_sum(one.duplicate for one in self.files),
            skipped=add_up(one.skipped for one in self.files),
            rejected=tuple(problem for one in self.files for problem in one.rejected),
            patterns=add_up(one.patterns for one in self.files),
        )

    def exit_code(self, strict: bool) -> int:
        """2 = a file could not be used; 1 = `strict`, and an entry was rejected."""
        if any(one.fault for one in self.files):
            return 2
        return 1 if strict and any(one.rejected for one in self.files) else 0


def add_up(counts: Iterable[Counts]) -> Counts:
    """The sums by name: most first, then by name."""
    found: Counter[str] = Counter()
    for one in counts:
        found.update(dict(one))
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = list(numbers)
    return None if None in known else sum(one or 0 for one in known)


@dataclass(frozen=True)
class SpoolImported:
    """Events that went from the spool into the store, and those that had been there.

    `bad` are files that could not be read, by the path they have now; `kinds` counts the moved by kind.
    """

    moved: int = 0
    present: int = 0
    bad: tuple[Problem, ...] = ()
    kinds: Counts = ()


@dataclass(frozen=True)
class SpoolCollected:
    """The same with the six counts of A31: of moved events by category; `others` belong to none of them."""

    imported: SpoolImported
    counts: Counts
    others: Counts = ()

    @property
    def total(self) -> int:
        """The sum of the six counts."""
        return sum(number for _, number in self.counts)

    @property
    def exit_code(self) -> int:
        """2 = a file could not be read."""
        return 2 if self.imported.bad else 0
