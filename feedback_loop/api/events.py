"""Events recorded by hand, listed, shown, compacted and verified."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.library import open_library
from feedback_loop.api.metrics.entries import cut_prompt
from feedback_loop.api.metrics.entry_events import pattern_name
from feedback_loop.api.metrics.times import given_time, stamp
from feedback_loop.api.origin import author, head_commit
from feedback_loop.domain.event import KINDS, Event
from feedback_loop.domain.event_report import EventList, StoreState
from feedback_loop.domain.names import Names
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.event_check import FieldError
from feedback_loop.formats.records import make_event
from feedback_loop.formats.schema import did_you_mean
from feedback_loop.formats.strict_json import parse_json
from feedback_loop.stores.compaction import Compacted, compact_events
from feedback_loop.stores.event_files import Stored, event_path, walk_events
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.workspace import Workspace

__all__ = ["Compacted", "FieldError"]
_SHORTEST = 4  # digits of an id
_LISTED = 5


@dataclass(frozen=True)
class Recorded:
    """An event that is on the disk: `path` below the root, "" if a segment holds it.

    `new` is False if it was there before; `notes` say what the names given were taken for.
    """

    event: Event
    path: str
    new: bool
    notes: tuple[str, ...] = ()


def record_event(
    workspace: Workspace,
    kind: str,
    data: Mapping[str, Any],
    patterns: Sequence[str] = (),
    *,
    at: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Recorded:
    """Record one event of a person's: with HEAD, the author's token and the time `at`, or now.

    The same content at the same second is the same event. Raises InputError (FieldError names the field)
    for what is missing, blank or wrong, MachineFault when the disk says no.
    """
    moment = given_time("at", at) or stamp((clock or _now)())
    found, notes = _resolved(workspace, patterns)
    notes += [f"the settings are broken, the defaults hold: {one}" for one in workspace.settings()[1][:1]]
    fields = {name: value for name, value in data.items() if value is not None}
    if isinstance(fields.get("prompt"), str):
        fields["prompt"] = cut_prompt(fields["prompt"])
    if isinstance(fields.get("file_path"), str):
        fields["file_path"] = _inside(workspace.root, fields["file_path"])
    if "patterns_applied" in fields:
        fields["patterns_applied"] = list(found)
    event = make_event(
        kind,
        moment,
        fields,
        patterns=found,
        source={"kind": "cli"},
        by=author(workspace),
        commit=head_commit(workspace),
    )
    done = append_events(workspace.root, [event])
    path = event_path(event)
    there = os.path.lexists(f"{workspace.root}/{path}")
    return Recorded(event, path if there else "", done.written > 0, tuple(notes))


def json_object(field: str, text: str) -> dict[str, Any]:
    """A JSON object that somebody typed. Raises FieldError with the place of what is wrong."""
    document = parse_json(text.encode("utf-8", "surrogatepass"), field)
    if document.problems:
        raise FieldError(field, f"{field}: {document.problems[0].message}")
    if not isinstance(document.value, dict):
        raise FieldError(field, f"{field} must be a JSON object")
    return document.value


def _resolved(workspace: Workspace, texts: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The names that the texts stand for (A52, A3); a pattern nobody knows yet is one to be, and noted."""
    library = open_library(workspace).patterns if texts else ()
    names = Names((one.name, one.state, one.supersedes, one.conflicts) for one in library)
    found: list[str] = []
    notes: list[str] = []
    for text in texts:
        if not text.strip():
            raise FieldError("pattern", "pattern cannot be empty")
        resolved = names.resolve(text)
        name = resolved.name or pattern_name(text)
        if not name:
            raise FieldError("pattern", f"pattern: {text!a} holds nothing that could be a name")
        if not resolved.name:
            similar = ", ".join(names.near(text))
            near = f" (known and similar: {similar})" if similar else ""
            notes.append(f"{name} is no pattern of the library yet{near}")
        elif name != text:
            notes.append(f"{text!a} is taken for {name}")
        found.append(name)
    return tuple(dict.fromkeys(found)), notes


def _inside(root: str, path: str) -> str:
    """A path of the repository as seen from its root; any other as it was given."""
    full = os.path.realpath(path)
    top = os.path.realpath(root).rstrip("/") + "/"
    return full[len(top) :] if full.startswith(top) and path.strip() else path


def _now() -> datetime:
    return datetime.now(UTC)


# -- reading ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EventQuery:
    """Which events: of these kinds, that name this pattern, from `since` to before `until`."""

    kinds: tuple[str, ...] = ()
    pattern: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int | None = 20  # None = all


def list_events(workspace: Workspace, query: EventQuery) -> EventList:
    """The newest events that the query asks for. Raises InputError for an unknown kind or no time."""
    kinds = {kind.replace("-", "_") for kind in query.kinds}
    for kind in sorted(kinds - set(KINDS)):
        hint = did_you_mean(kind, list(KINDS))
        raise InputError(f"--kind: {kind!a} is not one of {', '.join(KINDS)}{hint}")
    bounds = given_time("--since", query.since), given_time("--until", query.until)
    read = read_events(workspace.root, *bounds)
    matching = tuple(
        event
        for event in read.events
        if (not kinds or event.kind in kinds) and (query.pattern is None or query.pattern in event.patterns)
    )
    newest = matching[::-1]
    return EventList(matching, newest if query.limit is None else newest[: query.limit], read.problems)


def find_event(workspace: Workspace, identity: str) -> tuple[Stored, tuple[str, ...]]:
    """The event whose id begins so, and the ids of tombstones that name it.

    Raises UserError if there is none, or more than one.
    """
    wanted = identity.strip().lower()
    if len(wanted) < _SHORTEST or wanted.strip("0123456789abcdef"):
        raise UserError(f"not an event's id: {identity!a}", f"give {_SHORTEST} to 64 of its digits")
    found: dict[str, Stored] = {}
    graves: list[Event] = []
    problems: list[Problem] = []
    for stored in walk_events(workspace.root, problems.append):
        if stored.event.id.startswith(wanted):
            found.setdefault(stored.event.id, stored)
        if stored.event.kind == "tombstone":
            graves.append(stored.event)
    if not found:
        unread = f", and {len(problems)} records cannot be read" if problems else ""
        raise UserError(f"no event has an id that begins with {wanted}{unread}", "see `events list`")
    if len(found) > 1:
        ids = ", ".join(one[:16] for one in sorted(found)[:_LISTED])
        raise UserError(f"{len(found)} events have an id that begins with {wanted}: {ids}", "give more of it")
    ((only, stored),) = found.items()
    return stored, tuple(sorted({one.id for one in graves if f'"event":"{only}"' in one.data}))


# -- the store as a whole --------------------------------------------------------------------------


def verify_events(workspace: Workspace) -> StoreState:
    """Read and check every record there is."""
    problems: list[Problem] = []
    seen: set[str] = set()
    segments: set[str] = set()
    loose = copies = tombstones = 0
    for stored in walk_events(workspace.root, problems.append):
        copies += 1
        tombstones += stored.event.kind == "tombstone" and stored.event.id not in seen
        seen.add(stored.event.id)
        if stored.line:
            segments.add(stored.path)
        else:
            loose += 1
    found = tuple(sorted(problems))
    return StoreState(loose, len(segments), len(seen), copies - len(seen), tombstones, found)


def compact(workspace: Workspace, clock: Callable[[], datetime] | None = None) -> Compacted:
    """Move the loose events of past months into segments. Raises MachineFault (busy, io)."""
    return compact_events(workspace.root, workspace.repository.state_dir, stamp((clock or _now)()))
