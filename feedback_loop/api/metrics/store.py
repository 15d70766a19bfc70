"""What of a collector is new to the event store (A30): an occurrence is written once, whoever imports it.

A collector remembers what it has written, and what was logged just now is never taken for something in
the store: an equal event there is another occurrence. Of what it has not seen itself (entries from JSON,
with given times, edited ones) only that much is new as the store lacks: events of the same fact between
its first and its last time are taken for earlier saves of the same entry.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from feedback_loop.api.library import open_library
from feedback_loop.api.metrics.entries import REPEAT_KEYS, Entry
from feedback_loop.api.metrics.entry_events import CATEGORY_OF, FIELDS, event_fields, is_plan, plan_fields
from feedback_loop.api.metrics.repeats import Key
from feedback_loop.api.metrics.shares import Day, Group, Memories, groups_of
from feedback_loop.api.metrics.writes import Outbox, Planned, Sent
from feedback_loop.domain.event import Event
from feedback_loop.domain.names import Names
from feedback_loop.errors import InputError
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.stores.events import read_events
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

    def add(self, sent: Sent) -> None:
        """Events that went to the store."""
        self.written += sent.written
        self.present += sent.present


class Recorder:
    """Writes a collector's entries into stores, and knows what it wrote into each."""

    def __init__(self) -> None:
        self.memories = Memories()
        self._ledgers: dict[str, dict[tuple[str, Key], Written]] = {}
        self._outboxes: dict[str, Outbox] = {}

    def began(self, category: str, key: Key | None, entry: Entry, live: bool) -> None:
        """An entry was logged; `live`: just now, not with a time of its own."""
        if live:
            self.memories.begin(entry)
        else:
            self.memories.give(entry)
        if key is not None:
            self._forget(category, key)

    def merged(self, category: str, key: Key, entry: Entry) -> None:
        """An entry grew by what is in a file: what of it is stored is to be looked up anew."""
        self.memories.doubt(entry)
        self._forget(category, key)

    def _forget(self, category: str, key: Key) -> None:
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
        outbox = self._outboxes.setdefault(root, Outbox())
        saved.add(outbox.retry(workspace.root))
        planner = _Planner(workspace, origin, ledger)
        planned = planner.plan(groups, saved)
        ledger.update(planner.written)
        saved.add(outbox.send(workspace.root, planned))
        outbox.complain()
        return saved


class _Planner:
    """The events of one save; `written` is what will have been written then, of each fact by day."""

    def __init__(self, workspace: Workspace, origin: Origin, ledger: dict[tuple[str, Key], Written]) -> None:
        self._workspace = workspace
        self._origin = origin
        self._ledger = ledger
        self._names: Names | None = None
        self.written: dict[tuple[str, Key], Written] = {}

    def plan(self, groups: list[Group], saved: Saved) -> list[Planned]:
        """What is to be written; entries that cannot be are skipped, and named."""
        strange = [one for one in groups if (one.category, one.key) not in self._ledger and not one.live]
        stored = _Stored(self._workspace.root, strange)
        planned: list[Planned] = []
        for group in groups:
            try:
                planned += self._events(group, stored, saved)
            except InputError as error:
                saved.skipped.append(f"{group.label}: {error.message}")
        return planned

    def _events(self, group: Group, stored: _Stored, saved: Saved) -> list[Planned]:
        kind, patterns, data = self._fields(group)
        written = self._written(group, stored, lambda at: self._event(kind, patterns, data, at))
        # What a collector has counted itself it knows to be new, but for repeats with given times.
        sure = group.live or (not group.given and (group.category, group.key) in self._ledger)
        planned = []
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
            for index, count in _portions(kind, number, before):
                make = partial(self._occurrence, kind, patterns, more | count, time)
                step = 1 if kind in _REPEATED else number - before
                planned.append(Planned(make(index), index, make, step, sure or group.fresh[day] > 0))
            written[day] = number
        self.written[group.category, group.key] = written
        return planned

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

    def _occurrence(self, kind: str, patterns: list[str], data: Entry, at: str, index: int) -> Event:
        occurrence = {"occurrence": {"index": index}} if index else {}
        return self._event(kind, patterns, data | occurrence, at)

    def _event(self, kind: str, patterns: list[str], data: Entry, at: str) -> Event:
        origin = self._origin
        return make_event(
            kind, at, data, patterns=patterns, source=origin.source, by=origin.by, commit=origin.commit
        )


_ANY = "2000-01-01T00:00:00Z"  # of an event that is only looked at


def _portions(kind: str, number: int, before: int) -> Iterator[tuple[int, Entry]]:
    """Index and count of the events of one fact and day: one for all repeats, or one for each."""
    if kind in _REPEATED:
        yield before, {"count": number - before} if number - before > 1 else {}
    else:
        yield from ((index, {}) for index in range(before, number))


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
        latest = ""
        for at, undated, count in found:
            if undated or not first <= at <= group.last:
                continue
            day = group.last[:10] if group.whole else at[:10]
            written[day] = written.get(day, 0) + count
            latest = max(latest, at)
        day = group.last[:10]
        if latest < group.last and day in written:
            # The last one is later than all that are stored: whatever those are, it is not among them.
            written[day] = min(written[day], group.shares[day][0] - 1)
        for fresh, number in group.fresh.items():
            if fresh in written:
                written[fresh] = max(0, min(written[fresh], group.shares.get(fresh, (0, ""))[0] - number))
        return written


def _fact(event: Event, data: Entry) -> object:
    """What an event has in common with others of the same fact: only what an entry holds, too."""
    fields = _REPEATED.get(event.kind)
    if fields:
        return event.kind, event.patterns[:1], *(data.get(name) for name in fields)
    if event.kind == "plan":
        items = [item for item in data["declared"] if isinstance(item, dict)]
        boxes = sorted((str(item.get("name")), item.get("checked") is True) for item in items)
        return event.kind, data["path"], *boxes
    known = {name: data.get(name) for name in FIELDS[CATEGORY_OF[event.kind]]}
    return event.kind, event.patterns, json.dumps(known, sort_keys=True)
