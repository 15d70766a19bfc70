"""`collect`: what other tools report becomes events, once each, and so does the spool (A31, A73)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedback_loop.api.collect.files import read_report_file, unpack
from feedback_loop.api.collect.metrics import KIND as METRICS
from feedback_loop.api.collect.metrics import MetricsTarget, collect_metrics
from feedback_loop.api.collect.report_events import EventMaker
from feedback_loop.api.metrics.entries import CATEGORIES
from feedback_loop.api.metrics.entry_events import CATEGORY_OF
from feedback_loop.api.metrics.times import given_time, stamp
from feedback_loop.domain.collected import Collected, FileCollected, SpoolCollected, add_up
from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.text import counted
from feedback_loop.errors import InputError, MachineFault, UserError
from feedback_loop.formats import report_kinds
from feedback_loop.formats.schema import did_you_mean
from feedback_loop.stores.events import append_events
from feedback_loop.stores.occurrences import Occurrence, known_occurrences, occurrence_of
from feedback_loop.stores.spool import import_spool
from feedback_loop.workspace import Workspace

__all__ = ["KINDS", "CollectOptions", "collect_reports", "collect_spool", "read_report_file"]

AUTO = "auto"
KINDS = (AUTO, *report_kinds.KINDS)
_RUN_CAP = 200  # characters
_RUN_DIGITS = 16


@dataclass(frozen=True)
class CollectOptions:
    """How to read the reports: `kind` is one of KINDS; `run` goes before what a report says itself, `at`
    dates what has no time of its own.

    With `dry_run` nothing is written.
    """

    kind: str = AUTO
    run: str | None = None
    at: str | None = None
    dry_run: bool = False


def collect_reports(
    workspace: Workspace,
    reports: Iterable[tuple[str, bytes | UserError]],
    options: CollectOptions = CollectOptions(),
    clock: Callable[[], datetime] | None = None,
) -> Collected:
    """Take the reports, pairs of name and bytes, into the store: what it holds already adds nothing.

    A report that cannot be used (or whose bytes are the error of reading it) has a `fault`; the others
    are collected all the same. Raises InputError for options that are wrong, MachineFault when the disk
    says no: the call can be repeated.
    """
    collector = _Collector(workspace, _checked(options), clock)
    for name, data in reports:
        collector.take(name, data)
    return collector.finish()


def _checked(options: CollectOptions) -> CollectOptions:
    if options.kind not in KINDS:
        hint = did_you_mean(options.kind, list(KINDS))
        raise InputError(f"--input: {options.kind!a} is not one of {', '.join(KINDS)}{hint}", kind="usage")
    run = options.run
    if run is not None and (not run.strip() or len(run) > _RUN_CAP or not run.isprintable()):
        raise InputError(f"--run: 1 to {_RUN_CAP} printable characters are needed", kind="usage")
    if run is not None and mask(run) != run:
        raise InputError("--run looks like a secret, and would stand in every event", kind="usage")
    return replace(options, at=given_time("--at", options.at))


class _Collector:
    """Reads report after report; what is new of them is written at the end, so that many make one file."""

    def __init__(
        self, workspace: Workspace, options: CollectOptions, clock: Callable[[], datetime] | None
    ) -> None:
        _, problems = workspace.settings()
        if problems:  # a rule that is not read now would give its findings another pattern for good
            raise UserError(f"the settings are broken: {problems[0]}", "mend them, then collect again")
        self._workspace = workspace
        self._options = options
        self._maker = EventMaker(workspace, clock)
        self._answers: list[FileCollected] = []
        self._events: dict[int, tuple[Event, ...]] = {}  # by the place of their answer

    def take(self, name: str, data: bytes | UserError) -> None:
        """One report; what is wrong with it becomes its answer."""
        try:
            if isinstance(data, UserError):
                raise data
            answer = self._taken(name, *unpack(name, data))
        except MachineFault:
            raise
        except UserError as error:
            answer = FileCollected(name, fault=error.message, hint=error.hint)
        self._answers.append(answer)

    def _taken(self, name: str, plain_name: str, data: bytes) -> FileCollected:
        kind = self._options.kind
        if kind == AUTO:
            kind = report_kinds.sniff(data, plain_name) or ""
        if not kind:
            known = ", ".join(KINDS[1:])
            raise InputError("nothing that can be recognised", f"say what it is: --input, one of {known}")
        if kind == METRICS:
            at = self._options.at or self._maker.moment()
            target = MetricsTarget(self._workspace.root, at, self._options.dry_run)
            return replace(collect_metrics(name, data, target), sniffed=self._options.kind == AUTO)
        read = report_kinds.read_report(kind, data)
        run = self._options.run or _own_run(read.run) or hashlib.sha256(data).hexdigest()[:_RUN_DIGITS]
        made = self._maker.make(read, kind=kind, run=run, at=self._options.at, shown=name)
        self._events[len(self._answers)] = made.events
        told = (Problem(name, one.line, one.message) for one in read.rejected)
        return FileCollected(
            name,
            kind,
            self._options.kind == AUTO,
            run,
            read.read,
            skipped=tuple(sorted(read.skipped)),
            rejected=(*told, *made.rejected),
        )

    def finish(self) -> Collected:
        """Write what the store does not hold yet."""
        every = (event for events in self._events.values() for event in events)
        known, unread = known_occurrences(self._workspace.root, every)
        fresh: list[Event] = []
        for place, events in self._events.items():
            new = [event for event in events if not _seen(event, known)]
            answer = self._answers[place]
            named = Counter(pattern for event in new for pattern in event.patterns or ("",))
            self._answers[place] = replace(
                answer,
                new=len(new),
                duplicate=len(events) - len(new),
                patterns=add_up([tuple(named.items())]),
            )
            fresh += new
        notes = [*self._maker.notes]
        if unread:
            notes.append(f"{counted(unread, 'record')} of the store cannot be read: see `events verify`")
        paths: tuple[str, ...] = ()
        if not self._options.dry_run:
            paths = append_events(self._workspace.root, fresh).paths
        return Collected(tuple(self._answers), self._options.dry_run, paths, tuple(notes))


def _own_run(run: str | None) -> str | None:
    """The report's own name of its run, if it can stand in an event as it is."""
    fits = run is not None and run.strip() and len(run) <= _RUN_CAP and mask(run) == run
    return run if fits else None


def _seen(event: Event, known: set[Occurrence]) -> bool:
    """Whether this occurrence is known; from now on it is."""
    key = occurrence_of(event)
    if key is None:
        return False
    if key in known:
        return True
    known.add(key)
    return False


# -- the spool -------------------------------------------------------------------------------------


def collect_spool(workspace: Workspace, clock: Callable[[], datetime] | None = None) -> SpoolCollected:
    """Move what hooks and test runs left in the spool into the store. Raises MachineFault (busy, io)."""
    now = stamp((clock or _now)())
    imported = import_spool(workspace.root, workspace.repository.state_dir, now)
    counts = dict.fromkeys(CATEGORIES, 0)
    others = []
    for kind, number in imported.kinds:
        if kind in CATEGORY_OF:
            counts[CATEGORY_OF[kind]] += number
        else:
            others.append((kind, number))
    return SpoolCollected(imported, tuple(counts.items()), tuple(others))


def _now() -> datetime:
    return datetime.now(UTC)
