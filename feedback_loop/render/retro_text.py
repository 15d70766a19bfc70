"""A retro for a terminal: the same document, its tables in columns."""

from __future__ import annotations

from collections.abc import Iterator

from feedback_loop.domain.retro import Retro
from feedback_loop.domain.text import visible
from feedback_loop.render.retro_document import (
    Code,
    Line,
    Section,
    Table,
    first_screen,
    list_figures,
    plain,
    sections,
    title,
    widths,
)


def render_retro_text(retro: Retro, *, ids: bool = False) -> str:
    """The document; with `ids` every figure by its id stands at the end, for `explain`."""
    header, sentences, table, left = first_screen(retro)
    lines = [visible(title(retro)), *(f"  {_line(one)}" for one in header), ""]
    lines += [_line(one) for one in sentences]
    lines += ["", *(_table(table) if table.rows else ["no patterns"])]
    lines += [f"  {left}"] if left else []
    for section in sections(retro):
        lines += ["", *_section(section)]
    if ids:
        lines += ["", "Figures (feedback-loop explain ID)"]
        lines += [f"  {visible(identity)}  {value}" for identity, value in list_figures(retro)]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    if not section.blocks:
        yield section.empty
        return
    yield visible(section.title)
    for block in section.blocks:
        if isinstance(block, Table):
            yield from _table(block)
        elif isinstance(block, Code):
            yield from (f"      {visible(line)}" for line in block.text.split("\n"))
        else:
            yield f"  {_line(block)}"


def _table(table: Table) -> list[str]:
    cells = [[_line(cell) for cell in row] for row in table.rows]
    wide = widths(table, cells)
    rows = [list(table.heads), *cells]
    return [
        "  "
        + "  ".join(
            [
                row[0].ljust(wide[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], wide[1:], strict=True)),
            ]
        ).rstrip()
        for row in rows
    ]


def _line(parts: Line) -> str:
    return visible(plain(parts)).replace("\t", " ")
