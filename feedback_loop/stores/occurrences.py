"""Which occurrences the store knows, whoever reported them: what is known is not written again (C9b)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeAlias

from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem
from feedback_loop.stores.event_files import walk_events

# Kind, and the canonical JSON of `occurrence`.
Occurrence: TypeAlias = tuple[str, str]


def occurrence_of(event: Event) -> Occurrence | None:
    """What makes two reports of an event one; None if it does not say which run it is from."""
    if '"occurrence":' not in event.data:
        return None
    found = json.loads(event.data).get("occurrence")
    if not isinstance(found, dict) or not found.get("run"):
        return None
    return event.kind, json.dumps(found, sort_keys=True)


def known_occurrences(root: str, events: Iterable[Event]) -> tuple[set[Occurrence], int]:
    """Those of these events that the store has, deleted ones too; and how many records cannot be read.

    The whole store is read, unless none of the events names a run. Raises UserError if it is a link.
    """
    wanted = {found for event in events if (found := occurrence_of(event))}
    problems: list[Problem] = []
    known: set[Occurrence] = set()
    if wanted:
        for stored in walk_events(root, problems.append):
            found = occurrence_of(stored.event)
            if found in wanted:
                known.add(found)
    return known, len(problems)
