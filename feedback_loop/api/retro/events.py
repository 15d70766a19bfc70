"""Events as they are committed: those of a tree, without what only lies on the disk (H77)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feedback_loop.api.retro.tip import Tip
from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import event_data
from feedback_loop.stores.event_files import (
    FOLDER,
    LOOSE_CAP,
    SEGMENT,
    SEGMENT_CAP,
    event_path,
    list_files,
    parsed,
)
from feedback_loop.stores.events import by_time, read_events, run_key
from feedback_loop.stores.files import safe_read
from feedback_loop.stores.spool import BAD, SPOOL
from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class TipEvents:
    """Events by (`at`, `id`), once each; `paths` are the files they come from; `problems` what is unread."""

    events: tuple[Event, ...]
    problems: tuple[Problem, ...] = ()
    paths: frozenset[str] = frozenset()


def read_tip_events(tip: Tip) -> TipEvents:
    """What the tip's tree holds, read as the store on the disk is (EV-3)."""
    files = {path: oid for path, oid in sorted(tip.below(FOLDER).items()) if _is_event_file(path)}
    problems: list[Problem] = []
    found: list[Event] = []
    small = [path for path in files if not SEGMENT.match(path.rpartition("/")[2])]
    large = [path for path in files if SEGMENT.match(path.rpartition("/")[2])]
    for paths, cap in ((small, LOOSE_CAP), (large, SEGMENT_CAP)):
        for path, data in zip(paths, tip.read([files[path] for path in paths], cap), strict=True):
            found += _records(path, data, problems)
    return TipEvents(counted_once(found), tuple(sorted(problems)), frozenset(files))


def _is_event_file(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.count("/") == FOLDER.count("/") + 2 and (name.endswith(".json") or bool(SEGMENT.match(name)))


def _records(path: str, data: bytes | None, problems: list[Problem]) -> Iterator[Event]:
    if data is None:
        problems.append(Problem(path, 0, "too large"))
        return
    segment = SEGMENT.match(path.rpartition("/")[2])
    if segment and hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()[:16] != segment[1]:
        problems.append(Problem(path, 0, "its content is not the one that its name says: changed or damaged"))
    for number, line in enumerate(data.splitlines() if segment else [data], 1):
        event = parsed(line) if line.strip() else None
        if isinstance(event, Event):
            if segment or event_path(event) == path:
                yield event
            else:
                text = f"the name does not fit the content, which belongs to {event_path(event)}"
                problems.append(Problem(path, 0, text))
        elif event is not None or not segment:
            problems.append(Problem(path, number if segment else 0, event or "empty"))


def counted_once(events: Iterable[Event]) -> tuple[Event, ...]:
    """Those that no tombstone names, each once, and of several reports of one occurrence the first (C9b)."""
    found = {event.id: event for event in events}
    buried = {str(event_data(one)["event"]) for one in found.values() if one.kind == "tombstone"}
    kept, runs = list[Event](), set[tuple[str, str]]()
    for event in sorted(found.values(), key=by_time):
        key = run_key(event)
        if key in runs or (event.id in buried and event.kind != "tombstone"):
            continue
        if key is not None:
            runs.add(key)
        kept.append(event)
    return tuple(kept)


# -- what is not committed -------------------------------------------------------------------------


def uncommitted_events(workspace: Workspace, committed: frozenset[str]) -> tuple[str, ...]:
    """The files of the store that the tip does not have, by path below the root."""
    listed = list_files(workspace.root, lambda problem: None)
    return tuple(path for path in listed if path not in committed)


def decisions_on_disk(workspace: Workspace, committed: TipEvents) -> tuple[Event, ...]:
    """The decisions that are committed, and those that an earlier run has only written yet."""
    found = [event for event in committed.events if event.kind == "decision"]
    for path in uncommitted_events(workspace, committed.paths):
        name = path.rpartition("/")[2]
        if "-decision-" in name or SEGMENT.match(name):
            found += _decisions_in(workspace, path)
    return counted_once(found)


def _decisions_in(workspace: Workspace, path: str) -> Iterator[Event]:
    try:
        data = safe_read(workspace.root, path, SEGMENT_CAP)
    except (OSError, UserError):
        return  # the next reader of all events tells
    for line in data.splitlines():
        if b'"decision"' in line and isinstance(event := parsed(line), Event) and event.kind == "decision":
            yield event


def spooled(workspace: Workspace) -> tuple[str, ...]:
    """The names of the files in the spool, which `collect` and `retro --write` move into the store."""
    folder = f"{workspace.repository.state_dir}/{SPOOL}"
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise MachineFault(f"cannot read {folder}: {error.strerror}") from error
    return tuple(sorted(name for name in names if name != BAD and not name.startswith(".")))


def read_draft_events(workspace: Workspace) -> TipEvents:
    """What lies in the store and in the spool, committed or not."""
    read = read_events(workspace.root)
    found, problems = list(read.events), list(read.problems)
    folder = f"{workspace.repository.state_dir}/{SPOOL}"
    for name in spooled(workspace):
        try:
            data = safe_read(folder, name, SEGMENT_CAP)
        except (OSError, UserError) as error:
            problems.append(Problem(f"{SPOOL}/{name}", 0, str(error)))
            continue
        lines = data.splitlines() if name.endswith(".jsonl") else [data]
        for event in map(parsed, lines):
            if isinstance(event, Event):
                found.append(event)
            else:
                problems.append(Problem(f"{SPOOL}/{name}", 0, event))
    return TipEvents(counted_once(found), tuple(sorted(problems)))
