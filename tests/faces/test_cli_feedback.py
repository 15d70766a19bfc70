"""`feedback-loop feedback capture` and `list`, as people call them (B1 to B3, B9, B30)."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from feedback_loop.api.feedback.database import FeedbackDatabase
from tests.faces.command_line import Answer, CommandLine
from tests.repo import Repo

CAPTURE = ("feedback", "capture")
LIST = ("feedback", "list")
AT = ("--at", "2026-11-20T09:30:00Z")
ROUTED = {"primary_framework": "plan-then-code", "model_recommendation": "strong", "confidence": 0.7}


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Gives the command a standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def capture(cli: CommandLine, *more: str, prompt: str = "p", output: str = "o", rating: str = "4") -> Answer:
    return cli(*CAPTURE, "--prompt", prompt, "--output", output, "--rating", rating, *more)


def test_an_empty_list_says_so(cli: CommandLine) -> None:
    answer = cli(*LIST)
    assert (answer.code, answer.out) == (0, "")
    assert "no such rating" in answer.err
    assert cli(*LIST, "--format", "json").json == {
        "entries": [],
        "n": 0,
        "total": 0,
        "positive": 0,
        **dict.fromkeys(["success_rate", "ci_low", "ci_high"]),
    }


def test_the_seed_s_command_records_one_file(cli: CommandLine) -> None:
    tags = ("--tags", "technical,explanation,structred", "--notes", "clear")
    who = ("--framework", "chain-of-thought", "--model", "claude-sonnet-4", "--context", "execution_time=1.5")
    answer = capture(cli, "--thumbs-up", *tags, *who, prompt="Explain quantum computing", rating="5")
    assert answer.code == 0
    assert answer.err == "feedback-loop: the tag structred is new; structured is known and similar\n"
    identity, path = answer.out.split()
    assert json.loads((cli.repo.root / path).read_text())["source"] == {"kind": "cli"}
    (entry,) = FeedbackDatabase(cli.repo.root).get_feedback()
    assert (entry.feedback_id, entry.thumbs_up, entry.notes) == (identity, True, "clear")
    assert entry.tags == ["explanation", "structred", "technical"]
    assert entry.context == {
        "framework": "chain-of-thought",
        "model": "claude-sonnet-4",
        "execution_time": 1.5,
    }


def test_a_session_s_id_is_kept_through_export_and_import(cli: CommandLine) -> None:
    context = ("--context", "session_id=abc", "--context", "execution_time=2")
    assert capture(cli, *AT, *context).code == 0
    assert capture(cli, *AT, "--context", "session_id=123", prompt="q").code == 0
    before = {entry["prompt"]: entry["context"] for entry in cli(*LIST, "--format", "json").json["entries"]}
    assert before == {"p": {"session_id": "abc", "execution_time": 2}, "q": {"session_id": 123}}
    for kind in ("jsonl", "csv"):
        (cli.repo.root / f"all.{kind}").write_text(cli("feedback", "export", "--format", kind).out)
        shutil.rmtree(cli.repo.root / ".feedback-loop")
        assert cli("feedback", "import", f"all.{kind}").code == 0
        after = cli(*LIST, "--format", "json").json["entries"]
        assert {entry["prompt"]: entry["context"] for entry in after} == before


def test_texts_come_from_files_and_standard_input(
    cli: CommandLine, typed: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.repo.write("below/task.txt", "the task: é\n")
    cli.repo.write("below/route.json", json.dumps(ROUTED))
    monkeypatch.chdir(cli.repo.root / "below")
    typed(b"the answer")
    routing = ("--routing", "route.json", "--model", "m")
    answer = capture(cli, *routing, "--format", "json", prompt="@task.txt", output="-", rating="2")
    assert answer.json["thumbs_up"] is False
    (entry,) = FeedbackDatabase(cli.repo.root).get_feedback()
    assert (entry.prompt, entry.output) == ("the task: é\n", "the answer")
    assert entry.context == {"framework": "plan-then-code", "model": "m", "confidence": 0.7}
    typed(json.dumps(ROUTED).encode())
    assert capture(cli, "--routing", "-", "--thumbs-down", prompt="@@home", rating="5").code == 0
    newest = FeedbackDatabase(cli.repo.root).get_feedback(limit=2)
    assert {"@home"} <= {one.prompt for one in newest}


def test_bad_input_is_told_and_writes_nothing(cli: CommandLine) -> None:
    cli.repo.write("bytes", b"\xff")
    cli.repo.write("blank", b" ")
    cli.repo.write("large", b"x" * ((1 << 20) + 1))
    cli.repo.write("route.json", json.dumps(ROUTED))
    context, routing = ("--context", "framework=a", "--framework", "b"), ("--routing", "route.json")
    for options, changes, told in (
        (("--thumbs-up", "--thumbs-down"), {}, "--thumbs-up and --thumbs-down exclude each other"),
        ((), {"prompt": "-", "output": "-"}, "only one of --prompt, --output and --routing can be -"),
        ((), {"prompt": "@none.txt"}, "no such file: none.txt"),
        ((), {"prompt": "@bytes"}, "--prompt is not UTF-8 (byte 0)"),
        ((), {"prompt": "a\udcff"}, "--prompt is not UTF-8 (byte 1)"),
        ((), {"output": "@large"}, "is larger than 1048576 bytes"),
        ((), {"rating": "4.0"}, "--rating must be a whole number from 1 to 5, not '4.0'"),
        (context, {}, "say different things"),
        ((*routing, "--framework", "b"), {}, "--routing says 'plan-then-code'"),
        (("--routing", "bytes"), {}, "--routing is not UTF-8"),
        (("--routing", "blank"), {}, "--routing is no JSON: Expecting value (column"),
        (("--context", "x={"), {}, "--context: 'x' is no JSON: Expecting property name"),
    ):
        answer = capture(cli, *options, **changes)
        assert (answer.code, answer.out) == (2, "")
        assert told in answer.err
    assert not (cli.repo.root / ".feedback-loop").exists()


def test_all_wrong_values_are_named_by_their_options_and_no_secret_is_shown(cli: CommandLine) -> None:
    key, access = "ghp_" + "a1B2" * 9, "AKIA" + "Q7" * 8
    wrong = ("--tags", f"BAD!,{access},a b", "--at", key, "--context", "x={", "--context", key)
    answer = capture(cli, *wrong, "--routing", "none.json", prompt="@none", rating=key)
    assert (answer.code, answer.out) == (2, "")
    for told in (
        *("no such file: none", "--rating must be", "'BAD!' is not", "--tags must not hold a secret"),
        *("--at must be", "'x' is no JSON", "--context must be KEY=VALUE", "no such file: none.json"),
    ):
        assert told in answer.err
    assert not any(secret[:14].lower() in answer.err.lower() for secret in (key, access))
    assert not (cli.repo.root / ".feedback-loop").exists()
    assert "--prompt cannot be empty" in capture(cli, prompt=" ").err
    assert capture(cli, *AT).code == 0
    answer = capture(cli, *AT, rating="5")
    assert (answer.code, answer.out) == (2, "")
    assert "already exists" in answer.err


def test_the_list_fits_the_terminal_and_counts_all_that_match(cli: CommandLine) -> None:
    long = "word " * 50
    capture(
        cli,
        *AT,
        "--framework",
        "f\x1b[31m" + "x" * 90,
        "--tags",
        "code,creative,planning,research",
        prompt=long,
    )
    capture(cli, "--at", "2026-11-19", "--model", "m", rating="1", prompt="second\nline")
    answer = cli(*LIST)
    first, second, sums = answer.out.splitlines()
    assert max(map(len, (first, second, sums))) <= 100
    assert first.startswith("2026-11-20 09:30  ****  up    f\\x1b[31mxx")
    assert second.split() == ["2026-11-19", "00:00", "*", "down", "-", "-", "second", "line"]
    assert sums == "Success: 50.0 % of 2 ratings (95 % interval 9.5 to 90.5 %)"
    assert cli(*LIST, "--limit", "1").out.splitlines()[1].startswith("1 of 2 shown. Success: 50.0 %")
    assert cli(*LIST, "--model", " m ").out.count("\n") == 2
    assert cli(*LIST, "--since", "2026-11-21").out == ""
    assert cli(*LIST, "--since", "never").code == 2
    found = cli(*LIST, "--max-rating", "1", "--format", "json").json
    assert (found["total"], found["n"], found["success_rate"]) == (1, 1, 0.0)
    assert found["entries"][0]["prompt"] == "second\nline"
    assert found["entries"][0]["outcome"] == "negative"


def test_what_cannot_be_read_is_named_and_texts_that_are_not_kept_are_null(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", '[feedback]\nstore = "hash"\n')
    capture(cli, *AT)
    cli.repo.write(".feedback-loop/events/2026-11/20261120t093000z-rating-0123456789ab.json", "{}")
    answer = cli(*LIST)
    assert (answer.code, answer.out.count("(not stored)")) == (0, 1)
    assert "NOT read: .feedback-loop/events/2026-11/20261120t093000z-rating-0123456789ab.json" in answer.err
    (index,) = (cli.repo.root / ".git").rglob("feedback-*.sqlite")
    index.write_bytes(b"no database at all " * 99)
    assert "the feedback index was damaged" in cli(*LIST).err
    assert "damaged" not in cli(*LIST).err
    found = cli(*LIST, "--format", "json").json["entries"][0]
    assert (found["prompt"], found["output"], found["prompt_size"]["characters"]) == (None, None, 1)


def test_two_branches_merge_without_a_conflict_and_the_totals_add_up(cli: CommandLine) -> None:
    repo = cli.repo
    repo.commit("first", "--allow-empty")
    repo.git("branch", "other")
    for branch, prompts in (("main", ("a", "both")), ("other", ("b", "both"))):
        repo.git("checkout", "-q", branch)
        for prompt in prompts:
            assert capture(cli, *AT, prompt=prompt).code == 0
        repo.stage()
        repo.commit(branch)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "-m", "merge", "other")
    found = cli(*LIST, "--format", "json").json
    assert [entry["prompt"] for entry in found["entries"]].count("both") == 1
    assert found["total"] == 3


def test_help_says_that_texts_enter_git_s_history(cli: CommandLine) -> None:
    told = cli(*CAPTURE, "--help").out
    assert "ENTERS GIT'S" in told
    assert all(tag in told for tag in ("analytical", "decision", "step-by-step"))
    for command in (CAPTURE, LIST):
        text = cli(*command, "--help").out
        assert "Exit codes:" in text
        assert "Examples:" in text
