"""The calls of one traceback, and what ends them: the line of an exception."""

from __future__ import annotations

import re

from feedback_loop.domain.trace import Frame
from feedback_loop.formats.traceback_lines import FILE, HEADER, OLD_FILE, OLD_LINE, View

EXCEPTION = re.compile(r"([^\W\d][\w.<>]*)(?::(?: (.*))?)?$")
# What ends a message of several lines: the next trace, log record, section or prompt.
ENDS = re.compile(
    r'\s*(?:"""|```|Traceback \(most|\+ Exception Group|Exception ignored in|>>> |\{"|##\[|FAILED |ERROR '
    r"|={3}|_{3}|-{3,} [Cc]aptured|\[?\d{4}[-/]\d\d[-/]\d\d[T ]|\[?\d\d:\d\d:\d\d"
    r"|(?:\S+ \S+ \S+ )?\[\d\d/[A-Z][a-z]{2}/\d{4}"  # a server's line on the request
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\[?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b"
    r"[\]: |])"
)
_CARETS = re.compile(r"[\s~^]+$")
_ELIDED = re.compile(r"\s*(?:\.{3}|…|\[(?:\.{3}|…)\]|<snip>)$")  # what people write for calls they left out
_CUT_FILE = re.compile(r'\s*File ".*')
_CUT_NAME = re.compile(r",? ?i?$")
_CAUGHT = "--- <exception caught here> ---"  # what Twisted puts between two calls
_CLASS = re.compile(r"(?:[^\W\d]\w*\.)*_*[A-Z]\w*$")
_FAULTS = (
    *("Error", "Exception", "Warning", "Interrupt", "Exit", "Iteration"),
    *("Group", "Failed", "Fault", "Violation"),
)
_BLANKS = 3  # empty lines between two calls


def frame_of(match: re.Match[str], source: str = "") -> Frame:
    """The call of a match of FILE."""
    _, file, line, function = match.groups()
    number = int(line) if line.isdigit() else 0
    return Frame(file.replace("\\", "/"), number, (function or "").strip(), source)


def strict_exception(line: str, name: str = "") -> bool:
    """Whether the line, by itself, is an exception and no other output: `name` is its class if known."""
    match = EXCEPTION.match(line.removeprefix("**"))
    if not match:
        return False
    if name:
        return match[1].rpartition(".")[2] == name.rpartition(".")[2]
    return match[1].endswith(_FAULTS) or ("." in match[1] and ":" in line and bool(_CLASS.match(match[1])))


class Calls:
    """The calls of one trace, read from `index` on; behind them stands the exception.

    Forms and terminals change traces before they reach a tracker: lines are parted by empty ones, wrapped
    within a path, or have lost the blanks at their start.
    """

    def __init__(self, view: View, index: int, margin: int) -> None:
        self.view, self.index, self.margin = view, index, margin
        self.frames: list[Frame] = []
        self.indent = 0  # of the first call
        self.spaced = self.elided = False

    def read(self, has_header: bool) -> None:
        """Takes all of them; calls may have been left out below a header only."""
        while (line := self._at(self.index)) is not None:
            if match := self._file(line):
                self._add(match)
            elif old := OLD_FILE.match(line):
                self._add_old(old)
            elif self.frames and (line.startswith("  [Previous line repeated ") or line.strip() == _CAUGHT):
                self.index += 1
            elif (has_header or self.frames) and _ELIDED.match(line):
                self.elided = True
                self.index += 1
            elif self.elided and not self.frames and line.startswith("  ") and line.strip():
                self.index += 1  # the code of a call that was left out
            elif not self._blank(line, has_header):
                break

    def _at(self, index: int) -> str | None:
        return self.view.at(index, self.margin)

    def _file(self, line: str) -> re.Match[str] | None:
        """The call on the line, or on this and the next if a terminal wrapped it."""
        if match := FILE.match(line):
            return match
        after = self._at(self.index + 1) or "" if _CUT_FILE.match(line) else None
        if after and (match := FILE.match(line + after)):
            self.index += 1
            return match
        return FILE.match(_CUT_NAME.sub("", line)) if after is not None else None  # behind the number

    def _add(self, match: re.Match[str]) -> None:
        if not self.frames:
            self.indent = len(match[1])
        source, self.index, blank = _source(self.view, self.index + 1, self.margin, len(match[1]))
        self.spaced |= blank
        self.frames.append(frame_of(match, source))

    def _add_old(self, match: re.Match[str]) -> None:
        code = OLD_LINE.match(self._at(self.index + 1) or "")
        number, source = (int(code[1]), code[2].strip()) if code else (0, "")
        self.frames.append(Frame(match[1].replace("\\", "/"), number, match[2], source))
        self.index += 2 if code else 1

    def _blank(self, line: str, has_header: bool) -> bool:
        """Takes empty lines between calls, and before the exception if such stood between calls too."""
        if line.strip() or not (self.frames or has_header) or self._is_done():
            return False
        at = self.index
        while (line_at := self._at(at)) is not None and not line_at.strip() and at < self.index + _BLANKS:
            at += 1
        after = self._at(at) or ""
        is_call = FILE.match(after) or OLD_FILE.match(after)
        if not is_call and not (self.spaced and strict_exception(after)):
            return False
        self.spaced = True
        self.index = at
        return True

    def _is_done(self) -> bool:
        """Whether the last call is the place of a syntax error, with which the calls end."""
        return bool(self.frames) and not self.frames[-1].function and not self.spaced


def _source(view: View, index: int, margin: int, indent: int) -> tuple[str, int, bool]:
    """The first line of the code shown below a call: from Python 3.13 on there may be several.

    Behind it come the index of what follows and whether an empty line stood before the code.
    """
    source, spaced = "", False
    while (line := view.at(index, margin)) is not None and not FILE.match(line):
        if not line.strip():
            after = view.at(index + 1, margin) or ""
            flat = not source and depth_of(after) == indent and _is_spaced_code(view, index + 1, margin)
            if not flat and (depth_of(after) <= indent or FILE.match(after)):
                break
            spaced = True
        elif depth_of(line) <= indent or line.startswith("  [Previous line repeated "):
            if source or depth_of(line) < indent:
                break
            after_line = view.at(index + 1, margin)
            behind = index + 2 if after_line and _CARETS.match(after_line) else index + 1
            if not spaced and not _is_code(line, view.at(behind, margin), indent):
                break
            return line.strip(), behind, spaced
        elif not source and not _CARETS.match(line):
            source = line.strip()
        index += 1
    return source, index, spaced


def depth_of(line: str) -> int:
    """How far the line is indented; a tab goes to the next fourth column."""
    blanks = line[: len(line) - len(line.lstrip())]
    return len(blanks.expandtabs(4) if "\t" in blanks else blanks)


def _is_code(line: str, after: str | None, indent: int) -> bool:
    """Whether it is the code of a call where the blanks at the start of lines got lost."""
    if _is_other(line):
        return False
    if after is None or not after.strip():
        return not indent
    return bool(FILE.match(after)) or strict_exception(after.strip())


def _is_spaced_code(view: View, index: int, margin: int) -> bool:
    """The same where an empty line stands behind each: the line of a call or of an exception comes next."""
    line, blank = view.at(index, margin) or "", view.at(index + 1, margin)
    if not line.strip() or FILE.match(line) or _is_other(line) or blank is None or blank.strip():
        return False
    after = view.at(index + 2, margin) or ""
    return bool(FILE.match(after)) or strict_exception(after.strip())


def _is_other(line: str) -> bool:
    return strict_exception(line.strip()) or HEADER in line or bool(ENDS.match(line))
