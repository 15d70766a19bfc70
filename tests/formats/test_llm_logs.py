"""What `llm logs --json` prints, as ratings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feedback_loop.errors import InputError
from feedback_loop.formats.imported_rating import ImportedRating, ImportOptions, Rejected
from feedback_loop.formats.llm_logs import read_llm_logs

RATED = ImportOptions(rating=4)


def log(**changes: Any) -> dict[str, Any]:
    """An entry as llm 0.28 writes it; `changes` that are None are null."""
    base = {
        "id": "01jm8ec74wxsdatyn5pq1fp0s5",
        "model": "anthropic/claude-3-haiku-20240307",
        "prompt": "hi",
        "system": None,
        "prompt_json": None,
        "options_json": {},
        "response": "Hello!",
        "response_json": None,
        "conversation_id": "01jm8ec74taftdgj2t4zra9z0j",
        "duration_ms": 560,
        "datetime_utc": "2025-02-16T22:34:30.374882+00:00",
        "input_tokens": 8,
        "output_tokens": 12,
        "token_details": None,
        "conversation_name": "hi",
        "conversation_model": "anthropic/claude-3-haiku-20240307",
        "schema_json": None,
        "prompt_fragments": [],
        "system_fragments": [],
        "tools": [],
        "tool_calls": [],
        "tool_results": [],
        "attachments": [],
    }
    return base | changes


def read(*logs: Any, options: ImportOptions = RATED) -> list[ImportedRating | Rejected]:
    return list(read_llm_logs(json.dumps(logs, indent=2).encode(), options))


def test_what_is_no_log_of_llm_is_told() -> None:
    with pytest.raises(InputError, match="no logs of llm"):
        read()
    with pytest.raises(InputError, match="no logs of llm"):
        read({"prompt": "hi", "response": "Hello!"})


def test_an_entry_is_a_rating() -> None:
    context = (
        ("model", "anthropic/claude-3-haiku-20240307"),
        ("conversation_id", "01jm8ec74taftdgj2t4zra9z0j"),
        ("execution_time", 0.56),  # seconds
    )
    assert read(log()) == [ImportedRating(1, "hi", "Hello!", 4, "2025-02-16T22:34:30Z", context=context)]


def test_a_duration_that_is_none_is_left_out() -> None:
    for bad in (None, True, "560", -1, 10**600):
        (found,) = read(log(duration_ms=bad))
        assert isinstance(found, ImportedRating)
        assert "execution_time" not in dict(found.context), bad


def test_a_fault_costs_its_entry() -> None:
    found = read(log(), log(duration_ms=float("nan")), log())
    assert found[1] == Rejected(2, "JSON with NaN, which is not a JSON number")
    assert [row.row for row in found if isinstance(row, ImportedRating)] == [1, 3]


def test_several_arrays_and_lines_are_read_alike() -> None:
    entry = json.dumps(log())
    wanted = [row._replace(row=number) for number, row in enumerate(read(log()) * 2, 1)]
    for text in (f"[{entry}]\n[{entry}]", f"{entry}\n{entry}\n", f"[{entry},{entry}]"):
        assert list(read_llm_logs(text.encode(), RATED)) == wanted


def test_logs_without_any_rating_need_one() -> None:
    with pytest.raises(InputError, match="hold no ratings"):
        read(log(), options=ImportOptions())
    own, other = read(log(rating=2), log(), options=ImportOptions())
    assert isinstance(own, ImportedRating)
    assert own.rating == 2
    assert isinstance(other, Rejected)


def test_what_cannot_be_rated_is_rejected() -> None:
    found = read(log(prompt=None), log(response=""), 7, log(datetime_utc=None), log(conversation_id=None))
    reasons = [row.reason for row in found if isinstance(row, Rejected)]
    assert reasons[:3] == ["no prompt", "no output", "no entry of a log"]
    assert reasons[3].startswith("no timestamp")
    assert isinstance(found[4], ImportedRating)
