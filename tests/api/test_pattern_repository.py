"""`PatternManager` over a folder of pattern files: dicts are views, saves write what differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop import MetricsCollector, PatternManager
from feedback_loop.api.patterns import repository as pattern_repository
from feedback_loop.api.patterns.detected import proposed_entry
from feedback_loop.api.patterns.files import unreadable
from feedback_loop.api.patterns.views import new_pattern
from feedback_loop.domain.pattern import Origin
from feedback_loop.errors import MachineFault
from feedback_loop.formats.records import make_event
from feedback_loop.stores import lock
from feedback_loop.stores.events import append_events
from feedback_loop.stores.library import load_library
from tests.api.small_library import write_pattern
from tests.faces.command_line import write_pattern as write_checked
from tests.formats.test_guide_doc import SEED
from tests.repo import Repo

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
KEYS = {
    *("pattern_id", "name", "description", "bad_example", "good_example", "test_coverage", "severity"),
    *("occurrence_frequency", "last_occurrence", "effectiveness_score"),
}


@pytest.fixture
def project(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with one pattern; the process is inside."""
    monkeypatch.chdir(repo.root)
    write_pattern(repo, "no_eval", "eval")
    return repo


def manager(path: str = "patterns") -> PatternManager:
    return PatternManager(path, clock=lambda: NOW)


def bug(name: str, at: str = "2026-11-19T10:00:00Z", code: str = "x[0]", path: str = "a.py") -> None:
    collector = MetricsCollector()
    collector.log_bug(name, "IndexError: boom", code, path, 1, timestamp=at)
    collector.save(".")


def files(repo: Repo, below: str = "patterns") -> dict[str, bytes]:
    root = repo.root / below
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


def new(name: str, **details: Any) -> dict[str, Any]:
    return {"pattern": name, "count": 1, "details": [{"type": "bug", **details}] if details else []}


# -- views -----------------------------------------------------------------------------------------


def test_a_dict_has_the_ten_keys_and_what_else_there_is(project: Repo) -> None:
    (entry,) = manager().patterns
    assert entry.keys() >= KEYS
    assert (entry["name"], entry["severity"], entry["guidance"]) == ("no_eval", "high", "Say something else.")
    assert (entry["description"], entry["bad_example"]) == ("It is bad.", "x = eval")


@pytest.mark.parametrize("path", ["patterns", "patterns/", "./patterns"])
def test_a_path_without_json_is_a_folder(project: Repo, path: str) -> None:
    assert manager(path).get_pattern_names() == ["no_eval"]


def test_frequency_time_and_score_come_from_events(project: Repo) -> None:
    for day in range(5, 15):
        bug("no_eval", f"2026-11-{day:02}T10:00:00Z")
    bug("no_eval", "2026-12-24T10:00:00Z")
    (entry,) = manager().patterns
    assert (entry["occurrence_frequency"], entry["last_occurrence"]) == (10, "2026-11-14T10:00:00Z")
    assert 0 <= entry["effectiveness_score"] <= 1
    assert entry["effectiveness_score"] != 0.5


def test_without_enough_data_the_score_says_unchanged(project: Repo) -> None:
    bug("no_eval")
    (entry,) = manager().patterns
    assert (entry["occurrence_frequency"], entry["effectiveness_score"]) == (1, 0.5)


def test_outside_of_a_repository_nothing_is_counted(
    project: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug("no_eval")
    (tmp_path / "outside").mkdir()
    (project.root / "patterns").rename(tmp_path / "outside/patterns")
    monkeypatch.chdir(tmp_path / "outside")
    assert manager().patterns[0]["occurrence_frequency"] == 0


def test_an_event_that_cannot_be_read_is_told_and_the_others_count(project: Repo) -> None:
    bug("no_eval")
    project.write(".feedback-loop/events/2026-11/20261119t100000z-bug-0123456789ab.json", "{")
    library = manager()
    assert library.patterns[0]["occurrence_frequency"] == 1
    assert [one for one in library.problems if "0123456789ab.json" in one]


def test_proposed_and_archived_patterns_have_lists_of_their_own(project: Repo) -> None:
    write_checked(project, "waits", below="proposed/")
    write_checked(project, "rests", below="archive/")
    library = manager()
    assert library.get_pattern_names() == ["no_eval"]
    assert [one["name"] for one in (*library.proposed, *library.archived)] == ["waits", "rests"]


def test_changing_what_is_computed_writes_nothing(project: Repo) -> None:
    before = files(project)
    library = manager()
    library.patterns[0] |= {"occurrence_frequency": 9, "last_occurrence": "x", "effectiveness_score": 1.0}
    library.save_patterns()
    assert files(project) == before
    assert manager().patterns[0]["occurrence_frequency"] == 0


# -- saving ----------------------------------------------------------------------------------------


def test_only_the_files_of_what_differs_are_written(project: Repo) -> None:
    write_pattern(project, "no_exec", "exec")
    before = files(project)
    library = manager()
    entry = library.get_pattern_by_name("no_eval")
    assert entry is not None
    entry |= {"severity": "critical", "tags": ["security"]}
    library.save_patterns()
    after = files(project)
    assert {name for name in after if after[name] != before[name]} == {"no_eval.json"}
    read = json.loads(after["no_eval.json"])
    assert (read["severity"], read["tags"], read["version"]) == ("critical", ["security"], 2)
    assert read["detectors"] == json.loads(before["no_eval.json"])["detectors"]
    library.save_patterns()
    assert files(project) == after


def test_a_text_that_was_changed_is_read_again(project: Repo) -> None:
    library = manager()
    library.patterns[0] |= {"problems": ["Text runs."], "prose": "Never do.", "good_example": "fine = 2"}
    library.save_patterns()
    (entry,) = manager().patterns
    assert (entry["description"], entry["prose"]) == ("Text runs.", "Never do.")
    assert entry["good_example"] == "fine = 2"
    assert library.patterns == [entry]
    assert "# The word eval" in (project.root / "patterns/no_eval.md").read_text()


def test_a_new_dict_becomes_a_pattern(project: Repo) -> None:
    library = manager()
    library.patterns.append({"name": "own_one", "description": "Bad.", "bad_example": "a = 1"})
    library.save_patterns()
    assert set(files(project)) == {"no_eval.md", "no_eval.json", "own_one.md", "own_one.json"}
    assert manager().get_pattern_by_name("own_one") == library.patterns[1]
    library.patterns[1]["severity"] = "low"
    library.save_patterns()
    assert json.loads(files(project)["own_one.json"])["severity"] == "low"


WRONG: dict[str, tuple[Callable[[PatternManager], object], str]] = {
    "an unknown key": (lambda one: one.patterns[0].update(team="a"), "no_eval: not taken in: team"),
    "a severity nobody knows": (lambda one: one.patterns[0].update(severity="dire"), "severity 'dire'"),
    "a text that is a number": (lambda one: one.patterns[0].update(description=5), "must be a text"),
    "tags that are a text": (lambda one: one.patterns[0].update(tags="a"), "tags must be a list"),
    "a description beside its parts": (
        lambda one: one.patterns[0].update(description="Mine."),
        "no_eval: its description is made of `problems` and `prose`",
    ),
    "another id": (lambda one: one.patterns[0].update(pattern_id="x"), "pattern_id cannot change"),
    "guidance of two lines": (lambda one: one.patterns[0].update(guidance="x" * 201), "guidance"),
    "an example that its detector misses": (
        lambda one: one.patterns[0].update(bad_example="y = 1"),
        "no_eval: ",
    ),
    "no name": (lambda one: one.patterns.append({}), "a pattern without a name"),
    "a name that is none": (lambda one: one.patterns.append({"name": "A b"}), "cannot be a pattern's name"),
    "a name twice": (lambda one: one.proposed.append({"name": "no_eval"}), "in the lists twice"),
    "a deletion": (lambda one: one.patterns.clear(), "archived, not deleted"),
    "a move": (lambda one: one.archived.append(one.patterns.pop(0)), "no_eval is active in its folder"),
    "a changelog": (lambda one: one.changelog.append({"action": "added"}), "its git history"),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG)
def test_what_the_files_cannot_hold_is_refused_whole(
    project: Repo, change: Callable[[PatternManager], object], words: str
) -> None:
    before = files(project)
    library = manager()
    library.patterns.append({"name": "own_one"})
    change(library)
    with pytest.raises(ValueError, match=words):
        library.save_patterns()
    assert files(project) == before


def test_a_pattern_that_somebody_else_changed_is_not_overwritten_unless_forced(project: Repo) -> None:
    library = manager()
    library.patterns[0]["severity"] = "low"
    theirs = json.loads((project.root / "patterns/no_eval.json").read_text()) | {"guidance": "Do theirs."}
    project.write("patterns/no_eval.json", json.dumps(theirs))
    with pytest.raises(ValueError, match="no_eval has changed on disk"):
        library.save_patterns()
    assert json.loads(files(project)["no_eval.json"]) == theirs
    library.save_patterns(force=True)
    read = json.loads(files(project)["no_eval.json"])
    assert (read["severity"], read["guidance"]) == ("low", "Do theirs.")


def test_a_pattern_that_somebody_else_made_is_not_overwritten(project: Repo) -> None:
    library = manager()
    library.patterns.append({"name": "no_exec"})
    write_pattern(project, "no_exec", "exec")
    before = files(project)
    for force in (False, True):
        with pytest.raises(ValueError, match="no_exec is there already"):
            library.save_patterns(force)
    assert files(project) == before


def test_a_broken_library_is_neither_empty_nor_written_to(project: Repo) -> None:
    library = manager()
    project.write("patterns/a_b.json", "{}")
    with pytest.raises(ValueError, match=r"patterns/a_b\.json: a_b\.md is missing"):
        library.load_patterns()
    assert library.get_pattern_names() == ["no_eval"]
    library.patterns[0]["severity"] = "low"
    before = files(project)
    with pytest.raises(ValueError, match="could not be read whole"):
        library.save_patterns()
    assert files(project) == before


def test_a_library_that_broke_meanwhile_is_not_written_to(project: Repo) -> None:
    library = manager()
    library.patterns[0]["severity"] = "low"
    project.write("patterns/a_b.json", "{}")
    with pytest.raises(ValueError, match=r"a_b\.md is missing"):
        library.save_patterns()


def test_no_folder_is_made_as_that_would_hide_the_built_in_patterns(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.root)
    library = manager()
    assert library.add_new_patterns([new("boom_here")]) == ["boom_here"]
    with pytest.raises(ValueError, match="there is no folder patterns"):
        library.save_patterns()
    assert not (repo.root / "patterns").exists()


def test_a_title_a_tag_or_a_problem_leaves_the_version(project: Repo) -> None:
    library = manager()
    library.patterns[0] |= {"title": "Another", "tags": ["security"], "problems": ["Text runs."]}
    library.save_patterns()
    read = json.loads(files(project)["no_eval.json"])
    assert (read["tags"], read.get("version", 1)) == (["security"], 1)
    library.patterns[0]["good_example"] = "fine = 2"
    library.save_patterns()
    assert json.loads(files(project)["no_eval.json"])["version"] == 2


def test_a_save_waits_for_who_holds_the_lock(project: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    before, library = files(project), manager()
    library.patterns[0]["severity"] = "low"
    with lock.hold_lock(str(project.root / ".git/feedback-loop"), "now"):
        with pytest.raises(MachineFault, match="busy"):
            library.save_patterns()
        manager().save_patterns()  # nothing to write
    assert files(project) == before
    library.save_patterns()
    assert files(project) != before


@pytest.mark.parametrize("call", ["load_library", "atomic_write", "write_pattern"])
def test_from_the_check_to_the_last_write_nobody_else_moves_patterns(
    project: Repo, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    library, done, held = manager(), getattr(pattern_repository, call), []
    library.patterns[0]["severity"] = "low"
    library.patterns.append({"name": "own_one", "description": "Bad."})

    def watched(*arguments: Any) -> Any:
        try:
            with lock.hold_lock(str(project.root / ".git/feedback-loop"), "now"):
                held.append(False)
        except MachineFault:
            held.append(True)
        return done(*arguments)

    monkeypatch.setattr(pattern_repository, call, watched)
    library.save_patterns()
    assert set(held) == {True}
    assert "own_one.json" in files(project)


def test_outside_of_a_repository_it_is_saved_without_a_lock(
    project: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project.root / "patterns").rename(outside / "patterns")
    monkeypatch.chdir(outside)
    library = manager()
    library.patterns[0]["severity"] = "low"
    library.save_patterns()
    assert json.loads((outside / "patterns/no_eval.json").read_text())["severity"] == "low"
    assert [one.name for one in outside.iterdir()] == ["patterns"]


# -- what was seen ---------------------------------------------------------------------------------


def test_frequencies_are_not_updated_and_the_result_says_so(project: Repo) -> None:
    before = files(project)
    library = manager()
    items = [{"pattern": "no_eval", "count": 5}, {"pattern": "unheard", "count": 1, "last_seen": "?"}]
    result = library.update_frequencies(items)
    assert (result["unchanged"], result["skipped"], result["updated"]) == (["no_eval"], ["unheard"], [])
    assert "computed from events" in result["note"]
    assert len(result["problems"]) == 1
    library.save_patterns()
    assert files(project) == before
    with pytest.raises(ValueError, match="frequency_data"):
        library.update_frequencies([5])  # type: ignore[list-item]


def test_a_new_pattern_is_proposed_with_the_events_behind_it(project: Repo) -> None:
    bug("boom_here")
    library = manager()
    details = {"error": "IndexError: boom", "code": "x[0]", "file_path": "a.js"}
    assert library.add_new_patterns([new("boom_here", **details)]) == ["boom_here"]
    assert not (project.root / "patterns/proposed").exists()
    library.save_patterns()
    assert set(files(project)) - {"no_eval.md", "no_eval.json"} == {
        "proposed/boom_here.md",
        "proposed/boom_here.json",
    }
    (found,) = [one for one in load_library(str(project.root), "patterns").patterns if one.state != "active"]
    assert (found.state, found.origin.kind, found.description) == ("proposed", "failure", "IndexError: boom")
    assert len(found.origin.events) == 1
    assert [(one.code, one.language) for one in found.bad] == [("x[0]\n", "javascript")]
    assert (found.good, found.languages) == ((), ("javascript",))
    again = manager()
    assert again.add_new_patterns([new("boom_here")]) == []
    assert again.proposed[0]["occurrence_frequency"] == 1


def test_what_is_known_in_any_state_or_rejected_is_not_proposed(project: Repo) -> None:
    write_checked(project, "waits", below="proposed/")
    write_checked(project, "rests", below="archive/", supersedes=["long_gone"])
    fields = {"action": "reject", "pattern": "turned_down", "reason": "no"}
    append_events(str(project.root), [make_event("decision", "2026-11-01T00:00:00Z", fields)])
    names = ["no_eval", "waits", "rests", "long_gone", "turned_down"]
    assert manager().add_new_patterns([new(name) for name in names]) == []


def test_what_was_rejected_and_then_accepted_is_not_rejected(project: Repo) -> None:
    for day, action in ((1, "reject"), (2, "accept")):
        fields = {"action": action, "pattern": "turned_down", "reason": "no"}
        append_events(str(project.root), [make_event("decision", f"2026-11-0{day}T00:00:00Z", fields)])
    assert manager().add_new_patterns([new("turned_down")]) == ["turned_down"]


def test_a_pattern_that_is_no_name_goes_by_its_slug(project: Repo) -> None:
    library = manager()
    assert library.add_new_patterns([new("Missing Check!")]) == ["missing_check"]
    with pytest.raises(ValueError, match="holds nothing that could be a pattern's name"):
        library.add_new_patterns([new("other_one"), new("???")])
    assert [one["name"] for one in library.proposed] == ["missing_check"]


@pytest.mark.parametrize("days", [0, True])
def test_days_are_whole_and_more_than_none(project: Repo, days: int) -> None:
    with pytest.raises(ValueError, match="days must be"):
        manager().archive_unused_patterns(days)


def test_without_history_nobody_can_tell_what_is_unused(tmp_path: Path, project: Repo) -> None:
    (tmp_path / "apart").mkdir()
    with pytest.raises(ValueError, match="comes from git history, and there is none"):
        manager(str(tmp_path / "apart/patterns")).archive_unused_patterns()
    with pytest.raises(ValueError, match="is not the library of its repository, which is patterns/"):
        manager("other").archive_unused_patterns()


def test_what_is_unused_moves_at_once_and_can_be_saved_after(project: Repo) -> None:
    write_pattern(project, "seen_late", "exec")
    dated(project, "patterns", "2026-01-05")
    for name in ("a.py", "b.py", "c.py"):  # a file of over 10,000 lines would not count
        project.write(name, "x = 1\n" * 7_000)
    dated(project, "code", "2026-01-06")
    bug("seen_late", "2026-11-01T10:00:00Z")
    library = manager()
    library.patterns[0]["severity"] = "low"
    assert library.archive_unused_patterns() == ["no_eval"]
    assert [one["name"] for one in library.patterns] == ["seen_late"]
    assert [one["name"] for one in library.archived] == ["no_eval"]
    library.save_patterns()
    again = manager()
    assert [(one["name"], one["severity"]) for one in again.archived] == [("no_eval", "low")]
    assert again.archive_unused_patterns() == []


def test_nothing_moves_while_events_cannot_be_read(project: Repo) -> None:
    dated(project, "patterns", "2026-01-05")
    project.write("a.py", "x = 1\n" * 9_999)
    project.write("b.py", "x = 1\n" * 9_999)
    project.write("c.py", "x = 1\n" * 9_999)
    dated(project, "code", "2026-01-06")
    project.write(".feedback-loop/events/2026-11/20261119t100000z-bug-0123456789ab.json", "{")
    library = manager()
    library.problems.clear()
    assert library.archive_unused_patterns() == []
    assert ["20261119t100000z-bug" in one for one in library.problems] == [True]
    assert set(files(project)) == {"no_eval.md", "no_eval.json"}


def dated(repo: Repo, message: str, day: str) -> None:
    """Commit everything at noon of the day."""
    before = dict(repo.environment)
    repo.environment |= {"GIT_COMMITTER_DATE": f"{day}T12:00:00Z", "GIT_AUTHOR_DATE": f"{day}T12:00:00Z"}
    repo.stage()
    repo.commit(message)
    repo.environment = before


def test_restoring_is_left_to_the_command_that_records_it(project: Repo) -> None:
    with pytest.raises(ValueError, match="a decision on record") as caught:
        manager().restore_pattern("rests")
    assert "feedback-loop pattern restore rests" in caught.value.hint  # type: ignore[attr-defined]


def test_the_changelog_is_empty_and_stays_so(project: Repo) -> None:
    library = manager()
    library.add_new_patterns([new("boom_here")])
    library.sync_to_markdown()
    library.save_patterns()
    assert (library.get_changelog(), library.changelog) == ([], [])


TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("\n`~#->*+_=|<!\r\t\u202e\u200b \\1.")), max_size=60
)


@settings(max_examples=100, deadline=None)
@given(TEXT, TEXT, TEXT)
def test_whatever_failures_say_can_be_written_and_read_again(error: str, reason: str, code: str) -> None:
    details = [{"type": "bug", "error": error, "code": code}, {"type": "test_failure", "reason": reason}]
    entry = proposed_entry({"pattern": "boom_here", "count": 2, "details": details})
    assert unreadable(new_pattern(entry, Origin("failure"))) == ()


def test_text_that_markdown_would_take_for_something_else_is_kept(project: Repo) -> None:
    library = manager()
    library.add_new_patterns([new("boom_here", error="# not a heading", code="```\nx\u202e\n# y")])
    library.save_patterns()
    (entry,) = manager().proposed
    assert entry["description"] == "Seen: # not a heading"
    assert entry["bad_example"] == "```\nx\\u202e\n# y"


# -- the guide -------------------------------------------------------------------------------------


def test_a_guide_is_taken_in_with_the_next_save_and_only_once(project: Repo) -> None:
    text = SEED + "\n### 9. Half a lesson\n\n**Problems:**\n- It hurts\n"
    project.write("AI_PATTERNS.md", text)
    before = files(project)
    library = manager()
    result = library.load_from_ai_patterns_md()
    assert "half_a_lesson" in result["added"]
    assert [one["name"] for one in library.proposed] == ["half_a_lesson"]
    assert files(project) == before
    library.save_patterns()
    written = files(project)
    assert {"large_file_processing.md", "proposed/half_a_lesson.json"} <= set(written)
    assert json.loads(written["large_file_processing.json"])["source"]["kind"] == "import"
    again = manager()
    result = again.load_from_ai_patterns_md()
    assert (result["added"], result["updated"]) == ([], [])
    again.save_patterns()
    assert files(project) == written


def test_a_guide_that_was_written_changes_nothing(project: Repo) -> None:
    library = manager()
    assert library.sync_to_markdown()["written"] == ["no_eval"]
    assert library.load_from_ai_patterns_md()["unchanged"] == ["no_eval"]
    before = files(project)
    library.save_patterns()
    assert files(project) == before
