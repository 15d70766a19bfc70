"""Tracebacks in pytest's own styles: long, short, line, and warnings as Python prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.formats.traceback_calls import EXCEPTION, frame_of
from feedback_loop.formats.traceback_lines import FILE

_LOCATION = re.compile(r"([^\s\"'][^\"\n]*?):(\d{1,9}):(?: (.*))?$")
_FUNCTION = re.compile(r"    (?:async )?def (\w+)")
_NAME = re.compile(r"in (<?[^\W\d][\w.<>]*)$")
_CARETS = re.compile(r"[\s~^]+$")
_BETWEEN = re.compile(r"_ _ _(?: |$)")  # the readers of reports shorten it
_SECTION = re.compile(r"_{3}.*_{3}$|={3}|-{3,} ?[Cc]aptured")
_PYTHON = (".py", ".pyx", ".pyi", ">")
# Classes of warnings that tell of a fault while the program runs; the others tell of its age.
_WARNINGS = ("RuntimeWarning", "ResourceWarning")
_FAULTS = ("Error", "Exception", "Interrupt", "Exit", "Iteration", "Group", "Failed", *_WARNINGS)


@dataclass
class PytestReader:
    """What the lines so far have told about the trace that is being read; `start` is its first line."""

    start: int = -1
    function: str = ""
    source: str = ""
    frames: list[Frame] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    short: bool = False
    after_errors: bool = False

    def ends_before(self, line: str) -> bool:
        """Whether a trace in short style is over: its error was told, and this line is no more of it."""
        return self.short and bool(self.errors) and not _is_error(line)

    def feed(self, index: int, line: str) -> Trace | None:
        """Takes the next line; gives the trace that ends with it."""
        if _is_error(line):
            self._begin(index)
            self.errors.append(line[1:])
            self.after_errors = True
            return None
        if self.after_errors and not self.short and line.startswith("    "):
            self.errors.append(line[1:])  # of an error without calls only the first line has its E
            return None
        self.after_errors = False
        if _BETWEEN.match(line):
            self.short = False  # between two calls in long style, which may follow some in short style
        elif line.startswith(("> ", ">\t")):
            self._begin(index)
            self.source = line[1:].strip()
        elif line.startswith("    "):
            self._code(index, line)
        elif match := _LOCATION.match(line.removeprefix("  ")):
            return self._location(index, match)
        return None

    def _begin(self, index: int) -> None:
        if self.start < 0:
            self.start = index

    def _code(self, index: int, line: str) -> None:
        if self.short:
            frame = self.frames[-1]
            if not frame.source and not _CARETS.match(line):
                self.frames[-1] = Frame(frame.file, frame.line, frame.function, line.strip())
        elif not self.function and (match := _FUNCTION.match(line)):
            self._begin(index)
            self.function = match[1]

    def _location(self, index: int, match: re.Match[str]) -> Trace | None:
        file, number, rest = match[1].replace("\\", "/"), int(match[2]), (match[3] or "").rstrip()
        if "." not in file and "/" not in file:
            return None
        if name := _NAME.match(rest):
            self._begin(index)
            self.frames.append(Frame(file, number, name[1]))
            self.short, self.function, self.source = True, "", ""
            return None
        frame = Frame(file, number, self.function, self.source)
        if not rest and self.source:
            self.frames.append(frame)
            self.short, self.function, self.source = False, "", ""
            return None
        return self._last(index, frame, rest)

    def _last(self, index: int, frame: Frame, rest: str) -> Trace | None:
        """The trace of a line `path:12: KeyError` (long style) or `path:12: KeyError: 'a'` (line style)."""
        name = EXCEPTION.match(rest)
        if self.errors and (self.source or not self.frames):
            self.frames.append(frame)
            is_told = bool(self.source) or not EXCEPTION.match(_dedented(self.errors)[0])
            return self.finish(name[1] if name and is_told else "")
        if not frame.file.endswith(_PYTHON) or not (rest.startswith("assert ") or name):
            return None
        if name and not name[1].endswith(_FAULTS):
            return None
        self._begin(index)
        self.frames, self.errors = [frame], ["  " + rest]
        return self.finish("")

    def finish(self, name: str) -> Trace | None:
        """The trace of what was read, if it is one; the reader begins anew.

        `name` is the class as the last location tells it, "" where it does not.
        """
        frames, told, was_short = self.frames, _dedented(self.errors), self.short
        self.start, self.function, self.source, self.short, self.after_errors = -1, "", "", False, False
        self.frames, self.errors = [], []
        if told and (match := FILE.match(told[0])):
            told = _without_syntax(told, match, frames)
        found = EXCEPTION.match(told[0]) if told else None
        if found and (found[1].rpartition(".")[2] == name if name else _is_class(found[1])):
            qualname, first = found[1], found[2] or ""
            message = "\n".join([first, *told[1:]]).strip("\n")
        elif name or (told and told[0].startswith("assert ")):
            qualname, message = name or "AssertionError", "\n".join(told)
        elif frames and was_short:
            qualname, message = "", "\n".join(told)
        else:
            return None
        return Trace(qualname.rpartition(".")[2], qualname, message, tuple(frames), (), bool(qualname))


def is_section(line: str) -> bool:
    """Whether pytest begins another test or part of its report with the line."""
    return line.startswith(("_", "=", "-")) and bool(_SECTION.match(line))


def _is_error(line: str) -> bool:
    return line.startswith("E  ") or line == "E"


def _is_class(name: str) -> bool:
    last = name.rpartition(".")[2].lstrip("_")
    return last[:1].isupper() or "." in name


def _dedented(lines: list[str]) -> list[str]:
    """Without the blanks that all lines share; those of the first line are taken, it never is blank."""
    shared = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[shared:].rstrip() for line in lines]


def _without_syntax(told: list[str], match: re.Match[str], frames: list[Frame]) -> list[str]:
    """A syntax error tells its own place first: that becomes the deepest call."""
    frames.append(frame_of(match, told[1].strip() if len(told) > 1 else ""))
    rest = [at for at, line in enumerate(told) if line[:1].strip() and EXCEPTION.match(line)]
    return told[rest[0] :] if rest else told[1:]
