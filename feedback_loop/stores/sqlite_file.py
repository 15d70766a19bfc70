"""SQLite files of the git folder: caches, to be deleted at any time (CACHE-1)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

# Primary codes of SQLite for a file that is no good: ERROR, CORRUPT, SCHEMA, MISMATCH, FORMAT, NOTADB.
_DAMAGE = frozenset([1, 11, 17, 20, 24, 26])
_ENDS = ("", "-wal", "-shm", "-journal")  # of the names of what SQLite keeps for one file


def open_file(path: str, version: bytes, tables: Mapping[str, str], patience: float) -> Connection:
    """The file, its folder made where there is none; in autocommit mode, `patience` in seconds.

    `tables` are names and the statements that create them, indexes among it. A file of another `version`
    (4 bytes count) is emptied and begun anew. A link in its place is removed, so that nothing is written
    where it leads. Raises sqlite3.Error, OSError.
    """
    import sqlite3

    os.makedirs(os.path.dirname(path), exist_ok=True)
    for end in _ENDS:
        if os.path.islink(path + end):
            os.unlink(path + end)
    db = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        wanted = int.from_bytes(version[:4], "big") >> 1
        if _version(db) != wanted:
            db.execute("BEGIN IMMEDIATE")
            if _version(db) != wanted:  # another process may have begun it anew meanwhile, and filled it
                _make(db, tables)
                db.execute(f"PRAGMA user_version = {wanted}")
            db.execute("COMMIT")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _version(db: Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _make(db: Connection, tables: Mapping[str, str]) -> None:
    for name, create in tables.items():
        for statement in (f"DROP TABLE IF EXISTS {name}", *create.split(";")):
            db.execute(statement)


def remove_file(path: str) -> None:
    """The file and what SQLite keeps beside it, as far as they can be removed."""
    for end in _ENDS:
        try:
            os.unlink(path + end)
        except OSError:
            continue


def is_damage(error: Exception) -> bool:
    """Whether the file is no good: what is only busy, or cannot be written, is left alone."""
    code = getattr(error, "sqlite_errorcode", None)
    return not isinstance(error, OSError) and (code is None or code & 0xFF in _DAMAGE)
