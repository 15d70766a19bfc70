"""Ratings for other programs: rows that `feedback import` reads back, or examples of a data set (B11a)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.domain.rating import Rating, RatingQuery
from feedback_loop.formats.import_kind import CSV, JSONL
from feedback_loop.formats.rating_rows import (
    format_csv,
    format_dataset_csv,
    format_dataset_jsonl,
    format_jsonl,
)

_Writer = Callable[[Iterable[Rating]], Iterator[str]]
_WRITERS: dict[tuple[str, bool], _Writer] = {
    (JSONL, False): format_jsonl,
    (CSV, False): format_csv,
    (JSONL, True): format_dataset_jsonl,
    (CSV, True): format_dataset_csv,
}


class ExportedRatings(NamedTuple):
    """The text, of how many ratings, and how many are left out of a data set since no text was kept.

    `textless` ratings are rows without prompt or output, which no import takes.
    """

    text: str
    total: int
    left_out: int = 0
    textless: int = 0


def export_ratings(
    database: FeedbackDatabase, query: RatingQuery, *, format: str = JSONL, dataset: bool = False
) -> ExportedRatings:
    """The ratings that the query asks for, the oldest first; `format` is jsonl or csv.

    The same ratings give the same bytes, in whatever repository. With `dataset` the rows are prompt,
    output, score (0 to 1) and feedback. What could not be read stands in `database.problems` then. Raises
    UserError if a part of the store is a link, MachineFault if it cannot be read.
    """
    found = database.ratings(replace(query, texts=True))
    # Not by event: those of one second have other ids, and so another order, where they were imported.
    ratings = sorted(found, key=lambda one: (one.at, one.feedback_id))
    whole = [one for one in ratings if one.prompt is not None and one.output is not None]
    missing = len(ratings) - len(whole)
    taken = whole if dataset else ratings
    text = "".join(_WRITERS[format, dataset](taken))
    left = (missing, 0) if dataset else (0, missing)
    return ExportedRatings(text, len(taken), *left)
