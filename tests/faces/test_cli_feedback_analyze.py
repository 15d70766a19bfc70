"""`feedback-loop feedback analyze`, as people call it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.api.feedback.entry import FeedbackEntry
from tests.faces.command_line import CommandLine
from tests.repo import Repo

ANALYZE = ("feedback", "analyze")
AS_OF = (*ANALYZE, "--as-of", "2026-11-20")


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def rate(repo: Repo, good: int, bad: int, day: int = 19) -> None:
    """Successes ask for code by a framework with a bar and an escape code in its name, failures for a poem."""
    entries = [
        FeedbackEntry(
            "Write code" if one < good else "Write a poem",
            f"out {one}",
            5 if one < good else 1,
            timestamp=f"2026-11-{day}T10:00:{one:02}Z",
            tags=["code" if one < good else "poem"],
            context={"framework": "a|b\x1b[31m`c"} if one < good else {},
        )
        for one in range(good + bad)
    ]
    FeedbackDatabase(repo.root, clock=lambda: datetime(2026, 11, 20, tzinfo=UTC)).insert_many(entries)


def test_too_few_ratings_are_a_negative_answer(cli: CommandLine) -> None:
    rate(cli.repo, 2, 1)
    answer = cli(*AS_OF)
    assert (answer.code, answer.out) == (1, "")
    assert "Insufficient feedback data. Found 3 entries, need at least 5" in answer.err
    answer = cli(*AS_OF, "--min-samples", "4", "--format", "json")
    assert (answer.code, answer.json["exit_code"]) == (1, 1)
    assert "Found 3 entries, need at least 4" in answer.json["error"]["message"]
    assert cli(*AS_OF, "--min-samples", "3").code == 0


def test_wrong_options_are_named(cli: CommandLine) -> None:
    for option, value in {"--days": "0", "--min-samples": "0", "--as-of": "soon", "--format": "xml"}.items():
        answer = cli(*ANALYZE, option, value)
        assert (answer.code, answer.out) == (2, "")
        assert option in answer.err


def test_rates_and_recommendations_come_first_and_names_are_shown_as_they_are(cli: CommandLine) -> None:
    rate(cli.repo, 9, 7)
    rate(cli.repo, 1, 1, day=12)
    answer = cli(*AS_OF)
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[:4] == [
        "Prompt feedback of the 7 days up to 2026-11-20T00:00:00Z",
        "",
        "Success   56.2 % of 16 ratings (95 % interval 33.2 to 76.9 %)",
        "Outcomes  9 positive, 7 negative, 0 neutral",
    ]
    order = [lines.index(title) for title in ("Recommendations", "Tags", "Frameworks", "Words of prompts")]
    assert order == sorted(order)
    told = "  - Prompts tagged `code` succeed in 9 of 9 (100.0 %), others in 0 of 7 (0.0 %): do in others"
    assert any(line.startswith(told) for line in lines)
    assert any(line.split()[:5] == ["code", "success", "9", "0", "+4.39"] for line in lines)
    assert r"a|b\x1b[31m`c" in answer.out
    assert "\x1b" not in answer.out
    assert max(map(len, lines)) <= 100
    assert "18 ratings" in cli(*AS_OF, "--days", "30").out


def test_markdown_encodes_names_and_json_is_the_documented_shape(cli: CommandLine) -> None:
    rate(cli.repo, 9, 7)
    page = cli(*AS_OF, "--format", "markdown").out
    assert page.startswith(
        "# Prompt feedback of the 7 days up to 2026-11-20T00:00:00Z\n\n- **Success:** 56.2 %"
    )
    assert "| ``a\\|b\\x1b[31m`c`` | 9 | 9 | 0 | 100.0 % (70.1 to 100.0 %) | 5.00 | 9 | 0 |\n" in page
    told = cli(*AS_OF, "--format", "json").json
    assert told["tag_performance"]["poem"]["success_rate"] == 0.0
    assert told["framework_performance"]["unknown"]["count"] == 7
    assert len(told["recommendations"]) == len(told["recommendation_evidence"])


def test_without_the_cache_the_bytes_are_the_same(cli: CommandLine) -> None:
    rate(cli.repo, 6, 5)
    for form in ("text", "json", "markdown"):
        first = cli(*AS_OF, "--format", form).out
        assert cli(*AS_OF, "--format", form).out == first
        assert cli(*AS_OF, "--format", form, "--no-cache").out == first


def test_what_could_not_be_read_is_told(cli: CommandLine) -> None:
    rate(cli.repo, 3, 2)
    cli.repo.write(".feedback-loop/events/broken.jsonl", "{\n")
    answer = cli(*AS_OF)
    assert answer.code == 0
    assert "broken.jsonl: not the name" in answer.err
    answer = cli(*AS_OF, "--min-samples", "50")
    assert answer.code == 1
    assert "broken.jsonl: not the name" in answer.err
