"""Failures that are told a second time, in the store or in another report, keep one event and one name."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from feedback_loop.api.smoke.taking import VIA, Entry
from feedback_loop.domain.event import Event
from feedback_loop.formats.records import event_data
from feedback_loop.formats.signature_json import signature_of
from feedback_loop.stores.occurrences import Occurrence, occurrence_of

_FAILURES = ("bug", "test_failure")


def as_stored(entries: Sequence[Entry], stored: Sequence[Event], known: Collection[str]) -> list[Entry]:
    """The entries, of which those that the store has keep the event and the signature that they were given.

    With another model the same failure has another signature, and a pattern of that would have no events.
    `known` are the names of patterns: one that the stored event names stays its pattern. Of those that this
    call tells several times all are as the one of which most is known: JUnit XML does not say which request
    failed, and the report log of the same run may.
    """
    keys = [occurrence_of(one.event) for one in entries]
    told = [event for event in stored if event.kind in _FAILURES]
    if not told:
        return _alike(entries, keys)
    wanted = {*keys} - {None}
    held: dict[Occurrence | None, Event] = {}
    ingested: set[Occurrence | None] = set()
    for event in told:
        if (found := occurrence_of(event)) in wanted:
            held.setdefault(found, event)
            if json.loads(event.source).get("via") == VIA:
                ingested.add(found)
    collected = held.keys() - ingested
    kept = [
        _as_stored(one, held.get(key), known)._replace(collected=key in collected)
        for one, key in zip(entries, keys, strict=True)
    ]
    return _alike(kept, [None if key in held else key for key in keys])


def _as_stored(one: Entry, event: Event | None, known: Collection[str]) -> Entry:
    if event is None or one.told is None or one.event.patterns:
        return one
    signature = signature_of(event_data(event).get("signature"))
    if signature is None:
        return one
    told = replace(one.told, signature=signature)
    named = next((name for name in event.patterns if name in known), told.name)
    return one._replace(event=event, told=told, name=named)


def _alike(entries: Sequence[Entry], occurrences: Sequence[Occurrence | None]) -> list[Entry]:
    """Entries of one occurrence and exception, with the event and the name of the surest.

    Of equally sure ones it is the first. Where the occurrence is None they stay as they are.
    """
    keys = [
        None if one.told is None or key is None else (*key, one.told.signature.exception)
        for one, key in zip(entries, occurrences, strict=True)
    ]
    best: dict[object, Entry] = {}
    for one, key in zip(entries, keys, strict=True):
        if key not in best or _sureness(one) > _sureness(best[key]):
            best[key] = one
    pairs = zip(entries, keys, strict=True)
    return [one if key is None else best[key]._replace(place=one.place) for one, key in pairs]


def _sureness(one: Entry) -> float:
    return -1.0 if one.told is None else one.told.confidence
