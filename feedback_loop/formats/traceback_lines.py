r"""The lines of a text that may hold tracebacks: colours gone, escaped ones unescaped, log prefixes cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADER = "Traceback (most recent call last)"
FILE = re.compile(r'(\s*)File "(.*)", line (\d{1,9}|None)(?:, in (.*)|\s*)$')
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_LONGEST_LINE = 4_000  # characters: what is longer is no line of a trace that anybody wants whole
_LONGEST_PREFIX = 200
_DEEPEST = 3  # texts escaped within escaped texts
_GROUP = "+ Exception Group "


def text_lines(text: str, depth: int = 0) -> list[str]:
    """The lines; one that holds a trace with its line ends escaped (JSON, repr) is taken apart."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    told = text.replace("\r\n", "\n").split("\n")
    if not _holds_escaped(text):
        return [line[:_LONGEST_LINE] for line in told]
    lines: list[str] = []
    before = ""
    for line in told:
        if "\\n" in line and depth < _DEEPEST and _holds_escaped(line) and not _is_source(line, before):
            lines += _unescaped(line, depth)
        else:
            lines.append(line[:_LONGEST_LINE])
        before = line
    return lines


def _holds_escaped(line: str) -> bool:
    return f"{HEADER}:\\" in line or "\\n  File " in line


def _is_source(line: str, before: str) -> bool:
    """Whether it is code that is being shown, not output: a text in it is no trace."""
    return line.startswith((">", "E ")) or bool(FILE.match(before[:_LONGEST_LINE]))


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
    found = [at for at in (line.find(f"{HEADER}:\\", start), line.find("\\n  File ", start)) if at >= 0]
    return min(found, default=-1)


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
        line = self._cut(self.lines[index])
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
        end = _like(prefix, line)
        return None if end is None else line[end:]


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
