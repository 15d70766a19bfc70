import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.formats.markdown import Outline, fence, heading, outline
from tests.repo import not_endless

# -- generated documents: the writer knows what the outline is -----------------------------------

words = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "C#", "*x*", "`y`", "&amp;"]), min_size=1, max_size=3
).map(" ".join)
ROW = ["x = 1", "# no heading", "## Problems", "- no item", "> ", "", "~~", "``", "<!--", "    y"]
rows = st.lists(st.sampled_from(ROW), max_size=4)


def indented(lines: list[str], by: str) -> list[str]:
    return [by + line if line else "" for line in lines]


@st.composite
def fences(draw: st.DrawFn) -> tuple[list[str], tuple[str, str]]:
    """(lines, (info string, code)); longer marks may hold shorter ones."""
    mark = draw(st.sampled_from(["`", "~"])) * draw(st.integers(3, 5))
    info = draw(st.sampled_from(["", "python", "python findings=2", "js path=a/b.js"]))
    code = draw(rows)
    if len(mark) > 3:
        code += [mark[:-1], "# still inside"]
    closing = [mark + draw(st.sampled_from(["", mark[0], "  "]))]
    return [mark + draw(st.sampled_from(["", " "])) + info, *code, *closing], (
        info,
        "".join(f"{row}\n" for row in code),
    )


@st.composite
def blocks(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """(lines, fences, items) of one block that is no heading of the document."""
    kind = draw(st.sampled_from(["text", "fence", "list", "quote", "comment", "code", "item"]))
    if kind == "text":
        return [draw(words), "### Deeper"], [], []
    if kind == "list":
        items = draw(st.lists(words, min_size=1, max_size=3))
        marks = draw(st.sampled_from([["-"] * 3, ["*"] * 3, ["1.", "2.", "3."]]))
        return [f"{mark} {item}" for mark, item in zip(marks, items, strict=False)], [], items
    if kind == "code":
        return ["    # No title", "    - no item", "    ```"], [], []
    lines, found = draw(fences())
    if kind == "fence":
        return lines, [found], []
    if kind == "quote":
        return ["> # No title", ">", *(f"> {line}" for line in lines), ">", "> - no item"], [found], []
    if kind == "comment":
        return ["<!--", "# No title", "", *lines, "- no item", "-->"], [], []
    text = " ".join(["first", *(line.strip() for line in lines if line.strip())])
    return ["- first", "", *indented(lines, "  ")], [found], [text]


def heads(level: int, title: str) -> st.SearchStrategy[list[str]]:
    forms = [
        [f"{'#' * level} {title}"],
        [f"  {'#' * level}  {title} ##"],
        [title, "=" * 5 if level == 1 else "--"],
    ]
    return st.sampled_from(forms)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[tuple[str, list[tuple[str, str]], list[str]]]]:
    """(text, (title, fences, items) of each part; the first is the intro under the document's title)."""
    lines: list[str] = []
    expected = []
    for level in [1, *draw(st.lists(st.just(2), max_size=3))]:
        title = draw(words)
        lines += ["", *draw(heads(level, title)), ""]
        fences_here: list[tuple[str, str]] = []
        items_here: list[str] = []
        for block, found, items in draw(st.lists(blocks(), max_size=3)):
            lines += [*block, "", "<!-- a gap: two lists are not one -->", ""]
            fences_here += found
            items_here += items
        expected.append((title, fences_here, items_here))
    return "\n".join(lines), expected


def seen(document: Outline) -> list[tuple[str, list[tuple[str, str]], list[str]]]:
    return [
        (part.title, [(one.info, one.code) for one in part.fences], list(part.items))
        for part in (document.intro, *document.parts)
    ]


@settings(max_examples=100, deadline=None)
@given(documents(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_outline_is_what_was_written(
    document: tuple[str, list[tuple[str, list[tuple[str, str]], list[str]]]], end: str
) -> None:
    text, expected = document
    found = outline(text.replace("\n", end))
    assert seen(found) == expected
    assert found.title == expected[0][0]


@settings(max_examples=100, deadline=None)
@given(documents())
def test_fences_and_parts_know_their_lines(document: tuple[str, object]) -> None:
    text = document[0]
    lines = text.split("\n")
    found = outline(text)
    for part in (found.intro, *found.parts):
        assert part.title.split()[0] in lines[part.line - 1] or part.title.split()[0] in lines[part.line - 2]
        for one in part.fences:
            assert one.info in lines[one.line - 2]
            assert one.code == "" or one.code.split("\n")[0] in lines[one.line - 1]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["# a", "## b", "- c", "```", "> ", "<!--", "\r", "\n", "  ", "1.", "-", "\0", "==="])
    )
)
def test_whatever_comes_no_part_invents_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = outline(text)
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for part in (found.intro, *found.parts):
        assert part.text in plain
        assert all(item for item in part.items)
        assert all(one.code == "" or one.code.endswith("\n") for one in part.fences)


# -- single cases --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "\n", "text", "## Second only", "    # code", "```\n# a\n```", "> # a", "- # a"]
)
def test_no_title(text: str) -> None:
    assert outline(text).title == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# A", "A"),
        ("\n\n#  A  ##", "A"),
        ("A\n=", "A"),
        ("A\n  B\n===", "A B"),
        ("# ❌ A", "❌ A"),
        ("# C#", "C#"),
        ("intro\n\n# A", "A"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert outline(text).title == title


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("- a\n- b", ("a", "b")),
        ("- a\n  b\n\n  c", ("a b c",)),
        ("- a\n  - b", ("a - b",)),
        ("-\n  a", ("a",)),
        ("-\n- a\n- ", ("a",)),
        ("10) a", ("a",)),
        ("> - a", ()),
        ("---\n***", ()),
        ("    - a", ()),
    ],
)
def test_items(text: str, items: tuple[str, ...]) -> None:
    assert outline(text).intro.items == items


def test_the_text_of_a_part_keeps_its_first_indentation_and_loses_outer_blank_lines() -> None:
    assert outline("# T\n \n\n    code\n\ntext \n\n## B").intro.text == "    code\n\ntext"


def test_a_fence_that_nobody_closes_runs_to_the_end() -> None:
    found = outline("# T\n```py\n## no part\nx")
    assert [(one.info, one.code) for one in found.intro.fences] == [("py", "## no part\nx\n")]
    assert found.parts == ()


@pytest.mark.parametrize(
    ("code", "info", "text"),
    [
        ("x\n", "py", "```py\nx\n```"),
        ("x", "", "```\nx\n```"),
        ("", "", "```\n```"),
        ("```\n", "", "````\n```\n````"),
        ("``\n", "", "```\n``\n```"),
        ("~~~~\n", "a=`", "~~~~~a=`\n~~~~\n~~~~~"),
    ],
)
def test_a_fence_is_no_longer_than_it_must_be(code: str, info: str, text: str) -> None:
    assert fence(code, info) == text


@settings(max_examples=100, deadline=None)
@given(st.text("`~x \n", max_size=20), st.sampled_from(["", "python", "a path=x`y"]))
def test_a_fence_holds_whatever_code(code: str, info: str) -> None:
    found = outline("before\n\n" + fence(code, info) + "\n\nafter").intro.fences
    ended = code if code.endswith("\n") or not code else code + "\n"
    assert [(one.info, one.code) for one in found] == [(info, ended)]


@pytest.mark.parametrize("title", ["A", "C#", "a #", "#", "a ##", "a \\#", "a # b", "❌ A"])
def test_a_heading_is_read_back(title: str) -> None:
    assert outline(heading(1, title)).title == title
    assert outline(heading(2, title)).parts[0].title == title


@pytest.mark.parametrize(
    "line", ["## a", "- a", "a", "[a]: b", "> a", "a\n=", "* a\n\n  b"], ids=lambda line: line.split()[0]
)
def test_ten_thousand_lines_are_read_to_their_end(line: str) -> None:
    text = (line + "\n") * (10_000 // (line.count("\n") + 1))
    with not_endless():
        assert outline(text + "\n\n## the end\n").parts[-1].title == "the end"
