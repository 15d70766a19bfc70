"""`feedback-loop feedback export`: ratings for other programs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.faces.cli.common import Folder, open_workspace, output_path, put, say, say_troubles
from feedback_loop.faces.cli.feedback import feedback
from feedback_loop.faces.cli.feedback_filter import (
    Framework,
    Limit,
    MaxRating,
    MinRating,
    Model,
    Since,
    Tags,
    Thumbs,
    Until,
    make_query,
)

if TYPE_CHECKING:
    from feedback_loop.api.feedback.exporting import ExportedRatings


class RowFormat(StrEnum):
    """A line of JSON for each rating, or a table."""

    jsonl = "jsonl"
    csv = "csv"


@feedback.command()
def export(
    format: Annotated[
        RowFormat | None,
        typer.Option("--format", help="Lines of JSON or a table. [default: by the name of FILE, else jsonl]"),
    ] = None,
    dataset: Annotated[
        bool, typer.Option("--dataset", help="Examples: prompt, output, score, feedback.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="FILE", help="Write to a file, seen from -C DIR, all or nothing."),
    ] = None,
    since: Since = None,
    until: Until = None,
    min_rating: MinRating = None,
    max_rating: MaxRating = None,
    thumbs: Thumbs = None,
    tags: Tags = None,
    framework: Framework = None,
    model: Model = None,
    limit: Limit = None,
    folder: Folder = None,
) -> None:
    """Export ratings.

    They are rows for other programs, the oldest first; the filters are those of `feedback list`.
    `feedback import` reads the rows back: in an empty repository the same export gives the same bytes.
    Rows whose texts were not kept (feedback.store = hash) hold none, and no import takes them. In CSV a
    cell that a spreadsheet would calculate (it begins with = + - @, tab or CR) gets an apostrophe in front.

    With --dataset a row is {prompt, output, score, feedback}: score is (rating - 1) / 4, so 0 to 1, and
    feedback are the notes. Ratings whose texts were not kept are left out, and a note says how many.

    \b
    Exit codes: 0 written, 2 something to mend (an unknown filter, no such folder), 3 the disk says no.

    \b
    Examples:
      feedback-loop feedback export --output ratings.csv
      feedback-loop feedback export --format csv --since 2026-11-01 --tags code
      feedback-loop feedback export --dataset --min-rating 4 > examples.jsonl
    """
    from feedback_loop.api.feedback.database import FeedbackDatabase
    from feedback_loop.api.feedback.exporting import export_ratings
    from feedback_loop.api.output import write_output
    from feedback_loop.domain.text import counted, visible

    if format is None:
        is_table = (output or "").lower().endswith(".csv")
        format = RowFormat.csv if is_table else RowFormat.jsonl
    target = output_path(output, folder)
    stars, names = (min_rating, max_rating), (framework, model)
    query = make_query(since, until, stars, thumbs, tags, names, limit or None)
    database = FeedbackDatabase(open_workspace(folder).root)
    found = export_ratings(database, query, format=format.value, dataset=dataset)
    say_troubles(database)
    _tell_export(found)
    if target is None:
        if found.text:
            put(found.text)
        return
    write_output(target, found.text)
    say(f"feedback-loop: wrote {counted(found.total, 'rating')} to {visible(output or '')}")


def _tell_export(found: ExportedRatings) -> None:
    """Whose texts are missing."""
    from feedback_loop.domain.text import counted

    if found.left_out:
        say(f"feedback-loop: {counted(found.left_out, 'rating')} left out: no texts of them were kept")
    if found.textless:
        say(f"feedback-loop: {counted(found.textless, 'row')} without texts, which no import takes")
