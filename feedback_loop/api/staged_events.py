"""Event files in the index, checked before they are history: whole, well named, nothing secret (T17)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from feedback_loop.domain.finding import Finding, notice
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import NEWER
from feedback_loop.formats.records import event_data, make_event, parse_record
from feedback_loop.stores.event_files import FOLDER, SEGMENT, SEGMENT_CAP, event_path

if TYPE_CHECKING:
    from feedback_loop.domain.event import Event
    from feedback_loop.workspace import Workspace

_PREFIX = FOLDER.encode() + b"/"
_MOST_LINES = 20_000  # of all files together: what a commit can wait for
_HINT = "see `feedback-loop events verify`; an event is never edited: record it again, or add a tombstone"
_UNCHECKED = "not checked for secrets"
_SECRET = "holds what looks like a secret, or is longer than may be"


def staged_events(workspace: Workspace) -> list[Finding]:
    """What is wrong with the event files that the index adds or changes, as findings: what stands in a commit
    already, of another branch too, is not asked about, and what cannot be checked warns."""
    entries = _new_entries(workspace)
    texts = workspace.git.quick.texts([oid for _, oid, _ in entries], SEGMENT_CAP)
    found: list[Finding] = []
    left = _MOST_LINES
    for (_, _, raw), text in zip(entries, texts, strict=True):
        path = os.fsdecode(raw)
        name = path.rpartition("/")[2]
        if not (name.endswith(".json") or SEGMENT.match(name)):
            continue  # a note, a stray file: the store passes over it, and says so
        for line, message in _problems(path, text, left):
            key = fingerprint("event_check", raw, message, line)
            level = (
                "warn" if _UNCHECKED in message or NEWER in message else "block"
            )  # nobody here can mend those
            found.append(notice("event_check", level, raw, line, message, _HINT, key))
        left -= (text or b"").count(b"\n")
    return found


def _new_entries(workspace: Workspace) -> list[tuple[str, str, bytes]]:
    """What the index has that HEAD has not, and in a merge no other parent either: not yet history."""
    quick = workspace.git.quick
    found = {one for one in quick.staged_entries() if one[2].startswith(_PREFIX)}
    for parent in workspace.repository.merge_parents() if found else ():
        found &= set(quick.staged_entries(parent))
    return sorted(found, key=lambda one: one[2])


def _problems(path: str, text: bytes | None, most: int) -> Iterator[tuple[int, str]]:
    if text is None:
        yield 1, f"larger than {SEGMENT_CAP} bytes"
        return
    lines = text.splitlines()
    if len(lines) > most:
        yield 1, f"{_UNCHECKED}: more than {_MOST_LINES} events are staged at once"
        return
    segment = SEGMENT.match(path.rpartition("/")[2])
    for number, line in enumerate(lines if segment else [text], 1):
        try:
            event = parse_record(line)
        except InputError as error:
            yield number, error.message
            continue
        if not segment and event_path(event) != path:
            yield number, f"the name does not fit the content, which belongs to {event_path(event)}"
        elif not _is_masked(event):
            yield number, _SECRET


def _is_masked(event: Event) -> bool:
    """Whether writing the event anew, masks and caps included, would change nothing."""
    again = make_event(
        event.kind,
        event.at,
        event_data(event),
        patterns=event.patterns,
        source=json.loads(event.source),
        by=event.by,
        commit=event.commit,
    )
    return again.id == event.id
