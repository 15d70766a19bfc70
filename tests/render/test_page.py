"""The page itself: its policy, its colours, and that a text stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.text import visible
from feedback_loop.render.encoders import Markup, element, text_markup
from feedback_loop.render.page import (
    Head,
    Page,
    Section,
    code,
    code_block,
    listing,
    number,
    paragraph,
    quoted,
    ratio_words,
    render_page,
    table,
    table_of_recent,
)
from feedback_loop.render.page_style import STYLE
from tests.render.made import HOSTILE

HEADS = [Head("pattern"), Head("open", True)]


def made_page(text: str = "a", sections: int = 1) -> str:
    parts = tuple(
        Section(f"s{number}", text, (paragraph(text), table(text, HEADS, [[code(text), text]])))
        for number in range(sections)
    )
    return render_page(Page(text, text, (text,), (listing([[text]]),), parts, text))


class Elements(HTMLParser):
    """The elements as a browser's tokenizer sees them: not XML's."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.told = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.told += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("no page has a comment")


def test_nothing_may_be_loaded_and_nothing_is_asked_for() -> None:
    page = made_page()
    (policy,) = re.findall('http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy.replace("&#x27;", "'").split("; ")[:3] == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
    ]
    # It stands before everything that it governs.
    assert page.index("Content-Security-Policy") < page.index("<link") < page.index("<style")
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert not re.search(r"https?:|//|<script", page)


def test_it_is_xml_in_which_ids_are_unique() -> None:
    root = ElementTree.fromstring(made_page(sections=4))
    ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
    assert len(ids) == len(set(ids)) == 4
    assert [one.attrib["href"] for one in root.iter("a")] == [f"#{one}" for one in ids]
    assert root.attrib["lang"] == "en"


def test_a_page_of_two_sections_needs_no_way() -> None:
    assert "<nav" not in made_page(sections=2)


def test_a_table_has_headings_for_columns_and_rows() -> None:
    root = ElementTree.fromstring(table("what", HEADS, [["p", "1"], ["q", "2"]]).html)
    assert [one.attrib["scope"] for one in root.iter("th")] == ["col", "col", "row", "row"]
    assert [one.attrib["class"] for one in root.iter("td")] == ["n", "n"]
    assert (root.attrib["aria-label"], root.attrib["tabindex"]) == ("what", "0")


def test_earlier_rows_are_folded_and_none_is_lost() -> None:
    rows = [[str(one), "1"] for one in range(8)]
    root = ElementTree.fromstring(table_of_recent("weeks", HEADS, rows, 6).html)
    assert [len(one.findall(".//tbody/tr")) for one in (root, root.find("details")) if one is not None] == [
        8,
        2,
    ]
    assert "<details" not in table_of_recent("weeks", HEADS, rows, 8).html


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"), (0.0, "0"), (12345.0, "12,345"), (0.125, "0.12"), (0.375, "0.38"), (float("inf"), "infinite"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_half_to_even_and_never_invented(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_ratio_has_its_interval() -> None:
    assert ratio_words(0.36, 0.1719, 0.6999) == "0.36 (0.17 to 0.70)"
    assert ratio_words(float("inf"), 0.55, float("inf")) == "infinite (0.55 to infinite)"


def test_back_ticks_hold_code_where_they_come_in_pairs() -> None:
    assert quoted("a `b` c") == ["a ", code("b"), " c"]
    assert quoted("a ` b") == ["a ` b"]


def test_code_keeps_its_lines_its_first_empty_one_too() -> None:
    block = code_block("\n  a\r\n\u202eb\n", "bad")
    told = "".join(ElementTree.fromstring(block.html).itertext())
    assert told == "\n  a\n\\u202eb"
    assert block.html.startswith('<pre class="bad" tabindex="0"><span>')


def luminance(color: str) -> float:
    """WCAG 2.2's relative luminance of `#rgb` or `#rrggbb`."""
    digits = color[1:] if len(color) == 7 else "".join(2 * one for one in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_and_marks_can_be_told_from_the_paper(scheme: int) -> None:
    colors = dict(re.findall(r"--(\w+):(#\w+)", re.findall(r":root\{([^}]*)\}", STYLE)[scheme]))
    assert set(colors) == {"paper", "ink", "soft", "rule", "fill", "past", "accent", "good", "bad"}
    for text in ("ink", "soft", "accent", "good", "bad"):
        assert contrast(colors[text], colors["paper"]) >= 4.5, text
    for text in ("ink", "soft"):
        assert contrast(colors[text], colors["fill"]) >= 4.5, text
    assert contrast(colors["past"], colors["paper"]) >= 3


def test_a_hostile_text_adds_no_element_and_no_attribute() -> None:
    calm, hostile = Elements(made_page("a", 3)), Elements(made_page(HOSTILE, 3))
    assert hostile.seen == calm.seen
    assert "<script>alert(1)</script>" in hostile.told  # it is shown, as text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\ud800-\udfff]", made_page(HOSTILE))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="<>&\"'/=-! `\\]abx", max_size=40))
def test_any_text_is_shown_as_it_is_and_changes_nothing_else(text: str) -> None:
    page = made_page(text)
    assert [one.tag for one in ElementTree.fromstring(page).iter()] == [
        one.tag for one in ElementTree.fromstring(made_page("a")).iter()
    ]
    assert Elements(page).seen == Elements(made_page("a")).seen
    shown = ElementTree.fromstring(element("p", text, title=text).html)
    expected = re.sub("[\ufffe\uffff]", "\ufffd", visible(text))
    assert (shown.text or "") == expected
    assert shown.attrib["title"] == expected.replace("\t", " ")  # XML makes spaces of tabs in attributes


def test_only_markup_stands_as_it_is() -> None:
    assert element("p", "<b>", Markup("<i>x</i>")).html == "<p>&lt;b&gt;<i>x</i></p>"
    assert text_markup("\"'&").html == "&quot;&#x27;&amp;"
    assert element("br").html == "<br />"
