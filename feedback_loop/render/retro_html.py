"""A retro as one HTML page: what changed first, then its charts, each beside its numbers.

The page is made from the value alone (H79). Its charts are in `render.retro_charts`, its lists in
`render.retro_lists`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from feedback_loop.domain.retro import Figure, Retro, Row
from feedback_loop.domain.text import counted
from feedback_loop.render.encoders import Markup, element
from feedback_loop.render.page import (
    Head,
    Inside,
    Page,
    Section,
    code,
    listing,
    number,
    paragraph,
    quoted,
    render_page,
    table,
    tiles,
)
from feedback_loop.render.retro_charts import (
    effect_word,
    effects_part,
    fixed_part,
    hot_spots_part,
    weeks_part,
)
from feedback_loop.render.retro_document import first_screen, sections, title
from feedback_loop.render.retro_lists import (
    MOST,
    document_part,
    explained,
    left_out,
    line_inside,
    proposals_part,
    sites_table,
)

_LEAD = ("Better", "Worse", "To decide")
_NO_KEY = re.compile("[^a-z]+")
_COUNTS = ("introduced", "by events", "both", "fixed", "open")
_TILES = ("introduced", "fixed", "open", "reintroduced", "preventions")


def render_retro_html(retro: Retro) -> str:
    """The whole page. The same retro gives the same bytes."""
    header = retro.header
    top = first_screen(retro)[0]
    told = [
        [element("b", word), element("span", *quoted(text.removeprefix(f"{word}: ")))]
        for word, text in zip(_LEAD, retro.sentences, strict=True)
    ]
    lead = [element("p", f"Incomplete: {why}", class_="alert") for why in header.incomplete]
    lead.append(listing(told, "lead"))
    numbers = _tiles(retro.totals)
    lead += [tiles(numbers)] if numbers else []
    shown = [one for one in _sections(retro) if one.body]
    told_below = 1 if header.incomplete else 0  # the last line of the header: the first reason
    meta = tuple(element("span", *line_inside(line)) for line in top[: len(top) - told_below])
    foot = f"feedback-loop {header.tool}; basis {header.basis}; inputs {header.inputs}"
    return render_page(Page("feedback-loop", title(retro), meta, tuple(lead), tuple(shown), foot))


def _tiles(totals: Sequence[Figure]) -> list[tuple[str, Inside]]:
    by_measure = {one.id.split("@")[0].rpartition(".")[2]: one for one in totals}
    return [(name, explained(by_measure[name])) for name in _TILES if name in by_measure]


def _sections(retro: Retro) -> list[Section]:
    """The first screen's table in full, the weeks, and the document's sections, some of them as charts."""
    charted = _charted(retro)
    found = [
        Section("patterns", "Patterns", _patterns(retro.rows)),
        Section("weeks", "Week by week", weeks_part(retro.weeks, retro.range.start)),
    ]
    empty = []
    for one in sections(retro):
        heading, body = charted.get(one.title, ("", ()))
        if body or one.blocks:
            key = _NO_KEY.sub("-", one.title.lower()).strip("-")
            found.append(Section(key, heading or one.title, body or document_part(one)))
        else:
            empty.append(one.empty)
    quiet = (paragraph(" ".join(empty), kind="note"),) if empty else ()
    return [*found, Section("rest", "Nothing to tell", quiet, is_linked=False)]


def _charted(retro: Retro) -> dict[str, tuple[str, tuple[Markup, ...]]]:
    """Heading and body, by the title of the document's section that each of them stands for."""
    listed = f"feedback-loop history --period {retro.range.name} --format jsonl"
    new = sites_table("Introduced in this period", retro.new, retro.new_total, listed)
    return {
        "New occurrences": ("", new),
        "Effects whose word changed": ("Before and after adoption", effects_part(retro.effects)),
        "Fixed, and the oldest that are open": ("", fixed_part(retro, listed)),
        "Hot spots": ("", hot_spots_part(retro.hot_spots)),
        "Proposals": ("", proposals_part(retro.proposals)),
    }


def _patterns(rows: Sequence[Row]) -> tuple[Markup, ...]:
    loud = [one for one in rows if not one.is_quiet]
    heads = [Head("pattern"), *(Head(text, True) for text in _COUNTS)]
    lines: list[list[Inside]] = [
        [
            element("span", code(one.pattern), *_title(one)),
            explained(one.introduced),
            number(one.reported),
            *(explained(each) for each in (one.frequency, one.fixed, one.open)),
            effect_word(one.word),
        ]
        for one in loud[:MOST]
    ]
    parts = [table("This period, by pattern", [*heads, Head("since adoption")], lines)] if lines else []
    if len(rows) > len(loud):
        quiet = counted(len(rows) - len(loud), "pattern")
        parts.append(paragraph(f"{quiet} without news and with nothing open.", kind="note"))
    return (*parts, *left_out(len(loud)))


def _title(row: Row) -> list[Inside]:
    state = " (archived)" if row.state == "archived" else ""
    return [element("br"), element("span", row.title + state, class_="note")] if row.title or state else []
