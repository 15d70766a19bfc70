"""The five ways to use ratings do what their docstrings say, on a repository of their own."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from examples import feedback
from feedback_loop import FeedbackDatabase, FeedbackEntry
from tests.faces.command_line import CommandLine
from tests.repo import Repo

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)  # the job's hour: 2026-W46 is the last complete week


@pytest.fixture
def folder(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in repo.environment.items():
        monkeypatch.setenv(name, value)
    return repo.root


def rate(folder: Path, good: int, n: int, days_before: float) -> None:
    """`good` of n ratings are successes, all of one day before that Monday."""
    at = (MONDAY - timedelta(days=days_before)).isoformat()
    entries = [
        FeedbackEntry(f"p{one}", "o", 5 if one < good else 1, timestamp=at, tags=["t"]) for one in range(n)
    ]
    FeedbackDatabase(folder).insert_many(entries)


@pytest.fixture
def cli(
    repo: Repo, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


@pytest.fixture
def job(folder: Path, cli: CommandLine) -> Callable[[], int]:
    """The job on that Monday; the command that its docstring gives for it comes first, and says the same."""
    (line,) = re.findall("^ *feedback-loop (.*)$", feedback.weekly_review.__doc__ or "", re.M)
    target = folder / "reports/week.json"

    def run() -> int:
        told = cli(*shlex.split(line), "--as-of", MONDAY.isoformat())
        written = target.read_text()
        assert feedback.weekly_review(folder, as_of=MONDAY.isoformat()) == told.code
        assert target.read_text() == written
        return told.code

    return run


# -- the weekly job ------------------------------------------------------------------------------


def test_a_week_without_ratings_is_no_alarm_and_has_its_report(folder: Path, job: Callable[[], int]) -> None:
    assert job() == 0
    report = json.loads((folder / "reports/week.json").read_text())
    assert (report["period"], report["total_prompts"], report["complete"]) == ("2026-W46", 0, True)


def test_a_fall_that_may_be_chance_is_no_alarm(folder: Path, job: Callable[[], int]) -> None:
    rate(folder, 8, 9, 10)
    rate(folder, 4, 9, 3)
    assert job() == 0
    report = json.loads((folder / "reports/week.json").read_text())
    assert (report["verdict"], report["improvement_vs_previous"]) == ("not enough data", -50)
    rate(folder, 32, 41, 9)
    rate(folder, 31, 41, 2)
    assert job() == 0
    report = json.loads((folder / "reports/week.json").read_text())
    assert (report["verdict"], report["improvement_vs_previous"]) == ("no clear change", -12.5)


def test_a_real_decline_is_an_alarm_whatever_this_week_brings(folder: Path, job: Callable[[], int]) -> None:
    rate(folder, 35, 50, 10)
    rate(folder, 20, 50, 3)
    rate(folder, 9, 9, 0.1)  # of the week that has just begun
    assert job() == 1
    report = json.loads((folder / "reports/week.json").read_text())
    assert (report["verdict"], report["total_prompts"], report["success_rate"]) == ("declined", 50, 0.4)


def test_a_small_decline_that_is_real_stays_below_the_alarm(folder: Path, job: Callable[[], int]) -> None:
    rate(folder, 190, 200, 10)
    rate(folder, 176, 200, 3)
    assert job() == 0
    assert json.loads((folder / "reports/week.json").read_text())["verdict"] == "declined"


# -- the others ----------------------------------------------------------------------------------


def test_a_capture_is_read_back(folder: Path) -> None:
    told = feedback.basic_capture(folder)
    (entry,) = FeedbackDatabase(folder).get_feedback()
    assert told == f"captured {entry.feedback_id}: 1 of 1 are successes"
    assert (entry.tags, entry.notes) == (["explanation", "technical"], "Clear from the first sentence")


def test_the_answer_is_rated_for_the_framework_that_was_chosen(folder: Path) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "Layers."

    told = feedback.with_router(folder, ask)
    (entry,) = FeedbackDatabase(folder).get_feedback()
    assert ([entry.prompt], entry.output) == (asked, "Layers.")
    assert told == f"{entry.context['task_type']}: {entry.context['framework']}, rated 4"
    assert entry.context.keys() >= {"routing_id", "techniques", "model", "confidence"}


def test_weeks_frameworks_and_what_to_do(folder: Path) -> None:
    now = datetime.now(UTC)
    FeedbackDatabase(folder).insert_many(feedback.sample_entries(now, weeks=5))
    lines = feedback.custom_analysis(folder, now).splitlines()
    weeks = [line for line in lines if line.startswith("week -")]
    assert len(weeks) == 4 and all(line.endswith(" of 30") for line in weeks)
    rated = [line for line in lines if line.endswith(" stars")]
    assert {line.partition(":")[0] for line in rated} == {"few-shot", "chain-of-thought", "direct"}
    assert any(line.startswith("TODO: ") and "examples" in line for line in lines)


def test_the_tour_takes_all_five_and_leaves_rows_and_a_page(
    folder: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = feedback._command

    def command(where: Path, name: str, *options: str) -> str:
        """One as the example starts it; the other in this process, which is cheaper."""
        return started(where, name, *options) if name == "export" else cli("feedback", name, *options).out

    monkeypatch.setattr(feedback, "_command", command)
    told = feedback.tour(folder)
    names = ("basic_capture", "with_router", "weekly_review", "custom_analysis", "export_and_show")
    assert [part.partition("\n")[0] for part in told.split("\n\n")] == list(names)
    rows = [json.loads(line) for line in (folder / "reports/ratings.jsonl").read_text().splitlines()]
    assert f"{len(rows)} rows with scores of 0.75 and more" in told
    assert {row["score"] for row in rows} == {0.75, 1.0}
    assert (folder / "reports/week.html").read_text().lower().startswith("<!doctype html>")
