"""The markdown page, read back by a markdown parser: the texts are there and nothing in them is markup."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import NotChecked, ScanResult
from feedback_loop.render.encoders import encode, prose
from feedback_loop.render.findings_markdown import PAGE_CAP, inline
from tests.render.made import ANY_TEXT, HOSTILE, any_scan, finding, hostile, library, scanned

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
BLOCKS = {"paragraph", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item", "inline"}


def page(result: ScanResult, of: CompiledLibrary | None = None) -> str:
    return encode("markdown", result, of or library(), 1).text


def inert_text(tokens: list[Token]) -> str:
    """What is shown. Fails on any markup but code and the line break in a cell, and on what sites link."""
    shown = ""
    for token in tokens:
        if token.type == "html_inline" and token.content == "<br>":
            shown += "\n"
            continue
        assert token.type in ("text", "code_inline"), (token.type, token.content)
        if token.type == "text":
            assert not set("@#<>[]!|&`*_~") & set(token.content), token.content
            assert "://" not in token.content
            assert "www." not in token.content
        shown += token.content
    return shown


def cells(text: str) -> list[list[str]]:
    """The table's rows below its head; every block of the page is checked on the way."""
    rows: list[list[str]] = []
    where = ""
    for token in PARSER.parse(text):
        kind = token.type.removesuffix("_open").removesuffix("_close")
        assert kind in BLOCKS, token.type
        where = kind if kind in ("thead", "tbody") else where
        if token.type == "tr_open" and where == "tbody":
            rows.append([])
        if token.type == "inline":
            shown = inert_text(token.children or [])
            if rows and len(rows[-1]) < 4:
                rows[-1].append(shown)
    return rows


def test_clean_is_the_sums_only() -> None:
    assert page(scanned()) == (
        "feedback-loop: checked 1 file, 5 added lines: 0 block, 0 warn, 0 hint; skipped 0; not checked 0\n"
    )


def test_findings_stand_in_a_table_the_gravest_first() -> None:
    text = page(scanned(finding(level="warn", message="opened without `with`", moved=True), finding(b"b.py")))
    assert text.split("\n")[2:6] == [
        "| level | where | pattern | what |",
        "| --- | --- | --- | --- |",
        "| block | `b.py:4:5` | `named/bare` | why<br>fix: how |",
        "| warn | `app.py:4:5` | `named/bare` | opened without `with` (moved)<br>fix: how |",
    ]
    assert cells(text)[1] == ["warn", "app.py:4:5", "named/bare", "opened without with (moved)\nfix: how"]


def test_what_was_not_checked_stands_below() -> None:
    result = scanned()
    result.not_checked += [NotChecked(b"x.py", "", "not parsed as Python 3.11 (line 12)")] * 21
    text = page(result, library(("patterns/x.json:3: what",)))
    assert text.split("\n")[2:4] == [
        "- `NOT checked: patterns/x.json:3: what`",
        "- `x.py`: NOT checked: not parsed as Python 3.11 (line 12)",
    ]
    assert text.endswith("\n- 2 more\n")


def test_a_page_never_outgrows_a_job_summary() -> None:
    long = [finding(b"p/%d.py" % number, message="é" * 900, level="warn") for number in range(900)]
    written = encode("markdown", scanned(*long, finding(b"worst.py")), library(), 1)
    assert len(written.text.encode()) < PAGE_CAP
    rows = cells(written.text)
    assert rows[0][:2] == ["block", "worst.py:4:5"]
    assert f"{901 - len(rows)} more findings are not shown here." in written.text
    assert written.notes == (f"markdown: {len(rows)} of 901 findings fit, the gravest",)


def test_hostile_text_is_shown_and_does_nothing() -> None:
    text = page(*hostile())
    first, second = cells(text)
    assert first[0] == "block"
    assert second[2] == "feedback_loop/odd"
    assert "<script>alert(1)</script>" in first[3]
    assert "@everyone #1" in first[3]
    assert first[1].endswith(r"\xff\xc3.py:4:5")


@pytest.mark.parametrize(
    "text",
    ["every error is hidden here", "open() without `with`", "give `a`, `b` or a default", "Python 3.11: no"],
)
def test_plain_words_stay_plain(text: str) -> None:
    assert inline(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ask @team", "`ask @team`"),
        ("see #12", "`see #12`"),
        ("www.evil.example", "`www.evil.example`"),
        ("a ` b", "``a ` b``"),
        ("`a``b`", "``` `a``b` ```"),
        ("`", "`` ` ``"),
        ("", ""),
    ],
)
def test_other_text_is_code(text: str, written: str) -> None:
    assert inline(text) == written


@given(ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_a_reader_sees_the_text_and_only_the_text(text: str) -> None:
    text = prose(text).strip()
    (token,) = PARSER.parseInline(inline(text))
    assert inert_text(token.children or []) == without_marks(text)


def without_marks(text: str) -> str:
    """Without its backquotes where they were read as code."""
    return text.replace("`", "") if inline(text) == text else text


@given(ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_a_cell_holds_the_text_and_ends_where_it_should(text: str) -> None:
    text = prose(text).strip()
    ((first, second),) = cells(f"| a | b |\n| - | - |\n| {inline(text, cell=True)} | z |\n")
    assert second == "z"
    shown = without_marks(text)
    assert first == (shown.replace("|", "¦") if "\\|" in text else shown)


@given(any_scan())
@settings(max_examples=100, deadline=None)
def test_any_scan_is_a_table_with_a_row_a_finding(scan: tuple[ScanResult, CompiledLibrary]) -> None:
    rows = cells(page(*scan))
    assert sorted(row[0] for row in rows) == sorted(one.level for one in scan[0].findings)
    assert all(len(row) == 4 for row in rows)


def test_the_hostile_text_is_hostile() -> None:
    """Left as it is, it would be markup: the checks above can fail."""
    with pytest.raises(AssertionError):
        cells(f"| a | b |\n| - | - |\n| {prose(HOSTILE)} | z |\n")
