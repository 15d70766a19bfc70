"""`feedback-loop check` in real repositories."""

from __future__ import annotations

import pytest

from tests.faces.command_line import BARE, CommandLine, write_pattern
from tests.repo import Repo


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions")
    return CommandLine(repo, monkeypatch, capsys)


def test_all_in_order_is_zero(cli: CommandLine) -> None:
    answer = cli("check")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.split("\n") == [
        "✓ settings  no settings file, the defaults hold",
        "✓ patterns  patterns/: 1 active pattern",
        "✓ examples  2 examples tried",
        "✓ plans     0 plans read",
        "check passed",
        "",
    ]


def test_each_step_fails_on_its_own_and_names_every_problem(cli: CommandLine) -> None:
    write_pattern(cli.repo, "broken", severity="hgh", surprise=1)
    write_pattern(cli.repo, "unknown", "bare_exept", bad="x = 1\n", good="x = 1\n")
    write_pattern(cli.repo, "failing", "print_call", bad="x = 1\n", good=BARE)
    cli.repo.write("pyproject.toml", '[tool.feedback-loop]\nfail-no = "warn"\n')
    cli.repo.write("plans/x.md", "## Patterns to Apply\n- [] lost\n")
    cli.repo.stage()
    answer = cli("check", "--format", "json")
    assert answer.code == answer.json["exit_code"] == 1
    steps = {one["name"]: one for one in answer.json["steps"]}
    assert {name: one["ok"] for name, one in steps.items()} == dict.fromkeys(steps, False)
    assert [one["path"] for one in steps["settings"]["problems"]] == ["pyproject.toml"]
    assert [one["path"] for one in steps["patterns"]["problems"]] == [
        "patterns/broken.json",
        "patterns/broken.json",
        "patterns/unknown.json",
    ]
    assert {one["path"] for one in steps["examples"]["problems"]} == {
        "patterns/failing.md",
        "patterns/unknown.md",
    }


def test_problems_are_shown_with_path_and_line(cli: CommandLine) -> None:
    write_pattern(cli.repo, "broken", severity="hgh")
    answer = cli("check")
    assert answer.code == 1
    assert "✗ patterns  patterns/: 1 active pattern\n    patterns/broken.json:5: /severity" in answer.out
    assert answer.out.endswith("check failed: patterns\n")


def test_a_level_for_a_pattern_that_does_not_exist_is_a_settings_problem(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", '[levels]\nnamed_exception = "off"\n')
    answer = cli("check")
    assert answer.code == 1
    assert "✗ settings  feedback-loop.toml\n" in answer.out
    assert "no pattern or detector 'named_exception' (did you mean 'named_exceptions'?)" in answer.out
    assert "✓ patterns" in answer.out


def test_good_settings_are_named(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", 'fail-on = "warn"\n')
    assert "✓ settings  feedback-loop.toml\n" in cli("check").out


def test_an_example_note_does_not_fail(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", level="hint")
    write_pattern(cli.repo, "no_print", "print_call", bad="print(1)\n", good=BARE)
    assert cli("check").code == 0


def test_a_rule_for_failures_that_cannot_be_used_is_named(cli: CommandLine) -> None:
    rule = 'exception = "A", match = "(?=x)", constraint = "odd_one", error_type = "key"'
    cli.repo.write("feedback-loop.toml", f"[classify]\nrules = [{{ {rule} }}]\n")
    answer = cli("check")
    assert answer.code == 1
    assert "feedback-loop.toml: /classify/rules/0: " in answer.out
