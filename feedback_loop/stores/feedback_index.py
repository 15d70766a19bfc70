"""The ratings of the event store in SQLite, to be deleted at any time (CACHE-1).

A file of the store is believed while its size, times and inode stay what they were. Whatever is wrong with
the index, the ratings are the same: one that is damaged is thrown away and told, one that is busy or cannot
be written is worked around in memory, which takes longer.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from feedback_loop import __version__
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.rating import Gist, Rating, RatingQuery
from feedback_loop.formats.rating_event import read_rating
from feedback_loop.stores.event_changes import list_stamped, read_files
from feedback_loop.stores.event_files import read_file
from feedback_loop.stores.feedback_query import known_among, problems_of, select, tags_of
from feedback_loop.stores.feedback_table import TABLES, FileRows, replace_files, to_row
from feedback_loop.stores.sqlite_file import is_damage, open_file, remove_file

if TYPE_CHECKING:
    from sqlite3 import Connection as Connection  # for those who only pass it on

_SCHEMA = 1
_PATIENCE = 2.0  # seconds
_KEPT = 50  # analyses
_REBUILT = "the feedback index was damaged: it is made anew"
_Answer = TypeVar("_Answer")


class RatingsRead(NamedTuple):
    """`problems` name what of the store could not be read, `notes` what befell the index."""

    ratings: tuple[Rating, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def read_ratings(root: str, state_dir: str, query: RatingQuery) -> RatingsRead:
    """What the query asks for, the newest first.

    Raises UserError if a part of the store is a link, MachineFault if its folder cannot be read.
    """
    index = _Index(root, state_dir)
    found, problems = index.ask(lambda db: select(db, query))
    return RatingsRead(found, problems, tuple(index.notes))


def known_ratings(root: str, state_dir: str, ids: Collection[str]) -> Mapping[str, Gist | None]:
    """Those of the feedback ids that are taken, and what counts under each.

    None where a tombstone took it out: it stays out. Raises as `read_ratings`.
    """
    return _Index(root, state_dir).ask(lambda db: known_among(db, ids))[0]


def known_tags(root: str, state_dir: str) -> frozenset[str]:
    """Every tag that some rating has. Raises as `read_ratings`."""
    return _Index(root, state_dir).ask(tags_of)[0]


def open_readonly(root: str, state_dir: str) -> Connection:
    """A connection that only reads, on the index as it is now; `with` closes it. Raises as `read_ratings`.

    No other file can be reached through it, neither by ATTACH nor by VACUUM INTO.
    """
    import sqlite3

    class Closing(sqlite3.Connection):
        def __exit__(self, *details: object) -> Literal[False]:
            self.close()
            return False

    index = _Index(root, state_dir)
    index.ask(lambda db: None)
    try:
        place = "".join(f"%{ord(char):02x}" if char in "%?#" else char for char in index.path)
        db = sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=_PATIENCE, factory=Closing)
        try:
            db.execute("SELECT 1 FROM feedback LIMIT 1")
            db.execute("PRAGMA query_only = ON")
        except sqlite3.Error:
            db.close()
            raise
    except sqlite3.Error:
        db = sqlite3.connect(":memory:", isolation_level=None, factory=Closing)
        index.fill(db)
        db.execute("PRAGMA query_only = ON")
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    return db


# -- analyses that were made before ----------------------------------------------------------------


def load_analysis(root: str, state_dir: str, key: str) -> str | None:
    """What `save_analysis` kept under the key; None if it is not there any more."""
    import sqlite3

    index = _Index(root, state_dir)
    try:
        db = index.open()
        try:
            row = db.execute("SELECT body FROM pattern_cache WHERE key = ?", (key,)).fetchone()
        finally:
            db.close()
    except (sqlite3.Error, OSError):
        return None
    return row[0] if row and isinstance(row[0], str) else None


def save_analysis(root: str, state_dir: str, key: str, body: str) -> None:
    """Keep it, if that can be done; the newest fifty stay."""
    import sqlite3

    try:
        db = _Index(root, state_dir).open()
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT OR REPLACE INTO pattern_cache (key, body) VALUES (?, ?)", (key, body))
            newest = "SELECT id FROM pattern_cache ORDER BY id DESC LIMIT ?"
            db.execute(f"DELETE FROM pattern_cache WHERE id NOT IN ({newest})", (_KEPT,))
            db.execute("COMMIT")
        finally:
            db.close()
    except (sqlite3.Error, OSError):
        return


# -- the index -------------------------------------------------------------------------------------


class _Index:
    """The SQLite file of one work tree. `notes` say what was wrong with it."""

    def __init__(self, root: str, state_dir: str) -> None:
        tree = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
        self.notes: list[str] = []
        self.path = f"{state_dir}/feedback-{tree}.sqlite"
        self._root = root

    def open(self) -> Connection:
        """Raises sqlite3.Error, OSError."""
        key = f"{_SCHEMA} {__version__} {sys.hexversion}"
        return open_file(self.path, hashlib.sha256(key.encode("ascii")).digest(), TABLES, _PATIENCE)

    def ask(self, question: Callable[[Connection], _Answer]) -> tuple[_Answer, tuple[Problem, ...]]:
        """The answer of an index that was brought up to date, and what could not be read of the store."""
        import sqlite3

        for _ in range(2):
            try:
                db = self.open()
                try:
                    problems = bring_up(db, self._root)
                    return question(db), problems
                finally:
                    db.close()
            except (sqlite3.Error, OSError) as error:
                if not self._thrown_away(error):
                    break
        db = sqlite3.connect(":memory:", isolation_level=None)
        try:
            problems = self.fill(db)
            return question(db), problems
        finally:
            db.close()

    def fill(self, db: Connection) -> tuple[Problem, ...]:
        """Make the index in a database that has nothing yet."""
        db.executescript("; ".join(TABLES.values()))
        return bring_up(db, self._root)

    def _thrown_away(self, error: Exception) -> bool:
        """Whether the file was damaged and is gone; one that is busy or cannot be written is left alone."""
        if not is_damage(error):
            return False
        remove_file(self.path)
        if _REBUILT not in self.notes:
            self.notes.append(_REBUILT)
        return True


def bring_up(db: Connection, root: str) -> tuple[Problem, ...]:
    """Make the tables say what the files of the store say now."""
    # Before the files are listed: what another process takes in meanwhile must not look gone.
    known = dict(db.execute("SELECT path, stamp FROM source"))
    listed = list_stamped(root)
    stamps = listed.stamps
    fresh = [path for path, stamp in stamps.items() if not stamp or known.get(path) != stamp]
    gone = known.keys() - stamps.keys()
    files = [FileRows(*row) for row in read_files(listed, fresh, _read_one)]
    if files or gone:
        db.execute("BEGIN IMMEDIATE")
        taken = {row[0] for row in db.execute("SELECT path FROM source")}  # by others too, meanwhile
        replace_files(db, gone | (taken & {file.path for file in files}), files)
        sources = [(file.path, stamps.get(file.path, ""), file.problems) for file in files]
        db.executemany("INSERT OR REPLACE INTO source VALUES (?, ?, ?)", sources)
        db.execute("COMMIT")
    return tuple(sorted((*listed.problems, *problems_of(db))))


def _read_one(root: str, path: str) -> FileRows:
    problems: list[Problem] = []
    rows, graves = [], []
    for record, line in read_file(root, path, problems.append):
        if record["kind"] == "tombstone":
            graves.append(record["data"]["event"])
        elif record["kind"] == "rating":
            rating = read_rating(record["id"], parse_moment(record["at"]) or 0, record["data"])
            if rating is not None:
                rows.append(to_row(rating, path, line))
    told = json.dumps([(one.path, one.line, one.message) for one in problems])
    return FileRows(path, tuple(rows), tuple(graves), told)
