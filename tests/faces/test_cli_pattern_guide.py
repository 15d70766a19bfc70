"""`pattern import` and `pattern export` in real repositories."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from feedback_loop.api.patterns import importing as pattern_import
from feedback_loop.errors import MachineFault
from feedback_loop.stores import lock
from feedback_loop.stores.library import write_pattern as write_files
from feedback_loop.stores.library_place import pack_place
from feedback_loop.workspace import Workspace
from tests.faces.command_line import BARE, NAMED, CommandLine, write_pattern
from tests.repo import Repo

GUIDE = """# Ours

### 1. Retry with a Limit

**Guidance:** Stop after five attempts.
**Tags:** network

Endless retries hide outages.

**Problems:**
- The queue fills up

#### ❌ Bad Pattern
```python
while True:
    send()
```

#### ✅ Good Pattern
```python
for attempt in range(5):
    send()
```

### 2. Name the Thing

**Problems:**
- Nobody knows what it is

#### ❌ Bad Pattern
```
x
```
"""


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    write_pattern(repo, "named_exceptions", supersedes=["bare_excepts"])
    return CommandLine(repo, monkeypatch, capsys)


def tree(repo: Repo) -> dict[str, bytes]:
    """Every file and its bytes."""
    paths = (path for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(repo.root).as_posix(): path.read_bytes() for path in paths}


def library(cli: CommandLine) -> dict[str, dict[str, object]]:
    listed = cli("pattern", "list", "--state", "all", "--format", "json").json["patterns"]
    return {one["name"]: one for one in listed}


# -- import ----------------------------------------------------------------------------------------


def test_complete_patterns_are_active_and_others_proposed_with_the_reason(cli: CommandLine) -> None:
    cli.repo.write("GUIDE.md", GUIDE)
    answer = cli("pattern", "import", "GUIDE.md")
    assert (answer.code, answer.out) == (
        0,
        "retry_with_a_limit: added to active\nname_the_thing: added to proposed\n  no good example\n",
    )
    assert {name: one["state"] for name, one in library(cli).items()} == {
        "named_exceptions": "active",
        "retry_with_a_limit": "active",
        "name_the_thing": "proposed",
    }
    shown = cli("pattern", "show", "retry_with_a_limit", "--format", "json").json
    assert (shown["guidance"], shown["tags"], shown["languages"]) == (
        "Stop after five attempts.",
        ["network"],
        ["python"],
    )
    assert shown["description"] == "Endless retries hide outages."
    assert shown["source"] == {"kind": "import", "path": "GUIDE.md"}


def test_twice_is_once(cli: CommandLine) -> None:
    cli.repo.write("GUIDE.md", GUIDE)
    cli("pattern", "import", "GUIDE.md")
    before = tree(cli.repo)
    assert (
        cli("pattern", "import", "GUIDE.md").out
        == "retry_with_a_limit: unchanged\nname_the_thing: unchanged\n"
    )
    assert tree(cli.repo) == before


def test_a_dry_run_writes_nothing(cli: CommandLine) -> None:
    cli.repo.write("GUIDE.md", GUIDE)
    before = tree(cli.repo)
    assert (
        "retry_with_a_limit: would be added to active"
        in cli("pattern", "import", "GUIDE.md", "--dry-run").out
    )
    assert tree(cli.repo) == before


def test_all_can_be_proposed(cli: CommandLine) -> None:
    cli.repo.write("GUIDE.md", GUIDE)
    cli("pattern", "import", "GUIDE.md", "--to", "proposed")
    assert library(cli)["retry_with_a_limit"]["state"] == "proposed"


def test_a_good_example_that_a_detector_finds_is_proposed(cli: CommandLine) -> None:
    cli.repo.write("GUIDE.md", GUIDE.replace("for attempt in range(5):\n    send()", BARE.rstrip()))
    answer = cli("pattern", "import", "GUIDE.md")
    assert "retry_with_a_limit: added to proposed\n  " in answer.out
    assert "named_exceptions/bare_except" in answer.out


def test_a_json_file_is_taken_in_without_its_counters(cli: CommandLine) -> None:
    entry = {
        "pattern_id": "5b0d3c9e-0000-4000-8000-000000000000",
        "name": "retry_with_limit",
        "description": "Endless retries",
        "bad_example": "while True: send()",
        "good_example": "send()",
        "occurrence_frequency": 42,
        "severity": "critical",
    }
    cli.repo.write("patterns.json", json.dumps({"patterns": [entry]}))
    answer = cli("pattern", "import", "patterns.json")
    assert answer.out == (
        "retry_with_limit: added to active\ncounters were left out: figures come from events and history\n"
    )
    shown = cli("pattern", "show", "retry_with_limit", "--format", "json").json
    assert (shown["pattern_id"], shown["severity"]) == (entry["pattern_id"], "critical")
    assert "unchanged" in cli("pattern", "import", "patterns.json").out


def test_a_known_pattern_gets_what_is_said_and_keeps_the_rest(cli: CommandLine) -> None:
    path = cli.repo.root / "patterns/named_exceptions.md"
    prose = (
        path.read_text().replace("## Bad example\n", "## Bad example\n\nThis hides all:\n")
        + "\n## Ours\n\nNotes.\n"
    )
    path.write_text(prose)
    value = json.loads((cli.repo.root / "patterns/named_exceptions.json").read_text())
    cli.repo.write(
        "G.md", "### 1. Bare\n**Pattern:** `bare_excepts`\n**Severity:** low\n\n**Problems:**\n- One\n- Two\n"
    )
    assert cli("pattern", "import", "G.md").out == "named_exceptions: updated\n"
    expected = prose.replace("# Named exceptions", "# Bare", 1).replace(
        "- Silence where there should be a traceback.", "- One\n- Two"
    )
    assert path.read_text() == expected
    now = json.loads((cli.repo.root / "patterns/named_exceptions.json").read_text())
    assert now == value | {"severity": "low", "version": 2}
    assert cli("pattern", "test").code == 0


def test_one_example_is_replaced_where_it_stands(cli: CommandLine) -> None:
    guide = cli.repo.root / "AI_PATTERNS.md"
    cli("pattern", "export", "--format", "markdown")
    guide.write_text(guide.read_text().replace("def f(x)", "def g(x)", 1))
    before = (cli.repo.root / "patterns/named_exceptions.md").read_text()
    assert cli("pattern", "import", "AI_PATTERNS.md").out == "named_exceptions: updated\n"
    after = (cli.repo.root / "patterns/named_exceptions.md").read_text()
    assert after == before.replace("def f(x)", "def g(x)", 1)


def test_a_known_pattern_whose_gate_would_fail_stays_as_it_is(cli: CommandLine) -> None:
    text = "### 1. Named\n**Pattern:** `named_exceptions`\n\n#### ❌ Bad Pattern\n```python\nx = 1\n```\n"
    cli.repo.write("G.md", text)
    before = tree(cli.repo)
    answer = cli("pattern", "import", "G.md")
    assert answer.code == 0
    assert answer.out.startswith("named_exceptions: left as it is\n  bad example: nothing is found\n")
    assert tree(cli.repo) == before


def test_an_archived_or_broken_pattern_is_not_touched(cli: CommandLine) -> None:
    write_pattern(cli.repo, "retired", below="archive/")
    cli.repo.write("patterns/broken.json", "{")
    before = tree(cli.repo)
    cli.repo.write("G.md", "### 1. Retired\n**Problems:**\n- x\n### 2. Broken\n**Problems:**\n- x\n")
    out = cli("pattern", "import", "G.md").out
    assert "retired: left as it is\n  it is archived" in out
    assert "broken: left out\n  patterns/broken.json" in out
    assert tree(cli.repo) | {"G.md": b""} == before | {"G.md": b""}


def test_what_is_no_pattern_is_told(cli: CommandLine) -> None:
    cli.repo.write("G.md", "### 1. Only prose\n\nText.\n\n### 2. X\n\n**Pattern:** `No Name`\n")
    assert cli("pattern", "import", "G.md").out == (
        "No Name: left out\n"
        "  this cannot be a pattern's name: 2 to 64 of a-z, 0-9 and _, a letter first\n"
        "left out: G.md:1: 'Only prose' is no pattern: "
        "no example marker, no problems list, no `**Pattern:**` line\n"
    )
    cli.repo.write("E.md", "# Nothing\n")
    assert cli("pattern", "import", "E.md").out == "no patterns in it\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.md", None, "no such file: none.md"),
        ("a.txt", "x", "a.txt is neither a guide"),
        ("a.json", "[]", "a.json:1:1: expected an object"),
        ("a.md", b"\xff", "a.md:1: not UTF-8"),
    ],
)
def test_bad_input_is_exit_2(cli: CommandLine, name: str, text: str | bytes | None, message: str) -> None:
    if text is not None:
        cli.repo.write(name, text)
    answer = cli("pattern", "import", name)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


def test_without_a_folder_of_patterns_nothing_is_imported(cli: CommandLine) -> None:
    shutil.rmtree(cli.repo.root / "patterns")
    cli.repo.write("G.md", GUIDE)
    answer = cli("pattern", "import", "G.md")
    assert answer.code == 2
    assert "run `feedback-loop init` first" in answer.err


def test_text_of_a_stranger_is_shown_safely(cli: CommandLine) -> None:
    cli.repo.write("G.md", "### 1. Bad \x1b[31m title\n\ntext\n")
    assert "\x1b" not in cli("pattern", "import", "G.md").out
    cli.repo.write("G.md", "### 1. Hidden words\n\n**Problems:**\n- a\u202eb\n")
    assert "hidden_words: left out\n  md: hidden character U+202E" in cli("pattern", "import", "G.md").out


# -- export ----------------------------------------------------------------------------------------


def test_the_guide_is_written_once_and_imports_to_nothing_new(cli: CommandLine) -> None:
    shutil.rmtree(cli.repo.root / "patterns")
    shutil.copytree(pack_place().folder, cli.repo.root / "patterns")
    answer = cli("pattern", "export", "--format", "markdown")
    assert (answer.code, answer.err) == (0, "wrote AI_PATTERNS.md: 9 in the block\n")
    before = tree(cli.repo)
    assert cli("pattern", "export", "--format", "markdown").err == "AI_PATTERNS.md is up to date\n"
    assert set(cli("pattern", "import", "AI_PATTERNS.md").out.split()[1::2]) == {"unchanged"}
    assert tree(cli.repo) == before


def test_a_hand_written_guide_keeps_its_bytes(cli: CommandLine) -> None:
    hand = GUIDE.replace("\n", "\r\n") + "\r\n### 3. Exceptions\r\n\r\n**Pattern:** `named_exceptions`"
    cli.repo.write("docs/G.md", hand)
    cli("pattern", "import", "docs/G.md")
    answer = cli("pattern", "export", "--format", "markdown", "--state", "all", "--output", "docs/G.md")
    assert answer.err == (
        "docs/G.md is up to date\n"
        "described by hand, left as it is: name_the_thing, named_exceptions, retry_with_a_limit\n"
    )
    write_pattern(cli.repo, "another")
    cli("pattern", "export", "--format", "markdown", "--output", "docs/G.md")
    text = (cli.repo.root / "docs/G.md").read_bytes()
    assert text.startswith(hand.encode() + b"\r\n\r\n<!-- feedback-loop:begin patterns sha256=")
    assert b"### 4. Named exceptions\r\n" in text
    assert b"\n" not in text.replace(b"\r\n", b"")


def test_a_block_edited_by_hand_stops_it_and_can_be_taken_in(cli: CommandLine) -> None:
    cli("pattern", "export", "--format", "markdown")
    guide = cli.repo.root / "AI_PATTERNS.md"
    edited = guide.read_text().replace("- Silence where", "- Silence \x1b where")
    guide.write_text(edited)
    before = tree(cli.repo)
    stopped = cli("pattern", "export", "--format", "markdown")
    assert stopped.code == 1
    assert "\n-- Silence \\x1b where" in stopped.out
    assert "feedback-loop pattern import AI_PATTERNS.md" in stopped.err
    assert "--force" in stopped.err
    assert tree(cli.repo) == before

    guide.write_text(edited.replace(" \x1b where", " and dark where"))
    assert cli("pattern", "export", "--format", "markdown").code == 1
    assert cli("pattern", "import", "AI_PATTERNS.md").out == "named_exceptions: updated\n"
    assert cli("pattern", "export", "--format", "markdown").code == 0
    assert "- Silence and dark where" in guide.read_text()
    assert cli("pattern", "export", "--format", "markdown").err == "AI_PATTERNS.md is up to date\n"


def test_a_block_edited_by_hand_can_be_overwritten(cli: CommandLine) -> None:
    cli("pattern", "export", "--format", "markdown")
    guide = cli.repo.root / "AI_PATTERNS.md"
    made = guide.read_text()
    guide.write_text(made.replace("A bare handler", "A very bare handler"))
    assert cli("pattern", "export", "--format", "markdown", "--force").code == 0
    assert guide.read_text() == made


def test_marks_of_a_merge_are_exit_2_with_their_lines(cli: CommandLine) -> None:
    cli("pattern", "export", "--format", "markdown")
    guide = cli.repo.root / "AI_PATTERNS.md"
    guide.write_text("<<<<<<< HEAD\n" + guide.read_text() * 2)
    answer = cli("pattern", "export", "--format", "markdown")
    assert answer.code == 2
    assert "AI_PATTERNS.md:1: marks of an unfinished merge" in answer.err


def test_json_is_what_pattern_import_and_the_manager_take(cli: CommandLine) -> None:
    from feedback_loop import PatternManager

    write_pattern(cli.repo, "candidate", below="proposed/")
    write_pattern(cli.repo, "retired", below="archive/")
    out = cli("pattern", "export", "--format", "json").json
    assert [one["name"] for one in out["patterns"]] == ["named_exceptions"]
    assert (out["patterns"][0]["occurrence_frequency"], out["last_updated"]) == (0, None)
    assert out["patterns"][0]["good_example"] == NAMED.rstrip("\n")
    every = cli("pattern", "export", "--format", "json", "--state", "all", "--output", "all.json")
    assert (every.code, every.out, every.err) == (0, "", "wrote all.json\n")
    manager = PatternManager(str(cli.repo.root / "all.json"))
    assert manager.get_pattern_names() == ["candidate", "named_exceptions"]
    assert [one["name"] for one in manager.archived] == ["retired"]
    again = "candidate: unchanged\nnamed_exceptions: unchanged\nretired: unchanged\n"
    assert cli("pattern", "import", "all.json").out == again


def test_a_json_file_with_other_content_is_not_overwritten_unless_forced(cli: CommandLine) -> None:
    path = cli.repo.write("all.json", "{}")
    command = ["pattern", "export", "--format", "json", "--output", "all.json"]
    answer = cli(*command)
    assert (answer.code, path.read_text()) == (2, "{}")
    assert "exists and holds something else" in answer.err
    assert cli(*command, "--force").err == "wrote all.json\n"
    assert cli(*command).err == "all.json is up to date\n"


def test_a_library_that_cannot_be_read_whole_is_not_exported(cli: CommandLine) -> None:
    cli.repo.write("patterns/broken.json", "{")
    for format in ("json", "markdown"):
        answer = cli("pattern", "export", "--format", format)
        assert answer.code == 2
        assert "patterns/broken.json" in answer.err
        assert '"patterns"' not in answer.out
    assert not (cli.repo.root / "AI_PATTERNS.md").exists()


def test_the_folder_around_is_the_repository_and_paths_are_seen_from_there(cli: CommandLine) -> None:
    cli.repo.write("docs/G.md", GUIDE)
    folder = str(cli.repo.root / "docs")
    assert "added to active" in cli("pattern", "import", "G.md", "-C", folder).out
    told = cli("pattern", "export", "--format", "markdown", "--output", "NEW.md", "-C", folder).err
    assert told == "wrote docs/NEW.md: 2 in the block\n"


def test_an_info_string_that_a_pattern_cannot_have_leaves_its_language(cli: CommandLine) -> None:
    cli.repo.write("GUIDE.md", GUIDE.replace("```python", '```python title="a"'))
    assert "retry_with_a_limit: added to active" in cli("pattern", "import", "GUIDE.md").out
    shown = cli("pattern", "show", "retry_with_a_limit", "--format", "json").json
    assert shown["bad_examples"][0]["language"] == "python"


def test_a_tag_that_a_pattern_had_not_is_written_to_its_file(cli: CommandLine) -> None:
    write_pattern(cli.repo, "plain", builtin=None)
    path = cli.repo.root / "patterns/plain.json"
    value = json.loads(path.read_text())
    del value["tags"]
    path.write_text(json.dumps(value))
    cli.repo.write("G.md", "### 1. Named exceptions\n**Pattern:** `plain`\n**Tags:** b, a\n")
    assert cli("pattern", "import", "G.md").out == "plain: updated\n"
    assert json.loads(path.read_text()) == value | {"tags": ["b", "a"]}


def test_an_import_of_other_words_for_the_same_lesson_leaves_the_version(cli: CommandLine) -> None:
    path = cli.repo.root / "patterns/named_exceptions.json"
    before = path.read_bytes()
    cli.repo.write("G.md", "### 1. Bare\n**Pattern:** `named_exceptions`\n\n**Problems:**\n- One\n")
    assert cli("pattern", "import", "G.md").out == "named_exceptions: updated\n"
    assert path.read_bytes() == before
    assert (cli.repo.root / "patterns/named_exceptions.md").read_text().startswith("# Bare\n")


def test_an_import_reads_and_writes_under_the_lock_and_a_trial_does_not_take_it(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.repo.write("GUIDE.md", GUIDE)
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    state_dir, free = str(cli.repo.root / ".git/feedback-loop"), []

    def watched(*arguments: Any) -> Any:
        try:
            with lock.hold_lock(state_dir, "now"):
                free.append(arguments)
        except MachineFault:
            pass
        return write_files(*arguments)

    monkeypatch.setattr(pattern_import, "write_pattern", watched)
    with lock.hold_lock(state_dir, "now"):
        assert cli("pattern", "import", "GUIDE.md", "--dry-run").code == 0
        with pytest.raises(MachineFault, match="busy"):
            pattern_import.import_patterns(Workspace.open(str(cli.repo.root)), "GUIDE.md", "GUIDE.md")
    assert not (cli.repo.root / "patterns/retry_with_a_limit.md").exists()
    assert "retry_with_a_limit: added to active" in cli("pattern", "import", "GUIDE.md").out
    assert free == []


# -- from one repository to another ----------------------------------------------------------------


def moved(cli: CommandLine, *options: str) -> str:
    """Export everything, begin anew with an empty folder, import; what the import printed."""
    cli("pattern", "export", "--state", "all", "--output", "all.json")
    shutil.rmtree(cli.repo.root / "patterns")
    (cli.repo.root / "patterns").mkdir()
    return cli("pattern", "import", "all.json", *options).out


def imported(cli: CommandLine, entry: dict[str, object], **beside: object) -> str:
    whole = {"description": "d", "bad_example": "x", "good_example": "y"}
    cli.repo.write("in.json", json.dumps({"patterns": [whole | entry], **beside}))
    return cli("pattern", "import", "in.json").out


def test_names_that_a_pattern_took_over_move_with_it(cli: CommandLine) -> None:
    shutil.rmtree(cli.repo.root / "patterns")
    shutil.copytree(pack_place().folder, cli.repo.root / "patterns")
    moved(cli)
    for former, name in (
        ("print_statement", "structured_logging"),
        ("logger_debug", "structured_logging"),
        ("metadata_categorization", "metadata_based_logic"),
    ):
        assert cli("pattern", "show", former, "--format", "json").json["name"] == name


def test_links_and_states_move_and_the_same_file_twice_is_once(cli: CommandLine) -> None:
    links = {"supersedes": ["old_one"], "related": ["named_exceptions"], "conflicts": ["other_one"]}
    write_pattern(cli.repo, "candidate", below="proposed/", **links)
    write_pattern(cli.repo, "retired", below="archive/", related=["candidate"])
    before = library(cli)
    out = moved(cli)
    assert out == (
        "candidate: added to proposed\n  the file says proposed\n"
        "named_exceptions: added to active\nretired: added to archived\n"
    )
    now = library(cli)
    assert {name: one["state"] for name, one in now.items()} == {
        name: one["state"] for name, one in before.items()
    }
    value = json.loads((cli.repo.root / "patterns/proposed/candidate.json").read_text())
    assert {key: value[key] for key in links} == links
    assert (cli.repo.root / "patterns/archive/retired.md").exists()
    files = tree(cli.repo)
    assert set(cli("pattern", "import", "all.json").out.split()[1::2]) == {"unchanged"}
    assert tree(cli.repo) == files


def test_an_archived_pattern_whose_name_another_took_over_stays_itself(cli: CommandLine) -> None:
    write_pattern(cli.repo, "bare_excepts", below="archive/")
    write_pattern(cli.repo, "another", below="proposed/")
    write_pattern(cli.repo, "third", supersedes=["another"])
    assert "bare_excepts: added to archived\n" in moved(cli)
    assert {name: one["state"] for name, one in library(cli).items()} == {
        "another": "proposed",
        "bare_excepts": "archived",
        "named_exceptions": "active",
        "third": "active",
    }


def test_a_known_pattern_keeps_its_state_and_its_own_names(cli: CommandLine) -> None:
    entry = {"name": "named_exceptions", "supersedes": ["older", "bare_excepts", "named_exceptions"]}
    out = imported(
        cli, entry | {"state": "proposed", "bad_example": "", "good_example": "", "description": ""}
    )
    assert out == "named_exceptions: updated\n  it is active here, proposed in the file\n"
    value = json.loads((cli.repo.root / "patterns/named_exceptions.json").read_text())
    assert value["supersedes"] == ["bare_excepts", "older"]
    out = imported(cli, {"name": "other_one"}, archived=[{"name": "named_exceptions", "severity": "low"}])
    assert "named_exceptions: left as it is\n  it is active here, archived in the file\n" in out
    assert library(cli)["named_exceptions"]["severity"] == "high"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            {"severity": "urgent"},
            "active\n  severity 'urgent' is none of low, medium, high, critical: not taken in",
        ),
        ({"severity": 5}, "active\n  severity 5 is none of low, medium, high, critical: not taken in"),
        (
            {"state": "draft"},
            "proposed\n  the file says draft, which is none of active, proposed, archived",
        ),
        (
            {"supersedes": ["No Name", "good_name"]},
            "active\n  supersedes: no names of patterns, not taken in: 'No Name'",
        ),
        ({"related": "x y"}, "active\n  related: no names of patterns, not taken in: 'x y'"),
        ({"detectors": [{"id": "x"}], "owner": "me"}, "active\n  not taken in: detectors, owner"),
    ],
)
def test_what_is_not_taken_in_is_told(cli: CommandLine, entry: dict[str, object], told: str) -> None:
    assert imported(cli, {"name": "newcomer"} | entry) == f"newcomer: added to {told}\n"


def test_what_a_file_holds_besides_patterns_is_told(cli: CommandLine) -> None:
    out = imported(cli, {"name": "newcomer"}, changelog=[{"action": "added"}], ours=1)
    assert out == (
        "newcomer: added to active\nleft out: in.json: its changelog (1 entries)\n"
        "left out: in.json: its other keys: ours\n"
    )


def test_all_proposed_leaves_the_archived_where_they_are(cli: CommandLine) -> None:
    write_pattern(cli.repo, "retired", below="archive/")
    before = tree(cli.repo)
    assert "retired: would be added to archived\n" in moved(cli, "--to", "proposed", "--dry-run")
    assert not [path for path in tree(cli.repo) if path.startswith("patterns/")]
    assert before != tree(cli.repo)


@pytest.mark.parametrize(("output", "begins"), [("all.JSON", "{"), ("G.md", "# AI Patterns"), (None, "# AI")])
def test_the_format_is_that_of_the_file(cli: CommandLine, output: str | None, begins: str) -> None:
    answer = cli("pattern", "export", *(("--output", output) if output else ()))
    assert answer.code == 0
    assert (cli.repo.root / (output or "AI_PATTERNS.md")).read_text().startswith(begins)


# -- edits of the block that no import can take in -------------------------------------------------


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (
            "**Problems:**\n- Silence where there should be a traceback.\n\n",
            "this deletion cannot be taken in: edit patterns/named_exceptions.md\n",
        ),
        (
            "**Severity:** high\n",
            "this deletion cannot be taken in: edit patterns/named_exceptions.json\n",
        ),
        (None, "a deleted section is a pattern still: move to archive/: patterns/named_exceptions\n"),
    ],
)
def test_a_deletion_that_cannot_be_taken_in_says_so(cli: CommandLine, cut: str | None, told: str) -> None:
    cli("pattern", "export")
    guide = cli.repo.root / "AI_PATTERNS.md"
    text = guide.read_text()
    cut = cut or text[text.index("### 1.") : text.index("<!-- feedback-loop:end")]
    assert cut in text
    guide.write_text(text.replace(cut, ""))
    before = tree(cli.repo)
    answer = cli("pattern", "export")
    assert (answer.code, tree(cli.repo) == before) == (1, True)
    assert told in answer.err
    assert "pattern import" not in answer.err
    assert "or overwrite it: the same command with --force\n" in answer.err
    assert cli("pattern", "export", "--force").code == 0
    assert guide.read_text() == text


def test_a_deletion_made_in_the_pattern_too_is_written(cli: CommandLine) -> None:
    problems = "**Problems:**\n- Silence where there should be a traceback.\n\n"
    cli("pattern", "export")
    guide = cli.repo.root / "AI_PATTERNS.md"
    guide.write_text(guide.read_text().replace(problems, ""))
    path = cli.repo.root / "patterns/named_exceptions.md"
    path.write_text(
        path.read_text().replace("## Problems\n\n- Silence where there should be a traceback.\n\n", "")
    )
    assert cli("pattern", "export").code == 0
    assert cli("pattern", "export").err == "AI_PATTERNS.md is up to date\n"


def test_text_in_the_block_that_is_part_of_no_pattern_is_told(cli: CommandLine) -> None:
    cli("pattern", "export")
    guide = cli.repo.root / "AI_PATTERNS.md"
    guide.write_text(
        guide.read_text().replace("<!-- feedback-loop:end", "**Note:** x\n\n<!-- feedback-loop:end")
    )
    answer = cli("pattern", "export")
    assert answer.code == 1
    assert "nothing in it is part of a pattern: move it out of the block\n" in answer.err


def test_a_change_that_import_refuses_still_leads_there_for_the_reason(cli: CommandLine) -> None:
    cli("pattern", "export")
    guide = cli.repo.root / "AI_PATTERNS.md"
    guide.write_text(guide.read_text().replace(BARE.rstrip(), "x = 1"))
    assert "feedback-loop pattern import AI_PATTERNS.md" in cli("pattern", "export").err
    assert "nothing is found" in cli("pattern", "import", "AI_PATTERNS.md").out


def test_the_settings_say_where_the_guide_stands(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", 'guide = "docs/LESSONS.md"\n')
    assert cli("pattern", "export").code == 0
    assert "**Pattern:** `named_exceptions`" in (cli.repo.root / "docs/LESSONS.md").read_text()
    assert not (cli.repo.root / "AI_PATTERNS.md").exists()


@pytest.mark.parametrize("guide", ["../GUIDE.md", "/tmp/GUIDE.md", ".git/GUIDE.md", "GUIDE.txt"])
def test_a_guide_elsewhere_is_refused(cli: CommandLine, guide: str) -> None:
    cli.repo.write("feedback-loop.toml", f'guide = "{guide}"\n')
    answer = cli("check")
    assert answer.code == 1
    assert "guide" in answer.out
