"""What a retro is made from: values that others mined, read and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from feedback_loop.domain.effect import CodeEffect
from feedback_loop.domain.history import Fact, Held, History, Span
from feedback_loop.domain.lives import Lives
from feedback_loop.domain.retro import (
    Action,
    Decision,
    Generation,
    Header,
    PlanRow,
    Proposal,
    Range,
    Ratings,
    Retro,
)
from feedback_loop.domain.rollup import Durations, Figures, HotSpot

FACTS = frozenset({"bug", "test_failure", "review", "deployment"})  # occurrences that events report (H54)


class Told(NamedTuple):
    """An event as far as a retro counts it: `at` in seconds, `times` it reports (1 if it does not say)."""

    id: str
    kind: str
    at: int
    patterns: tuple[str, ...]
    commit: str | None = None
    times: int = 1


@dataclass(frozen=True)
class Known:
    """A pattern of the library, active or archived; `level` is the highest of its detectors, "" = none."""

    name: str
    title: str
    severity: str
    level: str
    state: str


@dataclass(frozen=True)
class Stretch:
    """A stretch of the chain with its figures by pattern, and the moments that events are held against.

    `start` and `end` are seconds, the end not included; None = open. `name` is the period's in figure ids.
    """

    name: str
    span: Span
    figures: Mapping[str, Figures]
    start: int | None
    end: int | None

    def holds(self, moment: int) -> bool:
        """Whether an event of that time belongs to it."""
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class RetroInput:
    """All of it. The history ends with the basis; `period` is the retro's, `recent` the 90 days (H81).

    `former` is the stored retro before, whose `actions` people noted; `tags` are pairs of name and commit
    of the period, `declared` says how often a pattern was ticked or named. `as_of` is in seconds.
    `standing` is each match that the basis holds with the addition it came from; `ever` are the figures of
    all history, by pattern. `generation` is what runs of generated code showed, `ratings` how outputs
    were rated in the period, None for none.
    """

    header: Header
    range: Range
    as_of: int
    history: History
    lives: Lives
    period: Stretch
    recent: Stretch
    standing: tuple[tuple[Held, Fact | None], ...]
    patterns: tuple[Known, ...]
    events: tuple[Told, ...] = ()
    effects: tuple[CodeEffect, ...] = ()
    durations: tuple[Durations, ...] = ()
    hot_spots: tuple[HotSpot, ...] = ()
    plans: tuple[PlanRow, ...] = ()
    declared: Mapping[str, int] | None = None
    proposals: tuple[Proposal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    degraded: tuple[str, ...] = ()
    former: Retro | None = None
    actions: tuple[Action, ...] = ()
    ever: Mapping[str, Figures] = field(default_factory=dict)
    generation: Generation | None = None
    ratings: Ratings | None = None
