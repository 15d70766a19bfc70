"""CSV (RFC 4180), row by row, with cells that no spreadsheet takes for a formula (B11a)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

BOM = b"\xef\xbb\xbf"
# Behind apostrophes too: else `'=1` would come back as `=1`, whose apostrophe was never ours.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_TO_QUOTE = re.compile(r'[",\r\n]|^\s|\s$')
# A quote opens a cell at its beginning only; further in it is a character like any other.
_CELL = re.compile(rb'(?:"((?:[^"]++|"")*+)"|([^",\r\n][^,\r\n]*+|))(,|\r?\n|\r?\Z)')


class CsvRow(NamedTuple):
    """A row: the line on which it begins, its cells, or what is wrong with it. `size` is in bytes."""

    line: int
    cells: tuple[str, ...] = ()
    size: int = 0
    problem: str = ""


def format_cells(cells: Iterable[str]) -> str:
    """One row and its line end; a cell that a spreadsheet would calculate gets an apostrophe in front."""
    return ",".join(_written(cell) for cell in cells) + "\n"


def plain_cell(cell: str) -> str:
    """The cell without the apostrophe that `format_cells` gave it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def parse_csv(data: bytes) -> Iterator[CsvRow]:
    """The rows, header and all, cells as they are written; blank lines are left out.

    Of a row whose quotes do not close only the first line is lost: the next one begins a row again.
    """
    at = len(BOM) if data.startswith(BOM) else 0
    line = 1
    while at < len(data):
        cells, end = _row(data, at)
        if cells is None:
            yield CsvRow(line, problem="quotes that do not close, or text behind a closing quote")
        elif cells != [b""]:
            yield _decoded(line, cells, end - at)
        line += data.count(b"\n", at, end)
        at = end


def _row(data: bytes, at: int) -> tuple[list[bytes] | None, int]:
    """The cells of the row that begins here, None if it is broken, and where the next one begins."""
    cells = []
    here = at
    while match := _CELL.match(data, here):
        quoted, plain, end = match.groups()
        cells.append(plain if quoted is None else quoted.replace(b'""', b'"'))
        here = match.end()
        if end != b",":
            return cells, here
    return None, data.find(b"\n", at) + 1 or len(data)


def _decoded(line: int, cells: list[bytes], size: int) -> CsvRow:
    try:
        return CsvRow(line, tuple(cell.decode("utf-8") for cell in cells), size)
    except UnicodeDecodeError:
        return CsvRow(line, size=size, problem="not UTF-8")


def _written(cell: str) -> str:
    guarded = "'" + cell if _FORMULA.match(cell) else cell
    return '"' + guarded.replace('"', '""') + '"' if _TO_QUOTE.search(guarded) else guarded
