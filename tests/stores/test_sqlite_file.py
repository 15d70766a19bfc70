"""SQLite files that may be deleted at any time: opened by many at once, made anew by the first of them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.stores.sqlite_file import open_file

TABLES = {"thing": "CREATE TABLE thing (name TEXT); CREATE INDEX thing_name ON thing (name)"}


def things(path: Path, version: bytes = b"0001") -> list[str]:
    db = open_file(str(path), version, TABLES, 2.0)
    found = [name for (name,) in db.execute("SELECT name FROM thing")]
    db.close()
    return found


def fill(path: Path, version: bytes = b"0001") -> None:
    db = open_file(str(path), version, TABLES, 2.0)
    db.execute("INSERT INTO thing VALUES ('x')")
    db.close()


def test_what_is_there_stays_until_the_version_is_another(tmp_path: Path) -> None:
    fill(tmp_path / "a.sqlite")
    assert things(tmp_path / "a.sqlite") == ["x"]
    assert things(tmp_path / "a.sqlite", b"0002") == []


def test_who_comes_second_does_not_empty_what_the_first_has_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first fills the new file right after the second has seen that it is new."""
    path, between = tmp_path / "a.sqlite", [lambda: fill(tmp_path / "a.sqlite")]

    class Slow(sqlite3.Connection):
        def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
            found = super().execute(statement, *arguments)
            if statement == "PRAGMA user_version" and between:
                first: Callable[[], None] = between.pop()
                monkeypatch.undo()
                rows = found.fetchall()
                first()
                return super().execute(f"SELECT {rows[0][0]}")
            return found

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: real(*args, factory=Slow, **named))
    assert things(path) == ["x"]
    assert between == []
