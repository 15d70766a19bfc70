"""The text of a plan as it is written: a new one, its checklist, and lines added to one that exists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from feedback_loop.domain.plan import HEADING, Section
from feedback_loop.formats.plan_lines import visible_lines

_SHOUTED = ("high", "critical")
_SLUG_CAP = 64
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r"
# What would make a line of prose something else: a heading, quote, fence, comment, item, break or table.
_BLOCK = re.compile(r"#|>|<!--|```|~~~|\||[-+*](\s|$)|\d{1,9}[.)](\s|$)|([-*_=][ \t]*){2,}$")
_FRAME = re.compile(r"\s*(##(?!#)|\|)")
_LINK = re.compile(r"\b\w{1,20}://\S+")


@dataclass(frozen=True)
class Box:
    """An unticked line of the checklist. `confidence` is 0 to 1, None = nobody guessed it."""

    name: str
    severity: str = ""
    confidence: float | None = None


def format_box(box: Box) -> str:
    """The box as one line, without its line end."""
    sure = "" if box.confidence is None else f"confidence: {round(100 * box.confidence)}%, "
    grave = f" [{box.severity.upper()}]" if box.severity in _SHOUTED else ""
    return f"- [ ] {box.name} ({sure}from feedback-loop){grave}"


def format_section(boxes: Sequence[Box]) -> str:
    """The whole checklist under its heading; "" without boxes."""
    if not boxes:
        return ""
    return "\n".join([f"## {HEADING}", "", *map(format_box, boxes), ""])


def format_plan(title: str, goal: str, phases: Sequence[str], boxes: Sequence[Box]) -> str:
    """A new plan, its first phase the current one. All texts are single lines, `goal` no markdown block."""
    lines = [f"# Task: {title}", "", "## Goal", "", goal, ""]
    lines += [f"## {HEADING}", "", *map(format_box, boxes), *([""] if boxes else [])]
    lines += ["## Phases", ""]
    for number, phase in enumerate(phases, 1):
        lines += [f"### Phase {number}: {phase}{' (CURRENT)' if number == 1 else ''}", "", "- [ ] …", ""]
    return "\n".join(lines)


def is_prose(line: str) -> bool:
    """Whether the line, where a paragraph may begin, is read as one."""
    return _BLOCK.match(line) is None


def slug(title: str) -> str:
    """The title as a part of a file name, "" if none of it can be."""
    plain = unicodedata.normalize("NFKC", title).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_CAP].rstrip("-")


def task_text(text: str, section: Section) -> str:
    """What a plan says about its task: the checklist, tables, quotes, code and comments left out.

    Headings of level 2 are left out too: they name the parts of any plan ("Errors Encountered").
    """
    kept = (
        line
        for number, line in visible_lines(text)
        if not section.begin <= number <= section.end and _FRAME.match(line) is None
    )
    return "\n".join(_LINK.sub(" ", line) for line in kept)


def insertion(data: bytes, section: Section, boxes: Sequence[Box]) -> tuple[int, bytes]:
    """Where in the plan's bytes the boxes go, and as which bytes.

    That is the end of the section, or of the file with a section of their own; with the line ends and
    the indentation that are there. A file without a final line end gets none.
    """
    lines = data.split(b"\n")
    made = [format_box(box).encode() for box in boxes]
    if not section.begin:
        return len(data), _new_section(data, lines, made)
    own = range(section.begin - 1, min(section.end, len(lines)))
    last = max(index for index in own if lines[index].strip(_BLANKS) or index == own.start)
    made = [_section_indent(lines, section) + line for line in made]
    if not lines[last].lstrip().startswith(b"- ["):
        made.insert(0, b"")
    end = _line_end(lines, last)
    at = sum(len(line) + 1 for line in lines[: last + 1])
    if at > len(data):
        return len(data), b"".join(end + line for line in made)
    return at, b"".join(line + end for line in made)


def _new_section(data: bytes, lines: list[bytes], made: list[bytes]) -> bytes:
    end = _line_end(lines, 0)
    bare = [line.removeprefix(_BOM) if not index else line for index, line in enumerate(lines)]
    indents = [_indent(line) for line in bare if line.strip(_BLANKS)]
    whole = data.endswith(b"\n") or data in (b"", _BOM)
    before = b"" if whole else end
    closing = lines[-1] or (lines[-2] if len(lines) > 1 else b"")
    if indents and closing.strip(_BLANKS):
        before += end  # a blank line between
    indent = _common(indents)
    parts = [f"## {HEADING}".encode(), b"", *made]
    section = end.join(indent + part if part else part for part in parts)
    return before + section + (end if whole else b"")


def _section_indent(lines: list[bytes], section: Section) -> bytes:
    """That of the outermost items; without any that of the heading."""
    items = [_indent(lines[item.line - 1]) for item in section.items]
    return min(items, key=len) if items else _indent(lines[section.begin - 1].removeprefix(_BOM))


def _indent(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip(b" \t"))]


def _common(indents: list[bytes]) -> bytes:
    """What all lines begin with: a plan indented as a whole."""
    if not indents:
        return b""
    low, high = min(indents), max(indents)
    same = next((at for at, byte in enumerate(low) if byte != high[at]), len(low))
    return low[:same]


def _line_end(lines: list[bytes], index: int) -> bytes:
    """The line end of this line, or, if it has none, of the first one."""
    line = lines[index] if index < len(lines) - 1 else lines[0]
    return b"\r\n" if line.endswith(b"\r") and len(lines) > 1 else b"\n"
