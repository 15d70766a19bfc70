"""Reports of a run read and judged: what they tell as events, before anything is written (C9, C9b)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from feedback_loop.api.application.model import read_model
from feedback_loop.api.collect.intake import (
    AUTO,
    Taken,
    check_kind,
    check_run,
    check_settings,
    kind_of,
    read_run,
)
from feedback_loop.api.collect.report_events import EventMaker
from feedback_loop.api.metrics.times import given_time
from feedback_loop.api.report_files import unpack
from feedback_loop.api.smoke.same_run import SameRuns
from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import Manifest
from feedback_loop.domain.failure import Classified
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.ingested import FileIngested
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported
from feedback_loop.errors import InputError, MachineFault, UserError
from feedback_loop.workspace import Workspace

# The kinds of input by the names that people say; a log is what `collect` calls a traceback.
KINDS = (AUTO, "junit", "reportlog", "schemathesis", "violations", "text")
_READ_AS = {"text": "traceback"}
_SHOWN_AS = {kind: name for name, kind in _READ_AS.items()}
VIA = "smoke"  # in the source of an event that an ingest wrote
_NO_SETTING = "prompts know the names that --ir tells only where the setting classify.ir names the file, too"
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class IngestOptions:
    """How to take the reports.

    `kind` is one of KINDS; `ir` the file that describes the application, None = the settings' one.
    `generation` names what wrote the code that ran, `manifest` says what it wrote. `run` goes before what a
    report says itself, `at` before its time. With `dry_run` nothing is written.
    """

    kind: str = AUTO
    ir: str | None = None
    generation: str | None = None
    manifest: Manifest | None = None
    run: str | None = None
    at: str | None = None
    dry_run: bool = False


def checked(options: IngestOptions) -> IngestOptions:
    """The same with its time as UTC and the generation of the manifest. Raises InputError."""
    check_kind(options.kind, KINDS)
    check_run(options.run)
    generation, manifest = options.generation, options.manifest
    check_run(generation, "--generation")
    told = manifest.generation_id if manifest else ""
    if generation and told and generation != told:
        raise InputError(f"--generation is {generation!a}, and the manifest is of {told!a}", kind="usage")
    check_run(told or None, "the manifest's generation_id")
    return replace(options, at=given_time("--at", options.at), generation=generation or told or None)


class Entry(NamedTuple):
    """An event to be, of the report at `place`, and what its failure was classified as.

    `name` is the pattern that it belongs to, or whose candidate it makes; "" = none. `collected`: the store
    has it, and no ingest wrote it.
    """

    place: int
    event: Event
    told: Classified | None
    name: str
    collected: bool = False


class Reports:
    """Takes report after report.

    `answers` has one for each, `taken` those that could be used, by their place and without what they
    reported: that is in `entries`, of which the first of each name alone has its trace. `endpoints` are those
    that a report's failures are about, by its place.

    Raises UserError for settings that are broken, and for a model that cannot be read.
    """

    def __init__(
        self, workspace: Workspace, options: IngestOptions, clock: Clock, model: ApiModel | None
    ) -> None:
        check_settings(workspace)
        self._options = options
        if model is None and options.ir is not None:
            model = read_model(workspace, options.ir)
        self.maker = EventMaker(workspace, clock, model)
        _ = self.maker.model  # asked for by nobody where nothing failed: a wrong one is told all the same
        unset = options.ir is not None and not self.maker.settings.classify_ir
        self.notes = [_NO_SETTING] if unset and not options.dry_run else []
        self.answers: list[FileIngested] = []
        self.taken: dict[int, Taken] = {}
        self.entries: list[Entry] = []
        self.endpoints: dict[int, set[str]] = {}
        self._names: set[str] = set()
        self._runs = SameRuns()

    def take(self, name: str, data: bytes | UserError) -> None:
        """One report; what is wrong with it becomes its answer. Raises MachineFault."""
        try:
            if isinstance(data, UserError):
                raise data
            taken = self._read(name, *unpack(name, data))
            same = None if self._options.run else self._runs.of(taken)
            if same is None:
                self.add(taken)
            else:
                self.add(replace(taken, run=same.run), same.name)
        except MachineFault:
            raise
        except UserError as error:
            self.answers.append(FileIngested(name, fault=error.message, hint=error.hint))

    def _read(self, name: str, plain_name: str, data: bytes) -> Taken:
        kind = self._options.kind
        sniffed = kind == AUTO
        if sniffed:
            kind = kind_of(plain_name, data, [_READ_AS.get(one, one) for one in KINDS[1:]], KINDS[1:])
        kind = _READ_AS.get(kind, kind)
        read, run = read_run(kind, data, self._options.run)
        return Taken(name, kind, sniffed, run, read)

    def add(self, taken: Taken, same_as: str = "") -> None:
        """One report that was read; `same_as` names an earlier one of its run."""
        at, read, place = self._options.at, taken.read, len(self.answers)
        if at is not None:  # it goes before the report's own time (C9b)
            read = replace(read, at=at, reported=tuple(replace(one, at=None) for one in read.reported))
        if self._options.dry_run:
            read = replace(read, reported=tuple(map(_without_trace, read.reported)))
        run = taken.run or None
        made = self.maker.make(read, kind=taken.kind, run=run, at=at, shown=taken.name, via=VIA)
        unread = (Problem(taken.name, one.line, one.message) for one in read.rejected)
        kind, total = _SHOWN_AS.get(taken.kind, taken.kind), read.read if read.tests is None else read.tests
        answer = FileIngested(taken.name, kind, taken.sniffed, taken.run, total, len(read.reported))
        answer = replace(answer, same_as=same_as)
        rejected = (*unread, *made.rejected)
        # Where tests are counted, the phases of those that passed are no news.
        skipped = (pair for pair in read.skipped if read.tests is None or pair[0] != "passed")
        self.answers.append(replace(answer, skipped=tuple(sorted(skipped)), rejected=rejected))
        self.taken[place] = replace(taken, read=replace(read, reported=()))
        self.endpoints[place] = {one.signature.endpoint or ANY for one in made.judged if one is not None}
        for event, told in zip(made.events, made.judged, strict=True):
            name = event.patterns[0] if event.patterns else told.name if told else ""
            if told is not None and name in self._names:
                told = replace(told, trace=None)  # the first one is shown
            self._names.add(name)
            self.entries.append(Entry(place, event, told, name))


def _without_trace(one: Reported) -> Reported:
    """Of an event that is not written nobody reads the trace: to mask it would take most of the time."""
    return replace(one, fields=tuple(pair for pair in one.fields if pair[0] != "stack_trace"))
