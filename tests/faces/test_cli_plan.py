"""`plan check`, `plan list`, `plan use` and `plan log` on real repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import validate as check_json_schema

from feedback_loop.formats.schema import schema_text
from tests.faces.command_line import CommandLine
from tests.repo import Repo

BAD = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n"
GOOD = BAD.replace("except:", "except ValueError:")
HEAD = "# Task: x\n\n## Patterns to Apply\n"
PLAN = "plans/x.md"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def write_plan(repo: Repo, *items: str, path: str = PLAN) -> None:
    repo.write(path, HEAD + "".join(f"- {item}\n" for item in items))


def begin(repo: Repo, *items: str) -> None:
    """A first commit, then one that adds the plan."""
    repo.write("README.md", "x\n")
    repo.stage()
    repo.commit()
    write_plan(repo, *items)
    repo.stage()
    repo.commit()


def verdicts(answer: object) -> dict[str, str]:
    (plan,) = answer.json["plans"]  # type: ignore[attr-defined]
    return {item["name"]: item["verdict"] for item in plan["items"]}


def test_no_section_is_silence(cli: CommandLine) -> None:
    cli.repo.write(PLAN, "# Task\n\n- [x] specific_exceptions\n")
    answer = cli("plan", "check", PLAN)
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_no_plan_is_told(cli: CommandLine) -> None:
    answer = cli("plan", "check")
    assert (answer.code, answer.out) == (0, "")
    assert "no current plan" in answer.err


def test_a_plan_for_documentation_is_not_applicable(cli: CommandLine) -> None:
    begin(cli.repo, "[x] specific_exceptions", "[ ] numpy_json_serialization")
    cli.repo.write("README.md", "much more\n")
    cli.repo.stage()
    answer = cli("plan", "check", PLAN, "--format", "json")
    assert answer.code == 0
    assert set(verdicts(answer).values()) == {"not_applicable"}
    assert cli("plan", "check", PLAN, "--strict").code == 1


def test_every_commit_since_the_plan_was_added_counts(cli: CommandLine) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    cli.repo.commit()
    cli.repo.write("b.py", "x = 1\n")
    cli.repo.stage()
    answer = cli("plan", "check", PLAN)
    assert answer.code == 1
    assert "- [x] specific_exceptions (line 4): violated, 1 finding\n" in answer.out
    assert "      a.py:4:5: block specific_exceptions/bare_except" in answer.out
    assert cli("plan", "check", PLAN, "--staged").code == 0
    assert cli("plan", "check", PLAN, "--diff", "HEAD~1..HEAD").code == 1
    assert cli("plan", "check", PLAN, "--diff", "HEAD~2..HEAD~1").code == 0


def test_code_from_before_the_plan_does_not_count(cli: CommandLine) -> None:
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    cli.repo.commit()
    begin(cli.repo, "[x] specific_exceptions")
    assert verdicts(cli("plan", "check", PLAN, "--format", "json")) == {
        "specific_exceptions": "not_applicable"
    }


def test_a_plan_of_the_first_commit_is_held_against_all(cli: CommandLine) -> None:
    write_plan(cli.repo, "[x] specific_exceptions")
    cli.repo.write("a.py", GOOD)
    cli.repo.stage()
    cli.repo.commit()
    answer = cli("plan", "check", PLAN)
    assert answer.code == 0
    assert "came with the first commit" in answer.out
    assert "supported, no finding on 1 added line it is about (a.py:4)" in answer.out


def test_an_uncommitted_plan_is_held_against_what_is_staged(cli: CommandLine) -> None:
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    cli.repo.commit()
    write_plan(cli.repo, "[x] specific_exceptions")
    cli.repo.write("b.py", GOOD)
    cli.repo.stage("b.py")
    answer = cli("plan", "check", PLAN, "--format", "json")
    assert answer.json["plans"][0]["against"] == "what is staged"
    assert verdicts(answer) == {"specific_exceptions": "supported"}


def test_a_plan_that_a_merge_brought_is_measured_from_before_the_merge(cli: CommandLine) -> None:
    repo = cli.repo
    repo.write("README.md", "x\n")
    repo.stage()
    repo.commit()
    repo.git("switch", "-q", "-c", "work")
    repo.write("a.py", BAD)
    repo.stage()
    repo.commit("the mistake comes before the plan")
    write_plan(repo, "[x] specific_exceptions")
    repo.stage()
    repo.commit()
    assert cli("plan", "check", PLAN).code == 0
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "m", "work")
    assert cli("plan", "check", PLAN).code == 1


def test_a_range_without_a_file_checks_the_plans_that_the_range_changes(cli: CommandLine) -> None:
    """As CI runs it: detached, no branch of origin known."""
    begin(cli.repo, "[x] specific_exceptions")
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    cli.repo.commit()
    cli.repo.git("switch", "-q", "--detach", "HEAD")
    answer = cli("plan", "check", "--diff", "HEAD~2...HEAD")
    assert answer.code == 1
    assert answer.out.startswith(f"plan {PLAN} against HEAD~2...HEAD")
    assert cli("plan", "check", "--diff", "HEAD~1...HEAD").out == ""


def test_nobody_answers_for_what_a_merge_of_the_base_brings(cli: CommandLine) -> None:
    repo = cli.repo
    repo.write("README.md", "x\n")
    repo.stage()
    repo.commit()
    repo.git("switch", "-q", "-c", "work")
    write_plan(repo, "[x] specific_exceptions")
    repo.stage()
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.write("other.py", BAD)
    repo.stage()
    repo.commit()
    repo.git("switch", "-q", "work")
    repo.git("merge", "-q", "-m", "m", "main")
    assert cli("plan", "check", PLAN).code == 0
    repo.write("mine.py", BAD)
    repo.stage()
    answer = cli("plan", "check", PLAN)
    assert answer.code == 1
    assert "mine.py:4:5" in answer.out
    assert "other.py" not in answer.out


def test_code_that_is_binary_or_too_large_proves_nothing(cli: CommandLine) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    cli.repo.write("a.py", GOOD)
    cli.repo.write("logo.png", b"\0\1")
    cli.repo.write("big.js", b"x = 1;\n" * (3 << 20))
    cli.repo.stage()
    assert verdicts(cli("plan", "check", PLAN, "--format", "json")) == {"specific_exceptions": "supported"}
    cli.repo.write("b.py", BAD.encode() + b"\0")
    cli.repo.stage()
    (item,) = cli("plan", "check", PLAN, "--format", "json").json["plans"][0]["items"]
    assert (item["verdict"], item["reason"]) == ("unverifiable", "not checked: b.py: binary")


def test_code_that_ast_grep_cannot_parse_proves_nothing(cli: CommandLine) -> None:
    (cli.repo.root / "patterns").mkdir()
    made = cli(
        *("pattern", "new", "no_eval", "--language", "javascript", "--guidance", "Parse it."),
        *("--ast-grep", "eval($A)", "--bad-code", "eval(x)", "--good-code", "JSON.parse(x)"),
    )
    assert made.code == 0, made.err
    path = cli.repo.root / "patterns" / "no_eval.json"
    pattern = json.loads(path.read_text())
    pattern["detectors"][0]["site"] = {"rule": {"pattern": "JSON.parse($A)"}}
    path.write_text(json.dumps(pattern))
    write_plan(cli.repo, "[x] no_eval")
    cli.repo.stage()
    cli.repo.commit()
    cli.repo.write("a.js", "JSON.parse(x)\n")
    cli.repo.stage()
    assert verdicts(cli("plan", "check", PLAN, "--staged", "--format", "json")) == {"no_eval": "supported"}
    cli.repo.write("a.js", "function ((( {\nJSON.parse(x)\n")
    cli.repo.stage()
    assert verdicts(cli("plan", "check", PLAN, "--staged", "--format", "json")) == {"no_eval": "unverifiable"}


def test_a_pattern_whose_file_is_broken_is_no_unknown_name(cli: CommandLine) -> None:
    cli.repo.write("patterns/house_rule.json", "{")
    cli.repo.write("patterns/house_rule.md", "# x\n")
    write_plan(cli.repo, "[x] house_rule")
    (item,) = cli("plan", "check", PLAN, "--format", "json").json["plans"][0]["items"]
    assert item["verdict"] == "unverifiable"
    assert item["reason"].startswith("patterns/house_rule.json:")
    assert item["near"] == []


def test_the_paths_we_print_are_taken_from_any_folder(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    (cli.repo.root / "sub").mkdir()
    monkeypatch.chdir(cli.repo.root / "sub")
    assert cli("plan", "check", PLAN).code == 0
    assert cli("plan", "use", PLAN).code == 0


def test_suppressed_and_accepted_findings_violate_nothing(cli: CommandLine) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    cli.repo.write(
        "a.py", BAD.replace("except:", "except:  # feedback-loop: ignore[specific_exceptions] tried")
    )
    cli.repo.stage()
    answer = cli("plan", "check", PLAN)
    assert answer.code == 0
    assert "1 suppressed" in answer.out
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    assert cli("plan", "check", PLAN).code == 1
    assert cli("baseline", "write").code == 0
    answer = cli("plan", "check", PLAN)
    assert answer.code == 0
    assert "1 in the baseline" in answer.out


def test_moved_code_violates_nothing(cli: CommandLine) -> None:
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    cli.repo.commit()
    begin(cli.repo, "[x] specific_exceptions")
    cli.repo.write("a.py", "x = 1\n")
    cli.repo.write("b.py", "y = 2\n" + BAD)
    cli.repo.stage()
    answer = cli("plan", "check", PLAN)
    assert answer.code == 0
    assert "1 moved" in answer.out


def test_a_file_that_does_not_parse_proves_nothing(cli: CommandLine) -> None:
    begin(cli.repo, "[x] bounds_checking")
    cli.repo.write("a.py", "def f(:\n    return [][0]\n")
    cli.repo.stage()
    answer = cli("plan", "check", PLAN, "--format", "json")
    (item,) = answer.json["plans"][0]["items"]
    assert item["verdict"] == "unverifiable"
    assert "a.py" in item["reason"]


def test_unknown_names_come_with_the_closest_and_notes_are_shown(cli: CommandLine) -> None:
    write_plan(cli.repo, "[x] bound_checking", "[] lost", "[ ] ../../etc/passwd")
    answer = cli("plan", "check", PLAN)
    assert answer.code == 0
    assert "unverifiable, not in the library; did you mean bounds_checking?" in answer.out
    assert "note (stops a commit): line 5: malformed box" in answer.out
    assert "- [ ] ../../etc/passwd (line 6): unverifiable" in answer.out


def test_text_from_a_plan_reaches_the_terminal_inert(cli: CommandLine) -> None:
    write_plan(cli.repo, "[x] evil\x1b[2Jname", "[x] right\u202eleft")
    out = cli("plan", "check", PLAN).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "evil\\x1b[2Jname" in out


def test_json_has_every_documented_field(cli: CommandLine) -> None:
    begin(cli.repo, "[x] specific_exceptions", "[ ] nonsense")
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    answer = cli("plan", "check", PLAN, "--format", "json")
    assert answer.json["exit_code"] == answer.code == 1
    check_json_schema(answer.json, json.loads(schema_text("plan")))
    (plan,) = answer.json["plans"]
    assert set(plan) == {
        *("path", "against", "section", "items", "summary", "ticked_not_supported"),
        *("supported_not_ticked", "conflicts", "notes"),
    }
    first, second = plan["items"]
    assert (first["line"], first["checked"], first["pattern"]) == (4, True, "specific_exceptions")
    assert first["findings"][0]["line"] == 4
    assert first["sites"] == [{"path": "a.py", "line": 4}]
    assert second["pattern"] is None
    assert plan["summary"] == {"violated": 1, "unverifiable": 1, "supported": 0, "not_applicable": 0}


def test_several_plans_in_one_go(cli: CommandLine) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    write_plan(cli.repo, "[ ] structured_logging", path="plans/y.md")
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    answer = cli("plan", "check", "plans/y.md", PLAN, "--format", "json")
    assert [plan["path"] for plan in answer.json["plans"]] == ["plans/y.md", PLAN]
    assert answer.code == 1


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "empty"),
        ("../x.md", "Path traversal detected in: ../x.md"),
        ("plans\\..\\x.md", "Path traversal detected"),
        ("/etc/passwd", "must be within allowed roots"),
        ("nothing.md", "not found"),
        ("plans", "a folder, not a plan"),
        ("out.md", "must be within allowed roots"),
        ("pipe.md", "not a regular file"),
        ("binary.md", "UTF-8"),
        ("large.md", "larger than"),
    ],
)
def test_a_file_that_is_no_plan_is_one_clear_error(cli: CommandLine, name: str, words: str) -> None:
    cli.repo.write(PLAN, HEAD)
    (cli.repo.root / "out.md").symlink_to("/etc/passwd")
    os.mkfifo(cli.repo.root / "pipe.md")
    cli.repo.write("binary.md", b"\xff\xfe\x00")
    cli.repo.write("large.md", b"x" * ((1 << 20) + 1))
    answer = cli("plan", "check", name)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert answer.err.count("\n") <= 2


def test_a_current_plan_that_cannot_be_read_is_told_in_json_too(cli: CommandLine) -> None:
    cli.repo.write(PLAN, b"\xff")
    cli.repo.stage()
    answer = cli("plan", "check", "--format", "json")
    assert answer.code == answer.json["exit_code"] == 2
    check_json_schema(answer.json, json.loads(schema_text("plan")))
    (entry,) = answer.json["unreadable"]
    assert entry["path"] == PLAN
    assert "UTF-8" in entry["reason"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--diff", "nonsense"),
        ("--diff", "no..where"),
        ("--staged", "--diff", "HEAD..HEAD"),
        ("--diff", ""),
    ],
)
def test_a_diff_that_is_none_is_exit_2(cli: CommandLine, arguments: tuple[str, ...]) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    assert cli("plan", "check", PLAN, *arguments).code == 2


def test_a_shallow_clone_says_what_it_lacks(cli: CommandLine, tmp_path: Path) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    clone = tmp_path / "clone"
    cli.repo.git("clone", "-q", "--depth", "1", f"file://{cli.repo.root}", str(clone))
    answer = cli("plan", "check", "-C", str(clone), PLAN)
    assert answer.code == 2
    assert "shallow" in answer.err
    assert cli("plan", "check", "-C", str(clone), PLAN, "--staged").code == 0


# -- current plans, use, list, log ----------------------------------------------------------------


def test_the_current_plan_is_what_the_branch_changes_as_it_lies_on_the_disk(cli: CommandLine) -> None:
    begin(cli.repo)
    cli.repo.git("switch", "-q", "-c", "work")
    write_plan(cli.repo, "[ ] specific_exceptions", path="plans/work.md")
    cli.repo.write("a.py", BAD)
    cli.repo.stage()
    write_plan(cli.repo, "[x] specific_exceptions", path="plans/work.md")
    answer = cli("plan", "check")
    assert answer.code == 1
    assert answer.out.startswith("plan plans/work.md against ")


def test_use_pins_a_plan_for_this_work_tree_alone(cli: CommandLine, tmp_path: Path) -> None:
    begin(cli.repo, "[x] specific_exceptions")
    other = tmp_path / "other"
    cli.repo.git("worktree", "add", "-q", str(other))
    before = cli.repo.git("status", "--porcelain")
    assert cli("plan", "use").code == 1
    assert cli("plan", "use", PLAN).code == 0
    assert cli("plan", "use").out == PLAN + "\n"
    assert cli("plan", "use", "-C", str(other)).code == 1
    assert cli.repo.git("status", "--porcelain") == before
    assert cli("plan", "check").out.startswith(f"plan {PLAN}")
    assert cli("plan", "use", "--clear").code == 0
    assert cli("plan", "use").code == 1


@pytest.mark.parametrize("arguments", [("nothing.md",), ("../x.md",), ("/etc/passwd",), (PLAN, "--clear")])
def test_what_cannot_be_pinned_pins_nothing(cli: CommandLine, arguments: tuple[str, ...]) -> None:
    begin(cli.repo)
    assert cli("plan", "use", *arguments).code == 2
    assert cli("plan", "use").code == 1


def test_list_shows_progress_verdicts_and_age(cli: CommandLine) -> None:
    begin(cli.repo, "[x] specific_exceptions", "[ ] bounds_checking")
    cli.repo.git("switch", "-q", "-c", "work")
    cli.repo.write("plans/work.md", HEAD + "- [x] specific_exceptions\n\n## Phases\n- [x] one\n- [ ] two\n")
    cli.repo.write("plans/zz.md", b"\xff")
    cli.repo.write("a.py", GOOD)
    cli.repo.stage()
    answer = cli("plan", "list", "--format", "json")
    assert answer.code == 2
    work, old, broken = answer.json["plans"]
    assert (work["path"], work["current"], work["age_days"]) == ("plans/work.md", True, None)
    assert (work["phases_completed"], work["phases"], work["ticked"], work["items"]) == (1, 2, 1, 1)
    assert work["verdicts"]["supported"] == 1
    assert (old["path"], old["current"], old["age_days"], old["verdicts"]) == (PLAN, False, 0, None)
    assert "UTF-8" in broken["problem"]
    text = cli("plan", "list").out
    assert "* plans/work.md" in text
    assert "1/2 ticked" in text
    assert cli("plan", "list", "--verdicts", "all", "--format", "json").json["plans"][1]["verdicts"]


def test_list_without_plans_says_how_to_begin(cli: CommandLine) -> None:
    answer = cli("plan", "list")
    assert (answer.code, answer.out) == (0, "")
    assert "plan new" in answer.err


def test_log_records_the_plan_once(cli: CommandLine) -> None:
    begin(cli.repo, "[x] print_statement", "[ ] structured_logging", "[x] nonsense")
    answer = cli("plan", "log", PLAN, "--format", "json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert told["recorded"] is True
    again = cli("plan", "log", PLAN)
    assert again.out == f"{told['id']} {told['path']}\n"
    assert "recorded already" in again.err
    event = json.loads((cli.repo.root / told["path"]).read_text())
    assert (event["kind"], event["patterns"]) == ("plan", ["structured_logging"])
    assert event["data"]["path"] == PLAN
    assert event["data"]["declared"][2] == {"name": "nonsense", "line": 6, "checked": True}
    assert event["data"]["verdicts"] == {"structured_logging": "not_applicable"}


def test_check_finds_claims_that_would_be_lost(cli: CommandLine) -> None:
    write_plan(cli.repo, "[x] bound_checking", "[] lost")
    cli.repo.stage()
    answer = cli("check")
    assert answer.code == 1
    assert "plans/x.md:5: malformed box" in answer.out
    write_plan(cli.repo, "[x] bound_checking")
    assert cli("check").code == 0
    cli.repo.write("feedback-loop.toml", '[plan]\nunknown = "error"\n')
    assert "'bound_checking' is not in the library" in cli("check").out
