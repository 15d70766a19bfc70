"""The spool: events of hooks and test runs, in the git folder until `collect` moves them (EV-2, EV-6).

A file there is whole or absent, but not synced: a power cut may take the last seconds with it. Files are
named as in the event store. What cannot be read is kept in `bad/`, with a note beside it.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator

from feedback_loop.domain.collected import SpoolImported, add_up
from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import format_event
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.event_files import SEGMENT_CAP, event_path, parsed
from feedback_loop.stores.events import LOOSE, SEGMENT_SIZE, BlockedEvents, append_events, by_time
from feedback_loop.stores.files import TEMPORARY, atomic_write, safe_read, sweep
from feedback_loop.stores.lock import hold_lock
from feedback_loop.stores.occurrences import Occurrence, known_occurrences, occurrence_of

SPOOL = "spool"
BAD = "bad"
_BATCH = 10_000  # files that are moved at once


# -- into the spool --------------------------------------------------------------------------------


def append_spool(state_dir: str, events: Iterable[Event]) -> int:
    """Put the events into the spool of `Repository.state_dir`; how many were not there yet.

    More than a hundred make one file. No lock is taken and nothing synced. Raises MachineFault.
    """
    distinct = sorted({event.id: event for event in events}.values(), key=by_time)
    if not distinct:
        return 0
    folder = f"{state_dir}/{SPOOL}"
    try:
        os.makedirs(folder, exist_ok=True)
        files = _bulk(distinct) if len(distinct) > LOOSE else _single(distinct)
        return sum(held for name, data, held in files if _put(folder, name, data))
    except OSError as error:
        raise MachineFault(f"cannot write {folder}: {error.strerror}") from error


def _single(events: Iterable[Event]) -> Iterator[tuple[str, bytes, int]]:
    for event in events:
        yield os.path.basename(event_path(event)), format_event(event).encode("ascii"), 1


def _bulk(events: Iterable[Event]) -> Iterator[tuple[str, bytes, int]]:
    lines: list[bytes] = []
    size = 0
    for event in events:
        line = format_event(event).encode("ascii")
        if lines and size + len(line) > SEGMENT_SIZE:
            yield _segment(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    yield _segment(lines)


def _segment(lines: list[bytes]) -> tuple[str, bytes, int]:
    data = b"".join(lines)
    return f"segment-{hashlib.sha256(data).hexdigest()[:16]}.jsonl", data, len(lines)


def _put(folder: str, name: str, data: bytes) -> bool:
    """Write the file as a whole; False if it holds these bytes already. A torn one is replaced."""
    path = f"{folder}/{name}"
    if os.path.lexists(path) and _holds(folder, name, data):
        return False
    temporary, descriptor = _temporary(folder)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        os.close(descriptor)
    return True


def _holds(folder: str, name: str, data: bytes) -> bool:
    try:
        return safe_read(folder, name, len(data)) == data
    except (OSError, UserError):
        return False


def _temporary(folder: str) -> tuple[str, int]:
    """A new file under a lock, so that a sweep leaves it alone while its writer lives (IO-4)."""
    import fcntl

    while True:
        path = f"{folder}/{TEMPORARY}{os.urandom(4).hex()}"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)  # somebody's sweep was faster than our lock


# -- out of it -------------------------------------------------------------------------------------


def import_spool(root: str, state_dir: str, now: str) -> SpoolImported:
    """Move what is in the spool into the store of the repository at `root`, under the lock.

    A file goes when its events are on the disk: after a kill the next call moves the rest, and finds what
    was written. What another report of the same run has told already is only removed. `now` is what
    others are told who wait. Raises MachineFault (busy, io) and UserError as `append_events`; what could
    not be written is still in the spool then.
    """
    folder = f"{state_dir}/{SPOOL}"
    if not os.path.isdir(folder):
        if os.path.lexists(folder) or (not os.path.isdir(state_dir) and os.path.lexists(state_dir)):
            raise MachineFault(f"{folder} is no folder: remove what stands in its place")
        return SpoolImported()
    with hold_lock(state_dir, now):
        mover = _Mover(root, folder)
        try:
            sweep(folder)
            # What begins with a dot is being written at this moment.
            names = sorted(name for name in os.listdir(folder) if name != BAD and not name.startswith("."))
            for first in range(0, len(names), _BATCH):
                mover.move(names[first : first + _BATCH])
        except OSError as error:
            raise MachineFault(f"cannot move {folder}: {error.strerror}") from error
        if mover.blocked is not None:
            raise mover.blocked
        kinds = add_up([tuple(mover.kinds.items())])
        return SpoolImported(mover.kinds.total(), mover.present, tuple(sorted(mover.bad)), kinds)


class _Mover:
    def __init__(self, root: str, folder: str) -> None:
        self._root = root
        self._folder = folder
        self.kinds: Counter[str] = Counter()
        self.present = 0
        self.bad: list[Problem] = []
        self.blocked: BlockedEvents | None = None

    def move(self, names: list[str]) -> None:
        """Write the events of these files, then remove the files."""
        events: dict[str, Event] = {}
        files: list[tuple[str, set[str], str]] = []
        for name in names:
            found, fault = _read(self._folder, name)
            events.update((event.id, event) for event in found)
            files.append((name, {event.id for event in found}, fault))
        missing = self._append(events)
        for name, ids, fault in files:
            if ids & missing:
                continue
            if fault:
                self._set_aside(name, fault)
            else:
                _remove(f"{self._folder}/{name}")

    def _append(self, events: dict[str, Event]) -> frozenset[str]:
        """The ids of events that damaged files of the store keep out; all others are written."""
        known, _ = known_occurrences(self._root, events.values())
        wanted = list(_first_of_each(events.values(), known))
        try:
            done, missing = append_events(self._root, wanted), frozenset[str]()
        except BlockedEvents as fault:
            self.blocked = fault
            done, missing = fault.done, fault.events
        self.present += done.present + len(events) - len(wanted)
        self.kinds.update(event.kind for event in wanted if event.id not in done.known | missing)
        return missing

    def _set_aside(self, name: str, fault: str) -> None:
        folder = f"{self._folder}/{BAD}"
        os.makedirs(folder, exist_ok=True)
        target, number = name, 1
        while os.path.lexists(f"{folder}/{target}"):
            target, number = f"{name}.{number}", number + 1
        try:
            os.rename(f"{self._folder}/{name}", f"{folder}/{target}")
        except FileNotFoundError:
            return
        note = f"{fault}\n".encode("utf-8", "backslashreplace")
        atomic_write(f"{folder}/{target}.txt", note)
        self.bad.append(Problem(f"{SPOOL}/{BAD}/{target}", 0, fault))


def _first_of_each(events: Iterable[Event], known: set[Occurrence]) -> Iterator[Event]:
    """One event of each occurrence that the store does not know."""
    for event in sorted(events, key=by_time):
        occurrence = occurrence_of(event)
        if occurrence not in known:
            yield event
        if occurrence:
            known.add(occurrence)


def _read(folder: str, name: str) -> tuple[list[Event], str]:
    """The sound events of a file of one, or of one a line; and what is wrong with it, "" = nothing."""
    is_bulk = name.endswith(".jsonl")
    try:
        data = safe_read(folder, name, SEGMENT_CAP if is_bulk else SIZE_CAP + 2)
    except FileNotFoundError:
        return [], ""  # gone by itself
    except UserError as error:
        return [], error.message
    except OSError as error:
        return [], f"cannot be read: {error.strerror}"
    events: list[Event] = []
    faults: list[str] = []
    for number, line in enumerate(data.splitlines() if is_bulk else [data], 1):
        event = parsed(line)
        if isinstance(event, Event):
            events.append(event)
        else:
            faults.append(f"line {number}: {event}" if is_bulk else event)
    return events, "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
