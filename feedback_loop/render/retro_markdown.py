"""A retro as markdown, from the value alone: what stands in `plans/retros/<period>.md` for people.

`## Notes` and `## Actions` are theirs, and no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from feedback_loop.domain.retro import Retro
from feedback_loop.domain.text import visible
from feedback_loop.render.findings_markdown import code, inline
from feedback_loop.render.retro_document import (
    Code,
    Line,
    Part,
    Said,
    Section,
    Sentence,
    Table,
    first_screen,
    sections,
    title,
)

_RUN = re.compile("`+")
_LANGUAGE = re.compile(r"[a-z0-9+#-]{1,20}")


def render_retro_markdown(retro: Retro) -> str:
    """The document; its first 24 lines are one screen of a hundred columns."""
    header, sentences, table, left = first_screen(retro)
    lines = [f"# {visible(title(retro))}", ""]  # a period's name holds no markup
    lines += [f"- {_line(one)}" for one in header]
    lines += ["", *(f"- {_line(one)}" for one in sentences), ""]
    lines += _table(table) if table.rows else ["No patterns."]
    lines += ["", left] if left else []
    for section in sections(retro):
        lines += ["", *_section(section)]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    if not section.blocks:
        yield section.empty
        return
    yield f"## {visible(section.title)}"
    yield ""
    for block in section.blocks:
        if isinstance(block, Table):
            yield from _table(block)
        elif isinstance(block, Code):
            yield from _fence(block)
        else:
            yield f"- {_line(block)}"


def _table(table: Table) -> list[str]:
    rule = ["---", *("---:" for _ in table.heads[1:])]
    rows = [f"| {' | '.join(_line(cell, cell=True) for cell in row)} |" for row in table.rows]
    return [f"| {' | '.join(table.heads)} |", f"| {' | '.join(rule)} |", *rows]


def _fence(block: Code) -> Iterator[str]:
    """A fence inside the list item above it, longer than any run of its marks in the code."""
    marks = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(block.text)), default=0))
    language = block.language if _LANGUAGE.fullmatch(block.language) else ""
    yield f"  {marks}{language}"
    for line in block.text.split("\n"):
        yield f"  {visible(line)}".rstrip()
    yield f"  {marks}"


def _line(parts: Line, *, cell: bool = False) -> str:
    return "".join(_encoded(parts, cell))


def _encoded(parts: Iterable[Part], cell: bool) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Said):
            yield code(visible(part.text).replace("\t", " "), cell=cell)
        elif isinstance(part, Sentence):
            yield inline(visible(part.text).replace("\t", " "), cell=cell) if part.text.strip() else ""
        else:
            yield part
