"""`feedback-loop feedback list`: the newest ratings."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from feedback_loop.faces.cli.common import (
    Color,
    ColorMode,
    Folder,
    Format,
    OutputFormat,
    open_workspace,
    put,
    put_json,
    say,
    say_troubles,
    use_color,
)
from feedback_loop.faces.cli.feedback import feedback
from feedback_loop.faces.cli.feedback_filter import (
    Framework,
    MaxRating,
    MinRating,
    Model,
    Since,
    Tags,
    Thumbs,
    Until,
    make_query,
)


@feedback.command("list")
def list_(
    since: Since = None,
    until: Until = None,
    min_rating: MinRating = None,
    max_rating: MaxRating = None,
    thumbs: Thumbs = None,
    tags: Tags = None,
    framework: Framework = None,
    model: Model = None,
    limit: Annotated[int, typer.Option(min=0, help="So many at most; 0 = all of them.")] = 20,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """List ratings.

    The newest come first, after how many of all that match were a success: four or five stars and no thumb
    down. Times are ISO 8601, UTC where they do not say; a day means its first moment. With --format json the
    entries come whole; a text that is not stored is null.

    \b
    Exit codes: 0 (records that cannot be read are named), 2 usage.

    \b
    Examples:
      feedback-loop feedback list
      feedback-loop feedback list --since 2026-11-01 --max-rating 2 --framework chain-of-thought
      feedback-loop feedback list --tags code,technical --limit 0 --format json
    """
    from feedback_loop.api.feedback.database import FeedbackDatabase
    from feedback_loop.render.feedback_list import rating_list_fields, render_ratings

    stars, names = (min_rating, max_rating), (framework, model)
    query = make_query(since, until, stars, thumbs, tags, names, limit or None)
    database = FeedbackDatabase(open_workspace(folder).root)
    shown, success = database.list_ratings(query)
    if format is OutputFormat.json:
        put_json(rating_list_fields(shown, success))
    elif shown:
        width = shutil.get_terminal_size((100, 24)).columns
        put(render_ratings(shown, success, width=width, color=use_color(color)))
    else:
        say("feedback-loop: no such rating is recorded; `feedback-loop feedback capture` records one")
    say_troubles(database)
