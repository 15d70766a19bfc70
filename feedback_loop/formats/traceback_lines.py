r"""The lines of a text that may hold tracebacks: colours gone, escaped ones unescaped, log prefixes cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest

HEADER = "Traceback (most recent call last)"
# Loguru marks one of the calls with `>`, markdown puts a backquote or `_` before code; what was copied may
# begin with the quote. A line that nobody knows is `None` or `unknown`.
FILE = re.compile(r'(\s*(?:> |[`_] ?)?)(?:File )?"(.*)", line (\d{1,9}|None|unknown)(?:, in ?(.*)|\s*)$')
# Django before 3: `File "/srv/a.py" in f`, below it `  12.   code`
OLD_FILE = re.compile(r'\s*File "(.*)" in (\S+)$')
OLD_LINE = re.compile(r"\s*(\d{1,9})\. (.*)$")
# What a terminal wrapped within the path, and several calls on one line with the code behind each.
_CUT_FILE = re.compile(r'\s*File "[^"]*$')
_FLAT = re.compile(r'File "[^"]*", line \d{1,9}, in (?:<[^>]*>|[\w.]+)')
_FLAT_END = re.compile(r"(?<=\s)(?:[^\W\d]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit): ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_LONGEST_LINE = 4_000  # characters: what is longer is no line of a trace that anybody wants whole
_LONGEST_PREFIX = 200
_LISTED = '"  File \\"'  # a list with a text for each call
_DEEPEST = 3  # texts escaped within escaped texts
_GROUP = "+ Exception Group "
# A record of a log that has several lines: only the first one has the time.
_RECORD = re.compile(r"(.*?)\[?\d{4}-\d\d-\d\d[ T][^\[]*\] ?$")
_CODE = "    "
# What CI services and builds put before every line: `2024-05-01T10:00:00.1234567Z`, `[   28s]`, `#12 3.456`.
_TIMED = re.compile(
    r"(?:[^\t]{1,200}\t[^\t]{1,200}\t)?\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ?"
    r"|\[ *\d{1,9}(?:\.\d{1,9})?s?\](?: |$)|#\d{1,9} \d{1,9}\.\d{1,9} "
)


def without_time(line: str) -> str:
    """The line without the time that a CI service put before it."""
    if line[:1] not in "[#\ufeff0123456789" and "\t" not in line[:_LONGEST_PREFIX]:
        return line
    match = _TIMED.match(line)
    return line[match.end() :] if match else line


def text_lines(text: str, depth: int = 0, before: str = "") -> list[str]:
    """The lines; one that holds a trace with its line ends escaped (JSON, repr) is taken apart.

    `before` is the line before the text.
    """
    if "\x1b" in text or "\x1b" in before:
        text, before = _COLOUR.sub("", text), _COLOUR.sub("", before)
    told = text.replace("\r\n", "\n").split("\n")
    if not _holds_escaped(text):
        return [part for line in told for part in _flattened(line[:_LONGEST_LINE])]
    lines: list[str] = []
    for line in told:
        if "\\n" in line and depth < _DEEPEST and _holds_escaped(line) and not _is_source(line, before):
            lines += _unescaped(line, depth)
        else:
            lines += _flattened(line[:_LONGEST_LINE])
        before = line
    return lines


def _holds_escaped(line: str) -> bool:
    return f"{HEADER}:\\" in line or "\\n  File " in line or _LISTED in line


def _flattened(line: str) -> list[str]:
    """The line, taken apart where all line ends of a trace got lost."""
    if line.count('", line ') < 2 or len(calls := list(_FLAT.finditer(line))) < 2:
        return [line]
    lines = [line[: calls[0].start()].rstrip()] if calls[0].start() else []
    for call, after in zip_longest(calls, calls[1:]):
        code = line[call.end() : after.start() if after else len(line)]
        end = None if after else _FLAT_END.search(code)
        lines.append(f"  {call[0]}")
        lines.append(f"    {(code[: end.start()] if end else code).strip()}")
        lines += [code[end.start() :]] if end else []
    return lines


def _is_source(line: str, before: str) -> bool:
    """Whether it is code that is being shown, not output: a text in it is no trace."""
    before = before[:_LONGEST_LINE]
    return line.startswith((">", "E ")) or (_LISTED not in before and bool(FILE.match(before)))


def _unescaped(line: str, depth: int) -> list[str]:
    """The lines of all escaped texts of the line, each with an empty line around it."""
    lines: list[str] = []
    done = 0
    while (at := _first(line, done)) >= 0:
        # In JSON the quotes of `File "a.py"` are escaped, in a repr they are not: it has others around it.
        quote = '"' if line.find("File \\", at) >= 0 else "'"
        start = _opening(line, done, at, quote)
        end = _closing(line, at, quote if start > done else "")
        inner = _ESCAPE.sub(_unescape, line[start:end])
        if "\ud800" <= max(inner, default="") <= "\udfff" or "\\ud" in line[start:end].lower():
            inner = inner.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        lines += ["", *text_lines(inner, depth + 1), ""]
        done = end
    return lines


def _first(line: str, start: int) -> int:
    listed = line.find(_LISTED, start)
    found = (
        line.find(f"{HEADER}:\\", start),
        line.find("\\n  File ", start),
        listed + 1 if listed >= 0 else -1,
    )
    return min((at for at in found if at >= 0), default=-1)


def _opening(line: str, start: int, end: int, quote: str) -> int:
    """The index behind the last quote between the two that no backslash escapes, or the first of the two."""
    at = line.rfind(quote, start, end)
    while at > 0 and line[at - 1] == "\\":
        at = line.rfind(quote, start, at)
    return max(at + 1, start)


def _closing(line: str, start: int, quote: str) -> int:
    """The index of the next quote that no backslash escapes, or the end of the line."""
    at = line.find(quote, start) if quote else -1
    while at >= 0:
        slashes = at
        while line[slashes - 1 : slashes] == "\\":
            slashes -= 1
        if (at - slashes) % 2 == 0:
            return at
        at = line.find(quote, at + 1)
    return len(line)


def _unescape(match: re.Match[str]) -> str:
    unicode, byte, char = match.groups()
    return chr(int(unicode or byte, 16)) if unicode or byte else _PLAIN.get(char, char)


@dataclass(frozen=True)
class View:
    """Lines as the writer of one trace wrote them: without what a logger put before each of them."""

    lines: list[str]
    prefix: str = ""

    def at(self, index: int, margin: int = -1) -> str | None:
        """The line, or None where it belongs to somebody else. `margin` is the column of a group's `|`."""
        if not 0 <= index < len(self.lines):
            return None
        line = self._cut(self.lines[index]) if self.prefix else self.lines[index]
        if line is None or margin < 0:
            return line
        if line[margin : margin + 1] != "|" or line[:margin].strip():
            return None
        return line[margin + 2 :]

    def _cut(self, line: str) -> str | None:
        prefix = self.prefix
        if line.startswith(prefix):
            return line[len(prefix) :]
        if prefix.startswith(line.rstrip()):  # blanks at line ends get lost
            return ""
        if (end := _like(prefix, line)) is not None:
            return line[end:]
        if prefix.strip() and line.lstrip().startswith(prefix.lstrip()):  # how far it is moved in may differ
            return line.lstrip()[len(prefix.lstrip()) :]
        return self._of_record(line)

    def _of_record(self, line: str) -> str | None:
        """The code of a call that was logged as one record with it."""
        record = _RECORD.match(self.prefix)
        if record is None or not line.startswith(record[1]):
            return None
        code = line[len(record[1]) :]
        return code if code.startswith(_CODE) else None


def _like(prefix: str, line: str) -> int | None:
    """Where a prefix of the same shape ends in the line: its numbers (times, ids) may be others."""
    at = 0
    for index, part in enumerate(re.split(r"(\d+)", prefix)):
        if index % 2:
            start = at
            while line[at : at + 1].isdigit():
                at += 1
            if start == at:
                return None
        elif part.rstrip() == line[at:]:
            return len(line)
        elif line.startswith(part, at):
            at += len(part)
        else:
            return None
    return at


def view_of(lines: list[str], index: int) -> View:
    """How the trace whose header stands on the line is to be read."""
    line = lines[index]
    at = line.find(HEADER)
    if line.find(_GROUP) == at - len(_GROUP):
        at -= len(_GROUP) + 2
    if at <= 0 or at > _LONGEST_PREFIX:
        return View(lines)
    prefixed = View(lines, line[:at])
    following = prefixed.at(index + 1)
    if following is not None and (following.startswith("  |") or FILE.match(following)):
        return prefixed
    alone = View(lines).at(index + 1) or ""
    return View(lines) if alone.startswith("  ") or following is None else prefixed


def file_view(lines: list[str], index: int) -> View | None:
    """How calls without a header are to be read if the line is one of them; None if it is none."""
    line = lines[index]
    if FILE.match(line) or (OLD_FILE.match(line) and OLD_LINE.match("".join(lines[index + 1 : index + 2]))):
        return View(lines)
    if _CUT_FILE.match(line) and FILE.match(line + "".join(lines[index + 1 : index + 2])):
        return View(lines)
    at = line.find('  File "')
    call = FILE.match(line[at:]) if 0 < at <= _LONGEST_PREFIX else None
    # pytest's summary tells the place of a syntax error, which has no function, behind the name of the test.
    return View(lines, line[:at]) if call and call[4] else None
