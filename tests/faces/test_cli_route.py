"""`feedback-loop route`, as people call it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.api.feedback.entry import FeedbackEntry
from tests.faces.command_line import Answer, CommandLine
from tests.repo import Repo

DERIVATIVE = "Calculate the derivative of x^2"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def piped(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, data: bytes, *arguments: str) -> Answer:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    return cli("route", "-", *arguments)


def files(repo: Repo) -> list[Path]:
    return sorted(repo.root.rglob("*"))


def test_it_writes_nothing_and_works_outside_of_a_repository(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(cli.repo)
    told = cli("route", "Calculate the", "derivative of x^2")
    assert (told.code, told.err) == (0, "")
    assert told.out == (
        "framework   chain-of-thought (else program-aided)\n"
        "techniques  step-by-step, show-work\n"
        "model       strong\n"
        "confidence  0.90\n"
        "task type   math\n"
        'why         "calculate", "derivative" and "x^2" say math.\n'
        f"routing id  {told.out[-17:]}"
    )
    assert files(cli.repo) == before
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    assert cli("route", DERIVATIVE).out == told.out
    for arguments in (["--learn"], ["--policy", "thompson"]):
        refused = cli("route", DERIVATIVE, *arguments)
        assert refused.code == 2 and "not in a git repository" in refused.err
    assert cli("route", DERIVATIVE, "-C", str(cli.repo.root), "--learn").code == 0


def test_the_json_holds_the_enhanced_prompt_where_it_is_asked_for(cli: CommandLine) -> None:
    found = cli("route", DERIVATIVE, "--format", "json").json
    assert (found["schema_version"], found["exit_code"], found["learned"]) == (1, 0, None)
    enhanced = cli("route", DERIVATIVE, "--format", "json", "--enhance").json
    assert enhanced["enhanced_prompt"].startswith(f"{DERIVATIVE}\n\nThink step by step")


def test_a_task_comes_from_stdin_or_a_file_and_goes_back_byte_for_byte(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = "Wer? \x1b[31m ☃\r\n\n"
    assert piped(cli, monkeypatch, task.encode(), "--enhance").out == task
    cli.repo.write("docs/task.md", "Draft a roadmap\n")
    told = cli("route", "@docs/task.md", "--enhance")
    assert told.out == (
        "Before you plan, list the constraints that every step has to keep to.\n\nDraft a roadmap\n\n\n"
        "Then suppose that it has failed: name the likely reasons, and change it accordingly.\n"
    )
    assert cli("route", "@@task 1 + 1", "--enhance").out.startswith("@task 1 + 1\n\n")
    hostile = piped(cli, monkeypatch, b"5 * \xe2\x80\xae1\x1b 5 * 1\x1b")
    assert "\x1b" not in hostile.out and "task type   math" in hostile.out


def test_what_cannot_be_routed_is_said(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(words: str, answer: Answer) -> None:
        assert answer.code == 2 and words in answer.err and not answer.out

    refused("the task is blank", cli("route", " \t"))
    refused("the task is blank", piped(cli, monkeypatch, b"\n"))
    refused("the task is larger than 1048576 bytes", piped(cli, monkeypatch, b"x" * (2**20 + 1)))
    refused("the task is not UTF-8", piped(cli, monkeypatch, b"why \xff"))
    refused("no such file: nowhere.md", cli("route", "@nowhere.md"))
    refused("no such folder", cli("route", "why", "-C", "nowhere"))
    refused("--as-of is no time", cli("route", "why", "--as-of", "yesterday"))
    refused("days must be 1 or more", cli("route", "why", "--days", "0"))
    refused("seed must be 0 or more", cli("route", "why", "--seed", "-1"))
    cli.repo.write("feedback-loop.toml", '[route.types.x]\ntriggers = ["(b"]\nframeworks = ["direct"]\n')
    refused("/route/types/x: the trigger '(b' cannot be used: the group is not", cli("route", "why"))
    cli.repo.write("feedback-loop.toml", "[route.models]\nhuge = 'x'\n")
    refused("the settings are broken", cli("route", "why"))
    cli.repo.write("feedback-loop.toml", "[route.models]\nstrong = 'x\\u001b'\n")
    assert "\x1b" not in cli("route", "code").out


def test_ratings_up_to_a_day_change_the_confidence_and_the_reasoning_says_why(cli: CommandLine) -> None:
    context = {"framework": "chain-of-thought", "task_type": "math"}
    entries = [
        FeedbackEntry(f"p{at}", "o", 1, context=context, timestamp=f"2026-01-0{at}T12:00:00Z")
        for at in range(1, 9)
    ]
    FeedbackDatabase(cli.repo.root).insert_many(entries)
    told = cli("route", DERIVATIVE, "--learn", "--as-of", "2026-01-08")
    assert "confidence  0.81\n" in told.out
    assert "bayes lowered the confidence from 0.9 to 0.81, as 0 of 7 ratings of chain-of-thought" in told.out
    assert (
        "learning    bayes: confidence x0.9, 7 ratings of chain-of-thought with such tasks, 0 with others\n"
        in told.out
    )
    found = cli(
        *("route", "Explain tides", "--adjust", "seed", "--as-of", "2026-01-04", "--format", "json")
    ).json
    assert (found["confidence"], found["learned"]["ratings"]) == (0.45, {"positive": 0, "n": 3})
    cli.repo.write(".feedback-loop/events/broken.jsonl", "{}\n")
    few = cli("route", DERIVATIVE, "--learn", "--as-of", "2026-01-02")
    assert few.err.startswith("feedback-loop: NOT read: .feedback-loop/events/broken.jsonl: not the name")
    assert "bayes left the confidence as it was (0 of 1 ratings of chain-of-thought with math" in few.out
    assert "confidence  0.90\n" in few.out
    assert "learning    bayes: confidence unchanged, 1 rating of chain-of-thought" in few.out
    thompson = ("route", DERIVATIVE, "--policy", "thompson", "--as-of", "2026-01-09")
    drawn = cli(*thompson, "--seed", "7")
    assert "policy      thompson, seed 7, propensity 0.9" in drawn.out
    assert drawn.out.startswith("framework   program-aided") and "confidence  0.90\n" in drawn.out
    assert cli(*thompson, "--seed", "7").out == drawn.out
    first = cli(*thompson)
    seed = first.out.partition("seed ")[2].partition(",")[0]
    assert cli(*thompson, "--seed", seed).out == first.out
    shown = cli(*thompson, "--enhance")
    assert "feedback-loop: seed " in shown.err


def test_a_rating_with_the_routes_json_gives_the_decision_its_credit(cli: CommandLine) -> None:
    routed = cli("route", DERIVATIVE, "--format", "json")
    cli.repo.write("routing.json", routed.out)
    assert cli("route", DERIVATIVE, "--adjust", "seed", "--format", "json").json["confidence"] == 0.9
    for number in range(3):
        rated = ("--prompt", f"p{number}", "--output", "2x", "--rating", "5", "--routing", "routing.json")
        assert cli("feedback", "capture", *rated).code == 0
    learnt = cli("route", DERIVATIVE, "--adjust", "seed", "--format", "json").json
    assert learnt["confidence"] == 0.99
    assert learnt["routing_id"] == json.loads(routed.out)["routing_id"]
    bayes = cli("route", DERIVATIVE, "--learn", "--format", "json").json["learned"]
    assert bayes["ratings"] == {"positive": 3, "n": 3}  # of this type of task
    kept = FeedbackDatabase(cli.repo.root).get_feedback()[0].context
    assert kept["routing_id"] == learnt["routing_id"] and kept["framework"] == "chain-of-thought"
    drawn = cli("route", "Should we?", "--policy", "thompson", "--seed", "7", "--format", "json")
    cli.repo.write("routing.json", drawn.out)
    assert cli("feedback", "capture", *rated[2:], "--prompt", "p", "--model", "m").code == 0
    (kept,) = [one.context for one in FeedbackDatabase(cli.repo.root).get_feedback(model="m")]
    assert (kept["routing_id"], kept["policy"], kept["seed"]) == (drawn.json["routing_id"], "thompson", 7)
