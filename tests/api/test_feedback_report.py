"""`generate_report` and the values behind it, on ratings that lie in a folder."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from feedback_loop import ImprovementReport, generate_report
from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.api.feedback.report import fall, periods_with_data, report_json, report_ratings
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.success import Success, compare
from feedback_loop.engines.feedback.report import make_period, make_report
from feedback_loop.errors import UserError

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
KEYS = {  # the seed's, then B19's
    *("period", "start_date", "end_date", "total_prompts", "avg_rating", "success_rate"),
    *("improvement_vs_previous", "top_performers", "problem_areas", "action_items"),
    *("previous_rate", "delta_points", "ci_low", "ci_high", "verdict", "complete"),
}


def clock() -> datetime:
    return NOW


def entry(day: int, stars: int, number: int, **more: object) -> FeedbackEntry:
    at = f"2026-11-{day:02}T09:00:{number:02}Z"
    return FeedbackEntry("a prompt", f"output {day} {stars} {number}", stars, timestamp=at, **more)  # type: ignore[arg-type]


@pytest.fixture
def db(tmp_path: Path) -> FeedbackDatabase:
    """A week of 20 ratings, 16 of them good; then one of 20 with 8 good ones."""
    made = FeedbackDatabase(tmp_path, clock=clock)
    context = {"framework": "few-shot", "techniques": ["steps"]}
    made.insert_many(
        [
            *(entry(10, 5, number, context=context) for number in range(16)),
            *(entry(10, 1, number) for number in range(4)),
            *(entry(17, 4, number, context=context) for number in range(8)),
            *(entry(17, 2, number, tags=["code"]) for number in range(12)),
        ]
    )
    return made


def test_no_ratings_are_a_report_with_nothing_in_it(tmp_path: Path) -> None:
    report = generate_report(db=FeedbackDatabase(tmp_path), clock=clock)
    assert report == ImprovementReport(
        period="2026-W47",
        start_date="2026-11-16T00:00:00Z",
        end_date="2026-11-22T10:00:01Z",
        total_prompts=0,
        avg_rating=None,
        success_rate=None,
        improvement_vs_previous=None,
        action_items=["Collect more feedback: 0 in this period, and 10 are the least for a judgement."],
        verdict="not enough data",
        complete=False,
        previous_period="2026-W46",
    )


def test_the_report_has_the_documented_fields_and_is_the_callers_to_change(db: FeedbackDatabase) -> None:
    report = generate_report(db=db, clock=clock)
    found = report.to_dict()
    assert found.keys() >= KEYS
    assert (found["total_prompts"], found["avg_rating"]) == (20, 2.8)
    assert (found["success_rate"], found["previous_rate"], found["previous_total"]) == (0.4, 0.8, 20)
    assert (found["delta_points"], found["improvement_vs_previous"]) == (-40.0, -50.0)
    # By hand from Wilson's .2188 to .6134 and .5840 to .9193: -.4 - hypot(.1812, .1193), -.4 + hypot(.2134, .2160).
    assert found["ci_low"] == pytest.approx(-61.70, abs=0.01)
    assert found["ci_high"] == pytest.approx(-9.64, abs=0.01)
    assert (found["success_ci_low"], found["success_ci_high"]) == pytest.approx((0.2188, 0.6134), abs=1e-4)
    assert (found["verdict"], found["complete"]) == ("declined", False)
    assert [(one["kind"], one["name"], one["count"], one["positive"]) for one in found["top_performers"]] == [
        ("framework", "few-shot", 8, 8),
        ("technique", "steps", 8, 8),
    ]
    (worst,) = found["problem_areas"]
    assert (worst["kind"], worst["name"], worst["negative"], worst["failure_rate"]) == (
        "tag",
        "code",
        12,
        1.0,
    )
    assert worst.keys() == {"kind", "name", "count", "negative", "failure_rate", "ci_low", "ci_high"}
    found["action_items"].clear()
    worst["name"] = "changed"
    assert (len(report.action_items), report.problem_areas[0]["name"]) == (3, "code")
    report.success_rate = 1.0  # the seed's is mutable


def test_it_is_written_as_json_into_folders_that_are_made(db: FeedbackDatabase, tmp_path: Path) -> None:
    target = tmp_path / "reports/2026/week.json"
    report = generate_report("monthly", target, db, as_of="2026-12-01", last_complete=True)
    assert json.loads(target.read_text()) == report.to_dict()
    assert (report.period, report.complete, report.end_date) == ("2026-11", True, "2026-12-01T00:00:00Z")
    assert target.read_text() == report_json(report)
    before = target.stat().st_mtime_ns
    generate_report("monthly", str(target), db, as_of="2026-12-24", last_complete=True)
    assert target.stat().st_mtime_ns == before  # the same bytes
    with pytest.raises(UserError, match="output_file: a folder, not a file"):
        generate_report(output_file=tmp_path / "reports", db=db)


@pytest.mark.parametrize(
    "as_of",
    [
        "2026-11-17T10:00:07+01:00",
        datetime(2026, 11, 17, 9, 0, 7),
        datetime(2026, 11, 17, 4, 0, 7, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_as_of_is_any_time_and_leaves_out_what_came_later(
    db: FeedbackDatabase, as_of: datetime | str
) -> None:
    assert generate_report(db=db, as_of=as_of).total_prompts == 16
    assert generate_report(db=db, as_of=date(2026, 11, 17)).total_prompts == 0


def test_a_naive_clock_is_utc_and_the_last_days_reach_up_to_it(db: FeedbackDatabase) -> None:
    report = generate_report(db=db, rolling=True, clock=lambda: datetime(2026, 11, 17, 9, 0, 3))
    assert (report.period, report.complete) == ("last-7-days", True)
    assert (report.end_date, report.total_prompts) == (
        "2026-11-17T09:00:04Z",
        8 + 16 + 4 - 8,
    )  # 10th: from :04


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"period": "daily"}, "weekly or monthly"),
        ({"period": 7}, "period must be text"),
        ({"as_of": "last week"}, "as_of is not a time"),
        ({"output_file": ""}, "output_file must be a path"),
        ({"output_file": 3}, "output_file must be a path"),
        ({"last_complete": True, "rolling": True}, "exclude each other"),
    ],
)
def test_a_wrong_argument_is_a_value_error_and_nothing_is_written(
    db: FeedbackDatabase, tmp_path: Path, arguments: dict[str, object], told: str
) -> None:
    target = tmp_path / "r.json"
    with pytest.raises(ValueError, match=told):
        generate_report(**{"output_file": target, "db": db, **arguments})  # type: ignore[arg-type]
    assert not target.exists()


def test_the_fall_counts_only_where_it_is_a_decline(db: FeedbackDatabase) -> None:
    assert fall(report_ratings(db, clock=clock)) == pytest.approx(50)
    few = report_ratings(db, as_of=parse_moment("2026-11-17T09:00:03Z"))  # 4 good ones and 4 bad ones
    assert few.change.relative == pytest.approx(-37.5)
    assert (few.change.verdict, fall(few)) == ("not enough data", 0.0)


def test_a_fall_of_just_the_limit_is_not_beyond_it() -> None:
    """From .56 to .42 is a quarter, which floating point makes -25.00000000000001 %."""
    found = make_report([], make_period("weekly", int(NOW.timestamp())))
    change = compare(Success(42, 100), Success(56, 100))
    assert fall(replace(found, change=change)) == 25


def test_periods_with_ratings_up_to_a_moment(db: FeedbackDatabase) -> None:
    now = int(NOW.timestamp())
    found = [(one.name, *one.success) for one in periods_with_data(db, as_of=now)]
    assert found == [("2026-W47", 8, 20), ("2026-W46", 16, 20)]
    assert [one.name for one in periods_with_data(db, "monthly", as_of=now)] == ["2026-11"]
    assert len(periods_with_data(db, as_of=parse_moment("2026-11-12"))) == 1
