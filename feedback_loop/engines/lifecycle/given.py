"""What the lifecycle goes by, and the questions that its parts ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from feedback_loop.domain.effect import Adoption, CodeEffect
from feedback_loop.domain.figure import FigureId
from feedback_loop.domain.history import INTRODUCED, NO_TIME, WAIVED, Fact, History
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.proposal import Decision, Evidence, Proposed, Use, proposal_id
from feedback_loop.domain.rollup import Figures


@dataclass(frozen=True)
class LifecycleOptions:
    """`as_of` is the end of time in seconds, `days` the N of H60.

    `include_critical`: patterns of that severity may be archived too.
    """

    as_of: int
    days: int = 90
    include_critical: bool = False


@dataclass(frozen=True)
class LifecycleInput:
    """`figures` are the roll-up of all history, `patterns` those of every state.

    `levels` are the settings' overrides. `gate` tells by name what the example gate has against an active
    pattern. `unreadable`: some events could not be read, so that nobody knows what they say.
    """

    history: History
    adoptions: Mapping[str, Adoption]
    figures: tuple[Figures, ...]
    patterns: tuple[Pattern, ...]
    uses: Mapping[str, Use] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    effects: tuple[CodeEffect, ...] = ()
    gate: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    unreadable: bool = False

    @cached_property
    def _totals(self) -> Mapping[str, Figures]:
        return {one.pattern: one for one in self.figures}

    @cached_property
    def _born(self) -> Mapping[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self.history.written:
            if fact.kind in (INTRODUCED, WAIVED) and fact.sign > 0:
                found.setdefault(fact.pattern, []).append(fact)
        return found

    def total(self, name: str) -> Figures:
        """The figures of all history; zeros for a pattern that was not mined."""
        return self._totals.get(name) or Figures(name)

    def introductions(self, name: str) -> list[Fact]:
        """Its introduced facts, in the order of reports."""
        return [fact for fact in self._born.get(name, ()) if fact.kind == INTRODUCED]

    def in_force(self, name: str) -> tuple[int, int]:
        """(waived, introduced) occurrences that landed after its adoption: before, nobody could waive any."""
        adoption = self.adoptions.get(name)
        if adoption is None:
            return 0, 0
        landing, start = self.history.commits.landing, adoption.spans[0][0]
        kinds = [fact.kind for fact in self._born.get(name, ()) if landing[fact.commit] > start]
        return kinds.count(WAIVED), kinds.count(INTRODUCED)

    def use(self, name: str) -> Use:
        """What events tell of it."""
        return self.uses.get(name) or Use(name)

    def frequency(self, name: str) -> int:
        """Introductions and what events report; an event that names a counted commit counts once (H54)."""
        introducing = {self.history.commits.oids[one.commit] for one in self.introductions(name)}
        reported = sum(one.times for one in self.use(name).occurred if one.commit not in introducing)
        return self.total(name).introduced + reported

    def level(self, pattern: Pattern) -> str:
        """The highest level that its detectors have here, "" without one that is on."""
        levels = dict(self.levels)
        own = {
            levels.get(f"{pattern.name}/{one.id}") or levels.get(pattern.name) or one.level
            for one in pattern.detectors
        }
        return next((one for one in ("block", "warn", "hint") if one in own), "")

    def position_of(self, moment: int) -> int:
        """How many commits of the chain lie at or before the moment (H36)."""
        return self.history.commits.cut(moment + 1).position

    def time_at(self, position: int) -> int:
        """The committer time at a position of the chain; NO_TIME where it says nothing."""
        commits = self.history.commits
        return commits.times[commits.chain[position]] if position < len(commits.chain) else NO_TIME


def made(kind: str, name: str, reason: str, *figures: tuple[str, object]) -> Proposed:
    """A proposal about a pattern; `figures` are (measure, value)."""
    seen = tuple((str(FigureId(name, measure)), str(value)) for measure, value in figures)
    return Proposed(proposal_id(kind, name), kind, name, reason, seen)
