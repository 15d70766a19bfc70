"""The patterns that recognise a failure of a run, with what events say of each (C1, C4 to C8, C26)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from feedback_loop.api.context.failure_record import ABOUT, FailureOwners, Tally, count_failures, read_records
from feedback_loop.api.generation_figures import Known, tell
from feedback_loop.domain.event import Event
from feedback_loop.domain.failure_list import FailureList, FailureRecord
from feedback_loop.domain.gap import failure_signatures
from feedback_loop.domain.generation_figures import Exposed, Shown
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Pattern
from feedback_loop.formats.signed_pattern import signed
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace

Clock = Callable[[], datetime]


def read_failures(workspace: Workspace, library: Library, clock: Clock | None = None) -> FailureList:
    """Those of every state, the most severe first (C8), then by name; ages are counted to the clock."""
    patterns = [one for one in library.patterns if failure_signatures(one)]
    counts, notes = read_records(workspace, [signed(one) for one in patterns])
    now = _now(clock)
    found = [_record(one, counts.of(one.name), now) for one in patterns]
    return FailureList(tuple(sorted(found, key=lambda one: (-one.severity, one.name))), notes)


def find_record(workspace: Workspace, pattern: Pattern, clock: Clock | None = None) -> FailureRecord | None:
    """The record of one pattern with the events behind it, the newest first.

    None if it recognises no failure of a run (no event is read then), and for one that a person wrote
    whose failure was never seen.
    """
    if not failure_signatures(pattern):
        return None
    own = [signed(pattern)]
    owners = FailureOwners(own)
    events = [one for one in read_events(workspace.root).events if one.kind in ABOUT and owners.of_event(one)]
    shown, exposed = _behind(events, pattern)
    record = _record(pattern, count_failures(events, own).get(pattern.name, Tally()), _now(clock))
    found = replace(record, shown=shown, exposed=exposed)
    return found if found.is_telling else None


def _behind(events: Iterable[Event], pattern: Pattern) -> tuple[tuple[Shown, ...], tuple[Exposed, ...]]:
    """The events as values, under the pattern's name: they are known to be about it."""
    known = Known.of([pattern])
    shown: dict[str, Shown] = {}
    exposed: dict[str, Exposed] = {}
    for event in sorted(events, key=lambda one: (one.at, one.id), reverse=True):
        for one in tell([replace(event, patterns=(pattern.name,))], known):
            if isinstance(one, Shown):
                shown[event.id] = one
            else:
                exposed[event.id] = one._replace(pattern=pattern.name)
    return tuple(shown.values()), tuple(exposed.values())


def _record(pattern: Pattern, counts: Tally, now: int) -> FailureRecord:
    return FailureRecord(
        name=pattern.name,
        state=pattern.state,
        signatures=failure_signatures(pattern),
        runs=counts.occurrences,
        hits=counts.hits,
        prevented=counts.times_prevented,
        last=counts.last,
        severity=counts.severity(now),
    )


def _now(clock: Clock | None) -> int:
    return int((clock() if clock else datetime.now(UTC)).timestamp())
