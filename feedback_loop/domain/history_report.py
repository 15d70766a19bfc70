"""What `history` tells: figures of every pattern, and how far they can be trusted (H40-H42)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from feedback_loop.domain.effect import ROSE, CodeEffect
from feedback_loop.domain.history import Skipped
from feedback_loop.domain.rollup import Durations, Figures, HotSpot, Row, TipCheck
from feedback_loop.domain.survival import Survival


class Place(NamedTuple):
    """A commit as reports name it: full id, and seconds (NO_TIME = its clock says nothing)."""

    oid: str
    time: int


class Site(NamedTuple):
    """A fact, or an open occurrence, by its place: `path` and `line` are those of that commit, or of the tip.

    `commit` wrote it and `landed_in` brought it to the branch; both are None where nobody knows. `open`:
    it stands at the tip. `fingerprint` is the hash of its normalised text, 16 hex digits.
    """

    pattern: str
    detector: str
    path: str
    line: int
    commit: Place | None
    landed_in: Place | None
    sign: int
    kind: str
    open: bool
    fingerprint: str


@dataclass(frozen=True)
class PatternReport:
    """One pattern: `adopted` is None where it never was; `survival` where it was not asked for."""

    figures: Figures
    check: TipCheck
    effect: CodeEffect | None = None
    adopted: Place | None = None
    survival: Survival | None = None
    durations: Durations | None = None

    @property
    def rose(self) -> bool:
        """Whether its rate is surely higher since it was adopted."""
        return self.effect is not None and self.effect.verdict == ROSE

    @property
    def silent(self) -> bool:
        """Whether it was neither introduced nor fixed in the period, nor is it open."""
        return not (self.figures.introduced or self.figures.fixed or self.figures.open)


@dataclass(frozen=True)
class PeriodReport:
    """What the figures are about. `name` is "" for all history; `start` and `end` are seconds.

    `misplaced` are commits whose clocks put them on the other side of a border. `asked` is how a figure's id
    names it; None where no id says as much.
    """

    name: str = ""
    start: int | None = None
    end: int | None = None
    misplaced: tuple[Place, ...] = ()
    asked: str | None = ""


@dataclass(frozen=True)
class Considered:
    """Of `total` commits so many landed in the period. `written` of the total are no merges.

    `first` and `last` are the clocks of the first and the last commit of the chain in the period.
    """

    considered: int
    total: int
    written: int
    merges: int
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class HistoryReport:
    """The answer of `history`; `rows` are by `by`, which is "pattern" where there are none.

    `as_of` (seconds) is None where no clock says anything. `sites` are the facts of the period, `standing`
    the open occurrences. `lives`, `shared` and `orphans` (of detectors that read lines) are None where lives
    were not followed. `notes` say what befell this run; they are no part of the answer.
    """

    tip: str
    branch: str
    period: PeriodReport
    commits: Considered
    as_of: int | None
    patterns: tuple[PatternReport, ...]
    by: str = "pattern"
    rows: tuple[Row, ...] = ()
    hot_spots: tuple[HotSpot, ...] = ()
    sites: tuple[Site, ...] = ()
    standing: tuple[Site, ...] = ()
    skipped: Skipped = field(default_factory=Skipped)
    incomplete: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    detectors: str = ""
    readable: int = 0
    blobs: int = 0
    lives: int | None = None
    shared: int | None = None
    orphans: int | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.incomplete

    @property
    def defects(self) -> int:
        """Matches by which the landed ledger differs from the tip although it must not, and orphans (H23)."""
        orphans = self.orphans or 0 if self.complete else 0
        return sum(one.check.defect for one in self.patterns) + orphans
