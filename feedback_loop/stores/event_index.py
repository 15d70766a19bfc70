"""The event store as columns; what was read before is kept in SQLite, to be deleted at any time (CACHE-1).

A row is one file of the store. It is believed while the file's size, times and inode stay what they were;
`events verify` and all other readers read the files themselves. Whatever is wrong with the cache, the
columns are the same: they take longer.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from feedback_loop import __version__
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.problem import Problem
from feedback_loop.stores.event_columns import DIGEST, Columns, Fact, unpack
from feedback_loop.stores.event_files import list_files, read_file
from feedback_loop.stores.events import occurrence_key
from feedback_loop.stores.sqlite_file import is_damage, open_file
from feedback_loop.stores.workers import run_forked

if TYPE_CHECKING:
    from sqlite3 import Connection, Error

Describe: TypeAlias = Callable[[str, list[str], dict[str, Any]], Fact | None]  # kind, patterns, data
_Row: TypeAlias = tuple[str, str, bytes]  # path, head, body

SCHEMA = 1
WORTH = 1 << 20  # bytes of files below which reading them is as fast as asking the cache
_SHARE = 8 << 20  # bytes for one worker at a time
_FILE_COST = 8 << 10  # what opening a file takes, in bytes that could be read meanwhile
_WORKERS = 4
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
    problems: list[Problem] = []
    paths = list_files(root, problems.append)
    stamps = {path: _stamp(root, path) for path in paths}
    small = sum(_cost(stamp) for stamp in stamps.values()) < WORTH
    cache = None if small else _Cache(root, state_dir, version, name)
    found = cache.load(stamps) if cache else {}
    fresh = [path for path in paths if path not in found]
    rows = list(_read_all(root, fresh, stamps, describe))
    # A compaction may have taken files meanwhile: what it made of them stands in a new segment.
    if any(not os.path.lexists(f"{root}/{path}") for path in paths):
        late = [path for path in list_files(root, lambda problem: None) if path not in stamps]
        rows += _read_all(root, late, {}, describe)
    if cache:
        cache.save([(row, stamps[row[0]]) for row in rows if stamps.get(row[0])], stamps)
    found |= {path: unpack(head, body) for path, head, body in rows}
    for columns in found.values():
        problems += columns.problems
    notes = tuple(cache.notes) if cache else ()
    return ColumnsRead(tuple(sorted(found.items())), tuple(sorted(problems)), notes)


def _stamp(root: str, path: str) -> str:
    """What changes when the file does; "" if that cannot be told."""
    try:
        known = os.lstat(f"{root}/{path}")
    except OSError:
        return ""
    if not stat.S_ISREG(known.st_mode):
        return ""
    return f"{known.st_size} {known.st_mtime_ns} {known.st_ctime_ns} {known.st_ino}"


def _cost(stamp: str) -> int:
    return _FILE_COST + int(stamp.partition(" ")[0] or 0)


# -- reading files ---------------------------------------------------------------------------------


def _read_all(root: str, paths: list[str], stamps: Mapping[str, str], describe: Describe) -> Iterator[_Row]:
    shares = _shares(paths, stamps)
    if len(shares) < 2 or (os.cpu_count() or 1) < 2:
        for path in paths:
            yield _read_one(root, path, describe)
        return
    workers = min(_WORKERS, os.cpu_count() or 1)
    for rows in run_forked(
        lambda share: tuple(_read_one(root, path, describe) for path in share), shares, workers
    ):
        yield from rows


def _shares(paths: Iterable[str], stamps: Mapping[str, str]) -> list[list[str]]:
    shares: list[list[str]] = []
    left = 0
    for path in paths:
        if left <= 0:
            shares.append([])
            left = _SHARE
        shares[-1].append(path)
        left -= _cost(stamps.get(path, ""))
    return shares


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
        except (sqlite3.Error, OSError, ValueError, TypeError, IndexError) as error:
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

    def _checked(self, path: str, stamp: str, head: str, body: bytes, digest: bytes) -> Columns:
        if _digest(path, stamp, head, body) != digest:
            raise ValueError("a row that is not the one that was written")
        return unpack(head, body)

    def _failed(self, error: Error | OSError | ValueError | TypeError | IndexError) -> None:
        """A cache that is damaged is deleted; one that is busy or cannot be written is left alone."""
        if not is_damage(error):
            return
        for end in ("", "-wal", "-shm"):
            try:
                os.unlink(self._path + end)
            except OSError:
                continue
        if _REBUILT not in self.notes:
            self.notes.append(_REBUILT)
