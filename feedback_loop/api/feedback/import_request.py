"""What to make of a file of ratings, as the importer says it (B7)."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.api.metrics.times import read_time
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.import_kind import KINDS, LANGFUSE, LLM_LOGS, check_text, detect_kind
from feedback_loop.formats.imported_rating import ImportOptions, parse_range, stars
from feedback_loop.formats.rating_rows import check_columns

AUTO = "auto"
_FIXED = (LLM_LOGS, LANGFUSE)  # formats whose columns are known


@dataclass(frozen=True)
class ImportRequest:
    """What to make of a file. `kind` is `auto` or one of KINDS.

    `columns` are FIELD=COLUMN, `categories` NAME=RATING, `score_range` is A:B. `rating` (1 to 5, as number
    or text) and `at` are for rows that have none. `strict`: one row that is rejected, and nothing is written.
    """

    kind: str = AUTO
    columns: tuple[str, ...] = ()
    rating: int | str | None = None
    at: str | None = None
    score_range: str | None = None
    categories: tuple[str, ...] = ()
    strict: bool = False
    dry_run: bool = False


def import_options(request: ImportRequest) -> ImportOptions:
    """The request, read. Raises InputError for what makes no sense."""
    if request.kind not in (AUTO, *KINDS):
        known = f"known: {', '.join((AUTO, *KINDS))}"
        raise InputError(f"no such format: {short(request.kind)}", known, "usage")
    columns = tuple(_pair("--map", text, "FIELD=COLUMN") for text in request.columns)
    check_columns(columns)
    return ImportOptions(
        columns,
        _rating(request.rating),
        _time(request.at),
        parse_range(request.score_range) if request.score_range is not None else None,
        tuple(_category(text) for text in request.categories),
    )


def _rating(value: int | str | None) -> int | None:
    found = stars(value)
    if value is not None and (found is None or str(value) != str(found)):
        raise InputError(f"--rating must be from 1 to 5, not {short(value)}", kind="usage")
    return found


def _time(text: str | None) -> str | None:
    found = read_time(text)
    if text is not None and found is None:
        hint = "write it like 2026-11-20T09:30:00Z"
        raise InputError(f"--at is not a time: {short(text)}", hint, "usage")
    return found


def _pair(option: str, text: str, form: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise InputError(f"{option} is {form}, not {short(text)}", kind="usage")
    return name, value


def _category(text: str) -> tuple[str, int]:
    form = "NAME=RATING"
    name, sign, value = text.rpartition("=")  # a name may hold anything
    found = stars(value)
    if not sign or not name or found is None:
        raise InputError(f"--category is {form} with a rating from 1 to 5, not {short(text)}", kind="usage")
    return name, found


def import_kind(data: bytes, name: str, request: ImportRequest) -> str:
    """The format. Raises InputError for data of none, and for options that it has no use for."""
    check_text(data)
    kind = detect_kind(data, name) if request.kind == AUTO else request.kind
    if request.columns and kind in _FIXED:
        raise InputError(
            f"--map is for rows, and these are {kind}", "--from jsonl reads them as rows", "usage"
        )
    if request.rating is not None and kind == LANGFUSE:
        raise InputError("--rating is for rows without one: of Langfuse the scores are taken", kind="usage")
    for option, value in (("--score-range", request.score_range), ("--category", request.categories)):
        if value and kind != LANGFUSE:
            raise InputError(f"{option} is for scores of Langfuse, and these are {kind}", kind="usage")
    return kind
