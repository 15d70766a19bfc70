"""Tracebacks in text of any origin: program output, logs, CI consoles, test reports, bug reports.

Read are what CPython 2.7 to 3.14 prints, pytest's styles and Django's debug page, with log prefixes,
colours or escaped as JSON. Nothing is ever raised, and the time grows with the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from feedback_loop.domain.trace import Trace
from feedback_loop.formats.traceback_cpython import is_bare, joined, link_of, parse_one
from feedback_loop.formats.traceback_lines import FILE, HEADER, View, text_lines, view_of
from feedback_loop.formats.traceback_pytest import PytestReader, is_section

_LOOK_BACK = 20  # lines


def parse_traces(text: str, cap: int = 64 << 10) -> tuple[Trace, ...]:
    """The traces of a text in its order, one for each chain or group; none for a text without.

    Of a trace of more than `cap` characters the start and the end are kept, and of very deep ones the
    first and the last calls; `complete` is False then, as it is where the text begins or ends within a trace.
    """
    scan = _Scan(text_lines(text))
    scan.read()
    return tuple(_whole(chain, scan.lines, cap) for chain in scan.chains)


@dataclass(frozen=True)
class _Part:
    """One exception of a chain and the lines where it stands."""

    trace: Trace
    start: int
    end: int
    view: View


@dataclass
class _Scan:
    """One way through the lines.

    `link` is what the line between two exceptions said; `near` the last one, if only blanks came since.
    """

    lines: list[str]
    chains: list[list[_Part]] = field(default_factory=list)
    pytest: PytestReader = field(default_factory=PytestReader)
    link: str = ""
    near: _Part | None = None

    def read(self) -> None:
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            if self.pytest.short and self.pytest.ends_before(line):
                self._end_pytest(index)
            index = self._step(index, line) if line else index + 1
        self._end_pytest(index)

    def _step(self, index: int, line: str) -> int:
        """Takes what begins with the line; gives the index behind it."""
        if not line.startswith("E  "):
            if HEADER in line:
                return self._cpython(index, view_of(self.lines, index))
            if 'File "' in line and FILE.match(line):
                return self._cpython(index, View(self.lines))
        if "exception" in line and (link := link_of(line)):
            self._between(index, link)
        elif is_section(line):
            self._end_pytest(index)
            self.link, self.near = "", None
        else:
            self._feed(index, line)
        return index + 1

    def _cpython(self, index: int, view: View) -> int:
        self._end_pytest(index)
        trace, end = parse_one(view, index)
        if trace.frames or trace.qualname:
            self._add(_Part(trace, index, end, view))
        return max(end, index + 1)

    def _feed(self, index: int, line: str) -> None:
        start = self.pytest.start
        trace = self.pytest.feed(index, line) if line[0] in "E>_ " or ":" in line else None
        if trace is not None:
            if start >= 0:
                self._add(_Part(trace, start, index + 1, View(self.lines)))
            elif not self._told_again(trace):
                self._add(self._told_in_one_line(index, trace))
        elif self.near is not None and line.strip() != '"""' and (self.near.view.at(index) or "").strip():
            self.near = None

    def _told_in_one_line(self, index: int, trace: Trace) -> _Part:
        """Below a warning stands its code, two blanks further in."""
        line, after = self.lines[index], "".join(self.lines[index + 1 : index + 2])
        indent = len(line) - len(line.lstrip()) + 2
        if not trace.exception.endswith("Warning") or len(after) - len(after.lstrip()) != indent:
            return _Part(trace, index, index + 1, View(self.lines))
        frames = (*trace.frames[:-1], replace(trace.frames[-1], source=after.strip()))
        return _Part(replace(trace, frames=frames), index, index + 2, View(self.lines))

    def _end_pytest(self, index: int) -> None:
        start = self.pytest.start
        trace = self.pytest.finish("")
        if trace is not None:
            self._add(_Part(trace, start, index, View(self.lines)))

    def _between(self, index: int, link: str) -> None:
        """Takes the line between two exceptions, whose first may have been told without a header."""
        self._end_pytest(index)
        line = self.lines[index]
        view = View(self.lines, line[: max(line.find("The above"), line.find("During"), 0)])
        if self.near is None and (start := self._bare(index, view)) >= 0:
            self._add(_Part(parse_one(view, start)[0], start, index, view))
        self.link = link if self.near is not None else ""

    def _bare(self, index: int, view: View) -> int:
        """Where the exception begins that stands without calls before the line; -1 = nowhere."""
        for at in range(index - 1, max(index - _LOOK_BACK, -1), -1):
            if is_bare(view.at(at) or ""):
                return at
        return -1

    def _add(self, part: _Part) -> None:
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


def _whole(chain: list[_Part], lines: list[str], cap: int) -> Trace:
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
