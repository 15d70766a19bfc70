"""A scan as a markdown page for a job summary or a comment (FMT-7).

Backslashes keep neither a mention nor an issue number from becoming a link, because sites look for
those after the markdown. So a text of plain words stays as it is, and any other stands in a code span.
"""

from __future__ import annotations

import re

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult
from feedback_loop.domain.text import path_text
from feedback_loop.render.encoders import Encoded, gravest, prose, said, unchecked, unchecked_words
from feedback_loop.render.text import summary

PAGE_CAP = 1 << 20  # bytes: what a job summary takes
_TAIL = 128 << 10  # of them, for what stands below the table
_CELL_CAP = 300
_ENTRIES = 20
# Letters, digits and the marks that are only marks where they stand: no markup, link, mention or emoji.
_WORDS = re.compile(
    r"""(?:[^\W_]|[ ,;()'"=?]|-(?=[^\W\d_])|/(?=[^\W_])|[.:](?=[\s"')]|\Z)|(?<=\d)\.(?=\d))*"""
)
_TICKS = re.compile("`+")


def render_markdown(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """The sums, a table with the gravest first, and what was not checked; never more than PAGE_CAP."""
    rows, left = _rows(gravest(result.findings), PAGE_CAP - _TAIL)
    lines = [inline(summary(result, hints=True)), ""]
    if rows:
        lines += ["| level | where | pattern | what |", "| --- | --- | --- | --- |", *rows, ""]
    notes = []
    if left:
        notes.append(f"markdown: {len(rows)} of {len(rows) + left} findings fit, the gravest")
        lines += [f"{left} more findings are not shown here.", ""]
    lines += _not_checked(unchecked(result, library))
    return Encoded("\n".join(lines).rstrip("\n") + "\n", tuple(notes))


def _rows(findings: list[Finding], room: int) -> tuple[list[str], int]:
    """As many rows as there is room for, in bytes, and the number of findings left over."""
    rows: list[str] = []
    for finding in findings:
        row = _row(finding)
        room -= len(row.encode()) + 1
        if room < 0:
            break
        rows.append(row)
    return rows, len(findings) - len(rows)


def _row(finding: Finding) -> str:
    place = f"{_short_path(finding.path)}:{finding.line}:{finding.column}"
    what = inline(said(finding), cell=True)
    fix = inline(prose(finding.fix_hint, _CELL_CAP), cell=True)
    cells = (finding.level, code(place, cell=True), code(prose(finding.rule_id, _CELL_CAP), cell=True))
    return f"| {' | '.join(cells)} | {what}<br>fix: {fix} |"


def _not_checked(entries: list[NotChecked]) -> list[str]:
    lines = []
    for entry in entries[:_ENTRIES]:
        place = f"{code(_short_path(entry.path))}: " if entry.path else ""
        lines.append(f"- {place}{inline(unchecked_words(entry))}")
    if len(entries) > _ENTRIES:
        lines.append(f"- {len(entries) - _ENTRIES} more")
    return lines


def _short_path(path: bytes) -> str:
    """A long path loses its beginning, where it says least."""
    shown = path_text(path)
    return shown if len(shown) <= _CELL_CAP else "…" + shown[-_CELL_CAP:]


def inline(text: str, *, cell: bool = False) -> str:
    """A visible line as markdown that shows just this text; `quoted` parts stay code (`cell`: in a table)."""
    parts = text.split("`")
    words, quoted = parts[::2], parts[1::2]
    between = words[1:-1]
    if len(parts) % 2 == 0 or not all(map(_WORDS.fullmatch, words)) or not all(quoted) or not all(between):
        return code(text, cell=cell)
    marked = [code(part, cell=cell) if number % 2 else part for number, part in enumerate(parts)]
    return "".join(marked)


def code(text: str, *, cell: bool = False) -> str:
    """A code span, in which nothing is markup; only its own fence and a table's bars need care."""
    if cell:
        # Parsers do not agree on what a bar after two backslashes is.
        text = text.replace("|", "¦" if "\\|" in text else "\\|")
    fence = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""
