"""What an ingest answers, out of what it read and wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from feedback_loop.api.context.failure_record import count_failures
from feedback_loop.api.smoke.candidates import by_name
from feedback_loop.api.smoke.proposing import Proposed
from feedback_loop.api.smoke.taking import Entry, Reports
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import PREVENTED
from feedback_loop.domain.ingested import (
    KNOWN,
    LEFT,
    NEW,
    REJECTED,
    RESTORED,
    UNWRITTEN,
    FailureSeen,
    FileIngested,
    Ingested,
    Prevented,
)
from feedback_loop.formats.records import event_data
from feedback_loop.formats.signed_pattern import SignedPattern
from feedback_loop.stores.occurrences import Occurrence, occurrence_of

_ORDER = (UNWRITTEN, NEW, LEFT, RESTORED, REJECTED, KNOWN)


@dataclass
class Written:
    """What an ingest wrote, or would; `unread` says that a part of the store cannot be read."""

    proposed: Proposed = field(default_factory=Proposed)
    restored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    exposures: list[Event] = field(default_factory=list)
    paths: tuple[str, ...] = ()
    unread: str = ""

    def became(self, entries: Iterable[Entry]) -> dict[str, str]:
        """What became of each pattern that the entries show."""
        found = {}
        for one in entries:
            if one.name:
                state = RESTORED if one.name in self.restored else KNOWN
                found[one.name] = self.proposed.became.get(one.name, state)
        return found


def answer(
    reports: Reports, fresh: Sequence[bool], written: Written, stored: Iterable[Event], dry_run: bool
) -> Ingested:
    """The answer; `fresh` says of each entry whether it was new, `stored` is what the store held before."""
    became = written.became(reports.entries)
    files, told, shown = list(reports.answers), set[str](), set[str]()
    own: dict[int, list[tuple[Entry, bool]]] = {place: [] for place in reports.taken}
    for one, new in zip(reports.entries, fresh, strict=True):
        own[one.place].append((one, new))
    before = list(stored)
    signed = _signed(reports, became)
    unseen = _new_names(reports.entries, fresh, became, before, signed)
    failures = _failures(reports, became, [*before, *written.exposures], unseen, signed)
    unknown = {one.name for one in failures if one.unclassified}
    for place, pairs in own.items():
        file = _counted(files[place], pairs, became, told, unknown)
        first = tuple(name for name in file.shown if name in unseen and name not in shown)
        files[place] = replace(file, unseen=first)
        told |= {*file.created}
        shown |= {*file.shown}
    notes = [*reports.maker.notes, *reports.notes, *written.notes, *written.proposed.notes]
    return Ingested(
        tuple(files),
        failures,
        tuple(written.proposed.general),
        len(written.exposures),
        dry_run,
        (*written.proposed.paths, *written.paths),
        (*notes, written.unread) if written.unread else tuple(notes),
        tuple(_prevented(written.exposures)),
    )


def _prevented(exposures: Iterable[Event]) -> Iterator[Prevented]:
    for event in exposures:
        data = event_data(event)
        if data.get("outcome") == PREVENTED:
            yield Prevented(data["pattern"], data.get("endpoint") or "", data.get("generation_id") or "")


def _counted(
    file: FileIngested,
    own: Sequence[tuple[Entry, bool]],
    became: Mapping[str, str],
    told: Collection[str],
    unknown: Collection[str],
) -> FileIngested:
    """A candidate is of the first file that shows it; `told` are those of earlier files.

    `unknown` are the names of the failures that are unclassified.
    """
    new = sum(fresh for _, fresh in own)
    names = tuple(dict.fromkeys(one.name for one, _ in own if one.told is not None and one.name))
    named = [(one.name, fresh) for one, fresh in own if one.name]
    created = dict.fromkeys(name for name, _ in named if became[name] == NEW and name not in told)
    updated = dict.fromkeys(name for name, fresh in named if fresh and became[name] in (KNOWN, RESTORED))
    return replace(
        file,
        new=new,
        already_known=len(own) - new,
        unclassified=sum(one.name in unknown for one, _ in own),
        created=tuple(created),
        updated=tuple(updated),
        shown=names,
        unknown=tuple(name for name in names if name in unknown),
    )


def _signed(reports: Reports, names: Iterable[str]) -> dict[str, SignedPattern]:
    """What events are counted for: each name with those that it had before, and its state."""
    known = by_name(reports.maker.library.patterns)
    found = {}
    for name in names:
        state, former = (known[name].state, known[name].supersedes) if name in known else ("proposed", ())
        found[name] = SignedPattern(name, "", former, state=state)
    return found


def _new_names(
    entries: Sequence[Entry],
    fresh: Sequence[bool],
    became: Mapping[str, str],
    stored: Sequence[Event],
    signed: Mapping[str, SignedPattern],
) -> set[str]:
    """The names that no event of another occurrence ever showed: files of an interrupted ingest tell nothing.

    What was collected, and makes its candidate now, is new as well: only its own events may have shown it.
    """
    made = (NEW, LEFT, UNWRITTEN)
    undecided = {name for name, one in signed.items() if one.state == "proposed" and became[name] != REJECTED}
    taken = {one.name for one, new in zip(entries, fresh, strict=True) if new} & undecided
    late = {one.name for one in entries if one.collected and one.name and became[one.name] in made}
    own = {occurrence_of(one.event) for one in entries} - {None}
    others = [one for one in stored if occurrence_of(one) not in own] if late else []
    return _unseen(taken, stored, signed) | _unseen(late & undecided, others, signed)


def _unseen(names: Collection[str], stored: Sequence[Event], signed: Mapping[str, SignedPattern]) -> set[str]:
    records = count_failures(stored, [signed[name] for name in names]) if names else {}
    return {name for name in names if name not in records or not records[name].hits}


def _failures(
    reports: Reports,
    became: Mapping[str, str],
    stored: Iterable[Event],
    new: Collection[str],
    signed: Mapping[str, SignedPattern],
) -> tuple[FailureSeen, ...]:
    """Each once; the runs of one generation, which the exposures tell of, are one (C4)."""
    records = count_failures([*stored, *(one.event for one in reports.entries)], list(signed.values()))
    seen: dict[str, FailureSeen] = {}
    told: set[Occurrence] = set()  # another report of the same run is no other hit
    for one in reports.entries:
        if one.told is None or not one.name:
            continue
        before = seen.get(one.name)
        if before is None:
            runs = records[one.name].occurrences if one.name in records else 0
            seen[one.name] = FailureSeen(one.name, one.told, became[one.name], 0, runs, one.name in new)
        key = occurrence_of(one.event)
        if key not in told:
            seen[one.name] = replace(seen[one.name], hits=seen[one.name].hits + 1)
        if key is not None:
            told.add(key)
    return tuple(sorted(seen.values(), key=_rank))


def _rank(one: FailureSeen) -> tuple[bool, int, int, int]:
    return not one.is_new, _ORDER.index(one.became), -one.runs, -one.hits
