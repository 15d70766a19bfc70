"""What of a collector is new to the event store (A30): an occurrence is written once, whoever imports it.

A collector remembers what it has written. Of what it has not seen itself (entries from JSON, with given
times, edited ones) only that much is new as the store lacks: events of the same fact between its first
and its last time are taken for earlier saves of the same entry.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from feedback_loop.api.library import open_library
from feedback_loop.api.metric_entries import REPEAT_KEYS, Entry
from feedback_loop.api.metric_events import CATEGORY_OF, FIELDS, event_fields, is_plan, plan_fields
from feedback_loop.api.metric_repeats import Key
from feedback_loop.api.metric_shares import Day, Group, Memories, groups_of
from feedback_loop.domain.event import Event
from feedback_loop.domain.names import Names
from feedback_loop.errors import InputError
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.workspace import Workspace

# How often a fact was written, by day.
Written: TypeAlias = dict[Day, int]
_REPEATED = {"bug": ("error", "file_path"), "test_failure": ("test_name", "failure_reason")}


@dataclass(frozen=True)
class Origin:
    """What the events of one save say about where they come from; `at` is for undated entries."""

    at: str | None = None
    by: str | None = None
    commit: str | None = None
    source: dict[str, Any] | None = None


@dataclass
class Saved:
    """What became of the entries. `skipped` names those that could not be written, and why."""

    written: int = 0
    present: int = 0
    skipped: list[str] = field(default_factory=list)


class Recorder:
    """Writes a collector's entries into stores, and knows what it wrote into each."""

    def __init__(self) -> None:
        self.memories = Memories()
        self._ledgers: dict[str, dict[tuple[str, Key], Written]] = {}
        self._pending: dict[str, list[Event]] = {}

    def began(self, category: str, key: Key | None, entry: Entry, live: bool) -> None:
        """An entry was logged; `live`: just now, not with a time of its own."""
        if live:
            self.memories.begin(entry)
        if key is not None:
            for ledger in self._ledgers.values():
                ledger.pop((category, key), None)

    def know(self, root: str, data: dict[str, list[Entry]]) -> None:
        """These entries were read from the store of this repository."""
        ledger = self._ledgers.setdefault(os.path.realpath(root), {})
        for group in groups_of(data, self.memories, []):
            ledger[group.category, group.key] = {day: number for day, (number, _) in group.shares.items()}

    def save(self, workspace: Workspace, data: dict[str, list[Entry]], origin: Origin) -> Saved:
        """Write what is new. Raises MachineFault if the disk says no; a later call makes up for it."""
        root = os.path.realpath(workspace.root)
        saved = Saved()
        groups = groups_of(data, self.memories, saved.skipped)
        ledger = self._ledgers.setdefault(root, {})
        planner = _Planner(workspace, origin, ledger)
        events = self._pending.get(root, []) + planner.plan(groups, saved)
        ledger.update(planner.written)
        self._pending[root] = events
        if events:
            appended = append_events(workspace.root, events)
            saved.written += appended.written
            saved.present += appended.present
        del self._pending[root]
        return saved


class _Planner:
    """The events of one save; `written` is what will have been written then, of each fact by day."""

    def __init__(self, workspace: Workspace, origin: Origin, ledger: dict[tuple[str, Key], Written]) -> None:
        self._workspace = workspace
        self._origin = origin
        self._ledger = ledger
        self._names: Names | None = None
        self.written: dict[tuple[str, Key], Written] = {}

    def plan(self, groups: list[Group], saved: Saved) -> list[Event]:
        """What is to be written; entries that cannot be are skipped, and named."""
        strange = [one for one in groups if (one.category, one.key) not in self._ledger and not one.live]
        stored = _Stored(self._workspace.root, strange)
        events: list[Event] = []
        for group in groups:
            try:
                events += self._events(group, stored, saved)
            except InputError as error:
                saved.skipped.append(f"{group.label}: {error.message}")
        return events

    def _events(self, group: Group, stored: _Stored, saved: Saved) -> list[Event]:
        kind, patterns, data = self._fields(group)
        written = self._written(group, stored, lambda at: self._event(kind, patterns, data, at))
        events = []
        for day, (number, at) in group.shares.items():
            before = written.get(day, 0)
            if number <= before:
                saved.present += 1
                continue
            time = at if day else self._origin.at
            if time is None:
                saved.skipped.append(f"{group.label}: undated, and no time was given for it")
                continue
            more = data if day else data | {"undated": True}
            for extra in _portions(kind, number, before):
                events.append(self._event(kind, patterns, more | extra, time))
            written[day] = number
        self.written[group.category, group.key] = written
        return events

    def _written(self, group: Group, stored: _Stored, event: Callable[[str], Event]) -> Written:
        """How much of the group is in the store, a dict of your own; `event` makes one to compare with."""
        known = self._ledger.get((group.category, group.key))
        if known is not None:
            return dict(known)
        return {} if group.live else stored.covered(group, event(group.last or _ANY))

    def _fields(self, group: Group) -> tuple[str, list[str], Entry]:
        if group.category != "code_generation" or not is_plan(group.entry):
            return event_fields(group.category, group.entry)
        if self._names is None:
            patterns = open_library(self._workspace).patterns
            self._names = Names((one.name, one.state, one.supersedes, one.conflicts) for one in patterns)
        return plan_fields(group.entry, group.declared, self._names, self._workspace.root)

    def _event(self, kind: str, patterns: list[str], data: Entry, at: str) -> Event:
        origin = self._origin
        return make_event(
            kind, at, data, patterns=patterns, source=origin.source, by=origin.by, commit=origin.commit
        )


_ANY = "2000-01-01T00:00:00Z"  # of an event that is only looked at


def _portions(kind: str, number: int, before: int) -> Iterator[Entry]:
    """What tells the events of one fact and day apart: one for all repeats, or one for each."""
    if kind in _REPEATED:
        count = {"count": number - before} if number - before > 1 else {}
        yield count | _occurrence(before)
    else:
        yield from map(_occurrence, range(before, number))


def _occurrence(index: int) -> Entry:
    return {"occurrence": {"index": index}} if index else {}


class _Stored:
    """The events of a store by the fact they are about, as far as these groups can need them."""

    def __init__(self, root: str, groups: list[Group]) -> None:
        self._found: dict[object, list[tuple[str, bool, int]]] = {}
        if not groups:
            return
        firsts = [group.first if group.category in REPEAT_KEYS else group.last for group in groups]
        open_ended = any(None in group.shares for group in groups)
        since = None if open_ended else min(firsts)[:10]
        since = f"{since}T00:00:00Z" if since else None
        for event in read_events(root, since).events:
            if event.kind not in CATEGORY_OF:
                continue
            data = event_data(event)
            count = data.get("count", 1)
            self._found.setdefault(_fact(event, data), []).append(
                (event.at, data.get("undated") is True, count)
            )

    def covered(self, group: Group, probe: Event) -> Written:
        """How much of the group is there already, by day; the texts are compared as they are written."""
        found = self._found.get(_fact(probe, event_data(probe)), [])
        written: Written = {None: sum(count for _, undated, count in found if undated)}
        first = group.first if group.category in REPEAT_KEYS else group.last
        for at, undated, count in found:
            if undated or not first <= at <= group.last:
                continue
            day = group.last[:10] if group.whole else at[:10]
            written[day] = written.get(day, 0) + count
        return written


def _fact(event: Event, data: Entry) -> object:
    """What an event has in common with others of the same fact: only what an entry holds, too."""
    fields = _REPEATED.get(event.kind)
    if fields:
        pattern = event.patterns[:1] if event.kind == "bug" else ()
        return event.kind, pattern, *(data.get(name) for name in fields)
    if event.kind == "plan":
        items = [item for item in data["declared"] if isinstance(item, dict)]
        boxes = sorted((str(item.get("name")), item.get("checked") is True) for item in items)
        return event.kind, data["path"], *boxes
    known = {name: data.get(name) for name in FIELDS[CATEGORY_OF[event.kind]]}
    return event.kind, event.patterns, json.dumps(known, sort_keys=True)
