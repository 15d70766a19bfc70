"""Entries on their way into the event store: all are checked first, then all are written (B4 to B8)."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Literal, NamedTuple

from feedback_loop.api.feedback.checks import EntryError, Fault, check_entry
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.api.metrics.times import stamp
from feedback_loop.api.origin import author, head_commit
from feedback_loop.api.pause import without_collector
from feedback_loop.domain.event import Event
from feedback_loop.domain.rating import KEEP, Gist, thumbs_up
from feedback_loop.engines.feedback.features import flags_of
from feedback_loop.errors import InputError, MachineFault, UserError
from feedback_loop.formats.event_fields import TEXT
from feedback_loop.formats.rating_event import Draft, rating_data
from feedback_loop.formats.records import make_trusted, masked_value
from feedback_loop.stores.events import append_events
from feedback_loop.stores.feedback_index import known_ratings
from feedback_loop.stores.lock import hold_lock
from feedback_loop.stores.workers import run_forked
from feedback_loop.workspace import Workspace

_AHEAD = timedelta(hours=24)
_SHARE = 2000  # entries that are worth a process
_WORKERS = 4
_LOCK = "feedback"  # the folder of the lock that writers of ratings take turns by


class Conflict(NamedTuple):
    """An entry, by its place from 1, whose id stands for another rating, which has so many `stars`.

    That one came before in the same call at the place `before`; 0 = it is recorded already.
    """

    place: int
    feedback_id: str
    before: int
    stars: int


class RecordedRatings(NamedTuple):
    """What became of the entries, which have their ids now: how many events were written, into which files.

    `known` are the ids of those that were there already, or came twice, in the order of the entries;
    `conflicts` those with other stars, another thumb or other texts under the same id, which are left out.
    """

    entries: tuple[FeedbackEntry, ...]
    written: int
    known: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class _Made(NamedTuple):
    """An event to be, as values that a process can send."""

    feedback_id: str
    at: str
    event: str
    data: str
    tags: tuple[str, ...]
    gist: tuple[Any, ...]  # of a `Gist`


class _Sorted(NamedTuple):
    """The events to be written, the ids of those that are there or came before, and of other ratings."""

    fresh: list[_Made]
    there: list[str]
    conflicts: list[Conflict]


class _Origin(NamedTuple):
    """What all events of one call have in common; `latest` is the last time that is allowed."""

    latest: str
    keep: str
    source: str  # canonical JSON
    by: str | None
    commit: str | None


def record_entries(
    workspace: Workspace,
    entries: Sequence[FeedbackEntry],
    *,
    source: Mapping[str, str],
    clock: Callable[[], datetime] | None = None,
    known: Literal["refuse", "skip"] = "refuse",
    loose: bool = False,
    strict: bool = False,
    dry_run: bool = False,
) -> RecordedRatings:
    """Write all entries as one segment (beyond 32 MiB as several), or none; one that is `loose` as a file.

    Only a kill at the moment when several segments get their names leaves the first of them there.

    Their id, timestamp, thumbs and tags become what was written. An id that is there already, or comes
    twice, is refused, or with `skip` left out; so is one that a tombstone took out. With `strict` nothing is
    written if there are conflicts. A dry run writes and changes nothing, and counts what would be written.

    Raises EntryError, an InputError, with every wrong field of every entry, InputError for an id that is
    there, UserError if the settings do not tell what of the texts may be kept, MachineFault when the disk
    says no.
    """
    if not entries:
        return RecordedRatings((), 0)
    with without_collector():
        now = (clock or _now)()
        origin = _origin(workspace, source, now)
        made = _make_all(entries, origin)
        with nullcontext() if dry_run else _turn(workspace, stamp(now)):
            found = _sorted_out(workspace, made)
            taken = found.there + [one.feedback_id for one in found.conflicts]
            if taken and known == "refuse":
                raise _already(taken)
            there, conflicts = tuple(found.there), tuple(found.conflicts)
            if dry_run or (strict and conflicts):
                number = 0 if strict and conflicts else len(found.fresh)
                return RecordedRatings(tuple(entries), number, there, (), conflicts)
            done = _write(workspace, found.fresh, origin, loose)
        if done.known and known == "refuse":  # another process wrote the very same meanwhile
            raise _already(done.known)
        _tell_entries(entries, made)
        return RecordedRatings(tuple(entries), done.written, there + done.known, done.paths, conflicts)


@contextmanager
def _turn(workspace: Workspace, now: str) -> Iterator[None]:
    """One writer at a time looks for its ids and writes: of two with one id the second sees the first.

    Who gets no turn for five seconds, or cannot lock, goes on without: no rating is lost for that.
    """
    with ExitStack() as held:
        with suppress(MachineFault, OSError):
            held.enter_context(hold_lock(f"{workspace.repository.state_dir}/{_LOCK}", now))
        yield


def _write(workspace: Workspace, fresh: Sequence[_Made], origin: _Origin, loose: bool) -> RecordedRatings:
    events = [_event(one, origin) for one in fresh]
    done = append_events(workspace.root, events, segment=not loose, sought=False)
    same = tuple(one.feedback_id for one in fresh if one.event in done.known)
    return RecordedRatings((), done.written, same, done.paths)


def _tell_entries(entries: Sequence[FeedbackEntry], made: Sequence[_Made]) -> None:
    for entry, one in zip(entries, made, strict=True):
        entry.feedback_id, entry.timestamp, entry.tags = one.feedback_id, one.at, list(one.tags)
        entry.thumbs_up = thumbs_up(one.gist[1])


def check_entries(entries: Sequence[FeedbackEntry], clock: Callable[[], datetime] | None = None) -> None:
    """Raises EntryError with every wrong field of every entry; nothing is written or changed."""
    latest = latest_time((clock or _now)())
    checked = [check_entry(entry, latest, place) for place, entry in enumerate(entries, 1)]
    faults = [fault for one in checked if not isinstance(one, Draft) for fault in one]
    if faults:
        raise EntryError(faults, len(entries))


def latest_time(now: datetime) -> str:
    """The last time that an entry may have, as `check_entry` wants it."""
    return stamp(now + _AHEAD)


def _origin(workspace: Workspace, source: Mapping[str, str], now: datetime) -> _Origin:
    settings, problems = workspace.settings()
    if problems and settings.feedback_store == KEEP:
        text = "what feedback.store keeps of prompts and outputs cannot be told, so nothing is recorded"
        raise UserError(f"the settings are broken: {problems[0]}", text, kind="settings")
    told = json.dumps(masked_value("source", dict(source), TEXT), sort_keys=True, separators=(",", ":"))
    by, commit = author(workspace), head_commit(workspace)
    return _Origin(latest_time(now), settings.feedback_store, told, by, commit)


# -- making ----------------------------------------------------------------------------------------


def _make_all(entries: Sequence[FeedbackEntry], origin: _Origin) -> list[_Made]:
    """The events in the order of the entries. Raises EntryError."""
    made: list[_Made] = []
    faults: list[Fault] = []
    for one in chain.from_iterable(_shares_made(entries, origin)):
        if isinstance(one[0], str):
            made.append(_Made(*one))
        else:
            faults += [Fault(*fault) for fault in one]
    if faults:
        raise EntryError(faults, len(entries))
    return made


def _shares_made(entries: Sequence[FeedbackEntry], origin: _Origin) -> Iterator[tuple[Any, ...]]:
    """Large batches in processes, unless the program has threads: a fork would take one of them along."""
    places = list(enumerate(entries, 1))
    workers = min(_WORKERS, os.cpu_count() or 1)
    if len(places) < 2 * _SHARE or workers < 2 or threading.active_count() > 1:
        yield tuple(_make(place, entry, origin) for place, entry in places)
        return
    shares = [places[begin : begin + _SHARE] for begin in range(0, len(places), _SHARE)]
    yield from run_forked(
        lambda share: tuple(_make(place, entry, origin) for place, entry in share), shares, workers
    )


def _make(place: int, entry: FeedbackEntry, origin: _Origin) -> tuple[Any, ...]:
    """A `_Made`, or the entry's faults: as plain tuples."""
    draft = check_entry(entry, origin.latest, place)
    if not isinstance(draft, Draft):
        return tuple(tuple(fault) for fault in draft)
    data = rating_data(draft, origin.keep, flags_of)
    event = make_trusted("rating", draft.at, data, origin.source, origin.by, origin.commit)
    gist = (draft.rating, draft.thumbs, data["prompt_size"]["sha256"], data["output_size"]["sha256"])
    return data["feedback_id"], draft.at, event.id, event.data, draft.tags, gist


def _event(one: _Made, origin: _Origin) -> Event:
    return Event(one.at, one.event, "rating", (), one.data, origin.source, origin.by, origin.commit)


def _sorted_out(workspace: Workspace, made: Sequence[_Made]) -> _Sorted:
    ids = {one.feedback_id for one in made}
    state_dir = workspace.repository.state_dir
    taken = {one: (gist, 0) for one, gist in known_ratings(workspace.root, state_dir, ids).items()}
    found = _Sorted([], [], [])
    for place, one in enumerate(made, 1):
        gist = Gist(*one.gist)
        there, before = taken.setdefault(one.feedback_id, (gist, place))
        if before == place:
            found.fresh.append(one)
        elif there is None or not gist.contradicts(there):
            found.there.append(one.feedback_id)
        else:
            found.conflicts.append(Conflict(place, one.feedback_id, before, there.rating))
    return found


def _already(ids: Sequence[str]) -> InputError:
    number = f" and {len(ids) - 1} more"
    more = f"{number}: written before, or twice in this batch; `feedback import` skips such ones"
    return InputError(f"feedback entry {ids[0]} already exists{more if len(ids) > 1 else ''}")


def _now() -> datetime:
    return datetime.now(UTC)
