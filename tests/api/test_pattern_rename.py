"""A pattern's files under another name, and single values in them: every other byte as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.patterns.rename import renamed, retitled, with_value

KEYS = st.sampled_from(["name", "severity", "tags", "guidance", "nested", "ä", 'q"q'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
PROSE = "\n\nWhat goes wrong with gap_1a.  \n\n## Problems\n\n* gap_1a  is slow\n\n## Other\n\nkept\n"


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, VALUES), KEYS, VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_one_value_changes_and_no_other(
    held: dict[str, object], key: str, value: object, indent: int | str | None, bom: bool
) -> None:
    text = json.dumps(held, indent=indent, ensure_ascii=False)
    if held:  # an object without keys is no pattern
        data = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
        changed = with_value(data, key, value)
        assert json.loads(changed.decode("utf-8-sig")) == held | {key: value}
        assert changed.startswith(b"\xef\xbb\xbf") == bom


def test_every_byte_around_the_value_stays() -> None:
    data = b'{ "name" :"a",\r\n\t"version": 3 ,"z":  [ 1,2 ]}'
    assert with_value(data, "version", 4) == data.replace(b"3", b"4")


def test_the_old_name_stays_a_name_for_it() -> None:
    data = b'{"name": "new", "supersedes": ["older"], "guidance": "name: gap_1a"}'
    expected = {"name": "better", "supersedes": ["older", "gap_1a"], "guidance": "name: gap_1a"}
    assert json.loads(renamed(data, "gap_1a", "better")) == expected
    assert json.loads(renamed(b'{"name": "gap_1a"}', "gap_1a", "better"))["supersedes"] == ["gap_1a"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("gap_1a", "needs_category"),
        ("Gap 1a", "Needs category"),
        ("Failure `gap_1a` of POST", "Failure `needs_category` of POST"),
        ("Failure gap_1a2b", "Failure gap_1a2b"),
        ("A product needs its category", "A product needs its category"),
    ],
)
def test_a_title_that_speaks_of_the_old_name_speaks_of_the_new_one(title: str, expected: str) -> None:
    changed = retitled(f"# {title}{PROSE}".encode(), "gap_1a", "needs_category")
    assert changed.decode() == f"# {expected}{PROSE}"


def test_line_ends_stay_as_they_are() -> None:
    text = "# gap_1a\r\n\r\nText.\r\n"
    assert retitled(text.encode(), "gap_1a", "better") == text.replace("gap_1a", "better").encode()
