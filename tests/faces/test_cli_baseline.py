"""`feedback-loop baseline …` and what a baseline takes away, in real repositories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedback_loop.api.baseline import added_entries, subtract_text
from feedback_loop.api.scan import scan_staged
from feedback_loop.domain.baseline import Baseline, BaselineEntry, entry_of, subtract
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult, notice
from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace
from tests.faces.command_line import BARE, NAMED, CommandLine, write_pattern
from tests.repo import Repo

FILE = ".feedback-loop/baseline.jsonl"
HEADER = '{"format":"feedback-loop-baseline","schema_version":1}\n'
TWICE = BARE + BARE.replace("f(x)", "g(x)")
PRINT = "def f(x):\n    print(x)\n"


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A repository with a library and two accepted findings in waiting."""
    write_pattern(repo, "named_exceptions")
    repo.write("app.py", TWICE)
    repo.stage()
    repo.commit()
    return CommandLine(repo, monkeypatch, capsys)


def lines(repo: Repo) -> list[str]:
    return (repo.root / FILE).read_text("ascii").splitlines()


def count(repo: Repo) -> int:
    return len(lines(repo)) - 1


def subtracted(repo: Repo, choice: str | None = None) -> ScanResult:
    """A staged scan with the baseline taken away."""
    return scan_staged(Workspace.open(str(repo.root)), baseline=choice)[0]


# -- write ---------------------------------------------------------------------------------------


def test_nothing_found_makes_an_empty_baseline(cli: CommandLine) -> None:
    cli.repo.write("app.py", NAMED)
    cli.repo.stage()
    answer = cli("baseline", "write")
    assert (answer.code, answer.out) == (0, f"{FILE}: 0 entries (0 added, 0 dropped)\n")
    assert (cli.repo.root / FILE).read_text() == HEADER


def test_write_accepts_what_the_tracked_files_hold(cli: CommandLine) -> None:
    cli.repo.write("untracked.py", BARE)
    assert cli("baseline", "write").out == f"{FILE}: 2 entries (2 added, 0 dropped)\n"
    header, first, second = lines(cli.repo)
    assert header + "\n" == HEADER
    assert first < second
    assert first.endswith('"path":"app.py","pattern":"named_exceptions"}')


def test_a_baseline_holds_neither_source_nor_line_numbers(cli: CommandLine) -> None:
    cli("baseline", "write")
    before = lines(cli.repo)
    cli.repo.write("app.py", "\n\n# moved down\n" + TWICE.replace("    ", "\t"))
    cli.repo.stage()
    (cli.repo.root / FILE).unlink()
    cli("baseline", "write")
    assert lines(cli.repo) == before


def test_write_leaves_a_baseline_that_is_there(cli: CommandLine) -> None:
    cli.repo.write(FILE, "whatever")
    answer = cli("baseline", "write")
    assert answer.code == 2
    assert "update --add" in answer.err
    assert lines(cli.repo) == ["whatever"]


@pytest.mark.parametrize(
    ("level", "accepted"), [("block", 0), ("warn", 2), ("hint", 2)], ids=["block", "warn", "hint"]
)
def test_the_level_says_what_is_accepted(cli: CommandLine, level: str, accepted: int) -> None:
    write_pattern(cli.repo, "named_exceptions", level="warn")
    cli("baseline", "write", "--level", level)
    assert count(cli.repo) == accepted


def test_hints_are_not_accepted_unless_asked_for(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions", level="hint")
    cli("baseline", "write")
    assert count(cli.repo) == 0
    cli("baseline", "update", "--add", "--level", "hint")
    assert count(cli.repo) == 2


def test_a_broken_library_accepts_nothing(cli: CommandLine) -> None:
    cli.repo.write("patterns/named_exceptions.json", "{")
    answer = cli("baseline", "write")
    assert answer.code == 2
    assert "patterns/named_exceptions.json" in answer.err
    assert not (cli.repo.root / FILE).exists()


@pytest.mark.parametrize("link", [".feedback-loop", FILE], ids=["folder", "file"])
def test_nothing_is_written_through_a_link(cli: CommandLine, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = outside if link == ".feedback-loop" else outside / "stolen"
    (cli.repo.root / link).parent.mkdir(exist_ok=True)
    (cli.repo.root / link).symlink_to(target)
    assert cli("baseline", "write").code == 2
    assert list(outside.iterdir()) == []


# -- update --------------------------------------------------------------------------------------


def test_update_without_add_adds_and_drops_nothing(cli: CommandLine) -> None:
    cli("baseline", "write")
    before = lines(cli.repo)
    cli.repo.write("app.py", NAMED)
    cli.repo.write("new.py", BARE)
    cli.repo.stage()
    assert cli("baseline", "update").out == f"{FILE}: 2 entries (0 added, 0 dropped)\n"
    assert lines(cli.repo) == before


def test_update_brings_lines_into_order_and_drops_repeats(cli: CommandLine) -> None:
    cli("baseline", "write")
    header, first, second = lines(cli.repo)
    cli.repo.write(FILE, "\n".join([second, first, header, second, ""]))
    cli("baseline", "update")
    assert lines(cli.repo) == [header, first, second]


def test_update_add_accepts_what_is_new_and_names_what_is_stale(cli: CommandLine) -> None:
    cli("baseline", "write")
    cli.repo.write("app.py", BARE)
    cli.repo.write("new.py", BARE)
    cli.repo.stage()
    answer = cli("baseline", "update", "--add")
    assert answer.out == f"{FILE}: 3 entries (1 added, 0 dropped)\n"
    assert "1 entry without a match: `feedback-loop baseline prune`" in answer.err
    assert subtracted(cli.repo).findings == []


def test_a_level_without_add_is_a_mistake(cli: CommandLine) -> None:
    cli("baseline", "write")
    answer = cli("baseline", "update", "--level", "block")
    assert answer.code == 2
    assert "--add" in answer.err


def test_update_in_the_middle_of_a_merge_keeps_both_sides(cli: CommandLine) -> None:
    repo = cli.repo
    cli("baseline", "write")
    repo.stage()
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    for branch, name in (("side", "one.py"), ("main", "two.py")):
        repo.git("checkout", "-q", branch)
        repo.write(name, "".join(BARE.replace("except:", f"except:  # {n}") for n in range(9)))
        repo.stage()
        cli("baseline", "update", "--add")
        repo.stage()
        repo.commit()
    repo.git("merge", "-q", "side", check=False)
    refused = cli("baseline", "show")
    assert refused.code == 2
    assert "feedback-loop baseline update" in refused.err
    assert cli("baseline", "prune").code == 2
    assert cli("baseline", "update").code == 0
    repo.stage()
    repo.commit()
    assert count(repo) == 20
    assert cli("baseline", "prune").out == f"{FILE}: 20 entries (0 added, 0 dropped)\n"


@pytest.mark.parametrize("command", ["update", "prune"])
def test_without_a_baseline_there_is_nothing_to_mend(cli: CommandLine, command: str) -> None:
    answer = cli("baseline", command)
    assert answer.code == 2
    assert "feedback-loop baseline write" in answer.err


@pytest.mark.parametrize("command", ["update", "prune", "show"])
def test_a_broken_line_is_named_and_nothing_is_lost(cli: CommandLine, command: str) -> None:
    cli.repo.write(FILE, HEADER + "\x1b[2J\n")
    answer = cli("baseline", command)
    assert answer.code == 2
    assert f"{FILE}:2: not JSON" in answer.err
    assert (cli.repo.root / FILE).read_text() == HEADER + "\x1b[2J\n"


def test_a_file_that_cannot_be_read_is_named(cli: CommandLine) -> None:
    cli.repo.write(".feedback-loop", "a file\n")
    answer = cli("baseline", "show")
    assert answer.code == 2
    assert FILE in answer.err


# -- prune ---------------------------------------------------------------------------------------


def test_prune_with_every_entry_alive_changes_nothing(cli: CommandLine) -> None:
    cli("baseline", "write")
    before = lines(cli.repo)
    assert cli("baseline", "prune").out == f"{FILE}: 2 entries (0 added, 0 dropped)\n"
    assert lines(cli.repo) == before


@pytest.mark.parametrize("text", [BARE, None], ids=["mended", "file gone"])
def test_prune_drops_what_matches_nothing(cli: CommandLine, text: str | None) -> None:
    cli("baseline", "write")
    before = set(lines(cli.repo))
    if text is None:
        (cli.repo.root / "app.py").unlink()
    else:
        cli.repo.write("app.py", text)
    cli.repo.stage()
    left = 0 if text is None else 1
    assert (
        cli("baseline", "prune").out
        == f"{FILE}: {left} {'entry' if left else 'entries'} (0 added, {2 - left} dropped)\n"
    )
    assert set(lines(cli.repo)) < before


def test_prune_keeps_entries_of_a_file_that_does_not_parse(cli: CommandLine) -> None:
    cli("baseline", "write")
    cli.repo.write("app.py", TWICE + "def (:\n")
    cli.repo.stage()
    answer = cli("baseline", "prune")
    assert count(cli.repo) == 2
    assert "NOT checked: app.py" in answer.err


def test_prune_with_a_broken_library_drops_nothing(cli: CommandLine) -> None:
    cli("baseline", "write")
    cli.repo.write("patterns/named_exceptions.json", "{")
    assert cli("baseline", "prune").code == 2
    assert count(cli.repo) == 2


# -- show ----------------------------------------------------------------------------------------


def test_show_without_a_baseline_says_how_to_make_one(cli: CommandLine) -> None:
    answer = cli("baseline", "show")
    assert answer.code == 0
    assert "feedback-loop baseline write" in answer.out
    assert cli("baseline", "show", "--format", "json").json["path"] is None


def test_show_lists_by_path_and_counts(cli: CommandLine) -> None:
    cli("baseline", "write")
    shown = cli("baseline", "show").out.splitlines()
    assert [one.rpartition("  ")[0] for one in shown[:2]] == ["app.py  named_exceptions"] * 2
    assert shown[2] == "2 entries, 1 pattern, 1 file"
    document = cli("baseline", "show", "--format=json").json
    assert sorted(one["key"] for one in document["entries"]) == [one["key"] for one in document["entries"]]
    assert document["entries"][0].keys() == {"key", "path", "pattern"}


def test_hostile_paths_are_shown_as_text(cli: CommandLine) -> None:
    (cli.repo.root / os.fsdecode(b"a\x1b[2J\xff.py")).write_text(BARE)
    cli.repo.stage()
    cli("baseline", "write")
    assert "a\\x1b[2J\\xff.py  named_exceptions" in cli("baseline", "show").out
    odd = [one for one in cli("baseline", "show", "--format=json").json["entries"] if "path_b64" in one]
    assert len(odd) == 1


def test_numbers_for_programs(cli: CommandLine) -> None:
    document = cli("baseline", "write", "--format", "json").json
    assert document == {
        "schema_version": 1,
        "path": FILE,
        "total": 2,
        "added": 2,
        "dropped": 0,
        "stale": 0,
        "unsure": 0,
        "not_checked": 0,
        "exit_code": 0,
    }


# -- a scan --------------------------------------------------------------------------------------


def again(repo: Repo, text: str = TWICE, name: str = "app.py") -> None:
    """The old file taken away in a commit, and the text staged: every line of it is added now."""
    repo.git("rm", "-q", "--cached", "app.py")
    repo.commit()
    repo.write(name, text)
    repo.stage(name)


def test_without_a_baseline_nothing_is_taken_away(cli: CommandLine) -> None:
    again(cli.repo)
    result = subtracted(cli.repo)
    assert (len(result.findings), result.baselined) == (2, [])


def test_accepted_findings_are_taken_away_and_counted(cli: CommandLine) -> None:
    cli("baseline", "write")
    again(cli.repo, "\n" + TWICE.replace("    ", "\t") + BARE)
    result = subtracted(cli.repo)
    assert [finding.line for finding in result.findings] == [15]
    assert [finding.line for finding in result.baselined] == [5, 10]


@pytest.mark.parametrize("name", ["none", "other"])
def test_a_choice_other_than_the_default(cli: CommandLine, name: str) -> None:
    cli("baseline", "write")
    again(cli.repo)
    cli.repo.write("other", HEADER)
    assert len(subtracted(cli.repo, name).findings) == 2


def test_a_named_file_is_looked_for_from_the_process_folder(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("baseline", "write")
    again(cli.repo)
    (cli.repo.root / FILE).rename(tmp_path / "accepted")
    monkeypatch.chdir(cli.repo.root / "patterns")
    assert subtracted(cli.repo, "../../accepted").findings == []
    with pytest.raises(UserError, match="no such baseline: missing"):
        subtracted(cli.repo, "missing")


def test_a_broken_baseline_takes_nothing_away_and_is_told(cli: CommandLine) -> None:
    cli.repo.write(FILE, HEADER + "x\n")
    again(cli.repo)
    result = subtracted(cli.repo)
    (entry,) = result.not_checked
    assert (len(result.findings), entry.path) == (2, FILE.encode())
    assert entry.reason.startswith(f"takes nothing away: {FILE}:2: not JSON")
    assert cli("scan").code == 1
    assert cli("scan", "--exit-zero").code == 2


def test_a_baseline_out_of_the_repository_is_not_read(cli: CommandLine, tmp_path: Path) -> None:
    cli("baseline", "write")
    (cli.repo.root / FILE).rename(tmp_path / "accepted")
    (cli.repo.root / FILE).symlink_to(tmp_path / "accepted")
    again(cli.repo)
    (entry,) = subtracted(cli.repo).not_checked
    assert "leaves the repository" in entry.reason


def test_an_entry_counts_only_as_what_it_says_it_is(cli: CommandLine) -> None:
    """The key alone would let a line about a harmless file hide something else from its reviewers."""
    again(cli.repo)
    result = subtracted(cli.repo)
    true = [entry_of(finding) for finding in result.findings]
    lies = [
        BaselineEntry(true[0].key, b"docs/x.py", "named_exceptions"),
        BaselineEntry(true[1].key, b"app.py", "other"),
    ]
    subtract(result, Baseline(frozenset(lies)))
    assert result.baselined == []


def test_what_the_tool_itself_says_is_never_taken_away() -> None:
    result = ScanResult()
    result.findings = [notice("policy_change", "warn", b"a", 1, "m", "", "f" * 32)]
    subtract(result, Baseline(frozenset([entry_of(result.findings[0])])))
    assert result.baselined == []


def test_the_bytes_of_another_commit_serve_as_well(cli: CommandLine) -> None:
    cli("baseline", "write")
    data = (cli.repo.root / FILE).read_bytes()
    (cli.repo.root / FILE).unlink()
    again(cli.repo)
    result = subtracted(cli.repo)
    subtract_text(result, data, f"abc:{FILE}")
    assert result.findings == []
    assert len(added_entries(None, data)) == 2
    assert added_entries(data, data) == added_entries(data, None) == []


# -- stale entries -------------------------------------------------------------------------------


def finding(path: bytes, key: str = "0" * 32) -> Finding:
    return Finding("bare", "x", "warn", "low", path, ((1, 1, 1, 2),), "m", "", "", key)


def stale(mode: str, *names: bytes, **facts: object) -> int:
    """How many of the entries of these paths a scan of this mode, with these facts, calls stale."""
    result = ScanResult()
    result.mode = mode
    for name, value in facts.items():
        setattr(result, name, value)
    subtract(result, Baseline(frozenset(entry_of(finding(name)) for name in names)))
    return result.stale


@pytest.mark.parametrize(("mode", "expected"), [("staged", 0), ("range", 0), ("paths", 0), ("all", 2)])
def test_only_a_scan_of_everything_knows_what_is_stale(mode: str, expected: int) -> None:
    assert stale(mode, b"a", b"b") == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"findings": [finding(b"a")]}, 0),
        ({"findings": [finding(b"a", "1" * 32)]}, 1),
        ({"skipped": [(b"a", "binary")]}, 0),
        ({"skipped": [(b"a", "excluded")]}, 1),
        ({"skipped": [(b"b", "binary")]}, 1),
        ({"not_checked": [NotChecked(b"a", "", "larger")]}, 0),
        ({"not_checked": [NotChecked(b"a", "other/x, bare/y", "time")]}, 0),
        ({"not_checked": [NotChecked(b"a", "other/x", "time")]}, 1),
        ({"not_checked": [NotChecked(b"", "bare/y", "no engine")]}, 0),
        ({"not_checked": [NotChecked(b"b", "", "larger")]}, 1),
    ],
)
def test_what_was_not_checked_is_not_called_stale(facts: dict[str, object], expected: int) -> None:
    assert stale("all", b"a", **facts) == expected


def test_a_caller_may_know_better_what_was_seen() -> None:
    result = ScanResult()
    result.mode = "paths"
    entries = frozenset([entry_of(finding(b"a")), entry_of(finding(b"b"))])
    subtract(result, Baseline(entries), seen=lambda entry: entry.path == b"a")
    assert result.stale == 1
