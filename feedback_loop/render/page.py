"""One HTML page that is complete in itself: no script, no network, light and dark, for screens and paper.

Its parts are `Markup`, made by `render.encoders.element`, which encodes every text: what a repository
wrote cannot become an element or an attribute (T15). The page is well-formed as XML too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.render.encoders import Markup, element
from feedback_loop.render.page_style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

Inside = Markup | str


class Head(NamedTuple):
    """A column's heading; numbers stand at the right."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it; `key` is its id; `is_linked` from the top."""

    key: str
    heading: str
    body: tuple[Markup, ...]
    is_linked: bool = True


@dataclass(frozen=True)
class Page:
    """The parts of a page: `kind` and `title` are its name, `meta` lines below it, `lead` comes first."""

    kind: str
    title: str
    meta: tuple[Inside, ...]
    lead: tuple[Markup, ...]
    sections: tuple[Section, ...]
    foot: str


def render_page(page: Page) -> str:
    """The whole file, with its final line end."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", page.title),
        element("style", Markup(STYLE)),
    )
    top = element(
        "header",
        paragraph(page.kind, kind="kind"),
        element("h1", page.title),
        *(paragraph(line, kind="meta") for line in page.meta),
    )
    links = [element("a", one.heading, href=f"#{one.key}") for one in page.sections if one.is_linked]
    way = [element("nav", *_spaced(links), aria_label="Sections")] if len(links) > 2 else []
    main = element("main", *page.lead, *way, *map(_section, page.sections))
    body = element("body", top, main, element("footer", page.foot))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en').html}\n"


def paragraph(*inside: Inside, kind: str = "") -> Markup:
    """A paragraph; `kind` is a class of the style."""
    return element("p", *inside, class_=kind) if kind else element("p", *inside)


def quoted(text: str) -> list[Inside]:
    """Words in which `back-ticks` hold code; any other number of ticks is text as it stands."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [text]
    return [code(part) if at % 2 else part for at, part in enumerate(parts) if part]


def number(value: float | None) -> str:
    """A count, or two places; `unknown` where nobody knows."""
    if value is None:
        return "unknown"
    if math.isinf(value):
        return "infinite"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def code(text: str) -> Markup:
    """A name, path or command."""
    return element("code", text.replace("\t", "\\t"))


def code_block(text: str, kind: str) -> Markup:
    """Lines of code; `kind` is bad, good or empty. What hides itself in them is spelled out."""
    lines = (element("span", line.removesuffix("\r")) for line in text.removesuffix("\n").split("\n"))
    inner = Markup("\n".join(line.html for line in lines))
    return element("pre", inner, class_=kind, tabindex=0)


def listing(items: Sequence[Sequence[Inside]], kind: str = "") -> Markup:
    """A list without numbers."""
    lines = [element("li", *inside) for inside in items]
    return element("ul", *lines, class_=kind) if kind else element("ul", *lines)


def tiles(figures: Sequence[tuple[str, Inside]]) -> Markup:
    """A few large numbers, each with its word below."""
    pairs = [element("div", element("dt", word), element("dd", number)) for word, number in figures]
    return element("dl", *pairs, class_="tiles")


def table(caption: str, heads: Sequence[Head], rows: Sequence[Sequence[Inside]]) -> Markup:
    """A table whose rows begin with their heading; where a window is too narrow it scrolls alone."""
    top = [_cell("th", one, one.text, "col") for one in heads]
    lines = [
        element(
            "tr",
            _cell("th", heads[0], row[0], "row"),
            *(_cell("td", head, inside) for head, inside in zip(heads[1:], row[1:], strict=True)),
        )
        for row in rows
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *top)),
        element("tbody", *lines),
    )
    return element("div", whole, class_="scroll", role="region", aria_label=caption, tabindex=0)


def table_of_recent(
    caption: str, heads: Sequence[Head], rows: Sequence[Sequence[Inside]], shown: int = 6
) -> Markup:
    """A table of the first rows, and below it the others on demand: always on paper."""
    parts = [table(caption, heads, rows[:shown])]
    if len(rows) > shown:
        earlier = table(f"{caption}, earlier", heads, rows[shown:])
        parts.append(element("details", element("summary", "Earlier"), earlier))
    return element("div", *parts)


def ratio_words(value: float, low: float, high: float) -> str:
    """A ratio and its interval: `0.36 (0.17 to 0.70)`."""
    value_, low_, high_ = ("infinite" if math.isinf(one) else f"{one:.2f}" for one in (value, low, high))
    return f"{value_} ({low_} to {high_})"


def figure(caption: Inside, chart: Markup) -> Markup:
    """A chart below its caption."""
    return element("figure", element("figcaption", caption), chart)


def beside(*parts: Markup) -> Markup:
    """Parts next to one another where there is room."""
    return element("div", *parts, class_="beside")


def keys(pairs: Sequence[tuple[str, str]]) -> Markup:
    """What the colours of a chart mean: (word, class)."""
    marks = [element("span", word, class_=f"key {kind}".rstrip()) for word, kind in pairs]
    return element("span", *_spaced(marks))


def _spaced(parts: Sequence[Markup]) -> list[Inside]:
    return [inside for part in parts for inside in (part, " ")]


def _cell(name: str, head: Head, inside: Inside, scope: str = "") -> Markup:
    given = {"class_": "n"} if head.is_number else {}
    if scope:
        given["scope"] = scope
    return element(name, inside, **given)


def _section(one: Section) -> Markup:
    return element("section", element("h2", one.heading, id=one.key), *one.body, aria_labelledby=one.key)
