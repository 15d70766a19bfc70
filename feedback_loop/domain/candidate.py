"""A pattern that history itself suggests: what fixes took out, and what they put in its place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.pattern import Detector
from feedback_loop.domain.period import WEEK
from feedback_loop.domain.proposal import Evidence
from feedback_loop.domain.text import counted

LEAST_COMMITS, LEAST_FILES, LEAST_WEEKS = 3, 2, 2  # evidence that a shape is no accident (H67)


class Pair(NamedTuple):
    """What a fix removed and what it put there instead: text, lines joined by newlines.

    `commit` is a full id, `path` git's own (undecodable bytes as surrogates), `line` that of the old file.
    """

    commit: str
    path: str
    line: int
    bad: str
    good: str


@dataclass(frozen=True)
class Candidate:
    """A shape of mistake that fixes took out again and again.

    `shape` is 16 hex digits: equal for as long as it is the same mistake, whatever evidence is added.
    `commits` are full ids, the oldest first; `first` and `last` the committer times of the first and the
    last in seconds. `detector` is None where none was found; `reason` is the evidence in a line.
    """

    shape: str
    name: str
    title: str
    language: str
    pairs: tuple[Pair, ...]
    commits: tuple[str, ...]
    files: int
    first: int
    last: int
    detector: Detector | None = None
    reason: str = ""

    @property
    def weeks(self) -> int:
        """Whole weeks from the first fix to the last."""
        return (self.last - self.first) // WEEK

    @property
    def counts(self) -> str:
        """`7 fixes in 5 files over 6 weeks`."""
        fixes = "1 fix" if len(self.commits) == 1 else f"{len(self.commits)} fixes"
        over = f" over {counted(self.weeks, 'week')}" if len(self.commits) > 1 else ""
        return f"{fixes} in {counted(self.files, 'file')}{over}"

    @property
    def evidence(self) -> Evidence:
        """What speaks for it, as the lifecycle weighs it. A detector that is there passed its gate."""
        found = len(self.pairs) if self.detector else 0
        counts = len(self.pairs), found, len(self.pairs), 0
        return Evidence(
            self.name, len(self.commits), self.files, self.first, self.last, *counts, True, self.shape
        )

    @property
    def sha256(self) -> str:
        """The hash by which its proposal, and the decision to reject it, name the shape."""
        return sha256_of(self.shape)


def sha256_of(shape: str) -> str:
    """What `source.sha256` of a mined pattern says of its shape."""
    return hashlib.sha256(f"feedback-loop candidate {shape}".encode()).hexdigest()
