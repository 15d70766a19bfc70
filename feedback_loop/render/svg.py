"""The parts of a chart: a drawing with a title, texts that fit, lines and boxes.

Lengths are whole units of a drawing that is WIDTH wide; the page makes it as wide as there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

from feedback_loop.domain.text import visible
from feedback_loop.render.encoders import Markup, element

WIDTH = 400
LETTER = 6.6  # units that a letter of words takes
_NAME = 7.4  # a letter of a name, in fixed pitch


class Caption(NamedTuple):
    """What a chart is called and what it says, in plain words; `key` makes its ids, one chart each."""

    key: str
    title: str
    about: str


def drawing(caption: Caption, height: int, parts: Sequence[Markup]) -> Markup:
    """A chart of this height, with its title and description."""
    key = caption.key
    return element(
        "svg",
        element("title", caption.title, id=f"{key}-title"),
        element("desc", caption.about, id=f"{key}-desc"),
        *parts,
        class_="chart",
        role="img",
        viewBox=f"0 0 {WIDTH} {height}",
        aria_labelledby=f"{key}-title {key}-desc",
    )


def label_row(name: str, words: str, level: int) -> list[Markup]:
    """The name at the left with what room is left for it, the words at the right."""
    shown = visible(name).replace("\t", "\\t")
    fitted = _fit(shown, int((WIDTH - len(words) * LETTER - 12) / _NAME))
    whole = [element("title", shown)] if fitted != shown else []
    return [
        element("text", *whole, fitted, x=0, y=level, class_="name code"),
        label(words, WIDTH, level, "end", "words"),
    ]


def _fit(text: str, room: int) -> str:
    """The text in so many columns: less its middle, and more of its end than of its beginning."""
    if sum(map(_width, text)) <= room:
        return text
    tail = room * 2 // 3
    return _held(text, room - tail - 1) + "…" + _held(text[::-1], tail)[::-1]


def _held(text: str, room: int) -> str:
    for at, char in enumerate(text):
        room -= _width(char)
        if room < 0:
            return text[:at]
    return text


def _width(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1


def label(text: str, x: int, y: int, anchor: str, kind: str = "tick") -> Markup:
    """A line of text; `anchor` is start, middle or end."""
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=kind)


def line(x1: int, y1: int, x2: int, y2: int, kind: str) -> Markup:
    """A straight line; `kind` is a class of the style, as below."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def box(x: int, y: int, width: int, height: int, kind: str) -> Markup:
    """A rectangle from its upper left corner."""
    return element("rect", x=x, y=y, width=width, height=height, class_=kind)


def shape(path: str, kind: str) -> Markup:
    """A shape by SVG's path commands."""
    return element("path", d=path, class_=kind)
