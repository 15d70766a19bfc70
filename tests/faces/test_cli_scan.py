"""`feedback-loop scan` in real repositories."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.faces.command_line import BARE, NAMED, Answer, CommandLine, write_pattern
from tests.repo import ROOT, Repo


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions")
    return CommandLine(repo, monkeypatch, capsys)


def stage(repo: Repo, text: str | bytes, name: str = "app.py") -> None:
    repo.write(name, text)
    repo.stage(name)


def last_line(answer: Answer) -> str:
    return answer.out.rstrip("\n").rpartition("\n")[2]


# -- the answer --------------------------------------------------------------------------------


def test_nothing_staged_is_said_and_is_no_fault(cli: CommandLine) -> None:
    answer = cli("scan")
    assert (answer.code, answer.out) == (0, "")
    assert "nothing staged, so nothing was checked" in answer.err


def test_nothing_staged_in_ci_is_a_check_of_nothing(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert cli("scan").code == 2
    monkeypatch.setenv("CI", "false")
    assert cli("scan").code == 0


def test_clean_lines_give_one_line_and_zero(cli: CommandLine) -> None:
    stage(cli.repo, NAMED)
    answer = cli("scan")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "feedback-loop: checked 1 file, 5 added lines: 0 block, 0 warn; skipped 0; not checked 0\n"
    )


def test_a_finding_is_shown_with_line_caret_and_lesson(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    answer = cli("scan")
    assert answer.code == 1
    assert answer.out.split("\n")[:5] == [
        "app.py:4:5: block named_exceptions/bare_except  every error is hidden here",
        "    4 |     except:",
        "      |     ^^^^^^",
        "  fix: Name the exceptions you expect.",
        "  see: feedback-loop explain named_exceptions",
    ]


def test_the_hook_prints_the_same(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    by_hook = cli.repo.hook("scan").stdout
    assert by_hook.replace("; skip this once: git commit --no-verify", "") == cli("scan").out


def test_only_staged_lines_count(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    cli.repo.commit()
    stage(cli.repo, BARE + "\n\nx = 1\n")
    cli.repo.write("app.py", BARE + BARE)
    assert cli("scan").code == 0


@pytest.mark.parametrize(
    ("level", "fail_on", "code"),
    [
        ("warn", None, 0),
        ("warn", "warn", 1),
        ("warn", "hint", 1),
        ("block", "never", 0),
        ("hint", "warn", 0),
        ("hint", "hint", 1),
    ],
)
def test_fail_on_decides_what_is_an_error(
    cli: CommandLine, level: str, fail_on: str | None, code: int
) -> None:
    write_pattern(cli.repo, "named_exceptions", level=level)
    stage(cli.repo, BARE)
    assert cli("scan", *(["--fail-on", fail_on] if fail_on else [])).code == code


def test_the_option_outdoes_the_setting(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", 'fail-on = "never"\n')
    stage(cli.repo, BARE)
    assert cli("scan").code == 0
    assert cli("scan", "--fail-on", "block").code == 1
    assert cli("scan").code == 0  # the option was not kept


def test_hints_are_hidden_unless_asked_for_or_failing(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", level="hint")
    stage(cli.repo, BARE)
    assert "app.py:4:5" not in cli("scan").out
    assert "0 warn (1 hint hidden)" in last_line(cli("scan"))
    assert "hint" not in last_line(cli("scan", "--all")), "detectors of that level did not run"
    assert "app.py:4:5" in cli("scan", "--hints").out
    assert "app.py:4:5" in cli("scan", "--fail-on", "hint").out


def test_a_hint_that_was_found_and_is_not_shown_is_counted(cli: CommandLine) -> None:
    stage(cli.repo, NAMED + "# feedback-loop: ignore[named_exceptions] of old\n")
    answer = cli("scan")
    assert "suppression_unused" not in answer.out
    assert "(1 hint hidden)" in last_line(answer)
    assert "app.py:6:1: hint feedback_loop/suppression_unused" in cli("scan", "--hints").out


def test_exit_zero_forgives_findings_and_nothing_else(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    assert cli("scan", "--exit-zero").code == 0
    cli.repo.write("patterns/broken.md", "# Broken\n")
    assert cli("scan", "--exit-zero").code == 2


def test_a_broken_pattern_is_named_and_the_others_still_block(cli: CommandLine) -> None:
    cli.repo.write("patterns/broken.md", "# Broken\n")
    stage(cli.repo, NAMED)
    answer = cli("scan")
    assert answer.code == 2
    assert "NOT checked: patterns/broken.md: broken.json is missing beside it" in answer.out
    stage(cli.repo, BARE)
    assert cli("scan").code == 1


def test_a_typo_in_the_settings_is_exit_two(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", 'fail_on = "warn"\n')
    stage(cli.repo, NAMED)
    answer = cli("scan")
    assert answer.code == 2
    assert "feedback-loop.toml:1: /fail_on: unknown key (did you mean 'fail-on'?)" in answer.out


@pytest.mark.parametrize("text", [NAMED, None])
def test_quiet_says_nothing_when_there_is_nothing_to_mend(cli: CommandLine, text: str | None) -> None:
    if text:
        stage(cli.repo, text)
    answer = cli("scan", "-q")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_quiet_still_tells_findings_and_what_was_not_checked(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    assert "app.py:4:5" in cli("scan", "-q").out
    stage(cli.repo, "try:\n")
    cli.repo.write("patterns/broken.md", "# Broken\n")
    assert "NOT checked" in cli("scan", "--quiet").out


def test_without_a_library_the_built_in_one_is_used_and_named(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage(repo, "x = 1\n")
    cli = CommandLine(repo, monkeypatch, capsys)
    first, _, rest = cli("scan").err.partition(" (")
    assert first == "no patterns/ here: using the built-in library"
    assert rest.endswith(" patterns)\n") and rest.split()[0].isdigit()
    assert cli("scan", "-q").err == ""


def test_hostile_source_reaches_the_terminal_as_text(cli: CommandLine) -> None:
    stage(cli.repo, "try:\n    x()\nexcept: y('\x1b[2J [red]\u202e')\n", "a\x1b]0;b\n.py")
    answer = cli("scan", "--color", "always")
    assert answer.code == 1
    assert r"a\x1b]0;b\x0a.py" in answer.out
    assert r"\x1b[2J [red]\u202e" in answer.out
    assert "\x1b[2J" not in answer.out


def test_colour_is_a_choice(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    assert "\x1b[1;31mblock\x1b[0m" in cli("scan", "--color", "always").out
    assert "\x1b" not in cli("scan", "--color", "never").out
    assert "\x1b" not in cli("scan").out  # no terminal here


def test_another_repository_is_named_by_folder(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage(cli.repo, BARE, "sub/app.py")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert cli("scan", "-C", str(cli.repo.root / "sub")).code == 1
    nowhere = cli("scan", "--format=json")
    assert (nowhere.code, nowhere.json["error"]["kind"]) == (2, "no_repository")
    assert cli("scan", "-C", "no/such/folder").code == 2


# -- JSON --------------------------------------------------------------------------------------


def test_json_carries_the_finding_and_the_exit_code(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    answer = cli("scan", "--format", "json")
    document = answer.json
    assert answer.code == document["exit_code"] == 1
    assert document["verdict"] == "findings"
    assert document["summary"] == {"files": 1, "added_lines": 5, "block": 1, "warn": 0, "hint": 0}
    assert document["library"]["source"] == "patterns/"
    (finding,) = document["findings"]
    assert (finding["path"], finding["line"], finding["column"]) == ("app.py", 4, 5)
    assert finding["doc"] == "patterns/named_exceptions.md"


def test_json_of_nothing_staged_is_not_called_clean(cli: CommandLine) -> None:
    document = cli("scan", "--format", "json").json
    assert document["verdict"] == "not_checked"
    assert document["not_checked"] == [{"path": None, "detector": None, "reason": "nothing staged"}]


def test_json_follows_exit_zero_and_fail_on(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    assert cli("scan", "--format=json", "--exit-zero").json["exit_code"] == 0
    assert cli("scan", "--format=json", "--fail-on=never").json["exit_code"] == 0


# -- as a process ------------------------------------------------------------------------------


def test_a_process_ends_with_the_code(cli: CommandLine) -> None:
    stage(cli.repo, BARE)
    done = cli.repo.run("scan", "--format", "json")
    assert done.returncode == json.loads(done.stdout)["exit_code"] == 1
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments", [["scan"], ["scan", "--format=json"], ["--help"], ["pattern", "--help"]]
)
def test_heavy_modules_stay_unloaded(cli: CommandLine, arguments: list[str]) -> None:
    """The library is compiled already: from then on a scan needs no schema checker and no markdown."""
    stage(cli.repo, BARE)
    cli("scan")
    program = (
        "import sys\nfrom feedback_loop.faces.cli import _run\n_run()\n"
        "heavy = 'jsonschema git markdown_it numpy rich pygments'.split()\n"
        "print(*(name for name in heavy if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=cli.repo.root,
        env=cli.repo.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout != ""
    assert done.stderr == "\n"
