"""Charts as SVG inside a page: columns, intervals, a falling curve, bars.

Functions of plain values: the same values give the same bytes. Each chart has a title and a description
for those who hear the page, and its colours come from the page's style (`render.page_style`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from feedback_loop.render.encoders import Markup, element
from feedback_loop.render.svg import LETTER, WIDTH, Caption, box, drawing, label, label_row, line, shape

READING = (
    "A ratio of 1 is as often as before, 0.5 half as often. Where the interval holds 1, these data do not "
    "tell the two sides apart. It says before and after, never why."
)
_GUTTER = 34  # of the numbers at the left
_ROW = 40
_MOST_COLUMNS = 100
_DATES = 64  # units that a label below a column wants
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_DAYS = (
    (0, "0"),
    (1, "1 d"),
    (7, "7 d"),
    (30, "30 d"),
    (90, "90 d"),
    (365, "1 y"),
    (1095, "3 y"),
    (3650, "10 y"),
    (10_950, "30 y"),
)


class Column(NamedTuple):
    """One step of time: `up` stands above the line and `down` below it; `is_now` = of the period."""

    label: str
    up: int
    down: int = 0
    is_now: bool = False
    note: str = ""


class Interval(NamedTuple):
    """A ratio with its interval: 0 and infinity are at home here. `tone` is good, bad or empty."""

    name: str
    value: float
    low: float
    high: float
    words: str
    tone: str = ""


class Strip(NamedTuple):
    """A bar of a length, and what stands at its right."""

    name: str
    value: float
    words: str


def columns_chart(caption: Caption, columns: Sequence[Column]) -> Markup:
    """One column for each step of time, oldest first, a hundred at most; some of the labels stand below."""
    columns = columns[-_MOST_COLUMNS:]
    most = max((one.up for one in columns), default=0)
    least = max((one.down for one in columns), default=0)
    step = _step(max(most, least))
    above, below = max(1, -(-most // step)) * step, -(-least // step) * step
    plot = 140 if below else 110
    zero = 12 + round(plot * above / (above + below))
    unit = plot / (above + below)
    parts = [*_grid(range(-below, above + 1, step), zero, unit)]
    pitch = max(3, (WIDTH - _GUTTER) // max(1, len(columns)))
    for at, one in enumerate(columns):
        parts += _column(one, _GUTTER + at * pitch, pitch, zero, unit)
    every = -(-_DATES // pitch)
    for at in range(len(columns) - 1, -1, -every):
        middle = min(_GUTTER + at * pitch + pitch // 2, WIDTH - 20)
        parts.append(label(columns[at].label, max(middle, 20), plot + 30, "middle"))
    return drawing(caption, plot + 36, parts)


def intervals_chart(caption: Caption, rows: Sequence[Interval]) -> Markup:
    """One line for each ratio, on an axis of equal factors, with a line at 1; open ends have arrows."""
    low, high = _limits(rows)
    bottom = _ROW * len(rows) + 4
    parts: list[Markup] = []
    for tick in _TICKS:
        if low <= tick <= high:
            at = _factor(tick, low, high)
            parts.append(line(at, 0, at, bottom, "one" if tick == 1 else "grid"))
            parts.append(label(f"{tick:g}", at, bottom + 15, "middle"))
    for number, row in enumerate(rows):
        parts.append(_interval(row, number * _ROW, low, high))
    parts.append(label("rarer", 0, bottom + 31, "start"))
    parts.append(label("1 = as before", _factor(1, low, high), bottom + 31, "middle"))
    parts.append(label("more often", WIDTH, bottom + 31, "end"))
    return drawing(caption, bottom + 38, parts)


def steps_chart(
    caption: Caption, steps: Sequence[tuple[float, float]], median: float | None, words: str
) -> Markup:
    """The share that is left (1 to 0) after so many days, as steps; at the median stand the words.

    Days are on an axis of log(1 + days): the first week is as wide as the first months.
    """
    last = max([days for days, _ in steps] + [7.0])
    top, bottom = 12, 132
    parts: list[Markup] = []
    for percent in (0, 50, 100):
        level = bottom - round((bottom - top) * percent / 100)
        parts.append(line(_GUTTER, level, WIDTH, level, "grid"))
        parts.append(label(f"{percent} %", _GUTTER - 6, level + 4, "end"))
    for mark, day_words in _DAYS:
        if mark <= last:
            at = _day(mark, last)
            parts.append(line(at, bottom, at, bottom + 4, "axis"))
            parts.append(label(day_words, at, bottom + 18, "start" if at > WIDTH - 24 else "middle"))
    path = [f"M{_GUTTER} {top}"]
    for passed, share in steps:
        path.append(f"H{_day(passed, last)}V{bottom - round((bottom - top) * min(1.0, max(0.0, share)))}")
    parts.append(element("path", d="".join(path), class_="curve"))
    if median is not None:
        parts += _median(_day(median, last), words, (top + bottom) // 2, bottom)
    return drawing(caption, bottom + 26, parts)


def strips_chart(caption: Caption, strips: Sequence[Strip]) -> Markup:
    """One bar for each name, the longest as wide as the drawing."""
    most = max((one.value for one in strips), default=0) or 1
    parts: list[Markup] = []
    for number, one in enumerate(strips):
        top = number * 34
        wide = max(2 if one.value else 0, round(WIDTH * max(0.0, one.value) / most))
        parts += label_row(one.name, one.words, top + 14)
        parts.append(box(0, top + 20, WIDTH, 6, "rail"))
        parts.append(box(0, top + 20, wide, 6, "bar now"))
    return drawing(caption, 34 * len(strips), parts)


def _grid(levels: range, zero: int, unit: float) -> Iterator[Markup]:
    for level in levels:
        at = zero - round(level * unit)
        yield line(_GUTTER, at, WIDTH, at, "grid" if level else "axis")
        yield label(str(abs(level)), _GUTTER - 6, at + 4, "end")


def _column(one: Column, left: int, pitch: int, zero: int, unit: float) -> list[Markup]:
    wide = max(2, pitch - max(1, pitch // 4))
    tall, deep = round(one.up * unit), round(one.down * unit)
    now = " now" if one.is_now else ""
    note = [element("title", one.note)] if one.note else []
    boxes = [box(left, zero - tall, wide, tall, f"bar{now}")] if tall else []
    boxes += [box(left, zero, wide, deep, f"bar below{now}")] if deep else []
    return [element("g", *note, *boxes)] if boxes else []


def _limits(rows: Sequence[Interval]) -> tuple[float, float]:
    """Ticks that hold what is finite, at least from one half to twice."""
    ends = [end for row in rows for end in (row.low, row.value, row.high) if 0 < end < math.inf]
    low, high = min([0.5, *ends]), max([2.0, *ends])
    return (
        max((tick for tick in _TICKS if tick <= low), default=_TICKS[0]),
        min((tick for tick in _TICKS if tick >= high), default=_TICKS[-1]),
    )


def _factor(value: float, low: float, high: float) -> int:
    """Where a ratio stands; what is beyond the axis stands at its end."""
    held = min(high, max(low, value))
    return 12 + round((WIDTH - 24) * math.log(held / low) / math.log(high / low))


def _interval(row: Interval, top: int, low: float, high: float) -> Markup:
    level = top + 28
    left, right = _factor(row.low, low, high), _factor(row.high, low, high)
    parts = [line(left, level, right, level, "range")]
    if row.low < low:
        parts.append(shape(f"M{left - 7} {level}l8 -5v10z", "end"))
    if row.high > high:
        parts.append(shape(f"M{right + 7} {level}l-8 -5v10z", "end"))
    at = _factor(row.value, low, high)
    if row.tone == "bad":
        parts.append(shape(f"M{at - 6} {level}l6 -6l6 6l-6 6z", "mark"))
    else:
        parts.append(element("circle", cx=at, cy=level, r=5, class_="mark"))
    tone = f"interval {row.tone}".rstrip()
    return element("g", *label_row(row.name, row.words, top + 16), *parts, class_=tone)


def _median(at: int, words: str, middle: int, bottom: int) -> list[Markup]:
    near_end = at > WIDTH - 12 - len(words) * LETTER
    return [
        line(at, middle, at, bottom, "median"),
        element("circle", cx=at, cy=middle, r=4, class_="mark"),
        label(words, at - 8 if near_end else at + 8, middle - 6, "end" if near_end else "start", "name"),
    ]


def _step(most: int) -> int:
    """1, 2 or 5 times a power of ten, so that four of them are enough."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if most <= 4 * factor * power:
                return factor * power
        power *= 10


def _day(days: float, last: float) -> int:
    share = math.log1p(min(last, max(0.0, days))) / math.log1p(last)
    return _GUTTER + round((WIDTH - 8 - _GUTTER) * share)
