"""The event store: `.feedback-loop/events/`, one immutable file per event, segments for bulk (EV-1 to EV-5).

No file is ever rewritten, so two branches that both record events merge without a conflict. Readers take
the union of what they find and check every event's hash: what is damaged is named and hides nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import format_event, format_loose, parse_record
from feedback_loop.stores.event_files import (
    FOLDER,
    LOOSE_CAP,
    SEGMENT,
    SEGMENT_CAP,
    check_folders,
    event_path,
    parsed,
    segment_names,
    walk_events,
)
from feedback_loop.stores.file_batch import write_batch
from feedback_loop.stores.files import safe_read, sync_folder, write_new

LOOSE = 100  # more than these at once become one segment
SEGMENT_SIZE = 32 << 20  # bytes; a bulk of more becomes several
_SHOWN = 5  # paths in a message
# A file to be: its path below the root, its bytes, the events in it.
_File: TypeAlias = tuple[str, bytes, list[Event]]
_write = json.JSONEncoder(sort_keys=True).encode


@dataclass(frozen=True)
class Appended:
    """How many events were written, and how many were there already; `known` are the ids of those."""

    written: int
    present: int
    paths: tuple[str, ...] = ()  # files written, below the root
    known: frozenset[str] = frozenset()


class BlockedEvents(MachineFault):
    """Other bytes stand under the names of some events: damaged files. All others of the call are written.

    `paths` are those files, below the root, `events` the ids that are missing, `done` is what was written.
    """

    def __init__(self, paths: Sequence[str], events: frozenset[str], done: Appended) -> None:
        shown = ", ".join(paths[:_SHOWN]) + (
            f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        )
        number = f"{len(events)} event{'s' if len(events) > 1 else ''}"
        super().__init__(
            f"cannot write {number}: other bytes stand there, damaged or changed: {shown}",
            f"all others are written; restore it with `git checkout -- {paths[0]}`, or remove it",
        )
        self.paths = tuple(paths)
        self.events = events
        self.done = done


@dataclass(frozen=True)
class EventsRead:
    """Events by (`at`, `id`), once each; `problems` name what could not be read."""

    events: tuple[Event, ...]
    problems: tuple[Problem, ...]

    @property
    def degraded(self) -> bool:
        """Whether something was left out because it could not be read."""
        return bool(self.problems)


# -- writing ---------------------------------------------------------------------------------------


def append_events(
    root: str, events: Sequence[Event], *, segment: bool = False, sought: bool = True
) -> Appended:
    """Write the events that are not there yet; on return they are on the disk.

    Up to a hundred are a file each, more are a segment, beyond 32 MiB several segments, each for itself.
    With `segment` one event is a segment already, and all are there or none: only a kill at the moment when
    several segments get their names, one right after the other, leaves the first of them. With `sought`
    False nobody looks for the events in the segments that are there: the caller knows that they are new.

    Raises UserError if the store is a link, BlockedEvents if damaged files stand in the way of some,
    MachineFault when the disk says no: what was written before that stays (with `segment` nothing does, and
    damaged files are this fault too), and the call can be repeated.
    """
    wanted = {event.id: event for event in events}
    if not wanted:
        return Appended(0, 0)
    check_folders(root, {event.at[:7] for event in wanted.values()})
    known = _present(root, wanted) if sought else set()
    fresh = sorted((event for event in wanted.values() if event.id not in known), key=by_time)
    if segment and fresh:
        made, same = _put_together(root, fresh)
        known |= same
        return Appended(len(wanted) - len(known), len(known), made, frozenset(known))
    files = _segments(fresh) if len(fresh) > LOOSE else _loose(fresh)
    paths: list[str] = []
    blocked: dict[str, list[Event]] = {}
    for path, data, held in files:
        try:
            if write_new(f"{root}/{path}", data):
                paths.append(path)
            else:  # another writer was faster
                known |= {event.id for event in held}
        except MachineFault:
            if not _is_blocked(root, path, held):
                raise
            blocked[path] = held
    missing = frozenset(event.id for held in blocked.values() for event in held)
    written = len(wanted) - len(known) - len(missing)
    done = Appended(written, len(known), tuple(paths), frozenset(known))
    if blocked:
        raise BlockedEvents(list(blocked), missing, done)
    return done


def _put_together(root: str, events: Sequence[Event]) -> tuple[tuple[str, ...], set[str]]:
    """The paths of the segments that were written, and the ids of events whose segment was there already."""
    ids: dict[str, list[str]] = {}

    def files() -> Iterator[tuple[str, bytes]]:
        for path, data, held in _segments(events):
            ids[path] = [event.id for event in held]
            yield f"{root}/{path}", data

    made = [path.removeprefix(f"{root}/") for path in write_batch(files())]
    return tuple(made), {one for path in ids.keys() - set(made) for one in ids[path]}


def _is_blocked(root: str, path: str, events: list[Event]) -> bool:
    """Whether something stands there that does not hold the events: what we wrote ourselves does."""
    if not os.path.lexists(f"{root}/{path}"):
        return False
    if SEGMENT.match(os.path.basename(path)):
        return len(_ids_in(root, path, [event.id for event in events])) < len(events)
    return not _is_there(root, events[0])


def _present(root: str, wanted: dict[str, Event]) -> set[str]:
    """The ids of those that are there: as files, and in segments of the months that they fall into.

    A bulk stands in the month of its first event. Of its later months one event alone is not looked for
    there: it is written a second time, which readers do not notice.
    """
    known: set[str] = set()
    by_month: dict[str, list[Event]] = {}
    for event in wanted.values():
        by_month.setdefault(event.at[:7], []).append(event)
    for month in sorted(by_month):
        named = [event for event in by_month[month] if os.path.lexists(f"{root}/{event_path(event)}")]
        loose = {event.id for event in named if _is_there(root, event)}
        if loose:  # whoever wrote them may have been stopped before their names were on the disk
            sync_folder(f"{root}/{FOLDER}/{month}")
        known |= loose
        for name in segment_names(root, month):
            known |= _ids_in(root, f"{FOLDER}/{month}/{name}", wanted.keys() - known)
    return known


def _is_there(root: str, event: Event) -> bool:
    """Whether the event's own file holds it, in whatever layout."""
    try:
        data = safe_read(root, event_path(event), LOOSE_CAP)
        return parse_record(data).id == event.id
    except (OSError, UserError):
        return False  # `write_new` says what stands in the way


_ID = re.compile(rb'"id":"([0-9a-f]{64})","kind"')


def _ids_in(root: str, path: str, wanted: Iterable[str]) -> set[str]:
    try:
        data = safe_read(root, path, SEGMENT_CAP)
    except (OSError, UserError):
        return set()
    asked = {one.encode("ascii") for one in wanted}
    if asked.isdisjoint(_ID.findall(data)):
        return set()
    found = set()
    for line in data.split(b"\n"):
        if not asked.isdisjoint(_ID.findall(line)):
            event = parsed(line)
            if isinstance(event, Event):
                found.add(event.id)
    return found & set(wanted)


def write_segments(root: str, events: Sequence[Event]) -> list[str]:
    """Write the events, sorted, as segments; their paths below the root."""
    paths = []
    for path, data, _ in _segments(events):
        write_new(f"{root}/{path}", data)
        paths.append(path)
    return paths


def _loose(events: Iterable[Event]) -> Iterator[_File]:
    for event in events:
        yield event_path(event), format_loose(event).encode("ascii"), [event]


def _segments(events: Sequence[Event]) -> Iterator[_File]:
    lines: list[bytes] = []
    held: list[Event] = []
    size = 0
    for event in events:
        line = format_event(event).encode("ascii")
        if held and size + len(line) > SEGMENT_SIZE:
            yield _segment(lines, held)
            lines, held, size = [], [], 0
        lines.append(line)
        held.append(event)
        size += len(line)
    yield _segment(lines, held)


def _segment(lines: list[bytes], events: list[Event]) -> _File:
    data = b"".join(lines)
    name = f"segment-{hashlib.sha256(data).hexdigest()[:16]}.jsonl"
    return f"{FOLDER}/{events[0].at[:7]}/{name}", data, events


# -- reading ---------------------------------------------------------------------------------------


def read_events(root: str, since: str | None = None, until: str | None = None) -> EventsRead:
    """The events from `since` up to but without `until` (both like `Event.at`), of all that can be read.

    Left out are those that a tombstone names, wherever it stands, and of several reports of one occurrence
    in one run all but the first (C9b). Raises UserError if the store is a link.
    """
    problems: list[Problem] = []
    found: dict[str, Event] = {}
    buried: set[str] = set()
    for stored in walk_events(root, problems.append, since, until):
        event = stored.event
        if event.kind == "tombstone":
            buried.add(str(json.loads(event.data)["event"]))
        if (since is None or event.at >= since) and (until is None or event.at < until):
            found[event.id] = event
    kept = (event for event in found.values() if event.id not in buried or event.kind == "tombstone")
    return EventsRead(tuple(_once_per_run(sorted(kept, key=by_time))), tuple(sorted(problems)))


def by_time(event: Event) -> tuple[str, str]:
    """As events compare, without the tuples of all eight fields that they would make for each comparison."""
    return event.at, event.id


def _once_per_run(events: Iterable[Event]) -> Iterator[Event]:
    seen: set[tuple[str, str]] = set()
    for event in events:
        key = run_key(event)
        if key is None:
            yield event
        elif key not in seen:
            seen.add(key)
            yield event


def run_key(event: Event) -> tuple[str, str] | None:
    """What reports of one occurrence in one run have in common (C9b); None where no run is named."""
    if '"occurrence":' not in event.data or '"run":' not in event.data:
        return None
    return occurrence_key(event.kind, json.loads(event.data))


def occurrence_key(kind: str, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """The same of an event of that kind with these fields."""
    occurrence = data.get("occurrence")
    if isinstance(occurrence, dict) and occurrence.get("run"):
        return kind, _write(occurrence)
    return None
