"""`feedback-loop explain` in real repositories."""

from __future__ import annotations

import pytest

from tests.faces.command_line import BARE, CommandLine, write_pattern
from tests.repo import Repo


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions", supersedes=["bare_excepts"])
    return CommandLine(repo, monkeypatch, capsys)


def flat(text: str) -> str:
    """The text without its line breaks and columns."""
    return " ".join(text.split())


def test_it_tells_why_by_example_and_what_to_do_instead(cli: CommandLine) -> None:
    answer = cli("explain", "named_exceptions")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.split("\n")
    for part in (
        "Named exceptions",
        "  A bare handler hides `every` bug.",
        "  - Silence where there should be a traceback.",
        "    4 |     except:",
        "  Name the exceptions you expect.",
        "  - PEP 8 https://peps.python.org/pep-0008/",
    ):
        assert part in lines


def test_it_tells_what_the_detector_finds_and_where(cli: CommandLine) -> None:
    told = flat(cli("explain", "named_exceptions").out)
    assert "block named_exceptions/bare_except stops the commit every error is hidden here" in told
    assert "finds `except:` without a type swallows even KeyboardInterrupt. Handlers without a type;" in told
    assert "among every exception handler." in told
    assert "scope python files, not in tests" in told
    assert "only if an added line holds `except`" in told
    assert "tests are **/test/** **/tests/** **/test_*.py" in told


def test_globs_of_pattern_and_settings_are_in_the_scope(cli: CommandLine) -> None:
    paths = {"include": ["api/**"], "exclude": ["api/old/**"]}
    write_pattern(cli.repo, "named_exceptions", paths=paths)
    cli.repo.write("feedback-loop.toml", '[scan]\ntests = ["checks/**"]\n')
    told = flat(cli("explain", "named_exceptions").out)
    assert "scope python files, only api/**, not api/old/**, not in tests" in told
    assert "tests are checks/**" in told


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("", "block named_exceptions/bare_except stops the commit"),
        ('fail-on = "never"', "block named_exceptions/bare_except is shown, the commit goes on"),
        ('[levels]\nnamed_exceptions = "warn"', "level warn by feedback-loop.toml; the pattern says block"),
        ('[levels]\nnamed_exceptions = "hint"', "hint named_exceptions/bare_except is shown with --hints"),
        ('[levels]\nnamed_exceptions = "off"', "off named_exceptions/bare_except is not looked for"),
        ('fail-on = "warn"\n[levels]\nnamed_exceptions = "warn"', "warn named_exceptions/bare_except stops"),
    ],
)
def test_levels_are_those_after_settings(cli: CommandLine, settings: str, words: str) -> None:
    cli.repo.write("feedback-loop.toml", settings)
    assert words in flat(cli("explain", "named_exceptions").out)


def test_a_keyword_cannot_be_imported_under_another_name(cli: CommandLine) -> None:
    note = "What is imported under another name"
    assert note not in cli("explain", "named_exceptions").out
    write_pattern(cli.repo, "no_print", "print_call", bad="print(1)\n", good="x = 1\n")
    assert note in cli("explain", "no_print").out


def test_a_detector_that_fails_its_example_is_said_not_to_run(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", good=BARE)
    told = flat(cli("explain", "named_exceptions").out)
    assert "does NOT run: it fails its own example: good example of named_exceptions" in told


def test_an_unknown_check_is_said_not_to_run(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", "bare_exept")
    told = flat(cli("explain", "named_exceptions").out)
    assert "does NOT run: builtin: no built-in check 'python.bare_exept' (did you mean" in told


DETECTORS = {
    "texts": {"kind": "literal", "texts": ["import pdb", "breakpoint("], "word": True, "ignore_case": True},
    "loud": {"kind": "regex", "regex": "(?P<anchor>TODO)[(:]", "unless": "#[0-9]+", "level": "hint"},
    "line": {"kind": "regex", "regex": r"[link](http://x.example)", "ignore_case": True},
    "call": {"kind": "ast-grep", "language": "python", "rule": {"pattern": "yaml.load($A)"}, "anchor": ["A"]},
    "deep": {
        "kind": "ast-grep",
        "language": "go",
        "rule": {"pattern": {"context": "f($A);", "selector": "call_expression"}},
        "constraints": {"A": {"regex": "^x"}},
        "prefilter": {"added_any": ["f("]},
    },
    "rule": {
        "kind": "ast-grep",
        "language": "python",
        "rule": {"kind": "call", "matches": "one"},
        "utils": {"one": {"regex": "^os"}},
    },
    "named": {"kind": "builtin", "builtin": "python.call", "params": {"names": ["os.system"]}},
    "blind": {"kind": "regex", "regex": "a(?=b)"},
}


def explained(cli: CommandLine, name: str, **fields: object) -> str:
    """What is said of the detector of this name, which is the only one of its pattern."""
    detector = {"id": name, "message": "m", "level": "warn"} | DETECTORS[name]
    write_pattern(cli.repo, "several", None, detectors=[detector], **fields)
    answer = cli("explain", "several")
    assert answer.code == 0
    return flat(answer.out.partition("What is found on added lines")[2])


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "texts",
            [
                "finds `import pdb` or `breakpoint(` as a word of its own in capitals or not anchor the text",
                "scope python files",
                "only if an added line holds `import pdb` or `breakpoint(`, in capitals or not",
            ],
        ),
        (
            "loud",
            [
                "finds what `(?P<anchor>TODO)[(:]` matches on one line unless `#[0-9]+` matches the same line",
                "anchor the group `anchor`",
                "only if an added line holds `TODO`",
            ],
        ),
        (
            "line",
            ["finds what `[link](http://x.example)` matches on one line, in capitals or not anchor the"],
        ),
        (
            "call",
            ["finds python code shaped `yaml.load($A)` anchor what `$A` stands for scope python files"],
        ),
        (
            "deep",
            [
                'finds go code shaped like the call_expression in `f($A);` where `{"A":{"regex":"^x"}}`',
                "anchor the first line of the match scope go files only if an added line holds `f(` instead",
            ],
        ),
        (
            "rule",
            [
                'python code shaped by the rule `{"kind":"call","matches":"one"}` rules `{"one":{"regex"',
                "only if always: every changed file in scope is read (slow lane)",
            ],
        ),
        ("named", ['with `{"names":["os.system"]}` scope python files', "an added line holds `system`"]),
        ("blind", ["does NOT run: regex: look-ahead is not supported (offset 1)"]),
    ],
)
def test_it_tells_what_each_kind_looks_for(cli: CommandLine, name: str, parts: list[str]) -> None:
    told = explained(cli, name)
    for part in parts:
        assert part in told


def test_a_detector_of_no_language_reads_every_text_file(cli: CommandLine) -> None:
    assert "scope every text file only if" in explained(cli, "texts", languages=[])


def test_json_has_the_expression_and_the_prefilter(cli: CommandLine) -> None:
    write_pattern(cli.repo, "several", None, detectors=[{"id": "one", "message": "m"} | DETECTORS["loud"]])
    (facts,) = cli("explain", "several", "--format", "json").json["detectors"]
    assert facts["expression"] == {
        "kind": "regex",
        "regex": "(?P<anchor>TODO)[(:]",
        "ignore_case": False,
        "unless": "#[0-9]+",
    }
    assert facts["prefilter"] == {"added_any": ["TODO"], "file_all": []}
    assert facts["check"] is None


def test_a_candidate_is_explained_but_does_not_run(cli: CommandLine) -> None:
    write_pattern(cli.repo, "candidate", below="proposed/")
    answer = cli("explain", "candidate")
    assert answer.code == 0
    assert "does NOT run: the pattern is proposed" in flat(answer.out)


def test_a_guideline_finds_nothing(cli: CommandLine) -> None:
    write_pattern(cli.repo, "guideline", builtin=None)
    assert "Nothing: this is a guideline without a detector." in cli("explain", "guideline").out


def test_a_superseded_name_leads_to_its_successor(cli: CommandLine) -> None:
    answer = cli("explain", "bare_excepts")
    assert (answer.code, answer.err) == (0, "bare_excepts is superseded by named_exceptions\n")
    assert answer.out == cli("explain", "named_exceptions").out


def test_an_unknown_name_is_answered_with_the_closest(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_errors", builtin=None)
    answer = cli("explain", "named_exception")
    assert (answer.code, answer.out) == (2, "")
    assert "did you mean named_exceptions or named_errors?" in answer.err
    assert "feedback-loop pattern list" in cli("explain", "zzz").err


def test_json_has_the_pattern_and_what_its_detectors_do(cli: CommandLine) -> None:
    document = cli("explain", "named_exceptions", "--format", "json").json
    assert document["pattern"]["title"] == "Named exceptions"
    (facts,) = document["detectors"]
    assert (facts["rule_id"], facts["level"], facts["written_level"]) == (
        "named_exceptions/bare_except",
        "block",
        "block",
    )
    assert facts["check"]["added_any"] == ["except"]
    assert facts["exempt"]["tests"][0] == "**/test/**"


def test_hostile_prose_reaches_the_terminal_as_text(cli: CommandLine) -> None:
    prose = "# [bold]T[/]\n\n[link=https://evil.example]x[/link] :smile:\n"
    write_pattern(cli.repo, "named_exceptions", prose=prose, guidance="[red]name")
    shown = cli("explain", "named_exceptions", "--color", "always").out
    assert "[bold]T[/]" in shown
    assert "[link=https://evil.example]x[/link] :smile:" in shown
    assert "[red]name" in shown
    assert "\x1b]" not in shown  # no link of the terminal's own


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "regex", "regex": "[bold]x[/] [a](http://x.example) :smile:"},
        {"kind": "literal", "text": "[bold]x[/] [a](http://x.example) :smile:"},
    ],
)
def test_hostile_expressions_are_shown_as_they_are(cli: CommandLine, fields: dict[str, str]) -> None:
    write_pattern(cli.repo, "evil", None, detectors=[{"id": "one", "message": "m"} | fields])
    for command in (["explain", "evil"], ["pattern", "show", "evil"]):
        shown = cli(*command, "--color", "always").out
        assert "[bold]x[/] [a](http://x.example) :smile:" in flat(shown)


def test_control_characters_in_a_pattern_never_reach_the_terminal(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", prose="# T\n\n\x1b[2J\u202e\n", guidance="\x1b[31mname")
    answer = cli("explain", "named_exceptions", "--color", "always")
    assert answer.code == 2
    assert not set("\x1b\u202e") & set(answer.out + answer.err)


def test_the_built_in_pack_explains_itself(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = CommandLine(repo, monkeypatch, capsys)
    names = [one["name"] for one in cli("pattern", "list", "--format", "json").json["patterns"]]
    assert names
    for name in names:
        answer = cli("explain", name)
        assert answer.code == 0
        assert "does NOT run" not in answer.out
        assert max(map(len, answer.out.split("\n"))) <= 100
