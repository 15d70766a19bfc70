"""Figures with what they count: the commits and events behind a number, in the order of reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from feedback_loop.domain.figure import (
    DECLARED,
    FIXED,
    FREQUENCY,
    INTRODUCED,
    LIBRARY,
    OPEN,
    PREVENTIONS,
    FigureId,
)
from feedback_loop.domain.history import Fact
from feedback_loop.domain.retro import MOST_SOURCES, Figure
from feedback_loop.engines.retro.held import open_places
from feedback_loop.engines.retro.inputs import FACTS, RetroInput, Stretch, Told


class Counts:
    """The figures of one stretch, by pattern; figures of code facts have the values of the roll-up."""

    def __init__(self, given: RetroInput, stretch: Stretch) -> None:
        self._given = given
        self._stretch = stretch
        self._events = [one for one in given.events if stretch.holds(one.at)]

    def introduced(self, pattern: str) -> Figure:
        """Commits that introduced it (H20)."""
        figures = self._stretch.figures.get(pattern)
        commits = self._written.get((pattern, INTRODUCED), ())
        return self._figure(pattern, INTRODUCED, figures.introduced if figures else 0, commits)

    def fixed(self, pattern: str) -> Figure:
        """Commits that fixed it."""
        figures = self._stretch.figures.get(pattern)
        commits = self._written.get((pattern, FIXED), ())
        return self._figure(pattern, FIXED, figures.fixed if figures else 0, commits)

    def reported(self, pattern: str) -> int:
        """Occurrences that events report."""
        return sum(one.times for one in self._told(pattern))

    def frequency(self, pattern: str) -> Figure:
        """Introductions and reports; an event about a commit that is counted adds nothing (H54)."""
        commits = self._written.get((pattern, INTRODUCED), ())
        figures = self._stretch.figures.get(pattern)
        counted = {self._given.history.commits.oids[one] for one in commits}
        apart = [one for one in self._told(pattern) if one.commit not in counted]
        total = (figures.introduced if figures else 0) + sum(one.times for one in apart)
        return self._figure(pattern, FREQUENCY, total, commits, (one.id for one in apart))

    def preventions(self, pattern: str) -> Figure:
        """Findings that the hook showed and that were gone from the commit (H57)."""
        events = [one for one in self._events if one.kind == "prevention" and pattern in one.patterns]
        return self._figure(pattern, PREVENTIONS, len(events), (), (one.id for one in events))

    def injections(self, pattern: str) -> int:
        """How often it was put into a prompt."""
        return sum(one.kind == "injection" and pattern in one.patterns for one in self._events)

    def declared(self, pattern: str) -> Figure:
        """How often a plan or a commit message named it, as the input says."""
        return self._figure(pattern, DECLARED, (self._given.declared or {}).get(pattern, 0), ())

    def total(self, measure: str, figures: Iterable[Figure]) -> Figure:
        """The sum over all patterns, `library.MEASURE`; what is open is so whatever the period."""
        identity = FigureId(LIBRARY, measure, "" if measure == OPEN else self._stretch.name)
        return Figure(str(identity), sum(one.value or 0 for one in figures))

    @property
    def events(self) -> int:
        """How many events lie in the stretch."""
        return len(self._events)

    def _told(self, pattern: str) -> list[Told]:
        return [one for one in self._events if one.kind in FACTS and pattern in one.patterns]

    def _figure(
        self, pattern: str, measure: str, value: int, commits: Iterable[int], events: Iterable[str] = ()
    ) -> Figure:
        identity = str(FigureId(pattern, measure, self._stretch.name))
        return made(self._given, identity, value, commits, events)

    @cached_property
    def _written(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        """(pattern, kind) -> the commits with such facts that landed in the stretch."""
        landing = self._given.history.commits.landing
        found: dict[tuple[str, str], dict[int, None]] = {}
        for fact in self._given.history.written:
            if _counts(fact) and self._stretch.span.holds(landing[fact.commit]):
                found.setdefault((fact.pattern, fact.kind), {})[fact.commit] = None
        return {key: tuple(commits) for key, commits in found.items()}


def _counts(fact: Fact) -> bool:
    return fact.kind == (INTRODUCED if fact.sign > 0 else FIXED)


def open_figures(given: RetroInput) -> Mapping[str, Figure]:
    """What the basis holds, by pattern: its value is the scan's, its commits wrote what is open."""
    counted = dict.fromkeys((one.name for one in given.patterns), 0)
    writers: dict[str, set[int]] = {}
    for held, fact in open_places(given):
        counted[held.pattern] = counted.get(held.pattern, 0) + 1
        if fact is not None:
            writers.setdefault(held.pattern, set()).add(fact.commit)
    return {
        name: made(given, str(FigureId(name, OPEN)), value, writers.get(name, ()))
        for name, value in counted.items()
    }


def made(
    given: RetroInput,
    identity: str,
    value: float | None,
    commits: Iterable[int],
    events: Iterable[str] = (),
) -> Figure:
    """A figure whose sources are named in the order of reports, so many as a document bears."""
    columns = given.history.commits
    oids = [columns.oids[one] for one in sorted(set(commits), key=columns.order)]
    named = list(events)
    left = max(0, len(oids) - MOST_SOURCES) + max(0, len(named) - MOST_SOURCES)
    return Figure(identity, value, tuple(oids[:MOST_SOURCES]), tuple(named[:MOST_SOURCES]), left)
