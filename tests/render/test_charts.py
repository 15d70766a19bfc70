"""Charts: what stands where, that it is told in words too, and that no value breaks a drawing."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.render.charts import (
    Column,
    Interval,
    Strip,
    columns_chart,
    intervals_chart,
    steps_chart,
    strips_chart,
)
from feedback_loop.render.encoders import Markup
from feedback_loop.render.svg import WIDTH, Caption
from tests.render.made import HOSTILE

CAPTION = Caption("k", "What it is", "What it says.")
SHORT = settings(max_examples=100, deadline=None)


def drawn(chart: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(chart.html)


def texts(chart: Markup) -> list[str]:
    return ["".join(one.itertext()) for one in drawn(chart).iter("text")]


def boxes(chart: Markup, kind: str) -> list[tuple[int, int, int, int]]:
    """x, y, width and height of each box of this class."""
    return [
        tuple(int(one.attrib[key]) for key in ("x", "y", "width", "height"))  # type: ignore[misc]
        for one in drawn(chart).iter("rect")
        if one.attrib["class"] == kind
    ]


def is_inside(chart: Markup) -> bool:
    """Whether every coordinate is a whole number within the drawing (arrows may pass its edge by a few)."""
    root = drawn(chart)
    height = int(root.attrib["viewBox"].split()[3])
    for one in root.iter():
        for key, value in one.attrib.items():
            most = WIDTH if key in ("x", "x1", "x2", "cx", "width") else height
            if key in ("x", "x1", "x2", "cx", "y", "y1", "y2", "cy", "width", "height", "r"):
                assert 0 <= int(value) <= most, (key, value)
            if key == "d":
                assert not re.search(r"[^MHVlvz0-9 .-]", value)
                assert "." not in value
    return True


def test_no_values_are_an_empty_drawing() -> None:
    for chart in (
        columns_chart(CAPTION, []),
        intervals_chart(CAPTION, []),
        steps_chart(CAPTION, [], None, ""),
        strips_chart(CAPTION, []),
    ):
        assert is_inside(chart)
        assert not list(drawn(chart).iter("rect"))


def test_a_chart_has_a_title_and_a_description() -> None:
    root = drawn(strips_chart(CAPTION, [Strip("a", 1, "1")]))
    assert (root.attrib["role"], root.attrib["aria-labelledby"]) == ("img", "k-title k-desc")
    told = {one.attrib["id"]: one.text for one in root if "id" in one.attrib}
    assert told == {"k-title": "What it is", "k-desc": "What it says."}


def test_columns_stand_on_the_line_and_fixes_hang_from_it() -> None:
    chart = columns_chart(CAPTION, [Column("05-25", 2, 1), Column("06-01", 4), Column("06-08", 0, 0)])
    low, high = boxes(chart, "bar")
    assert high[3] == 2 * low[3]
    assert low[1] + low[3] == high[1] + high[3]  # one ground for both
    (fixed,) = boxes(chart, "bar below")
    assert (fixed[0], fixed[1]) == (low[0], low[1] + low[3])


def test_columns_of_the_period_stand_out_and_tell_their_number() -> None:
    chart = columns_chart(CAPTION, [Column("a", 1), Column("b", 1, 0, True, "week b: 1")])
    assert (len(boxes(chart, "bar")), len(boxes(chart, "bar now"))) == (1, 1)
    assert [one.text for one in drawn(chart).iter("title")][1:] == ["week b: 1"]


def test_the_last_column_has_its_label_and_labels_keep_their_distance() -> None:
    labels = [f"d{number}" for number in range(26)]
    shown = [
        text for text in texts(columns_chart(CAPTION, [Column(one, 1) for one in labels])) if "d" in text
    ]
    assert shown[0] == "d25"
    assert len(shown) == 6


@pytest.mark.parametrize(
    ("most", "levels"), [(1, ["0", "1"]), (7, ["0", "2", "4", "6", "8"]), (401, ["0", "200", "400", "600"])]
)
def test_the_numbers_at_the_left_are_round(most: int, levels: list[str]) -> None:
    assert texts(columns_chart(CAPTION, [Column("", most)]))[: len(levels)] == levels


def marks(chart: Markup) -> list[int]:
    return [int(one.attrib["cx"]) for one in drawn(chart).iter("circle")]


def test_a_ratio_of_one_stands_on_the_line_and_factors_are_equal_steps() -> None:
    rows = [Interval("n", value, value, value, "") for value in (0.5, 1.0, 2.0)]
    chart = intervals_chart(CAPTION, rows)
    half, one, twice = marks(chart)
    (line,) = [each for each in drawn(chart).iter("line") if each.attrib["class"] == "one"]
    assert int(line.attrib["x1"]) == one
    assert one - half == twice - one


def test_an_open_interval_ends_in_an_arrow_and_a_closed_one_does_not() -> None:
    def arrows(low: float, value: float, high: float) -> int:
        chart = intervals_chart(CAPTION, [Interval("n", value, low, high, "")])
        return sum(one.attrib["class"] == "end" for one in drawn(chart).iter("path"))

    assert arrows(0.5, 0.7, 0.9) == 0
    assert arrows(0.0, 0.0, 2.01) == 1
    assert arrows(0.55, math.inf, math.inf) == 1
    assert arrows(0.0, 1.0, math.inf) == 2


def test_better_and_worse_differ_in_shape_not_only_in_colour() -> None:
    good = drawn(intervals_chart(CAPTION, [Interval("n", 0.5, 0.4, 0.6, "dropped", "good")]))
    bad = drawn(intervals_chart(CAPTION, [Interval("n", 2, 1.5, 3, "rose", "bad")]))
    assert (len(list(good.iter("circle"))), len(list(bad.iter("circle")))) == (1, 0)
    assert [one.attrib["class"] for one in bad.iter("path")] == ["mark"]


def test_a_curve_falls_in_steps_from_all_and_marks_its_median() -> None:
    chart = steps_chart(CAPTION, [(0.0, 0.75), (7.0, 0.5), (30.0, 0.0)], 7.0, "half by 7 days")
    (curve,) = [one.attrib["d"] for one in drawn(chart).iter("path")]
    assert re.fullmatch(r"M34 12H34V42H\d+V72H392V132", curve)
    assert f"H{marks(chart)[0]}V72" in curve
    assert "half by 7 days" in texts(chart)
    assert "90 d" not in texts(chart)


def test_the_longest_bar_is_as_wide_as_the_drawing_and_one_of_nothing_is_none() -> None:
    chart = strips_chart(CAPTION, [Strip("a", 8, "8"), Strip("b", 2, "2"), Strip("c", 0, "0")])
    assert [one[2] for one in boxes(chart, "bar now")] == [WIDTH, WIDTH // 4, 0]
    assert texts(chart) == ["a", "8", "b", "2", "c", "0"]


def test_a_name_too_long_loses_its_middle_and_is_told_whole() -> None:
    name = "src/" + "deep/" * 30 + "module.py"
    chart = strips_chart(CAPTION, [Strip(name, 1, "1")])
    (text,) = [one for one in drawn(chart).iter("text") if one.attrib["class"] == "name code"]
    assert text[0].text == name
    shown = (text[0].tail or "") + (text.text or "")
    assert shown.startswith("src/deep/")
    assert shown.endswith("/module.py")
    assert "…" in shown
    assert len(shown) * 7.4 < WIDTH


ANY = st.text(max_size=80) | st.just(HOSTILE)
RATIO = st.floats(0, math.inf)
DAYS = st.floats(0, 1e6)


@SHORT
@given(
    st.lists(st.tuples(ANY, st.integers(0, 10**9), st.integers(0, 10**9), st.booleans(), ANY), max_size=120)
)
def test_any_columns_are_drawn(rows: list[tuple[str, int, int, bool, str]]) -> None:
    assert is_inside(columns_chart(CAPTION, [Column(*row) for row in rows]))


@SHORT
@given(st.lists(st.tuples(ANY, st.tuples(RATIO, RATIO, RATIO).map(sorted), ANY), max_size=5))
def test_any_intervals_are_drawn(rows: list[tuple[str, list[float], str]]) -> None:
    made = [Interval(name, ends[1], ends[0], ends[2], words) for name, ends, words in rows]
    assert is_inside(intervals_chart(CAPTION, made))


@SHORT
@given(st.lists(st.tuples(DAYS, st.floats(0, 1)), max_size=20).map(sorted), st.none() | DAYS, ANY)
def test_any_curve_is_drawn(steps: list[tuple[float, float]], median: float | None, words: str) -> None:
    assert is_inside(steps_chart(CAPTION, steps, median, words))


@SHORT
@given(st.lists(st.tuples(ANY, st.floats(0, 1e12), ANY), max_size=5))
def test_any_bars_are_drawn(rows: list[tuple[str, float, str]]) -> None:
    assert is_inside(strips_chart(CAPTION, [Strip(*row) for row in rows]))
