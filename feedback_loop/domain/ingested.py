"""What `smoke ingest` answers: what failed in each report, what of it is new, what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.domain.failure import UNCLASSIFIED, Classified
from feedback_loop.domain.gap import is_gap
from feedback_loop.domain.problem import Problem

# What became of a failure's pattern: a candidate was made (or would be), nothing (it was there, or the
# failure had its turn), it came back from the archive, a person had rejected it, there were too many new
# ones, or its files can be neither written nor read.
NEW, KNOWN, RESTORED, REJECTED, LEFT = "new", "known", "restored", "rejected", "left"
UNWRITTEN = "not written"


@dataclass(frozen=True)
class FailureSeen:
    """One distinct failure of the reports.

    `name` is its pattern, or the name that its candidate has or would have. `hits` is how often it
    occurred in these reports; `runs` counts the runs that showed it, these included. `became` is one of NEW,
    KNOWN, RESTORED, REJECTED, LEFT and UNWRITTEN. `classified` is its first occurrence. `is_new`: no event of
    another occurrence ever showed it, and nobody accepted it, whether or not its candidate lay there.
    """

    name: str
    classified: Classified
    became: str = NEW
    hits: int = 1
    runs: int = 1
    is_new: bool = False

    @property
    def unclassified(self) -> bool:
        """Whether no rule knows it, and no pattern that a person named."""
        return self.classified.signature.constraint == UNCLASSIFIED and is_gap(self.name)


@dataclass(frozen=True)
class Prevented:
    """A known failure that a generation was warned of and that a run of its code did not show (C6).

    `endpoint` is the first executed one that it is about.
    """

    name: str
    endpoint: str
    generation: str


@dataclass(frozen=True)
class FileIngested:
    """One report, and its run.

    `total` tests or entries were read and `failed` told of a failure, of which `new` were not in the store
    and `already_known` were. `created` and `updated` are names of patterns, `unclassified` counts failures
    that no rule knows. `skipped` pairs a reason with how many entries were no failure; `rejected` should have
    been one and cannot be used. `fault` says why the file as a whole could not be used.

    `shown` are the names of the distinct failures in it, of which `unseen` are new (as FailureSeen says it)
    and in no earlier file, and `unknown` unclassified. `same_as` is an earlier file that tells of the same
    run, "" = none was found.
    """

    name: str
    kind: str = ""
    sniffed: bool = False
    run: str = ""
    total: int = 0
    failed: int = 0
    new: int = 0
    already_known: int = 0
    unclassified: int = 0
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()
    rejected: tuple[Problem, ...] = ()
    fault: str = ""
    hint: str = ""
    shown: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    same_as: str = ""


@dataclass(frozen=True)
class Ingested:
    """All reports in their order, and each distinct failure once, those that are new first.

    `general` are proposals over several entities that were made or brought up to date; `left` counts
    failures beyond what one ingest proposes; `exposures` events on what the run executed, `prevented` the
    credits among them. `paths` are the files written, below the root; none in a dry run.
    """

    files: tuple[FileIngested, ...]
    failures: tuple[FailureSeen, ...] = ()
    general: tuple[str, ...] = ()
    exposures: int = 0
    dry_run: bool = False
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    prevented: tuple[Prevented, ...] = ()

    @property
    def created(self) -> tuple[str, ...]:
        """The candidates that were made, or would be, in the order of the reports."""
        return tuple(dict.fromkeys(name for one in self.files for name in one.created))

    @property
    def left(self) -> int:
        """How many failures became no candidate, because there were too many."""
        return sum(one.became == LEFT for one in self.failures)

    @property
    def total(self) -> FileIngested:
        """The sums over all files, each pattern once; without a name."""
        return FileIngested(
            "",
            total=sum(one.total for one in self.files),
            failed=sum(one.failed for one in self.files),
            new=sum(one.new for one in self.files),
            already_known=sum(one.already_known for one in self.files),
            unclassified=sum(one.unclassified for one in self.files),
            created=self.created,
            updated=_once(one.updated for one in self.files),
            skipped=tuple(pair for one in self.files for pair in one.skipped),
            rejected=tuple(problem for one in self.files for problem in one.rejected),
            shown=_once(one.shown for one in self.files),
            unseen=_once(one.unseen for one in self.files),
            unknown=_once(one.unknown for one in self.files),
        )

    def exit_code(self, fail_on_new: bool) -> int:
        """2 = a file could not be used; 1 = `fail_on_new`, and a failure is new or cannot be kept (C9a)."""
        if any(one.fault for one in self.files):
            return 2
        new = any(one.is_new or one.became == UNWRITTEN for one in self.failures)
        return 1 if fail_on_new and new else 0


def _once(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in names for name in one))
