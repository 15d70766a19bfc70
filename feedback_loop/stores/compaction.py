"""Past months of the event store as segments (EV-4)."""

from __future__ import annotations

import os
from dataclasses import dataclass

from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import MachineFault
from feedback_loop.stores.event_files import Stored, walk_events
from feedback_loop.stores.events import by_time, write_segments
from feedback_loop.stores.files import sweep
from feedback_loop.stores.lock import hold_lock


@dataclass(frozen=True)
class Compacted:
    """`events` went into `segments` (paths below the root), `removed` loose files are gone."""

    events: int
    segments: tuple[str, ...]
    removed: int
    problems: tuple[Problem, ...]


def compact_events(root: str, state_dir: str, now: str) -> Compacted:
    """Move the loose events of months before that of `now` (like `Event.at`) into a segment each month.

    A file is removed only after its event has been read back from a segment; what cannot be read stays.
    Raises MachineFault if another such command is at work or the disk says no, UserError as `read_events`.
    """
    with hold_lock(state_dir, now):
        problems: list[Problem] = []
        until = f"{now[:7]}-01T00:00:00Z"
        loose: dict[str, list[Stored]] = {}
        packed: set[str] = set()
        for stored in walk_events(root, problems.append):
            if stored.line:
                packed.add(stored.event.id)
            elif stored.event.at < until:
                loose.setdefault(stored.event.at[:7], []).append(stored)
        segments: list[str] = []
        events = 0
        for month in sorted(loose):
            unpacked = {one.event.id: one.event for one in loose[month] if one.event.id not in packed}
            fresh = sorted(unpacked.values(), key=by_time)
            events += len(fresh)
            segments += write_segments(root, fresh) if fresh else []
        _check_written(root, loose)
        removed = _remove(root, [one.path for month in sorted(loose) for one in loose[month]])
        return Compacted(events, tuple(segments), removed, tuple(sorted(problems)))


def _check_written(root: str, loose: dict[str, list[Stored]]) -> None:
    """Every event about to lose its file stands in a sound segment. Raises MachineFault."""
    missing: dict[str, Event] = {one.event.id: one.event for month in loose.values() for one in month}
    if missing:
        for stored in walk_events(root, lambda problem: None):
            if stored.line:
                missing.pop(stored.event.id, None)
    if missing:
        raise MachineFault("a segment does not hold what was written into it", "no event file was removed")


def _remove(root: str, paths: list[str]) -> int:
    removed = 0
    for path in paths:
        try:
            os.unlink(f"{root}/{path}")
            removed += 1
        except FileNotFoundError:
            continue
        except OSError as error:
            text = f"cannot remove {path}: {error.strerror}"
            raise MachineFault(text, "its event stands in a segment all the same") from error
    for folder in sorted({os.path.dirname(path) for path in paths}):
        sweep(f"{root}/{folder}")
    return removed
