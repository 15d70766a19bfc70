"""`feedback-loop feedback report`: a week's or a month's ratings against those before (B18-B22)."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.common import (
    Folder,
    given_moment,
    open_workspace,
    output_path,
    put,
    say,
    say_troubles,
)
from feedback_loop.faces.cli.feedback import feedback

if TYPE_CHECKING:
    from feedback_loop.domain.rating_report import RatedPeriod, RatingReport


class RatingPeriodName(StrEnum):
    """The ISO week or the calendar month."""

    weekly = "weekly"
    monthly = "monthly"


class ReportForm(StrEnum):
    """How the report is written."""

    text = "text"
    markdown = "markdown"
    json = "json"
    html = "html"


_SUFFIXES = {".json": ReportForm.json, ".md": ReportForm.markdown, ".html": ReportForm.html}


@feedback.command("report")
def report(
    period: Annotated[
        RatingPeriodName, typer.Option("--period", help="The ISO week or the calendar month, in UTC.")
    ] = RatingPeriodName.weekly,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="Leave out what came later; a day means its first moment. [default: now]",
        ),
    ] = None,
    last_complete: Annotated[
        bool, typer.Option("--last-complete", help="The last one that has ended, not the one under way.")
    ] = False,
    rolling: Annotated[
        bool, typer.Option("--rolling", help="The last 7 or 30 days instead, against as many before.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="FILE", help="Write to a file, and make its folders."),
    ] = None,
    format: Annotated[
        ReportForm | None,
        typer.Option("--format", help="How to write it. [default: by the name of FILE, else text]"),
    ] = None,
    fail_on_decline: Annotated[
        float | None,
        typer.Option(
            "--fail-on-decline",
            metavar="PCT",
            help="Exit 1 if the verdict is declined and the rate fell by over PCT percent of the one before.",
        ),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the weeks or months that have ratings, no report.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Report on a week or a month.

    How many outputs were a success, against the period before, and what to do? A success has four or five
    stars and no thumb down. Every rate comes with its number of ratings and its 95 % interval. The verdict
    is `declined` or `improved` only where the interval of the difference does not hold 0, and `not enough
    data` under ten ratings in one of both periods: with few ratings rates go up and down by themselves. A
    plain alarm at a fall of 10 % would go off in every third or fourth week in which nothing changed.

    A period under way is said to be not complete; for a job that runs every Monday take --last-complete.

    The report is computed from the ratings each time and stored nowhere; the same ratings and --as-of give
    the same bytes.

    \b
    Exit codes: 0 written, 1 with --fail-on-decline: success declined by more than that, 2 something to mend
    (no such time, options that exclude each other).

    \b
    Examples:
      feedback-loop feedback report --period weekly
      feedback-loop feedback report --period monthly --output monthly_report.json
      feedback-loop feedback report --last-complete --fail-on-decline 10 --output week.html
      feedback-loop feedback report --list --period monthly
    """
    from feedback_loop.api.feedback.database import FeedbackDatabase
    from feedback_loop.api.feedback.report import periods_with_data, report_ratings

    target = output_path(output, folder, make_folders=True)
    form = format or _SUFFIXES.get(os.path.splitext(target or "")[1].lower(), ReportForm.text)
    _check(fail_on_decline, {"--last-complete": last_complete, "--rolling": rolling}, list_, form)
    moment = given_moment("--as-of", as_of)
    database = FeedbackDatabase(open_workspace(folder).root)
    if list_:
        periods = periods_with_data(database, period.value, as_of=moment)
        say_troubles(database)
        _write(_listed(periods, form), target)
        return
    found = report_ratings(database, period.value, as_of=moment, last_complete=last_complete, rolling=rolling)
    say_troubles(database)
    _write(_rendered(found, form), target)
    if fail_on_decline is not None:
        _judge(found, fail_on_decline)


def _check(limit: float | None, spans: dict[str, bool], is_list: bool, form: ReportForm) -> None:
    """What excludes each other, and a limit that is none."""
    if limit is not None and not 0 <= limit <= 100:
        raise UserError(f"--fail-on-decline must be from 0 to 100, not {limit:g}", kind="usage")
    if not is_list:
        return
    given = [name for name, is_given in spans.items() if is_given]
    given += ["--fail-on-decline"] if limit is not None else []
    if given:
        raise UserError(f"--list and {given[0]} exclude each other", kind="usage")
    if form not in (ReportForm.text, ReportForm.json):
        raise UserError(f"--list is written as text or json, not as {form.value}", kind="usage")


def _rendered(found: RatingReport, form: ReportForm) -> str:
    if form is ReportForm.json:
        from feedback_loop.api.feedback.report import improvement_report, report_json

        return report_json(improvement_report(found))
    if form is ReportForm.html:
        from feedback_loop.render.feedback_report_html import render_feedback_report_html

        return render_feedback_report_html(found)
    from feedback_loop.render.feedback_report import render_report_markdown, render_report_text

    return (render_report_markdown if form is ReportForm.markdown else render_report_text)(found)


def _listed(periods: tuple[RatedPeriod, ...], form: ReportForm) -> str:
    from feedback_loop.render.feedback_report import render_periods, render_periods_json

    return (render_periods_json if form is ReportForm.json else render_periods)(periods)


def _write(text: str, target: str | None) -> None:
    from feedback_loop.api.output import write_output
    from feedback_loop.domain.text import path_text

    if target is None:
        put(text)
        return
    write_output(target, text, make_folders=True)
    say(f"feedback-loop: wrote {path_text(os.fsencode(target))}")


def _judge(found: RatingReport, limit: float) -> None:
    """Exit 1 where success declined by more than the limit (B21)."""
    from feedback_loop.api.feedback.report import fall
    from feedback_loop.render.feedback_report import decline_words

    if fall(found) > limit:
        say(f"feedback-loop: {decline_words(found)}; --fail-on-decline {limit:g} does not allow it")
        raise typer.Exit(1)
