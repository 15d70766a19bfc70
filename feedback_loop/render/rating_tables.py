"""Tables and sentences that hold strangers' names, as text for a terminal and as markdown.

Names of frameworks, techniques and tags, and words of prompts, are encoded for their sink; all else is ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from feedback_loop.domain.text import visible
from feedback_loop.render.findings_markdown import code

Row = Sequence[str]


def aligned(rows: Sequence[Row], wide: int, *, names: int = 0) -> Iterator[str]:
    """Indented columns; those up to the one of the `names` (of `wide` characters at most) are flush left."""
    shown = [[*row[:names], _cut(_line(row[names]), wide), *row[names + 1 :]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        left = map(str.ljust, row[: names + 1], widths)
        right = map(str.rjust, row[names + 1 :], widths[names + 1 :])
        yield f"  {'  '.join((*left, *right))}".rstrip()


def piped(heads: Row, rows: Sequence[Row], *, names: int = 0) -> Iterator[str]:
    """A table of markdown; the names stand in the column of this number."""
    sides = ["---" if at <= names else "---:" for at in range(len(heads))]
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join(sides)} |"
    for row in rows:
        cells = [*row[:names], code(_line(row[names]), cell=True), *row[names + 1 :]]
        yield f"| {' | '.join(cells)} |"


def plain(sentence: str) -> str:
    """The sentence on one line of a terminal."""
    return _line(sentence)


def marked(sentence: str) -> str:
    """The sentence as markdown, its name as code."""
    head, name, tail = name_parts(sentence)
    return f"{_line(head)}{code(_line(name))}{_line(tail)}" if name else _line(head)


def name_parts(sentence: str) -> tuple[str, str, str]:
    """Our own words, a stranger's name, our words again: the name stands in back-ticks and may hold some."""
    head, found, rest = sentence.partition("`")
    name, _, tail = rest.rpartition("`")
    return (head, name, tail) if found else (head, "", "")


def _cut(text: str, wide: int) -> str:
    return text if len(text) <= wide else text[: wide - 1] + "…"


def _line(text: str) -> str:
    return visible(text).replace("\t", " ")
