"""What runs say of each known failure, as events: prevented, recurred or clean (C6, C25)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_loop.api.context.failure_record import FailureOwners
from feedback_loop.api.context.library_store import signed_patterns
from feedback_loop.api.search.opening import open_search
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import RunSeen
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.gap import is_general_signature
from feedback_loop.domain.text import visible
from feedback_loop.engines.exposure import Exposure, Given, Scope, find_exposures
from feedback_loop.formats.records import event_data, make_event

if TYPE_CHECKING:
    from feedback_loop.formats.signed_pattern import SignedPattern
    from feedback_loop.workspace import Workspace

_STATES = ("active", "proposed")
_SOURCE = {"kind": "smoke"}
_WIDE = (None, ANY)


class Exposed(NamedTuple):
    """Events that are not written yet, and notes on runs that cannot have any."""

    events: list[Event]
    notes: list[str]


def exposure_events(workspace: Workspace, seen: Sequence[RunSeen], stored: Sequence[Event]) -> Exposed:
    """The events that the runs make: of each its own, then one for each pattern in scope.

    `stored` are the events of the repository, `seen` holds a run once. None for a run that names neither
    endpoints nor a generation, and for one that is known as another generation's, which a note says: a run
    has one. A run that was known without a generation gets its events when the generation is named; one that
    is known with it those that are missing of patterns that the generation was warned of or that were
    withheld from it: the manifest or the injection may have come later.

    The patterns are those in force or proposed as the files lie now, so candidates are written before.
    Raises InputError for a name that no event can hold.
    """
    told = [one for one in map(_plain, seen) if one.executed or one.generation]
    made = Exposed([], [])
    if not told:
        return made
    known = _read(told, stored)
    patterns = _Patterns(signed_patterns(open_search(workspace), _STATES))
    for one in told:
        ended = known.generations(one)
        if one.generation and ended and one.generation not in ended:
            run, generation = visible(one.run), visible(min(ended))
            made.notes.append(f"run {run} is known as one of generation {generation}: nothing is credited")
        elif not known.is_told(one):
            made.events.append(_event(one, _run_data(one), ()))
            made.events.extend([_outcome(one, each) for each in patterns.exposures(one, known)])
        else:
            made.events.extend([_outcome(one, each) for each in patterns.missing(one, known)])
    return made


def _plain(seen: RunSeen) -> RunSeen:
    """With the generation that the manifest names, each endpoint once, in order."""
    generation = seen.generation or (seen.manifest.generation_id if seen.manifest else "")
    return replace(seen, executed=tuple(sorted(set(seen.executed))), generation=generation)


class _Patterns:
    """What the patterns are about, and their names of today."""

    def __init__(self, signed: Sequence[SignedPattern]) -> None:
        self._owners = FailureOwners(signed)
        self._by_name = {one.name: one for one in signed}
        self._members = {one.name: self._members_of(one) for one in signed}
        self._scopes = [scope for one in signed for scope in self._scopes_of(one)]

    def exposures(self, seen: RunSeen, known: _Stored) -> list[Exposure]:
        occurred = set(self._owners.named(seen.occurred))
        occurred |= {name for name, members in self._members.items() if not occurred.isdisjoint(members)}
        injected, withheld = (
            frozenset(self._owners.named(names.get(seen.generation, ())))
            for names in (known.injected, known.withheld)
        )
        given = Given(injected - withheld, withheld)
        return find_exposures(replace(seen, occurred=frozenset(occurred)), self._scopes, given)

    def missing(self, seen: RunSeen, known: _Stored) -> list[Exposure]:
        """Those of a run that is known, of what its generation was given, which no event tells yet."""
        if not seen.generation:
            return []
        told = self._owners.named(known.patterns.get((seen.run, seen.generation), ()))
        found = self.exposures(seen, known)
        return [one for one in found if (one.injected or one.withheld) and one.pattern not in told]

    def _members_of(self, pattern: SignedPattern) -> frozenset[str]:
        """What a general pattern was made of (C20a): the related ones of its exception and constraint."""
        general = [one for one in pattern.signatures if is_general_signature(one)]
        kinds = {(one.exception, one.constraint) for one in general}
        related = (self._by_name[name] for name in self._owners.named(pattern.related))
        return frozenset(
            one.name
            for one in related
            if any((told.exception, told.constraint) in kinds for told in one.signatures)
        )

    def _scopes_of(self, pattern: SignedPattern) -> Iterator[Scope]:
        """Those of its signatures and, of a general one, its members'."""
        for one in (pattern, *(self._by_name[name] for name in sorted(self._members[pattern.name]))):
            for told in one.signatures:
                if told.entity not in _WIDE or told.endpoint not in _WIDE:
                    yield Scope(pattern.name, told.entity or ANY, told.endpoint or ANY)


def _run_data(seen: RunSeen) -> dict[str, Any]:
    return {"pattern": None, "executed": list(seen.executed), "total": seen.total, "failed": seen.failed}


def _outcome(seen: RunSeen, one: Exposure) -> Event:
    data = {
        "pattern": one.pattern,
        "endpoint": one.endpoint or None,
        "injected": one.injected,
        "withheld": one.withheld,
        "occurred": one.occurred,
        "outcome": one.outcome,
    }
    return _event(seen, data, (one.pattern,))


def _event(seen: RunSeen, data: dict[str, Any], patterns: Iterable[str]) -> Event:
    """Neither an author nor a commit: two machines that ingest the same report write the same event."""
    data = {"run": seen.run, "generation_id": seen.generation or None} | data
    return make_event("exposure", seen.at, data, patterns=patterns, source=_SOURCE)


# -- what is known ---------------------------------------------------------------------------------


@dataclass
class _Stored:
    """What events say: patterns by generation, and by run and generation; executed endpoints by run."""

    injected: dict[str, set[str]] = field(default_factory=dict)
    withheld: dict[str, set[str]] = field(default_factory=dict)
    patterns: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    executed: dict[str, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)

    def generations(self, seen: RunSeen) -> set[str]:
        """The generation of the run; more than one would be a mistake."""
        return {generation for generation, _ in self.executed.get(seen.run, ()) if generation}

    def is_told(self, seen: RunSeen) -> bool:
        """Whether the run's own event is there."""
        told = self.executed.get(seen.run, ())
        same = [generation for generation, executed in told if executed == seen.executed]
        return seen.generation in same or (bool(same) and not seen.generation)


def _read(seen: Sequence[RunSeen], stored: Iterable[Event]) -> _Stored:
    known = _Stored()
    runs, generations = {one.run for one in seen}, {one.generation for one in seen} - {""}
    for event in stored:
        if event.kind not in ("injection", "exposure"):
            continue
        data = event_data(event)
        generation, run = data.get("generation_id") or "", data.get("run") or ""
        if event.kind == "injection":
            if generation in generations:
                known.injected.setdefault(generation, set()).update(data["patterns"])
                known.withheld.setdefault(generation, set()).update(data.get("withheld", ()))
        elif run in runs and data["pattern"] is None:
            known.executed.setdefault(run, []).append((generation, tuple(data.get("executed", ()))))
        elif run in runs:
            known.patterns.setdefault((run, generation), set()).add(data["pattern"])
    return known
