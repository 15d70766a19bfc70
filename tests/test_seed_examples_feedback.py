"""The worked examples that people know the rating of prompts by, run as written.

`python feedback_system.py --X` is read as `feedback-loop feedback X`, `from prompt_router import` and `from
feedback_system import` as `from feedback_loop import`. There is no `--init`.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import (
    FeedbackDatabase,
    FeedbackEntry,
    ImprovementReport,
    PatternAnalysis,
    analyze_patterns,
    capture_feedback,
    route_prompt,
    suggest_improvements,
)
from tests.faces.command_line import Answer, CommandLine
from tests.repo import Repo


@pytest.fixture
def cli(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """In a repository that is the process's folder, with no provider in the user's settings."""
    cli = CommandLine(repo, monkeypatch, capsys)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return cli


def run(example: str, **known: Any) -> dict[str, Any]:
    """Run the example with these names known; all names after it."""
    source = re.sub(r"from (?:prompt_router|feedback_system) import", "from feedback_loop import", example)
    exec(compile(source, "example", "exec"), known)
    return known


def commands(example: str) -> list[list[str]]:
    """The arguments of each command of a shell example."""
    lines = shlex.split(example.replace("\\\n", " ").replace("\n", " ; "), comments=False)
    starts = [at for at, word in enumerate(lines) if word == "feedback_system.py"]
    found = []
    for start in starts:
        end = lines.index(";", start) if ";" in lines[start:] else len(lines)
        found.append(["feedback", lines[start + 1].removeprefix("--"), *lines[start + 2 : end]])
    return found


def call(cli: CommandLine, example: str) -> list[Answer]:
    found = commands(example)
    assert found
    return [cli(*arguments) for arguments in found]


def rate(
    n: int, stars: Sequence[int] = (5,), hours_ago: float = 1, framework: str = "chain-of-thought"
) -> None:
    """Ratings in the repository around the process, all of one second."""
    at = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    entries = [
        FeedbackEntry(
            f"Explain {one}",
            "Because.",
            stars[one % len(stars)],
            tags=["explanation"],
            timestamp=at,
            context={"framework": framework},
        )
        for one in range(n)
    ]
    FeedbackDatabase().insert_many(entries)


# -- Quick Start -----------------------------------------------------------------------------------

CAPTURE = """python feedback_system.py --capture \\
  --prompt "Explain quantum computing in simple terms" \\
  --output "Quantum computing uses quantum mechanics..." \\
  --rating 5 \\
  --thumbs-up \\
  --tags "technical,explanation" \\
  --framework "chain-of-thought" \\
  --model "claude-sonnet-4"
"""

ANALYZE = """python feedback_system.py --analyze
python feedback_system.py --analyze --days 30 --min-samples 10
"""

REPORT = """python feedback_system.py --report --period weekly
python feedback_system.py --report --period monthly --output monthly_report.json
"""

SUGGEST = """python feedback_system.py --suggest
python feedback_system.py --suggest --framework "chain-of-thought" --limit 5
python feedback_system.py --suggest --days 30
"""


def test_capture(cli: CommandLine) -> None:
    (answer,) = call(cli, CAPTURE)
    assert answer.code == 0, answer.err
    (entry,) = FeedbackDatabase().get_feedback()
    assert (entry.prompt, entry.rating) == ("Explain quantum computing in simple terms", 5)
    assert (entry.output, entry.thumbs_up) == ("Quantum computing uses quantum mechanics...", True)
    assert (entry.tags, entry.notes) == (["explanation", "technical"], None)
    assert entry.context == {"framework": "chain-of-thought", "model": "claude-sonnet-4"}
    assert entry.is_positive and not entry.is_negative


def test_analyze_report_and_suggest(cli: CommandLine) -> None:
    rate(8, (5, 4, 1))
    rate(4, (2,), hours_ago=24 * 20)
    first, second = call(cli, ANALYZE)
    assert (first.code, second.code) == (0, 0)
    assert "chain-of-thought" in first.out and "explanation" in first.out
    weekly, monthly = call(cli, REPORT)
    assert (weekly.code, monthly.code, monthly.out) == (0, 0, "")
    assert re.search(r"\d{4}-W\d\d", weekly.out)
    report = json.loads(Path("monthly_report.json").read_text())
    assert re.fullmatch(r"\d{4}-\d\d", report["period"])
    assert report.keys() >= {"total_prompts", "avg_rating", "success_rate", "improvement_vs_previous"}
    assert report.keys() >= {"start_date", "end_date", "top_performers", "problem_areas", "action_items"}
    answers = call(cli, SUGGEST)
    assert [one.code for one in answers] == [0, 0, 0]
    assert [one.err for one in answers] == ["", "", ""]  # nobody is asked, and no key is missed


def test_suggestions_in_python(cli: CommandLine) -> None:
    rate(6)
    assert suggest_improvements() == suggest_improvements("chain-of-thought", days=30, limit=5) == []


# -- Integration with a router ---------------------------------------------------------------------

BASIC = """from prompt_router import route_prompt, build_enhanced_prompt
from feedback_system import capture_feedback, FeedbackDatabase

# 1. Route the prompt
task = "Explain how neural networks learn"
routing = route_prompt(task)

# 2. Build enhanced prompt
enhanced = build_enhanced_prompt(task, routing)

# 3. Get LLM response (your code here)
response = your_llm_call(enhanced)

# 4. Capture user feedback
db = FeedbackDatabase()
capture_feedback(
    prompt=enhanced,
    output=response,
    rating=user_rating,  # Get from user
    thumbs_up=user_thumbs_up,  # Get from user
    tags=["explanation", "neural-networks"],
    context={
        "framework": routing.primary_framework,
        "model": routing.model_recommendation,
        "confidence": routing.confidence
    },
    db=db
)
"""

ADAPTIVE = '''from prompt_router import route_prompt
from feedback_system import FeedbackDatabase, FeedbackAnalyzer

class AdaptivePromptRouter:
    """Prompt router that learns from feedback."""

    def __init__(self):
        self.db = FeedbackDatabase()
        self.analyzer = FeedbackAnalyzer(self.db)

    def route_with_learning(self, task, days_to_analyze=7):
        """Route prompt and incorporate learnings from feedback."""
        # Standard routing
        routing = route_prompt(task)

        # Get recent feedback analysis
        try:
            analysis = self.analyzer.analyze_patterns(days=days_to_analyze, min_samples=3)

            # Adjust confidence based on framework performance
            if routing.primary_framework in analysis.framework_performance:
                perf = analysis.framework_performance[routing.primary_framework]

                # Boost confidence if framework is performing well
                if perf['success_rate'] > 0.8:
                    routing.confidence = min(1.0, routing.confidence * 1.1)
                    routing.reasoning += f" | Framework performing well ({perf['success_rate']:.0%} success)"

                # Lower confidence if framework struggling
                elif perf['success_rate'] < 0.5:
                    routing.confidence *= 0.9
                    routing.reasoning += f" | Framework needs improvement ({perf['success_rate']:.0%} success)"

        except ValueError:
            # Not enough feedback data yet
            pass

        return routing

# Usage
router = AdaptivePromptRouter()
routing = router.route_with_learning("Calculate the derivative of x^2")
'''


def test_basic_integration(cli: CommandLine) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "By descending a gradient."

    known = run(BASIC, your_llm_call=answer, user_rating=4, user_thumbs_up=True)
    (entry,) = FeedbackDatabase().get_feedback()
    routing = known["routing"]
    assert (entry.prompt, entry.output) == (known["enhanced"], "By descending a gradient.")
    assert asked == [known["enhanced"]] and "Explain how neural networks learn" in asked[0]
    assert entry.context == {
        "framework": routing.primary_framework,
        "model": routing.model_recommendation,
        "confidence": routing.confidence,
    }


def test_the_sample_router_learns_and_changes_its_routing(cli: CommandLine) -> None:
    plain = route_prompt("Calculate the derivative of x^2")
    routing = run(ADAPTIVE)["routing"]
    assert (routing.confidence, routing.reasoning) == (plain.confidence, plain.reasoning)
    rate(4, (1,), framework=plain.primary_framework)
    routing = run(ADAPTIVE)["routing"]
    assert routing.confidence == pytest.approx(0.9 * plain.confidence)
    assert routing.reasoning == f"{plain.reasoning} | Framework needs improvement (0% success)"
    rate(36, (5,), hours_ago=2, framework=plain.primary_framework)
    routing = run(ADAPTIVE)["routing"]
    assert routing.confidence == pytest.approx(min(1.0, 1.1 * plain.confidence))
    assert routing.reasoning == f"{plain.reasoning} | Framework performing well (90% success)"


WEEKLY = '''from feedback_system import generate_report, analyze_patterns

def weekly_review_job():
    """Run this as a weekly cron job."""

    # Generate report
    report = generate_report(
        period="weekly",
        output_file=f"reports/week_{datetime.now().strftime('%Y-%W')}.json"
    )

    # Analyze patterns
    analysis = analyze_patterns(days=7, min_samples=5)

    # Send alerts if metrics are declining
    if report.improvement_vs_previous and report.improvement_vs_previous < -10:
        send_alert(f"Success rate declined by {abs(report.improvement_vs_previous):.1f}%")

    # Send recommendations to team
    send_recommendations(analysis.recommendations)

weekly_review_job()
'''


def test_the_weekly_review(cli: CommandLine) -> None:
    rate(6, (5, 1), hours_ago=0)
    rate(10, (5,), hours_ago=24 * 7)
    alerts: list[str] = []
    sent: list[list[str]] = []
    run(WEEKLY, datetime=datetime, send_alert=alerts.append, send_recommendations=sent.append)
    assert len(alerts) == 1 and re.fullmatch(r"Success rate declined by [\d.]+%", alerts[0])
    ((one,),) = sent
    assert one.startswith("Collect more feedback data: nothing separates successes from failures yet")
    (written,) = Path("reports").glob("week_*.json")
    assert json.loads(written.read_text())["verdict"] == "not enough data"  # which is what our own job asks


# -- Data Model and Schema -------------------------------------------------------------------------

ENTRY = "prompt output rating thumbs_up tags timestamp context feedback_id notes"
ANALYSIS = """total_feedback positive_count negative_count success_rate common_positive_patterns
common_negative_patterns tag_performance framework_performance recommendations"""
IMPROVEMENT = """period start_date end_date total_prompts avg_rating success_rate improvement_vs_previous
top_performers problem_areas action_items"""
COLUMNS = "id feedback_id timestamp prompt output rating thumbs_up tags context notes"
INDEXED = "timestamp rating thumbs_up feedback_id"


def test_the_values_have_the_documented_fields_first_and_in_their_order() -> None:
    for kind, fields in (
        (FeedbackEntry, ENTRY),
        (PatternAnalysis, ANALYSIS),
        (ImprovementReport, IMPROVEMENT),
    ):
        documented = fields.split()
        assert list(kind.__dataclass_fields__)[: len(documented)] == documented


def test_the_table_has_the_documented_columns_and_indexes(cli: CommandLine) -> None:
    rate(3)
    with FeedbackDatabase().get_connection() as conn:
        columns = [row[1] for row in conn.execute("PRAGMA table_info(feedback)")]
        assert set(COLUMNS.split()) <= set(columns)
        indexed = {
            row[2]
            for (name,) in conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'feedback'"
            ).fetchall()
            for row in conn.execute(f"PRAGMA index_info({name!r})")
        }
        assert set(INDEXED.split()) <= indexed
        row = conn.execute(
            "SELECT prompt, rating, thumbs_up, tags, context FROM feedback ORDER BY prompt DESC"
        ).fetchone()
    assert row[:2] == ("Explain 2", 5) and row[2] == 1
    assert json.loads(row[3]) == ["explanation"]
    assert json.loads(row[4]) == {"framework": "chain-of-thought"}


# -- Best Practices --------------------------------------------------------------------------------

GOOD_TAGS = 'tags = ["technical", "explanation", "code-review"]'
BAD_TAGS = 'tags = ["tech stuff", "explaining things", "reviewing the code I wrote"]'
CONTEXT = """context = {
    "framework": routing.primary_framework,
    "model": model_used,
    "confidence": routing.confidence,
    "techniques": routing.techniques,
    "execution_time": time_taken
}
"""


def test_tags_and_context(cli: CommandLine) -> None:
    good = run(GOOD_TAGS)["tags"]
    known = run(CONTEXT, routing=route_prompt("Write a function"), model_used="some-model", time_taken=1.5)
    entry = capture_feedback("Do it", "Done", 4, tags=good, context=known["context"])
    assert (entry.tags, entry.context) == (sorted(good), known["context"])
    bad = run(BAD_TAGS)["tags"]
    with pytest.raises(ValueError) as raised:
        capture_feedback("Do it again", "Done", 4, tags=bad)
    assert "tech stuff" in str(raised.value)
    assert len(FeedbackDatabase().get_feedback()) == 1


REGULAR = """python feedback_system.py --analyze --days 1
python feedback_system.py --analyze --days 7 --min-samples 10
python feedback_system.py --analyze --days 30
"""

ACT = """analysis = analyze_patterns(days=7)

for rec in analysis.recommendations:
    print(f"TODO: {rec}")
    # Create GitHub issues, Jira tickets, etc.
"""

MONITOR = """for week in range(4):
    start = (datetime.now() - timedelta(weeks=week+1)).isoformat()
    end = (datetime.now() - timedelta(weeks=week)).isoformat()

    stats = db.get_statistics(start_date=start, end_date=end)
    print(f"Week -{week}: {stats['success_rate']:.1%}")
"""


def test_regular_analysis_and_acting_on_it(cli: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    rate(12, (5, 5, 3, 1))
    assert [answer.code for answer in call(cli, REGULAR)] == [0, 0, 0]
    run(ACT, analyze_patterns=analyze_patterns)
    assert capsys.readouterr().out == (
        "TODO: Collect more feedback data: nothing separates successes from failures yet (n=12).\n"
    )


def test_the_success_rate_of_each_week(cli: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    for week, stars in enumerate([(5,), (5, 1), (1,), (4, 3, 5, 5)]):
        rate(4, stars, hours_ago=24 * 7 * week + 48)
    run(MONITOR, db=FeedbackDatabase(), datetime=datetime, timedelta=timedelta)
    assert capsys.readouterr().out == "Week -0: 100.0%\nWeek -1: 50.0%\nWeek -2: 0.0%\nWeek -3: 75.0%\n"


# -- Troubleshooting and Performance ---------------------------------------------------------------

TOO_FEW = """python feedback_system.py --analyze --min-samples 1
python feedback_system.py --analyze --min-samples 3
"""

LOCKED = """# Use context manager for safe access
from feedback_system import FeedbackDatabase

with FeedbackDatabase().get_connection() as conn:
    # Your database operations
    pass
"""

BATCH = """entries = []
for user_interaction in interactions:
    entry = FeedbackEntry(**user_interaction)
    entries.append(entry)

# Insert all at once
db = FeedbackDatabase()
conn = db.get_connection()
for entry in entries:
    db.insert_feedback(entry)
conn.close()
"""

CACHED = """# First call - analyzes and caches
analysis1 = analyze_patterns(days=7)

# Subsequent calls on same day - uses cache
# (In production, you'd implement cache retrieval)
analysis2 = analyze_patterns(days=7)
"""


def test_insufficient_data_is_said_and_a_lower_threshold_helps(cli: CommandLine) -> None:
    rate(3)
    answer = cli("feedback", "analyze")
    assert answer.code == 1
    assert "Found 3 entries, need at least 5" in answer.err
    with pytest.raises(ValueError, match="Found 3 entries, need at least 5"):
        analyze_patterns()
    assert [answer.code for answer in call(cli, TOO_FEW)] == [0, 0]


def test_a_connection_while_others_write_and_a_batch(cli: CommandLine) -> None:
    run(LOCKED)
    interactions = [{"prompt": f"Ask {one}", "output": "Answer", "rating": 4} for one in range(3)]
    known = run(
        BATCH, interactions=interactions, FeedbackDatabase=FeedbackDatabase, FeedbackEntry=FeedbackEntry
    )
    assert known["db"].get_statistics()["total_count"] == 3


def test_an_analysis_is_the_same_from_the_cache(cli: CommandLine) -> None:
    rate(6, (5, 2))
    known = run(CACHED, analyze_patterns=analyze_patterns)
    assert known["analysis1"] == known["analysis2"]
