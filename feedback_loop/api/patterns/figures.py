"""What the events of a repository say about its patterns: counts, times, scores, evidence, rejections."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedback_loop.api.metrics.entry_events import entries_of
from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
from feedback_loop.domain.event import Event
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import format_moment
from feedback_loop.errors import UserError
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace

_FACTS = ("bug", "test_failure", "review", "deployment")
_EVIDENCE = 20  # the last events that a proposal names


@dataclass(frozen=True)
class Figure:
    """How often events named a pattern, when last (ISO 8601), and its score (A39): .5 without enough data."""

    frequency: int = 0
    last_seen: str | None = None
    score: float = 0.5


@dataclass(frozen=True)
class Figures:
    """`of` and `evidence` (ids of events, the last twenty) by the pattern's name of today.

    `rejected` are names whose last decision was a rejection; `problems` are records that cannot be read.
    """

    of: Mapping[str, Figure] = field(default_factory=dict)
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rejected: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


def read_figures(folder: str, library: Library, now: int) -> Figures:
    """The figures of the repository around the folder, up to now; none where there is no repository."""
    try:
        root = Workspace.open(folder).root
    except UserError as error:
        if error.kind != "no_repository":
            raise
        return Figures()
    read = read_events(root)
    problems = tuple(str(problem) for problem in read.problems)
    if not read.events:
        return Figures(problems=problems)
    analyzer = MetricsAnalyzer(entries_of(read.events), as_of=format_moment(now), library=library)
    effects = analyzer.calculate_effectiveness()
    behind = _behind(read.events, library)
    of = {
        one["pattern"]: Figure(
            one["count"],
            _last_seen(behind.get(one["pattern"], ()), format_moment(now)),
            _score(effects.get(one["pattern"])),
        )
        for one in analyzer.get_high_frequency_patterns(1)
    }
    evidence = {name: tuple(one.id for one in events[-_EVIDENCE:]) for name, events in behind.items()}
    return Figures(of, evidence, find_rejected(read.events), problems)


def find_rejected(events: Iterable[Event]) -> frozenset[str]:
    """The names whose last decision was `reject`."""
    last: dict[str, str] = {}
    for event in events:
        if event.kind == "decision":
            data = json.loads(event.data)
            for name in {data.get("pattern"), *event.patterns}:
                last[str(name)] = data.get("action", "")
    return frozenset(name for name, action in last.items() if action == "reject")


def _score(effect: Mapping[str, Any] | None) -> float:
    score = effect["score"] if effect else None
    return 0.5 if score is None else float(score)


def _behind(events: Iterable[Event], library: Library) -> dict[str, list[Event]]:
    """The facts by the name that their pattern has today, in the order of their times."""
    found: dict[str, list[Event]] = {}
    for event in events:
        for name in event.patterns if event.kind in _FACTS else ():
            known = library.find(name)
            found.setdefault(known.name if known else name, []).append(event)
    return found


def _last_seen(events: Sequence[Event], now: str) -> str | None:
    """The last dated one up to now: the analyzer knows the day of a repeat, the event its second."""
    dated = (one.at for one in reversed(events) if one.at <= now and not json.loads(one.data).get("undated"))
    return next(dated, None)
