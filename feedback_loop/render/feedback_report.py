"""The report of ratings for people: as text for a terminal and as markdown, and the words of both.

Nothing but the value goes in: the same report gives the same bytes. Names of frameworks, techniques and
tags are a stranger's text and are encoded for their sink.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.rating_report import Performer, RatedPeriod, RatingPeriod, RatingReport
from feedback_loop.domain.rating_words import (
    NO_RATINGS,
    percent,
    points,
    share_words,
    signed,
    success_words,
)
from feedback_loop.domain.success import DECLINED, IMPROVED, LEAST, NO_CHANGE, NOT_ENOUGH
from feedback_loop.domain.text import counted
from feedback_loop.render.encoders import json_text
from feedback_loop.render.rating_tables import aligned, marked, piped, plain

TOP, PROBLEMS, ACTIONS = "Top performers", "Problem areas", "What to do"
SHARES = {TOP: "successes", PROBLEMS: "failures"}  # what the tables count
TOP_WORDS = "Frameworks and techniques with 3 ratings or more, the surest successes first"
PROBLEM_WORDS = "Tags with 3 ratings or more, the surest failures first"
NO_TOP = "No framework and no technique has three ratings and a success."
NO_PROBLEMS = "No tag has three ratings and a failure."
_WIDE = 40  # of a name: a screen has a hundred columns
_MEANING = {
    DECLINED: "the whole interval of the difference is below 0",
    IMPROVED: "the whole interval of the difference is above 0",
    NO_CHANGE: "the interval of the difference holds 0, so chance alone can explain it",
    NOT_ENOUGH: f"each period needs {LEAST} ratings",
}


def render_report_text(report: RatingReport) -> str:
    """For a terminal of a hundred columns."""
    lines = [f"Prompt feedback {report.period.name}", f"  {span_words(report.period)}"]
    if not report.period.complete:
        lines.append(f"  {incomplete_words(report.period)}")
    lines.append("")
    lines += [f"{label:<9} {words}" for label, words in figures(report)]
    for title, words, rows, otherwise in _tables(report):
        lines += ["", title]
        if rows:
            lines += [f"  {words}:", *aligned([cells(one) for one in rows], _WIDE, names=1)]
        else:
            lines.append(f"  {otherwise}")
    lines += ["", ACTIONS, *(f"  - {plain(one)}" for one in report.action_items)]
    return "\n".join(lines) + "\n"


def render_report_markdown(report: RatingReport) -> str:
    """The same as a page."""
    lines = [f"# Prompt feedback {report.period.name}", "", span_words(report.period)]
    if not report.period.complete:
        lines += ["", f"**U{incomplete_words(report.period)[1:]}.**"]
    lines += ["", *(f"- **{label}:** {words}" for label, words in figures(report))]
    for title, words, rows, otherwise in _tables(report):
        lines += ["", f"## {title}", ""]
        if not rows:
            lines.append(otherwise)
            continue
        heads = "kind", "name", SHARES[title], "rate (95 % interval)"
        lines += [f"{words}.", "", *piped(heads, [cells(one) for one in rows], names=1)]
    lines += ["", f"## {ACTIONS}", "", *(f"- {marked(one)}" for one in report.action_items)]
    return "\n".join(lines) + "\n"


def render_periods(periods: Sequence[RatedPeriod]) -> str:
    """A line for each period."""
    if not periods:
        return f"{NO_RATINGS}\n"
    return "".join(
        f"{one.name:<8}  {counted(one.success.n, 'rating'):>14}  {share_words(one.success)}\n"
        for one in periods
    )


def render_periods_json(periods: Sequence[RatedPeriod]) -> str:
    """The same for programs."""
    fields: list[dict[str, Any]] = [
        {
            "period": one.name,
            "count": one.success.n,
            "positive": one.success.positive,
            "success_rate": one.success.rate,
            "ci_low": one.success.interval[0],
            "ci_high": one.success.interval[1],
        }
        for one in periods
    ]
    return json_text({"periods": fields})


# -- words -----------------------------------------------------------------------------------------


def span_words(period: RatingPeriod) -> str:
    """The first and the last day of it; of a rolling one the moments."""
    start, end = format_moment(period.start), format_moment(period.end - 1)
    whole = start.endswith("T00:00:00Z") and end.endswith("T23:59:59Z")
    return f"{start[:10]} to {end[:10]}, UTC" if whole else f"{start} to {end}"


def incomplete_words(period: RatingPeriod) -> str:
    """`until 2026-11-22T10:00:00Z, not complete`."""
    return f"until {format_moment(period.until - 1)}, not complete"


def figures(report: RatingReport) -> Iterator[tuple[str, str]]:
    """Label and words of what stands at the top."""
    yield "Success", success_words(report.success)
    yield "Verdict", f"{report.change.verdict}: {_MEANING[report.change.verdict]}"
    yield "Change", change_words(report)
    yield "Before", f"{report.previous}: {success_words(report.before)}"
    if report.avg_rating is not None:
        yield "Stars", f"{report.avg_rating:.2f} of 5 on average"


def change_words(report: RatingReport) -> str:
    """`-10.0 points (95 % interval -26.5 to +7.5), -12.5 % of the rate before`."""
    change = report.change
    if change.difference is None or change.low is None or change.high is None:
        return "unknown: a period has no ratings"
    relative = "" if change.relative is None else f", {signed(change.relative)} % of the rate before"
    interval = f"95 % interval {points(change.low)} to {points(change.high)}"
    return f"{points(change.difference)} points ({interval}){relative}"


def decline_words(report: RatingReport) -> str:
    """`success declined by 42.9 % (from 70.0 % to 40.0 %)`."""
    now, before = report.success.rate or 0.0, report.before.rate or 0.0
    relative = report.change.relative or 0.0
    return f"success declined by {-relative:.1f} % (from {percent(before)} to {percent(now)})"


def cells(one: Performer) -> tuple[str, str, str, str]:
    """Kind, name (as it is), `6 of 8`, and the share with its interval."""
    return one.kind, one.name, f"{one.share.hits:,} of {one.share.n:,}", share_words(one.share)


# -- tables ----------------------------------------------------------------------------------------


def _tables(report: RatingReport) -> Iterator[tuple[str, str, tuple[Performer, ...], str]]:
    yield TOP, TOP_WORDS, report.top_performers, NO_TOP
    yield PROBLEMS, PROBLEM_WORDS, report.problem_areas, NO_PROBLEMS
