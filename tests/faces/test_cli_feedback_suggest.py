"""`feedback-loop feedback suggest`, as people call it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback_loop import FeedbackDatabase, FeedbackEntry
from tests.faces.command_line import CommandLine
from tests.repo import Repo


@pytest.fixture
def cli(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    cli = CommandLine(repo, monkeypatch, capsys)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return cli


def rate(repo: Repo, n: int, days_ago: int = 1) -> None:
    """Every second prompt has an example, and an escape code; it succeeds, the others fail."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    entries = [
        FeedbackEntry(
            f"Sum up {one}" + (" \x1b[31mfor example" if one % 2 else ""),
            "out",
            5 if one % 2 else 1,
            timestamp=(at - timedelta(seconds=one)).isoformat(),
            context={"framework": "few-shot"},
        )
        for one in range(n)
    ]
    FeedbackDatabase(repo.root).insert_many(entries)


def test_too_few_ratings_are_a_negative_answer(cli: CommandLine) -> None:
    rate(cli.repo, 2)
    rate(cli.repo, 9, days_ago=8)
    answer = cli("feedback", "suggest")
    assert (answer.code, answer.out) == (1, "")
    assert "Found 2 entries, need at least 3" in answer.err
    assert cli("feedback", "suggest", "--days", "30").code == 0
    answer = cli("feedback", "suggest", "--days", "30", "--framework", "direct", "--format", "json")
    assert answer.code == 1 and "Found 0 entries" in answer.out + answer.err


def test_wrong_options_are_named(cli: CommandLine) -> None:
    for option, value in {"--days": "0", "--limit": "0", "--provider": "offline", "--framework": ""}.items():
        answer = cli("feedback", "suggest", option, value)
        assert answer.code == 2 and option.strip("-") in answer.err


def test_nothing_to_suggest_is_said_with_what_would_be_needed(cli: CommandLine) -> None:
    rate(cli.repo, 4)
    answer = cli("feedback", "suggest")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("no suggestion: nothing separates successes from failures yet (n=4).\n")
    assert "5 ratings with a feature" in answer.out
    assert cli("feedback", "suggest", "--format", "json").json == []


def test_what_could_not_be_read_is_told_whatever_is_asked_for(cli: CommandLine) -> None:
    rate(cli.repo, 4)
    cli("feedback", "suggest")
    cli.repo.write(".feedback-loop/events/broken.jsonl", "{\n")
    (index,) = cli.repo.root.glob(".git/**/feedback-*.sqlite")
    index.write_bytes(b"no index" * 1000)
    answer = cli("feedback", "suggest")
    assert answer.code == 0 and answer.out.startswith("no suggestion")
    assert "damaged" in answer.err
    for code, options in ((0, ("--dry-run",)), (1, ("--framework", "none"))):
        answer = cli("feedback", "suggest", *options)
        assert answer.code == code
        assert "NOT read: .feedback-loop/events/broken.jsonl: not the name" in answer.err


def test_a_suggestion_reads_well_and_its_example_is_shown_harmlessly(cli: CommandLine) -> None:
    rate(cli.repo, 20)
    answer = cli("feedback", "suggest", "--framework", "few-shot", "--limit", "1")
    assert (answer.code, answer.err) == (0, "")
    head, _, rest = answer.out.partition("\n\n1. ")
    assert head == "1 suggestion from 20 ratings, by rules"
    technique, why, example = rest.splitlines()
    assert why.startswith("   why: ") and "q < 0.001" in why
    assert example.startswith("   example: Sum up ") and r"\x1b[31mfor example" in example
    (one,) = cli("feedback", "suggest", "--limit", "1", "--format", "json").json
    assert (one["technique"], one["source"]) == (technique, "rules")
    assert list(one) == ["example", "reasoning", "source", "technique"]


def test_the_command_of_the_user_s_settings_writes_them_and_when_it_fails_the_rules(
    cli: CommandLine, tmp_path: Path
) -> None:
    rate(cli.repo, 20)
    by_rules = cli("feedback", "suggest")
    script, config = tmp_path / "stub.py", tmp_path / "config/feedback-loop/config.toml"
    config.parent.mkdir(parents=True)
    argv = json.dumps([sys.executable, str(script)])
    config.write_text(f'[generate]\nprovider = "command"\n[providers.command]\nargv = {argv}\n')
    config.chmod(0o600)
    asked = tmp_path / "asked"
    script.write_text(
        f"import sys\nopen({str(asked)!r}, 'w').write(sys.stdin.read())\n"
        'print(\'[{"technique": "T \\\\u001b[31m", "reasoning": "R"}]\')\n'
    )
    preview = cli("feedback", "suggest", "--dry-run")
    assert preview.code == 0 and not asked.exists()
    answer = cli("feedback", "suggest")
    assert answer.out == ("1 suggestion from 20 ratings, by a language model\n\n1. T \\x1b[31m\n   why: R\n")
    assert asked.read_text().strip() in preview.out
    assert "Sum up" not in preview.out
    script.write_text("raise SystemExit('out of \\x1b[31mquota')\n")
    answer = cli("feedback", "suggest")
    assert (answer.code, answer.out) == (0, by_rules.out)
    assert answer.err.startswith("feedback-loop: command failed: program error (exit code 1: out of")
    assert answer.err.endswith("; the suggestions are made by rules\n") and "\x1b" not in answer.err
    assert cli("feedback", "suggest", "--provider", "rules").err == ""
