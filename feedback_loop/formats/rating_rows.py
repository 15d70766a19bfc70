"""Ratings as JSON lines and CSV: our own export, and foreign rows whose columns are named (B7, B11a)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from feedback_loop.domain.rating import Rating
from feedback_loop.domain.rating_fields import rating_fields
from feedback_loop.errors import InputError
from feedback_loop.formats.csv_text import BOM, format_cells, parse_csv, plain_cell
from feedback_loop.formats.event_check import short
from feedback_loop.formats.imported_rating import (
    ROW_CAP,
    ImportedRating,
    ImportOptions,
    Rejected,
    make_rating,
    reason_in_row,
    shown,
    too_large,
)
from feedback_loop.formats.report_json import load_one

FIELDS = (
    *("feedback_id", "timestamp", "rating", "thumbs_up", "tags"),
    *("prompt", "output", "notes", "context"),
)
# Columns of their own that `feedback capture` and many programs name so: they belong into the context.
CONTEXT_FIELDS = ("framework", "model", "task_type", "techniques", "session_id")
DATASET_FIELDS = ("prompt", "output", "score", "feedback")
_CONTEXT = "context."
# DEL, C1, line separators and bidirectional overrides: a terminal obeys them, or shows another text.
_CONTROLS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

Row = ImportedRating | Rejected


def check_columns(columns: Iterable[tuple[str, str]]) -> None:
    """Raises InputError for a field that no rating has, and for one that is named twice."""
    seen = set()
    for field, column in columns:
        if field not in FIELDS and not (field.startswith(_CONTEXT) and field != _CONTEXT):
            known = f"known: {', '.join(FIELDS)}, context.KEY"
            raise InputError(f"no rating has a field {short(field)}", known, "usage")
        if field in seen or not column:
            fault = "has no column" if not column else "has two columns"
            raise InputError(f"the field {field} {fault}", "write FIELD=COLUMN", "usage")
        seen.add(field)


# -- reading ---------------------------------------------------------------------------------------


def read_jsonl(data: bytes, options: ImportOptions, unused: dict[str, None] | None = None) -> Iterator[Row]:
    """A row for each line that is not blank: an object, its members named as FIELDS or by `columns`.

    CONTEXT_FIELDS are read into a context that lacks them; `unused` gets the names that nothing reads.
    """
    names = {} if unused is None else unused
    at = len(BOM) if data.startswith(BOM) else 0
    number = 0
    while at < len(data):
        number += 1
        end = data.find(b"\n", at) + 1 or len(data)
        line = data[at:end]
        at = end
        if len(line) > ROW_CAP:
            yield too_large(number)
        elif line.strip():
            yield _json_row(number, line, options, names)


def read_csv(data: bytes, options: ImportOptions, unused: dict[str, None] | None = None) -> Iterator[Row]:
    """A row for each one below the header, whose cells name the columns; `unused` as in `read_jsonl`.

    Columns without a name, as spreadsheets write, are overlooked; a value there is told, but for that in
    the first one, which numbers the rows. Raises InputError for a header that is broken, has a name twice,
    or lacks one of `columns`.
    """
    rows = parse_csv(data)
    header = next(rows, None)
    if header is None or header.problem:
        raise InputError(f"no CSV: its header is {header.problem if header else 'missing'}")
    names = [plain_cell(name).strip() for name in header.cells]
    places = {name: place for place, name in enumerate(names) if name}
    nameless = [place for place, name in enumerate(names) if place and not name]
    if twice := next((name for place, name in enumerate(names) if name and places[name] != place), ""):
        raise InputError(f"no CSV of ratings: two columns of its header are named {short(twice)}")
    for field, column in options.columns:
        if column not in places:
            raise InputError(f"no column {short(column)} in the header", f"it is the column of {field}")
    if unused is not None:
        _note_unused(places, options, unused)
    for row in rows:
        if row.problem or row.size > ROW_CAP:
            yield Rejected(row.line, row.problem) if row.problem else too_large(row.line)
        elif len(row.cells) != len(header.cells):
            yield Rejected(row.line, f"{len(row.cells)} cells below {len(header.cells)} columns")
        elif any(row.cells[place].strip() for place in nameless):
            yield Rejected(row.line, "a value in a column without a name")
        else:
            cells = {name: plain_cell(row.cells[place]) for name, place in places.items()}
            yield _row(row.line, cells, options, _json_text)


def _json_row(number: int, line: bytes, options: ImportOptions, unused: dict[str, None]) -> Row:
    try:
        value = load_one(line.rstrip())
    except InputError as error:
        return Rejected(number, reason_in_row(error.message))
    if not isinstance(value, dict):
        return Rejected(number, "no JSON object")
    _note_unused(value, options, unused)
    return _row(number, value, options, _as_it_is)


def _row(
    number: int, cells: Mapping[str, Any], options: ImportOptions, read: Callable[[Any], Any]
) -> ImportedRating | Rejected:
    """The cells by the names of FIELDS; `read` makes of a cell the context that it holds."""
    mapped = dict(options.columns)
    values = {field: cells.get(mapped.get(field, field)) for field in FIELDS}
    context = read(values["context"])
    if not isinstance(context, dict):
        return Rejected(number, f"context is no JSON object: {shown(values['context'])}")
    for field, column in options.columns:
        if field.startswith(_CONTEXT) and cells.get(column) not in (None, ""):
            context[field.removeprefix(_CONTEXT)] = cells[column]
    for name in _own_columns(options):
        if name not in context and (found := _said(name, cells.get(name))):
            context[name] = found
    return make_rating(number, {**values, "context": context}, options)


def _own_columns(options: ImportOptions) -> list[str]:
    """Those of CONTEXT_FIELDS that `columns` neither fills from another column nor reads as another field."""
    taken = {name for field, column in options.columns for name in (field.removeprefix(_CONTEXT), column)}
    return [name for name in CONTEXT_FIELDS if name not in taken]


def _note_unused(names: Iterable[str], options: ImportOptions, unused: dict[str, None]) -> None:
    read = {*FIELDS, *_own_columns(options), *(column for _, column in options.columns)}
    unused.update((name, None) for name in names if name not in read)


def _said(name: str, value: Any) -> Any:
    """What a column of CONTEXT_FIELDS says; nothing for a blank one. Techniques in a text have commas."""
    if not isinstance(value, str):
        return value
    if name == "techniques":
        return [part.strip() for part in value.split(",") if part.strip()]
    return value.strip()


def _as_it_is(value: Any) -> Any:
    return {} if value is None or value == "" else value


def _json_text(cell: Any) -> Any:
    if cell is None or not cell.strip():
        return {}
    try:
        return load_one(cell.encode())
    except InputError:
        return None


# -- writing ---------------------------------------------------------------------------------------


def format_jsonl(ratings: Iterable[Rating]) -> Iterator[str]:
    """A line for each rating, line end included."""
    for rating in ratings:
        yield _line(rating_fields(rating))


def format_csv(ratings: Iterable[Rating]) -> Iterator[str]:
    """The header and a row for each rating; nothing is an empty cell, tags are joined by commas."""
    yield format_cells(FIELDS)
    for rating in ratings:
        values = rating_fields(rating) | {"tags": ",".join(rating.tags)}
        context = values["context"]
        values["context"] = _json(context) if context else ""
        yield format_cells(_cell(values[field]) for field in FIELDS)


def format_dataset_jsonl(ratings: Iterable[Rating]) -> Iterator[str]:
    """A line for each rating: prompt, output, score from 0 to 1, and the notes as feedback."""
    for rating in ratings:
        yield _line(_example(rating))


def format_dataset_csv(ratings: Iterable[Rating]) -> Iterator[str]:
    """The header and a row for each rating, fields as in `format_dataset_jsonl`."""
    yield format_cells(DATASET_FIELDS)
    for rating in ratings:
        yield format_cells(_cell(value) for value in _example(rating).values())


def _example(rating: Rating) -> dict[str, Any]:
    score = (rating.rating - 1) / 4
    values = (rating.prompt, rating.output, score, rating.notes or None)
    return dict(zip(DATASET_FIELDS, values, strict=True))


def _line(value: Any) -> str:
    """JSON in one line; what a terminal would obey is spelled out, which reads as the same text."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", _json(value)) + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
