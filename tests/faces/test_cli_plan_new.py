"""`feedback-loop plan new` and `plan suggest`: what is proposed, written, kept and refused."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback_loop.api.plan_suggest import Wanted, suggest_for
from feedback_loop.errors import UserError
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.workspace import Workspace
from tests.faces.command_line import Answer, CommandLine, write_pattern
from tests.repo import Repo

BOX = "- [ ] bounds_checking (confidence: 100%, from feedback-loop)"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A repository without a library of its own: the built-in one holds."""
    return CommandLine(repo, monkeypatch, capsys)


def written(cli: CommandLine, answer: Answer) -> tuple[str, str]:
    """Path and text of the one plan that was written."""
    assert answer.code == 0, answer.err
    path = answer.out.splitlines()[0].removeprefix("wrote ")
    return path, (cli.repo.root / path).read_text("utf-8")


def files(repo: Repo) -> list[str]:
    return sorted(
        str(path.relative_to(repo.root))
        for path in repo.root.rglob("*")
        if ".git" not in path.parts and not path.is_dir()
    )


# -- new -----------------------------------------------------------------------------------------


def test_a_new_plan_has_the_patterns_that_its_title_names(cli: CommandLine) -> None:
    answer = cli("plan", "new", "Add JSON endpoint that returns NumPy statistics")
    path, text = written(cli, answer)
    assert re.fullmatch(r"plans/\d{4}-\d\d-\d\d-add-json-endpoint-that-returns-numpy-statistics\.md", path)
    names = [item.name for item in scan_section(text).items]
    assert names == ["numpy_json_serialization", "numpy_nan_inf_handling"]
    assert text.startswith("# Task: Add JSON endpoint that returns NumPy statistics\n\n## Goal\n\nAdd JSON")
    assert "### Phase 1: Add JSON endpoint that returns NumPy statistics (CURRENT)\n" in text
    assert "numpy_json_serialization  100%  Convert NumPy values" in answer.out
    assert f"feedback-loop plan check {path}" in answer.err
    assert "empty" not in answer.err


def test_a_task_that_no_pattern_fits_gets_an_empty_checklist_and_is_told(cli: CommandLine) -> None:
    answer = cli("plan", "new", "Update the README and the changelog")
    _, text = written(cli, answer)
    assert "## Patterns to Apply\n\n## Phases\n" in text
    assert len(answer.out.splitlines()) == 1
    assert "no pattern of the library is named by this task" in answer.err


def test_goal_and_phases_are_written_and_searched_too(cli: CommandLine) -> None:
    flags = ["--goal", "No more errors", "--phase", "reader", "--phase", "handle the first row"]
    _, text = written(cli, cli("plan", "new", "Import", *flags))
    assert "## Goal\n\nNo more errors\n" in text
    assert "### Phase 1: reader (CURRENT)\n\n- [ ] …\n\n### Phase 2: handle the first row\n" in text
    assert [item.name for item in scan_section(text).items] == ["bounds_checking", "specific_exceptions"]


def test_a_plan_for_programs(cli: CommandLine) -> None:
    answer = cli("plan", "new", "Read the first row", "--output", "notes.txt", "--format", "json")
    assert answer.json == {
        "path": "notes.txt",
        "is_plan": False,
        "patterns": [
            {
                "name": "bounds_checking",
                "confidence": 1.0,
                "severity": "medium",
                "guidance": "Check that a list has the element before you index it.",
            }
        ],
    }
    assert "`plans` does not name this file" in answer.err


def test_only_active_patterns_of_the_repository_are_proposed(cli: CommandLine) -> None:
    write_pattern(cli.repo, "retry_quota", None)
    write_pattern(cli.repo, "retry_window", None, below="proposed/")
    write_pattern(cli.repo, "retry_limits", None, below="archive/")
    cli.repo.write("patterns/broken.md", "# X\n")
    answer = cli("plan", "new", "Retry the first NumPy job")
    assert [line.split()[0] for line in answer.out.splitlines()[1:]] == ["retry_quota"]
    assert "not all of the library could be read (1)" in answer.err


def test_the_least_sure_and_too_many_are_left_out(cli: CommandLine) -> None:
    task = "Parse uploaded files up to 800MB"
    assert cli("plan", "suggest", task).out.count("- [ ]") == 3
    assert cli("plan", "suggest", task, "--min-confidence", "0.9").out.count("- [ ]") == 2
    assert "- [ ] large_file_processing" in cli("plan", "suggest", task, "--limit", "1").out


@pytest.mark.parametrize(
    ("globs", "path"),
    [
        ('["docs/plans/**/*.md"]', "docs/plans/DAY-a-b.md"),
        ('["todo.md", "work/*-*.md"]', "work/DAY-a-b.md"),
        ('["**/*.md"]', "DAY-a-b.md"),
        ('["[pq]/*.md", "x/[0-9]*.md"]', "x/DAY-a-b.md"),
    ],
)
def test_the_folder_is_that_of_the_first_glob_that_takes_the_file(
    cli: CommandLine, globs: str, path: str
) -> None:
    cli.repo.write("feedback-loop.toml", f"plans = {globs}\n")
    there, _ = written(cli, cli("plan", "new", "A, b"))
    assert re.sub(r"\d{4}-\d\d-\d\d", "DAY", there) == path


def test_a_path_is_seen_from_the_folder_that_was_named(cli: CommandLine) -> None:
    cli.repo.write("sub/x", "")
    path, _ = written(cli, cli("plan", "new", "A", "-C", "sub", "--output", "deep/p.md"))
    assert path == "sub/deep/p.md"
    assert written(cli, cli("plan", "new", "A", "-C", "sub", "--output", "../p.md"))[0] == "p.md"


def test_an_existing_file_is_never_overwritten(cli: CommandLine) -> None:
    path = written(cli, cli("plan", "new", "Read the first row"))[0]
    (cli.repo.root / path).write_text("mine")
    answer = cli("plan", "new", "Read the FIRST row!")
    assert (answer.code, answer.out) == (2, "")
    assert f"feedback-loop plan suggest {path} --write" in answer.err
    assert (cli.repo.root / path).read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["!?… — #"], "needs a letter or a digit"),
        (["  "], "the title is empty"),
        (["a\nb"], "must be one line"),
        (["a\x1b[31m"], "must be one line"),
        (["a\u202eb"], "must be one line"),
        (["a\tb"], "must be one line"),
        (["a" * 501], "longer than 500"),
        (["Добавить экспорт"], "--output"),
        (["# x"], "begins like something else"),
        (["x", "--goal", "<!-- x"], "a goal is a sentence"),
        (["x", "--phase", ""], "the phase is empty"),
        (["x", *["--phase", "y"] * 101], "101 phases"),
        (["x", "--min-confidence", "1.1"], "--min-confidence"),
        (["x", "--min-confidence", "nan"], "--min-confidence"),
        (["x", "--limit", "0"], "--limit"),
        (["x", "--output", ""], "leaves the repository"),
        (["x", "--output", "../x.md"], "leaves the repository"),
        (["x", "--output", "/tmp/x.md"], "leaves the repository"),
        (["x", "--output", ".git/x.md"], "git's own files"),
        (["x", "--output", "out/x.md"], "leaves the repository"),
        (["x", "--output", "dangling.md"], "exists already"),
        (["x", "--output", "folder"], "a folder, not a file"),
        (["x", "--output", "file/x.md"], "not a folder"),
        (["x", "--output", "a:b.md"], "not portable"),
        (["x", "--output", "a\0b.md"], "cannot hold NUL"),
        (["x", "--output", "a\x1bb.md"], "not portable"),
    ],
)
def test_what_cannot_be_a_plan_is_told_and_nothing_is_written(
    cli: CommandLine, arguments: list[str], words: str
) -> None:
    outside = cli.repo.root.parent / "outside"
    outside.mkdir()
    (cli.repo.root / "out").symlink_to(outside)
    (cli.repo.root / "dangling.md").symlink_to("nowhere.md")
    cli.repo.write("folder/x", "")
    cli.repo.write("file", "")
    before = files(cli.repo)
    answer = cli("plan", "new", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "\x1b" not in answer.err
    assert files(cli.repo) == before
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('plans = ["task_plan.md"]\n', "--output FILE"),
        ("plans = []\n", "no glob of `plans` in feedback-loop.toml"),
        ("plan = 3\n", "mend the settings first"),
    ],
)
def test_settings_that_name_no_place_for_it(cli: CommandLine, text: str, words: str) -> None:
    cli.repo.write("feedback-loop.toml", text)
    answer = cli("plan", "new", "A")
    assert answer.code == 2
    assert words in answer.err
    assert files(cli.repo) == ["feedback-loop.toml"]


def test_a_name_that_settings_give_a_plan_can_be_written(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", 'plans = ["task_plan.md"]\n')
    answer = cli("plan", "new", "Добавить", "--output", "task_plan.md")
    assert written(cli, answer)[0] == "task_plan.md"
    assert "does not name" not in answer.err


# -- suggest -------------------------------------------------------------------------------------


def test_a_text_gets_its_section_on_stdout_and_nothing_else(cli: CommandLine) -> None:
    answer = cli("plan", "suggest", "Parse uploaded files up to 800MB")
    assert answer.out == (
        "## Patterns to Apply\n\n"
        "- [ ] large_file_processing (confidence: 100%, from feedback-loop) [HIGH]\n"
        "- [ ] temp_file_handling (confidence: 100%, from feedback-loop) [HIGH]\n"
        "- [ ] fastapi_streaming_uploads (confidence: 56%, from feedback-loop) [HIGH]\n"
    )
    assert (answer.code, answer.err) == (0, "")


def test_nothing_fits_is_an_answer(cli: CommandLine) -> None:
    answer = cli("plan", "suggest", "Update the README and the changelog")
    assert (answer.code, answer.out) == (0, "")
    assert "no pattern of the library is named by this task" in answer.err


def test_a_file_is_read_and_its_missing_patterns_are_shown_not_written(cli: CommandLine) -> None:
    text = "# Task: First NumPy row\n\n## Patterns to Apply\n- [x] numpy_json_serialization\n"
    path = cli.repo.write("plans/a b.md", text)
    answer = cli("plan", "suggest", "plans/a b.md")
    assert [item.name for item in scan_section(answer.out).items] == [
        "bounds_checking",
        "numpy_nan_inf_handling",
    ]
    assert "plan suggest 'plans/a b.md' --write" in answer.err
    assert path.read_text() == text


def test_suggestions_for_programs(cli: CommandLine) -> None:
    cli.repo.write("p.md", "# First NumPy row\n## Patterns to Apply\n- [x] bounds_checking\n")
    found = cli("plan", "suggest", "p.md", "--write", "--limit", "2", "--format", "json").json
    assert [(one["name"], one["listed"]) for one in found["patterns"]] == [
        ("bounds_checking", True),
        ("numpy_json_serialization", False),
    ]
    assert (found["path"], found["written"]) == ("p.md", True)
    assert found["section"].startswith("## Patterns to Apply\n\n- [ ] numpy_json_serialization (")
    assert cli("plan", "suggest", "First row", "--format", "json").json["path"] is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"# First row\n\n## Patterns to Apply\n\n- [x] ours\n\n## Phases\n", b"\n- [x] ours\n%b\n\n## Ph"),
        (b"\xef\xbb\xbf# First row\r\n", b"row\r\n\r\n## Patterns to Apply\r\n\r\n%b\r\n"),
        (b"# First row", b"row\n\n## Patterns to Apply\n\n%b"),
        (b"  # First row\n  ## Patterns to Apply\n  - [ ] ours", b"  - [ ] ours\n  %b"),
    ],
)
def test_write_adds_the_missing_ones_once_and_keeps_every_other_byte(
    cli: CommandLine, before: bytes, after: bytes
) -> None:
    path = cli.repo.write("p.md", before)
    path.chmod(0o600)
    answer = cli("plan", "suggest", "p.md", "--write")
    made = path.read_bytes()
    assert answer.out.splitlines()[0] == "added to p.md:"
    assert after % BOX.encode() in made
    assert path.stat().st_mode & 0o777 == 0o600
    again = cli("plan", "suggest", "p.md", "--write")
    assert (again.code, again.out, path.read_bytes()) == (0, "", made)
    assert "nothing to add: p.md lists what fits already" in again.err


def test_a_name_that_stands_for_a_listed_pattern_is_listed(cli: CommandLine) -> None:
    write_pattern(cli.repo, "retry_quota", None, supersedes=["retry_forever"])
    for name in ("retry_quota", "retry_forever", "Retry-Quota", "retry_quota: always"):
        path = cli.repo.write("p.md", f"# Retry it\n## Patterns to Apply\n- [x] {name}\n")
        before = path.read_bytes()
        assert "lists what fits already" in cli("plan", "suggest", "p.md", "--write").err
        assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# First row\n\n```python\nx\n", 3),
        ("# First row\n~~~\nx\n~~~\n~~~~", 5),
        ("# First row\n<!-- a -->\n<!-- b\n\n```\n", 3),
        ("# First row\n## Patterns to Apply\n- [ ] ours\n```\n```\n<!-- x\n", 6),
    ],
)
def test_an_open_fence_or_comment_is_told_by_its_line_and_nothing_is_written(
    cli: CommandLine, text: str, line: int
) -> None:
    path = cli.repo.write("p.md", text)
    answer = cli("plan", "suggest", "p.md", "--write")
    assert (answer.code, answer.out) == (2, "")
    assert f"p.md:{line}: a fence or comment that begins here has no end" in answer.err
    assert path.read_text() == text


def test_a_full_checklist_takes_no_more(cli: CommandLine) -> None:
    text = "# First row\n## Patterns to Apply\n" + "- [ ] ours\n" * 1000
    path = cli.repo.write("p.md", text)
    answer = cli("plan", "suggest", "p.md", "--write")
    assert answer.code == 2
    assert "would not be read as part of the checklist" in answer.err
    assert path.read_text() == text


def test_a_plan_does_not_grow_beyond_what_can_be_read(cli: CommandLine) -> None:
    text = "# First row\n" + "x" * ((1 << 20) - 13) + "\n"
    path = cli.repo.write("p.md", text)
    answer = cli("plan", "suggest", "p.md", "--write")
    assert answer.code == 2
    assert "would be larger than" in answer.err
    assert path.read_text() == text


def _special(root: Path) -> None:
    os.mkfifo(root / "fifo")
    (root / "folder").mkdir()
    (root.parent / "secret.md").write_text("# First row\n")
    (root / "out.md").symlink_to("../secret.md")
    (root / "big.md").write_bytes(b"first " * 200_000)
    (root / "latin.md").write_bytes(b"# First r\xf6w\n")
    (root / "binary.md").write_bytes(b"first\0")


@pytest.mark.parametrize("flags", [[], ["--write"]])
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("fifo", "not a regular file"),
        ("folder", "a folder, not a plan"),
        (".", "must be within allowed roots"),
        ("out.md", "must be within allowed roots"),
        ("../secret.md", "Path traversal detected in: ../secret.md"),
        ("folder/../latin.md", "Path traversal detected"),
        (".git/config", "git's own files"),
        ("big.md", "larger than"),
        ("latin.md", "not UTF-8"),
        ("binary.md", "NUL"),
        ("nowhere.md", "no such file"),
        ("plans/nowhere", "no such file"),
        ("", "nothing to suggest patterns for"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(cli: CommandLine, what: str, words: str, flags: list[str]) -> None:
    _special(cli.repo.root)
    answer = cli("plan", "suggest", what, *flags)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert (cli.repo.root.parent / "secret.md").read_text() == "# First row\n"


def test_a_text_cannot_be_written_to(cli: CommandLine) -> None:
    answer = cli("plan", "suggest", "Read the first row", "--write")
    assert answer.code == 2
    assert "--write needs the path of a plan" in answer.err


def test_a_pattern_that_hides_characters_is_not_proposed(cli: CommandLine) -> None:
    write_pattern(cli.repo, "retry_quota", None, guidance="Stop \u202eretrying.")
    answer = cli("plan", "suggest", "Retry")
    assert (answer.code, answer.out) == (0, "")
    assert "not all of the library could be read (1)" in answer.err


def test_refusals_are_told_to_programs(cli: CommandLine) -> None:
    answer = cli("plan", "suggest", "nowhere.md", "--format=json")
    assert json.loads(answer.out)["exit_code"] == 2


LINES = st.sampled_from(
    [
        *("# First row", "## Patterns to Apply", "## Phases", "- [ ] bounds_checking", "- [x] retry_quota"),
        *("- [ ] ours (x)", "first retry", "", "```", "<!-- c", "-->", "> q", "  - [ ] deep", "1. x"),
    ]
)


@given(
    lines=st.lists(LINES, min_size=1, max_size=10), end=st.sampled_from(["\n", "\r\n"]), closed=st.booleans()
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_plan_keeps_its_bytes_around_one_insertion_and_a_second_run_adds_nothing(
    cli: CommandLine, lines: list[str], end: str, closed: bool
) -> None:
    write_pattern(cli.repo, "retry_quota", None)
    write_pattern(cli.repo, "first_value", None)
    before = (end.join(lines) + end * closed).encode()
    path = cli.repo.write("p.md", before)
    workspace = Workspace.open(str(cli.repo.root))
    try:
        found = suggest_for(workspace, "p.md", Wanted(), write=True)
    except UserError:
        assert path.read_bytes() == before
        return
    made = path.read_bytes()
    pairs = zip(before, made, strict=False)
    head = next((at for at, (old, new) in enumerate(pairs) if old != new), min(len(before), len(made)))
    assert made.endswith(before[head:])
    assert found.written == (made != before) == bool(found.missing)
    listed = [item.name for item in scan_section(made.decode()).items]
    assert {one.name for one in found.missing} <= set(listed)
    assert not suggest_for(workspace, "p.md", Wanted(), write=True).written
    assert path.read_bytes() == made
