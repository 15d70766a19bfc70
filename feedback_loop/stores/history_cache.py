"""What was mined, in one SQLite file of the git folder, to be deleted at any time (CACHE-1, H30).

A row is a value under (ledger, batch, name). It is believed only if its keyed tag fits: marshal can crash on
hostile bytes, and a git folder may have come out of an archive. The key lies in the user's own cache folder;
without a safe place for it history is mined anew each time. Whatever is wrong with the file, results are the
same: they take longer.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from feedback_loop import __version__
from feedback_loop.stores.compiled import keyed_tag, user_key
from feedback_loop.stores.sqlite_file import is_damage, open_file

if TYPE_CHECKING:
    from sqlite3 import Connection, Error

SCHEMA = 2  # to be raised with the shape of any row
_PATIENCE = 5.0  # seconds
_TAG = 32
_TABLE = (
    "CREATE TABLE part (ledger TEXT, batch INTEGER, name TEXT, data BLOB, PRIMARY KEY (ledger, batch, name)) "
    "WITHOUT ROWID"
)
_REBUILT = "the history cache was damaged: it is made anew"

Key = tuple[str, int, str]  # ledger, batch, name


class HistoryCache:
    """The cache of one repository. `notes` say what was wrong with it."""

    def __init__(self, state_dir: str, object_format: str, use: bool = True) -> None:
        self.notes: list[str] = []
        self._path = f"{state_dir}/history.sqlite3"
        self._secret = user_key() if use else None
        self._version = repr((SCHEMA, __version__, sys.hexversion, sys.byteorder, object_format))

    def names(self) -> frozenset[Key]:
        """Which rows there are; none if there is no usable cache."""
        if self._secret is None or not os.path.exists(self._path):
            return frozenset()
        return frozenset(self._query("SELECT ledger, batch, name FROM part", [()]))

    def load(self, keys: Iterable[Key]) -> dict[Key, Any]:
        """The values of these rows. Nothing at all if one of them is not what was written."""
        wanted = list(keys)
        if self._secret is None or not wanted:
            return {}
        text = "SELECT ledger, batch, name, data FROM part WHERE ledger = ? AND batch = ? AND name = ?"
        found: dict[Key, Any] = {}
        for *parts, data in self._query(text, wanted):
            key = (parts[0], parts[1], parts[2])
            body = data[_TAG:] if isinstance(data, bytes) else b""
            if not body or data[:_TAG] != self._tag(key, body):
                self._damaged()
                return {}
            found[key] = marshal.loads(body)
        return found

    def save(self, rows: dict[Key, Any]) -> None:
        """Write the rows in one transaction; a cache that is busy or cannot be written is left alone."""
        import sqlite3

        if self._secret is None or not rows:
            return
        try:
            db = self._open()
            try:
                db.execute("BEGIN IMMEDIATE")
                for key, value in rows.items():
                    body = marshal.dumps(value)
                    db.execute(
                        "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)", (*key, self._tag(key, body) + body)
                    )
                db.execute("COMMIT")
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def _query(self, text: str, arguments: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        import sqlite3

        try:
            db = self._open()
            try:
                return [row for one in arguments for row in db.execute(text, one)]
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return []

    def _open(self) -> Connection:
        """Raises sqlite3.Error, OSError."""
        return open_file(self._path, self._tag(("", 0, ""), b""), {"part": _TABLE}, _PATIENCE)

    def _tag(self, key: Key, body: bytes) -> bytes:
        """Under the user's key, and only for this tool, this Python and this row."""
        assert self._secret is not None
        return keyed_tag(self._secret, self._version + repr(key), body)

    def _failed(self, error: Error | OSError) -> None:
        if is_damage(error):
            self._damaged()

    def _damaged(self) -> None:
        """Set the file aside: the next run makes it anew, and this one mines without it."""
        for end in ("-wal", "-shm"):
            with suppress(OSError):  # gone already, or not ours to remove
                os.unlink(self._path + end)
        with suppress(OSError):
            os.replace(self._path, self._path + ".bad")
        if _REBUILT not in self.notes:
            self.notes.append(_REBUILT)
