"""`PatternManager` as the seed's documents describe it, on real files."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import PatternManager
from feedback_loop.errors import UserError
from feedback_loop.stores.library_place import pack_place
from tests.formats.test_guide_doc import SEED

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process's folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def manager(path: str = "patterns.json") -> PatternManager:
    return PatternManager(path, clock=lambda: NOW)


def saved(place: Path) -> Any:
    return json.loads((place / "patterns.json").read_text("utf-8"))


def write(place: Path, *patterns: dict[str, Any], **more: Any) -> None:
    (place / "patterns.json").write_text(json.dumps({"patterns": patterns} | more), "utf-8")


# -- the file --------------------------------------------------------------------------------------


def test_a_missing_file_gives_empty_lists_and_creates_nothing(place: Path) -> None:
    library = manager("below/patterns.json")
    assert (library.patterns, library.changelog, library.get_pattern_names()) == ([], [], [])
    assert list(place.iterdir()) == []


def test_what_was_saved_is_read_again_with_extra_keys(place: Path) -> None:
    library = manager("below/patterns.json")
    library.patterns.append({"name": "x", "team": ["a"]})
    library.save_patterns()
    assert manager("below/patterns.json").get_pattern_by_name("x") == {"name": "x", "team": ["a"]}
    assert json.loads((place / "below/patterns.json").read_text()) == {
        "schema_version": 1,
        "patterns": [{"name": "x", "team": ["a"]}],
        "archived": [],
        "changelog": [],
        "last_updated": "2026-11-20T09:30:00Z",
    }


def test_the_same_content_is_not_written(place: Path) -> None:
    text = '{"patterns": [{"name": "x"}], "note": 1}'
    (place / "patterns.json").write_text(text)
    library = manager()
    library.get_all_patterns().clear()
    library.save_patterns()
    assert (place / "patterns.json").read_text() == text
    library.patterns[0]["severity"] = "low"
    library.save_patterns()
    assert (saved(place)["note"], saved(place)["patterns"]) == (1, [{"name": "x", "severity": "low"}])


@pytest.mark.parametrize("path", ["../patterns.json", "a/../../p.json", "a\\..\\p.json", "patterns/.."])
def test_a_path_that_climbs_is_refused(place: Path, path: str) -> None:
    with pytest.raises(ValueError, match="Path traversal detected in: ") as caught:
        PatternManager(path)
    assert isinstance(caught.value, UserError)


@pytest.mark.parametrize("path", ["", "a\0.json"])
def test_a_malformed_path_is_refused(place: Path, path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        PatternManager(path)


def test_a_corrupt_file_is_neither_empty_nor_overwritten(place: Path) -> None:
    (place / "patterns.json").write_text('{"patterns": [\n{"name": ')
    with pytest.raises(ValueError, match=r"patterns\.json:2: not JSON: .* \(column 10\)"):
        PatternManager("patterns.json")
    assert (place / "patterns.json").read_text() == '{"patterns": [\n{"name": '


def test_after_a_failed_load_the_state_stays_and_saving_is_refused_until_one_succeeds(place: Path) -> None:
    write(place, {"name": "x"})
    library = manager()
    (place / "patterns.json").write_text("[]")
    with pytest.raises(ValueError, match=r"patterns\.json:1:1: expected an object"):
        library.load_patterns()
    assert library.patterns == [{"name": "x"}]
    for force in (False, True):
        with pytest.raises(ValueError, match="could not be read and will not be overwritten"):
            library.save_patterns(force)
    assert (place / "patterns.json").read_text() == "[]"
    write(place, {"name": "y"})
    library.load_patterns()
    library.patterns.append({"name": "z"})
    library.save_patterns()
    assert [one["name"] for one in saved(place)["patterns"]] == ["y", "z"]


def test_a_file_that_somebody_else_changed_is_not_overwritten_unless_forced(place: Path) -> None:
    write(place, {"name": "x"})
    library = manager()
    library.patterns[0]["severity"] = "low"
    write(place, {"name": "theirs"})
    with pytest.raises(ValueError, match="changed on disk since it was read"):
        library.save_patterns()
    assert saved(place)["patterns"] == [{"name": "theirs"}]
    library.save_patterns(force=True)
    assert saved(place)["patterns"] == [{"name": "x", "severity": "low"}]
    library.patterns.clear()
    library.save_patterns()
    assert saved(place)["patterns"] == []


def test_a_file_that_somebody_else_made_meanwhile_is_not_overwritten(place: Path) -> None:
    library = manager()
    write(place, {"name": "theirs"})
    library.patterns.append({"name": "x"})
    with pytest.raises(ValueError, match="changed on disk"):
        library.save_patterns()


@pytest.mark.parametrize("entry", [{}, {"name": ""}, {"name": 3}, "text"])
def test_an_entry_without_a_name_is_not_saved(place: Path, entry: Any) -> None:
    library = manager()
    library.patterns.append(entry)
    with pytest.raises(ValueError, match="a pattern without a name"):
        library.save_patterns()
    assert list(place.iterdir()) == []


def test_a_link_to_somewhere_else_is_not_read(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "p.json"
    outside.write_text('{"patterns": []}')
    (place / "patterns.json").symlink_to(outside)
    with pytest.raises(ValueError, match="cannot be used"):
        PatternManager("patterns.json")


def test_a_name_that_was_taken_over_leads_to_its_pattern(place: Path) -> None:
    write(place, {"name": "structured_logging"}, {"name": "mine", "supersedes": ["former"]})
    library = manager()
    assert library.get_pattern_by_name("logger_debug") is library.patterns[0]
    assert library.get_pattern_by_name("former") is library.patterns[1]
    assert library.get_pattern_by_name("neither") is None


# -- frequencies -----------------------------------------------------------------------------------


def test_the_total_of_a_source_counts_once(place: Path) -> None:
    write(place, {"name": "x", "occurrence_frequency": 0})
    library = manager()
    for count, frequency in ((5, 5), (5, 5), (8, 8)):
        library.update_frequencies([{"pattern": "x", "count": count}])
        assert library.patterns[0]["occurrence_frequency"] == frequency
    library.update_frequencies([{"pattern": "x", "count": 2}], source="ci")
    assert library.patterns[0]["occurrence_frequency"] == 10
    assert [one["details"] for one in library.get_changelog()] == [
        {"old_frequency": 0, "new_frequency": 5},
        {"old_frequency": 5, "new_frequency": 8},
        {"old_frequency": 8, "new_frequency": 10},
    ]
    assert library.changelog[0] | {"details": 0} == {
        "timestamp": "2026-11-20T09:30:00Z",
        "action": "updated_frequency",
        "pattern": "x",
        "details": 0,
    }


def test_what_was_counted_before_any_source_stays(place: Path) -> None:
    write(place, {"name": "x", "occurrence_frequency": 42})
    library = manager()
    library.update_frequencies([{"pattern": "x", "count": 3}])
    library.update_frequencies([{"pattern": "x", "count": 1}])
    assert library.patterns[0]["occurrence_frequency"] == 43


def test_the_result_names_what_became_of_each(place: Path) -> None:
    write(place, {"name": "x"}, {"name": "y"}, {"name": "structured_logging"})
    library = manager()
    items = [
        {"pattern": "x", "count": 1},
        {"pattern": "y", "count": 0},
        {"pattern": "z", "count": 9},
        {"pattern": "logger_debug", "count": 2},
        {"pattern": "structured_logging", "count": 3, "last_seen": "someday"},
    ]
    assert library.update_frequencies(items) == {
        "updated": ["x", "structured_logging"],
        "unchanged": ["y"],
        "restored": [],
        "skipped": ["z"],
        "problems": ["item 5 (structured_logging): unreadable last_seen 'someday'"],
    }
    assert library.patterns[2]["occurrence_frequency"] == 5


@pytest.mark.parametrize(
    ("last", "seen", "now"),
    [
        (None, "2024-01-04T12:00:00", "2024-01-04T12:00:00Z"),
        ("2024-01-04T12:00:00", "2023-01-01T00:00:00Z", "2024-01-04T12:00:00"),
        ("2024-01-04T12:00:00", "2024-01-04T14:00:00+02:00", "2024-01-04T12:00:00"),
        ("2024-01-04T12:00:00", "2024-01-04T14:00:00", "2024-01-04T14:00:00Z"),
        ("2024-01-04T12:00:00", None, "2026-11-20T09:30:00Z"),
        ("never", "2024-01-04", "2024-01-04T00:00:00Z"),
    ],
)
def test_the_last_occurrence_only_moves_on(place: Path, last: Any, seen: Any, now: str) -> None:
    write(place, {"name": "x", "last_occurrence": last})
    library = manager()
    library.update_frequencies([{"pattern": "x", "count": 1, "last_seen": seen}])
    assert library.patterns[0]["last_occurrence"] == now


def test_old_data_again_do_not_make_it_look_recent(place: Path) -> None:
    write(place, {"name": "x"})
    library = manager()
    library.update_frequencies([{"pattern": "x", "count": 1, "last_seen": "2020-01-01T00:00:00Z"}])
    library.update_frequencies([{"pattern": "x", "count": 1}])
    assert library.patterns[0]["last_occurrence"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "item",
    [
        {"count": 1},
        {"pattern": " ", "count": 1},
        {"pattern": "x"},
        {"pattern": "x", "count": True},
        {"pattern": "x", "count": -1},
    ],
)
def test_items_of_another_shape_change_nothing(place: Path, item: dict[str, Any]) -> None:
    write(place, {"name": "x"})
    library = manager()
    with pytest.raises(ValueError, match="item 2"):
        library.update_frequencies([{"pattern": "x", "count": 3}, item])
    assert (library.patterns, library.changelog) == ([{"name": "x"}], [])


# -- new ones --------------------------------------------------------------------------------------

DETAILS = [
    {"type": "bug", "error": "TypeError: a", "code": "f(1)", "timestamp": "2026-11-01T00:00:00"},
    {"type": "test_failure", "reason": "boom", "timestamp": "2026-11-03T00:00:00Z"},
    {"type": "bug", "error": "TypeError: a", "code": "f(2)"},
    {"type": "code_review", "severity": "HIGH"},
    {"type": "code_review", "severity": "low"},
    {"type": "bug", "error": "c"},
    {"type": "bug", "error": "d"},
]


def test_a_new_pattern_is_made_of_what_was_seen(place: Path) -> None:
    library = manager()
    assert library.add_new_patterns([{"pattern": "type_mix", "count": 7, "details": DETAILS}]) == ["type_mix"]
    (entry,) = library.patterns
    assert len(entry.pop("pattern_id")) == 36
    assert entry == {
        "name": "type_mix",
        "description": "TypeError: a | boom | c",
        "bad_example": "f(1)",
        "good_example": "",
        "test_coverage": "",
        "occurrence_frequency": 7,
        "frequency_sources": {"default": 7},
        "last_occurrence": "2026-11-03T00:00:00Z",
        "severity": "high",
        "effectiveness_score": 0.5,
    }
    assert [one["action"] for one in library.changelog] == ["added"]


def test_a_new_pattern_without_details_says_so(place: Path) -> None:
    library = manager()
    library.add_new_patterns([{"pattern": "type_mix", "count": 2, "details": []}])
    assert library.patterns[0]["description"] == "Auto-detected pattern"
    assert (library.patterns[0]["severity"], library.patterns[0]["last_occurrence"]) == ("medium", None)


def test_what_is_known_archived_or_taken_over_is_not_new(place: Path) -> None:
    write(place, {"name": "structured_logging"}, archived=[{"name": "old_one"}])
    library = manager()
    names = ["structured_logging", "logger_debug", "old_one"]
    assert library.add_new_patterns([{"pattern": name, "count": 1, "details": []} for name in names]) == []
    assert (len(library.patterns), library.changelog) == (1, [])


def test_counting_after_adding_counts_nothing_twice(place: Path) -> None:
    library = manager()
    seen = [{"pattern": "type_mix", "count": 7, "details": DETAILS}]
    for _ in range(2):
        library.update_frequencies(seen)
        library.add_new_patterns(seen)
        library.archive_unused_patterns(90)
        library.save_patterns()
        assert library.patterns[0]["occurrence_frequency"] == 7
    assert [one["action"] for one in library.changelog] == ["added"]


# -- archive ---------------------------------------------------------------------------------------


def test_only_what_was_seen_and_long_ago_is_archived_with_its_body(place: Path) -> None:
    old = {"name": "old", "last_occurrence": "2026-08-22T09:29:59", "bad_example": "x", "reason": "mine"}
    write(
        place,
        old,
        {"name": "edge", "last_occurrence": "2026-08-22T09:30:00Z"},
        {"name": "never", "last_occurrence": None},
        {"name": "unreadable", "last_occurrence": "long ago"},
        {"name": "partial"},
    )
    library = manager()
    before = copy.deepcopy(library.patterns)
    assert library.archive_unused_patterns() == ["old"]
    assert library.get_pattern_names() == ["edge", "never", "unreadable", "partial"]
    (gone,) = library.archived
    assert (gone["bad_example"], gone["archived_at"]) == ("x", "2026-11-20T09:30:00Z")
    assert gone["reason"] == "not seen for 90 days"
    assert library.archive_unused_patterns() == []
    assert library.restore_pattern("old") == old
    assert sorted(library.patterns, key=str) == sorted(before, key=str)
    assert [one["action"] for one in library.changelog] == ["archived", "restored"]


@pytest.mark.parametrize("days", [0, -1, True, 1.5])
def test_less_than_a_day_is_refused(place: Path, days: Any) -> None:
    with pytest.raises(ValueError, match="days must be an integer >= 1"):
        manager().archive_unused_patterns(days)


def test_what_is_seen_again_comes_back(place: Path) -> None:
    write(place, {"name": "old", "last_occurrence": "2026-01-01T00:00:00Z", "occurrence_frequency": 1})
    library = manager()
    library.archive_unused_patterns()
    items = [{"pattern": "old", "count": 2, "last_seen": "2026-01-01T00:00:00"}]
    assert library.update_frequencies(items)["unchanged"] == ["old"]
    items[0]["last_seen"] = "2026-11-19T00:00:00Z"
    assert library.update_frequencies(items)["restored"] == ["old"]
    assert library.get_pattern_by_name("old") == {
        "name": "old",
        "last_occurrence": "2026-11-19T00:00:00Z",
        "occurrence_frequency": 3,
        "frequency_sources": {"default": 2},
    }


def test_nothing_that_is_not_archived_can_be_restored(place: Path) -> None:
    write(place, {"name": "x"}, archived=[{"name": "x"}])
    with pytest.raises(ValueError, match="no archived pattern is called 'y'"):
        manager().restore_pattern("y")
    with pytest.raises(ValueError, match="there is an active pattern called 'x'"):
        manager().restore_pattern("x")


# -- the guide -------------------------------------------------------------------------------------


def test_a_guide_of_the_seed_s_form_is_taken_in_once(place: Path) -> None:
    (place / "AI_PATTERNS.md").write_text(SEED, "utf-8")
    library = manager()
    result = library.load_from_ai_patterns_md("AI_PATTERNS.md")
    assert result["added"] == ["numpy_json_serialization", "large_file_processing"]
    assert [one["line"] for one in result["skipped"]] == [53]
    entry = library.get_pattern_by_name("large_file_processing")
    assert entry is not None
    assert {
        key: entry[key] for key in ("description", "bad_example", "severity", "occurrence_frequency")
    } == {
        "description": "Memory exhaustion",
        "bad_example": "data = handle.read()",
        "severity": "medium",
        "occurrence_frequency": 0,
    }
    again = library.load_from_ai_patterns_md()
    assert (again["added"], again["updated"], len(again["unchanged"])) == ([], [], 2)
    assert [one["action"] for one in library.changelog] == ["added", "added"]


def test_a_guide_replaces_what_it_says_and_nothing_else(place: Path) -> None:
    write(place, {"name": "large_file_processing", "severity": "critical", "occurrence_frequency": 4})
    (place / "AI_PATTERNS.md").write_text(SEED, "utf-8")
    library = manager()
    assert library.load_from_ai_patterns_md()["updated"] == ["large_file_processing"]
    entry = library.patterns[0]
    assert (entry["severity"], entry["occurrence_frequency"]) == ("critical", 4)
    assert entry["problems"] == ["Memory exhaustion"]


def test_an_archived_pattern_of_a_guide_is_told(place: Path) -> None:
    write(place, archived=[{"name": "large_file_processing"}])
    (place / "AI_PATTERNS.md").write_text(SEED, "utf-8")
    result = manager().load_from_ai_patterns_md()
    assert result["skipped"][-1]["reason"].startswith("large_file_processing is archived")


def test_a_missing_guide_and_one_that_climbs_are_refused(place: Path) -> None:
    with pytest.raises(FileNotFoundError):
        manager().load_from_ai_patterns_md("none.md")
    for call in (manager().load_from_ai_patterns_md, manager().sync_to_markdown):
        with pytest.raises(ValueError, match="Path traversal detected"):
            call("../AI_PATTERNS.md")


def test_a_guide_that_was_written_gives_the_same_patterns_and_then_the_same_bytes(place: Path) -> None:
    (place / "AI_PATTERNS.md").write_text(SEED, "utf-8")
    library = manager()
    library.load_from_ai_patterns_md()
    assert library.sync_to_markdown("new/GUIDE.md") == {
        "written": ["numpy_json_serialization", "large_file_processing"],
        "by_hand": [],
        "changed": True,
    }
    text = (place / "new/GUIDE.md").read_bytes()
    other = manager("other.json")
    other.load_from_ai_patterns_md("new/GUIDE.md")
    ids = {"pattern_id": ""}
    assert [one | ids for one in other.patterns] == [one | ids for one in library.patterns]
    assert other.sync_to_markdown("new/GUIDE.md")["changed"] is False
    assert (place / "new/GUIDE.md").read_bytes() == text
    assert [one["action"] for one in library.changelog].count("synced_to_markdown") == 1
    assert library.sync_to_markdown()["by_hand"] == ["numpy_json_serialization", "large_file_processing"]


def test_a_block_edited_by_hand_is_not_overwritten_unless_forced(place: Path) -> None:
    write(place, {"name": "x_y", "description": "Said."})
    library = manager()
    library.sync_to_markdown()
    guide = place / "AI_PATTERNS.md"
    made = guide.read_text()
    guide.write_text(made.replace("Said.", "Said by hand."))
    library.patterns[0]["severity"] = "low"
    with pytest.raises(ValueError, match=r"(?s)a person edited the block.*-Said by hand\.\n\+Said\."):
        library.sync_to_markdown()
    assert guide.read_text() == made.replace("Said.", "Said by hand.")
    assert library.load_from_ai_patterns_md()["updated"] == ["x_y"]
    with pytest.raises(ValueError, match=r"\+\*\*Severity:\*\* low"):
        library.sync_to_markdown()
    library.sync_to_markdown(force=True)
    assert "**Severity:** low\n\nSaid by hand." in guide.read_text()


# -- a folder of pattern files ---------------------------------------------------------------------


def test_a_folder_is_read_and_its_guide_is_written(place: Path) -> None:
    library = PatternManager(pack_place().folder)
    entry = library.get_pattern_by_name("logger_debug")
    assert entry is not None
    assert (entry["name"], entry["occurrence_frequency"], entry["last_occurrence"]) == (
        "structured_logging",
        0,
        None,
    )
    assert entry["bad_example"]
    assert library.sync_to_markdown("G.md")["written"][:2] == ["numpy_json_serialization", "bounds_checking"]
    other = manager()
    assert len(other.load_from_ai_patterns_md("G.md")["added"]) == 9
    assert other.sync_to_markdown("G.md")["changed"] is False


def test_a_broken_pattern_of_a_folder_is_told_with_its_place(place: Path) -> None:
    (place / "patterns").mkdir()
    (place / "patterns/a_b.json").write_text("{}")
    with pytest.raises(ValueError, match=r"patterns/a_b\.json: a_b\.md is missing"):
        PatternManager("patterns")


def test_a_file_takes_no_proposed_patterns(place: Path) -> None:
    library = manager()
    library.proposed.append({"name": "x_y"})
    with pytest.raises(ValueError, match="holds no proposed ones"):
        library.save_patterns()
    assert list(place.iterdir()) == []


# -- arguments of another type ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "items", [None, 5, "a", ["a"], {"pattern": "a"}, [{"pattern": "a", "count": 1}, None]]
)
def test_items_that_are_no_dicts_are_refused_and_change_nothing(place: Path, items: Any) -> None:
    library = manager()
    before = copy.deepcopy(library.patterns)
    with pytest.raises(ValueError, match="frequency_data must be a list of dicts"):
        library.update_frequencies(items)
    with pytest.raises(ValueError, match="new_patterns must be a list of dicts"):
        library.add_new_patterns(items)
    assert (library.patterns, library.changelog) == (before, [])


# -- what bugs say goes into a tracked file --------------------------------------------------------


def test_texts_of_bugs_are_one_line_without_secrets_and_not_too_long(place: Path) -> None:
    write(place)
    library = manager()
    token = "ghp_" + "a1B2" * 9
    details = [
        {
            "type": "bug",
            "error": "ValueError: no\n\n# such\n```\nthing",
            "code": f'login("{token}")\n' + "c" * 5000,
        },
        {"type": "bug", "error": "password:\n  Hunter2", "code": ""},
        {"type": "test_failure", "reason": "e" * 1990 + "  " + token},
        {"type": "bug", "error": "ValueError: no # such ``` thing"},
    ]
    library.add_new_patterns([{"pattern": "x_y", "count": 3, "details": details}])
    library.save_patterns()
    (entry,) = saved(place)["patterns"]
    causes = entry["description"].split(" | ")
    assert causes == ["ValueError: no # such ``` thing", "password: ***", "e" * 1990 + " ***"]
    assert entry["bad_example"].startswith('login("***")\nccc')
    assert len(entry["bad_example"]) == 4000
    assert library.sync_to_markdown()["changed"] is True
    assert library.sync_to_markdown()["changed"] is False


def test_a_cause_without_end_is_cut(place: Path) -> None:
    write(place)
    library = manager()
    library.add_new_patterns([{"pattern": "x_y", "count": 1, "details": [{"error": "e" * 9000}]}])
    assert len(library.patterns[0]["description"]) == 2000
