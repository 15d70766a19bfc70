"""The columns of a store: the same with a cache, without one, and with one that is no good (CACHE-1)."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.event import Event
from feedback_loop.formats.records import make_event
from feedback_loop.stores import event_changes, event_index
from feedback_loop.stores.compaction import compact_events
from feedback_loop.stores.event_columns import DIGEST, NO_KEY, Columns, Fact, unpack
from feedback_loop.stores.event_files import FOLDER
from feedback_loop.stores.event_index import ColumnsRead, read_columns
from feedback_loop.stores.events import append_events, write_segments

AT = "2026-10-20T09:30:00Z"


@pytest.fixture(autouse=True)
def always_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small a store is."""
    monkeypatch.setattr(event_index, "WORTH", 0)


def bug(line: int, at: str = AT, **changes: Any) -> Event:
    data = {"error": "IndexError", "code": "", "file_path": "a.py", "line": line} | changes
    return make_event("bug", at, data, patterns=["bounds_checking"])


def describe(kind: str, patterns: list[str], data: dict[str, Any]) -> Fact | None:
    return Fact((kind, *patterns), data["line"], NO_KEY) if kind == "bug" else None


def read(root: Path, version: int = 1) -> ColumnsRead:
    return read_columns(str(root), str(root / "state"), describe, version)


def lines(found: ColumnsRead) -> list[int]:
    return sorted(number for _, columns in found.files for number in columns.numbers)


def cache(root: Path) -> Path:
    (path,) = (root / "state").glob("events-*.sqlite")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two loose events, a segment of two, a tombstone, a damaged file."""
    append_events(str(tmp_path), [bug(1), bug(2), bug(9, "2026-10-21T00:00:00Z")])
    write_segments(str(tmp_path), [bug(3), bug(4)])
    grave = make_event("tombstone", AT, {"event": bug(1).id, "reason": "wrong"})
    append_events(str(tmp_path), [grave])
    next(tmp_path.rglob("20261021*")).write_text("{}")
    return tmp_path


def test_a_store_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path) == ColumnsRead((), (), ())


def test_a_small_store_is_read_without_a_cache(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_index, "WORTH", 1 << 20)
    assert lines(read(store)) == [1, 2, 3, 4]
    assert not (store / "state").exists()


def test_columns_hold_facts_graves_and_problems(store: Path) -> None:
    found = read(store)
    assert lines(found) == [1, 2, 3, 4]
    assert b"".join(bytes(columns.buried) for _, columns in found.files).hex() == bug(1).id[: 2 * DIGEST]
    assert [problem.path[-5:] for problem in found.problems] == [".json"]
    assert found.notes == ()


def test_what_was_read_before_is_not_read_again(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(store)
    monkeypatch.setattr(event_index, "read_file", None)
    again = read(store)
    assert lines(again) == lines(first)
    assert again.problems == first.problems


def test_what_is_new_or_gone_is_seen(store: Path) -> None:
    read(store)
    append_events(str(store), [bug(5)])
    next(store.rglob("segment-*")).unlink()
    assert lines(read(store)) == [1, 2, 5]
    assert lines(read(store)) == [1, 2, 5]


def test_a_file_that_was_changed_in_place_is_read_again(store: Path) -> None:
    read(store)
    path = next(store.rglob("segment-*"))
    path.write_bytes(path.read_bytes().replace(b'"line":3', b'"line":7'))
    found = read(store)
    assert lines(found) == [1, 2, 4]
    assert len(found.problems) == 3  # the damaged file, the segment's name, the line


def test_a_link_is_read_every_time(store: Path) -> None:
    """Its target may change while the link does not."""
    path = next(store.rglob("segment-*"))
    path.rename(store / "kept")
    path.symlink_to("../../../kept")
    assert lines(read(store)) == [1, 2, 3, 4]
    (store / "kept").write_bytes(b"")
    assert lines(read(store)) == [1, 2]


def test_files_that_a_compaction_takes_meanwhile_are_found_in_its_segment(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = event_changes.list_files
    taken: list[int] = []

    def list_then_compact(root: str, report: Any) -> list[str]:
        paths = listed(root, report)
        if not taken:
            taken.append(compact_events(root, f"{root}/state", "2027-01-01T00:00:00Z").removed)
        return paths

    monkeypatch.setattr(event_changes, "list_files", list_then_compact)
    assert lines(read(store)) == [1, 2, 3, 4]
    assert taken == [3]
    assert lines(read(store)) == [1, 2, 3, 4]


def test_workers_read_the_same(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = read(store)
    shutil.rmtree(store / "state")
    monkeypatch.setattr(event_changes, "_SHARE", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    shared = read(store)
    assert [path for path, _ in shared.files] == [path for path, _ in alone.files]
    assert lines(shared) == lines(alone)
    assert shared.problems == alone.problems


def test_another_version_begins_anew_without_a_word(store: Path) -> None:
    read(store, 1)
    with sqlite3.connect(cache(store)) as db:
        before = db.execute("PRAGMA user_version").fetchone()
    assert read(store, 2).notes == ()
    with sqlite3.connect(cache(store)) as db:
        assert db.execute("PRAGMA user_version").fetchone() != before


@pytest.mark.parametrize("size", [0, 10, 100, 4096, 5000])
def test_a_cache_that_was_cut_off_gives_the_same(store: Path, size: int) -> None:
    read(store)
    cache(store).write_bytes(cache(store).read_bytes()[:size])
    assert lines(read(store)) == [1, 2, 3, 4]
    found = read(store)
    assert lines(found) == [1, 2, 3, 4]
    assert found.notes == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE file SET body = x'00'",
        "UPDATE file SET head = '[]'",
        "UPDATE file SET head = 7, body = NULL",
        "UPDATE file SET digest = NULL",
        "ALTER TABLE file RENAME COLUMN body TO corpse",
        "DROP TABLE file",
        "DROP TABLE file; CREATE VIEW file AS SELECT 1 AS path, 2 AS stamp, 3 AS head, 4 AS body, 5 AS digest",
    ],
)
def test_a_cache_that_was_changed_is_made_anew_with_a_note(store: Path, change: str) -> None:
    read(store)
    db = sqlite3.connect(cache(store))
    db.executescript(change)
    db.close()
    found = read(store)
    assert lines(found) == [1, 2, 3, 4]
    assert found.notes == ("the event index was damaged: it is made anew",)
    assert read(store).notes == ()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damaged_byte_changes_an_answer(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("store")
    write_segments(str(root), [bug(number) for number in range(1, 9)])
    read(root)
    path = cache(root)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert lines(read(root)) == list(range(1, 9))


def test_a_cache_that_somebody_holds_is_done_without(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(store)
    monkeypatch.setattr(event_index, "_PATIENCE", 0.01)
    holder = sqlite3.connect(cache(store), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    append_events(str(store), [bug(5)])
    found = read(store)
    assert lines(found) == [1, 2, 3, 4, 5]
    assert found.notes == ()
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.parametrize("way", ["a file", "a folder for the cache", "nothing can be made"])
def test_where_no_cache_can_be_written_it_is_done_without(store: Path, way: str) -> None:
    if way == "a file":
        (store / "state").write_text("in the way")
    elif way == "a folder for the cache":
        read(store)
        name = cache(store)
        for path in (store / "state").iterdir():
            path.unlink()
        name.mkdir()
    else:
        (store / "state").symlink_to("/proc/nowhere")
    for _ in range(2):
        found = read(store)
        assert lines(found) == [1, 2, 3, 4]
        assert found.notes == ()


def test_two_work_trees_of_one_repository_do_not_mix(
    store: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    write_segments(str(other), [bug(6)])
    for root, expected in ((store, [1, 2, 3, 4]), (other, [6])):
        for _ in range(2):
            assert lines(read_columns(str(root), str(store / "state"), describe, 1)) == expected
    assert len(list((store / "state").glob("*.sqlite"))) == 2


def test_the_store_is_never_written(store: Path) -> None:
    def bytes_of() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in (store / FOLDER).rglob("*") if path.is_file()}

    before = bytes_of()
    read(store)
    read(store)
    assert bytes_of() == before


# -- columns ---------------------------------------------------------------------------------------

FACTS = st.builds(
    Fact,
    st.tuples(st.text(max_size=3), st.sampled_from(["", "x"])),
    st.integers(1, 2**31 - 1),
    st.binary(min_size=DIGEST, max_size=DIGEST),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(FACTS, st.integers(-(2**40), 2**40), st.none() | st.binary(min_size=16, max_size=16)))
)
def test_columns_come_back_as_they_were_packed(rows: list[tuple[Fact, int, bytes | None]]) -> None:
    columns = Columns()
    for number, (fact, moment, run) in enumerate(rows):
        columns.add(f"{number:064x}", moment, number, fact, run)
    columns.bury("ab" * 32)
    packed = columns.pack()
    assert unpack(*packed).pack() == packed
    twice = Columns()
    twice.extend(columns)
    twice.extend(unpack(*packed))
    assert twice.moments.tolist() == 2 * [moment for _, moment, _ in rows]
    assert [twice.labels[label] for label in twice.label] == 2 * [fact.label for fact, _, _ in rows]
    runs = [place for place, (_, _, run) in enumerate(rows) if run is not None]
    assert twice.run_places.tolist() == [*runs, *(place + len(rows) for place in runs)]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_body_that_does_not_fit_its_head_is_refused(data: st.DataObject) -> None:
    columns = Columns()
    columns.add("0" * 64, 0, 1, Fact(("bug",), 1, NO_KEY), bytes(DIGEST))
    head, body = columns.pack()
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises((ValueError, TypeError, IndexError)):
        unpack(head, body[:cut])
    with pytest.raises((ValueError, TypeError, IndexError)):
        unpack(head.replace("8, 4", "4, 8"), body)
