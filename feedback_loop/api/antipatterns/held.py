"""What a repository holds of failures: its patterns that recognise one, and what events say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from feedback_loop.api.context.failure_record import FailureCounts, read_records
from feedback_loop.domain.failure_kind import UNCLASSIFIED
from feedback_loop.domain.gap import failure_signatures
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.warning import prevention_rate
from feedback_loop.formats.signed_pattern import signed
from feedback_loop.workspace import Workspace


@dataclass
class Held:
    """Patterns of every state by name, today's names by all that a pattern ever had, and the counts.

    It changes with what is written since; `notes` say what could not be read.
    """

    patterns: dict[str, Pattern]
    names: dict[str, str]
    counts: FailureCounts
    notes: tuple[str, ...] = ()

    def add(self, pattern: Pattern) -> None:
        """A pattern that is new, or in another state."""
        self.patterns[pattern.name] = pattern
        self.names[pattern.name] = pattern.name

    def statistics(self) -> dict[str, Any]:
        """Counts: patterns in all, by state, error type and constraint, their runs, hits and preventions."""
        told = [(one, failure_signatures(one)[0]) for one in self.patterns.values()]
        records = [self.counts.of(one.name) for one, _ in told]
        occurrences = sum(one.occurrences for one in records)
        prevented = sum(one.times_prevented for one in records)
        return {
            "total_patterns": len(told),
            "by_state": _counts(one.state for one, _ in told),
            "by_error_type": _counts(signature.error_type or "unknown" for _, signature in told),
            "by_constraint": _counts(signature.constraint or UNCLASSIFIED for _, signature in told),
            "total_occurrences": occurrences,
            "total_hits": sum(one.hits for one in records),
            "total_prevented": prevented,
            "prevention_rate": prevention_rate(occurrences, prevented),
        }


def read_held(workspace: Workspace, folder: str) -> Held:
    """The patterns of the library's folder that recognise a failure, counted.

    Raises UserError if the event store is a link, MachineFault if it cannot be read.
    """
    patterns = {one.name: one for one in workspace.library(folder).patterns if failure_signatures(one)}
    names = {old: one.name for one in patterns.values() for old in one.supersedes}
    counts, notes = read_records(workspace, [signed(one) for one in patterns.values()])
    return Held(patterns, names | {name: name for name in patterns}, counts, notes)


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
