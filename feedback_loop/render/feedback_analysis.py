"""An analysis of ratings for people, as text for a terminal and as markdown: what is sure comes first (B13).

Nothing but the value goes in: the same analysis gives the same bytes. Tags, names and words are a
stranger's text and are encoded for their sink.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from feedback_loop.domain.rating_analysis import (
    Performance,
    RatingAnalysis,
    Recommendation,
    Share,
    Side,
    Word,
)
from feedback_loop.domain.rating_words import (
    percent,
    points,
    q_value,
    q_words,
    share_words,
    success_words,
)
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.rating_tables import aligned, marked, piped, plain

_COLUMNS = 100
_WIDE = 30  # of a name
_SHOWN = 20  # rows of a table
_FOUND = "significant: Fisher's exact test, adjusted for all words, q <= 0.10"
_RATED = ("n", "positive", "negative", "success (95 % interval)", "stars", "up", "down")


class _Table(NamedTuple):
    """The first cell of a row is a stranger's, all others are ours; `left` rows are not shown."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    left: int = 0
    note: str = ""


def render_analysis_text(found: RatingAnalysis, span: str) -> str:
    """For a terminal of a hundred columns; `span` says of which days."""
    lines = [f"Prompt feedback of {visible(span)}", ""]
    lines += [f"{label:<9} {words}" for label, words in _figures(found)]
    lines += ["", "Recommendations"]
    evidence = [f"    {_evidence(one)}" for one in found.recommendations] or [""]
    for text, why in zip(found.advice, evidence, strict=True):
        lines += [_filled(plain(text)), *([why] if why else [])]
    for table in _tables(found):
        lines += ["", table.title, *aligned((table.heads, *table.rows), _WIDE)]
        lines += [f"  {counted(table.left, 'row')} more: --format json"] if table.left else []
        lines += [f"  {table.note}"] if table.note else []
    return "\n".join(lines) + "\n"


def render_analysis_markdown(found: RatingAnalysis, span: str) -> str:
    """The same as a page."""
    lines = [f"# Prompt feedback of {visible(span)}", ""]
    lines += [f"- **{label}:** {words}" for label, words in _figures(found)]
    lines += ["", "## Recommendations", ""]
    evidence = [f"<br>{_evidence(one)}" for one in found.recommendations] or [""]
    lines += [f"- {marked(text)}{why}" for text, why in zip(found.advice, evidence, strict=True)]
    for table in _tables(found):
        lines += ["", f"## {table.title}", "", *piped(table.heads, table.rows)]
        lines += ["", f"{counted(table.left, 'row')} more: --format json"] if table.left else []
        lines += ["", table.note] if table.note else []
    return "\n".join(lines) + "\n"


# -- what is told ----------------------------------------------------------------------------------


def _figures(found: RatingAnalysis) -> Iterator[tuple[str, str]]:
    neutral = found.total - found.positive - found.negative
    yield "Success", success_words(found.success)
    yield "Outcomes", f"{found.positive:,} positive, {found.negative:,} negative, {neutral:,} neutral"
    yield "Stars", f"{found.avg_rating:.2f} of 5 on average"


def _evidence(one: Recommendation) -> str:
    q = q_words(one.q)
    if one.low is None or one.high is None:
        return f"{one.difference:+.0f} characters, {q}"
    return f"{points(one.difference)} points (95 % interval {points(one.low)} to {points(one.high)}), {q}"


def _tables(found: RatingAnalysis) -> Iterator[_Table]:
    """Those that have rows."""
    rated = (("Tags", found.tags), ("Frameworks", found.frameworks), ("Techniques", found.techniques))
    tables = [_rated(title, rows) for title, rows in rated]
    tables += [_words(found), _flags(found), _lengths(found)]
    return (table for table in tables if table.rows)


def _rated(title: str, rows: Sequence[Performance]) -> _Table:
    shown = [
        (
            *(row.name, f"{row.n:,}", f"{row.positive:,}", f"{row.negative:,}", share_words(row.success)),
            *(f"{row.avg_rating:.2f}", f"{row.thumbs_up:,}", f"{row.thumbs_down:,}"),
        )
        for row in rows[:_SHOWN]
    ]
    return _Table(title, (title[:-1].lower(), *_RATED), shown, len(rows) - len(shown))


def _words(found: RatingAnalysis) -> _Table:
    words = [*found.positives.words, *found.negatives.words]
    heads = "word", "leans to", "successes", "failures", "log odds", "z", "q", "significant"
    note = _FOUND if any(one.significant for one in words) else ""
    return _Table("Words of prompts", heads, [_word(one) for one in words], note=note)


def _word(one: Word) -> tuple[str, ...]:
    side = "success" if one.delta > 0 else "failure"
    counts = f"{one.positive:,}", f"{one.negative:,}"
    figures = f"{one.delta:+.2f}", f"{one.z:+.2f}", q_value(one.q)
    return one.word, side, *counts, *figures, "yes" if one.significant else ""


def _flags(found: RatingAnalysis) -> _Table:
    """Of each flag the share of successes and of failures that show it; a side without entries has none."""
    pairs = list(zip(found.positives.flags, found.negatives.flags, strict=True))
    rows = [(one.name, _share(one), _share(other)) for one, other in pairs if one.n or other.n]
    return _Table("Prompts that show", ("flag", "of the successes", "of the failures"), rows)


def _share(one: Share) -> str:
    return f"{one.n:,} ({percent(one.share)})" if one.n else "0"


def _lengths(found: RatingAnalysis) -> _Table:
    sides = (("successes", found.positives), ("failures", found.negatives))
    rows = [_length(name, side) for name, side in sides if side.lengths.n]
    return _Table("Characters of prompts", ("side", "n", "mean", "median", "shortest", "longest"), rows)


def _length(name: str, side: Side) -> tuple[str, ...]:
    n, *values = side.lengths
    return name, f"{n:,}", *(f"{value or 0:,.0f}" for value in values)


def _filled(text: str) -> str:
    return textwrap.fill(
        text,
        _COLUMNS,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_on_hyphens=False,
    )
