"""`feedback-loop log …` and `feedback-loop events …`."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from feedback_loop.formats.records import make_event, parse_event
from feedback_loop.stores.event_files import FOLDER
from feedback_loop.stores.events import append_events
from tests.faces.command_line import Answer, CommandLine
from tests.repo import Repo

AT = "2026-11-20T09:30:00Z"
BUG = ("--error", "IndexError", "--code", "x[0]", "--file", "a.py", "--line", "3")
NAMED = ("--pattern", "bounds_checking")


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def log_bug(cli: CommandLine, *more: str) -> Answer:
    return cli("log", "bug", *NAMED, *BUG, "--at", AT, *more)


def the_event(cli: CommandLine) -> dict[str, object]:
    """The only event of the store, as it was written; it reads back."""
    (path,) = (cli.repo.root / FOLDER).rglob("*.json")
    parse_event(path.read_bytes(), "x")
    return dict(json.loads(path.read_bytes()))


def record(cli: CommandLine, number: int, at: str = AT, **facts: str) -> str:
    """An event written without the command line; its id."""
    data = {"error": f"IndexError {number}", "code": "", "file_path": "a.py", "line": number}
    event = make_event("bug", at, data, patterns=["bounds_checking"], **facts)  # type: ignore[arg-type]
    append_events(str(cli.repo.root), [event])
    return event.id


# -- log -------------------------------------------------------------------------------------------


def test_a_bug_is_recorded_with_id_and_path_printed(cli: CommandLine) -> None:
    answer = log_bug(cli)
    assert (answer.code, answer.err) == (0, "")
    identity, path = answer.out.split()
    assert path == f"{FOLDER}/2026-11/20261120t093000z-bug-{identity[:12]}.json"
    event = the_event(cli)
    assert event["id"] == identity
    assert event["data"] == {"error": "IndexError", "code": "x[0]", "file_path": "a.py", "line": 3}
    assert (event["patterns"], event["source"]) == (["bounds_checking"], {"kind": "cli"})
    assert (event["by"], event["commit"]) == (None, None)
    assert (cli.repo.root / path).exists()


def test_author_and_commit_are_known_where_git_knows_them(cli: CommandLine) -> None:
    cli.repo.write("a.py", "x\n")
    cli.repo.stage()
    cli.repo.commit()
    cli.repo.git("config", "user.email", "Ada@Example.org")
    log_bug(cli)
    event = the_event(cli)
    assert event["by"] == hashlib.sha256(b"ada@example.org").hexdigest()[:12]
    assert event["commit"] == cli.repo.git("rev-parse", "HEAD").strip()


def test_the_settings_may_keep_the_author_whole(cli: CommandLine) -> None:
    cli.repo.git("config", "user.email", "Ada@example.org")
    cli.repo.write("feedback-loop.toml", '[events]\nauthor = "full"\n')
    log_bug(cli)
    assert the_event(cli)["by"] == "Ada@example.org"


def test_the_same_again_is_said_to_be_there(cli: CommandLine) -> None:
    first = log_bug(cli)
    again = log_bug(cli)
    assert (again.code, again.out) == (0, first.out)
    assert "recorded already" in again.err
    assert log_bug(cli, "--format", "json").json["recorded"] is False
    the_event(cli)


def test_without_a_time_it_is_now(cli: CommandLine) -> None:
    assert cli("log", "bug", *NAMED, *BUG).code == 0
    assert str(the_event(cli)["at"]) > "2026"


@pytest.mark.parametrize("at", ["2026-11-20T10:30:00+01:00", "2026-11-20T09:30:00", "2026-11-20 09:30"])
def test_times_become_utc(cli: CommandLine, at: str) -> None:
    assert log_bug(cli, "--at", at).code == 0
    assert the_event(cli)["at"] == AT


@pytest.mark.parametrize(
    ("arguments", "data"),
    [
        (
            ("test-failure", "--test-name", "t.py::t", "--failure-reason", "no", "--code-snippet", "f()"),
            {"test_name": "t.py::t", "failure_reason": "no", "code_snippet": "f()"},
        ),
        (
            (
                *("review", "--issue-type", "errors", *NAMED, "--severity", "HIGH", "--file", "a.py"),
                *("--line", "4", "--suggestion", "name it"),
            ),
            {
                "issue_type": "errors",
                "severity": "high",
                "file_path": "a.py",
                "line": 4,
                "suggestion": "name it",
            },
        ),
        (
            ("performance", "--metric-type", "upload", "--details", '{"seconds": 1.5}'),
            {"metric_type": "upload", "details": {"seconds": 1.5}},
        ),
        (
            (
                *("deployment", "--issue-type", "oom", *NAMED, "--environment", "prod"),
                *("--root-cause", "read", "--resolution-time-minutes", "45"),
            ),
            {
                "issue_type": "oom",
                "environment": "prod",
                "root_cause": "read",
                "resolution_time_minutes": 45.0,
            },
        ),
        (
            (
                *("generation", "--prompt", "p" * 300, "--confidence", "0.9", "--success"),
                *("--patterns-applied", "bounds_checking", "--code-length", "7"),
                *("--compilation-error", "none", "--metadata", '{"a": 1}'),
            ),
            {
                "prompt": "p" * 200,
                "confidence": 0.9,
                "success": True,
                "patterns_applied": ["bounds_checking"],
                "code_length": 7,
                "compilation_error": "none",
                "metadata": {"a": 1},
            },
        ),
    ],
)
def test_each_kind_takes_its_documented_arguments(
    cli: CommandLine, arguments: tuple[str, ...], data: dict[str, object]
) -> None:
    answer = cli("log", *arguments)
    assert answer.code == 0, answer.err
    assert the_event(cli)["data"] == data
    assert the_event(cli)["kind"] == arguments[0].replace("-", "_")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--pattern", " ", "--pattern cannot be empty"),
        ("--pattern", "!!", "--pattern: '!!' holds nothing that could be a name"),
        ("--file", "", "--file cannot be empty"),
        ("--line", "-1", "--line must be a whole number of 0 or more, not -1"),
        ("--line", "x", "'--line'"),
        ("--at", "yesterday", "--at is not a time: 'yesterday'"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_written(
    cli: CommandLine, option: str, value: str, message: str
) -> None:
    answer = log_bug(cli, option, value)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert not (cli.repo.root / FOLDER).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bug", *BUG), "Missing option '--pattern'"),
        (("performance", "--metric-type", "m", "--details", "{"), "--details: not JSON"),
        (("performance", "--metric-type", "m", "--details", "[1]"), "--details must be a JSON object"),
        (
            ("performance", "--metric-type", "m", "--details", '{"a": NaN}'),
            "--details: /a: NaN is not a JSON",
        ),
        (("generation", "--prompt", "p", "--success", "--confidence", "2"), "--confidence must be a number"),
        (("generation", "--prompt", " ", "--success", "--confidence", "1"), "--prompt cannot be empty"),
        (
            ("test-failure", "--test-name", "t", "--failure-reason", "", "--pattern-violated", "?"),
            "--pattern-violated: '?' holds nothing",
        ),
        (("review", "--issue-type", "x", *NAMED, "--severity", "bad", "--file", "a"), "--severity"),
    ],
)
def test_so_is_a_wrong_option_of_the_others(
    cli: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    answer = cli("log", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


def test_a_pattern_goes_by_the_name_the_library_has(cli: CommandLine) -> None:
    answer = log_bug(cli, "--pattern", "print_statement")
    assert "'print_statement' is taken for structured_logging" in answer.err
    assert the_event(cli)["patterns"] == ["structured_logging"]


def test_a_pattern_nobody_knows_is_recorded_and_said(cli: CommandLine) -> None:
    answer = log_bug(cli, "--pattern", "Off by One!")
    assert "off_by_one is no pattern of the library yet" in answer.err
    assert the_event(cli)["patterns"] == ["off_by_one"]


def test_files_are_named_from_the_root(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (cli.repo.root / "sub").mkdir()
    monkeypatch.chdir(cli.repo.root / "sub")
    log_bug(cli, "--file", "b.py")
    assert dict(the_event(cli)["data"])["file_path"] == "sub/b.py"  # type: ignore[call-overload]


def test_a_trace_comes_from_standard_input_without_secrets_and_locals(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = (
        'Traceback (most recent call last):\n  File "/home/Bob/a.py", line 1, in f\n    g(x)\n    x = 7\n'
        "ValueError: password=hunter2\n"
    )
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(trace.encode())))
    log_bug(cli, "--stack-trace", "-")
    kept = dict(the_event(cli)["data"])["stack_trace"]  # type: ignore[call-overload]
    assert kept.splitlines()[1:] == ['  File "~/a.py", line 1, in f', "    g(x)", "ValueError: password=***"]


def test_outside_of_a_repository_there_is_no_store(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert log_bug(cli).code == 2


# -- events list -----------------------------------------------------------------------------------


def test_an_empty_store_says_so(cli: CommandLine) -> None:
    answer = cli("events", "list")
    assert (answer.code, answer.out) == (0, "")
    assert "no such event" in answer.err


def test_the_newest_come_first_with_the_sums_at_the_end(cli: CommandLine) -> None:
    for number in range(3):
        record(cli, number, f"2026-11-0{number + 1}T00:00:00Z", commit="a" * 40, by=f"{number}" * 12)
    lines = cli("events", "list", "--limit", "2").out.splitlines()
    assert [line[:10] for line in lines[:2]] == ["2026-11-03", "2026-11-02"]
    assert "bounds_checking  IndexError 2 (a.py:2)" in lines[0]
    assert lines[2] == "2 of 3 events, 1 commit, 3 authors"
    assert len(cli("events", "list", "--limit", "0").out.splitlines()) == 4


def test_kind_pattern_and_time_choose(cli: CommandLine) -> None:
    record(cli, 1, "2026-11-01T00:00:00Z")
    record(cli, 2, "2026-11-02T00:00:00Z")
    cli("log", "test-failure", "--test-name", "t", "--failure-reason", "r", "--at", "2026-11-03")
    shown = [
        cli("events", "list", "--format", "json", *arguments).json["matching"]
        for arguments in (
            (),
            ("--kind", "bug"),
            ("--kind", "test-failure", "--kind", "review"),
            ("--pattern", "bounds_checking"),
            ("--since", "2026-11-02"),
            ("--until", "2026-11-02"),
        )
    ]
    assert shown == [3, 2, 1, 2, 2, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kind", "bugs"), "--kind: 'bugs' is not one of bug, test_failure"),
        (("--since", "x"), "--since is not a time: 'x'"),
        (("--limit", "-1"), "--limit"),
    ],
)
def test_a_wrong_choice_is_named(cli: CommandLine, arguments: tuple[str, ...], message: str) -> None:
    answer = cli("events", "list", *arguments)
    assert answer.code == 2
    assert message in answer.err


def test_of_one_commit_twenty_events_count(cli: CommandLine) -> None:
    for number in range(25):
        record(cli, number, commit="a" * 40)
    record(cli, 100, commit="b" * 40, by="0" * 12)
    record(cli, 101)
    answer = cli("events", "list", "--format", "json").json
    assert answer["patterns"] == [
        {"name": "bounds_checking", "events": 27, "commits": 2, "authors": 1, "counted": 22, "capped": 5}
    ]
    assert (len(answer["events"]), answer["matching"], answer["degraded"]) == (20, 27, False)


def test_what_strangers_wrote_reaches_the_terminal_harmless(cli: CommandLine) -> None:
    data = {"error": "\x1b[31mred\u202e", "code": "", "file_path": "a\x07.py", "line": 1}
    event = make_event("bug", AT, data, by="\x1b]0;x")
    append_events(str(cli.repo.root), [event])
    for arguments in (("list",), ("show", event.id)):
        out = cli("events", *arguments).out
        assert "\\x1b[31mred\\u202e" in out
        assert all(char == "\n" or char.isprintable() for char in out)


# -- show, verify, compact -------------------------------------------------------------------------


def test_an_event_is_shown_by_the_first_digits_of_its_id(cli: CommandLine) -> None:
    identity = record(cli, 1)
    answer = cli("events", "show", identity[:8].upper())
    assert answer.code == 0
    assert answer.out.startswith(f"bug {identity}\n")
    assert "IndexError 1" in answer.out
    shown = cli("events", "show", identity, "--format", "json").json
    assert shown["event"]["id"] == identity
    assert shown["line"] is None
    assert (cli.repo.root / shown["path"]).exists()


def test_a_deleted_event_is_shown_as_such(cli: CommandLine) -> None:
    identity = record(cli, 1)
    grave = make_event("tombstone", AT, {"event": identity, "reason": "mistake"})
    append_events(str(cli.repo.root), [grave])
    assert f"by tombstone {grave.id[:12]}" in cli("events", "show", identity).out
    assert cli("events", "list", "--kind", "bug").out == ""


@pytest.mark.parametrize(
    ("identity", "message"),
    [("abc", "not an event's id"), ("xyzw", "not an event's id"), ("0" * 64, "no event has an id")],
)
def test_an_id_that_is_none_is_refused(cli: CommandLine, identity: str, message: str) -> None:
    record(cli, 1)
    answer = cli("events", "show", identity)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


def test_verify_is_content_with_a_sound_store(cli: CommandLine) -> None:
    record(cli, 1)
    answer = cli("events", "verify")
    assert answer.code == 0
    assert answer.out == "1 events in 1 files and 0 segments: 0 duplicates, 0 tombstones, 0 problems\n"


def test_verify_names_every_unreadable_file_and_answers_no(cli: CommandLine) -> None:
    sound = record(cli, 1)
    bad = cli.repo.root / FOLDER / "2026-11/20261120t093000z-bug-000000000000.json"
    bad.write_text("{")
    answer = cli("events", "verify")
    assert answer.code == 1
    assert f"NOT read {bad.relative_to(cli.repo.root)}: not JSON" in answer.out
    assert "1 events in 1 files" in answer.out
    fields = cli("events", "verify", "--format", "json").json
    assert (fields["exit_code"], [one["line"] for one in fields["problems"]]) == (1, [0])
    listed = cli("events", "list")
    assert listed.code == 0
    assert sound[:12] in listed.out
    assert "degraded: 1 not read" in listed.out
    assert "NOT read: .feedback-loop/events/2026-11/" in listed.err
    assert bad.read_text() == "{"


def test_compact_moves_past_months_and_says_what(cli: CommandLine) -> None:
    identities = [record(cli, number, "2020-01-01T00:00:00Z") for number in range(3)]
    answer = cli("events", "compact")
    assert answer.code == 0
    assert answer.out.startswith(f"{FOLDER}/2020-01/segment-")
    assert "3 events moved into segments, 3 files removed" in answer.err
    shown = cli("events", "show", identities[0], "--format", "json").json
    assert shown["line"] in (1, 2, 3)
    again = cli("events", "compact", "--format", "json").json
    assert (again["events"], again["segments"], again["removed"]) == (0, [], 0)


def test_what_a_segment_holds_is_not_recorded_again(cli: CommandLine) -> None:
    log_bug(cli, "--at", "2020-01-01")
    cli("events", "compact")
    answer = log_bug(cli, "--at", "2020-01-01")
    assert "recorded already" in answer.err
    assert len(answer.out.split()) == 1
    assert list((cli.repo.root / FOLDER).rglob("*.json")) == []
