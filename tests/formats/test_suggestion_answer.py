"""A provider's suggestions are taken exactly as asked for, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.suggestion import Proposed
from feedback_loop.formats.suggestion_answer import parse_suggestions

ONE = {"technique": "Give examples", "reasoning": "9 of 10 against 3 of 12", "feature": "examples"}


def test_an_empty_array_is_an_answer() -> None:
    assert parse_suggestions(" []\n", 5) == ()


def test_an_array_alone_or_as_the_one_fenced_block() -> None:
    found = (Proposed(*ONE.values()),)
    text = json.dumps([ONE])
    for answer in (text, f"\n{text}\n", f"```json\n{text}\n```", f"```\n{text}\n```\n"):
        assert parse_suggestions(answer, 1) == found
    assert parse_suggestions('[{"technique": " T ", "reasoning": "R"}]', 1) == (Proposed("T", "R", ""),)


@pytest.mark.parametrize(
    "value",
    [
        ONE,
        [ONE, ONE, ONE],
        [ONE | {"example": "theirs"}],
        [{"technique": "T"}],
        [ONE | {"technique": " "}],
        [ONE | {"technique": 7}],
        [ONE | {"reasoning": None}],
        [ONE | {"technique": "x" * 201}],
        [ONE | {"reasoning": "x" * 601}],
        [ONE | {"reasoning": "one\ntwo"}],
        [ONE | {"reasoning": "one\u2028two"}],
        [ONE | {"feature": ["examples"]}],
        [ONE | {"feature": "x" * 101}],
        [ONE | {"technique": "half \ud800"}],
        ["Give examples"],
    ],
)
def test_anything_else_is_none(value: Any) -> None:
    assert parse_suggestions(json.dumps(value), 2) is None


@pytest.mark.parametrize(
    "answer", ["", "Here you are: []", "[] // done", "[{]", '[{"a": 1, "a": 2}]', "\ud800[]"]
)
def test_words_around_it_and_broken_json_are_none(answer: str) -> None:
    assert parse_suggestions(answer, 5) is None


TEXTS = st.text(max_size=8) | st.sampled_from(["T", "x" * 201, "a\nb"])
ITEMS = st.dictionaries(st.sampled_from(["technique", "reasoning", "feature", "more"]), TEXTS | st.integers())


@settings(max_examples=50, deadline=None)
@given(st.lists(ITEMS, max_size=3), st.integers(1, 2))
def test_what_comes_through_is_within_the_bounds(items: list[dict[str, Any]], limit: int) -> None:
    found = parse_suggestions(json.dumps(items), limit)
    if found is None:
        return
    assert len(found) == len(items) <= limit
    for one, item in zip(found, items, strict=True):
        assert (one.technique, one.reasoning) == (item["technique"].strip(), item["reasoning"].strip())
        assert len(one.technique.splitlines()) == len(one.reasoning.splitlines()) == 1
        assert len(one.technique) <= 200
