"""AI_PATTERNS.md in both directions: the forms that are read, the laws of what is written, managed blocks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback_loop.domain.guide import CORE_ORDER, GuidePattern, Sample, named_by, slug
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_block import NEW_GUIDE, format_guide
from feedback_loop.formats.guide_doc import decode_guide, parse_guide
from feedback_loop.formats.guide_text import canonical, format_sections
from feedback_loop.formats.managed_block import find_block, format_block

SEED = """# AI Development Patterns

Prose before.

## Core Best Practices

### 1. NumPy Types Converted Before JSON Serialization

#### ❌ Bad Pattern
```python
import json

def bad(values):
    return json.dumps({"max": np.max(values)})
```

**Problems:**
- NumPy types are not JSON serializable
- Runtime errors

#### ✅ Good Pattern
```python
def good(values):
    return json.dumps({"max": float(np.max(values))})
```

**Benefits:**
- Portable JSON

---

### 2. Large File Processing (up to 800MB)

Audio workflows with large files need this.

#### ❌ Bad Pattern

~~~
data = handle.read()
~~~

**Problems:**
- Memory exhaustion

#### ✅ Good Pattern

```py title="chunks.py"
for chunk in chunks: ...
```

## Checklist

### 3. Not a pattern

- [ ] review

The end.
"""


def one(body: str, title: str = "1. Some Thing") -> GuidePattern:
    """The pattern of a guide with one section."""
    (pattern,) = parse_guide(f"# G\n\n## Core\n\n### {title}\n\n{body}", "G.md").patterns
    return pattern


# -- the seed's form -------------------------------------------------------------------------------


def test_a_seed_guide_gives_names_problems_and_examples() -> None:
    first, second = parse_guide(SEED, "AI_PATTERNS.md").patterns
    assert (first.name, first.title) == (
        "numpy_json_serialization",
        "NumPy Types Converted Before JSON Serialization",
    )
    assert first.description == "NumPy types are not JSON serializable Runtime errors"
    assert first.bad[0].code.startswith("import json\n\ndef bad")
    assert first.bad[0].code.endswith("np.max(values)})")
    assert first.good[0].info == "python"
    assert first.benefits == ("Portable JSON",)
    assert second.name == "large_file_processing"
    assert second.prose == "Audio workflows with large files need this."
    assert second.bad == (Sample("data = handle.read()", ""),)
    assert second.good == (Sample("for chunk in chunks: ...", 'py title="chunks.py"'),)


def test_a_section_without_examples_and_problems_is_told_and_left_out() -> None:
    (problem,) = parse_guide(SEED, "AI_PATTERNS.md").skipped
    assert str(problem).startswith("AI_PATTERNS.md:53: 'Not a pattern' is no pattern: no example marker")


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = ("\ufeff" + SEED.replace("\n", "\r\n")).encode()
    assert parse_guide(decode_guide(windows, "g"), "g") == parse_guide(SEED, "g")


def test_a_guide_without_patterns_is_read_as_none() -> None:
    assert parse_guide("", "g").patterns == ()
    assert parse_guide("# Title\n\n### 1. Heading\n", "g").patterns == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\n\xff", "g:2: not UTF-8"),
        (b"a\n\nb\0", "g:3: NUL"),
        (b"x" * 1_048_577, "larger than 1048576"),
        (b"\n" * 20_001, "more than 20000 lines"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode_guide(data, "g")


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("NumPy Type Conversion", "numpy_json_serialization"),
        ("BOUNDS CHECKING before list access", "bounds_checking"),
        ("`logger.debug()` instead of `print()`", "structured_logging"),
        ("🧹 Temp File Handling", "temp_file_handling"),
        ("Large File Processing (up to 800MB)", "large_file_processing"),
        ("FastAPI Streaming File Uploads (Critical for Large Files)", "fastapi_streaming_uploads"),
        ("NaN/Inf Handling:", "numpy_nan_inf_handling"),
        ("Retry with a Limit!", "retry_with_a_limit"),
        ("3 ways out", "p_3_ways_out"),
        ("Ａ１ wide", "a1_wide"),
        ("x" * 70, "x" * 64),
        ("日本語", ""),
    ],
)
def test_titles_name_their_pattern(title: str, name: str) -> None:
    assert named_by(title) == name


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_a_slug_is_a_name_or_nothing(title: str) -> None:
    from feedback_loop.domain.names import is_name

    assert slug(title) == "" or is_name(slug(title))


def test_the_pattern_line_wins_over_the_title() -> None:
    assert one("**Pattern:** `named`\n\n**Problems:**\n- x", "1. Bounds Checking").name == "named"


def test_of_two_with_one_name_the_first_counts() -> None:
    text = "### 1. Same\n\n**Problems:**\n- first\n\n### 2. same!\n\n**Problems:**\n- second\n"
    guide = parse_guide(text, "g")
    assert [pattern.description for pattern in guide.patterns] == ["first"]
    assert "second section of same, the first is in line 1" in str(guide.skipped[0])


@pytest.mark.parametrize("heading", ["12) 🔢 Some Thing", "🔢 1. Some Thing", "1️⃣ Some Thing"])
def test_numbers_come_in_several_forms(heading: str) -> None:
    assert one("**Problems:**\n- x", heading).name == "some_thing"


# -- parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "marker",
    ["#### ❌ Bad Pattern", "❌ Bad Pattern", "❌ Bad Pattern:", "**❌ Bad Pattern:**", "##### bad example"],
)
def test_markers_are_headings_or_plain_lines(marker: str) -> None:
    assert one(f"{marker}\n```\nx\n```\n").bad == (Sample("x", ""),)


def test_a_word_in_prose_is_no_marker() -> None:
    assert one("A bad pattern is one.\n\n**Problems:**\n- x").prose == "A bad pattern is one."


def test_further_fences_are_further_examples_up_to_another_heading() -> None:
    text = "#### ❌ Bad Pattern\n```a\n1\n```\ntext\n\n```b\n2\n```\n\n#### More\n```c\n3\n```\n"
    assert one(text).bad == (Sample("1", "a"), Sample("2", "b"))


def test_an_example_below_another_heading_is_the_marker_s() -> None:
    assert one("#### ❌ Bad Pattern\n\n#### Python\n\n```py\n1\n```\n").bad == (Sample("1", "py"),)


def test_outer_blank_lines_of_code_are_dropped_and_inner_ones_stay() -> None:
    assert one("❌ Bad Pattern\n```\n\n  a\n\n  b\n\n```\n").bad == (Sample("  a\n\n  b"),)


@pytest.mark.parametrize("label", ["**Problems:**", "**Problems**:", "Problems:", "#### Problems"])
def test_problems_are_bullets_and_plain_lines(label: str) -> None:
    text = f"{label}\n- a\n  goes on\n* b\n  - c\nplain\n\n**Why:** no problem\n- nor this\n"
    assert one(text).problems == ("a goes on", "b", "c", "plain")


def test_labelled_lines_are_read_and_metrics_are_not() -> None:
    pattern = one(
        "**Severity:** HIGH\n**Tags:** core, `python`\n**Guidance:** Do this.\n**Metrics:** 12\n\n"
        "Prose.\n\n**Problems:** at once\n\n#### Test\n```python\nassert x\n```\n"
    )
    assert pattern == GuidePattern(
        name="some_thing",
        title="Some Thing",
        severity="high",
        tags=("core", "python"),
        guidance="Do this.",
        prose="Prose.",
        problems=("at once",),
        tests=(Sample("assert x", "python"),),
    )


def test_an_unknown_severity_is_told() -> None:
    guide = parse_guide("### 1. X y\n\n**Severity:** fatal\n\n**Problems:**\n- x\n", "g")
    assert guide.patterns[0].severity == ""
    assert "severity 'fatal' is none of low" in str(guide.skipped[0])


@pytest.mark.parametrize("hide", ["```\n{}\n```", "<!--\n{}\n-->", "> {}"])
def test_headings_that_are_hidden_neither_begin_nor_end_a_section(hide: str) -> None:
    hidden = hide.format("### 2. Hidden")
    assert one(f"{hidden}\n\n**Problems:**\n- x\n").problems == ("x",)


def test_the_last_section_ends_at_the_next_chapter() -> None:
    text = "### 1. A b\n\n**Problems:**\n- x\n\n## Next\n\n#### ✅ Good Pattern\n```\nno\n```\n"
    assert parse_guide(text, "g").patterns[0].good == ()


# -- laws ------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
HARD = st.sampled_from(
    [
        "```",
        "~~~",
        "# x",
        "### 2. y",
        "**Severity:** low",
        "<!-- a",
        "❌ Bad Pattern",
        "- a",
        "---",
        "> q",
        "    c",
    ]
)
LINES = st.lists(WORDS | HARD, max_size=3).map("\n".join)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{1,12}", fullmatch=True)
INFOS = st.sampled_from(["", "python", "py title=`x`", "~x", "text path=a.py findings=2"])
CODES = st.lists(st.tuples(LINES, INFOS).map(lambda pair: Sample(*pair)), max_size=2).map(tuple)
ITEMS = st.lists(WORDS, max_size=3).map(tuple)
PATTERNS = st.builds(
    GuidePattern,
    name=NAMES,
    title=WORDS,
    severity=st.sampled_from(["", "low", "critical"]),
    tags=st.lists(NAMES, max_size=2).map(tuple),
    guidance=WORDS,
    prose=LINES,
    problems=ITEMS,
    bad=CODES,
    good=CODES,
    benefits=ITEMS,
    tests=CODES,
)
SOME = st.lists(PATTERNS, max_size=2, unique_by=lambda pattern: pattern.name)
# What people write, with all that code may hold: none of it may be refused.
PLAIN_WORDS = st.lists(
    st.sampled_from(["a", "`b`", "Größe", "**c**", "3.", "x_y", "*", "#1"]), max_size=4
).map(lambda words: " ".join(["So", *words]))
PLAIN = st.builds(
    GuidePattern,
    name=NAMES,
    title=PLAIN_WORDS,
    guidance=PLAIN_WORDS,
    prose=st.lists(PLAIN_WORDS, max_size=3).map("\n\n".join),
    problems=st.lists(PLAIN_WORDS, max_size=3).map(tuple),
    bad=CODES,
    good=CODES,
    benefits=st.lists(PLAIN_WORDS, max_size=3).map(tuple),
    tests=CODES,
)
PLAIN_ONES = st.lists(PLAIN, max_size=2, unique_by=lambda pattern: pattern.name)


@given(SOME)
@settings(max_examples=50, deadline=None)
def test_what_was_written_is_read_or_was_refused(patterns: list[GuidePattern]) -> None:
    try:
        text = format_guide(None, patterns, "g").text
    except InputError:
        assume(False)
    by_name = {pattern.name: canonical(pattern) for pattern in patterns}
    assert {pattern.name: pattern for pattern in parse_guide(text, "g").patterns} == by_name
    again = format_guide(text, parse_guide(text, "g").patterns, "g")
    assert (again.text, again.edited) == (text, "")


@given(PLAIN_ONES)
@settings(max_examples=50, deadline=None)
def test_what_people_write_is_never_refused_and_comes_back(patterns: list[GuidePattern]) -> None:
    text = format_sections(patterns)
    assert parse_guide(text, "g").patterns == tuple(map(canonical, patterns))
    assert format_sections(parse_guide(text, "g").patterns) == text
    assert find_block(format_guide(None, patterns, "g").text, "patterns", "g") is not None


FEW = st.lists(
    st.builds(GuidePattern, name=NAMES, title=PLAIN_WORDS, bad=CODES),
    max_size=2,
    unique_by=lambda pattern: pattern.name,
)
HAND = st.lists(
    st.sampled_from(
        [
            "",
            "# T",
            "## Core Patterns",
            "## Other",
            "text",
            "- a",
            "```",
            "### 1. Mine",
            "**Problems:**",
            "---",
        ]
    ),
    max_size=12,
)


@given(HAND, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans(), FEW)
@settings(max_examples=100, deadline=None)
def test_bytes_outside_the_block_never_change(
    lines: list[str], end: str, closed: bool, mark: bool, patterns: list[GuidePattern]
) -> None:
    hand = "\ufeff" * mark + end.join(lines) + end * closed
    try:
        text = format_guide(hand, patterns, "g").text
    except InputError as error:
        assert "nobody would see the block" in str(error)
        return
    block = find_block(text, "patterns", "g")
    if not patterns:  # nothing to say, nothing written
        assert (text, block) == (hand, None)
        return
    assert block is not None
    assert block.intact
    before, after = text[: block.begin], text[block.end :]
    shared = before.rstrip("\r\n")
    assert hand.startswith(shared)
    assert hand[len(shared) :].strip("\r\n") == after.strip("\r\n")
    assert format_guide(text, patterns, "g").text == text
    fewer = format_guide(text, patterns[1:], "g").text
    now = find_block(fewer, "patterns", "g")
    assert now is not None
    assert (fewer[: now.begin], fewer[now.end :]) == (before, after)
    assert format_guide(fewer, patterns, "g").text.replace("\r\n", "\n").count("feedback-loop:begin") == 1


@given(st.text(max_size=300) | HAND.map("\n".join))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read(text: str) -> None:
    for pattern in parse_guide(text, "g").patterns:
        assert pattern == canonical(pattern)


# -- the block -------------------------------------------------------------------------------------

LIMIT = GuidePattern(
    "retry_limit", "Retry with a limit", problems=("endless",), bad=(Sample("while True: ..."),)
)
NAMED = GuidePattern("specific_exceptions", "Specific Exceptions", severity="high", problems=("hidden",))
BOUNDS = GuidePattern("bounds_checking", "Bounds Checking", problems=("IndexError",))


def test_a_new_guide_has_a_title_a_chapter_and_the_block() -> None:
    made = format_guide(None, [NAMED], "g", metrics={"specific_exceptions": "3 introductions"})
    body = """
### 1. Specific Exceptions

**Pattern:** `specific_exceptions`
**Severity:** high
**Metrics:** 3 introductions

**Problems:**
- hidden

"""
    assert made.text == NEW_GUIDE + "\n" + format_block("patterns", body)
    assert made.written == ("specific_exceptions",)


def test_no_patterns_make_an_empty_block() -> None:
    assert format_guide(None, [], "g").text == NEW_GUIDE + "\n" + format_block("patterns", "")


def test_the_order_is_the_core_s_then_by_name_and_stays_as_it_is_in_the_file() -> None:
    assert format_guide(None, [LIMIT, NAMED, BOUNDS], "g").written == (
        "bounds_checking",
        "specific_exceptions",
        "retry_limit",
    )
    text = format_guide(None, [LIMIT], "g").text
    assert format_guide(text, [NAMED, BOUNDS, LIMIT], "g").written == (
        "retry_limit",
        "bounds_checking",
        "specific_exceptions",
    )
    assert CORE_ORDER[0] == "numpy_json_serialization"


def test_a_hand_written_guide_gets_the_block_behind_its_core_chapter() -> None:
    made = format_guide(SEED, [LIMIT, replace(NAMED, name="large_file_processing")], "g")
    head, tail = SEED.split("## Checklist")
    assert made.text.startswith(head + "<!-- feedback-loop:begin patterns")
    assert made.text.endswith("<!-- feedback-loop:end patterns -->\n\n## Checklist" + tail)
    assert (made.written, made.by_hand) == (("retry_limit",), ("large_file_processing",))
    assert "### 4. Retry with a limit" in made.text


def test_a_block_edited_by_hand_stops_it_with_the_difference() -> None:
    text = format_guide(None, [NAMED, LIMIT], "g").text.replace("- hidden\n", "- hidden\n- and slow\n")
    stopped = format_guide(text, [NAMED, LIMIT], "g")
    assert stopped.text == text
    assert "\n-- and slow" in stopped.edited
    forced = format_guide(text, [NAMED, LIMIT], "g", force=True)
    assert (forced.edited, forced.text) == ("", format_guide(None, [NAMED, LIMIT], "g").text)


def test_an_edit_that_was_taken_in_stops_nothing() -> None:
    text = format_guide(None, [NAMED], "g").text.replace("- hidden\n", "* hidden\n* and slow\n\n")
    taken = replace(NAMED, problems=("hidden", "and slow"))
    made = format_guide(text, [taken], "g")
    assert (made.edited, made.text) == ("", format_guide(None, [taken], "g").text)


def test_a_remark_that_is_no_part_of_a_pattern_is_not_lost_by_taking_the_rest_in() -> None:
    text = format_guide(None, [LIMIT], "g").text.replace(
        "while True: ...\n```", "while True: ...\n```\n\nRemark."
    )
    assert parse_guide(text, "g").patterns == (canonical(LIMIT),)
    assert "Remark." in format_guide(text, [LIMIT], "g").edited


def test_line_ends_changed_by_a_checkout_are_no_edit() -> None:
    text = format_guide(None, [NAMED], "g").text.replace("\n", "\r\n")
    again = format_guide(text, [NAMED], "g")
    assert (again.text, again.edited) == (text, "")


def test_an_example_may_show_a_block() -> None:
    shown = format_block("patterns", "x\n").rstrip("\n")
    pattern = replace(LIMIT, bad=(Sample(shown, "markdown"), Sample("<!-- feedback-loop:end patterns -->")))
    text = format_guide(None, [pattern, NAMED], "g").text
    assert format_guide(text, [pattern, NAMED], "g").text == text
    fenced = f"# T\n\n```\n{shown}\n```\n"
    assert format_guide(fenced, [NAMED], "g").text.startswith(fenced)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n<!-- feedback-loop:begin patterns sha256=x -->\n", "g:2: the block patterns does not end"),
        ("<!-- feedback-loop:end patterns -->\n", "g:1: the block patterns ends but does not begin"),
        (format_block("patterns", "a\n") * 2, r"g:1: the block patterns begins twice \(lines 1, 4\)"),
        (
            format_block("patterns", "a\n") + "<!-- feedback-loop:end patterns -->\n",
            "g:4: the block patterns ends once more",
        ),
        (
            "<<<<<<< HEAD\n<!-- feedback-loop:begin patterns sha256=x -->\n=======\n"
            "<!-- feedback-loop:begin patterns sha256=y -->\n>>>>>>> b\n<!-- feedback-loop:end patterns -->\n",
            r"g:1: marks of an unfinished merge \(lines 1, 5\)",
        ),
        (
            format_block("patterns", "a\n").replace("a\n", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> c\n"),
            r"g:2: marks of an unfinished merge \(lines 2, 6\)",
        ),
        ("text\n\n```\nopen\n", "nobody would see the block patterns"),
    ],
)
def test_a_broken_block_is_refused_with_its_lines(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        format_guide(text, [NAMED], "g")


def test_a_merge_inside_the_block_can_be_overwritten() -> None:
    text = format_guide(None, [NAMED], "g").text
    merging = text.replace("- hidden\n", "<<<<<<< HEAD\n- hidden\n=======\n- b\n>>>>>>> c\n")
    assert format_guide(merging, [NAMED], "g", force=True).text == text


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"prose": "### 9. Other"}, "whole|prose"),
        ({"prose": "```\nopen"}, "prose"),
        ({"problems": ("```",)}, "problems"),
        ({"tags": ("a,b",)}, "tags"),
        ({"guidance": "\ud800"}, "character"),
        ({"name": "`a`"}, "name"),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(change: dict[str, object], part: str) -> None:
    with pytest.raises(InputError, match=rf"g cannot hold the ({part})"):
        format_guide(None, [replace(LIMIT, **change)], "g")  # type: ignore[arg-type]


@pytest.mark.parametrize("title", ["Never sleep in a handler", "Always close sockets (again)"])
def test_a_section_without_a_number_is_told(title: str) -> None:
    text = f"# Guide\n\n### {title}\n\n❌ Bad Pattern\n\n```python\nsleep(1)\n```\n\n### Just prose\n\nNothing.\n"
    guide = parse_guide(text, "AI_PATTERNS.md")
    assert guide.patterns == ()
    (problem,) = guide.skipped
    assert (problem.line, title in problem.message, "has no number" in problem.message) == (3, True, True)
