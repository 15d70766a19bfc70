"""What the feedback index is asked for: ratings, ids that are taken, tags, problems.

Raises sqlite3.DatabaseError for a cell that nobody can have written.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.rating import DOWN, UP, Gist, Rating, RatingQuery, TextSize
from feedback_loop.stores.feedback_table import THUMBS, Row, found_in

if TYPE_CHECKING:
    from sqlite3 import Connection

# Time and event stand where `_sorted` looks for them.
_SHORT = """feedback_id, at, rating, thumbs_up, tags, framework, model, task_type, techniques, flags,
prompt_characters, output_characters, event"""
_WHOLE = f"{_SHORT}, prompt_words, prompt_sha256, output_words, output_sha256, prompt, output, notes, context"
_AT, _EVENT = itemgetter(1), itemgetter(12)
# The digest is of the whole text: of one that was cut nobody can tell whether it is the same.
_DIGEST = "CASE WHEN {0} IS NULL OR length({0}) = {0}_characters THEN {0}_sha256 ELSE '' END"
_GISTS = f"""SELECT feedback_id, rating, thumbs_up, {_DIGEST.format("prompt")}, {_DIGEST.format("output")}
FROM feedback WHERE feedback_id IN"""
_FIRST, _LAST = parse_moment("0001-01-01") or 0, parse_moment("9999-12-31T23:59:59Z") or 0
_SAID: dict[object, str | None] = {1: UP, 0: DOWN, None: None}


def known_among(db: Connection, ids: Collection[str]) -> dict[str, Gist | None]:
    """What counts under those of the feedback ids that some event has; None = a tombstone took it out."""
    known: dict[str, Gist | None] = {}
    for row in found_in(db, "SELECT feedback_id FROM spare WHERE feedback_id IN", ids):
        known[row[0]] = None
    for identity, stars, thumbs, *digests in found_in(db, _GISTS, ids):
        known[identity] = Gist(stars, _said(thumbs), *digests)
    return known


def tags_of(db: Connection) -> frozenset[str]:
    """Every tag that there is."""
    rows = db.execute("SELECT DISTINCT tags FROM feedback")
    return frozenset(tag for (text,) in rows for tag in _list(text))


def problems_of(db: Connection) -> list[Problem]:
    """What could not be read of the files."""
    rows = db.execute("SELECT problems FROM source WHERE problems != '[]'")
    try:
        return [Problem(*one) for (text,) in rows for one in _decoded(text)]
    except TypeError as error:
        raise _rotten() from error


def select(db: Connection, query: RatingQuery) -> tuple[Rating, ...]:
    """What the query asks for, the newest first; at one time by event id, the greatest first."""
    conditions = {
        "timestamp >= ?": None if query.since is None else _bound(query.since),
        "timestamp < ?": None if query.until is None else _bound(query.until),
        "rating >= ?": query.least,
        "rating <= ?": query.most,
        "thumbs_up = ?": THUMBS[query.thumbs],
        "framework = ?": query.framework or None,
        "model = ?": query.model or None,
    }
    asked = {condition: value for condition, value in conditions.items() if value is not None}
    where = f"WHERE {' AND '.join(asked)}" if asked else ""
    order = "" if query.limit is None else "ORDER BY timestamp DESC, event DESC"
    names = _WHOLE if query.texts else _SHORT
    rows: Iterable[Row] = db.execute(f"SELECT {names} FROM feedback {where} {order}", tuple(asked.values()))
    if not order:
        rows = _sorted(rows)
    found: Iterable[Rating] = map(_whole if query.texts else _short, rows)
    if query.tags:
        wanted = frozenset(query.tags)
        found = filter(lambda one: wanted.issubset(one.tags), found)
    return tuple(islice(found, query.limit))


def _sorted(rows: Iterable[Row]) -> Iterable[Row]:
    """All of them are sorted faster here than by the index, which reads the table in jumps.

    Two sorts of plain values are faster than one of pairs.
    """
    found = sorted(rows, key=_EVENT, reverse=True)
    found.sort(key=_AT, reverse=True)
    return found


def _bound(at: int) -> str:
    """As timestamps compare, before and after the years that can be written too."""
    return "" if at < _FIRST else "~" if at > _LAST else format_moment(at)


# -- cells -----------------------------------------------------------------------------------------

_make: Any = tuple.__new__  # a hundred thousand in a moment: hence no calls by name


def _short(row: Row) -> Rating:
    identity, at, stars, thumbs, tags, framework, model, task, techniques, flags, asked, came, event = row
    sizes = _make(TextSize, (asked, 0, "")), _make(TextSize, (came, 0, ""))
    before = (identity, at, stars, _said(thumbs), _list(tags), framework, model, task)
    kept = (*sizes, None, None, None, "{}", event)
    found: Rating = _make(Rating, (*before, _list(techniques), _list(flags), *kept))
    return found


def _whole(row: Row) -> Rating:
    prompt = TextSize(row[10], row[13], row[14])
    output = TextSize(row[11], row[15], row[16])
    texts = dict(zip(("prompt", "output", "notes", "context"), row[17:], strict=True))
    return _short(row[:13])._replace(prompt_size=prompt, output_size=output, **texts)


@lru_cache(4096)
def _list(text: str) -> tuple[str, ...]:
    """Few lists of tags and techniques stand in many rows."""
    return tuple(_decoded(text))


@lru_cache(16)
def _said(thumbs: object) -> str | None:
    if thumbs not in _SAID:
        raise _rotten()
    return _SAID[thumbs]


def _decoded(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, TypeError) as error:
        raise _rotten() from error
    if not isinstance(found, list):
        raise _rotten()
    return found


def _rotten() -> Exception:
    import sqlite3

    return sqlite3.DatabaseError("a cell of the feedback index cannot be read")
