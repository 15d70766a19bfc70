"""Which of the formats of ratings a file has, and its rows (B7)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from feedback_loop.errors import InputError
from feedback_loop.formats.csv_text import BOM, CsvRow, parse_csv, plain_cell
from feedback_loop.formats.export_rows import flat, load_documents
from feedback_loop.formats.imported_rating import ImportedRating, ImportOptions, Rejected
from feedback_loop.formats.langfuse import is_langfuse, read_langfuse
from feedback_loop.formats.llm_logs import is_llm_log, read_llm_logs
from feedback_loop.formats.rating_rows import FIELDS, read_csv, read_jsonl

JSONL, CSV, LLM_LOGS, LANGFUSE = "jsonl", "csv", "llm-logs", "langfuse"
_ROWS = {JSONL: read_jsonl, CSV: read_csv}
_EXPORTS = {LLM_LOGS: read_llm_logs, LANGFUSE: read_langfuse}
KINDS = (*_ROWS, *_EXPORTS)
_SQLITE = b"SQLite format 3\0"
_START = 4096  # bytes that are looked at to know text from other things
_LINES = (".jsonl", ".ndjson")
_OBJECT_LINE = re.compile(rb'^[ \t]*\{[ \t]*"[^\n]*\}[ \t\r]*$', re.MULTILINE)
# Names that tell the format where nothing can be read: all of a kind must stand there.
_MARKS = {
    LANGFUSE: (rb'(?<!\\)"data(?:T|_t)ype"\s*:', rb'(?<!\\)"trace(?:(?:I|_i)d"\s*:|"\s*:\s*\{)'),
    LLM_LOGS: (rb'(?<!\\)"datetime_utc"\s*:', rb'(?<!\\)"response"\s*:'),
}


def detect_kind(data: bytes, name: str) -> str:
    """One of KINDS: the name tells CSV from JSON lines if it can, the first row that is an object the rest.

    Raises InputError for what is none of them: no text, empty, JSON of another kind.
    """
    check_text(data)
    text = data.removeprefix(BOM).lstrip()
    suffix = os.path.splitext(name)[1].lower()
    is_json = text.startswith((b"[", b"{"))
    if suffix == ".csv" or not (is_json or suffix in _LINES or _hides_objects(text)):
        return CSV
    first, is_row = _first_object(text)
    if first is None:
        known = next((kind for kind, marks in _MARKS.items() if all(re.search(m, text) for m in marks)), None)
        if known:
            return known
        is_row = suffix in _LINES or not text.startswith(b"[")
    elif is_llm_log(first):
        return LLM_LOGS
    elif is_langfuse(first):
        return LANGFUSE
    if not is_row:
        raise InputError("a JSON array that neither llm nor Langfuse wrote", "one object a line: jq -c '.[]'")
    return JSONL


def check_text(data: bytes) -> None:
    """Raises InputError for what is empty or no text."""
    if data.startswith(_SQLITE):
        raise InputError("a database, not its logs", "write them to a file: llm logs -n 0 --json > logs.json")
    if not data.removeprefix(BOM).strip():
        raise InputError("empty")
    start = data[:_START]
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        is_cut = error.start > max(0, len(start) - 4)  # within a character
        if not is_cut and (error.start == 0 or b"\0" in start):
            raise InputError("no text in UTF-8") from None
    if start.count(b"\0") * 8 > len(start):
        raise InputError("no text")


def read_rows(
    kind: str, data: bytes, options: ImportOptions, unused: dict[str, None] | None = None
) -> Iterator[ImportedRating | Rejected]:
    """The rows of the file. Raises InputError as its reader does, on the way as well.

    `unused` gets, on the way, the names of columns of JSON lines and CSV that nothing reads, in their order.
    """
    if kind in _EXPORTS:
        return _EXPORTS[kind](data, options)
    return _ROWS[kind](data, options, unused)


def _hides_objects(text: bytes) -> bool:
    """Whether JSON lines follow on a first line that is none, and that is no header of ratings either.

    No line within a quoted cell is an object: its quotes are doubled there.
    """
    header = next(parse_csv(text), CsvRow(1))
    is_header = len(header.cells) > 1 and any(plain_cell(cell).strip() in FIELDS for cell in header.cells)
    return not is_header and _object_line(text) is not None


def _first_object(text: bytes) -> tuple[Any, bool]:
    """The first object and whether it is a row of its own; None if there is none.

    Of arrays and rows in one file it is the first of the rows, unless some program is known by the other.
    """
    head = text[: text.find(b"\n") + 1 or len(text)]
    line = _load(head)
    if len(line) == 1 and _is_object(line[0]):
        return line[0], True
    values = line
    if len(head) < len(text):
        values = _load(text) if text.startswith((b"[", b"{")) else []
    objects = [value for value in flat(values) if _is_object(value)]
    row = next((value for value in values if _is_object(value)), None)
    if objects and (row is None or is_llm_log(objects[0]) or is_langfuse(objects[0])):
        return objects[0], False
    found = _object_line(text) if row is None and not values else row
    return found, found is not None


def _object_line(text: bytes) -> Any:
    """The first line that is an object; None if none is."""
    for match in _OBJECT_LINE.finditer(text):
        values = _load(match[0])
        if len(values) == 1 and _is_object(values[0]):
            return values[0]
    return None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def _load(text: bytes) -> list[Any]:
    """The documents; nothing for what cannot be read."""
    try:
        return load_documents(text)
    except InputError:
        return []
