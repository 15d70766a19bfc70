"""`feedback-loop pattern …` in real repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.faces.command_line import BARE, NAMED, CommandLine, write_pattern
from tests.repo import Repo

GUIDELINE = ["pattern", "new", "retry_with_limit", "--guidance", "Stop after five attempts."]


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions", supersedes=["bare_excepts"])
    return CommandLine(repo, monkeypatch, capsys)


def files(repo: Repo) -> list[str]:
    return sorted(path.name for path in (repo.root / "patterns").iterdir())


# -- list --------------------------------------------------------------------------------------


def test_list_shows_severity_level_and_title(cli: CommandLine) -> None:
    answer = cli("pattern", "list")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.split("\n") == [
        "patterns/: 1 active",
        "  name              severity  level  title",
        "  named_exceptions  high      block  Named exceptions",
        "",
    ]


def test_list_counts_other_states_and_shows_them_when_asked(cli: CommandLine) -> None:
    write_pattern(cli.repo, "candidate", below="proposed/")
    write_pattern(cli.repo, "retired", below="archive/")
    answer = cli("pattern", "list")
    assert answer.out.startswith("patterns/: 1 active, 1 proposed, 1 archived\n")
    assert "retired" not in answer.out
    assert "retired" in cli("pattern", "list", "--state", "archived").out
    everything = cli("pattern", "list", "--state", "all", "--format", "json").json
    assert [(one["name"], one["state"]) for one in everything["patterns"]] == [
        ("candidate", "proposed"),
        ("named_exceptions", "active"),
        ("retired", "archived"),
    ]
    assert "none of them is proposed" not in answer.out


def test_list_gives_levels_after_settings(cli: CommandLine) -> None:
    write_pattern(cli.repo, "guideline", builtin=None)
    cli.repo.write("feedback-loop.toml", '[levels]\n"named_exceptions/bare_except" = "off"\n')
    levels = {one["name"]: one["level"] for one in cli("pattern", "list", "--format=json").json["patterns"]}
    assert levels == {"guideline": None, "named_exceptions": "off"}


def test_list_names_broken_patterns_and_lists_the_others(cli: CommandLine) -> None:
    cli.repo.write("patterns/broken.json", "{}")
    answer = cli("pattern", "list")
    assert answer.code == 2
    assert "named_exceptions" in answer.out
    assert answer.err == "patterns/broken.json: broken.md is missing beside it\n"


def test_list_of_an_empty_state_says_so(cli: CommandLine) -> None:
    assert "none of them is archived" in cli("pattern", "list", "--state", "archived").out


# -- show --------------------------------------------------------------------------------------


def test_show_has_what_both_files_hold(cli: CommandLine) -> None:
    answer = cli("pattern", "show", "named_exceptions")
    assert (answer.code, answer.err) == (0, "")
    for part in (
        "named_exceptions · high · python · version 1 · active",
        "patterns/named_exceptions.md · errors",
        "A bare handler hides `every` bug.",
        "  - Silence where there should be a traceback.",
        "    4 |     except:",
        "    4 |     except ValueError:",
        "  Name the exceptions you expect.",
        "  block  bare_except  python.bare_except  every error is hidden here",
        "  - PEP 8 https://peps.python.org/pep-0008/",
    ):
        assert part in answer.out.split("\n")


def test_show_as_json_has_all_fields_of_both_files(cli: CommandLine) -> None:
    shown = cli("pattern", "show", "named_exceptions", "--format", "json").json
    written = json.loads((cli.repo.root / "patterns/named_exceptions.json").read_text())
    assert {key: shown[key] for key in written if key != "detectors"} == {
        key: value for key, value in written.items() if key != "detectors"
    }
    assert shown["detectors"][0]["builtin"] == "python.bare_except"
    assert shown["bad_examples"][0]["code"] == BARE
    assert shown["good_examples"][0]["language"] == "python"
    assert shown["problems"] == ["Silence where there should be a traceback."]
    assert shown["state"] == "active"


def test_show_resolves_a_superseded_name(cli: CommandLine) -> None:
    answer = cli("pattern", "show", "bare_excepts")
    assert (answer.code, answer.err) == (0, "bare_excepts is superseded by named_exceptions\n")


def test_show_of_an_unknown_name_offers_the_closest(cli: CommandLine) -> None:
    answer = cli("pattern", "show", "named_exception")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.split("\n")[:2] == [
        "feedback-loop: no pattern is called 'named_exception'",
        "  did you mean named_exceptions?",
    ]


def test_show_of_a_broken_pattern_names_its_problems(cli: CommandLine) -> None:
    write_pattern(cli.repo, "broken", severity="hgh")
    answer = cli("pattern", "show", "broken")
    assert answer.code == 2
    assert "patterns/broken.json:5: /severity: 'hgh' is not one of" in answer.err


# -- lint --------------------------------------------------------------------------------------


def test_lint_of_a_complete_pattern_is_quiet(cli: CommandLine) -> None:
    answer = cli("pattern", "lint")
    assert (answer.code, answer.out) == (0, "✓ 1 pattern, no problem\n")


def test_lint_names_everything_that_is_missing(cli: CommandLine) -> None:
    write_pattern(cli.repo, "bare_title", builtin=None, prose="# Only a title\n", guidance="  ")
    answer = cli("pattern", "lint")
    assert answer.code == 1
    for part in ("description", "problems", "bad example", "good example", "references"):
        assert f"✗ patterns/bare_title.md: no {part}" in answer.out
    assert "✗ patterns/bare_title.json: /guidance: no words in it" in answer.out
    assert answer.out.endswith("2 patterns: 6 problems\n")


def test_lint_gives_path_and_line_of_format_problems(cli: CommandLine) -> None:
    write_pattern(cli.repo, "broken", severity="hgh", surprise=1)
    write_pattern(cli.repo, "unknown", builtin="bare_exept")
    found = cli("pattern", "lint", "--format", "json").json
    assert found["exit_code"] == 1
    assert [(one["path"], one["line"] > 0, one["message"].split(":")[0]) for one in found["problems"]] == [
        ("patterns/broken.json", True, "/severity"),
        ("patterns/broken.json", True, "/surprise"),
        ("patterns/unknown.json", False, "/detectors/0/builtin"),
    ]
    assert "did you mean 'python.bare_except'" in found["problems"][2]["message"]


def test_a_signature_that_could_never_fit_is_named_wherever_patterns_are_read(cli: CommandLine) -> None:
    fits = {"exception": "app.StockError", "message": "no stock"}
    never = {"exception": "KeyError", "error_type": "nope", "endpoint": "/products"}
    write_pattern(cli.repo, "stock", signatures=[fits])
    assert (cli("pattern", "lint").code, cli("pattern", "list").code) == (0, 0)
    write_pattern(cli.repo, "stock", signatures=[fits, never])
    for code, *command in (
        (1, "pattern", "lint"),
        (1, "check"),
        (2, "pattern", "list"),
        (2, "pattern", "show", "stock"),
    ):
        answer = cli(*command)
        told = answer.out + answer.err
        assert (answer.code, "/signatures/1/endpoint: * or METHOD /template" in told) == (code, True), command
        assert "/signatures/1/error_type: 'nope' is not one of database, validation, " in told


def test_lint_of_one_name_leaves_the_others_alone(cli: CommandLine) -> None:
    write_pattern(cli.repo, "broken", severity="hgh")
    assert cli("pattern", "lint", "named_exceptions").code == 0
    assert cli("pattern", "lint", "broken").code == 1
    assert cli("pattern", "lint", "nobody").code == 2


def test_lint_asks_completeness_of_candidates_only_by_name(cli: CommandLine) -> None:
    write_pattern(cli.repo, "candidate", below="proposed/", builtin=None, prose="# Only a title\n")
    assert cli("pattern", "lint").code == 0
    assert cli("pattern", "lint", "candidate").code == 1


def test_lint_notes_the_slow_lane(cli: CommandLine) -> None:
    slow = {"id": "slow", "kind": "regex", "regex": "[0-9]+", "message": "m"}
    write_pattern(cli.repo, "slow", None, detectors=[slow])
    answer = cli("pattern", "lint", "slow")
    assert answer.code == 0
    assert "note: patterns/slow.json: slow/slow: slow lane" in answer.out


def test_lint_names_an_expression_that_is_unsound_even_of_a_detector_that_is_off(cli: CommandLine) -> None:
    blind = {"id": "blind", "kind": "regex", "regex": "a(?=b)", "message": "m", "level": "off"}
    write_pattern(cli.repo, "blind", None, detectors=[blind])
    answer = cli("pattern", "lint")
    assert answer.code == 1
    assert "✗ patterns/blind.json: /detectors/0/regex: look-ahead is not supported (offset 1)" in answer.out
    assert "/detectors/0/regex" in cli("pattern", "test", "blind").out


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"kind": "literal", "texts": ["import pdb", "breakpoint("]}, "text import pdb or breakpoint("),
        ({"kind": "regex", "regex": "TODO"}, "regex TODO"),
        ({"kind": "ast-grep", "language": "go", "rule": {"pattern": "a\n+ b"}}, "go code a + b"),
        ({"kind": "ast-grep", "language": "go", "rule": {"kind": "x"}}, 'go code {"kind":"x"}'),
        ({"kind": "builtin", "builtin": "python.call", "params": {"names": []}}, 'python.call {"names":[]}'),
    ],
)
def test_show_says_what_each_kind_looks_for(cli: CommandLine, fields: dict[str, object], shown: str) -> None:
    one = {"id": "one", "message": "it is here"} | fields
    write_pattern(cli.repo, "shown", None, detectors=[one])
    assert f"  hint   one  {shown}  it is here" in cli("pattern", "show", "shown").out


# -- test --------------------------------------------------------------------------------------


def test_examples_as_promised_are_listed_with_what_was_found(cli: CommandLine) -> None:
    answer = cli("pattern", "test")
    assert answer.code == 0
    rows = [line.split() for line in answer.out.split("\n")]
    assert rows[1] == ["✓", "named_exceptions", "bad", "1", "12", "something", "bare_except", "4"]
    assert rows[2] == ["✓", "named_exceptions", "good", "1", "22", "nothing", "nothing"]
    assert answer.out.endswith("2 examples of 1 pattern: all as promised\n")


def test_a_bad_example_that_is_not_found_fails(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", bad=NAMED)
    answer = cli("pattern", "test")
    assert answer.code == 1
    assert "✗ patterns/named_exceptions.md:12: bad example: nothing is found" in answer.out
    assert "✗  named_exceptions  bad 1" in answer.out


def test_a_good_example_found_by_another_pattern_fails_and_names_both(cli: CommandLine) -> None:
    write_pattern(cli.repo, "no_print", "print_call", bad="print(1)\n", good=BARE)
    answer = cli("pattern", "test")
    assert answer.code == 1
    assert "good example of no_print: named_exceptions/bare_except finds 'except:'" in answer.out
    assert cli("pattern", "test", "no_print").code == cli("pattern", "test", "named_exceptions").code == 1


def test_a_hint_in_the_good_example_of_another_is_a_note(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", level="hint")
    write_pattern(cli.repo, "no_print", "print_call", bad="print(1)\n", good=BARE)
    answer = cli("pattern", "test", "--format", "json")
    assert (answer.code, answer.json["failures"]) == (0, [])
    assert [one["path"] for one in answer.json["notes"]] == ["patterns/no_print.md"]
    assert "note: patterns/no_print.md:" in cli("pattern", "test").out


def test_a_document_that_cannot_be_read_is_not_passed_over(cli: CommandLine) -> None:
    write_pattern(cli.repo, "broken", severity="hgh")
    answer = cli("pattern", "test")
    assert answer.code == 1
    assert "✗ patterns/broken.json:5: /severity" in answer.out
    assert cli("pattern", "test", "named_exceptions").code == 0
    assert cli("pattern", "test", "broken").code == 2


def test_a_candidate_is_tried_by_name_before_it_is_accepted(cli: CommandLine) -> None:
    write_pattern(cli.repo, "candidate", "print_call", below="proposed/", bad="print(1)\n", good="print(2)\n")
    assert cli("pattern", "test").code == 0
    assert cli("pattern", "test", "candidate").code == 1


def test_a_guideline_has_nothing_to_try_but_its_good_example(cli: CommandLine) -> None:
    write_pattern(cli.repo, "guideline", builtin=None, bad=NAMED)
    answer = cli("pattern", "test", "guideline")
    assert answer.code == 0
    assert "-         no detector" in answer.out
    write_pattern(cli.repo, "guideline", builtin=None, good=BARE)
    assert cli("pattern", "test", "guideline").code == 1


# -- new ---------------------------------------------------------------------------------------


def test_a_guideline_passes_lint_and_test_and_says_what_is_missing(cli: CommandLine) -> None:
    answer = cli(*GUIDELINE)
    assert answer.code == 0
    assert answer.out == "wrote patterns/retry_with_limit.md\nwrote patterns/retry_with_limit.json\n"
    assert "still to write in patterns/retry_with_limit.md: description, problems, bad example" in answer.err
    lint = cli("pattern", "lint", "retry_with_limit")
    assert lint.code == 0
    assert "note: patterns/retry_with_limit.md: still to write: description" in lint.out
    assert cli("pattern", "test").code == 0
    assert "Retry with limit" in cli("pattern", "list").out


def test_all_flags_arrive_in_the_files(cli: CommandLine) -> None:
    cli.repo.write("bad.py", BARE.replace("\n", "\r\n"))
    cli.repo.write("good.py", NAMED)
    told = {
        "--title": "Name what you catch",
        "--severity": "critical",
        "--description": "A bare handler hides bugs.",
        "--problem": "Silence.",
        "--reference": "PEP 8",
        "--tag": "errors",
        "--builtin": "python.bare_except",
        "--message": "hides every bug",
        "--level": "block",
        "--bad": "bad.py",
        "--good": "good.py",
    }
    flags = [word for pair in told.items() for word in pair]
    answer = cli("pattern", "new", "named", "--guidance", " Name it. ", *flags, "--format", "json")
    assert answer.json == {"paths": ["patterns/named.md", "patterns/named.json"], "unwritten": []}
    shown = cli("pattern", "show", "named", "--format", "json").json
    assert (shown["title"], shown["severity"], shown["guidance"]) == (
        "Name what you catch",
        "critical",
        "Name it.",
    )
    assert (shown["description"], shown["problems"], shown["references"]) == (
        "A bare handler hides bugs.",
        ["Silence."],
        ["PEP 8"],
    )
    assert (shown["tags"], shown["languages"]) == (["errors"], ["python"])
    assert shown["bad_examples"][0]["code"] == BARE
    assert shown["bad_examples"][0]["lines"] == [4]
    assert shown["detectors"] == [
        {
            "builtin": "python.bare_except",
            "id": "bare_except",
            "kind": "builtin",
            "level": "block",
            "message": "hides every bug",
            "params": {},
        }
    ]
    assert cli("pattern", "lint", "named").out == "✓ 1 pattern, no problem\n"


def test_the_new_pattern_is_in_force_at_once(cli: CommandLine) -> None:
    cli.repo.write("bad.py", "print(1)\n")
    cli.repo.write("good.py", "log = 1\n")
    flags = ["--builtin", "python.print_call", "--bad", "bad.py", "--good", "good.py"]
    assert cli("pattern", "new", "no_print", "--guidance", "Log it.", *flags).code == 0
    cli.repo.stage("bad.py")
    assert "bad.py:1:1: warn no_print/print_call" in cli("scan").out


def test_examples_are_named_from_the_folder_given(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.repo.write("sub/bad.py", "print(1)\n")
    cli.repo.write("sub/good.py", "log = 1\n")
    monkeypatch.chdir("/")
    flags = ["-C", str(cli.repo.root / "sub"), "--builtin", "python.print_call"]
    answer = cli(
        "pattern", "new", "no_print", "--guidance", "Log.", *flags, "--bad", "bad.py", "--good", "good.py"
    )
    assert answer.code == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("named_exceptions", "exists already: patterns/named_exceptions.md"),
        ("bare_excepts", "is superseded by named_exceptions"),
        ("candidate", "exists already: patterns/proposed/candidate.md"),
        ("Nope", "cannot be a pattern's name"),
        ("../../x", "cannot be a pattern's name"),
    ],
)
def test_names_in_use_and_bad_names_are_refused(cli: CommandLine, name: str, words: str) -> None:
    write_pattern(cli.repo, "candidate", below="proposed/")
    before = files(cli.repo)
    answer = cli("pattern", "new", name, "--guidance", "x")
    assert answer.code == 2
    assert words in answer.err
    assert files(cli.repo) == before


def test_without_a_library_init_comes_first(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = CommandLine(repo, monkeypatch, capsys)(*GUIDELINE)
    assert answer.code == 2
    assert answer.err.split("\n")[1] == "  run `feedback-loop init` first"
    assert not (repo.root / "patterns").exists()


def test_guidance_is_needed_where_nobody_can_be_asked(cli: CommandLine) -> None:
    answer = cli("pattern", "new", "silent")
    assert answer.code == 2
    assert "--guidance" in answer.err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--builtin", "python.print_cal", "--bad", "bad.py", "--good", "good.py"], "did you mean"),
        (["--builtin", "python.print_call", "--bad", "bad.py"], "--bad-code TEXT, --good"),
        (["--builtin", "python.print_call", "--bad", "good.py", "--good", "bad.py"], "nothing is found"),
        (["--builtin", "python.print_call", "--bad", "nope.py", "--good", "good.py"], "cannot read"),
        (["--builtin", "python.print_call", "--bad", "/etc/hostname", "--good", "good.py"], "leaves the"),
        (["--bad", "empty.py"], "is empty"),
        (["--bad", "latin.py"], "is not UTF-8"),
        (["--bad", "hidden.py"], "hidden character U+202E"),
        (["--good", "bare.py"], "named_exceptions/bare_except finds"),
        (["--title", "One\n## Two"], "the title would be read as something else"),
        (["--description", "One\n\n## Benefits"], "the description would be read as something else"),
        (["--guidance", "x" * 201], "longer than 200 characters"),
    ],
)
def test_what_would_not_load_or_not_pass_is_not_written(
    cli: CommandLine, flags: list[str], words: str
) -> None:
    for name, text in {
        "bad.py": b"print(1)\n",
        "good.py": b"x = 1\n",
        "bare.py": BARE.encode(),
        "empty.py": b"\n",
        "latin.py": b"x = '\xe9'\n",
        "hidden.py": "x = '\u202e'\n".encode(),
    }.items():
        cli.repo.write(name, text)
    before = files(cli.repo)
    answer = cli("pattern", "new", "another", "--guidance", "Log it.", *flags)
    assert answer.code == 2
    assert words in answer.err
    assert files(cli.repo) == before


def test_a_library_that_is_a_link_to_elsewhere_is_not_written_to(
    cli: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (cli.repo.root / "lessons").symlink_to(outside)
    cli.repo.write("feedback-loop.toml", 'patterns = "lessons"\n')
    answer = cli(*GUIDELINE)
    assert answer.code == 2
    assert "leaves the repository" in answer.err
    assert list(outside.iterdir()) == []


def test_with_broken_settings_nothing_is_written(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", "patern = 1\n")
    answer = cli(*GUIDELINE)
    assert answer.code == 2
    assert "feedback-loop.toml:1: /patern: unknown key" in answer.err
    assert "retry_with_limit.md" not in files(cli.repo)


def test_on_a_terminal_a_guideline_takes_a_few_answers(cli: CommandLine) -> None:
    told = on_terminal(
        cli.repo, ["pattern", "new", "slow_start"], ["", "", "Start slowly.", "", "", "", "", ""]
    )
    assert "Title [Slow start]: " in told
    assert "this one is needed" in told
    shown = cli("pattern", "show", "slow_start", "--format", "json").json
    assert (shown["title"], shown["severity"], shown["detectors"]) == ("Slow start", "medium", [])


def test_input_that_ends_writes_nothing(cli: CommandLine) -> None:
    on_terminal(cli.repo, ["pattern", "new", "slow_start"], ["Title", "\x04"], code=130)
    assert "slow_start.md" not in files(cli.repo)


def test_on_a_terminal_it_asks_for_what_is_left_out(cli: CommandLine) -> None:
    cli.repo.write("bad.py", "print(1)\n")
    cli.repo.write("good.py", "x = 1\n")
    told = on_terminal(
        cli.repo,
        ["pattern", "new", "no_print", "--title", "Log it"],
        [
            "",
            "Use a logger.",
            "hgh",
            "high",
            "",
            "Silence.",
            "",
            "builtin",
            "python.print_call",
            "",
            "nope",
            "bad.py",
            "good.py",
        ],
    )
    assert "one of: low, medium, high, critical" in told
    assert "no such file" in told
    assert "Title" not in told
    shown = cli("pattern", "show", "no_print", "--format", "json").json
    assert (shown["title"], shown["guidance"], shown["severity"]) == ("Log it", "Use a logger.", "high")
    assert shown["problems"] == ["Silence."]
    assert shown["detectors"][0]["message"].startswith("print in library code")


def on_terminal(repo: Repo, arguments: list[str], answers: list[str], code: int = 0) -> str:
    """Run with a terminal as standard input and error; what was written to it."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "feedback_loop", *arguments],
        cwd=repo.root,
        env=repo.environment,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs)
    os.write(ours, "".join(answer + "\n" for answer in answers).encode())
    told = b""
    try:
        while block := os.read(ours, 4096):
            told += block
    except OSError:  # Linux ends a terminal nobody holds any more with EIO
        pass
    os.close(ours)
    assert process.wait() == code, told
    return told.decode()
