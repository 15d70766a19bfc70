"""The rows of A49 and A50, through the hook's reader; `test_plan_readers` holds the other one to it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.plan import MALFORMED, SIZE_CAP, Section
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.formats.plan_section import (
    LONGEST,
    MOST_ITEMS,
    MOST_NOTES,
    decode_plan,
    read_section,
)
from tests.repo import ROOT

HEAD = "## Patterns to Apply\n"


def names(text: str) -> list[str]:
    return [item.name for item in scan_section(text).items]


def notes(text: str) -> list[tuple[int, str]]:
    return [(note.line, note.text) for note in scan_section(text).notes]


# -- items (A50) -----------------------------------------------------------------------------------

ITEMS = {
    "- [ ] a_b (from feedback-loop)": "a_b",
    "- [ ] a — text": "a — text",
    "- [ ] a: text": "a: text",
    "- [ ] a, b": "a, b",
    "- [x] two words": "two words",
    "-[ ]tight": "tight",
    "  - [ ] n": "n",
    "\t- [ ] n": "n",
    "\t\t    - [ ] n": "n",
    "-\t[ ]\tn": "n",
    "- [ ] a#b": "a",
    "- [ ] a # note": "a",
    "- [ ] `tick`": "tick",
    "- [ ] *b*": "b",
    "- [ ] **b**": "b",
    "- [ ] ***b***": "*b*",
    "- [ ] **": "**",
    "- [ ] [link](u)": "link",
    "- [ ] [link](u) (why)": "link",
    "- [ ] [`link`](u)": "link",
    "- [ ] ../../etc/passwd": "../../etc/passwd",
    "- [x] n [HIGH]": "n",
    "- [x] n [LOW]": "n",
    "- [x] n [MEDIUM]": "n",
    "- [x] **n [CRITICAL]**": "n",
    "- [x] `n` [CRITICAL]": "n",
    "- [x] n [high]": "n [high]",
    "- [x] n (confidence: 85%, from feedback-loop) [HIGH]": "n",
    "- [ ] n <!-- why (because) -->": "n",
    "- [ ] <!-- a --> n <!-- b --> [HIGH] <!-- open": "n",
    "- [ ] a<!-->_b": "a_b",
    "- [ ] n\r": "n",
    "- [x](u)n": None,
    "- [ ]": None,
    "- [ ] (only)": None,
    "- [ ] # x": None,
    "- [ ] <!-- n -->": None,
    "- [ ] [HIGH]": None,
}


@pytest.mark.parametrize(("line", "name"), ITEMS.items())
def test_an_item_and_its_name(line: str, name: str | None) -> None:
    section = scan_section(f"{HEAD}\n{line}\n")
    assert [(item.name, item.line) for item in section.items] == ([(name, 3)] if name else [])
    assert section.notes == []


@pytest.mark.parametrize(("box", "checked"), [("[ ]", False), ("[x]", True), ("[X]", True)])
def test_a_tick(box: str, checked: bool) -> None:
    (item,) = scan_section(f"{HEAD}- {box} name\n").items
    assert item.checked is checked
    (tight,) = scan_section(f"{HEAD}-{box}name\n").items
    assert (tight.checked, tight.name) == (checked, "name")


def test_the_same_name_twice_counts_twice() -> None:
    assert names(HEAD + "- [ ] b\n- [x] a\n- [ ] b\n") == ["b", "a", "b"]


@pytest.mark.parametrize("line", ["- [] s", "- [-] s", "- [y] s", "-[]s", "- [✓] s", "- [✔️] s", "- [ x] s"])
def test_a_malformed_box_is_no_item_and_is_named_as_one(line: str) -> None:
    section = scan_section(f"{HEAD}{line}\n")
    assert section.items == []
    assert [note.line for note in section.malformed] == [2]
    assert section.malformed == section.notes


@pytest.mark.parametrize(
    "line", ["* [ ] s", "+ [ ] s", "1. [ ] s", "2) [x] s", "- - [ ] s", "* [y] s", "-*[ ] s"]
)
def test_a_box_behind_another_bullet_is_noted(line: str) -> None:
    ((number, text),) = notes(f"{HEAD}{line}\n")
    assert (number, names(f"{HEAD}{line}\n")) == (2, [])
    assert "another bullet" in text and not text.startswith(MALFORMED)


@pytest.mark.parametrize("line", ["- bounds_checking", "* `bounds_checking`", "1. bounds_checking (why)"])
def test_a_bullet_that_only_lacks_its_box_is_noted(line: str) -> None:
    ((_, text),) = notes(f"{HEAD}{line}\n")
    assert "without a box" in text


@pytest.mark.parametrize(
    "line",
    [
        "- why this one: it broke twice",
        "- [The docs](u)",
        "- [1](u)",
        "- [a][b]",
        "- [a]: u",
        "- [see there] for more",
        "-5 degrees",
        "-word",
        "1.5 times",
        "**Status:** done",
        "---",
        "some_text",
    ],
)
def test_other_lines_of_the_section_are_nobody_s_claim(line: str) -> None:
    section = scan_section(f"{HEAD}- [ ] a\n{line}\n- [ ] b\n")
    assert [item.name for item in section.items] == ["a", "b"]
    assert section.notes == []


# -- the section (A49) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        "## Patterns to Apply",
        "##Patterns to Apply",
        "## patterns TO apply",
        "##\tPatterns to Apply  ",
        "## Patterns to Apply:",
        "## Patterns to Apply ##",
        "## Patterns to Apply : #####",
        "      ## Patterns to Apply",
        "\ufeff## Patterns to Apply",
        "## Patterns to Apply\r",
    ],
)
def test_headings_that_begin_the_section(head: str) -> None:
    section = scan_section(f"{head}\n- [ ] a")
    assert (section.begin, section.end) == (1, 2)
    assert [item.name for item in section.items] == ["a"]


@pytest.mark.parametrize(
    "head",
    [
        "Patterns to Apply\n-----------------",
        "**Patterns to Apply**",
        "## Patterns to Apply::",
        "## Patterns to Apply##",
        "## Patterns to Apply!",
        "## Our Patterns to Apply",
        "\\## Patterns to Apply",
        "- ## Patterns to Apply",
        "> ## Patterns to Apply",
        "```\n## Patterns to Apply",
        "<!--\n## Patterns to Apply\n-->",
        "####### Patterns to Apply",
    ],
)
def test_what_does_not_begin_the_section(head: str) -> None:
    section = scan_section(f"{head}\n- [ ] a\n")
    assert (section.begin, section.end, section.items, section.notes) == (0, 0, [], [])


@pytest.mark.parametrize("mark", ["#", "###", "######"])
def test_the_heading_at_another_level_is_noted(mark: str) -> None:
    section = scan_section(f"{mark} Patterns to Apply\n- [ ] a\n")
    assert (section.begin, section.items) == (0, [])
    ((line, text),) = [(note.line, note.text) for note in section.notes]
    assert line == 1 and f"level {len(mark)}" in text


def test_a_lone_hash_without_a_blank_is_no_heading() -> None:
    assert names(HEAD + "- [ ] a\n#tag\n- [ ] b\n") == ["a", "b"]


@pytest.mark.parametrize(
    "other", ["# Other", "## Other", "### Other", "##Other", "#", "##", "   ###### x ##"]
)
def test_the_next_heading_ends_the_section_for_good(other: str) -> None:
    section = scan_section(f"text\n{HEAD}- [ ] first\n\ntext\n{other}\n- [ ] second\n")
    assert [item.name for item in section.items] == ["first"]
    assert (section.begin, section.end) == (2, 5)
    assert [note.line for note in section.notes] == [7]


def test_a_plan_s_other_checklists_are_left_in_peace() -> None:
    text = HEAD + "- [ ] a\n## Phases\n### Phase 1\n- [x] Write the tests\n- [ ] measure it\n"
    assert notes(text) == []
    assert [line for line, _ in notes(HEAD + "### Later\n- [x] Write the tests\n")] == [3]


def test_the_same_heading_directly_again_continues_the_section() -> None:
    section = scan_section(f"{HEAD}- [ ] a\n\n{HEAD}- [ ] b\n")
    assert [item.name for item in section.items] == ["a", "b"]
    assert (section.begin, section.end, section.notes) == (1, 5, [])


def test_a_second_section_is_noted_and_not_read() -> None:
    section = scan_section(f"{HEAD}- [ ] a\n## Other\n{HEAD}- [ ] bb\n")
    assert [item.name for item in section.items] == ["a"]
    assert [note.line for note in section.notes] == [4]
    assert section.end == 2


def test_the_end_is_the_last_line_even_if_it_is_hidden() -> None:
    assert scan_section(f"{HEAD}- [ ] a\n```\nx\n```\n\n").end == 6
    assert scan_section(f"{HEAD}- [ ] a\n<!--\n\n# no\n-->\n# yes\n").end == 6


@pytest.mark.parametrize("heading", ["Checks", "## Checks", "### Checks: ##", "  checks "])
def test_another_heading_may_be_asked_for(heading: str) -> None:
    section = scan_section("## Checks\n- [ ] a\n## Patterns to Apply\n- [ ] b\n", heading)
    assert [item.name for item in section.items] == ["a"]


@pytest.mark.parametrize("heading", ["", "  ", "##", "## ##", ":", "\t#"])
def test_a_blank_heading_is_refused(heading: str) -> None:
    with pytest.raises(InputError, match="blank"):
        scan_section("text", heading)
    with pytest.raises(ValueError, match="blank"):
        read_section([], heading)


# -- caps ------------------------------------------------------------------------------------------


def test_a_line_that_is_too_long_is_noted_and_not_read() -> None:
    fits = "- [ ] " + "n" * (LONGEST - 6)
    section = scan_section(f"{HEAD}{fits}\n{fits}n\n{'t' * 5000}\n")
    assert [item.line for item in section.items] == [2]
    assert [note.line for note in section.notes] == [3]


def test_items_beyond_the_cap_are_counted_in_one_note() -> None:
    section = scan_section(HEAD + "- [x] name\n" * (MOST_ITEMS + 5))
    assert len(section.items) == MOST_ITEMS
    assert [(note.line, note.text) for note in section.notes] == [
        (MOST_ITEMS + 2, "5 items beyond 1,000: not read")
    ]


def test_notes_beyond_the_cap_are_counted_in_the_last() -> None:
    section = scan_section(HEAD + "* [ ] s\n" * (MOST_NOTES + 7))
    assert len(section.notes) == MOST_NOTES
    assert section.notes[-1].text == "and 8 more of such lines from here on"
    assert len(scan_section(HEAD + "* [ ] s\n" * MOST_NOTES).notes) == MOST_NOTES


def test_a_malformed_box_is_not_lost_among_the_notes() -> None:
    section = scan_section(HEAD + "* [ ] s\n" * 200 + "- [y] s\n")
    assert [note.line for note in section.malformed] == [MOST_NOTES + 1]


# -- bytes -----------------------------------------------------------------------------------------


def test_a_plan_is_decoded() -> None:
    assert decode_plan("a — b\r\n".encode(), "plan.md") == "a — b\r\n"
    assert len(decode_plan(b"a" * SIZE_CAP, "plan.md")) == SIZE_CAP


@pytest.mark.parametrize(
    ("data", "said"), [(b"a" * (SIZE_CAP + 1), "1 MiB"), (b"ab\xff", "UTF-8 .byte 2."), (b"a\0b", "NUL")]
)
def test_what_is_no_plan_is_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=rf"plans/x\.md .*{said}"):
        decode_plan(data, "plans/x.md")
    with pytest.raises(ValueError, match=r"plans/x\.md"):
        decode_plan(data, "plans/x.md")


# -- laws ------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.lists(st.from_regex(r"\A[a-z][a-z0-9_]{1,63}\Z"), max_size=5), st.data())
def test_written_names_are_read_in_order(given_names: list[str], data: st.DataObject) -> None:
    dresses = ["{}", "`{}`", "**{}**", "[{}](x.md)", "{} (why)", "{} [HIGH]", "{} # x", "<!-- x -->{}"]
    rows = [f"- [x] {data.draw(st.sampled_from(dresses)).format(name)}\n" for name in given_names]
    section = scan_section(f"# Plan\n\n{HEAD}\n{''.join(rows)}\n## End\n")
    assert [item.name for item in section.items] == given_names
    assert [item.line for item in section.items] == list(range(5, 5 + len(rows)))
    assert section.notes == []


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="-*+1.)[] xXy`(#<!>:\tabé\r", max_size=40))
def test_any_line_is_an_item_a_note_or_nothing(line: str) -> None:
    section: Section = scan_section(f"{HEAD}{line}\n")
    assert len(section.items) + len(section.notes) <= 1
    assert all(item.name == item.name.strip() and item.name for item in section.items)


def test_the_readers_of_the_hook_load_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import feedback_loop.formats.plan_lines; "
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('feedback_loop')))"
    )
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == [
        "__future__"
    ]
