"""The figures of the generation loop over one period, from what runs showed and could have shown (C26)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from feedback_loop.domain.exposure import CLEAN, PREVENTED, RECURRED
from feedback_loop.domain.failure_kind import UNCLASSIFIED
from feedback_loop.domain.generation_figures import (
    SETTLED,
    Exposed,
    FirstClean,
    GenerationFigures,
    Repeats,
    Shown,
    generations_of,
)

Holds: TypeAlias = Callable[[int], bool]
# A generation, or a run that belongs to none: ("", run).
_Group: TypeAlias = tuple[str, str]


def measure_generation(
    shown: Iterable[Shown], exposed: Iterable[Exposed], holds: Holds = lambda at: True
) -> GenerationFigures | None:
    """The figures of the events whose time `holds` takes; None if there are none.

    What came before the period is needed too: a failure is repeated if an earlier run showed it, whenever
    that was. What comes after it must not be given. Runs stand in the order of their first event, at one
    moment in that of their names.
    """
    told = _Runs.of(tuple(shown), tuple(exposed))
    inside = [one for one in told.shown if holds(one.at)]
    runs = {told.group(one) for one in told.events if holds(one.at)}
    if not runs:
        return None
    kinds = _kinds(told.shown)
    captured = {one.pattern for one in inside}
    pairs = {(one.pattern, told.group(one)) for one in inside}
    repeated = [group for name, group in pairs if told.first[name] < told.order[group]]
    late = {group for group in runs if told.order[group] >= SETTLED}
    return GenerationFigures(
        captured=len(captured),
        by_error_type=_most(kinds[name][0] for name in captured),
        by_constraint=_most(kinds[name][1] for name in captured),
        repeats=Repeats(len(repeated), len(runs)),
        settled=Repeats(sum(group in late for group in repeated), len(late)),
        occurrences=len(pairs),
        prevented=_prevented(told.exposed, holds),
        first_clean=_first_clean(told, captured, holds),
    )


@dataclass(frozen=True)
class _Runs:
    """What events say, with the place of each run (`order`) and of each pattern's first run (`first`)."""

    shown: Sequence[Shown]
    exposed: Sequence[Exposed]
    events: Sequence[Shown | Exposed]
    generations: Mapping[str, str]
    order: Mapping[_Group, int]
    first: Mapping[str, int]

    @classmethod
    def of(cls, shown: Sequence[Shown], exposed: Sequence[Exposed]) -> _Runs:
        generations = generations_of((one.run, one.generation) for one in exposed)
        events: tuple[Shown | Exposed, ...] = (*shown, *exposed)
        began: dict[_Group, int] = {}
        for one in events:
            group = _group(one, generations)
            began[group] = min(began.get(group, one.at), one.at)
        ordered = sorted(began, key=lambda group: (began[group], group))
        order = {group: place for place, group in enumerate(ordered)}
        first: dict[str, int] = {}
        for sight in shown:
            place = order[_group(sight, generations)]
            first[sight.pattern] = min(first.get(sight.pattern, place), place)
        return cls(shown, exposed, events, generations, order, first)

    def group(self, one: Shown | Exposed) -> _Group:
        return _group(one, self.generations)


def _group(one: Shown | Exposed, generations: Mapping[str, str]) -> _Group:
    generation = one.generation if isinstance(one, Exposed) else ""
    generation = generation or generations.get(one.run, "")
    return (generation, "") if generation else ("", one.run)


def _kinds(shown: Iterable[Shown]) -> dict[str, tuple[str, str]]:
    """Error type and constraint of each pattern, as its newest event that knows them says."""
    found: dict[str, tuple[str, str]] = {}
    for one in sorted(shown, key=lambda one: (one.at, one.event)):
        known = found.get(one.pattern)
        if known is None or one.constraint != UNCLASSIFIED or known[1] == UNCLASSIFIED:
            found[one.pattern] = one.error_type, one.constraint
    return found


def _most(kinds: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(kinds).items(), key=lambda item: (-item[1], item[0])))


def _prevented(exposed: Sequence[Exposed], holds: Holds) -> int:
    """Pairs of pattern and generation with a prevented run in the period and no recurred one ever (C6)."""
    named = [one for one in exposed if one.pattern and one.generation]
    back = {(one.pattern, one.generation) for one in named if one.outcome == RECURRED}
    good = {(one.pattern, one.generation) for one in named if one.outcome == PREVENTED and holds(one.at)}
    return len(good - back)


def _first_clean(told: _Runs, captured: Iterable[str], holds: Holds) -> FirstClean:
    """Over failures whose first clean exposure lies in the period; those waiting were seen in it."""
    back = {(one.pattern, told.group(one)) for one in told.exposed if one.outcome == RECURRED}
    back |= {(one.pattern, told.group(one)) for one in told.shown}
    steps: dict[str, tuple[int, bool]] = {}
    for one in sorted(told.exposed, key=lambda one: told.order[told.group(one)]):
        first, place = told.first.get(one.pattern), told.order[told.group(one)]
        clean = one.outcome in (PREVENTED, CLEAN) and (one.pattern, told.group(one)) not in back
        if clean and first is not None and place > first:
            steps.setdefault(one.pattern, (place - first, holds(one.at)))
    found = [step for step, inside in steps.values() if inside]
    return FirstClean(median(found) if found else None, len(found), len(set(captured) - steps.keys()))
