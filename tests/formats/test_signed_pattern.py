"""The part of a pattern's JSON that warnings need."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.formats.signed_pattern import SignedPattern, parse_signed_pattern
from feedback_loop.stores.library import load_library

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["signatures", "exception", "guidance", "x"]), inner)
    ),
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{",
        b'{"signatures": {}}',
        b'{"signatures": [3, {"exception": 4}, {"rule": "a:b"}]}',
    ],
)
def test_what_says_nothing_is_nothing(data: bytes) -> None:
    assert parse_signed_pattern("p", data) == SignedPattern("p", "")


def test_of_the_core_pack_it_says_what_the_whole_reader_says() -> None:
    patterns = load_library("/nowhere", "patterns").active
    assert any(one.signatures for one in patterns)
    for one in patterns:
        data = {
            "guidance": one.guidance,
            "supersedes": one.supersedes,
            "signatures": [vars(sign) for sign in one.signatures],
        }
        expected = tuple(replace(sign, rule=None) for sign in one.signatures if sign.exception)
        found = parse_signed_pattern(one.name, json.dumps(data).encode())
        assert found == SignedPattern(one.name, one.guidance, one.supersedes, expected)


@settings(max_examples=100, deadline=None)
@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_taken(data: bytes) -> None:
    found = parse_signed_pattern("p", data)
    assert all(one.exception for one in found.signatures)
