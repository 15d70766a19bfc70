"""`feedback-loop feedback analyze`: what sets successes and failures apart (B12-B17)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.faces.cli.common import Folder, given_moment, open_workspace, put, say_troubles
from feedback_loop.faces.cli.feedback import feedback

if TYPE_CHECKING:
    from feedback_loop.domain.rating_analysis import RatingAnalysis


class AnalysisForm(StrEnum):
    """How the analysis is written."""

    text = "text"
    json = "json"
    markdown = "markdown"


@feedback.command("analyze")
def analyze(
    days: Annotated[int, typer.Option("--days", min=1, help="How many days up to now, or to --as-of.")] = 7,
    min_samples: Annotated[
        int, typer.Option("--min-samples", min=1, help="Exit 1 if there are fewer ratings.")
    ] = 5,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="Leave out what came later; a day means its first moment. [default: now]",
        ),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Analyse anew; the answer is the same, byte for byte.")
    ] = False,
    format: Annotated[
        AnalysisForm, typer.Option("--format", help="Text or markdown for people, JSON for programs.")
    ] = AnalysisForm.text,
    folder: Folder = None,
) -> None:
    """Compare successes and failures.

    What have the prompts of successes that those of failures have not, and what to do about it? A success
    has four or five stars and no thumb down. Every rate comes with its number of ratings and its 95 %
    interval. Tags, frameworks and techniques each get a table; words are compared by their log odds.

    A recommendation has passed two gates: the effect is large, and chance does not explain it. Group and
    rest have five ratings or more each, and Fisher's exact test (of lengths the test of Mann and Whitney)
    says so after an adjustment for all that was tried (q <= 0.10). Where nothing passes, more ratings are
    asked for; `unknown` stands for ratings that name no framework, and is never recommended.

    \b
    Exit codes: 0 analysed, 1 too few ratings, 2 something to mend (no such time, no repository).

    \b
    Examples:
      feedback-loop feedback analyze
      feedback-loop feedback analyze --days 30 --min-samples 10
      feedback-loop feedback analyze --days 30 --as-of 2026-12-01 --format markdown
    """
    from feedback_loop.api.feedback.analysis import analyze_ratings
    from feedback_loop.api.feedback.database import FeedbackDatabase

    moment = given_moment("--as-of", as_of)
    database = FeedbackDatabase(open_workspace(folder).root)
    try:
        found = analyze_ratings(
            database, days=days, min_samples=min_samples, as_of=moment, use_cache=not no_cache
        )
    finally:  # too few may be so because some could not be read
        say_troubles(database)
    put(_rendered(found, format, _span(days, moment)))


def _span(days: int, moment: int | None) -> str:
    from feedback_loop.domain.moment import format_moment
    from feedback_loop.domain.text import counted

    length = "day" if days == 1 else counted(days, "day")
    return f"the last {length}" if moment is None else f"the {length} up to {format_moment(moment)}"


def _rendered(found: RatingAnalysis, form: AnalysisForm, span: str) -> str:
    if form is AnalysisForm.json:
        from feedback_loop.api.feedback.pattern_analysis import pattern_analysis
        from feedback_loop.render.encoders import json_text

        return json_text(pattern_analysis(found).to_dict())
    from feedback_loop.render.feedback_analysis import render_analysis_markdown, render_analysis_text

    render = render_analysis_markdown if form is AnalysisForm.markdown else render_analysis_text
    return render(found, span)
