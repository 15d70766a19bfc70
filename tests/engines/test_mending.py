"""What a commit changed in the function that had failed."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.changes import FileDiff, Hunk
from feedback_loop.engines.candidates.mending import Mending, find_mending

OLD = """import json

class Shop:
    @cached
    def price(self, item):
        return item["price"]

    def name(self, item):
        return item["name"]

def load(text):
    return json.loads(text)
"""


def diff(old: str, new: str, path: str) -> FileDiff:
    """As git would write it, without context."""
    before, after = old.split("\n"), new.split("\n")
    section, hunks = "", []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            begin = len(section.encode())
            section += "".join(f"-{line}\n" for line in before[a:b])
            section += "".join(f"+{line}\n" for line in after[c:d])
            starts = a + (b > a), b - a, c + (d > c), d - c
            hunks.append(Hunk(*starts, begin, len(section.encode())))
    name = path.encode()
    return FileDiff("M", "0", "1", name, name, section.encode(), hunks)


def mend(new: str, line: int, old: str = OLD, path: str = "shop.py") -> Mending:
    return find_mending("c" * 40, diff(old, new, path), old.encode(), line)


def test_an_import_and_another_function_are_no_mend() -> None:
    new = OLD.replace("import json", "import json, math").replace("loads(text)", "loads(text or '{}')")
    assert mend(new, 6) == ("Shop.price", False, ())
    assert mend(new, 12).touched


@pytest.mark.parametrize("line", [4, 5, 6])
def test_the_whole_function_with_its_decorator_is_shown(line: int) -> None:
    where, touched, (pair,) = mend(OLD.replace('["price"]', '.get("price")'), line)
    assert (where, touched, pair.line) == ("Shop.price", True, 4)
    assert pair.bad == '    @cached\n    def price(self, item):\n        return item["price"]'
    assert pair.good == '    @cached\n    def price(self, item):\n        return item.get("price")'


@pytest.mark.parametrize(
    ("after", "added", "is_in"),
    [
        ("def load(text):\n", "    if not text:\n        return None\n", True),
        ("    return json.loads(text)\n", "    # nothing behind it\n", True),
        ("    return json.loads(text)\n", "\ndef save(text):\n    return text\n", False),
        ('        return item["name"]\n\n', "@retry\n", True),
        ('        return item["name"]\n\n', "ONE = 1\n", False),
    ],
)
def test_lines_that_are_only_added(after: str, added: str, is_in: bool) -> None:
    found = mend(OLD.replace(after, after + added), 12)
    assert (found.where, found.touched) == ("load", is_in)
    for pair in found.pairs:
        assert pair.bad == "def load(text):\n    return json.loads(text)"
        assert added.strip("\n") in pair.good
        assert len(pair.good) == len(pair.bad) + len(added)


def test_nothing_is_left_of_a_function() -> None:
    gone = OLD.replace("def load(text):\n    return json.loads(text)\n", "")
    assert mend(gone, 11) == ("load", True, ())


def test_of_a_long_function_the_lines_around_each_change_are_shown() -> None:
    body = [f"    step({number})" for number in range(60)]
    old = "\n".join(["def run():", *body, "", "def other():", "    return 1", ""])
    new = old.replace("step(10)", "step(ten)").replace("    step(50)\n", "")
    first, second = mend(new, 30, old).pairs
    assert first.bad.split("\n") == body[5:16]
    assert first.good == first.bad.replace("step(10)", "step(ten)")
    assert (second.bad.split("\n"), second.good.split("\n")) == (body[45:56], body[45:50] + body[51:56])


@pytest.mark.parametrize("path", ["shop.js", "shop.py"])
def test_where_no_function_is_known_it_is_what_lies_within_ten_lines(path: str) -> None:
    old = "".join(f"call({number}) ->\n" for number in range(1, 61))
    where, touched, (pair,) = mend(old.replace("call(40)", "mend(40)"), 30, old, path)
    assert (where, touched) == (f"the lines around {path}:30", True)
    assert (pair.line, "mend(40)" in pair.good) == (35, True)
    assert not mend(old.replace("call(41)", "mend(41)"), 30, old, path).touched


LINES = st.lists(
    st.sampled_from(["def f():", "    x = 1", "    return x", "class A:", "    def g(self):", "", "y"])
)


@settings(max_examples=100, deadline=None)
@given(LINES, LINES, st.integers(1, 40))
def test_each_side_stands_in_its_file_as_it_is(before: list[str], after: list[str], line: int) -> None:
    """The first line's insertion aside, a part's lines are lines in a row of the old and the new file."""
    old, new = "\n".join(before), "\n".join(after)
    for pair in mend(new, line, old).pairs:
        assert f"\n{pair.bad}\n" in f"\n{old}\n"
        assert f"\n{pair.good}\n" in f"\n{new}\n"
        assert pair.bad != pair.good
