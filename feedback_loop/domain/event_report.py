"""What the event commands answer: lists, counts, the state of the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem

COMMIT_CAP = 20  # events of one commit that count for a pattern (T21)
MANY_FILES = 20_000  # loose events from which a compaction is worth its while (EV-4)


@dataclass(frozen=True)
class PatternCount:
    """The events that name a pattern. `counted` is `events` with at most twenty of any one commit (T21).

    An event that names no commit counts in full: which commit added it, only history can tell.
    """

    name: str
    events: int
    commits: int
    authors: int
    counted: int

    @property
    def capped(self) -> int:
        """How many events are shown but do not count."""
        return self.events - self.counted


def count_patterns(events: Iterable[Event]) -> tuple[PatternCount, ...]:
    """A count for each pattern that the events name: by number counted, most first, then by name."""
    named: dict[str, list[Event]] = {}
    for event in events:
        for name in event.patterns:
            named.setdefault(name, []).append(event)
    counts = [_count(name, found) for name, found in named.items()]
    return tuple(sorted(counts, key=lambda one: (-one.counted, one.name)))


def _count(name: str, events: list[Event]) -> PatternCount:
    commits = Counter(event.commit for event in events)
    unknown = commits.pop(None, 0)
    counted = unknown + sum(min(number, COMMIT_CAP) for number in commits.values())
    return PatternCount(name, len(events), len(commits), _authors(events), counted)


def _authors(events: Iterable[Event]) -> int:
    return len({event.by for event in events} - {None})


@dataclass(frozen=True)
class EventList:
    """`shown` of the `matching` events, the newest first; `problems` of the whole store."""

    matching: tuple[Event, ...]
    shown: tuple[Event, ...]
    problems: tuple[Problem, ...]

    @property
    def commits(self) -> int:
        """How many commits the matching events name."""
        return len({event.commit for event in self.matching} - {None})

    @property
    def authors(self) -> int:
        """How many authors they have, as far as they say."""
        return _authors(self.matching)


@dataclass(frozen=True)
class StoreState:
    """What stands in the store: files of one event, segments, events once each, and what is broken."""

    loose: int = 0
    segments: int = 0
    events: int = 0
    duplicates: int = 0
    tombstones: int = 0
    problems: tuple[Problem, ...] = field(default=())
