"""Options that contradict one another, values that are none, and what a newcomer reads."""

from __future__ import annotations

import json

import pytest

from tests.faces.command_line import BARE, NAMED, CommandLine, write_pattern
from tests.repo import Repo


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions")
    repo.write("app.py", NAMED)
    repo.stage()
    repo.commit()
    repo.write("new.py", BARE)
    repo.stage()
    return CommandLine(repo, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--all --diff HEAD..HEAD", "only one of --diff, --from-ref/--to-ref, --all and PATH"),
        ("--all app.py", "only one of"),
        ("--diff HEAD..HEAD --from-ref HEAD --to-ref HEAD", "only one of"),
        ("--diff HEAD..HEAD app.py", "only one of"),
        ("--at HEAD", "--at names the commit of --all"),
        ("--at HEAD app.py", "--at names the commit of --all"),
        ("--all --at nowhere", "no commit 'nowhere' here"),
        ("--compare --all", "--compare is for changes"),
        ("--compare app.py", "--compare is for changes"),
        ("--policy base --all", "--policy is for changes"),
        ("--policy head app.py", "--policy is for changes"),
        ("--policy head", "--policy is for a range"),
        ("--from-ref HEAD", "one end of a range only"),
        ("--to-ref HEAD", "one end of a range only"),
        ("--from-ref HEAD --to-ref " + "0" * 40, "the head of the range is all zeros"),
        ("--diff HEAD", "not a range of commits: 'HEAD'"),
        ("--diff ..", "not a range of commits: '..'"),
        ("--diff HEAD..b", "no commit 'b' here"),
        ("--diff HEAD...HEAD...HEAD", "no commit 'HEAD...HEAD' here"),
        ("--diff --all..HEAD", "not a commit's name: '--all'"),
        ("--as-of 2026-02-30", "not a date: '2026-02-30'"),
        ("--as-of 20260228", "not a date: '20260228'"),
        ("--as-of tomorrow", "not a date: 'tomorrow'"),
        ("--baseline nowhere.jsonl", "no such baseline"),
        ("--output no/folder/x", "no such folder"),
        ("-C no/folder", "no such folder: no/folder"),
        ("--fail-on much", "Invalid value for '--fail-on': 'much' is not one of 'block', 'warn', 'hint'"),
        ("--format xml", "Invalid value for '--format': 'xml' is not one of 'text', 'json'"),
        ("--bogus", "No such option: --bogus"),
        ("--only", "Option '--only' requires an argument"),
    ],
)
def test_a_contradiction_is_exit_two_in_one_or_two_lines(cli: CommandLine, line: str, told: str) -> None:
    answer = cli("scan", *line.split())
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("feedback-loop: ")
    assert told in answer.err
    assert len(answer.err.splitlines()) <= 2
    for form in (["--format", "json"], ["--format=json"]):
        if "--format" not in line and line != "--only":
            error = cli("scan", *form, *line.split()).json
            assert error["exit_code"] == 2
            assert told in error["error"]["message"]
            assert error["error"]["kind"] in ("usage", "git")


@pytest.mark.parametrize(
    "option",
    ["--diff", "--from-ref", "--to-ref", "--at", "--only", "--baseline", "--as-of", "--output", "-C", ""],
)
def test_an_unset_variable_of_a_script_does_not_mean_everything(cli: CommandLine, option: str) -> None:
    answer = cli("scan", *filter(None, [option]), "")
    assert (answer.code, answer.out) == (2, "")
    assert f"{option or 'PATH'}: an empty value" in answer.err


def test_two_empty_ends_are_told_together(cli: CommandLine) -> None:
    answer = cli("scan", "--from-ref", "", "--to-ref", "")
    assert "--from-ref and --to-ref: an empty value" in answer.err


def test_outside_of_a_repository(cli: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = str(tmp_path_factory.mktemp("elsewhere"))
    answer = cli("scan", "-C", elsewhere, "--format", "json")
    assert (answer.code, answer.json["error"]["kind"]) == (2, "no_repository")
    assert "is not in a git repository" in answer.err
    cli.repo.git("init", "-q", "--bare", elsewhere)
    assert "there is no work tree to check" in cli("scan", "-C", elsewhere).err


def test_a_fault_of_ours_is_told_to_programs_too(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    from feedback_loop.faces import cli as face

    def broken(*_: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr("feedback_loop.api.scan_request.run_scan", broken)
    monkeypatch.setattr("sys.argv", ["feedback-loop", "scan", "--format", "json"])
    printed: list[str] = []
    monkeypatch.setattr("builtins.print", lambda text, **_: printed.append(str(text)))
    assert face._run() == 3
    assert json.loads(printed[-1])["error"]["kind"] == "bug"


def test_exit_zero_does_not_forgive_what_is_not_checked(cli: CommandLine) -> None:
    assert cli("scan", "--exit-zero").code == 0
    cli.repo.write("feedback-loop.toml", "[scan]\nstrict = true\n")
    cli.repo.write("new.py", "x = [print(\n")
    write_pattern(
        cli.repo,
        "indexes",
        "unguarded_index",
        bad="def f(x):\n    return x.split()[3]\n",
        good="x = 1\n",
        level="warn",
    )
    cli.repo.write("other.py", "x = f(.split()[3]\n")
    cli.repo.stage("new.py", "other.py")
    assert cli("scan").code == 1
    assert cli("scan", "--exit-zero").code == 0
    cli.repo.write("patterns/broken.md", "# Broken\n")
    assert cli("scan", "--exit-zero").code == 2


def test_nothing_to_check_says_what_to_do(cli: CommandLine) -> None:
    cli.repo.commit()
    assert cli("scan").err == (
        "feedback-loop: nothing staged, so nothing was checked; `git add` what you want to commit\n"
    )
    assert cli("scan", "--all", "--only", "src").err == (
        "feedback-loop: no tracked files, or nothing that matches --only: nothing was checked "
        "(globs are of whole paths: 'src/**', '**/*.py')\n"
    )
    assert cli("scan", "--diff", "HEAD..HEAD").err == (
        "feedback-loop: the range changes nothing, so nothing was checked\n"
    )


def test_help_names_every_option_and_shows_examples(cli: CommandLine) -> None:
    shown = cli("scan", "--help").out
    options = (
        "--diff --from-ref --to-ref --all --at --compare --only --policy --baseline --as-of --why --fail-on"
    )
    more = "--min-severity --hints --exit-zero --allow-empty --quiet --output -C --format --color"
    for option in f"{options} {more}".split():
        assert f"{option} " in shown or f"{option}\n" in shown, option
    assert "Exit codes: 0 clean" in shown
    examples = shown.partition("Examples:")[2].partition("Arguments:")[0].split("\n")
    assert len([line for line in examples if line.strip().startswith("feedback-loop scan")]) >= 6


# -- progress ------------------------------------------------------------------------------------


class Terminal:
    """A stderr that is one; it keeps what is written."""

    def __init__(self) -> None:
        self.text = ""
        self.encoding = "utf-8"

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        return

    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    from feedback_loop.faces.cli.progress import progress_bar

    terminal, now = Terminal(), [0.0]
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar("scanning") as update:
        assert update is not None
        update(1, 4)
        assert terminal.text == ""
        now[0] = 1.5
        update(2, 4)
    assert "scanning" in terminal.text


def test_no_progress_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    from feedback_loop.faces.cli.progress import progress_bar

    with progress_bar("scanning") as update:
        assert update is None
    monkeypatch.setattr("sys.stderr", Terminal())
    with progress_bar("scanning", quiet=True) as update:
        assert update is None
