"""Two readers, one answer (A51): the line scanner and the one on markdown-it-py show the same lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.plan import Section
from feedback_loop.errors import InputError
from feedback_loop.formats import plan_doc
from feedback_loop.formats.markdown import shown_lines
from feedback_loop.formats.plan_lines import scan_section, visible_lines
from tests.repo import not_endless

DATA = Path(__file__).parent / "data"
SPEC = json.loads((DATA / "commonmark-0.31.2.json").read_text("utf-8"))
SECTIONS = sorted({example["section"] for example in SPEC})
HEAD = "## Patterns to Apply\n"


def values(section: Section) -> tuple[object, ...]:
    items = [(item.name, item.line, item.checked) for item in section.items]
    return section.begin, section.end, items, [(note.line, note.text) for note in section.notes]


def agreed(text: str) -> list[int]:
    """The numbers of the lines that show, after holding both readers against each other."""
    shown = list(visible_lines(text))
    assert shown == shown_lines(text)
    assert values(scan_section(text)) == values(plan_doc.read_section(text))
    return [number for number, _ in shown]


# -- what shows (A48) ------------------------------------------------------------------------------

VISIBLE = {
    "text\n\nmore\n": [1, 3],
    "": [],
    "\n \n\t\n": [],
    "\ufeff# h\r\n\r\ntext": [1, 3],
    "a\rb\n\r\r\nc\r": [1, 2, 3],
    "a\x0bb\x0cc\u2028d\ne": [1, 2],
    "        - [ ] a\n        - [ ] b\n": [1, 2],
    "- a\n    - b\n\n\t\t\t- c\n": [1, 2, 4],
    "Setext\n===\nmore\n---\nend": [1, 2, 3, 5],
    "* * *\n___\n- - -\nx": [4],
    "<div>\n- [ ] a\n</div>": [1, 2, 3],
    "[a]: b\n": [1],
    # fences
    "```\n- [ ] a\n```\nb": [4],
    "~~~ x `y`\n```\n~~~~\nb": [4],
    "``` a`b\nc": [1, 2],
    "````\n```\n``` x\n````` \nb": [5],
    "```\nnever closed\n": [],
    "- a\n  ```\n  b\n\n  c\nd": [1, 6],
    "- ```\n  a\n- b": [3],
    "text\n     ```\n     b": [1, 2, 3],
    # comments
    "<!-- a -->\nb": [2],
    "<!-- a\n\n- [ ] b --> c\nd": [4],
    "<!-->\nb": [2],
    "<!-- never closed\n\nb": [],
    "text\n<!--\nb\n-->\nc": [1, 5],
    "text <!--\nb": [1, 2],
    "- a\n  <!-- b\n  c\nd": [1, 4],
    "- <!-- b\n\n  c -->\n  d": [4],
    # quotes
    "> a\n> b\n\nc": [4],
    "> a\nlazy\n\nc": [4],
    "> a\n- b": [2],
    "> a\n2. b": [2],
    "> a\n## b": [2],
    "> a\n##b": [2],
    "> a\n#b": [],
    "> ```\nb": [2],
    "> # h\nb": [2],
    ">\nb": [2],
    "> a\n>\nb": [3],
    "> - a\n> > b\nlazy": [],
    "- > a\n  > b\n  lazy\n- c": [4],
    "- > a\n> b\nc": [],
    # lists
    "-\n\n  a": [3],
    "-\n\n  ```\n b\n": [],
    "-\n  a": [2],
    "1234. a\n    -   b\n       ```\n    c\n": [1, 2, 4],
    "a\n-\nb": [1, 2, 3],
    "a\n2. ```\nb\n```\nc": [1, 2, 3],
    "a\n1. ```\nb\n   ```\nc": [1, 3],
    "1234567890. ```\nb": [1, 2],
    "-\t```\n\ta\n    ```\nb": [4],
    "-     ```\n  a\n  ```\nb": [4],
    "123. > > a\n    - b": [2],
    # nesting at its limit, and tabs inside quotes
    "- " * 11 + "```\nb\n": [1, 2],
    "- " * 10 + "```\nb\n": [2],
    "> " * 6 + "# h\nlazy\n": [],
    "> " * 5 + "# h\nb\n": [2],
    "> -  \t```\n>\t- a\nlazy": [3],
    ">- a\n  >\t -\n ->1.- 1.\nb\n```": [3, 4],
    "- >  a\n >1.1. \n   ```>\n >\nb\n": [],
}


@pytest.mark.parametrize(("text", "numbers"), VISIBLE.items())
def test_lines_that_show(text: str, numbers: list[int]) -> None:
    assert agreed(text) == numbers


def test_what_is_nested_deeper_than_anybody_writes_is_text() -> None:
    lists = "".join("  " * depth + f"- [ ] item_{depth}\n" for depth in range(200))
    assert agreed(HEAD + lists) == list(range(1, 202))
    assert len(scan_section(HEAD + lists).items) == 200
    assert agreed("- " * 5000 + "a\n" + "> " * 5000 + "b\n\n" + "1. " * 30 + "> c\n") == [1, 4]
    assert agreed("> " * 30 + "- a\nlazy\n\n" + "- " * 9 + "> a\n\n" + "- " * 11 + "> a\n") == [6]


def test_quotes_that_take_hours_to_tell_apart_are_refused_by_the_careful_reader() -> None:
    text = "> ```\nno lazy line\n" * 600
    with pytest.raises(InputError, match="block quotes"):
        shown_lines(text)
    with not_endless():
        assert [number for number, _ in visible_lines(text)] == list(range(2, 1201, 2))


@pytest.mark.parametrize("line", ["> a\n- b\n", ">\nb\n", "> > > > > > a\nlazy\n", "> a\n> b\n"])
def test_many_plain_quotes_are_not_refused(line: str) -> None:
    agreed(line * 500)


# -- the specification's own examples ------------------------------------------------------------------


@pytest.mark.parametrize("name", SECTIONS)
def test_the_examples_of_commonmark(name: str) -> None:
    """As they stand, in a list item and in a quote; an item follows."""
    for example in SPEC:
        if example["section"] != name:
            continue
        lines = example["markdown"].split("\n")
        for prefix in ("", "  ", "> "):
            inside = "\n".join(prefix + line for line in lines)
            agreed(f"{HEAD}- [ ] first_one\n\n{inside}\n- [ ] last_one\n")
            agreed(f"{HEAD}- [ ] first_one\n{inside}\n\nlast words\n")


def test_there_are_examples() -> None:
    assert (len(SPEC), len(SECTIONS)) == (652, 26)


# -- generated plans -----------------------------------------------------------------------------------

MARKS = [
    "- ",
    "* ",
    "1. ",
    "2) ",
    "01. ",
    "123456789. ",
    "1234567890. ",
    "-",
    "1.",
    "- - ",
    "-     ",
    "-\t",
    "> ",
    ">",
    ">\t",
    "> > ",
]
BLANKS = ["", "", "", " ", "  ", "    ", "      ", "\t"]
ENDS = [
    "text",
    "[ ] a_b",
    "- [ ] b_c (d)",
    "-[ ]t",
    "- [x] c [HIGH]",
    "* [ ] s",
    "- [] s",
    "- name_only",
    "lazy",
    "",
    "",
    "",
]
ENDS += [
    "```",
    "````",
    "~~~",
    "```py",
    "``` a`b",
    "<!--",
    "-->",
    "<!-- x -->",
    "<!-->",
    "text <!--",
    "---",
    "* * *",
    "===",
]
ENDS += [
    "## Patterns to Apply",
    "##patterns to apply:",
    "### Patterns to Apply",
    "# h",
    "##T",
    "#tag",
    "\r",
    "\x0b",
    "\u00a0",
    "[a]: b",
]
line = st.builds(
    lambda blanks, marks, inner, end: blanks + "".join(marks) + inner + end,
    st.sampled_from(BLANKS),
    st.lists(st.sampled_from(MARKS), max_size=3),
    st.sampled_from(BLANKS),
    st.sampled_from(ENDS),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(line, min_size=1, max_size=16),
    st.sampled_from(["", "    ", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_generated_plans(lines: list[str], indent: str, end: str) -> None:
    agreed(end.join(indent + one for one in lines))
    agreed(HEAD + end.join(indent + one for one in lines) + end)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="-*+1.)>`~<!#[]x \t\n\r\0é", max_size=60))
def test_random_characters(text: str) -> None:
    numbers = agreed(HEAD + text)
    assert numbers == sorted(set(numbers))
