"""The index over ratings: whatever befalls it, the ratings are those of the event files (CACHE-1)."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.event import Event
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.rating import Gist, Rating, RatingQuery, TextSize
from feedback_loop.formats.rating_event import read_rating
from feedback_loop.formats.records import make_event
from feedback_loop.stores import event_changes, feedback_index
from feedback_loop.stores.compaction import compact_events
from feedback_loop.stores.events import append_events
from feedback_loop.stores.feedback_index import (
    RatingsRead,
    known_ratings,
    known_tags,
    load_analysis,
    open_readonly,
    read_ratings,
    save_analysis,
)

ALL = RatingQuery()


def rating(name: str, day: int = 1, **changes: Any) -> Event:
    data = {
        "feedback_id": name,
        "prompt": f"prompt {name}",
        "output": "out",
        "rating": 4,
        "thumbs": "up",
        "tags": ["code"],
        "context": {"framework": "direct", "model": "m", "techniques": ["a", "b"], "task_type": "code"},
        "notes": "n",
        "prompt_size": {"characters": 8, "words": 2, "sha256": "0" * 64},
        "features": {"flags": ["steps"]},
    }
    return make_event("rating", f"2026-11-{day:02}T09:30:00Z", data | changes)


def grave(event: Event) -> Event:
    return make_event("tombstone", "2026-11-30T00:00:00Z", {"event": event.id, "reason": "wrong"})


def value(event: Event) -> Rating:
    found = read_rating(event.id, parse_moment(event.at) or 0, json.loads(event.data))
    assert found is not None
    return found


def read(root: Path, query: RatingQuery = ALL) -> RatingsRead:
    return read_ratings(str(root), str(root / "state"), query)


def names(root: Path, **asked: Any) -> list[str]:
    return [one.feedback_id for one in read(root, RatingQuery(**asked)).ratings]


def index(root: Path) -> Path:
    (path,) = (root / "state").glob("feedback-*.sqlite")
    return path


def store(root: Path, *events: Event) -> list[Path]:
    return [root / path for path in append_events(str(root), events).paths]


def test_a_store_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path) == RatingsRead(())
    assert known_ratings(str(tmp_path), str(tmp_path / "state"), ["a"]) == {}


def test_other_events_and_rated_patterns_are_left_out(tmp_path: Path) -> None:
    bug = {"error": "E", "code": "", "file_path": "a.py", "line": 1}
    store(tmp_path, make_event("bug", "2026-11-01T00:00:00Z", bug), rating("p", subject="pattern"))
    assert read(tmp_path).ratings == ()


def test_ratings_come_back_as_their_events_say_them(tmp_path: Path) -> None:
    events = [rating("a"), rating("b", 2, prompt=None, thumbs=None, rating=3, tags=['x"y', "é"])]
    store(tmp_path, *events)
    for _ in range(2):
        assert read(tmp_path).ratings == (value(events[1]), value(events[0]))
    left_out: dict[str, Any] = {"prompt": None, "output": None, "notes": None, "context": "{}"}
    sizes: dict[str, Any] = {"prompt_size": TextSize(8), "output_size": TextSize()}
    short = [value(one)._replace(**left_out, **sizes) for one in events]
    assert read(tmp_path, RatingQuery(texts=False)).ratings == (short[1], short[0])
    assert known_tags(str(tmp_path), str(tmp_path / "state")) == {"code", 'x"y', "é"}


def test_a_query_bounds_time_stars_thumbs_tags_and_names(tmp_path: Path) -> None:
    store(
        tmp_path,
        rating("a", 1, rating=1, thumbs="down"),
        rating("b", 2, rating=3, thumbs=None, tags=["code", "plan"]),
        rating("c", 3, context={"framework": "other", "model": "n"}),
        rating("d", 4),
    )
    second = parse_moment("2026-11-02T09:30:00Z") or 0
    assert names(tmp_path) == ["d", "c", "b", "a"]
    assert names(tmp_path, limit=2) == ["d", "c"]
    assert names(tmp_path, limit=0) == []
    assert names(tmp_path, since=second) == ["d", "c", "b"]
    assert names(tmp_path, until=second) == ["a"]
    assert names(tmp_path, since=-(10**15), until=10**15) == ["d", "c", "b", "a"]
    assert names(tmp_path, until=-(10**15)) == names(tmp_path, since=10**15) == []
    assert names(tmp_path, least=2, most=3) == ["b"]
    assert names(tmp_path, thumbs="down") == ["a"]
    assert names(tmp_path, tags=("plan", "code")) == ["b"]
    assert names(tmp_path, tags=("code",), limit=3) == ["d", "c", "b"]
    assert names(tmp_path, framework="direct", model="m") == ["d", "b", "a"]
    assert names(tmp_path, framework="other", model="m") == []


def test_of_two_events_with_one_id_the_first_counts_and_the_other_waits(tmp_path: Path) -> None:
    first, second = rating("a", 1, rating=5), rating("a", 2, rating=1)
    store(tmp_path, second)
    assert [one.rating for one in read(tmp_path).ratings] == [1]
    (path,) = store(tmp_path, first)
    assert [one.rating for one in read(tmp_path).ratings] == [5]
    path.unlink()
    assert [one.rating for one in read(tmp_path).ratings] == [1]
    store(tmp_path, first)
    (tomb,) = store(tmp_path, grave(first))
    assert [one.rating for one in read(tmp_path).ratings] == [1]
    store(tmp_path, grave(second))
    assert read(tmp_path).ratings == ()
    assert known_ratings(str(tmp_path), str(tmp_path / "state"), ["a", "b"]) == {"a": None}
    tomb.unlink()
    assert [one.rating for one in read(tmp_path).ratings] == [5]


def test_the_answer_does_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    events = [rating(name, day, rating=day) for name in "abc" for day in (1, 2, 3)]
    events += [grave(events[0]), grave(events[5])]
    for step, event in enumerate(sorted(events, key=lambda one: one.id)):
        store(tmp_path / "slow", event)
        if step % 2:
            read(tmp_path / "slow")
    store(tmp_path / "fast", *events)
    slow, fast = (read(tmp_path / name).ratings for name in ("slow", "fast"))
    assert slow == fast
    assert {one.feedback_id: one.rating for one in slow} == {"a": 2, "b": 1, "c": 1}


def test_a_compaction_changes_nothing(tmp_path: Path) -> None:
    store(tmp_path, rating("a"), rating("b", 2), rating("b", 3))
    before = read(tmp_path).ratings
    compact_events(str(tmp_path), str(tmp_path / "state"), "2027-02-01T00:00:00Z")
    assert list(tmp_path.rglob("segment-*"))
    assert read(tmp_path).ratings == before


def test_what_was_read_before_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path, rating("a"))
    before = read(tmp_path)
    monkeypatch.setattr(feedback_index, "read_file", None)
    assert read(tmp_path) == before


def test_a_damaged_file_is_named_every_time_and_hides_nothing_else(tmp_path: Path) -> None:
    store(tmp_path, rating("a"))
    (path,) = store(tmp_path, rating("b", 2))
    read(tmp_path)
    path.write_text("{}")
    for _ in range(2):
        found = read(tmp_path)
        assert [one.feedback_id for one in found.ratings] == ["a"]
        assert [problem.path for problem in found.problems] == [path.relative_to(tmp_path).as_posix()]


@pytest.mark.parametrize("how", ["rubbish", "tags = '['", "tags = '1'", "thumbs_up = 7", "tables"])
def test_a_damaged_index_is_thrown_away_and_told(tmp_path: Path, how: str) -> None:
    store(tmp_path, rating("a"))
    before = read(tmp_path)
    if how == "rubbish":
        index(tmp_path).write_bytes(b"no database at all " * 99)
    else:
        db = sqlite3.connect(index(tmp_path))
        db.execute("DROP TABLE source" if how == "tables" else f"UPDATE feedback SET {how}")
        db.commit()
        db.close()
    found = read(tmp_path)
    assert found == before._replace(notes=("the feedback index was damaged: it is made anew",))
    assert read(tmp_path) == before


def test_a_fault_of_the_question_is_not_taken_for_a_damaged_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*args: object) -> None:
        raise ValueError("ours")

    store(tmp_path, rating("a"))
    read(tmp_path)
    before = index(tmp_path).stat().st_ino
    monkeypatch.setattr(feedback_index, "select", faulty)
    with pytest.raises(ValueError, match="ours"):
        read(tmp_path)
    assert index(tmp_path).stat().st_ino == before


def test_what_is_known_of_a_rating_says_nothing_of_a_text_that_was_cut(tmp_path: Path) -> None:
    size = {"characters": 3, "words": 1, "sha256": "1" * 64}
    cut = {"prompt": "ab", "prompt_size": size, "output": None, "output_size": size}
    store(tmp_path, rating("a"), rating("b", 2, thumbs=None, rating=3, **cut))
    place = str(tmp_path), str(tmp_path / "state")
    first, second = Gist(4, "up", "0" * 64, ""), Gist(3, None, "", "1" * 64)
    assert known_ratings(*place, ["a", "b", "c"]) == {"a": first, "b": second}
    assert not first.contradicts(first._replace(output_sha256="2" * 64))
    assert first.contradicts(first._replace(prompt_sha256="2" * 64))
    assert first.contradicts(first._replace(thumbs=None))


def test_an_index_that_is_busy_or_cannot_be_written_is_worked_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, rating("a"))
    read(tmp_path)
    store(tmp_path, rating("b", 2))
    monkeypatch.setattr(feedback_index, "_PATIENCE", 0.01)
    db = sqlite3.connect(index(tmp_path), isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    assert names(tmp_path) == ["b", "a"]
    db.close()
    (tmp_path / "file").write_text("")
    found = read_ratings(str(tmp_path), str(tmp_path / "file"), ALL)
    assert (len(found.ratings), found.notes) == (2, ())
    with open_readonly(str(tmp_path), str(tmp_path / "file")) as conn:
        assert conn.execute("SELECT count(*) FROM feedback").fetchone() == (2,)
        with pytest.raises(sqlite3.OperationalError):
            conn.execute("DELETE FROM feedback")


def test_a_link_in_the_place_of_the_index_is_not_followed(tmp_path: Path) -> None:
    store(tmp_path, rating("a"))
    before, path = read(tmp_path), index(tmp_path)
    path.unlink()
    outside = tmp_path / "outside"
    for end in ("", "-wal", "-shm"):
        outside.write_bytes(b"theirs")
        Path(f"{path}{end}").symlink_to(outside)
        assert read(tmp_path) == before
        assert outside.read_bytes() == b"theirs"
        assert not path.is_symlink()


def test_large_stores_are_read_by_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path, *(rating(str(number), number) for number in range(1, 9)))
    monkeypatch.setattr(event_changes, "_SHARE", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert names(tmp_path) == list("87654321")


def test_a_connection_sees_the_table_and_can_only_read(tmp_path: Path) -> None:
    store(tmp_path, rating("a"))
    state = str(tmp_path / "st%a?t#e")
    with open_readonly(str(tmp_path), state) as conn:
        row = conn.execute(
            "SELECT id, feedback_id, timestamp, prompt, output, rating, thumbs_up, tags, context, notes "
            "FROM feedback"
        ).fetchone()
        assert row[1:8] == ("a", "2026-11-01T09:30:00Z", "prompt a", "out", 4, 1, '["code"]')
        assert (json.loads(row[8])["framework"], row[9]) == ("direct", "n")
        indexed = {row[2] for name in conn.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
                   for row in conn.execute(f"PRAGMA index_info({name[0]})")}  # fmt: skip
        assert {"timestamp", "rating", "thumbs_up", "feedback_id"} <= indexed
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            conn.execute("DELETE FROM feedback")
        conn.rollback()
        for reach in ("ATTACH ? AS z", "VACUUM INTO ?"):
            with pytest.raises(sqlite3.OperationalError, match="attached"):
                conn.execute(reach, (str(tmp_path / "x.db"),))
    assert not (tmp_path / "x.db").exists()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        conn.execute("SELECT 1")


def test_the_newest_analyses_are_kept(tmp_path: Path) -> None:
    place = str(tmp_path), str(tmp_path / "state")
    assert load_analysis(*place, "key") is None
    for number in range(60):
        save_analysis(*place, f"key {number}", str(number))
    save_analysis(*place, "key 59", "new")
    assert load_analysis(*place, "key 0") is None
    assert load_analysis(*place, "key 59") == "new"
    (tmp_path / "file").write_text("")
    save_analysis(str(tmp_path), str(tmp_path / "file"), "key", "body")
    assert load_analysis(str(tmp_path), str(tmp_path / "file"), "key") is None
