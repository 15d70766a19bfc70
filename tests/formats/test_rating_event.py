"""Ratings as the data of events: masked, sized, cut, and read back without trust (B4, B6)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.rating import Rating, TextSize
from feedback_loop.engines.feedback.features import flags_of
from feedback_loop.formats.event_fields import WHOLE
from feedback_loop.formats.rating_event import NOTES, Draft, rating_data, read_rating
from feedback_loop.formats.records import format_event, make_event, make_trusted, parse_record
from feedback_loop.formats.strict_json import SIZE_CAP

AT = "2026-11-20T09:30:00Z"
KEY = "ghp_" + "a1B2" * 9
DRAFT = Draft("Explain it, e.g. as JSON", "It is so", 5, "up", ("code",), AT, {"framework": "direct"})


def data(keep: str = "truncate:20000", **changes: Any) -> dict[str, Any]:
    return rating_data(DRAFT._replace(**changes), keep, flags_of)


def test_a_rating_comes_back_as_it_was_written() -> None:
    event = make_event("rating", AT, data(notes="good"))
    assert read_rating(event.id, 7, json.loads(event.data)) == Rating(
        feedback_id=hashlib.sha256(f'["{DRAFT.prompt}","It is so","{AT}"]'.encode()).hexdigest()[:16],
        at=7,
        rating=5,
        thumbs="up",
        tags=("code",),
        framework="direct",
        flags=("examples", "format"),
        prompt_size=TextSize(24, 5, hashlib.sha256(DRAFT.prompt.encode()).hexdigest()),
        output_size=TextSize(8, 3, hashlib.sha256(b"It is so").hexdigest()),
        prompt=DRAFT.prompt,
        output="It is so",
        notes="good",
        context='{"framework":"direct"}',
        event=event.id,
    )


def test_a_pattern_that_was_rated_is_no_output() -> None:
    assert read_rating("e", 0, {"subject": "pattern", "rating": 3}) is None


def test_an_old_rating_without_the_newer_fields_is_read() -> None:
    found = read_rating("e" * 64, 0, {"rating": 2})
    assert found == Rating("e" * 16, 0, 2, event="e" * 64)


def test_secrets_are_masked_before_size_id_and_cut() -> None:
    found = data(prompt=f"use {KEY}", output=f"done with {KEY}", notes=f"leaked {KEY}")
    assert KEY not in json.dumps(found)
    assert (found["prompt"], found["prompt_size"]["characters"]) == ("use ***", 7)
    assert found["feedback_id"] == data(prompt="use ***", output="done with ***")["feedback_id"]


def test_a_given_id_is_kept() -> None:
    assert data(feedback_id="own:1")["feedback_id"] == "own:1"


def test_what_is_kept_of_texts_is_a_setting_and_sizes_always_are() -> None:
    text = "word " * 100
    cut, hashed, full = (data(keep, prompt=text, notes="n") for keep in ("truncate:10", "hash", "full"))
    assert cut["prompt"] == "word word…"
    assert (hashed["prompt"], hashed["output"]) == (None, None)
    assert "notes" not in hashed
    assert full["prompt"] == text
    for found in (cut, hashed, full):
        assert found["prompt_size"] == full["prompt_size"]
        assert (found["prompt_size"]["words"], found["feedback_id"]) == (100, full["feedback_id"])


@pytest.mark.parametrize("char", ["a", "é", "🎈", "\n"])
def test_the_largest_texts_fit_into_an_event(char: str) -> None:
    """Up to twelve bytes a character in the event: `full` is bounded by these."""
    text = "x" + char * (2 * WHOLE)
    found = data("full", prompt=text, output=text, notes=text)
    event = make_event("rating", AT, found)
    assert len(format_event(event)) < SIZE_CAP
    assert WHOLE - 12 <= len(json.dumps(found["prompt"])) - 2 <= WHOLE
    assert found["prompt"].endswith("…")
    assert len(found["notes"]) == NOTES


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS, st.dictionaries(TEXTS, st.none() | st.integers() | TEXTS | st.lists(TEXTS)))
def test_the_short_way_makes_the_very_event_of_the_long_way(
    prompt: str, output: str, context: dict[str, Any]
) -> None:
    draft = DRAFT._replace(prompt=prompt, output=output, context=context)
    found = rating_data(draft, "full", flags_of)
    long = make_event("rating", AT, found, source={"kind": "api"}, by="me")
    parts = json.loads(long.data)  # a context that was not masked is, on the long way
    assert make_trusted("rating", AT, parts, '{"kind":"api"}', "me", None) == long
    assert parse_record(format_event(long)) == long


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
OBJECTS = st.dictionaries(
    st.sampled_from(["framework", "model", "techniques", "flags", "characters", "words", "sha256"]), JSON
)


@settings(max_examples=50, deadline=None)
@given(OBJECTS, OBJECTS, OBJECTS)
def test_free_parts_of_any_kind_never_raise(context: Any, size: Any, features: Any) -> None:
    found = read_rating(
        "e" * 64, 0, {"rating": 3, "context": context, "prompt_size": size, "features": features}
    )
    assert found is not None
    assert all(type(one) is str for one in (found.framework, found.model, *found.techniques))
    assert all(type(one) is int and 0 <= one < 1 << 53 for one in found.prompt_size[:2])
    assert set(found.flags) <= {"examples", "constraints", "steps", "format"}


def test_techniques_are_a_list_or_a_text_with_commas() -> None:
    for told in (["a", " b ", "a", 3], "a, b,,a"):
        found = read_rating("e", 0, {"rating": 3, "context": {"techniques": told}})
        assert found is not None
        assert found.techniques == ("a", "b")
