"""How often a failure was seen and prevented, from events: runs and generations count, not hits (C4, C6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from feedback_loop.domain.event import Event
from feedback_loop.domain.moment import parse_moment

_SHOWN = ("bug", "test_failure")  # kinds of events that show a failure


@dataclass
class FailureRecord:
    """What events say of one pattern: runs that showed it, generations by how they ended, the last time."""

    runs: set[str] = field(default_factory=set)
    more: int = 0  # occurrences that name no run: each is one of its own
    prevented: set[str] = field(default_factory=set)
    recurred: set[str] = field(default_factory=set)
    last: int | None = None

    @property
    def occurrences(self) -> int:
        """The number of runs that showed it."""
        return len(self.runs) + self.more

    @property
    def times_prevented(self) -> int:
        """The number of generations in which it was prevented and never came again (C6)."""
        return len(self.prevented - self.recurred)


def count_failures(events: Iterable[Event], names: Mapping[str, str]) -> dict[str, FailureRecord]:
    """The records by the names that patterns have today; `names` has these by all that they ever had."""
    found: dict[str, FailureRecord] = {}
    for event in events:
        if event.kind in _SHOWN or event.kind == "exposure":
            for name in _names(event):
                if name in names:
                    _add(found.setdefault(names[name], FailureRecord()), event)
    return found


def _names(event: Event) -> Iterable[str]:
    named = json.loads(event.data).get("pattern") if event.kind == "exposure" else None
    return dict.fromkeys([*event.patterns, named] if isinstance(named, str) else event.patterns)


def _add(record: FailureRecord, event: Event) -> None:
    data = json.loads(event.data)
    if event.kind == "exposure":
        ended = {"prevented": record.prevented, "recurred": record.recurred}.get(data.get("outcome", ""))
        if ended is not None and data.get("generation_id"):
            ended.add(data["generation_id"])
        return
    run = data.get("run") or data.get("occurrence", {}).get("run")
    if isinstance(run, str):
        record.runs.add(run)
    else:
        record.more += data.get("count", 1)
    record.last = max(record.last or 0, parse_moment(event.at) or 0)
