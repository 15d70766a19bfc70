"""The event store as columns; what was read before is kept in SQLite, to be deleted at any time (CACHE-1).

A row is one file of the store. It is believed while the file's size, times and inode stay what they were;
`events verify` and all other readers read the files themselves. Whatever is wrong with the cache, the
columns are the same: they take longer.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from feedback_loop import __version__
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.problem import Problem
from feedback_loop.stores.event_changes import list_stamped, read_files
from feedback_loop.stores.event_columns import DIGEST, Columns, Fact, unpack
from feedback_loop.stores.event_files import read_file
from feedback_loop.stores.events import occurrence_key
from feedback_loop.stores.sqlite_file import is_damage, open_file, remove_file

if TYPE_CHECKING:
    from sqlite3 import Connection, Error

Describe: TypeAlias = Callable[[str, list[str], dict[str, Any]], Fact | None]  # kind, patterns, data
_Row: TypeAlias = tuple[str, str, bytes]  # path, head, body

SCHEMA = 1
WORTH = 1 << 20  # bytes of files below which reading them is as fast as asking the cache
_PATIENCE = 2.0  # seconds
_TABLE = "CREATE TABLE file (path TEXT PRIMARY KEY, stamp TEXT, head TEXT, body BLOB, digest BLOB)"
_REBUILT = "the event index was damaged: it is made anew"


@dataclass(frozen=True)
class ColumnsRead:
    """The columns of each file by its path, in the order of paths; `notes` say what befell the cache."""

    files: tuple[tuple[str, Columns], ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def read_columns(
    root: str, state_dir: str, describe: Describe, version: int, name: str = "events"
) -> ColumnsRead:
    """What `describe` says of every sound record, None = nothing; `version` changes when it does.

    Each `describe` has a cache of its own, by `name`.

    Raises UserError if a part of the store is a link, MachineFault if the store's folder cannot be read or
    a worker dies.
    """
    listed = list_stamped(root)
    stamps = listed.stamps
    cache = None if listed.cost < WORTH else _Cache(root, state_dir, version, name)
    found = cache.load(stamps) if cache else {}
    fresh = [path for path in stamps if path not in found]
    rows = list(read_files(listed, fresh, lambda root, path: _read_one(root, path, describe)))
    if cache:
        cache.save([(row, stamps[row[0]]) for row in rows if stamps.get(row[0])], stamps)
    found |= {path: unpack(head, body) for path, head, body in rows}
    problems = [*listed.problems, *(problem for columns in found.values() for problem in columns.problems)]
    notes = tuple(cache.notes) if cache else ()
    return ColumnsRead(tuple(sorted(found.items())), tuple(sorted(problems)), notes)


def _read_one(root: str, path: str, describe: Describe) -> _Row:
    columns = Columns()
    for record, line in read_file(root, path, columns.problems.append):
        kind, data = record["kind"], record["data"]
        if kind == "tombstone":
            columns.bury(data["event"])
            continue
        run = occurrence_key(kind, data)
        fact = describe(kind, record["patterns"], data)
        if fact is not None:
            digest = None if run is None else _digest(*run)[:DIGEST]
            columns.add(record["id"], parse_moment(record["at"]) or 0, line, fact, digest)
    return (path, *columns.pack())


def _digest(*parts: str | bytes) -> bytes:
    """Of the parts and where each ends."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.digest()


# -- the cache -------------------------------------------------------------------------------------


class _Cache:
    """The SQLite file of one work tree. `notes` say what was wrong with it."""

    def __init__(self, root: str, state_dir: str, version: int, name: str) -> None:
        tree = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
        self.notes: list[str] = []
        self._path = f"{state_dir}/{name}-{tree}.sqlite"
        self._key = f"{SCHEMA} {version} {__version__} {sys.hexversion} {sys.byteorder}"

    def load(self, stamps: Mapping[str, str]) -> dict[str, Columns]:
        """The columns of files that have not changed."""
        import sqlite3

        found = {}
        try:
            db = self._open()
            try:
                for path, stamp in stamps.items():
                    query = "SELECT head, body, digest FROM file WHERE path = ? AND stamp = ?"
                    row = db.execute(query, (path, stamp)).fetchone() if stamp else None
                    if row is not None:
                        found[path] = self._checked(path, stamp, *row)
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return {}
        return found

    def save(self, rows: Iterable[tuple[_Row, str]], kept: Mapping[str, str]) -> None:
        """Keep the rows, and forget files that are gone."""
        import sqlite3

        try:
            db = self._open()
            try:
                db.execute("BEGIN IMMEDIATE")
                for (path, head, body), stamp in rows:
                    digest = _digest(path, stamp, head, body)
                    db.execute(
                        "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
                        (path, stamp, head, body, digest),
                    )
                gone = [row for row in db.execute("SELECT path FROM file") if row[0] not in kept]
                db.executemany("DELETE FROM file WHERE path = ?", gone)
                db.execute("COMMIT")
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def _open(self) -> Connection:
        """Raises sqlite3.Error, OSError."""
        return open_file(self._path, _digest(self._key), {"file": _TABLE}, _PATIENCE)

    def _checked(self, path: str, stamp: str, head: Any, body: Any, digest: Any) -> Columns:
        import sqlite3

        whole = isinstance(head, str) and isinstance(body, bytes)
        if not whole or _digest(path, stamp, head, body) != digest:
            raise sqlite3.DatabaseError("a row that is not the one that was written")
        return unpack(head, body)

    def _failed(self, error: Error | OSError) -> None:
        """A cache that is damaged is deleted; one that is busy or cannot be written is left alone."""
        if not is_damage(error):
            return
        remove_file(self._path)
        if _REBUILT not in self.notes:
            self.notes.append(_REBUILT)
