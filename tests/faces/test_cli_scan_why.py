"""`feedback-loop scan --why PATH:LINE`: every step that a detector can stop at (EXP-1), and bad places."""

from __future__ import annotations

import json
import os

import pytest

from tests.faces.command_line import BARE, NAMED, Answer, CommandLine, write_pattern
from tests.render.made import is_inert
from tests.repo import Repo

RULE = "named_exceptions/bare_except"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions")
    return CommandLine(repo, monkeypatch, capsys)


def stage(cli: CommandLine, text: str | bytes, name: str = "app.py") -> None:
    cli.repo.write(name, text)
    cli.repo.stage(name)


def steps(answer: Answer) -> dict[str, str]:
    """What is said below the line: by detector the step and the reason."""
    assert answer.code == 0, answer.err
    rows = [line.split(maxsplit=1) for line in answer.out.splitlines()[2:]]
    return {rule: " ".join(rest.split()) for rule, rest in rows}


def step(cli: CommandLine, *arguments: str, place: str = "app.py:4") -> str:
    return steps(cli("scan", "--why", place, *arguments))[RULE]


# -- the steps -----------------------------------------------------------------------------------


def test_the_line_is_shown_and_the_process_says_the_same(cli: CommandLine) -> None:
    stage(cli, BARE)
    answer = cli("scan", "--why", "app.py:4")
    assert answer.out == f"app.py:4\n    4 |     except:\n{RULE}  found        reported at 4:5 as block\n"
    assert cli.repo.run("scan", "--why", "app.py:4").stdout == answer.out


def test_scope_by_language_setting_and_pattern(cli: CommandLine) -> None:
    stage(cli, BARE, "app.js")
    assert step(cli, place="app.js:4") == "scope reads python, and this is javascript"
    stage(cli, BARE, "app.odd")
    assert step(cli, place="app.odd:4") == "scope reads python, and this is no language we know"
    stage(cli, BARE, "gone/app.py")
    write_pattern(cli.repo, "named_exceptions", paths={"exclude": ["gone/**"]})
    assert step(cli, place="gone/app.py:4").startswith("scope the path is excluded by the pattern")
    write_pattern(cli.repo, "named_exceptions", paths={"include": ["src/**", "example.py"]})
    assert step(cli, place="gone/app.py:4").startswith("scope the path is not among those")
    cli.repo.write("feedback-loop.toml", 'exclude = ["gone/**"]\n')
    assert step(cli, place="gone/app.py:4").startswith("scope the path is excluded by the settings")


def test_prefilter(cli: CommandLine) -> None:
    path = cli.repo.root / "patterns/named_exceptions.json"
    pattern = json.loads(path.read_text())
    pattern["detectors"][0]["prefilter"] = {"added_any": ["except"], "file_all": ["return None"]}
    path.write_text(json.dumps(pattern))
    stage(cli, BARE.replace("return None", "return 1"))
    assert step(cli) == "prefilter matches, but the words it looks for first are missing: except, return None"


def test_parse(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", "print_call", bad="print(1)\n", good="x = 1\n")
    write_pattern(
        cli.repo,
        "indexes",
        "unguarded_index",
        bad="def f(x):\n    return x.split()[3]\n",
        good="x = 1\n",
        level="warn",
    )
    stage(cli, "def f(x:\n    return x.split()[3]\n")
    found = steps(cli("scan", "--why", "app.py:2"))
    assert found["indexes/unguarded_index"].startswith("parse not parsed as Python 3")
    assert "(line 1)" in found["indexes/unguarded_index"]


def test_match(cli: CommandLine) -> None:
    stage(cli, NAMED)
    assert step(cli) == "match no match in this file"
    stage(cli, BARE + "\n\n" + NAMED)
    assert step(cli, place="app.py:11") == "match no match here; in this file on line 4"


def test_anchor(cli: CommandLine) -> None:
    stage(cli, BARE)
    cli.repo.commit()
    stage(cli, BARE.replace("return None", "return 1"))
    assert step(cli) == "anchor matches, but what makes it wrong is not on an added line (line 4)"
    answer = cli("scan", "--why", "app.py:4")
    assert answer.out.startswith("app.py:4 (not an added line)\n")
    assert cli("scan", "--why", "app.py:5").out.startswith("app.py:5\n    5 |         return 1\n")
    assert step(cli, "--compare") == "anchor matches, and the old text has as many of it"
    assert step(cli, "--all") == "found reported at 4:5 as block"


def test_suppression(cli: CommandLine) -> None:
    stage(cli, BARE.replace("except:", "except:  # feedback-loop: ignore[named_exceptions] legacy"))
    assert step(cli) == "suppression a comment suppresses it: legacy"
    stage(cli, BARE.replace("except:", "except:  # feedback-loop: ignore[named_exceptions]"))
    found = steps(cli("scan", "--why", "app.py:4"))
    assert found[RULE] == "suppression a comment suppresses it: it gives no reason"
    assert found["feedback_loop/suppression_without_reason"].startswith("found the suppression of")
    stage(
        cli, BARE.replace("except:", "except:  # feedback-loop: ignore[named_exceptions] x until=2020-01-01")
    )
    assert step(cli) == "found reported at 4:5 as block"
    assert step(cli, "--as-of", "2020-01-01") == "suppression a comment suppresses it: x"


def test_baseline(cli: CommandLine) -> None:
    stage(cli, BARE)
    assert cli("baseline", "write").code == 0
    assert step(cli) == "baseline the baseline accepts it"
    assert step(cli, "--baseline", "none") == "found reported at 4:5 as block"


def test_level(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", level="hint")
    stage(cli, BARE)
    assert step(cli) == "level a hint: shown with --hints"
    assert step(cli, "--hints") == step(cli, "--fail-on", "hint") == "found reported at 4:5 as hint"
    assert step(cli, "--hints", "--min-severity", "critical").startswith("level of severity high: left out")
    cli.repo.write("feedback-loop.toml", 'fail-on = "hint"\n')
    assert step(cli) == "found reported at 4:5 as hint"


def test_another_detector_of_the_pattern_at_the_same_place(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", bad=BARE + "\n\n" + NAMED, good="x = 1\n")
    path = cli.repo.root / "patterns/named_exceptions.json"
    pattern = json.loads(path.read_text())
    weaker = {"id": "weaker", "kind": "literal", "text": "except", "level": "warn", "message": "m"}
    path.write_text(json.dumps(pattern | {"detectors": [weaker, *pattern["detectors"]]}))
    stage(cli, BARE)
    found = steps(cli("scan", "--why", "app.py:4"))
    assert found["named_exceptions/weaker"] == f"level matches; {RULE} is reported in its place"
    assert found[RULE] == "found reported at 4:5 as block"


def test_moved_code(cli: CommandLine) -> None:
    stage(cli, BARE)
    cli.repo.commit()
    stage(cli, "", "app.py")
    stage(cli, "x = 1\n" + BARE + "y = 1\n", "new.py")
    said = "found reported at 5:5 as warn, because the same line is removed elsewhere"
    assert step(cli, place="new.py:5") == said


def test_detectors_that_do_not_run(cli: CommandLine) -> None:
    write_pattern(cli.repo, "broken_examples", bad=NAMED)
    write_pattern(cli.repo, "switched_off", level="off")
    stage(cli, BARE)
    found = steps(cli("scan", "--why", "app.py:4"))
    assert found["broken_examples/bare_except"].startswith("gate does not run: it fails its own example")
    assert found["switched_off/bare_except"].startswith("off does not run: level off")
    assert next(iter(found)) == RULE


# -- whose line it is ----------------------------------------------------------------------------


def test_the_line_is_that_of_the_scan_and_not_that_on_the_disk(cli: CommandLine) -> None:
    stage(cli, BARE)
    cli.repo.commit()
    stage(cli, "x = 1\n" + BARE)
    cli.repo.write("app.py", NAMED)
    assert step(cli, "--all", place="app.py:5") == "found reported at 5:5 as block"
    assert step(cli, "--all", "--at", "HEAD", place="app.py:4") == "found reported at 4:5 as block"
    assert step(cli, "app.py", place="app.py:4") == "match no match in this file"
    assert step(cli, ".", place="app.py:4") == "match no match in this file"


def test_a_range_is_held_to_the_policy_that_its_scan_has(cli: CommandLine) -> None:
    stage(cli, NAMED, "old.py")
    cli.repo.stage()
    cli.repo.commit()
    write_pattern(cli.repo, "named_exceptions", level="hint")
    cli.repo.stage()
    stage(cli, BARE)
    cli.repo.commit()
    assert step(cli, "--diff", "HEAD~1..HEAD") == "level a hint: shown with --hints"
    refs = ("--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert step(cli, *refs) == "found reported at 4:5 as block"
    assert step(cli, *refs, "--policy", "head") == "level a hint: shown with --hints"


def test_in_a_merge_a_line_of_the_other_side_is_not_added(cli: CommandLine) -> None:
    stage(cli, NAMED, "first.py")
    cli.repo.commit()
    cli.repo.git("checkout", "-q", "-b", "side")
    stage(cli, BARE)
    cli.repo.commit()
    cli.repo.git("checkout", "-q", "main")
    stage(cli, NAMED, "second.py")
    cli.repo.commit()
    cli.repo.git("merge", "-q", "--no-commit", "side")
    assert step(cli).startswith("anchor ")


def test_text_that_an_attribute_hides_is_looked_at(cli: CommandLine) -> None:
    cli.repo.write(".gitattributes", "*.py -diff\n")
    stage(cli, BARE)
    assert step(cli) == "found reported at 4:5 as block"


def test_the_place_is_seen_from_where_the_user_stands(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(cli, BARE, "sub/app.py")
    assert step(cli, "-C", "sub") == "found reported at 4:5 as block"
    monkeypatch.chdir(cli.repo.root / "sub")
    assert step(cli) == "found reported at 4:5 as block"
    assert step(cli, place=str(cli.repo.root / "sub/app.py:4")) == "found reported at 4:5 as block"


def test_odd_names_and_hostile_lines(cli: CommandLine) -> None:
    name = os.fsdecode(b"a*[b]?\xff\n\x1b:3.py")
    (cli.repo.root / name).write_text(BARE.replace("except:", "except:  # \x1b[2J\u202e ##[error]"))
    stage(cli, BARE, "a.py")
    cli.repo.stage()
    done = cli.repo.run("scan", "--why", name + ":4")
    assert done.returncode == 0, done.stderr
    assert is_inert(done.stdout)
    assert "##[" not in done.stdout
    assert done.stdout.splitlines()[0] == r"a*[b]?\xff\x0a\x1b:3.py:4"
    assert "reported at 4:5 as block" in done.stdout


def test_as_json(cli: CommandLine) -> None:
    stage(cli, BARE)
    assert cli("scan", "--why", "app.py:4", "--format", "json").json == {
        "schema_version": 1,
        "path": "app.py",
        "line": 4,
        "text": "    except:",
        "added": True,
        "detectors": [{"detector": RULE, "step": "found", "reason": "reported at 4:5 as block"}],
        "exit_code": 0,
    }


def test_into_a_file(cli: CommandLine) -> None:
    stage(cli, BARE)
    answer = cli("scan", "--why", "app.py:4", "--output", "why.txt")
    assert (answer.code, answer.out) == (0, "")
    assert RULE in (cli.repo.root / "why.txt").read_text()


# -- bad places ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["", ":", "app.py", "app.py:", ":3", "app.py:x", "app.py:-1", "app.py:²", "a:" + "9" * 5000]
)
def test_what_is_no_place(cli: CommandLine, place: str) -> None:
    stage(cli, BARE)
    answer = cli("scan", "--why", place)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("feedback-loop: not a place: ")
    assert answer.err.endswith("  write PATH:LINE\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["app.py:0"], "app.py has 5 lines, and no line 0"),
        (["app.py:6"], "app.py has 5 lines, and no line 6"),
        (["old.py:1"], "old.py is not among what this scan looks at"),
        (["missing.py:1"], "missing.py is not among what this scan looks at"),
        (["missing.py:1", "--all"], "missing.py is not among what this scan looks at"),
        (["app.py:4", "old.py"], "app.py is not among what this scan looks at"),
        (["app.py:4", "--only", "src/**"], "app.py is left out by --only"),
        (["gone.py:1"], "gone.py has no text to check: deleted"),
        (["link.py:1"], "link.py has no text to check: symlink"),
        (["link.py:1", "--all"], "link.py has no text to check: no regular file"),
        (["../other.py:1"], "path leaves the repository"),
        ([".:1"], "path leaves the repository"),
        (["app.py:4", "--format", "sarif"], "--why is written as text or json"),
        (["app.py:4", "--diff", "a..b"], "here"),
    ],
)
def test_a_line_that_the_scan_does_not_reach(cli: CommandLine, arguments: list[str], told: str) -> None:
    stage(cli, NAMED, "old.py")
    stage(cli, "x = 1\n", "gone.py")
    cli.repo.commit()
    cli.repo.git("rm", "-q", "gone.py")
    (cli.repo.root / "link.py").symlink_to("old.py")
    cli.repo.stage("link.py")
    stage(cli, BARE)
    place, *rest = arguments
    answer = cli("scan", "--why", place, *rest)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert len(answer.err.splitlines()) <= 2
