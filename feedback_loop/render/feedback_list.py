"""Ratings for people and for programs. Prompts, tags and names are strangers' texts: shown, never trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.rating import Rating
from feedback_loop.domain.rating_fields import rating_fields
from feedback_loop.domain.rating_words import success_words
from feedback_loop.domain.success import Success
from feedback_loop.domain.text import visible
from feedback_loop.render.text import Ink

_MOST = {"framework": 18, "tags": 24}  # characters
_LEAST_PROMPT = 20


def render_ratings(
    shown: Sequence[Rating], success: Success, *, width: int = 100, color: bool = False
) -> str:
    """A line per rating that fits into `width`, the newest first, and one with the sums."""
    ink = Ink(color)
    rows = [
        (
            format_moment(one.at)[:16].replace("T", " "),
            "*" * one.rating,
            one.thumbs or "-",
            _cut(one.framework or "-", _MOST["framework"]),
            _cut(", ".join(one.tags) or "-", _MOST["tags"]),
        )
        for one in shown
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = max(_LEAST_PROMPT, width - sum(widths) - 2 * len(widths))
    lines = []
    for row, one in zip(rows, shown, strict=True):
        cells = "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True))
        prompt = ink("dim", "(not stored)") if one.prompt is None else _cut(one.prompt, left)
        lines.append(f"{cells}  {prompt}".rstrip())
    return "\n".join([*lines, ink("dim", sums_text(len(shown), success))]) + "\n"


def sums_text(shown: int, success: Success) -> str:
    """How many, and the success of all that match."""
    some = f"{shown} of {success.n} shown. " if shown < success.n else ""
    return f"{some}Success: {success_words(success)}"


def _cut(text: str, most: int) -> str:
    line = visible(" ".join(text[: 4 * most].split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def rating_list_fields(shown: Sequence[Rating], success: Success) -> dict[str, Any]:
    """The shown entries in full; numbers of all that match."""
    low, high = success.interval if success.n else (None, None)
    return {
        "entries": [entry_fields(one) for one in shown],
        "total": success.n,
        "positive": success.positive,
        "success_rate": success.rate,
        "ci_low": low,
        "ci_high": high,
        "n": success.n,
    }


def entry_fields(rating: Rating) -> dict[str, Any]:
    """A rating as the Python API names its fields, and what else is known of it; null = not stored."""
    more = {
        "outcome": rating.outcome,
        "prompt_size": rating.prompt_size._asdict(),
        "output_size": rating.output_size._asdict(),
        "features": list(rating.flags),
        "event": rating.event,
    }
    return rating_fields(rating) | more
