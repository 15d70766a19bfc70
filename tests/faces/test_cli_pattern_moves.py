"""From proposal to pattern, and to the archive and back, in real repositories."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from feedback_loop.api.origin import author_token
from feedback_loop.api.patterns import decisions as pattern_decisions
from feedback_loop.api.patterns import edit as pattern_edit
from feedback_loop.api.patterns import moves as pattern_moves
from feedback_loop.errors import UserError
from feedback_loop.stores.decisions import drop_decision
from feedback_loop.stores.files import atomic_write
from tests.faces.command_line import BARE, NAMED, Answer, CommandLine, write_pattern
from tests.repo import Repo

SHOUT = "def g(x):\n    print('loud')\n    return x\n"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions", supersedes=["bare_excepts"])
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    return CommandLine(repo, monkeypatch, capsys)


def propose(cli: CommandLine, name: str = "loud", **fields: Any) -> None:
    """A proposal whose detector finds `print`."""
    good = SHOUT.replace("print", "logging.info")
    write_pattern(cli.repo, name, "print_call", below="proposed/", bad=SHOUT, good=good, **fields)


def halves(cli: CommandLine, prefix: str) -> list[bytes]:
    """The bytes of both files, of those that are there."""
    paths = (cli.repo.root / f"patterns/{prefix}{ending}" for ending in (".md", ".json"))
    return [path.read_bytes() for path in paths if path.exists()]


def library(cli: CommandLine) -> dict[str, bytes]:
    folder = cli.repo.root / "patterns"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def decisions(cli: CommandLine) -> list[dict[str, Any]]:
    """What is recorded, the oldest first."""
    found = cli("events", "list", "--kind", "decision", "--format", "json").json["events"]
    return [one["data"] for one in reversed(found)]


def refused(cli: CommandLine, *arguments: str, code: int = 2) -> str:
    """What is said instead of changing or recording anything."""
    before = library(cli)
    answer = cli("pattern", *arguments)
    assert answer.code == code
    assert library(cli) == before
    assert decisions(cli) == []
    return answer.out + answer.err


def to_commit(answer: Answer) -> list[str]:
    """What the command says is to be added."""
    (line,) = (line for line in answer.err.splitlines() if line.startswith("commit it: "))
    return shlex.split(line.removeprefix("commit it: "))


# -- proposed ------------------------------------------------------------------------------------


def test_proposed_says_when_there_is_none(cli: CommandLine) -> None:
    answer = cli("pattern", "proposed")
    assert (answer.code, answer.out, answer.err) == (0, "0 proposals, 0 ready to be accepted\n", "")


def test_proposed_tells_origin_what_is_missing_and_the_gate(cli: CommandLine) -> None:
    propose(cli, source={"kind": "failure", "events": ["e1", "e2"]})
    prose = "# Draft\n\n## Bad example\n\n```python\nx = 1\n```\n"
    propose(cli, "draft", prose=prose, source={"kind": "import", "path": "GUIDE.md"})
    answer = cli("pattern", "proposed")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "2 proposals, 1 ready to be accepted",
        "  draft  not ready       Draft (imported from GUIDE.md)",
        "      missing: description, good example",
        "      gate: draft.md: no good example in python: its detectors cannot be trusted",
        "      gate: draft.md:6: bad example: nothing is found",
        "      gate: draft.md: draft/print_call finds none of the bad examples",
        "      can wait: problems, references",
        "  loud   ready           Named exceptions (from 2 events)",
    ]
    assert "pattern accept NAME" in answer.err
    found = cli("pattern", "proposed", "--format", "json").json["proposals"]
    assert [(one["name"], one["ready"], one["gate"]["passed"]) for one in found] == [
        ("draft", False, False),
        ("loud", True, True),
    ]
    assert found[1]["origin"]["events"] == ["e1", "e2"]


def test_proposed_names_what_cannot_be_read_and_lists_the_others(cli: CommandLine) -> None:
    propose(cli)
    cli.repo.write("patterns/proposed/broken.json", "{")
    answer = cli("pattern", "proposed")
    assert answer.code == 2
    assert "broken.md is missing beside it" in answer.out
    assert "loud    ready" in answer.out
    (broken, _) = cli("pattern", "proposed", "--format", "json").json["proposals"]
    assert (broken["ready"], broken["gate"]) == (False, None)


def test_a_proposal_with_the_name_of_a_pattern_is_not_ready(cli: CommandLine) -> None:
    propose(cli, "named_exceptions")
    assert "name given twice" in cli("pattern", "proposed").out


# -- accept --------------------------------------------------------------------------------------


def test_accept_moves_both_files_and_records_it(cli: CommandLine) -> None:
    propose(cli)
    cli.repo.stage("patterns")
    cli.repo.commit()
    cli.repo.write("patterns/proposed/loud.md", halves(cli, "proposed/loud")[0] + b"\n")
    before, index = halves(cli, "proposed/loud"), cli.repo.git("ls-files", "-s")
    answer = cli("pattern", "accept", "loud", "--reason", "seen it twice")
    assert answer.code == 0, answer.err
    assert answer.out.startswith(
        "accepted loud\n"
        "  patterns/proposed/loud.md -> patterns/loud.md\n"
        "  patterns/proposed/loud.json -> patterns/loud.json\n"
        "  recorded .feedback-loop/events/"
    )
    assert (halves(cli, "loud"), halves(cli, "proposed/loud")) == (before, [])
    assert cli.repo.git("ls-files", "-s") == index
    assert decisions(cli) == [{"action": "accept", "pattern": "loud", "reason": "seen it twice"}]
    cli.repo.git(*to_commit(answer)[1:])
    assert cli.repo.git("status", "--short", "--no-renames").split("\n")[1:-1] == [
        "A  patterns/loud.json",
        "A  patterns/loud.md",
        "D  patterns/proposed/loud.json",
        "D  patterns/proposed/loud.md",
    ]


def test_accepted_it_runs_in_the_next_scan(cli: CommandLine) -> None:
    propose(cli)
    cli.repo.write("a.py", SHOUT)
    cli.repo.stage("a.py")
    assert "loud/" not in cli("scan").out
    assert cli("pattern", "accept", "loud").code == 0
    assert "a.py:2:5: block loud/print_call" in cli("scan").out


def test_accepted_under_another_name_the_old_one_stays_valid(cli: CommandLine) -> None:
    propose(cli, "gap_1a", supersedes=["older"])
    text, data = halves(cli, "proposed/gap_1a")
    cli.repo.write("patterns/proposed/gap_1a.md", text.replace(b"# Named exceptions", b"# gap_1a"))
    answer = cli("pattern", "accept", "gap_1a", "--as", "quiet", "--format", "json")
    assert answer.code == 0, answer.err
    assert answer.json["former"] == "gap_1a"
    assert answer.json["commit"][:2] == ["patterns/quiet.md", "patterns/quiet.json"]
    new_text, new_data = halves(cli, "quiet")
    assert new_text == text.replace(b"# Named exceptions", b"# quiet")
    assert json.loads(new_data) == json.loads(data) | {
        "name": "quiet",
        "supersedes": ["older", "gap_1a"],
    }
    assert halves(cli, "proposed/gap_1a") == []
    assert cli("pattern", "show", "gap_1a").err == "gap_1a is superseded by quiet\n"
    assert cli("pattern", "lint").code == 0
    assert decisions(cli) == [{"action": "accept", "pattern": "quiet", "reason": "proposed as gap_1a"}]


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("named_exceptions", "named_exceptions exists already: patterns/named_exceptions.md"),
        ("bare_excepts", "bare_excepts is superseded by named_exceptions"),
        ("other", "other exists already: patterns/proposed/other.md"),
        ("Loud", "'Loud' cannot be a pattern's name"),
        ("../loud", "'../loud' cannot be a pattern's name"),
    ],
)
def test_accept_under_a_name_that_is_none_or_taken_moves_nothing(
    cli: CommandLine, new: str, told: str
) -> None:
    propose(cli)
    propose(cli, "other")
    assert told in refused(cli, "accept", "loud", "--as", new)


def test_accept_of_an_incomplete_proposal_says_what_is_missing(cli: CommandLine) -> None:
    propose(cli, prose="# Loud\n\nToo loud.\n")
    told = refused(cli, "accept", "loud", code=1)
    assert "loud is not accepted:\n  ✗ still to write: bad example\n  ✗ still to write: good example" in told
    assert "nothing was moved" in told
    answer = cli("pattern", "accept", "loud", "--format", "json")
    assert (answer.code, answer.json["done"]) == (1, False)
    assert "still to write: bad example" in answer.json["reasons"]


def test_accept_of_a_proposal_whose_gate_fails_says_why(cli: CommandLine) -> None:
    write_pattern(cli.repo, "loud", "print_call", below="proposed/", bad=SHOUT, good=SHOUT)
    assert "loud/print_call" in refused(cli, "accept", "loud", code=1)


def test_accept_of_a_draft_that_still_has_its_own_words_is_declined(cli: CommandLine) -> None:
    propose(cli)
    text = halves(cli, "proposed/loud")[0]
    draft = b"Say here what goes wrong, why it hurts, and when it does not apply."
    cli.repo.write("patterns/proposed/loud.md", text.replace(b"A bare handler hides `every` bug.", draft))
    assert "still to write: description" in refused(cli, "accept", "loud", code=1)


def test_accept_of_what_cannot_be_read_says_so(cli: CommandLine) -> None:
    propose(cli, severity="dreadful")
    assert "/severity" in refused(cli, "accept", "loud", code=1)


def test_accept_of_an_id_that_another_pattern_has_is_declined(cli: CommandLine) -> None:
    other = json.loads(halves(cli, "named_exceptions")[1])["pattern_id"]
    propose(cli, pattern_id=other)
    assert "pattern_id given twice" in refused(cli, "accept", "loud", code=1)


@pytest.mark.parametrize("below", ["", "archive/"])
def test_accept_leaves_a_pattern_of_that_name_alone(cli: CommandLine, below: str) -> None:
    propose(cli)
    write_pattern(cli.repo, "loud", below=below)
    assert "exists already" in refused(cli, "accept", "loud")


# -- reject --------------------------------------------------------------------------------------


def test_reject_removes_both_files_and_keeps_name_and_reason(cli: CommandLine) -> None:
    hashed = "ab" * 32
    propose(cli, source={"kind": "mined", "sha256": hashed})
    answer = cli("pattern", "reject", "loud", "--reason", "a test's own fault")
    assert (answer.code, halves(cli, "proposed/loud")) == (0, [])
    assert "removed patterns/proposed/loud.json" in answer.out
    assert "it was never added to git: its text is gone" in answer.err
    assert [path.partition("/")[0] for path in to_commit(answer)[3:]] == [".feedback-loop"]
    assert decisions(cli) == [
        {"action": "reject", "pattern": "loud", "reason": "a test's own fault", "sha256": hashed}
    ]


def test_reject_of_what_git_knows_says_that_its_text_is_kept(cli: CommandLine) -> None:
    propose(cli)
    cli.repo.stage("patterns")
    answer = cli("pattern", "reject", "loud", "--reason", "no")
    assert "git still has its text" in answer.err
    assert "patterns/proposed/loud.md" in to_commit(answer)


def test_reject_takes_a_proposal_that_cannot_be_read_or_is_half_a_one(cli: CommandLine) -> None:
    cli.repo.write("patterns/proposed/loud.json", "{")
    answer = cli("pattern", "reject", "loud", "--reason", "rubbish", "--format", "json")
    assert (answer.code, answer.json["removed"]) == (0, ["patterns/proposed/loud.json"])


# -- archive and restore -------------------------------------------------------------------------


def test_archived_the_hook_is_silent_and_restored_it_finds_again(cli: CommandLine) -> None:
    cli.repo.stage("patterns")
    cli.repo.commit()
    extra = halves(cli, "named_exceptions")[0] + b"\nA remark that nobody staged.  \n"
    cli.repo.write("patterns/named_exceptions.md", extra)
    before = library(cli)
    cli.repo.write("a.py", BARE)
    cli.repo.stage("a.py")
    assert cli.repo.hook().returncode == 1

    answer = cli("pattern", "archive", "named_exceptions", "--reason", "the linter finds it")
    assert answer.code == 0, answer.err
    assert [path for path in to_commit(answer) if path.startswith("patterns")] == [
        "patterns/named_exceptions.md",
        "patterns/named_exceptions.json",
        "patterns/archive/named_exceptions.md",
        "patterns/archive/named_exceptions.json",
    ]
    silent = cli.repo.hook()
    assert silent.returncode == 0
    assert "named_exceptions" not in silent.stdout
    assert "none of them is active" in cli("pattern", "list").out

    answer = cli("pattern", "restore", "named_exceptions")
    assert (answer.code, library(cli)) == (0, before)
    assert cli.repo.hook().returncode == 1
    assert sorted(decisions(cli), key=lambda one: str(one["action"])) == [
        {"action": "archive", "pattern": "named_exceptions", "reason": "the linter finds it"},
        {"action": "restore", "pattern": "named_exceptions", "reason": ""},
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["archive", "nemed_exceptions", "--reason", "x"], "did you mean named_exceptions"),
        (["archive", "../x", "--reason", "x"], "no pattern is called '../x'"),
        (["archive", "bare_excepts", "--reason", "x"], "bare_excepts is superseded by named_exceptions"),
        (["archive", "named_exceptions", "--reason", " "], "--reason cannot be empty"),
        (["archive", "named_exceptions"], "--reason"),
        (["archive", "loud", "--reason", "x"], "pattern reject loud"),
        (["archive", "old", "--reason", "x"], "old is archived already"),
        (["restore", "named_exceptions"], "named_exceptions is active already"),
        (["restore", "loud"], "pattern accept loud"),
        (["accept", "named_exceptions"], "named_exceptions is active already"),
        (["accept", "old"], "pattern restore old"),
        (["reject", "named_exceptions", "--reason", "x"], "pattern archive named_exceptions"),
        (["reject", "loud", "--reason", ""], "--reason cannot be empty"),
    ],
)
def test_what_is_not_in_that_state_is_told_with_what_to_do(
    cli: CommandLine, arguments: list[str], told: str
) -> None:
    propose(cli)
    write_pattern(cli.repo, "old", below="archive/")
    assert told in refused(cli, *arguments)


@pytest.mark.parametrize(("action", "below"), [("archive", "archive/"), ("restore", "")])
def test_other_files_of_that_name_are_never_replaced(cli: CommandLine, action: str, below: str) -> None:
    write_pattern(cli.repo, "old", below="" if below else "archive/")
    write_pattern(cli.repo, "old", below=below, severity="low")
    assert "exists already, and holds something else" in refused(cli, action, "old", "--reason", "x")


def test_without_a_library_of_its_own_there_is_nothing_to_archive(cli: CommandLine) -> None:
    for path in sorted((cli.repo.root / "patterns").iterdir()):
        path.unlink()
    (cli.repo.root / "patterns").rmdir()
    answer = cli("pattern", "archive", "bounds_checking", "--reason", "x")
    assert (answer.code, "there is no patterns/ here" in answer.err) == (2, True)


def test_restored_with_a_gate_that_fails_by_now_it_says_so(cli: CommandLine) -> None:
    write_pattern(cli.repo, "old", "print_call", below="archive/", bad=NAMED, good=NAMED)
    answer = cli("pattern", "restore", "old")
    assert answer.code == 0
    assert "its gate fails: old.md: old/print_call finds none of the bad examples" in answer.err


def test_a_pattern_that_cannot_be_read_goes_and_comes_back_as_it_is(cli: CommandLine) -> None:
    cli.repo.write("patterns/odd.md", "no title")
    cli.repo.write("patterns/odd.json", "{")
    before = library(cli)
    assert cli("pattern", "archive", "odd", "--reason", "broken").code == 0
    answer = cli("pattern", "restore", "odd")
    assert (answer.code, library(cli)) == (0, before)
    assert "no title" in answer.err


def test_a_link_is_refused(cli: CommandLine) -> None:
    path = cli.repo.root / "patterns/named_exceptions.md"
    target = path.rename(cli.repo.root / "elsewhere.md")
    path.symlink_to(target)
    assert "is a link" in refused(cli, "archive", "named_exceptions", "--reason", "x")
    assert path.is_symlink()


def test_from_another_folder_the_way_to_commit_says_where(cli: CommandLine, tmp_path: Path) -> None:
    os.chdir(tmp_path)
    root = str(cli.repo.root)
    answer = cli("pattern", "archive", "named_exceptions", "--reason", "x", "-C", root)
    assert to_commit(answer)[:4] == ["git", "-C", root, "add"]


def test_a_guide_with_the_patterns_is_to_be_brought_up_to_date(cli: CommandLine) -> None:
    assert cli("pattern", "export").code == 0
    answer = cli("pattern", "archive", "named_exceptions", "--reason", "x")
    assert "bring AI_PATTERNS.md up to date: feedback-loop pattern export" in answer.err


# -- stopped in between --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["accept", "loud"], "append_events"),
        (["accept", "loud", "--as", "quiet"], "append_events"),
        (["reject", "loud", "--reason", "no"], "append_events"),
        (["archive", "named_exceptions", "--reason", "no"], "append_events"),
        (["archive", "named_exceptions", "--reason", "no"], "drop_decision"),
        (["restore", "old"], "append_events"),
        (["edit", "named_exceptions", "--severity", "low"], "append_events"),
    ],
)
def test_stopped_before_it_is_recorded_a_rerun_records_it_once(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: list[str], call: str
) -> None:
    propose(cli)
    write_pattern(cli.repo, "old", below="archive/")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pattern_decisions, call, stopped)
        assert cli("pattern", *arguments).code == 130
    after = library(cli)
    answer = cli("pattern", *arguments)
    assert answer.code == 0, answer.err
    assert [one["action"] for one in decisions(cli)] == [arguments[0]]
    assert library(cli) == after


WORK = {
    "archive": (["archive", "named_exceptions", "--reason", "first"], pattern_moves, "move_halves"),
    "restore": (["restore", "old", "--reason", "first"], pattern_moves, "move_halves"),
    "accept": (["accept", "loud", "--reason", "first"], pattern_moves, "move_halves"),
    "reject": (["reject", "loud", "--reason", "first"], pattern_moves, "remove_halves"),
    "edit": (
        ["edit", "named_exceptions", "--severity", "low", "--reason", "first"],
        pattern_edit,
        "atomic_write",
    ),
}


def recorded(cli: CommandLine) -> list[tuple[str, str]]:
    """Action and author of every decision, the oldest first."""
    found = cli("events", "list", "--kind", "decision", "--format", "json").json["events"]
    return [(one["data"]["action"], one["by"]) for one in reversed(found)]


@pytest.mark.parametrize("killed", [False, True], ids=["refused", "killed"])
@pytest.mark.parametrize(("arguments", "module", "call"), WORK.values(), ids=WORK)
def test_of_work_that_was_not_done_a_later_run_records_its_own_decision_only(
    cli: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    module: ModuleType,
    call: str,
    killed: bool,
) -> None:
    propose(cli)
    write_pattern(cli.repo, "old", below="archive/")
    before, kept = library(cli), cli.repo.root / ".git/feedback-loop"

    def full(*_: object) -> None:
        if killed:  # as SIGKILL would: nobody tidies up
            monkeypatch.setattr(pattern_decisions, "drop_decision", lambda *_: None)
        raise KeyboardInterrupt if killed else UserError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, call, full)
        assert cli("pattern", *arguments).code == (130 if killed else 2)
    monkeypatch.setattr(pattern_decisions, "drop_decision", drop_decision)
    assert (library(cli), len(list(kept.glob("decision-*")))) == (before, int(killed))
    cli.repo.git("config", "user.email", "else@example.org")
    if arguments[0] == "edit":
        assert "nothing changed" in cli("pattern", "edit", "named_exceptions", "--severity", "high").err
        assert recorded(cli) == []
    assert cli("pattern", *arguments).code == 0
    assert recorded(cli) == [(arguments[0], author_token("else@example.org"))]
    assert list(kept.glob("decision-*")) == []


def test_another_decision_first_records_the_one_that_was_done(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pattern_decisions, "append_events", stopped)
        assert cli("pattern", "archive", "named_exceptions", "--reason", "unused").code == 130
    answer = cli("pattern", "restore", "named_exceptions")
    assert answer.code == 0, answer.err
    assert sorted(one["action"] for one in decisions(cli)) == ["archive", "restore"]
    assert len([path for path in to_commit(answer) if path.startswith(".feedback-loop")]) == 2


def test_a_decision_whose_files_were_put_back_by_hand_is_not_recorded(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    path = cli.repo.root / "patterns/named_exceptions.json"
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(pattern_decisions, "append_events", stopped)
        assert cli("pattern", "edit", "named_exceptions", "--severity", "low").code == 130
    path.write_bytes(before)
    assert cli("pattern", "edit", "named_exceptions", "--severity", "high").code == 0
    assert decisions(cli) == []


# -- edit ----------------------------------------------------------------------------------------


def edit(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, script: str, *arguments: str) -> Answer:
    """Edited by sed: the script sees both files."""
    monkeypatch.setenv("EDITOR", shlex.join(["sed", "-i", script]))
    return cli("pattern", "edit", *(arguments or ("named_exceptions",)))


def held(cli: CommandLine, prefix: str = "named_exceptions") -> dict[str, Any]:
    value = json.loads(halves(cli, prefix)[1])
    assert isinstance(value, dict)
    return value


def test_an_edit_that_changes_the_meaning_raises_the_version(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held(cli)
    answer = edit(cli, monkeypatch, 's/"severity": "high"/"severity": "low"/')
    assert answer.code == 0, answer.err
    assert held(cli) == before | {"severity": "low", "version": 2}
    assert answer.out.startswith("edited named_exceptions\n  changed patterns/named_exceptions.json\n")
    assert "version 1 -> 2" in answer.err
    assert decisions(cli) == [
        {"action": "edit", "pattern": "named_exceptions", "reason": "changed: severity"}
    ]
    assert edit(cli, monkeypatch, "s/return x()/return x(1)/").code == 0
    assert held(cli)["version"] == 3
    # Two decisions of one second have no order.
    assert "changed: bad examples, good examples" in [one["reason"] for one in decisions(cli)]


def test_an_edit_of_the_prose_leaves_the_version(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(cli)
    answer = edit(cli, monkeypatch, "s/hides/swallows/", "named_exceptions", "--reason", "plainer")
    assert answer.code == 0, answer.err
    assert b"A bare handler swallows" in halves(cli, "named_exceptions")[0]
    assert held(cli) == before
    assert decisions(cli)[0]["reason"] == "plainer"


def test_a_version_that_a_person_raised_is_kept_and_a_lower_one_refused(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pattern(cli.repo, "named_exceptions", version=4)
    script = 's/"version": 4/"version": 9/;s/"severity": "high"/"severity": "low"/'
    assert edit(cli, monkeypatch, script).code == 0
    assert held(cli)["version"] == 9
    answer = edit(cli, monkeypatch, 's/"version": 9/"version": 2/')
    assert (answer.code, held(cli)["version"]) == (2, 9)
    assert "version 2 is lower than 9" in answer.err


def test_an_editor_that_changes_nothing_changes_nothing(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    assert "nothing changed" in refused(cli, "edit", "named_exceptions", code=0)
    assert "nothing changed" in refused(cli, "edit", "named_exceptions", "--severity", "high", code=0)


def test_visual_goes_before_editor(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i s/hides/swallows/")
    assert edit(cli, monkeypatch, "s/hides/covers/").code == 0
    assert b"swallows" in halves(cli, "named_exceptions")[0]


def test_what_cannot_be_read_is_kept_aside_and_gone_on_with(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", shlex.join(["sed", "-i", 's/"severity": "high"/"severity": "dire"/']))
    told = refused(cli, "edit", "named_exceptions")
    assert "named_exceptions is not changed:" in told
    assert "/severity" in told
    assert ".git/feedback-loop/edit/named_exceptions" in told
    answer = edit(cli, monkeypatch, "s/dire/critical/")
    assert answer.code == 0, answer.err
    assert "going on with the edit kept in" in answer.err
    assert (held(cli)["severity"], held(cli)["version"]) == ("critical", 2)
    assert not (cli.repo.root / ".git/feedback-loop/edit/named_exceptions").exists()


def test_an_active_pattern_whose_gate_would_fail_stays_as_it_is(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/except:/except*ValueError:/")
    told = refused(cli, "edit", "named_exceptions", code=1)
    assert "finds none of the bad examples" in told
    assert "your edit is kept in" in told
    cli.repo.write("patterns/named_exceptions.md", halves(cli, "named_exceptions")[0] + b"\n")
    assert "has changed since it was edited" in refused(cli, "edit", "named_exceptions")
    answer = edit(cli, monkeypatch, "s/hides/swallows/", "named_exceptions", "--fresh")
    assert answer.code == 0, answer.err
    assert b"except:" in halves(cli, "named_exceptions")[0]


def test_a_proposal_is_edited_whatever_its_gate_says(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(cli)
    answer = edit(cli, monkeypatch, "s/print(/write(/", "loud")
    assert answer.code == 0, answer.err
    assert "its gate fails: loud.md: loud/print_call finds none of the bad examples" in answer.err
    assert b"write(" in halves(cli, "proposed/loud")[0]


def test_a_pattern_that_cannot_be_read_can_be_mended(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pattern(cli.repo, "named_exceptions", severity="dire")
    assert edit(cli, monkeypatch, "s/dire/high/").code == 0
    assert cli("pattern", "lint").code == 0


def test_changed_by_somebody_else_meanwhile_it_is_not_overwritten(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cli.repo.root / "patterns/named_exceptions.json"
    script = cli.repo.write("editor.sh", f'sed -i s/high/low/ "$2"; echo >>{shlex.quote(str(path))}')
    monkeypatch.setenv("EDITOR", f"sh {shlex.quote(str(script))}")
    answer = cli("pattern", "edit", "named_exceptions")
    assert (answer.code, held(cli)["severity"]) == (2, "high")
    assert "patterns/named_exceptions.json has changed since it was edited" in answer.err


@pytest.mark.parametrize(
    ("editor", "told"),
    [
        ("", "no editor is set"),
        ("'", "cannot be read"),
        ("/no/such/editor", "cannot start /no/such/editor"),
        ("false", "false ended with 1"),
    ],
)
def test_without_an_editor_that_works_nothing_changes(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, editor: str, told: str
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    assert told in refused(cli, "edit", "named_exceptions")


def test_a_program_that_the_repository_names_is_not_started(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.repo.git("config", "core.editor", "touch started; true")
    assert "no editor is set" in refused(cli, "edit", "named_exceptions")
    assert not (cli.repo.root / "started").exists()


def test_options_change_values_without_an_editor(cli: CommandLine) -> None:
    before = held(cli)
    flags = [
        "--severity",
        "low",
        "--guidance",
        "Name them.",
        "--owner",
        "team-io",
        "--tag",
        "b",
        "--tag",
        "a",
    ]
    answer = cli("pattern", "edit", "bare_excepts", *flags, "--format", "json")
    assert answer.code == 0, answer.err
    changed = {"severity": "low", "guidance": "Name them.", "owner": "team-io", "tags": ["b", "a"]}
    assert held(cli) == before | changed | {"version": 2}
    assert answer.json["written"] == ["patterns/named_exceptions.json"]
    assert cli("pattern", "edit", "named_exceptions", "--owner", "").code == 0
    assert (held(cli)["owner"], held(cli)["version"]) == (None, 2)


def test_a_value_that_the_schema_refuses_changes_nothing(cli: CommandLine) -> None:
    assert "/guidance" in refused(cli, "edit", "named_exceptions", "--guidance", "x" * 201)


def test_stopped_between_its_two_files_a_rerun_writes_the_second(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:

    def stopped(path: str, data: bytes) -> bool:
        if path.endswith("/patterns/named_exceptions.json"):
            raise KeyboardInterrupt
        return atomic_write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(pattern_edit, "atomic_write", stopped)
        assert edit(cli, monkeypatch, "s/return x()/return x(1)/").code == 130
    assert (held(cli).get("version"), decisions(cli)) == (None, [])
    monkeypatch.setenv("EDITOR", "true")
    answer = cli("pattern", "edit", "named_exceptions")
    assert answer.code == 0, answer.err
    assert held(cli)["version"] == 2
    assert len(decisions(cli)) == 1


def test_stopped_before_the_copies_are_gone_it_is_recorded_once(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pattern_edit.shutil, "rmtree", stopped)
        assert edit(cli, monkeypatch, "s/hides/swallows/").code == 130
    monkeypatch.setenv("EDITOR", "true")
    assert "nothing changed" in cli("pattern", "edit", "named_exceptions").err
    assert len(decisions(cli)) == 1
    assert not (cli.repo.root / ".git/feedback-loop/edit/named_exceptions").exists()
