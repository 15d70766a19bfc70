"""A test run's failures, as the runner itself hands them over: into the spool, and as metrics JSON (A71)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from feedback_loop.api.collect.report_events import EventMaker
from feedback_loop.api.library import open_library
from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.api.metrics.entries import CATEGORIES
from feedback_loop.api.metrics.entry_events import entries_of
from feedback_loop.domain.event import Event
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.secrets import mask
from feedback_loop.errors import UserError
from feedback_loop.formats.failed_request import failed_tests
from feedback_loop.formats.failed_test import SUBTESTS_FAILED, failed_test
from feedback_loop.formats.metrics_json import read_metrics
from feedback_loop.formats.records import make_event
from feedback_loop.stores.files import atomic_write, read_anywhere
from feedback_loop.stores.spool import append_spool
from feedback_loop.workspace import Workspace

_SOURCE = "pytest"
_RUN_CAP = 200  # characters, as for `collect --run`
_METRICS_CAP = 64 << 20
_WRITTEN = "test_failures"  # the one category that a run fills


@dataclass(frozen=True)
class RunRequest:
    """What a run is and is to leave behind: events in the spool, metrics in the file `output`, or both.

    The repository is the one around `folder`; both paths are absolute. `began` is in seconds since 1970.
    `run` is the name that its JUnit report would give it, `named` what the user calls it: two reports of
    one run count what both of them tell once.
    """

    folder: str
    run: str
    began: float
    spool: bool
    output: str | None = None
    named: str | None = None


@dataclass(frozen=True)
class FailedTest:
    """A phase of a test that failed (setup, call, teardown, collect); message and text are those of JUnit."""

    node_id: str
    phase: str
    message: str
    text: str


@dataclass(frozen=True)
class RecordedRun:
    """How many failures are in the spool: None = none asked for, or it went wrong.

    `output` is the file that was written, with so many failures; "" = none was. `faults` say in words what
    went wrong.
    """

    spooled: int | None = None
    output: str = ""
    written: int = 0
    faults: tuple[str, ...] = ()


def record_test_run(request: RunRequest, failed: Sequence[FailedTest]) -> RecordedRun:
    """Record what failed in a test run.

    Nothing that git tracks is written. What goes wrong with one part is told in `faults` and keeps no other
    part from being done. Outside of a repository `output` is written all the same, without patterns.
    """
    at = format_moment(request.began)
    told = [one for one in failed if not SUBTESTS_FAILED.match(one.message)]
    reported = tuple(
        each
        for entry, one in enumerate(told, 1)
        for each in failed_tests(
            failed_test(one.node_id, one.message, one.text, phase=one.phase, at=at, entry=entry), one.message
        )
    )
    faults: list[str] = []
    read = ReportRead(reported, len(failed), run=_run(request, faults), at=at)
    workspace, events = _events(request, read, faults)
    spooled: int | None = None
    output = ""
    if request.spool and workspace is not None:
        try:
            append_spool(workspace.repository.state_dir, events)
            spooled = len(events)
        except UserError as error:
            faults.append(_words(error))
    if request.output is not None:
        try:
            _write_metrics(request.output, events)
            output = request.output
        except UserError as error:
            faults.append(_words(error))
    return RecordedRun(spooled, output, len(events), tuple(faults))


def _run(request: RunRequest, faults: list[str]) -> str:
    """What the user calls the run, if `collect --run` would take it too."""
    named = request.named
    if named is None:
        return request.run
    if named.strip() and named.isprintable() and len(named) <= _RUN_CAP and mask(named) == named:
        return named
    faults.append(
        f"the run is not called as given: that takes 1 to {_RUN_CAP} printable characters, no secret"
    )
    return request.run


def _events(request: RunRequest, read: ReportRead, faults: list[str]) -> tuple[Workspace | None, list[Event]]:
    """The repository, if there is one, and the events; where there is none they name no pattern."""
    try:
        workspace = Workspace.open(request.folder)
        maker = EventMaker(workspace)
        problems = [*open_library(workspace).problems]
    except UserError as error:
        if request.spool or error.kind != "no_repository":
            faults.append(_words(error))
        return None, [_plain(one, read.at or "") for one in read.reported]
    try:
        made = maker.make(read, kind=_SOURCE, shown="this run")
    except UserError as error:  # the settings name a model that cannot be read
        faults.append(_words(error))
        made = maker.make(read, kind=_SOURCE, shown="this run", judge=False)
    problems += made.rejected
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        faults.append(f"{problems[0]}{more}")
    return workspace, list(made.events)


def _plain(one: Reported, at: str) -> Event:
    return make_event(one.kind, at, dict(one.fields), source={"kind": _SOURCE})


def _write_metrics(path: str, events: list[Event]) -> None:
    """Replace the file by the metrics of this run alone.

    Raises UserError if it cannot be written, is tracked by git, or holds anything but test failures.
    """
    if _is_tracked(path):
        raise UserError(f"{path} is tracked by git: it is not written", "name another file")
    if not _is_replaceable(path):
        told = f"{path} holds something else than a run's test failures: it is not written"
        raise UserError(told, "name another file")
    collector = MetricsCollector()
    collector.data = entries_of(events)
    atomic_write(path, collector.export_json(mask=True).encode("utf-8") + b"\n")


def _is_tracked(path: str) -> bool:
    folder, name = os.path.split(path)
    folder = os.path.realpath(folder)
    try:
        workspace = Workspace.open(folder)
    except UserError:
        return False  # no repository there, or no folder yet
    below = os.path.relpath(os.path.join(folder, name), os.path.realpath(workspace.root))
    return bool(workspace.git.quick.tracked([os.fsencode(below)]))


def _words(error: UserError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _is_replaceable(path: str) -> bool:
    """Whether the file is not there, empty, or metrics of test failures alone: such as a run writes.

    Metrics that hold more were collected by somebody, and are not overwritten.
    """
    try:
        data, unknown = read_metrics(read_anywhere(path, _METRICS_CAP).decode("utf-8") or "{}", CATEGORIES)
    except FileNotFoundError:
        return True
    except (OSError, UnicodeDecodeError, UserError):
        return False
    return not unknown and not any(data[name] for name in CATEGORIES if name != _WRITTEN)
