"""Tracebacks in text of any origin: program output, logs, CI consoles, test reports, bug reports.

Read are what CPython 2.7 to 3.14 and IPython print, pytest's styles and Django's debug page, with log
prefixes, colours or escaped as JSON. Nothing is ever raised, and the time grows with the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from feedback_loop.domain.trace import Trace
from feedback_loop.formats.traceback_calls import ENDS, strict_exception
from feedback_loop.formats.traceback_cpython import exception_at, is_bare, joined, link_of, parse_one
from feedback_loop.formats.traceback_ipython import is_cell, parse_ipython, starts_ipython
from feedback_loop.formats.traceback_lines import (
    FILE,
    HEADER,
    View,
    file_view,
    text_lines,
    view_of,
    without_time,
)
from feedback_loop.formats.traceback_pytest import PytestReader, is_section

LOOK_BACK = 20  # lines before one that says that another exception comes
_TOLD_BEFORE = 6  # lines before calls for an exception that is told first
# So many lines behind an exception the next can still belong to its chain; so many lines of a trace in one
# of pytest's styles are read without its end.
_LONGEST_GAP, _LONGEST_TRACE = 500, 10_000


def parse_traces(text: str, cap: int = 64 << 10) -> tuple[Trace, ...]:
    """The traces of a text in its order, one for each chain or group; none for a text without.

    Of a trace of more than `cap` characters the start and the end are kept, and of very deep ones the
    first and the last calls; `complete` is False then, as it is where the text begins or ends within a trace.
    """
    scan = Scan(text_lines(text))
    scan.read()
    return tuple(scan.whole(chain, cap) for chain in scan.chains)


@dataclass(frozen=True)
class Part:
    """One exception of a chain and the lines where it stands."""

    trace: Trace
    start: int
    end: int
    view: View


@dataclass
class Scan:
    """One way through the lines.

    `link` is what the line between two exceptions said; `near` the last one, if only blanks came since.
    `free` is the last line with which a new way could begin and read the same from there on, and `told` how
    many chains were read before it.
    """

    lines: list[str]
    chains: list[list[Part]] = field(default_factory=list)
    pytest: PytestReader = field(default_factory=PytestReader)
    link: str = ""
    near: Part | None = None
    free: int = 0
    told: int = 0

    def read(self, index: int = 0, until: int = 0) -> None:
        """Read from a line on; no line from `until` on becomes `free`."""
        while index < len(self.lines):
            self._forget(index)
            line = without_time(self.lines[index])
            if index < until and self._is_free(line):
                self.free, self.told = index, len(self.chains)
            if self.pytest.short and self.pytest.ends_before(line):
                self._end_pytest(index)
            index = self._step(index, line) if line else index + 1
        self._end_pytest(index)

    def whole(self, chain: list[Part], cap: int) -> Trace:
        """The chain as a trace with its text, of which at most `cap` characters are kept."""
        return _whole(chain, self.lines, cap)

    def _is_free(self, line: str) -> bool:
        """Whether nothing that was read so far has a say in what the line is."""
        if self.link or self.pytest.start >= 0:
            return False
        return self.near is None or (HEADER in line and not line.startswith("E  "))

    def _forget(self, index: int) -> None:
        """Gives up what has waited too long for its end."""
        if self.chains and (self.near or self.link) and index > self.chains[-1][-1].end + _LONGEST_GAP:
            self.link, self.near = "", None
        if 0 <= self.pytest.start < index - _LONGEST_TRACE:
            self._end_pytest(index)

    def _step(self, index: int, line: str) -> int:
        """Takes what begins with the line; gives the index behind it."""
        if not line.startswith("E  "):
            if HEADER in line:
                return self._ipython(index) if starts_ipython(self.lines[index]) else self._with_header(index)
            if ('", line ' in line or 'File "' in line) and (
                view := file_view(self.lines, index)
            ) is not None:
                return self._cpython(index, view)
            if self.lines[index].startswith(("<ipython", "Cell In")) and is_cell(self.lines, index):
                return self._ipython(index)
            if self.link and strict_exception(self.lines[index]):
                return self._linked(index)
        if "exception" in line and (link := link_of(line)):
            self._between(index, link)
        elif is_section(line):
            self._end_pytest(index)
            self.link, self.near = "", None
        else:
            self._feed(index, line)
        return index + 1

    def _with_header(self, index: int) -> int:
        return self._cpython(index, view_of(self.lines, index))

    def _ipython(self, index: int) -> int:
        self._end_pytest(index)
        trace, end, view = parse_ipython(self.lines, index)
        self._add(Part(trace, index, end, view))
        return end

    def _cpython(self, index: int, view: View) -> int:
        self._end_pytest(index)
        trace, end = parse_one(view, index)
        if trace.frames and not trace.qualname:
            trace, index = self._told_before(index, view, trace)
        if trace.frames or trace.qualname:
            self._add(Part(trace, index, end, view))
        else:
            self.near = None
        return max(end, index + 1)

    def _linked(self, index: int) -> int:
        """An exception without calls behind the line that says that it comes."""
        trace, end = parse_one(View(self.lines), index)
        self._add(Part(trace, index, end, View(self.lines)))
        return end

    def _told_before(self, index: int, view: View, trace: Trace) -> tuple[Trace, int]:
        """The trace with the exception that stands before its calls, as error trackers tell it."""
        for at in range(index - 1, max(0, index - _TOLD_BEFORE) - 1, -1):
            line = (view.at(at) or "").strip()
            if strict_exception(line):
                if self._ends_calls(at, view):
                    break
                named, message, _ = exception_at(View([line]), 0)
                return replace(trace, exception=named.rpartition(".")[2], qualname=named, message=message), at
            if HEADER in self.lines[index]:
                break
        return trace, index

    def _ends_calls(self, index: int, view: View) -> bool:
        """Whether calls, or the header alone, stand right before the exception of the line."""
        before = [view.at(at) or "" for at in range(max(0, index - 3), index)]
        if not before or not before[-1].strip():
            return False
        return before[-1][0].isspace() or any(FILE.match(line) or HEADER in line for line in before)

    def _feed(self, index: int, line: str) -> None:
        start = self.pytest.start
        trace = self.pytest.feed(index, line) if line[0] in "E>_ " or ":" in line else None
        if trace is not None:
            if start >= 0:
                self._add(Part(trace, start, index + 1, View(self.lines)))
            elif not self._told_again(trace):
                self._add(self._told_in_one_line(index, trace))
        elif self.near is not None and line.strip() != '"""' and (self.near.view.at(index) or "").strip():
            self.near = None

    def _told_in_one_line(self, index: int, trace: Trace) -> Part:
        """Below a warning stands its code, two blanks further in."""
        line, after = self.lines[index], "".join(self.lines[index + 1 : index + 2])
        indent = len(line) - len(line.lstrip()) + 2
        if not trace.exception.endswith("Warning") or len(after) - len(after.lstrip()) != indent:
            return Part(trace, index, index + 1, View(self.lines))
        frames = (*trace.frames[:-1], replace(trace.frames[-1], source=after.strip()))
        return Part(replace(trace, frames=frames), index, index + 2, View(self.lines))

    def _end_pytest(self, index: int) -> None:
        start = self.pytest.start
        trace = self.pytest.finish("")
        if trace is not None:
            self._add(Part(trace, start, index, View(self.lines)))

    def _between(self, index: int, link: str) -> None:
        """Takes the line between two exceptions, whose first may have been told without a header."""
        self._end_pytest(index)
        line = self.lines[index]
        view = View(self.lines, line[: max(line.find("The above"), line.find("During"), 0)])
        if self.near is None and (start := self._bare(index, view)) >= 0:
            self._add(Part(parse_one(view, start)[0], start, index, view))
        self.link = link if self.near is not None else ""

    def _bare(self, index: int, view: View) -> int:
        """Where the exception begins that stands without calls before the line; -1 = nowhere."""
        for at in range(index - 1, max(index - LOOK_BACK, -1), -1):
            told = view.at(at) or ""
            if is_bare(told):
                return at
            if ENDS.match(told):
                break
        return -1

    def _add(self, part: Part) -> None:
        if self.link:
            self.chains[-1].append(replace(part, trace=replace(part.trace, link=self.link)))
        else:
            self.chains.append([part])
        self.link, self.near = "", part

    def _told_again(self, trace: Trace) -> bool:
        """Whether pytest's line style only names the place of the trace just read."""
        before = self.near.trace if self.near else None
        if before is None or not before.frames or before.exception != trace.exception:
            return False
        ours, theirs = trace.frames[-1], before.frames[-1]
        return (ours.file, ours.line) == (theirs.file, theirs.line)


def _whole(chain: list[Part], lines: list[str], cap: int) -> Trace:
    trace = joined([part.trace for part in chain])
    start, end, view = chain[0].start, chain[-1].end, chain[-1].view

    def shown(index: int) -> str:
        cut = view.at(index)
        return lines[index] if cut is None else cut

    text, is_whole = _text(start, end, shown, cap)
    message = trace.message[:cap]
    return replace(trace, text=text, message=message, complete=trace.complete and is_whole)


def _text(start: int, end: int, shown: Callable[[int], str], cap: int) -> tuple[str, bool]:
    """The lines as one text, and whether it is all of them: of more than `cap` the two ends are kept."""
    head: list[str] = []
    tail: list[str] = []
    taken = 0
    while start < end and taken <= cap:
        head.append(shown(start))
        taken += len(head[-1]) + 1
        start += 1
    if start == end and taken <= cap + 1:
        return "\n".join(head).rstrip(), True
    taken = 0
    while start < end and taken <= cap:
        end -= 1
        tail.append(shown(end))
        taken += len(tail[-1]) + 1
    told = "\n".join([*head, *reversed(tail)]).rstrip()
    half = max(cap - 5, 2) // 2
    return f"{told[:half]}\n...\n{told[-half:]}", False
