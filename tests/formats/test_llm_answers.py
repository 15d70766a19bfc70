"""What services answer, in all the ways that they should not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.provider import ProviderError
from feedback_loop.formats.llm_answers import parse_anthropic, parse_complaint, parse_openai

KEYS = st.sampled_from(["choices", "message", "content", "text", "type", "error", "finish_reason"])
LEAVES = st.sampled_from(["text", "x = 1", "", None, 7, 1.5, True, "length"])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
PARSERS = (parse_openai, parse_anthropic)


def refused(parse: Callable[[bytes], str], value: object) -> str:
    with pytest.raises(ProviderError) as caught:
        parse(json.dumps(value).encode())
    return str(caught.value)


def test_texts() -> None:
    document = {"choices": [{"message": {"content": "é"}}, {"message": {"content": "second"}}]}
    assert parse_openai(json.dumps(document).encode()) == "é"
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]
    assert parse_anthropic(json.dumps({"content": blocks}).encode()) == "ab"
    assert parse_complaint(b'{"error": {"message": "one\\n two"}}') == "one two"
    assert (
        parse_complaint(b'{"error": "x"}') == parse_complaint(b"<html>") == parse_complaint(b"[" * 9999) == ""
    )


def test_what_is_wrong_is_told_in_words() -> None:
    assert refused(parse_openai, {"choices": [{}]}) == "invalid answer (no message in it)"
    assert refused(parse_openai, {"choices": [{"message": {"content": ["x"]}}]}).endswith("is no text)")
    assert refused(parse_anthropic, {"content": [{"type": "text", "text": 7}]}).endswith("is no text)")
    assert refused(parse_anthropic, {"content": [{"type": "thinking"}]}) == "empty answer"


@given(JSON | st.dictionaries(KEYS, JSON, max_size=4), st.sampled_from(PARSERS))
@settings(max_examples=100, deadline=None)
def test_any_document_gives_a_text_or_a_failure(value: object, parse: Callable[[bytes], str]) -> None:
    content = json.dumps(value).encode()
    try:
        assert parse(content).strip()
    except ProviderError as error:
        assert str(error)
    assert isinstance(parse_complaint(content), str)
