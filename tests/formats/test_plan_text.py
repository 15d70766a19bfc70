"""A plan's text as it is written, and lines added to a plan without touching any other byte."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.formats.plan_section import decode_plan
from feedback_loop.formats.plan_text import (
    Box,
    format_box,
    format_plan,
    format_section,
    insertion,
    is_prose,
    slug,
    task_text,
)

NEW = [Box("new_one", "high", 0.85), Box("new_two")]
ONE = b"- [ ] new_one (confidence: 85%, from feedback-loop) [HIGH]"
TWO = b"- [ ] new_two (from feedback-loop)"


def extended(data: bytes, boxes: list[Box] = NEW) -> bytes:
    """The plan with the boxes in it."""
    at, piece = insertion(data, scan_section(decode_plan(data, "x")), boxes)
    return data[:at] + piece + data[at:]


def names(data: bytes) -> list[str]:
    return [item.name for item in scan_section(decode_plan(data, "x")).items]


# -- a new plan ----------------------------------------------------------------------------------


def test_a_new_plan_reads_back() -> None:
    text = format_plan("Add it", "It is there", ["model", "view"], NEW)
    assert text == (
        "# Task: Add it\n\n## Goal\n\nIt is there\n\n## Patterns to Apply\n\n"
        f"{ONE.decode()}\n{TWO.decode()}\n\n"
        "## Phases\n\n### Phase 1: model (CURRENT)\n\n- [ ] …\n\n### Phase 2: view\n\n- [ ] …\n"
    )
    assert names(text.encode()) == ["new_one", "new_two"]


def test_a_new_plan_without_patterns_has_an_empty_checklist() -> None:
    text = format_plan("Add it", "It", ["It"], [])
    assert "## Patterns to Apply\n\n## Phases\n" in text
    assert scan_section(text).begin > 0
    assert names(extended(text.encode())) == ["new_one", "new_two"]


def test_no_boxes_make_no_section() -> None:
    assert format_section([]) == ""


@pytest.mark.parametrize(
    ("confidence", "shown"), [(0.0, "0%"), (0.004, "0%"), (0.125, "12%"), (0.996, "100%"), (1.0, "100%")]
)
def test_confidence_is_a_whole_percentage(confidence: float, shown: str) -> None:
    assert format_box(Box("aa", "low", confidence)) == f"- [ ] aa (confidence: {shown}, from feedback-loop)"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Add JSON endpoint!", "add-json-endpoint"),
        ("  2-factor — login ", "2-factor-login"),
        ("Ｆｕｌｌ ﬁx", "full-fix"),
        ("../../etc/passwd", "etc-passwd"),
        ("Добавить", ""),
        ("!?", ""),
        ("a" * 100, "a" * 64),
        ("a" * 63 + " b", "a" * 63),
    ],
)
def test_slug(title: str, name: str) -> None:
    assert slug(title) == name


@pytest.mark.parametrize(
    "line",
    ["# x", "#x", "> x", "<!-- x", "```", "~~~ py", "- x", "* x", "+", "1. x", "2)", "---", "* * *", "| a"],
)
def test_a_line_that_markdown_reads_as_a_block_is_no_prose(line: str) -> None:
    assert not is_prose(line)


@pytest.mark.parametrize("line", ["x", "`f()` works", "*soon*", "**now**", "-1 is refused", "1.5 GB", "= x"])
def test_other_lines_are_prose(line: str) -> None:
    assert is_prose(line)


WORD = st.text(alphabet="#>`~<!-*+=_|1. x[]()(CURRENT)\\", min_size=1, max_size=12).map(str.strip)


@given(st.lists(WORD.filter(bool), min_size=3, max_size=5))
@settings(max_examples=100, deadline=None)
def test_no_title_prose_or_phase_changes_how_a_plan_is_read(texts: list[str]) -> None:
    title, goal, *phases = texts
    if is_prose(goal):
        assert names(format_plan(title, goal, phases, NEW).encode()) == ["new_one", "new_two"]


# -- what a plan is about ------------------------------------------------------------------------


def test_the_task_is_what_a_plan_says_without_its_frame() -> None:
    text = """\
# Task: Import audio
<!-- WHAT: log every error
in a file -->
## Errors Encountered
| Error | Log |
Read them.
~~~python
json.dumps(numpy)
~~~~
## Patterns to Apply
- [ ] numpy_json_serialization
### Phase 1: see https://example.org/api/json.html
```
open
"""
    assert task_text(text, scan_section(text)).split() == [
        *("#", "Task:", "Import", "audio", "Read", "them.", "###", "Phase", "1:", "see"),
    ]


# -- adding --------------------------------------------------------------------------------------

HEAD = b"## Patterns to Apply\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD + b"- [ ] a\n", HEAD + b"- [ ] a\n%b\n%b\n"),
        (HEAD + b"- [ ] a", HEAD + b"- [ ] a\n%b\n%b"),
        (HEAD + b"\n- [x] a\n\n\n## Phases\n", HEAD + b"\n- [x] a\n%b\n%b\n\n\n## Phases\n"),
        (HEAD + b"- [ ] a\n# Next\n", HEAD + b"- [ ] a\n%b\n%b\n# Next\n"),
        (HEAD + b"- [ ] a\n\nRead them.\n", HEAD + b"- [ ] a\n\nRead them.\n\n%b\n%b\n"),
        (HEAD, HEAD + b"\n%b\n%b\n"),
        (HEAD[:-1], HEAD[:-1] + b"\n\n%b\n%b"),
        (HEAD + b"\n\n## Phases", HEAD + b"\n%b\n%b\n\n\n## Phases"),
        (b"\xef\xbb\xbf" + HEAD, b"\xef\xbb\xbf" + HEAD + b"\n%b\n%b\n"),
        (
            b"# A\r\n## Patterns to apply\r\n- [ ] a\r\n",
            b"# A\r\n## Patterns to apply\r\n- [ ] a\r\n%b\r\n%b\r\n",
        ),
        (b"# A\r\n## Patterns to apply\r\n- [ ] a", b"# A\r\n## Patterns to apply\r\n- [ ] a\r\n%b\r\n%b"),
        (b"    " + HEAD + b"    - [ ] a\n", b"    " + HEAD + b"    - [ ] a\n    %b\n    %b\n"),
        (b"\t" + HEAD + b"\t  - [ ] a\n", b"\t" + HEAD + b"\t  - [ ] a\n\t  %b\n\t  %b\n"),
        (HEAD + b"  - [ ] a\n- [ ] b\n", HEAD + b"  - [ ] a\n- [ ] b\n%b\n%b\n"),
        (b"    " + HEAD, b"    " + HEAD + b"\n    %b\n    %b\n"),
    ],
)
def test_boxes_go_to_the_end_of_the_section(before: bytes, after: bytes) -> None:
    assert extended(before) == after % (ONE, TWO)
    assert names(extended(before))[-2:] == ["new_one", "new_two"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", HEAD + b"\n%b\n%b\n"),
        (b"\n\n", b"\n\n" + HEAD + b"\n%b\n%b\n"),
        (b"\xef\xbb\xbf", b"\xef\xbb\xbf" + HEAD + b"\n%b\n%b\n"),
        (b"# A\n", b"# A\n\n" + HEAD + b"\n%b\n%b\n"),
        (b"# A\n\n", b"# A\n\n" + HEAD + b"\n%b\n%b\n"),
        (b"# A", b"# A\n\n" + HEAD + b"\n%b\n%b"),
        (b"# A\r\n", b"# A\r\n\r\n" + HEAD.replace(b"\n", b"\r\n") + b"\r\n%b\r\n%b\r\n"),
        (b"  # A\n\n   b\n", b"  # A\n\n   b\n\n  " + HEAD + b"\n  %b\n  %b\n"),
        (b"# A\n    code\n", b"# A\n    code\n\n" + HEAD + b"\n%b\n%b\n"),
        (b"- item\n  more", b"- item\n  more\n\n" + HEAD + b"\n%b\n%b"),
        (b"> quote\n", b"> quote\n\n" + HEAD + b"\n%b\n%b\n"),
    ],
)
def test_without_a_section_they_get_one_at_the_end_of_the_file(before: bytes, after: bytes) -> None:
    assert extended(before) == after % (ONE, TWO)
    assert names(extended(before)) == ["new_one", "new_two"]


LINES = st.sampled_from(
    [
        *(
            "# A",
            "## Patterns to Apply",
            "### Patterns to apply",
            "## Phases",
            "- [ ] a",
            "- [x] b (c)",
            "* s",
        ),
        *(
            "  - [ ] deep",
            "text",
            "",
            " \t",
            "```",
            "~~~",
            "<!-- c",
            "-->",
            "<!-- d -->",
            "> q",
            "1. x",
            "- x",
        ),
        *("    - [ ] code", "-", "\t## Patterns to Apply"),
    ]
)


@given(
    st.lists(LINES, max_size=14),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["", "  ", "     ", "\t"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
@settings(max_examples=100, deadline=None)
def test_whole_lines_are_added_and_what_is_read_grows_by_all_boxes_or_by_none(
    lines: list[str], end: str, closed: bool, indent: str, mark: bytes
) -> None:
    text = end.join(indent + line for line in lines) + (end if closed and lines else "")
    data = mark + text.encode()
    at, piece = insertion(data, scan_section(decode_plan(data, "x")), NEW)
    made = data[:at] + piece + data[at:]
    assert at == len(data) or data[:at].endswith(b"\n")
    assert piece.count(b"\n") == piece.count(end.encode()) or len(lines) < 2
    assert made.endswith(b"\n") == (data.endswith(b"\n") or not data.removeprefix(mark))
    assert names(made)[: len(names(data))] == names(data)
    assert names(made)[len(names(data)) :] in (["new_one", "new_two"], [])
