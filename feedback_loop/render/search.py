"""What a search found, for people and for programs.

Everything a repository wrote goes through `visible` before it reaches a terminal (T14).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedback_loop.domain.found import Found
from feedback_loop.domain.search import Hit, Indexed
from feedback_loop.domain.text import visible
from feedback_loop.domain.words import tokens
from feedback_loop.render.text import Ink

STRONG = 0.6  # what an injection asks for: below it the right answer is less likely than not
_NARROWEST, _WIDEST = 40, 100
_INDENT = "  "
_SHOWN = 12  # tokens
_TIE = 1e-6  # of a gap: what rounding makes of equals


def render_found(found: Found, *, explain: bool = False, width: int = 100, color: bool = False) -> str:
    """Two lines for each hit: name, relevance and state, and what it is about; "" if there is none."""
    ink = Ink(color)
    room = max(_NARROWEST, min(width, _WIDEST))
    names = max((len(hit.pattern.name) for hit in found.hits), default=0)
    asked = list(dict.fromkeys(tokens(found.query.text))) if explain else []
    blocks = []
    for place, hit in enumerate(found.hits):
        lines = [_head(hit, names, ink, is_weak(hit, place)), _cut(_INDENT + _about(hit.pattern), room)]
        if explain:
            lines += _explained(hit, asked, ink)
        blocks.append("\n".join(lines))
    text = ("\n\n" if explain else "\n").join(blocks)
    return text + "\n" if text else ""


def is_weak(hit: Hit, place: int) -> bool:
    """Whether it is hardly the right one: little speaks for it, or more for one above it.

    `place` counts from 0. Of one word many a pattern may have all there is to have.
    """
    return hit.relevance < STRONG or (place > 0 and hit.gap < -_TIE)


def _head(hit: Hit, names: int, ink: Ink, weak: bool) -> str:
    name = hit.pattern.name
    start = (name if weak else ink("path", name)) + " " * (names - len(name))
    percent = f"{percent_words(hit.relevance):>6}"
    said = ink("dim", percent) if weak else ink("fix", percent)
    state = f"  {hit.pattern.state}" + (f"  {ink('dim', 'weak')}" if weak else "")
    return f"{start}  {said}{state}"


def percent_words(relevance: float) -> str:
    """A relevance in percent: never 0 or 100, as it is never certain."""
    if relevance < 0.01:
        return "< 1 %"
    return "> 99 %" if relevance > 0.99 else f"{int(relevance * 100)} %"  # 59.7 is not yet 60


def _about(pattern: Indexed) -> str:
    """The first sentence of its description, or its title."""
    words = " ".join((pattern.description or pattern.title).split())
    first, stop, _ = words.partition(". ")
    return visible(first + stop.strip())


def _cut(line: str, room: int) -> str:
    return line if len(line) <= room else line[: room - 1].rstrip() + "…"


# -- why ---------------------------------------------------------------------------------------------


def _explained(hit: Hit, asked: Sequence[str], ink: Ink) -> list[str]:
    rows = [("token", "idf", "count", "score")]
    rows += [
        (visible(term.token), f"{term.idf:.2f}", str(term.count), f"{term.score:.2f}")
        for term in hit.terms[:_SHOWN]
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    table = [
        f"{_INDENT * 2}{row[0]:<{widths[0]}}" + "".join(f"  {row[at]:>{widths[at]}}" for at in (1, 2, 3))
        for row in rows
    ]
    if len(hit.terms) > _SHOWN:
        table.append(f"{_INDENT * 2}and {len(hit.terms) - _SHOWN} more")
    lines = [ink("dim", table[0]), *table[1:]] if hit.terms else []
    met = {term.token for term in hit.terms}
    missing = [visible(token) for token in asked if token not in met]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        lines.append(f"{_INDENT * 2}not in it: {', '.join(missing[:_SHOWN])}{more}")
    lead = f"{hit.gap * 100:+.0f} % from the best other" if hit.gap < 0 else f"{hit.gap * 100:.0f} % ahead"
    lines.append(
        f"{_INDENT * 2}score {hit.score:.2f}: {hit.share * 100:.0f} % of what the query can reach, {lead}"
    )
    if hit.ranks:
        ranks = ", ".join(f"{name} {rank}" for name, rank in hit.ranks)
        lines.append(f"{_INDENT * 2}ranks: {visible(ranks)}")
    return lines


# -- programs ----------------------------------------------------------------------------------------


def found_fields(found: Found, *, explain: bool = False) -> dict[str, Any]:
    """The same for JSON. `relevance`, `share` (s) and `gap` (g) are those of D12d."""
    return {
        "schema_version": 1,
        "engine": found.engine,
        "query": found.query.text,
        "notes": list(found.notes),
        "hits": [_hit_fields(hit, explain) for hit in found.hits],
        "exit_code": 0,
    }


def _hit_fields(hit: Hit, explain: bool) -> dict[str, Any]:
    pattern = hit.pattern
    fields: dict[str, Any] = {
        "name": pattern.name,
        "title": pattern.title,
        "state": pattern.state,
        "severity": pattern.severity,
        "relevance": hit.relevance,
        "description": pattern.description,
        "languages": list(pattern.languages),
        "frameworks": list(pattern.frameworks),
        "tags": list(pattern.tags),
    }
    if explain:
        fields |= {
            "score": hit.score,
            "share": hit.share,
            "gap": hit.gap,
            "ranks": dict(hit.ranks),
            "terms": [
                {"token": term.token, "idf": term.idf, "count": term.count, "score": term.score}
                for term in hit.terms
            ],
        }
    return fields
