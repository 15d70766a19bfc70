"""Reports of a week's or a month's ratings: computed when asked for, never stored (B18-B22)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from feedback_loop.api.arguments import check_clock, check_file, check_flag, check_text
from feedback_loop.api.feedback.database import FeedbackDatabase, database_or_here
from feedback_loop.api.metrics.times import given_time, now_seconds
from feedback_loop.api.output import check_output, write_output
from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.rating import RatingQuery
from feedback_loop.domain.rating_report import WEEKLY, Performer, RatedPeriod, RatingReport
from feedback_loop.domain.success import DECLINED, NOT_ENOUGH
from feedback_loop.engines.feedback.report import make_period, make_report, rated_periods
from feedback_loop.errors import InputError, UserError

_DIGITS = 9  # of points and percents: -30.0, not -30.000000000000004

Clock = Callable[[], datetime]


@dataclass
class ImprovementReport:
    """The report of a period, yours to change. Rates are 0 to 1, and None of no ratings.

    Ratings count from `start_date` to before `end_date`: the period's end; while it is not `complete`, and
    of a rolling one, the second after the moment asked for. `improvement_vs_previous` is in percent of the
    rate before, None if there is none or it is 0. `delta_points` is the difference of both rates in points,
    `ci_low` to `ci_high` its 95 % interval; `success_ci_low` and `success_ci_high` that of the success rate,
    0 to 1. `verdict` is `improved`, `declined`, `no clear change` or `not enough data` (under ten ratings in
    one of both periods).

    Items of `top_performers` have kind (framework or technique), name, count, positive, success_rate, ci_low
    and ci_high; those of `problem_areas` kind (tag), name, count, negative, failure_rate, ci_low, ci_high.
    """

    period: str
    start_date: str
    end_date: str
    total_prompts: int
    avg_rating: float | None
    success_rate: float | None
    improvement_vs_previous: float | None
    top_performers: list[dict[str, Any]] = field(default_factory=list)
    problem_areas: list[dict[str, Any]] = field(default_factory=list)
    action_items: list[str] = field(default_factory=list)
    previous_rate: float | None = None
    delta_points: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    verdict: str = NOT_ENOUGH
    complete: bool = True
    success_ci_low: float | None = None
    success_ci_high: float | None = None
    previous_period: str = ""
    previous_total: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, copies down to the last one."""
        return {one.name: deepcopy(getattr(self, one.name)) for one in fields(self)}


def generate_report(
    period: str = WEEKLY,
    output_file: str | os.PathLike[str] | None = None,
    db: FeedbackDatabase | None = None,
    *,
    as_of: str | date | None = None,
    last_complete: bool = False,
    rolling: bool = False,
    clock: Clock | None = None,
) -> ImprovementReport:
    """The report of the week or month that holds `as_of`, by default now; `db` defaults to this repository's.

    `last_complete` takes the one before, `rolling` the last 7 or 30 days. With `output_file` it is written
    there as JSON too, all or nothing; folders that are missing are made. Raises InputError (a ValueError) for
    another period, a time that is none and a file that cannot be there, UserError for one that is a link,
    MachineFault when the disk says no.
    """
    check_flag("last_complete", last_complete)
    check_flag("rolling", rolling)
    check_clock("clock", clock)
    path = _output_path(output_file)
    moment = given_time("as_of", as_of)
    found = report_ratings(
        database_or_here(db),
        period,
        as_of=None if moment is None else parse_moment(moment),
        last_complete=last_complete,
        rolling=rolling,
        clock=clock,
    )
    report = improvement_report(found)
    if path is not None:
        write_output(path, report_json(report), make_folders=True)
    return report


def report_ratings(
    database: FeedbackDatabase,
    period: str = WEEKLY,
    *,
    as_of: int | None = None,
    last_complete: bool = False,
    rolling: bool = False,
    clock: Clock | None = None,
) -> RatingReport:
    """The report as a value; `as_of` in seconds, None = now. Raises InputError for another period."""
    check_text("period", period)
    moment = now_seconds(clock) if as_of is None else as_of
    asked = make_period(period, moment, last_complete=last_complete, rolling=rolling)
    query = RatingQuery(since=asked.before, until=asked.until, texts=False)
    return make_report(database.ratings(query), asked)


def periods_with_data(
    database: FeedbackDatabase,
    period: str = WEEKLY,
    *,
    as_of: int | None = None,
) -> tuple[RatedPeriod, ...]:
    """The weeks or months that have ratings up to `as_of` (seconds, None = now), the newest first."""
    check_text("period", period)
    moment = now_seconds() if as_of is None else as_of
    make_period(period, moment)  # says what is wrong with both
    return rated_periods(database.ratings(RatingQuery(until=moment + 1, texts=False)), period)


def improvement_report(found: RatingReport) -> ImprovementReport:
    """The value in the shape of the Python names."""
    period, change, success = found.period, found.change, found.success
    low, high = success.interval if success.n else (None, None)
    return ImprovementReport(
        period=period.name,
        start_date=format_moment(period.start),
        end_date=format_moment(period.until),
        total_prompts=success.n,
        avg_rating=found.avg_rating,
        success_rate=success.rate,
        improvement_vs_previous=_rounded(change.relative),
        top_performers=[_performer(one, "positive", "success_rate") for one in found.top_performers],
        problem_areas=[_performer(one, "negative", "failure_rate") for one in found.problem_areas],
        action_items=list(found.action_items),
        previous_rate=found.before.rate,
        delta_points=_points(change.difference),
        ci_low=_points(change.low),
        ci_high=_points(change.high),
        verdict=change.verdict,
        complete=period.complete,
        success_ci_low=low,
        success_ci_high=high,
        previous_period=found.previous,
        previous_total=found.before.n,
    )


def report_json(report: ImprovementReport) -> str:
    """The report for programs: keys sorted, ASCII, a final line end."""
    return json.dumps(report.to_dict(), indent=2, sort_keys=True) + "\n"


def fall(found: RatingReport) -> float:
    """By how many percent of the rate before success fell, 0 unless the verdict is `declined` (B21)."""
    relative = found.change.relative
    if found.change.verdict != DECLINED or relative is None:
        return 0.0
    return -round(relative, _DIGITS)  # 10, not 10.000000000000002: a limit of 10 allows it


def _performer(one: Performer, counted: str, rate: str) -> dict[str, Any]:
    low, high = one.share.interval
    return {
        "kind": one.kind,
        "name": one.name,
        "count": one.share.n,
        counted: one.share.hits,
        rate: one.share.rate,
        "ci_low": low,
        "ci_high": high,
    }


def _points(share: float | None) -> float | None:
    return None if share is None else _rounded(100 * share)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS) + 0.0  # no minus zero


def _output_path(output_file: object) -> str | None:
    """The absolute path; None is well. Raises InputError for what names no file, or one that cannot be."""
    path = check_file("output_file", output_file)
    if path is None:
        return None
    path = os.path.abspath(path)
    try:
        check_output(path, make_folders=True)
    except UserError as error:
        raise InputError(f"output_file: {error.message}", error.hint, error.kind) from None
    return path
