"""`smoke ingest`: the failures of a run become known, each once, and what it executed is noted (C9, C14)."""

from __future__ import annotations

import json
import operator
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from feedback_loop.api.collect.intake import OnlyNew, Taken
from feedback_loop.api.metrics.times import stamp
from feedback_loop.api.patterns.decisions import library_lock, own_settings
from feedback_loop.api.report_files import read_report_file
from feedback_loop.api.smoke.answers import Written, answer
from feedback_loop.api.smoke.candidates import by_name, check_folder
from feedback_loop.api.smoke.exposure import exposure_events
from feedback_loop.api.smoke.occurrences import as_stored
from feedback_loop.api.smoke.proposing import Proposer
from feedback_loop.api.smoke.taking import Clock, Entry, IngestOptions, Reports, checked
from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import Manifest, RunSeen
from feedback_loop.domain.failure import Classified
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.ingested import KNOWN, NEW, Ingested
from feedback_loop.domain.reported import ReportRead
from feedback_loop.engines.classify.endpoints import Endpoints
from feedback_loop.engines.signatures import KnownSignatures
from feedback_loop.errors import UserError
from feedback_loop.formats.manifest import read_manifest
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.workspace import Workspace

__all__ = ["IngestOptions", "classify_reports", "ingest_read", "ingest_reports", "manifest_file"]

_DEFAULT = IngestOptions()
_NO_ENDPOINT = (
    "no endpoint of this run is known: no prevention can be credited; with an HTTP client "
    "`pytest --log-level=INFO` lets the report name the requests"
)


def manifest_file(path: str) -> Manifest:
    """What a generation wrote, from its file. Raises UserError for one that cannot be read."""
    return read_manifest(read_report_file(path), path)


def ingest_reports(
    workspace: Workspace,
    reports: Iterable[tuple[str, bytes | UserError]],
    options: IngestOptions = _DEFAULT,
    clock: Clock | None = None,
    model: ApiModel | None = None,
) -> Ingested:
    """Take the reports, pairs of name and bytes: failures become events, unknown ones candidates, too.

    A report that cannot be used (or whose bytes are the error of reading it) has a `fault`; the others are
    taken all the same, and a second time they add nothing. `model` goes before `options.ir`. Candidates are
    on the disk before the events that need them. Raises UserError for options or settings that are wrong and
    for a repository without a library of its own or whose folder of proposals is a link, before anything is
    written, MachineFault when the disk says no: the call can be
    repeated. A failure makes a candidate when it is taken in first, or was only collected before.
    """
    ingest = _Ingest(workspace, options, clock, model)
    for name, data in reports:
        ingest.reports.take(name, data)
    return ingest.finish()


def ingest_read(
    workspace: Workspace,
    reports: Iterable[tuple[str, str, ReportRead]],
    options: IngestOptions = _DEFAULT,
    clock: Clock | None = None,
    model: ApiModel | None = None,
) -> Ingested:
    """The same of what was read already: triples of name, kind, and what was read.

    The run is the options' one, else that of what was read; where neither names one nothing is counted once.
    """
    ingest = _Ingest(workspace, options, clock, model)
    for name, kind, read in reports:
        ingest.reports.add(Taken(name, kind, False, options.run or read.run or "", read))
    return ingest.finish()


def classify_reports(
    workspace: Workspace,
    reports: Iterable[tuple[str, bytes | UserError]],
    options: IngestOptions = _DEFAULT,
    clock: Clock | None = None,
) -> Ingested:
    """What `ingest_reports` would make of them; nothing is written, and no library is needed."""
    return ingest_reports(workspace, reports, replace(options, dry_run=True), clock)


class _Ingest:
    """Reports that are taken in one call; all is written at the end."""

    def __init__(
        self, workspace: Workspace, options: IngestOptions, clock: Clock | None, model: ApiModel | None
    ) -> None:
        self._workspace = workspace
        self._options = checked(options)
        self._clock = clock or _now
        if not options.dry_run:
            check_folder(workspace.root, own_settings(workspace).patterns)
        self.reports = Reports(workspace, self._options, self._clock, model)

    def finish(self) -> Ingested:
        """Restored patterns, then candidates, then events: what stands before its events loses nothing."""
        maker = self.reports.maker
        stored = read_events(self._workspace.root).events
        known = by_name(maker.library.patterns)
        entries = self.reports.entries = as_stored(self.reports.entries, stored, known.keys())
        folder, dry_run = maker.settings.patterns, self._options.dry_run
        proposer = Proposer(self._workspace, folder, maker.library, stored, dry_run)
        written = Written()
        archived = proposer.archived(entries)
        fresh = self._news(written) if dry_run or archived else []
        recurring = proposer.recurring(archived, fresh)
        if dry_run:
            written.restored = recurring
            written.proposed = proposer.propose(self._unknown(known, fresh))
        else:
            written.restored, written.notes = proposer.restore(recurring, self._clock)
            with library_lock(self._workspace, stamp(self._clock())):
                fresh = self._news(written)  # whoever had the lock before may have written the same
                written.proposed = proposer.propose(self._unknown(known, fresh))
                self._append(fresh, written, stored)
        return answer(self.reports, fresh, written, stored, dry_run)

    def _unknown(self, known: Collection[str], fresh: Sequence[bool]) -> dict[str, Classified | None]:
        """The failures without a pattern by name; None for what only earlier ingests showed.

        These had their turn: a file that is ingested again proposes nothing.
        """
        found: dict[str, Classified | None] = {}
        for one, new in zip(self.reports.entries, fresh, strict=True):
            if one.told is not None and (not one.event.patterns or one.name not in known):
                told = one.told if new or one.collected else None
                found[one.name] = found.get(one.name) or told
        return found

    def _news(self, written: Written) -> list[bool]:
        """For each entry whether it is new to the store and to this call."""
        entries = self.reports.entries
        known = OnlyNew(self._workspace.root, [one.event for one in entries])
        written.unread = known.note if known.unread else ""
        return [known.is_new(one.event) for one in entries]

    def _append(self, fresh: Sequence[bool], written: Written, stored: Sequence[Event]) -> None:
        entries = zip(self.reports.entries, fresh, strict=True)
        events = [_with_pattern(one, written) for one, new in entries if new]
        runs = self._runs(written)
        if self._options.generation and runs and not any(one.executed for one in runs):
            written.notes.append(_NO_ENDPOINT)
        exposed = exposure_events(self._workspace, runs, stored)
        written.exposures += exposed.events
        written.notes += exposed.notes
        written.paths = append_events(self._workspace.root, [*events, *written.exposures]).paths

    def _runs(self, written: Written) -> list[RunSeen]:
        """Each run once, whichever files tell of it."""
        general = KnownSignatures(written.proposed.overall)
        endpoints = Endpoints(self.reports.maker.model)
        entries: dict[int, list[Entry]] = {}
        for one in self.reports.entries:
            entries.setdefault(one.place, []).append(one)
        found: dict[str, RunSeen] = {}
        for place, taken in self.reports.taken.items():
            if not taken.run:
                continue
            own = entries.get(place, [])
            signatures = [one.told.signature for one in own if one.told is not None]
            executed = {*map(endpoints.template, taken.read.executed), *self.reports.endpoints[place]}
            occurred = {one.name for one in own}
            occurred |= {name for one in set(signatures) for name in general.covering(one)}
            at = taken.read.at or self._options.at or self.reports.maker.moment()
            seen = found.get(taken.run, RunSeen(taken.run, at))
            file = self.reports.answers[place]
            # Another report of the same tests adds none; those of parts of a run add theirs.
            add = max if file.same_as else operator.add
            found[taken.run] = replace(
                seen,
                executed=tuple(sorted({*seen.executed, *executed} - {ANY})),
                total=add(seen.total, file.total),
                failed=add(seen.failed, file.failed),
                occurred=(seen.occurred | occurred) - {""},
                generation=self._options.generation or "",
                manifest=self._options.manifest,
            )
        return list(found.values())


def _with_pattern(one: Entry, written: Written) -> Event:
    """The event with the name of its candidate, where there is one (C9b)."""
    event = one.event
    if event.patterns or written.proposed.became.get(one.name) not in (NEW, KNOWN):
        return event
    source = json.loads(event.source)
    return make_event(event.kind, event.at, event_data(event), patterns=(one.name,), source=source)


def _now() -> datetime:
    return datetime.now(UTC)
