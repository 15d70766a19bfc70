"""The lists of a retro's page: occurrences by site, what waits for a decision, and all other sections.

Those others are as `render.retro_document` has them: the same words as in markdown and on a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

from feedback_loop.domain.retro import OPEN, Figure, Proposal, Site, two_places
from feedback_loop.render.encoders import Markup, element
from feedback_loop.render.page import (
    Head,
    Inside,
    beside,
    code,
    code_block,
    listing,
    number,
    paragraph,
    quoted,
    table,
)
from feedback_loop.render.retro_document import Code, Line, Said, Section, Sentence, Table

MOST = 50  # rows of a table
ALL = "feedback-loop retro --format json"
_OID = 12


def short(oid: str) -> Markup:
    """The first digits of an id."""
    return code(oid[:_OID])


def explain_command(one: Figure) -> str:
    """The command that takes the figure apart."""
    return f"feedback-loop explain {one.id}"


def explained(one: Figure) -> Markup:
    """A figure's number; who points at it sees the command that takes it apart."""
    return element("span", number(one.value), title=explain_command(one))


def left_out(total: int, shown: int = MOST, command: str = ALL) -> list[Markup]:
    """A line about the rows that a table leaves out, and the command that lists them."""
    more = total - shown
    return [paragraph(f"and {number(more)} more: ", code(command), kind="note")] if more > 0 else []


def sites_table(caption: str, sites: Sequence[Site], total: int, command: str = ALL) -> tuple[Markup, ...]:
    """Occurrences by site, and the command that lists all of `total`; nothing for none."""
    if not sites:
        return ()
    heads = [Head("place"), Head("pattern"), Head("landed"), Head("days", True), Head("state")]
    rows: list[list[Inside]] = [
        [
            code(f"{one.path}:{one.line}"),
            code(one.pattern),
            element("span", f"{one.since[:10] or 'at no known time'} ", short(one.commit)),
            two_places(one.days),
            _state(one),
        ]
        for one in sites[:MOST]
    ]
    return table(caption, heads, rows), *left_out(max(total, len(sites)), len(rows), command)


def _state(site: Site) -> Markup:
    kind = "" if site.kind == "introduced" else f" ({site.kind})"
    if site.is_open:
        return element("span", f"open{kind}")
    return element("span", f"{site.end.replace('_', ' ')}{kind} ", short(site.ended_by))


def proposals_part(proposals: Sequence[Proposal]) -> tuple[Markup, ...]:
    """Each proposal with its reason, a candidate with a pair of its code, and how to decide."""
    parts: list[Markup] = []
    for one in proposals[:MOST]:
        state = "" if one.state == OPEN else f", {one.state}"
        mark = element("span", f" {one.id}{state}", class_="note")
        parts += [element("h3", f"{one.kind} ", code(one.name), mark), paragraph(*quoted(one.reason))]
        if one.bad or one.good:
            bad = element("div", paragraph("removed by fixes", kind="note"), code_block(one.bad, "bad"))
            good = element("div", paragraph("put in its place", kind="note"), code_block(one.good, "good"))
            parts.append(beside(bad, good))
        if one.commits:
            oids = [part for oid in one.commits[:MOST] for part in (short(oid), " ")]
            parts += [paragraph("commits ", *oids, kind="note"), *left_out(len(one.commits))]
    if any(one.state == OPEN for one in proposals):
        command = "feedback-loop retro --write --decide ID=accept|reject|archive|restore|keep"
        parts.append(paragraph("To decide: ", code(command), kind="note"))
    return *parts, *left_out(len(proposals))


def document_part(section: Section) -> tuple[Markup, ...]:
    """A section of the document: runs of lines as lists, its tables and its code."""
    parts: list[Markup] = []
    lines: list[list[Inside]] = []
    for block in section.blocks:
        if isinstance(block, Table | Code):
            parts += [listing(lines)] if lines else []
            lines = []
            parts.append(
                _table(section.title, block) if isinstance(block, Table) else code_block(block.text, "plain")
            )
        else:
            lines.append(line_inside(block))
    return (*parts, listing(lines)) if lines else tuple(parts)


def line_inside(line: Line) -> list[Inside]:
    """The parts of a line: what a repository wrote stands as code."""
    inside: list[Inside] = []
    for part in line:
        if isinstance(part, Said):
            inside.append(code(part.text))
        elif isinstance(part, Sentence):
            inside += quoted(part.text)
        else:
            inside.append(part)
    return inside


def _table(caption: str, block: Table) -> Markup:
    heads = [Head(text, at > 0) for at, text in enumerate(block.heads)]
    rows = [[element("span", *line_inside(cell)) for cell in row] for row in block.rows]
    return table(caption, heads, rows)
