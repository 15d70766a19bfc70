"""The tables of the feedback index: one row for each rating, and who takes its place when it goes.

`feedback` holds the ratings that count: of several events with one feedback_id the first by time and event
id that no tombstone names. The others wait in `spare`: a file that goes, or a grave, may make one of them
count.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.rating import DOWN, UP, Rating, precedence

if TYPE_CHECKING:
    from sqlite3 import Connection

# A rating as the columns of `feedback` from the second on, to be inserted and sent between processes.
Row: TypeAlias = tuple[Any, ...]
_Order: TypeAlias = tuple[tuple[int, str], str, int]

# Large texts last: SQLite reads a row only as far as it must.
_COLUMNS = """feedback_id TEXT NOT NULL, timestamp TEXT NOT NULL, at INTEGER NOT NULL,
rating INTEGER NOT NULL, thumbs_up BOOLEAN, tags TEXT NOT NULL,
framework TEXT NOT NULL, model TEXT NOT NULL, task_type TEXT NOT NULL,
techniques TEXT NOT NULL, flags TEXT NOT NULL, prompt_characters INTEGER, prompt_words INTEGER,
prompt_sha256 TEXT, output_characters INTEGER, output_words INTEGER, output_sha256 TEXT,
event TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL,
context TEXT NOT NULL, notes TEXT, prompt TEXT, output TEXT"""
_NAMES = ", ".join(column.split()[0] for column in _COLUMNS.split(","))
_PLACES = ", ".join("?" * (_NAMES.count(",") + 1))
_AT, _EVENT, _PATH = 2, 17, 18  # of a row
TABLES = {
    "feedback": f"""CREATE TABLE feedback (id INTEGER PRIMARY KEY, {_COLUMNS});
        CREATE INDEX feedback_timestamp ON feedback (timestamp);
        CREATE INDEX feedback_rating ON feedback (rating);
        CREATE INDEX feedback_thumbs_up ON feedback (thumbs_up);
        CREATE UNIQUE INDEX feedback_feedback_id ON feedback (feedback_id)""",
    "spare": f"""CREATE TABLE spare (id INTEGER PRIMARY KEY, {_COLUMNS});
        CREATE INDEX spare_feedback_id ON spare (feedback_id)""",
    "grave": "CREATE TABLE grave (path TEXT NOT NULL, event TEXT NOT NULL)",
    "source": "CREATE TABLE source (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, problems TEXT NOT NULL)",
    "pattern_cache": """CREATE TABLE pattern_cache
        (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL)""",
}
_CHUNK = 500  # parameters of one statement
THUMBS = {UP: 1, DOWN: 0, None: None}
_write = json.JSONEncoder(separators=(",", ":")).encode


class FileRows(NamedTuple):
    """What one event file holds: ratings, the events that its tombstones name, `problems` as JSON."""

    path: str
    rows: tuple[Row, ...]
    graves: tuple[str, ...]
    problems: str


# -- writing ---------------------------------------------------------------------------------------


def to_row(rating: Rating, path: str, line: int) -> Row:
    """The rating and where its event stands."""
    return (
        *(rating.feedback_id, format_moment(rating.at), rating.at, rating.rating, THUMBS[rating.thumbs]),
        *(_text(rating.tags), rating.framework, rating.model, rating.task_type, _text(rating.techniques)),
        *(_text(rating.flags), *rating.prompt_size, *rating.output_size, rating.event, path, line),
        *(rating.context, rating.notes, rating.prompt, rating.output),
    )


def replace_files(db: Connection, gone: Collection[str], files: Collection[FileRows]) -> None:
    """Forget the files that are gone, take in the others. Within a transaction of the caller's."""
    doubtful = _forget(db, gone)
    graves = {event for file in files for event in file.graves}
    db.executemany(
        "INSERT INTO grave VALUES (?, ?)", [(file.path, one) for file in files for one in file.graves]
    )
    doubtful |= _ids_of(db, "feedback", "event", graves)
    doubtful |= _insert(db, [row for file in files for row in file.rows])
    for identity in sorted(doubtful):
        _settle(db, identity)


def _forget(db: Connection, gone: Collection[str]) -> set[str]:
    """The ids whose place may be free now."""
    if not gone:
        return set()
    events = {row[0] for row in found_in(db, "SELECT event FROM grave WHERE path IN", gone)}
    doubtful = _ids_of(db, "feedback", "path", gone)
    for table in ("feedback", "spare", "grave", "source"):
        for _ in found_in(db, f"DELETE FROM {table} WHERE path IN", gone):
            pass
    return doubtful | _ids_of(db, "spare", "event", events)


def _insert(db: Connection, rows: list[Row]) -> set[str]:
    """Each row goes where it belongs by what is there; the ids of those that may belong elsewhere."""
    if not rows:
        return set()
    rows.sort(key=_order)
    buried = {row[0] for row in db.execute("SELECT event FROM grave")}
    taken = _places(db, [row[0] for row in rows])
    winners, spare, doubtful = [], [], set()
    for row in rows:
        known = taken.get(row[0])
        if row[_EVENT] in buried:
            spare.append(row)
        elif known is None:
            taken[row[0]] = _order(row)
            winners.append(row)
        else:
            spare.append(row)
            if _order(row) < known:
                doubtful.add(row[0])
    db.executemany(f"INSERT INTO feedback ({_NAMES}) VALUES ({_PLACES})", winners)
    db.executemany(f"INSERT INTO spare ({_NAMES}) VALUES ({_PLACES})", spare)
    return doubtful


def _order(row: Row) -> _Order:
    return precedence(row[_AT], row[_EVENT]), row[_PATH], row[_PATH + 1]


def _places(db: Connection, ids: list[str]) -> dict[str, _Order]:
    """The order of those that hold the places of these ids."""
    if not db.execute("SELECT 1 FROM feedback LIMIT 1").fetchone():
        return {}
    query = "SELECT feedback_id, at, event, path, line FROM feedback WHERE feedback_id IN"
    rows = found_in(db, query, ids)
    return {identity: (precedence(at, event), path, line) for identity, at, event, path, line in rows}


def _settle(db: Connection, identity: str) -> None:
    """Let the first that is not buried count, of all events with this id."""
    db.execute(
        f"INSERT INTO spare ({_NAMES}) SELECT {_NAMES} FROM feedback WHERE feedback_id = ?", (identity,)
    )
    db.execute("DELETE FROM feedback WHERE feedback_id = ?", (identity,))
    best = db.execute(
        "SELECT id FROM spare WHERE feedback_id = ? AND event NOT IN (SELECT event FROM grave) "
        "ORDER BY at, event, path, line LIMIT 1",  # as `_order`
        (identity,),
    ).fetchone()
    if best:
        db.execute(f"INSERT INTO feedback ({_NAMES}) SELECT {_NAMES} FROM spare WHERE id = ?", best)
        db.execute("DELETE FROM spare WHERE id = ?", best)


def _ids_of(db: Connection, table: str, column: str, values: Collection[str]) -> set[str]:
    return {
        row[0] for row in found_in(db, f"SELECT feedback_id FROM {table} WHERE {column} IN", values)
    }  # no index: graves and files that go are few


def found_in(db: Connection, statement: str, values: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement that ends in `IN`, for any number of values."""
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield from db.execute(f"{statement} ({', '.join('?' * len(chunk))})", chunk)


@lru_cache(4096)
def _text(names: tuple[str, ...]) -> str:
    return _write(names)
