"""The retro's page: what it says, in which order, and that nothing a repository wrote is active in it."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.moment import DAY, format_moment, parse_moment
from feedback_loop.domain.retro import (
    Effect,
    Figure,
    HotSpot,
    Range,
    Retro,
    Side,
    TimeToFix,
    Week,
)
from feedback_loop.domain.text import visible
from feedback_loop.render.retro_html import render_retro_html
from tests.made_retro import made_figure, made_retro, made_row, made_site
from tests.render.made import HOSTILE

MONDAY = parse_moment("2026-05-25") or 0
COUNTS = (4, 2, 0, 5, 3, 6, 2, 7, 4, 3, 5, 2, 1, 3, 2, 0, 2, 1, 1, 0, 2, 1, 0, 1, 3, 2)
# An attribute that runs, loads or leads away has no place on the page, whoever wrote it.
ALLOWED_LINKS = re.compile(r"#[a-z-]+|data:,")


def made_effect(name: str, word: str, value: float | None, *ends: float | None, was: str = "") -> Effect:
    low, high = ends or (None, None)
    endless = low is not None and high is None
    ratio = Figure(f"{name}.effect", value)
    sides = Side(40, 120.0), Side(12, 100.0)
    return Effect(name, word, was or word, ratio, low, high, endless, 52, *sides, "2026-06-01T00:00:00Z")


def made_weeks() -> tuple[Week, ...]:
    starts = (format_moment(MONDAY + number * 7 * DAY)[:10] for number in range(len(COUNTS)))
    return tuple(Week(start, count, max(0, 4 - count)) for start, count in zip(starts, COUNTS, strict=True))


def charted() -> Retro:
    """The retro made by hand, with all that has a chart."""
    retro = made_retro()
    totals = (made_figure("library", "introduced", 9), made_figure("library", "fixed", 8))
    return replace(
        retro,
        range=replace(retro.range, start="2026-11-09T00:00:00Z"),
        header=replace(retro.header, incomplete=()),
        rows=(
            made_row("bounds_checking", 5, 7, 21, "dropped"),
            made_row("json_serialization", 3, 1, 9, "rose"),
            made_row("specific_exceptions", 1, 0, 1, "not enough data"),
            replace(made_row("quiet_one", 0), reported=0),
        ),
        new=(made_site("src/loader.py"), made_site("src/deep/er/path/to/a/module/with_a_long_name.py")),
        effects=(
            made_effect("bounds_checking", "dropped", 0.36, 0.1719, 0.6999, was="no clear change"),
            made_effect("json_serialization", "rose", 3.1, 1.4, 7.9),
            made_effect("named_but_never_before", "no clear change", None, 0.5501, None),
            made_effect("never_again", "no clear change", 0.0, 0.0, 2.0166),
            replace(
                made_effect("specific_exceptions", "not enough data", None), n=2, why="n = 2 of 5 needed"
            ),
        ),
        time_to_fix=TimeToFix(
            Figure("library.time_to_fix", 11.5),
            6.0,
            23.0,
            65,
            38,
            (
                (0.2, 0.95),
                (1.0, 0.88),
                (3.0, 0.74),
                (6.0, 0.61),
                (11.5, 0.49),
                (23.0, 0.4),
                (60.0, 0.33),
                (180.0, 0.29),
            ),
        ),
        hot_spots=(
            HotSpot("src/loader.py", made_figure("library", "hotspot:src/loader.py", 4), 2, 812, 4.93, 1.2),
            HotSpot("src/io/", made_figure("library", "hotspot:src/io/", 2), 0, 95, None, None),
        ),
        degraded=(),
        weeks=made_weeks(),
        former="",
        totals=(*totals, Figure("library.open", 31)),
    )


def empty_retro() -> Retro:
    """A period in which nothing landed."""
    full = charted()
    return Retro(Range("first", "", "", "", ""), full.header, ("Nothing notable.",) * 3)


def headings(page: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(page).iter("h2")]


def shown(page: str) -> str:
    """What stands in the body, without its elements."""
    body = ElementTree.fromstring(page).find("body")
    assert body is not None
    return "".join(body.itertext())


def test_a_period_without_news_is_a_page_of_one_screen() -> None:
    page = render_retro_html(empty_retro())
    assert headings(page) == ["Nothing to tell"]
    assert shown(page).count("Nothing notable.") == 3
    assert "No plans." in shown(page)
    assert "<svg" not in page
    assert "<table" not in page


def test_what_changed_comes_first_and_nothing_is_left_out() -> None:
    page = render_retro_html(charted())
    assert headings(page) == [
        "Patterns",
        "Week by week",
        "New occurrences",
        "Before and after adoption",
        "Fixed, and the oldest that are open",
        "Came back",
        "Hot spots",
        "Plans",
        "Preventions and use",
        "Proposals",
        "Decisions since the last retro",
        "Tags and reverts",
        "Actions of the retro before",
        "Nothing to tell",
    ]
    text = shown(page)
    assert text.index("Better") < text.index("Worse") < text.index("To decide") < text.index("This period")
    assert "Everything could be read." in text


def test_a_sentence_that_names_its_own_word_is_told_once() -> None:
    sentences = ("Better: nothing notable.", "Worse: nothing notable.", "To decide: nothing notable.")
    text = shown(render_retro_html(replace(empty_retro(), sentences=sentences)))
    assert text.count("Better") == text.count("Worse") == text.count("To decide") == 1


def cells(page: str, caption: str) -> list[list[str]]:
    """The body of the table with this caption."""
    for one in ElementTree.fromstring(page).iter("table"):
        if one.findtext("caption") == caption:
            return [["".join(cell.itertext()) for cell in row] for row in one.iterfind("tbody/tr")]
    raise AssertionError(caption)


def test_every_chart_has_its_numbers_in_a_table() -> None:
    page = render_retro_html(charted())
    assert page.count("<svg") == 4
    assert cells(page, "This period, by pattern")[0] == [
        "bounds_checkingBounds_checking", "5", "1", "6", "7", "21", "dropped",
    ]  # fmt: skip
    assert len(cells(page, "This period, by pattern")) == 3  # the quiet one is counted below
    assert cells(page, "Introductions and fixes per week")[0] == ["2026-11-16", "2", "2"]
    weeks = [
        row
        for caption in ("Introductions and fixes per week", "Introductions and fixes per week, earlier")
        for row in cells(page, caption)
    ]
    assert [int(row[1]) for row in reversed(weeks)] == list(COUNTS)
    effects = {
        row[0]: row[1:4]
        for row in cells(
            page, "Introductions, and thousands of added lines in scope, before and after adoption"
        )
    }
    assert effects == {
        "bounds_checking": ["dropped, was: no clear change", "0.36 (0.17 to 0.70)", "52"],
        "json_serialization": ["rose", "3.10 (1.40 to 7.90)", "52"],
        "named_but_never_before": ["no clear change", "inf (0.55 to inf)", "52"],
        "never_again": ["no clear change", "0.00 (0.00 to 2.02)", "52"],
        "specific_exceptions": ["not enough data", "unknown", "2"],
    }
    assert cells(page, "Time to fix, over all that landed")[:2] == [
        ["median", "11.50 days"],
        ["95 % interval", "6.00 to 23.00"],
    ]
    hot = cells(page, "Rates are introductions in 1,000 added lines; before: the six periods before")
    assert hot == [["src/loader.py", "4", "2", "812", "4.93", "1.20"], ["src/io/", "2", "0", "95", "-", "-"]]


def test_without_enough_data_there_is_a_row_and_no_mark() -> None:
    page = render_retro_html(charted())
    names = [
        one.text
        for one in ElementTree.fromstring(page).iter("text")
        if one.attrib.get("class") == "name code"
    ]
    assert "never_again" in names
    assert "specific_exceptions" not in names
    assert "n = 2 of 5 needed" in shown(page)


def test_only_weeks_of_the_period_stand_out() -> None:
    page = render_retro_html(charted())
    boxes = [one.attrib["class"] for one in ElementTree.fromstring(page).iter("rect")]
    assert boxes.count("bar") == sum(1 for one in COUNTS[:-2] if one)
    strips = 2
    assert boxes.count("bar now") == sum(1 for one in COUNTS[-2:] if one) + strips


def test_incomplete_history_is_told_at_the_top_once() -> None:
    retro = charted()
    why = "history incomplete since 3fe1c0d2 2026-01-01"
    page = render_retro_html(replace(retro, header=replace(retro.header, incomplete=(why,))))
    assert shown(page).index(why) < shown(page).index("Better")
    assert shown(page)[: shown(page).index("Better")].count(why) == 1


def test_a_figure_names_the_command_that_takes_it_apart() -> None:
    assert 'title="feedback-loop explain bounds_checking.open">21</span>' in render_retro_html(charted())


@pytest.mark.parametrize("count", [50, 60])
def test_long_lists_end_and_say_so(count: int) -> None:
    rows = tuple(made_row(f"pattern_{number}", 3) for number in range(count))
    page = render_retro_html(replace(charted(), rows=rows))
    assert len(cells(page, "This period, by pattern")) == 50
    assert ("and 10 more: feedback-loop retro --format json" in shown(page)) is (count == 60)


def spoiled(value: Any, text: str) -> Any:
    """The same value with this text in place of every one that a repository could have written."""
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(spoiled(one, text) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        kept = ("weeks", "kind", "word", "was", "state", "end")  # words of ours
        return replace(
            value,
            **{
                one.name: spoiled(getattr(value, one.name), text)
                for one in fields(value)
                if one.name not in kept
            },
        )
    return value


def active(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements and their attributes' names."""
    return [(one.tag, tuple(one.attrib)) for one in ElementTree.fromstring(page).iter()]


@settings(max_examples=60, deadline=None)
@given(st.just(HOSTILE) | st.text(alphabet="<>&\"'/=-! abx;:", min_size=1, max_size=40))
def test_no_text_of_a_repository_becomes_an_element(text: str) -> None:
    page = render_retro_html(spoiled(charted(), text))
    allowed = active(render_retro_html(spoiled(charted(), "a")))
    calm = {one for one in allowed if one[0] not in ("code", "span", "title")}
    assert {one for one in active(page) if one[0] not in ("code", "span", "title")} == calm
    for one in ElementTree.fromstring(page).iter():
        assert not any(name.startswith("on") or name in ("src", "style") for name in one.attrib)
        assert ALLOWED_LINKS.fullmatch(one.attrib.get("href", "#a"))
    assert visible(text).split("`")[0].strip() in shown(page)


def test_the_same_retro_gives_the_same_bytes() -> None:
    assert render_retro_html(charted()) == render_retro_html(charted())
