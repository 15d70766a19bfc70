"""The cache of history: what was saved is loaded, and what is not of our writing is never believed."""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.stores import history_cache
from feedback_loop.stores.history_cache import HistoryCache, Key

ROWS: dict[Key, Any] = {
    ("W", 0, "commits"): (b"\0\1", [(), (0,)], {"a": -1}),
    ("W", 1, "p:1"): ([], "\udce9"),
    ("L", 0, "p:1"): None,
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., HistoryCache]:
    """A cache of this folder, opened anew at each call."""
    monkeypatch.setattr(history_cache, "user_key", lambda: b"k" * 32)
    return lambda form="40 x", use=True: HistoryCache(str(tmp_path / "state"), form, use)


Cache = Callable[..., HistoryCache]


def test_what_was_saved_is_loaded(cache: Cache) -> None:
    assert cache().names() == frozenset()
    assert cache().load([("W", 0, "commits")]) == {}
    cache().save(ROWS)
    assert cache().names() == frozenset(ROWS)
    assert cache().load(ROWS) == ROWS
    cache().save({("W", 1, "p:1"): 7})
    assert cache().load([("W", 1, "p:1"), ("X", 9, "nothing")]) == {("W", 1, "p:1"): 7}


def test_nothing_is_made_where_there_is_nothing_to_save(cache: Cache, tmp_path: Path) -> None:
    cache().save({})
    cache(use=False).save(ROWS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["64 x", "40 y"])
def test_another_format_or_shallow_boundary_begins_anew(form: str, cache: Cache) -> None:
    cache().save(ROWS)
    other = cache(form)
    assert other.load(ROWS) == {}
    assert other.names() == frozenset()
    assert not other.notes


def test_another_users_key_is_as_good_as_none(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache().save(ROWS)
    monkeypatch.setattr(history_cache, "user_key", lambda: b"o" * 32)
    assert cache().load(ROWS) == {}


@pytest.mark.parametrize("trick", ["no tag", "another row's", "text", "short", "null"])
def test_what_has_no_tag_of_ours_is_never_unmarshalled(
    trick: str, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache().save(ROWS)
    path = tmp_path / "state/history.sqlite3"
    db = sqlite3.connect(path, isolation_level=None)
    (stored,) = db.execute("SELECT data FROM part WHERE ledger = 'L'").fetchone()
    body = marshal.dumps("evil")
    data = {
        "no tag": bytes(32) + body,
        "another row's": stored,
        "text": "evil",
        "short": b"x",
        "null": None,
    }[trick]
    db.execute("UPDATE part SET data = ? WHERE name = 'commits'", (data,))
    db.close()
    monkeypatch.setattr(marshal, "loads", _never)
    spoiled = cache()
    assert spoiled.load([("W", 0, "commits"), ("W", 1, "p:1")]) == {}
    assert spoiled.notes == ["the history cache was damaged: it is made anew"]
    assert path.with_name("history.sqlite3.bad").exists()
    assert cache().names() == frozenset()


def _never(data: bytes) -> None:
    raise AssertionError(data)


def test_a_busy_cache_is_left_alone(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes: this one does without, and nothing is set aside."""
    cache().save(ROWS)
    monkeypatch.setattr(history_cache, "_PATIENCE", 0.01)
    db = sqlite3.connect(tmp_path / "state/history.sqlite3", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    busy = cache()
    busy.save({("W", 5, "new"): 1})
    assert busy.load(ROWS) == ROWS  # readers need not wait
    db.execute("COMMIT")
    db.close()
    assert not busy.notes
    assert cache().names() == frozenset(ROWS)


def test_a_file_in_the_way_is_no_fault(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("x")
    cache().save(ROWS)
    assert cache().names() == frozenset()
    assert (tmp_path / "state").read_text() == "x"
