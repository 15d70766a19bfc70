"""Figures of patterns over a stretch of history: values, and what their numbers count."""

from __future__ import annotations

from dataclasses import dataclass

LINES = 1000  # a rate is introductions in so many added lines
LEAST_FOR_RATE = 3  # under so many introductions a path has no rate (H27)


@dataclass(frozen=True)
class Figures:
    """One pattern over one span of the chain.

    `introduced` and `fixed` count commits (H20: fifty pasted matches are one introduction); `occurrences`
    (introduced ones), `restored`, `duplicates` and `waived` count lines. `reintroduced` and `same_place`
    count lives that began in the span, 0 where lives were not followed. `open` counts lines that a scan of
    the tip finds, whatever the span, suppressed ones left out. `exposure` is added lines in scope.
    """

    pattern: str
    introduced: int = 0
    occurrences: int = 0
    fixed: int = 0
    restored: int = 0
    reintroduced: int = 0
    same_place: int = 0
    duplicates: int = 0
    waived: int = 0
    open: int = 0
    exposure: int = 0

    @property
    def rate(self) -> float | None:
        """Introductions in 1,000 added lines; None without exposure."""
        return self.introduced * LINES / self.exposure if self.exposure else None


@dataclass(frozen=True)
class Row:
    """The figures of one path, week, month or commit over all patterns asked for.

    `key` is the path as it is called now, `2026-W47`, `2026-11` or a full commit id. `introduced` and
    `fixed` count pairs of a commit and a pattern. `added` counts lines, None where they were not mined.
    `time` is a commit's, in seconds.
    """

    key: str
    introduced: int
    occurrences: int
    fixed: int
    added: int | None = None
    patterns: tuple[str, ...] = ()
    time: int | None = None


@dataclass(frozen=True)
class HotSpot:
    """A path, or a folder (its path ends in `/`), in the span and in the six before it of its length.

    A rate is introductions in 1,000 added lines; None under 3 introductions, or without added lines.
    """

    path: str
    introduced: int
    fixed: int
    added: int
    introduced_before: int
    fixed_before: int
    added_before: int

    @property
    def rate(self) -> float | None:
        """Of the span itself."""
        return _rate(self.introduced, self.added)

    @property
    def rate_before(self) -> float | None:
        """Of the six spans before it together."""
        return _rate(self.introduced_before, self.added_before)


def _rate(introduced: int, added: int) -> float | None:
    return introduced * LINES / added if introduced >= LEAST_FOR_RATE and added else None


@dataclass(frozen=True)
class TipCheck:
    """What two ledgers say is open of one pattern, beside a scan of the tip (H41).

    All three count matches of single detectors, suppressed ones too. `landed` is None where that ledger was
    not mined. `defect` counts matches by which it differs although it must not: detectors that read lines,
    complete history. `parts` say of what the gap of the written ledger is made.
    """

    pattern: str
    held: int
    written: int
    landed: int | None = None
    defect: int = 0
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def gap(self) -> int:
        """Of the written ledger: so many more than there are (negative: fewer)."""
        return self.written - self.held

    @property
    def landed_gap(self) -> int | None:
        """Of the landed ledger."""
        return None if self.landed is None else self.landed - self.held


@dataclass(frozen=True)
class Durations:
    """How long the occurrences of one pattern lived, for Kaplan and Meier's estimate (H53).

    `days` are pairs of days (committer times of the chain) and whether it ended by a fix or a revert; else
    it was open at the end of time, or its file left: `deleted`, `left`, `dissolved` count those.
    `backward`: clocks that ran backwards, taken as 0 days. `undated`: left out, for want of a clock, or
    because its birth lies before a shallow clone's first commit.
    """

    pattern: str
    days: tuple[tuple[float, bool], ...] = ()
    deleted: int = 0
    left: int = 0
    dissolved: int = 0
    backward: int = 0
    undated: int = 0
