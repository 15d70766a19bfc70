"""What the lifecycle proposes about patterns, what it goes by, and what people decided (H60-H66a)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

ARCHIVE, RESTORE, RAISE, REVISE, PROMOTE = "archive", "restore", "raise", "revise", "promote"
KINDS = (PROMOTE, ARCHIVE, RESTORE, RAISE, REVISE)  # in the order of views
KEEP, REJECT = "keep", "reject"

PLAN, PREVENTION, INJECTION = "plan", "prevention", "injection"
COUNTED = ("bug", "test_failure", "review", "deployment")  # of these kinds each event is an occurrence
EVENTS = (*COUNTED, "performance")
_DIGITS = 12


def proposal_id(kind: str, name: str) -> str:
    """12 hex digits of (kind, pattern's name or candidate's shape): the same as long as it is proposed."""
    return hashlib.sha256(f"{kind}\0{name}".encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True)
class Proposed:
    """One proposal. `reason` is one line; a path in it is made visible, names are as they are.

    `figures` are (figure id, value seen) of all history; the first one is the evidence, which has to double
    before a rejected proposal comes again. `shape` is that of a candidate that is no pattern yet.
    """

    id: str
    kind: str
    pattern: str
    reason: str
    figures: tuple[tuple[str, str], ...] = ()
    shape: str = ""

    @property
    def evidence(self) -> float | None:
        """The value of the first figure; None without one."""
        return as_number(self.figures[0][1]) if self.figures else None


class Sighting(NamedTuple):
    """An event that shows that a pattern is of use: `at` in seconds, `commit` "" where nobody knows it.

    `times`: as how many occurrences it counts.
    """

    at: int
    kind: str
    event: str
    commit: str = ""
    times: int = 1


@dataclass(frozen=True)
class Use:
    """Every use of a pattern that events tell of, oldest first.

    Plans count where the pattern is ticked, injections where the output was rated. `restored` is the time
    of the last decision to restore it.
    """

    pattern: str
    sightings: tuple[Sighting, ...] = ()
    restored: int | None = None

    @property
    def last(self) -> int | None:
        """The time of the last use of whatever kind, a restore among them."""
        used = (one.at for one in self.sightings)
        return max((*used, *(() if self.restored is None else (self.restored,))), default=None)

    @property
    def occurred(self) -> tuple[Sighting, ...]:
        """The occurrences that events report."""
        return tuple(one for one in self.sightings if one.kind in COUNTED)


@dataclass(frozen=True)
class Grounds:
    """What a decision was based on: the proposal's id, figures as seen, the retro and its basis commit."""

    proposal: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    retro: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Decision:
    """A decision on record: `at` in seconds, `commit` the full id of HEAD then, "" where nobody knows it.

    `sha256` is the hash of what was rejected, where it came with one.
    """

    action: str
    pattern: str
    at: int
    commit: str = ""
    reason: str = ""
    grounds: Grounds = field(default_factory=Grounds)
    event: str = ""
    sha256: str = ""

    def seen(self, figure: str) -> float | None:
        """The value it names for a figure's id; None if it names none, or no number."""
        return next((as_number(value) for known, value in self.grounds.figures if known == figure), None)


@dataclass(frozen=True)
class Evidence:
    """What speaks for taking a proposed pattern, or a candidate with this `shape`, into force.

    `commits` mended it in `files` files, from `first` to `last` (seconds). Its detectors find `found_bad`
    of the `bad` sides, and `found_good` of the `good` ones. `ready`: complete, passes its gate, not noisy.
    """

    name: str
    commits: int
    files: int
    first: int
    last: int
    bad: int
    found_bad: int
    good: int
    found_good: int
    ready: bool
    shape: str = ""


def as_number(text: str) -> float | None:
    """The number that a figure's value is; None for any other text: events may hold anything."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found == found and abs(found) != float("inf") else None
