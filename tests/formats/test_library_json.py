"""The JSON file of patterns: read strictly, written so that it is read back, held against a guide."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.guide import GuidePattern, Sample
from feedback_loop.domain.names import is_name
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_text import canonical
from feedback_loop.formats.library_json import (
    LINKS,
    LibraryData,
    beyond_guide,
    blank_entry,
    format_library,
    guide_entry,
    parse_library,
    take_in,
)
from tests.formats.test_guide_doc import PATTERNS

SEED = {
    "pattern_id": "5b0d3c9e-0000-4000-8000-000000000000",
    "name": "bounds_checking",
    "description": "IndexError on empty lists",
    "bad_example": "first = items[0]",
    "good_example": "first = items[0] if items else None",
    "test_coverage": "",
    "occurrence_frequency": 42,
    "last_occurrence": "2024-01-04T12:00:00",
    "severity": "medium",
    "effectiveness_score": 0.85,
}


def parsed(value: object) -> LibraryData:
    return parse_library(json.dumps(value).encode(), "patterns.json")


def test_the_seed_s_file_is_read() -> None:
    library = parsed({"patterns": [SEED], "changelog": [], "last_updated": "2024-01-04T12:00:00"})
    assert library == LibraryData([SEED], [], [], "2024-01-04T12:00:00", {})


def test_an_empty_library_is_one() -> None:
    assert parsed({"patterns": []}) == LibraryData()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"patterns": [\n  {"name": "a",}\n]}', r"p\.json:2: not JSON: .*\(column \d+\)"),
        ("", r"p\.json:1: not JSON: .*\(column 1\)"),
        ("[]", r"p\.json:1:1: expected an object, not list"),
        ("{}", r"p\.json:1:1: key 'patterns' is missing"),
        (
            '{\n "changelog": [],\n "patterns": {"a": 1}\n}',
            r"p\.json:3:14: /patterns: expected a list, not object",
        ),
        ('{"patterns": [{"name": "a"},\n\t"x"]}', r"p\.json:2:2: /patterns/1: expected an object, not text"),
        (
            '{"patterns": [{"name": "a"}, {"severity": "low"}]}',
            r"p\.json:1:30: /patterns/1: a pattern needs a name",
        ),
        (
            '{"patterns": [{"x": [1, 2], "name": 7}]}',
            r"p\.json:1:37: /patterns/0/name: a pattern needs a name",
        ),
        (
            '{"patterns": [], "changelog": [null]}',
            r"p\.json:1:32: /changelog/0: expected an object, not null",
        ),
        ('{"patterns": [], "archived": null}', r"p\.json:1:30: /archived: expected a list, not null"),
        ('{"patterns": [], "schema_version": 2}', r"p\.json:1:36: /schema_version: version 2 needs a newer"),
        ('{"patterns": [], "schema_version": true}', "expected 1, not boolean"),
        ('{"patterns": [], "last_updated": 5}', "expected a time as text, not number"),
        ('{"patterns": [], "patterns": []}', r"p\.json:1: /patterns: key given twice"),
        ('{"patterns": [{"name": "a", "score": NaN}]}', "NaN is not a JSON number"),
    ],
)
def test_another_shape_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_library(text.encode(), "p.json")
    assert isinstance(caught.value, ValueError)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["patterns", "archived", "name", "changelog", "é\n"]), inner, max_size=3
            )
        ),
    )
)
@settings(max_examples=100, deadline=None)
def test_any_json_is_a_library_or_refused_and_comes_back_as_it_was(value: Any) -> None:
    text = json.dumps(value, indent=1).encode()
    try:
        library = parse_library(text, "p")
    except InputError as error:
        assert str(error).startswith("p:")
        return
    data = format_library(library, "p")
    assert parse_library(data, "p") == library
    assert format_library(parse_library(data, "p"), "p") == data


def test_keys_that_are_not_ours_stay() -> None:
    library = parsed({"patterns": [SEED | {"team": {"owner": "x"}}], "note": [1]})
    assert parse_library(format_library(library, "p"), "p") == library
    assert (library.patterns[0]["team"], library.extra) == ({"owner": "x"}, {"note": [1]})


@pytest.mark.parametrize(
    "value",
    [{1, 2}, float("nan"), "\ud800", object(), [[]] * 0 or json.loads("[" * 40 + "]" * 40), "x" * 1_100_000],
)
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        format_library(LibraryData([{"name": "a", "extra": value}]), "p")


# -- entries and guides ------------------------------------------------------------------------------


def test_a_new_pattern_has_the_seed_s_ten_fields() -> None:
    assert list(blank_entry("a_name", "id")) == list(SEED)
    assert guide_entry(blank_entry("a_name", "id")) == GuidePattern("a_name", "A name", severity="medium")


def test_a_partial_entry_says_its_name() -> None:
    assert guide_entry({"name": "x"}) == GuidePattern("x", "X")
    assert guide_entry(
        {"name": "x", "problems": "no list", "tags": [1], "severity": None, "fences": 3}
    ) == GuidePattern("x", "X")


def test_the_seed_s_description_is_prose_in_a_guide() -> None:
    said = guide_entry(SEED)
    assert (said.prose, said.problems) == ("IndexError on empty lists", ())
    assert said.bad == (Sample("first = items[0]", "python"),)


def test_a_description_changed_by_hand_is_newer_than_its_parts() -> None:
    entry = blank_entry("a_name", "id")
    take_in(entry, GuidePattern("a_name", "A", problems=("one", "two")))
    assert (entry["description"], entry["problems"]) == ("one two", ["one", "two"])
    entry["description"] = "Something else."
    assert (guide_entry(entry).prose, guide_entry(entry).problems) == ("Something else.", ())


def test_what_is_not_said_stays() -> None:
    entry = SEED | {"prose": "Why.", "tags": ["core"], "benefits": ["none"], "team": 1}
    said = canonical(GuidePattern("bounds_checking", "Bounds", problems=("new",), good=(Sample("x", "py"),)))
    now = dict(entry)
    assert take_in(now, said)
    assert now == entry | {
        "title": "Bounds",
        "description": "new",
        "problems": ["new"],
        "prose": "IndexError on empty lists",
        "good_example": "x",
        "fences": {"good": {"info": "py", "further": []}},
    }
    assert not take_in(now, said)


@given(PATTERNS, st.sampled_from([{}, SEED]))
@settings(max_examples=100, deadline=None)
def test_what_was_taken_in_is_said_again(pattern: GuidePattern, before: dict[str, Any]) -> None:
    said = canonical(pattern)
    entry = before | {"name": said.name}
    take_in(entry, said)
    now = guide_entry(entry)
    for key in ("title", "severity", "tags", "guidance", "problems", "bad", "good", "benefits", "tests"):
        if getattr(said, key):
            assert getattr(now, key) == getattr(said, key)
    assert now.prose == said.prose or not said.prose
    assert not take_in(entry, said)
    json.dumps(entry)


@given(
    st.dictionaries(
        st.sampled_from(["pattern_id", "state", "severity", "supersedes", "related", "conflicts", "x"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=5) | st.integers()),
    )
)
@settings(max_examples=100, deadline=None)
def test_of_any_entry_each_link_is_taken_in_or_noted(entry: dict[str, Any]) -> None:
    beyond = beyond_guide(entry)
    for key in LINKS:
        held = entry.get(key) or []
        listed = held if isinstance(held, list) else [held]
        strange = [one for one in listed if one not in getattr(beyond, key)]
        assert all(map(is_name, getattr(beyond, key)))
        assert bool(strange) == any(note.startswith(f"{key}: ") for note in beyond.notes)
    assert (beyond.state == "") == (entry.get("state") in (None, ""))
