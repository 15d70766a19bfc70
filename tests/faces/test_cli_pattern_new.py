"""`feedback-loop pattern new` for each kind of detector: written, and in force at once."""

from __future__ import annotations

import json

import pytest

from tests.faces.command_line import BARE, NAMED, CommandLine
from tests.faces.test_cli_pattern import files, on_terminal
from tests.repo import Repo

SHORT = ["--guidance", "Do it better."]
LOG = [*SHORT, "--literal", "console.log(", "--language", "javascript"]
LOG += ["--bad-code", "console.log(user)", "--good-code", "logger.info(user)"]
BODY = "func read(r *http.Request) {\n\tbody, err := io.ReadAll(r.Body)\n}\n"
LIMITED = BODY.replace("r.Body", "http.MaxBytesReader(nil, r.Body, 1<<20)")


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    repo.write("patterns/README.md", "# Our lessons\n")
    return CommandLine(repo, monkeypatch, capsys)


def new(cli: CommandLine, name: str, *flags: str) -> dict[str, object]:
    """The one detector of a pattern that is written as told and keeps its promises."""
    answer = cli("pattern", "new", name, *flags)
    assert answer.code == 0, answer.err
    assert cli("pattern", "lint", name).code == 0
    assert cli("pattern", "test", name).code == 0
    (detector,) = json.loads((cli.repo.root / f"patterns/{name}.json").read_text())["detectors"]
    assert isinstance(detector, dict)
    return detector


def refused(cli: CommandLine, *flags: str) -> str:
    """What is said instead of writing anything."""
    before = files(cli.repo)
    answer = cli("pattern", "new", "another", *SHORT, *flags)
    assert (answer.code, answer.out) == (2, "")
    assert files(cli.repo) == before
    return answer.err


# -- found in the next commit --------------------------------------------------------------------


def test_a_javascript_text_is_found_in_the_next_commit(cli: CommandLine) -> None:
    assert new(cli, "console_log", *LOG) == {
        "id": "text",
        "kind": "literal",
        "level": "warn",
        "message": "Console log",
        "text": "console.log(",
    }
    cli.repo.write("web/app.js", "start();\n")
    cli.repo.stage()
    cli.repo.commit()
    cli.repo.write("web/app.js", "start();\nif (user) {\n  console.log(user);\n}\n")
    cli.repo.write("notes.txt", "console.log(user)\n")
    cli.repo.stage()
    for done in (cli.repo.call("scan"), cli.repo.hook()):
        assert done.returncode == 0
        assert "web/app.js:3:3: warn console_log/text  Console log" in done.stdout
        assert "fix: Do it better." in done.stdout
        assert "notes.txt" not in done.stdout


def test_go_code_is_found_in_the_next_commit_and_stops_it(cli: CommandLine) -> None:
    cli.repo.write("bad.go", BODY)
    cli.repo.write("good.go", LIMITED)
    flags = ["--ast-grep", "io.ReadAll($R.Body)", "--level", "block", "--bad", "bad.go", "--good", "good.go"]
    detector = new(cli, "whole_body", *SHORT, *flags)
    assert detector["language"] == "go"
    cli.repo.write("api/save.go", 'package api\n\nimport "io"\n\n' + BODY)
    cli.repo.stage("api")
    for done in (cli.repo.call("scan"), cli.repo.hook()):
        assert done.returncode == 1
        assert "api/save.go:6:15: block whole_body/code  Whole body" in done.stdout
    cli.repo.write("api/save.go", 'package api\n\nimport "io"\n\n' + LIMITED)
    cli.repo.stage("api")
    assert cli.repo.hook().returncode == 0


# -- each kind -----------------------------------------------------------------------------------


def test_several_texts_as_words_in_any_case(cli: CommandLine) -> None:
    flags = ["--literal", "breakpoint", "--literal", "set_trace", "--word", "--ignore-case"]
    flags += [
        "--bad-code",
        "x = BREAKPOINT()",
        "--bad-code",
        "pdb.set_trace()",
        "--good-code",
        "breakpoints()",
    ]
    detector = new(cli, "debugger", *SHORT, *flags, "--message", "a debugger is left in")
    assert (detector["texts"], detector["word"], detector["ignore_case"]) == (
        ["breakpoint", "set_trace"],
        True,
        True,
    )
    assert detector["message"] == "a debugger is left in"


def test_a_regex_and_the_lines_it_leaves_out(cli: CommandLine) -> None:
    flags = ["--regex", r"uses:\s*[\w./-]+@(main|master)\b", "--unless", "# pinned", "--language", "yaml"]
    flags += ["--bad-code", "uses: actions/checkout@main", "--good-code", "uses: a/b@main # pinned"]
    detector = new(cli, "moving_action", *SHORT, *flags)
    assert (detector["kind"], detector["unless"]) == ("regex", "# pinned")


def test_without_a_language_every_text_file_is_read(cli: CommandLine) -> None:
    new(cli, "marker", *SHORT, "--regex", "^<<<<<<< ", "--bad-code", "<<<<<<< HEAD", "--good-code", "x")
    cli.repo.write("any.thing", "a\n<<<<<<< HEAD\n")
    cli.repo.stage("any.thing")
    assert "any.thing:2:1: warn marker/regex" in cli("scan").out


@pytest.mark.parametrize(
    ("language", "code", "bad", "good"),
    [
        ("javascript", "eval($A)", "eval(text)", "parse(text)"),
        ("typescript", "$A as any", "const x = y as any", "const x = y as X"),
        ("go", "panic($$$A)", 'func f() { panic("x") }', "func f() error { return err }"),
        ("c", "gets($A)", "int f() { gets(line); }", "int f() { fgets(line, 9, stdin); }"),
        ("java", "$A.printStackTrace()", "class A { void f() { e.printStackTrace(); } }", "class A {}"),
        ("rust", "$A.unwrap()", "fn f() { x.unwrap(); }", "fn f() { x?; }"),
        ("ruby", "eval($A)", "eval(text)", "parse(text)"),
        ("bash", "eval $A", 'eval "$x"', 'echo "$x"'),
    ],
)
def test_code_of_many_languages(cli: CommandLine, language: str, code: str, bad: str, good: str) -> None:
    flags = ["--ast-grep", code, "--language", language, "--bad-code", bad, "--good-code", good]
    assert new(cli, "shape", *SHORT, *flags)["language"] == language


@pytest.mark.parametrize("alone", [True, False])
def test_a_rule_from_a_file(cli: CommandLine, alone: bool) -> None:
    rule = {"pattern": "yaml.load($A)"}
    whole = {"rule": rule, "anchor": ["A"], "constraints": {"A": {"regex": "^t"}}, "language": "python"}
    cli.repo.write("rules/load.json", json.dumps(rule if alone else whole))
    flags = ["--rule", "rules/load.json", "--bad-code", "yaml.load(text)", "--good-code", "yaml.safe_load(x)"]
    detector = new(cli, "unsafe_load", *SHORT, *flags, *(["--language", "python"] if alone else []))
    assert detector["rule"] == rule
    assert detector.get("anchor") == (None if alone else ["A"])
    assert cli("pattern", "show", "unsafe_load", "--format", "json").json["languages"] == ["python"]


def test_a_check_with_parameters(cli: CommandLine) -> None:
    params = {"names": ["requests.get"], "without_keywords": ["timeout"]}
    flags = ["--builtin", "python.call", "--params", json.dumps(params)]
    flags += ["--bad-code", "import requests\nrequests.get(url)"]
    flags += ["--good-code", "import requests\nrequests.get(url, timeout=5)"]
    detector = new(cli, "no_timeout", *SHORT, *flags)
    assert (detector["id"], detector["params"], detector["message"]) == ("call", params, "No timeout")


def test_examples_may_come_from_files_and_as_text(cli: CommandLine) -> None:
    cli.repo.write("bad.ts", "console.log(1)\n")
    flags = ["--bad", "bad.ts", "--language", "typescript"]
    new(cli, "console_log", *LOG, *flags)
    shown = cli("pattern", "show", "console_log", "--format", "json").json
    assert [(one["language"], one["lines"]) for one in shown["bad_examples"]] == [
        ("typescript", [1]),
        ("javascript", [1]),
    ]
    assert shown["languages"] == ["javascript", "typescript"]


# -- refused -------------------------------------------------------------------------------------

BOTH = ["--bad-code", "abc(x)", "--good-code", "xyz"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--regex", "a(?=b)", *BOTH], "/detectors/0/regex: look-ahead is not supported (offset 1)"),
        (["--regex", "(", *BOTH], "/detectors/0/regex: "),
        (["--regex", "abc", "--unless", "(", *BOTH], "/detectors/0/unless: "),
        (["--regex", "abc", "--unless", "x", *BOTH], "nothing is found"),
        (["--regex", "abc", "--level", "off", "--unless", "(", *BOTH], "/detectors/0/unless: "),
        (["--literal", "ab", *BOTH], "/detectors/0/text: 2 bytes: 3 to 200 are allowed"),
        (["--literal", "abc\ndef", *BOTH], "/detectors/0/text: one line of text"),
        (["--literal", "xyz", *BOTH], "another/text finds 'xyz'"),
        (["--literal", "nowhere", *BOTH], "another/text finds none of the bad examples"),
        (["--literal", "abc", "--bad-code", "abc"], "give both: --bad FILE or --bad-code TEXT"),
        (["--literal", "abc", "--bad-code", "  ", "--good-code", "x"], "the example given as text is empty"),
        (["--literal", "abc", "--regex", "abc", *BOTH], "--literal and --regex: a new pattern has one"),
        (["--unless", "abc"], "--unless needs --regex"),
        (["--literal", "abc", "--unless", "x", *BOTH], "--unless needs --regex"),
        (["--word"], "--word needs --literal"),
        (["--builtin", "python.call", "--ignore-case", *BOTH], "--ignore-case needs --literal or --regex"),
        (["--params", "{}"], "--params needs --builtin"),
        (["--builtin", "python.call", "--params", "[]", *BOTH], "--params:1: expected a JSON object"),
        (["--builtin", "python.call", "--params", "{", *BOTH], "--params:1: not JSON"),
        (["--builtin", "python.call", *BOTH], "/detectors/0/params/names: a list of dotted names is needed"),
        (["--ast-grep", "abc($A)", *BOTH], "say which: --language javascript"),
        (
            ["--ast-grep", "abc($A)", "--language", "sql", *BOTH],
            "/detectors/0/language: ast-grep does not read",
        ),
        (["--literal", "abc", "--language", "golang", *BOTH], "no file is known to be written in 'golang'"),
        (["--ast-grep", "color: $A", "--language", "css", *BOTH], "needs a --rule FILE"),
        (["--rule", "nowhere.json", *BOTH], "cannot read the rule"),
        (["--rule", "/etc/hostname", *BOTH], "leaves the repository"),
        (["--rule", "list.json", *BOTH], "list.json:1: expected a JSON object"),
        (["--rule", "text.json", *BOTH], "text.json:1: not JSON"),
        (["--rule", "odd.json", "--language", "go", *BOTH], "odd.json:1: /fix: unknown key"),
        (["--rule", "odd.json", "--language", "go", *BOTH], "odd.json:1: /anchor: expected a list"),
        (["--rule", "typo.json", "--language", "go", *BOTH], "/detectors/0/rule/patern: unknown key"),
        (["--rule", "kind.json", "--language", "go", *BOTH], "/detectors/0/rule: ast-grep: "),
    ],
)
def test_what_is_unsound_is_told_and_nothing_is_written(
    cli: CommandLine, flags: list[str], words: str
) -> None:
    cli.repo.write("list.json", "[]")
    cli.repo.write("text.json", "rule: x")
    cli.repo.write("odd.json", '{"rule": {"kind": "x"}, "fix": "y", "anchor": "A"}')
    cli.repo.write("typo.json", '{"patern": "x"}')
    cli.repo.write("kind.json", '{"kind": "nosuchkind"}')
    assert words in refused(cli, *flags)


def test_what_another_pattern_praises_is_not_found(cli: CommandLine) -> None:
    new(cli, "console_log", *LOG)
    flags = ["--literal", "logger.info", "--bad-code", "logger.info()", "--good-code", "x()"]
    told = refused(cli, "--language", "javascript", *flags)
    assert "good example of console_log: another/text finds 'logger.info(user)'" in told


# -- on a terminal -------------------------------------------------------------------------------

PROSE = ["", "Do it better.", "", "", "", ""]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["txt", "text", "eval(", "javascript", "", "", "eval(x)", "", "parse(x)"], "literal"),
        (["regex", r"eval\(", "", "", "", "eval(x)", "", "parse(x)"], "regex"),
        (["code", "eval($A)", "", "js", "javascript", "", "bad.js", "good.js"], "ast-grep"),
        (
            [
                "builtin",
                "python.call",
                '{"names": ["os.system"]}',
                "",
                "",
                "import os; os.system(x)",
                "",
                "x()",
            ],
            "builtin",
        ),
        (["builtin", "python.bare_except", "", "bad.py", "good.py"], "builtin"),
    ],
)
def test_on_a_terminal_it_asks_what_to_look_for(cli: CommandLine, answers: list[str], kind: str) -> None:
    cli.repo.write("bad.js", "eval(x)\n")
    cli.repo.write("good.js", "parse(x)\n")
    cli.repo.write("bad.py", BARE)
    cli.repo.write("good.py", NAMED)
    told = on_terminal(cli.repo, ["pattern", "new", "no_eval"], [*PROSE, *answers])
    assert "What to look for (text, regex, code, builtin, nothing) [nothing]: " in told
    (detector,) = cli("pattern", "show", "no_eval", "--format", "json").json["detectors"]
    assert detector["kind"] == kind
    assert cli("pattern", "test").code == 0


def test_on_a_terminal_no_question_is_asked_twice(cli: CommandLine) -> None:
    told = on_terminal(cli.repo, ["pattern", "new", "console_log", *LOG], ["", "", "", "", "", "mine"])
    assert "What to look for" not in told
    assert "Language" not in told
    assert "example" not in told.partition("still to write")[0]
    (detector,) = cli("pattern", "show", "console_log", "--format", "json").json["detectors"]
    assert detector["message"] == "mine"
