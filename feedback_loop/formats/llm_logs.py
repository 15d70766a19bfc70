"""What `llm logs --json` of simonw/llm prints, as ratings (B7).

An array of objects with `prompt`, `response`, `model`, `conversation_id` and `datetime_utc`, the same in
every version (llm, docs/logging.md). Its database is not read: since llm 0.32 it has two generations of
tables, which that command merges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feedback_loop.errors import InputError
from feedback_loop.formats.export_rows import fault_in, load_export
from feedback_loop.formats.imported_rating import ImportedRating, ImportOptions, Rejected, make_rating
from feedback_loop.formats.report_json import text_at

_KEYS = ("prompt", "response", "datetime_utc")
_CONTEXT = ("model", "conversation_id")
_LONGEST = 1e12  # milliseconds, some 30 years: no answer took longer


def is_llm_log(entry: Any) -> bool:
    """Whether this is an entry of such a log."""
    return isinstance(entry, dict) and all(key in entry for key in _KEYS)


def read_llm_logs(data: bytes, options: ImportOptions) -> Iterator[ImportedRating | Rejected]:
    """A row for each entry: of the array, of several ones, or of JSON lines.

    A `rating` that somebody added to an entry goes before that of the options. Raises InputError if no
    entry is one of such a log, or none has a rating from anywhere.
    """
    entries, rejected = load_export(data)
    logs = [entry for _, entry in entries if is_llm_log(entry)]
    if not logs:
        raise InputError(f"no logs of llm: no entry has {', '.join(_KEYS)}", "made by: llm logs -n 0 --json")
    if options.rating is None and not any(entry.get("rating") for entry in logs):
        raise InputError("logs of llm hold no ratings", "--rating N gives one to all of them", "usage")
    yield from rejected
    for number, entry in entries:
        yield _row(number, entry, options)


def _row(number: int, entry: Any, options: ImportOptions) -> ImportedRating | Rejected:
    fault = fault_in(entry)
    if fault or not is_llm_log(entry):
        return Rejected(number, fault or "no entry of a log")
    context: dict[str, Any] = {key: text for key in _CONTEXT if (text := text_at(entry, key))}
    took = entry.get("duration_ms")
    if type(took) in (int, float) and 0 <= took <= _LONGEST:
        context["execution_time"] = took / 1000  # seconds
    values = {
        "prompt": entry["prompt"],
        "output": entry["response"],
        "rating": entry.get("rating"),
        "timestamp": entry["datetime_utc"],
        "context": context,
    }
    return make_rating(number, values, options)
