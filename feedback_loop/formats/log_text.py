"""Tracebacks and failed checks in plain text: a program's output, a log, the console of a CI run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.requests import Request, is_endpoint, logged_requests, stated_request
from feedback_loop.domain.trace import Trace, deepest_own
from feedback_loop.formats.failed_test import ANOTHER_ATTEMPT
from feedback_loop.formats.log_bytes import LogBytes
from feedback_loop.formats.report_json import FAILURES_CAP, Executed, kept_problems, left_out
from feedback_loop.formats.schemathesis_console import Console
from feedback_loop.formats.traceback_stream import PIECE, Stretch, stretches

_NEAR = 4  # lines between a traceback and the line of a server that tells of the same request
NOTHING = "no traceback and no failed check in so many lines"


def read_log(data: bytes, piece: int = PIECE) -> ReportRead:
    """Each traceback of the text is a `bug`, each check that Schemathesis printed as failed a `test_failure`.

    A `place` is the exception's class with the file and the function of the deepest call of the project's
    own, no line number: equal tracebacks share it. One that was cut off before its exception is rejected,
    and those beyond 10,000 are counted in a problem. A request that failed in a line of a server next to a
    traceback is its endpoint; `executed` are those of all such lines, at most 10,000. A text without a
    failure has its lines in `skipped`. Bytes that are no text, and lines beyond 1 MiB, are told in
    `rejected`. The text is read in pieces of `piece` bytes, which changes nothing else. Raises InputError
    for bytes that are no text as a whole.
    """
    source = LogBytes(data)
    reader = _Reader()
    for stretch in stretches(source.pieces(piece), enough=reader.is_full):
        reader.take(stretch)
    return reader.result(source)


@dataclass
class _Reader:
    """Takes the lines in their order: a traceback waits for the request whose line may follow it."""

    reported: list[Reported] = field(default_factory=list)
    rejected: list[Problem] = field(default_factory=list)
    executed: Executed = field(default_factory=Executed)
    console: Console = field(default_factory=Console)
    skipped: Counter[str] = field(default_factory=Counter)
    checks: set[str] = field(default_factory=set)  # the places of those that were told
    read: int = 0
    over: int = 0
    last: tuple[int, Request] | None = None  # the line of a request that may be the next traceback's
    waiting: tuple[int, Reported] | None = None  # a traceback and the line behind it
    behind: int = 0  # what is before this line is a traceback's
    before: str = ""  # the line before

    def is_full(self) -> bool:
        """Whether as many tracebacks were told as are kept."""
        return len(self.reported) >= FAILURES_CAP

    def take(self, stretch: Stretch) -> None:
        """The next lines with their traces."""
        self.read += stretch.beyond
        self.over += stretch.beyond
        at = stretch.first
        for start, end, made in stretch.traces:
            self._lines(stretch, at, start)
            if len(self.reported) < FAILURES_CAP:
                self._trace(start, end, made())
            else:
                self._beyond()
            at = self.behind = max(end, at)
        self._lines(stretch, max(at, self.behind), stretch.first + len(stretch.lines))

    def _lines(self, stretch: Stretch, start: int, end: int) -> None:
        first = stretch.first
        for index in range(max(start, self.behind), end):
            line = stretch.lines[index - first]
            if "/" in line and (requests := logged_requests(line)):
                for request in requests:
                    self._request(index, request)
            if self.console.wants(line):
                self.console.take(line, self.before)
                self._checks()
            self.before = line

    def _request(self, index: int, request: Request) -> None:
        self.executed.take(request.endpoint)
        if self.waiting is not None and (found := _of(self.waiting, index, request)) is not None:
            self.waiting = (-_NEAR, found)
            self._settle()
        elif request.is_failed:
            self.last = (index, request)

    def _trace(self, start: int, end: int, trace: Trace) -> None:
        if (operation := _operation(trace)) and self.waiting is not None:
            bug = replace(self.waiting[1], endpoint=operation)
            self.waiting = (end, bug)
            return
        self._settle()
        if len(self.reported) >= FAILURES_CAP:
            self._beyond()
            return
        self.read += 1
        if not trace.qualname:
            told = f"traceback {self.read} ends before it names its exception"
            self.rejected.append(Problem("", 0, told))
            return
        near = self.last is not None and start - self.last[0] <= _NEAR
        request = self.last[1] if self.last is not None and near else None
        bug = _bug(trace, self.read)
        if request is not None:
            bug = replace(bug, endpoint=request.endpoint, status=request.status)
        elif stated := stated_request(trace.message):
            bug = replace(bug, endpoint=stated)
        self.last = None
        self.waiting = (end, bug)

    def _checks(self) -> None:
        """The failed checks of a section that has just ended."""
        told, self.console.told = self.console.told, []
        for one in told:
            self.executed.take(one.endpoint)
            if one.place in self.checks:
                self.read += 1
                self.skipped[ANOTHER_ATTEMPT] += 1
                continue
            self._settle()
            if len(self.reported) >= FAILURES_CAP:
                self._beyond()
                continue
            self.read += 1
            self.checks.add(one.place)
            self.reported.append(replace(one, entry=self.read))

    def _beyond(self) -> None:
        """One more than is kept."""
        self.read += 1
        self.over += 1

    def _settle(self) -> None:
        if self.waiting is not None:
            self.reported.append(self.waiting[1])
            self.waiting = None

    def result(self, source: LogBytes) -> ReportRead:
        """All that was told, once all lines of the source were taken."""
        self.console.end()
        self._checks()
        self._settle()
        if not self.read and source.lines:
            self.skipped[NOTHING] = source.lines
        problems = source.problems() + left_out(self.over, "tracebacks") + self.rejected
        return ReportRead(
            tuple(self.reported),
            self.read,
            tuple(self.skipped.items()),
            kept_problems(problems, "tracebacks"),
            executed=self.executed.told(),
        )


def _of(waiting: tuple[int, Reported], index: int, request: Request) -> Reported | None:
    """The traceback with the request of a line below it, if that line tells of it.

    Where a line above told the path alone, as Django does, the method comes from here.
    """
    end, bug = waiting
    method, _, path = bug.endpoint.partition(" ")
    if index - end > _NEAR or request.status is None or request.status < 500:
        return None
    if bug.endpoint and (method != "*" or path != request.endpoint.partition(" ")[2]):
        return None
    return replace(bug, endpoint=request.endpoint, status=request.status)


def _operation(trace: Trace) -> str:
    """`METHOD /template`, if it is no trace but the place that FastAPI names below an error's message."""
    if trace.qualname or len(trace.frames) != 1 or not is_endpoint(trace.frames[0].source):
        return ""
    return trace.frames[0].source


def _bug(trace: Trace, entry: int) -> Reported:
    deepest = trace.frames[-1] if trace.frames else None
    frame = deepest_own(trace, None) or deepest
    file, line, function = (frame.file, frame.line, frame.function) if frame else ("", 0, "")
    fields: tuple[tuple[str, object], ...] = (
        ("error", f"{trace.qualname}: {trace.message}" if trace.message else trace.qualname),
        ("code", deepest.source if deepest else ""),
        ("file_path", file.strip() or "<unknown>"),
        ("line", line),
        ("stack_trace", trace.text),
    )
    place = f"{trace.qualname} in {file}:{function}" if frame else trace.qualname
    return Reported("bug", fields, place, trace=trace.text, entry=entry)
