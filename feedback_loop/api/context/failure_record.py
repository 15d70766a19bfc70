"""How often a failure was seen and prevented, from events: runs and generations count, not hits (C4, C6)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from feedback_loop.domain.event import FAILURES, Event
from feedback_loop.domain.gap import is_general_signature
from feedback_loop.domain.generation_figures import generations_of
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.warning import severity_score
from feedback_loop.formats.signed_pattern import SignedPattern
from feedback_loop.stores.event_columns import NO_KEY, Fact, Label

if TYPE_CHECKING:
    from feedback_loop.engines.signatures import KnownSignatures
    from feedback_loop.workspace import Workspace

_EVENTS = ".feedback-loop/events"
_UNREAD = "some events cannot be read: `feedback-loop events verify` names them"
VERSION = 1  # of what `describe` says
ABOUT = (*FAILURES, "exposure")  # kinds of events that are counted
_SEEN, _RUN, _EXPOSED = "seen", "run", "exposed"
_MOST = 2**31 - 1  # what a column holds

# What one event says: its label, how often it was, and when (seconds).
Row: TypeAlias = tuple[Label, int, int]


@dataclass
class Tally:
    """What events say of one pattern: runs that showed it, generations by how they ended, when it was seen.

    The runs of one generation are one. `hits` are all occurrences, re-runs too; `first` and `last` are
    seconds, None = never seen.
    """

    runs: set[str] = field(default_factory=set)
    more: int = 0  # occurrences that name no run: each is one of its own
    hits: int = 0
    prevented: set[str] = field(default_factory=set)
    recurred: set[str] = field(default_factory=set)
    first: int | None = None
    last: int | None = None

    @property
    def occurrences(self) -> int:
        """The number of runs that showed it."""
        return len(self.runs) + self.more

    @property
    def times_prevented(self) -> int:
        """The number of generations in which it was prevented and never came again (C6)."""
        return len(self.prevented - self.recurred)

    def severity(self, now: int) -> float:
        """C8, counted to `now` (seconds)."""
        age = 0 if self.last is None else now - self.last
        return severity_score(self.occurrences, self.times_prevented, age)

    def see(self, ran: str, count: int, hits: int, moment: int) -> None:
        """A run (`FailureCounts.key`) showed it; without one `count` runs of their own did."""
        if ran:
            self.runs.add(ran)
        else:
            self.more += count
        self.hits += hits
        self.first = moment if self.first is None else min(self.first, moment)
        self.last = moment if self.last is None else max(self.last, moment)


@dataclass(frozen=True)
class FailureCounts:
    """The records of patterns by name, and the generation of each run that has one."""

    records: dict[str, Tally] = field(default_factory=dict)
    generations: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> Tally:
        """The record of a pattern; of one that no event tells of an empty one, which is kept from then on."""
        return self.records.setdefault(name, Tally())

    def key(self, run: str, generation: str = "") -> str:
        """What the run counts as: the generation given, else its own, else itself; "" for neither."""
        generation = generation or self.generations.get(run, "")
        return f"generation {generation}" if generation else f"run {run}" if run else ""


def count_failures(events: Iterable[Event], patterns: Sequence[SignedPattern]) -> dict[str, Tally]:
    """The records of the patterns, by name. A pattern that no event tells of has none.

    An event tells of the patterns that it names, by whatever name they ever had; one that names none tells
    of the pattern whose name its signature makes (C2). A general pattern (C20a) also counts each event whose
    signature it covers.
    """
    rows: list[Row] = []
    for event in events:
        if event.kind in ABOUT:
            fact = _fact(event)
            if fact is not None:
                rows.append((fact.label, fact.number, parse_moment(event.at) or 0))
    return count_rows(rows, patterns).records


def read_records(
    workspace: Workspace, patterns: Sequence[SignedPattern]
) -> tuple[FailureCounts, tuple[str, ...]]:
    """The same from the repository's events, and notes on what hindered reading them.

    Raises UserError if the store is a link, MachineFault if it cannot be read.
    """
    if not patterns or not os.path.isdir(f"{workspace.root}/{_EVENTS}"):
        return FailureCounts(), ()
    from feedback_loop.stores.event_columns import Columns, find_copies
    from feedback_loop.stores.event_index import read_columns

    read = read_columns(workspace.root, workspace.repository.state_dir, describe, VERSION, "failures")
    joined = Columns()
    for _, columns in read.files:
        joined.extend(columns)
    facts = zip(joined.label, joined.numbers, joined.moments, find_copies(joined), strict=True)
    rows = [(joined.labels[label], number, moment) for label, number, moment, gone in facts if not gone]
    notes = (_UNREAD,) if read.problems else ()
    return count_rows(rows, patterns), (*read.notes, *notes)


def describe(kind: str, patterns: Sequence[str], data: Mapping[str, Any]) -> Fact | None:
    """What the event counts for here, None = nothing; `number` are its hits.

    The label says of a failure its run, how many it stands for where it names none, its signature and its
    patterns; of an exposure the run, the generation, the outcome and the pattern.
    """
    if kind in FAILURES:
        signature = data.get("signature")
        if not patterns and not isinstance(signature, dict):
            return None
        run = _text(data.get("run")) or _text((data.get("occurrence") or {}).get("run"))
        count = data.get("count", 1)
        told = json.dumps(signature, sort_keys=True) if isinstance(signature, dict) else ""
        number = min(data.get("hits", count), _MOST)
        return Fact((_SEEN, run, str(count), told, *patterns), number, NO_KEY)
    if kind != "exposure":
        return None
    run, generation = _text(data.get("run")), _text(data.get("generation_id"))
    named = data.get("pattern")
    if named is None and not patterns:
        return Fact((_RUN, run, generation), 1, NO_KEY) if run and generation else None
    names = dict.fromkeys([*patterns, named] if isinstance(named, str) else patterns)
    return Fact((_EXPOSED, run, generation, _text(data.get("outcome")), *names), 1, NO_KEY)


def count_rows(rows: Iterable[Row], patterns: Sequence[SignedPattern]) -> FailureCounts:
    """The same from what `describe` said of each event."""
    told = list(rows)
    owners = FailureOwners(patterns)
    named = ((label[1], label[2]) for label, _, _ in told if label[0] in (_RUN, _EXPOSED))
    counts = FailureCounts(generations=generations_of(named))
    for label, number, moment in told:
        if label[0] == _SEEN:
            for name in owners.patterns_of(label):
                counts.of(name).see(counts.key(label[1]), int(label[2]), number, moment)
        elif label[0] == _EXPOSED:
            _, run, generation, outcome, *names = label
            ended = counts.key(run, generation)
            for name in owners.named(names):
                record = counts.of(name)
                kinds = {"prevented": record.prevented, "recurred": record.recurred}
                if ended and outcome in kinds:
                    kinds[outcome].add(ended)
    return counts


class FailureOwners:
    """The patterns that events tell of, by their names of today; of several events it is asked again."""

    def __init__(self, patterns: Iterable[SignedPattern]) -> None:
        patterns = tuple(patterns)
        self._names = {old: one.name for one in patterns for old in one.supersedes}
        self._names |= {one.name: one.name for one in patterns}
        self._patterns = patterns
        self._known: dict[Label, tuple[str, ...]] = {}

    def today(self, name: str) -> str:
        """The name of today; one that nobody knows as it is."""
        return self._names.get(name, name)

    def named(self, names: Iterable[str]) -> dict[str, None]:
        """Each of these patterns that is here, once."""
        return dict.fromkeys(self._names[name] for name in names if name in self._names)

    def of_event(self, event: Event) -> tuple[str, ...]:
        """The patterns that a failure or an exposure tells of."""
        fact = _fact(event)
        if fact is None or fact.label[0] == _RUN:
            return ()
        return self.patterns_of(fact.label) if fact.label[0] == _SEEN else tuple(self.named(fact.label[4:]))

    def patterns_of(self, label: Label) -> tuple[str, ...]:
        """The patterns that a failure's label tells of."""
        key = label[3:]
        if key not in self._known:
            self._known[key] = self._found(*key)
        return self._known[key]

    def _found(self, told: str, *patterns: str) -> tuple[str, ...]:
        from feedback_loop.domain.failure import gap_name  # these look for secrets: dear to load
        from feedback_loop.formats.signature_json import signature_of

        found = self.named(patterns)
        signature = signature_of(json.loads(told)) if told else None
        if signature is None:
            return tuple(found)
        if not patterns:
            found |= self.named([gap_name(signature)])
        if self._general is not None:
            found |= dict.fromkeys(self._general.covering(signature))
        return tuple(found)

    @cached_property
    def _general(self) -> KnownSignatures | None:
        """What the general patterns take (C20a); None without any."""
        general = [
            Pattern(one.name, "", "", signatures=signatures)
            for one in self._patterns
            if (signatures := tuple(filter(is_general_signature, one.signatures)))
        ]
        if not general:
            return None
        from feedback_loop.engines.signatures import KnownSignatures

        return KnownSignatures(general)


def _fact(event: Event) -> Fact | None:
    return describe(event.kind, event.patterns, json.loads(event.data))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
