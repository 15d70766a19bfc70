"""`collect`: what other tools report becomes events, once each, and so does the spool (A31, A73)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedback_loop.api.collect.intake import (
    AUTO,
    OnlyNew,
    check_kind,
    check_run,
    check_settings,
    kind_of,
    read_run,
)
from feedback_loop.api.collect.metrics import KIND as METRICS
from feedback_loop.api.collect.metrics import MetricsTarget, collect_metrics
from feedback_loop.api.collect.report_events import EventMaker
from feedback_loop.api.metrics.entries import CATEGORIES
from feedback_loop.api.metrics.entry_events import CATEGORY_OF
from feedback_loop.api.metrics.times import given_time, stamp
from feedback_loop.api.report_files import read_report_file, unpack
from feedback_loop.domain.collected import Collected, FileCollected, SpoolCollected, add_up
from feedback_loop.domain.event import Event
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats import report_kinds
from feedback_loop.stores.events import append_events
from feedback_loop.stores.spool import import_spool
from feedback_loop.workspace import Workspace

__all__ = ["KINDS", "CollectOptions", "collect_reports", "collect_spool", "read_report_file"]

KINDS = (AUTO, *report_kinds.KINDS)


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
    check_kind(options.kind, KINDS)
    check_run(options.run)
    return replace(options, at=given_time("--at", options.at))


class _Collector:
    """Reads report after report; what is new of them is written at the end, so that many make one file."""

    def __init__(
        self, workspace: Workspace, options: CollectOptions, clock: Callable[[], datetime] | None
    ) -> None:
        check_settings(workspace)
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
            kind = kind_of(plain_name, data, KINDS[1:])
        if kind == METRICS:
            at = self._options.at or self._maker.moment()
            target = MetricsTarget(self._workspace.root, at, self._options.dry_run)
            return replace(collect_metrics(name, data, target), sniffed=self._options.kind == AUTO)
        read, run = read_run(kind, data, self._options.run)
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
        known = OnlyNew(self._workspace.root, every)
        fresh: list[Event] = []
        for place, events in self._events.items():
            new = [event for event in events if known.is_new(event)]
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
        if known.unread:
            notes.append(known.note)
        paths: tuple[str, ...] = ()
        if not self._options.dry_run:
            paths = append_events(self._workspace.root, fresh).paths
        return Collected(tuple(self._answers), self._options.dry_run, paths, tuple(notes))


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
