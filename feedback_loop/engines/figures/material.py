"""What a figure is explained from, and how commits and events are listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from feedback_loop.domain.effect import Adoption, CodeEffect, EffectOptions
from feedback_loop.domain.explanation import COMMIT, EVENT, FILE, PLAN, TRAILER, Listed, Reported, Total
from feedback_loop.domain.figure import LIBRARY, FigureId
from feedback_loop.domain.history import NO_TIME, Fact, History, Span
from feedback_loop.domain.lives import Lives
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.rollup import Durations, Figures, HotSpot


@dataclass(frozen=True)
class Material:
    """All that reports are made from, for one period. Mappings are by pattern.

    `figures` are the roll-up of the span, `events` those of the period, in the order of time, under the
    names that patterns have today. `effects` and `durations` are as of the span's end, whenever it starts.
    `spots` are those of all patterns together. `inputs` are (name, text).
    """

    history: History
    lives: Lives
    span: Span
    figures: Mapping[str, Figures]
    options: EffectOptions
    effects: Mapping[str, CodeEffect]
    adoptions: Mapping[str, Adoption]
    durations: Mapping[str, Durations]
    events: tuple[Reported, ...] = ()
    spots: tuple[HotSpot, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()

    def names(self, figure: FigureId) -> tuple[str, ...]:
        """The patterns that it is about."""
        return self.history.patterns if figure.name == LIBRARY else (figure.name,)

    def facts(self, names: Iterable[str], sign: int, span: Span | None = None) -> Iterator[Fact]:
        """What was written of these patterns and landed in the span, in the order of reports."""
        wanted, commits, span = set(names), self.history.commits, span or self.span
        chosen = [
            fact
            for fact in self.history.written
            if fact.sign == sign and fact.pattern in wanted and span.holds(commits.landing[fact.commit])
        ]
        chosen.sort(
            key=lambda one: (commits.order(one.commit), one.pattern, one.path, one.line, one.detector)
        )
        return iter(chosen)


@dataclass(frozen=True)
class Draft:
    """What a measure knows of a figure, without its name, definition and inputs."""

    value: float | None
    text: str
    formula: str
    listed: tuple[Listed, ...] = ()
    totals: tuple[Total, ...] = ()


def counted(value: int, formula: str, listed: Iterable[Listed], *totals: Total) -> Draft:
    """The draft of a figure that is a count."""
    return Draft(value, str(value), formula, tuple(listed), totals)


def list_fact(given: Material, fact: Fact, total: str = "", note: str = "") -> Listed:
    """The fact as a line of the list; it counts once if it belongs to a total."""
    return list_commit(given, fact.commit, fact.pattern, f"{fact.path}:{fact.line}", fact.kind, total, note)


def list_commit(
    given: Material, commit: int, pattern: str, place: str, kind: str, total: str = "", note: str = ""
) -> Listed:
    """The same of something else that a commit did."""
    columns = given.history.commits
    landed = columns.landed_in(commit)
    return Listed(
        COMMIT,
        columns.oids[commit],
        when(columns.times[commit]),
        pattern,
        place,
        kind,
        total,
        1 if total else 0,
        note,
        columns.oids[landed] if landed != commit else "",
    )


def list_event(event: Reported, pattern: str, total: str = "", amount: int = 0, note: str = "") -> Listed:
    """An event that names the pattern."""
    source = {TRAILER: COMMIT, PLAN: FILE}.get(event.kind, EVENT)
    return Listed(source, event.id, when(event.at), pattern, event.place, event.kind, total, amount, note)


def when(moment: int) -> str:
    """ISO 8601 in UTC; "" for a clock that says nothing."""
    return "" if moment == NO_TIME else format_moment(moment)
