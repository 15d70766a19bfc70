"""Ratings of prompts, from the first capture to a weekly job: `python -m examples.feedback`.

Each function takes the folder of a repository. As a program they work on one that is made for it, with eight
weeks of ratings that are drawn from a seed.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedback_loop import (
    FeedbackDatabase,
    FeedbackEntry,
    analyze_patterns,
    build_enhanced_prompt,
    capture_feedback,
    generate_report,
    route_prompt,
)

ALARM = 10  # percent of last week's success rate
_PER_WEEK = 30


def basic_capture(folder: Path) -> str:
    """Rate one output, and read back what the ratings say so far."""
    db = FeedbackDatabase(folder)
    entry = capture_feedback(
        prompt="Explain quantum computing in simple terms",
        output="A qubit is a coin that still spins...",
        rating=5,
        thumbs_up=True,
        tags=["technical", "explanation"],
        context={"framework": "chain-of-thought", "model": "some-model"},
        notes="Clear from the first sentence",
        db=db,
    )
    stats = db.get_statistics()
    return f"captured {entry.feedback_id}: {stats['positive_count']} of {stats['total_count']} are successes"


def with_router(folder: Path, ask: Callable[[str], str] = lambda prompt: "An answer.") -> str:
    """Let the router choose, ask a model (yours: `ask`), and rate the answer for what was chosen."""
    task = "Explain how neural networks learn"
    db = FeedbackDatabase(folder)
    routing = route_prompt(task, db=db)
    enhanced = build_enhanced_prompt(task, routing)
    entry = capture_feedback(
        prompt=enhanced,
        output=ask(enhanced),
        rating=4,
        tags=["explanation", "neural-networks"],
        context=routing.to_dict(),  # so the credit goes to this decision
        db=db,
    )
    return f"{routing.task_type}: {routing.primary_framework}, rated {entry.rating}"


def weekly_review(folder: Path, as_of: str | None = None) -> int:
    """The job of a Monday morning: 1 if last week was worse than the one before, and that is no accident.

    The report of the last complete week goes to reports/. A small week, or one that fell by chance, is no
    alarm: the verdict is `declined` only if the whole interval of the difference is below zero. The same in
    one line, for cron and CI:

        feedback-loop feedback report --last-complete --output reports/week.json --fail-on-decline 10
    """
    db = FeedbackDatabase(folder)
    target = folder / "reports" / "week.json"
    report = generate_report("weekly", target, db, as_of=as_of, last_complete=True)
    fall = -(report.improvement_vs_previous or 0.0)
    return int(report.verdict == "declined" and fall > ALARM)


def custom_analysis(folder: Path, now: datetime | None = None) -> str:
    """Success by week with its interval, ratings by framework in SQL, and what the last month recommends."""
    db = FeedbackDatabase(folder)
    now = now or datetime.now(UTC)
    lines = []
    for week in range(4):
        start, end = now - timedelta(weeks=week + 1), now - timedelta(weeks=week)
        stats = db.get_statistics(start_date=start.isoformat(), end_date=end.isoformat())
        if stats["total_count"]:
            rate = f"{stats['success_rate']:.0%} [{stats['ci_low']:.0%}, {stats['ci_high']:.0%}]"
            lines.append(f"week -{week}: {rate} of {stats['total_count']}")
    query = """
        SELECT coalesce(json_extract(context, '$.framework'), 'none') AS framework, count(*), avg(rating)
        FROM feedback GROUP BY framework ORDER BY count(*) DESC, framework
    """
    with db.get_connection() as connection:  # read-only
        lines += [f"{name}: {n} ratings, {mean:.1f} stars" for name, n, mean in connection.execute(query)]
    analysis = analyze_patterns(days=30, min_samples=10, db=db)
    return "\n".join([*lines, *(f"TODO: {one}" for one in analysis.recommendations)])


def export_and_show(folder: Path) -> str:
    """The successes as training rows, and the week as an HTML page: both by the command line.

    From Python, `get_feedback` gives entries and `to_dict` their fields.
    """
    rows, page = folder / "reports" / "ratings.jsonl", folder / "reports" / "week.html"
    rows.parent.mkdir(exist_ok=True)
    rows.write_text(_command(folder, "export", "--dataset", "--min-rating", "4"), encoding="utf-8")
    _command(folder, "report", "--output", str(page))
    scores = [json.loads(line)["score"] for line in rows.read_text(encoding="utf-8").splitlines()]
    return f"{len(scores)} rows with scores of {min(scores)} and more, a page of {page.stat().st_size} bytes"


def _command(folder: Path, *arguments: str) -> str:
    """What `feedback-loop feedback ...` prints."""
    command = [sys.executable, "-m", "feedback_loop", "feedback", *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ).stdout


def sample_entries(now: datetime, weeks: int = 8, seed: int = 9) -> list[FeedbackEntry]:
    """Ratings of the weeks before `now`, drawn from a seed: only prompts with an example do better."""
    draw = random.Random(seed)
    pause = timedelta(weeks=1) / _PER_WEEK
    return [_sample(draw, now - pause * ago) for ago in range(weeks * _PER_WEEK, 0, -1)]


def _sample(draw: random.Random, at: datetime) -> FeedbackEntry:
    has_example = draw.random() < 0.5
    is_good = draw.random() < (0.9 if has_example else 0.5)
    report = f"report {draw.randrange(1000)}"
    return FeedbackEntry(
        prompt=f"Sum up {report}, for example: Sales rose."
        if has_example
        else f"Say what {report} means for our sales",
        output=f"The summary of {report}",
        rating=draw.choice([4, 5]) if is_good else draw.choice([1, 2, 3]),
        tags=[draw.choice(["technical", "content", "research"])],
        timestamp=at.isoformat(),
        context={"framework": draw.choice(["few-shot", "chain-of-thought", "direct"])},
    )


def tour(folder: Path) -> str:
    """Fill the repository, and what each of the five gives there."""
    FeedbackDatabase(folder).insert_many(sample_entries(datetime.now(UTC)))
    examples = (basic_capture, with_router, weekly_review, custom_analysis, export_and_show)
    return "\n\n".join(f"{example.__name__}\n{example(folder)}" for example in examples)


def main() -> None:
    """Take the tour in a repository that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["git", "init", "-q", name], check=True)
        sys.stdout.write(tour(Path(name)) + "\n")


if __name__ == "__main__":
    main()
