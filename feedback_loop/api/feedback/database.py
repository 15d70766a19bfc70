"""`FeedbackDatabase`: the ratings of a repository, under the name that users of the Python names know."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from feedback_loop.api.arguments import (
    LARGEST,
    check_clock,
    check_flag,
    check_folder,
    check_kind,
    check_texts,
    check_whole,
    check_word,
)
from feedback_loop.api.feedback.entry import FeedbackEntry, entry_of
from feedback_loop.api.feedback.recording import record_entries
from feedback_loop.api.metrics.times import given_time
from feedback_loop.api.pause import without_collector
from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.rating import (
    DOWN,
    NEGATIVE,
    NEUTRAL,
    UP,
    Rating,
    RatingQuery,
    plain_tag,
    thumbs_named,
)
from feedback_loop.domain.success import Success, success_of
from feedback_loop.errors import InputError, UserError
from feedback_loop.stores.feedback_index import open_readonly, read_ratings
from feedback_loop.stores.files import write_new
from feedback_loop.stores.repository import Repository
from feedback_loop.workspace import Workspace

if TYPE_CHECKING:
    from feedback_loop.stores.feedback_index import Connection

_FILES = (".db", ".sqlite", ".sqlite3")
_CACHE = ".feedback-loop/cache"  # of a plain folder
_EVERYTHING = RatingQuery()


class FeedbackDatabase:
    """The ratings of the repository around `path`, or of that folder if no repository is around it.

    Without `path` it is the repository around the process. Ratings are event files below
    `.feedback-loop/events/`; the SQLite index over them is a cache that makes itself. Dates are ISO 8601
    texts or datetimes, without an offset UTC. Every method raises UserError if a part of the store is a
    link, MachineFault when the disk says no. `clock` tells the time that no entry may be a day ahead of.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Raises InputError for a path that is no folder, UserError outside of a repository."""
        check_clock("clock", clock)
        self.workspace = _opened(check_folder("path", path))
        self.problems: tuple[Problem, ...] = ()
        self.notes: tuple[str, ...] = ()
        self._clock = clock

    # -- writing ---------------------------------------------------------------------------------------

    def insert_feedback(self, entry: FeedbackEntry) -> str:
        """Write the rating; its id. The entry gets it too, its timestamp, tags and thumbs as written.

        Raises ValueError with every wrong field, and for an id that is there already; nothing is written
        then. What the settings keep of the texts (feedback.store) enters git's history.
        """
        return self._insert([entry], loose=True)[0]

    def insert_many(self, entries: Iterable[FeedbackEntry]) -> list[str]:
        """The same of many: all or none of them, in one file. Beyond 32 MiB there are several.

        A `ValueError` counts the entries from 1.
        """
        # An empty text or dict has nothing to insert either, but was meant to be something else.
        if not isinstance(entries, Iterable) or isinstance(entries, str | bytes | Mapping):
            raise InputError(f"entries must be a list of FeedbackEntry, not {type(entries).__name__}")
        return self._insert(list(entries), loose=False)

    def _insert(self, entries: list[FeedbackEntry], loose: bool) -> list[str]:
        self._keep_out_of_git()
        done = record_entries(self.workspace, entries, source={"kind": "api"}, clock=self._clock, loose=loose)
        return [entry.feedback_id or "" for entry in done.entries]

    # -- reading ---------------------------------------------------------------------------------------

    def ratings(self, query: RatingQuery = _EVERYTHING) -> tuple[Rating, ...]:
        """What the query asks for, the newest first.

        `problems` say what this reading could not read, `notes` what befell the index since the beginning.
        """
        self._keep_out_of_git()
        place = self.workspace
        with without_collector():
            read = read_ratings(place.root, place.repository.state_dir, query)
        self.problems = read.problems
        self.notes = tuple(dict.fromkeys((*self.notes, *read.notes)))
        return read.ratings

    def list_ratings(self, query: RatingQuery) -> tuple[tuple[Rating, ...], Success]:
        """What the query asks for, and the success of all that match: `limit` bounds only what is shown."""
        success = success_of(self.ratings(replace(query, limit=None, texts=False)))
        return self.ratings(query), success

    def get_feedback(
        self,
        start_date: datetime | str | None = None,
        end_date: datetime | str | None = None,
        min_rating: int | None = None,
        max_rating: int | None = None,
        thumbs_up: bool | None = None,
        tags: Sequence[str] | None = None,
        framework: str | None = None,
        model: str | None = None,
        limit: int | None = None,
    ) -> list[FeedbackEntry]:
        """The entries from `start_date` to before `end_date` with all of these tags, the newest first.

        `limit` counts what is left then, from 1. Raises ValueError for what is no time, number or list, for
        stars outside 1 to 5, and for bounds the wrong way round.
        """
        for name, number in (("min_rating", min_rating), ("max_rating", max_rating)):
            check_whole(name, number, most=5, optional=True)
        if min_rating and max_rating and min_rating > max_rating:
            raise InputError(f"min_rating {min_rating} is more than max_rating {max_rating}")
        check_whole("limit", limit, most=LARGEST, optional=True)
        check_flag("thumbs_up", thumbs_up, optional=True)
        since, until = _bounds(start_date, end_date)
        query = RatingQuery(
            since=since,
            until=until,
            least=min_rating,
            most=max_rating,
            thumbs=thumbs_named(thumbs_up),
            tags=tuple(map(plain_tag, () if tags is None else check_texts("tags", tags))),
            framework=check_word("framework", framework),
            model=check_word("model", model),
            limit=limit,
        )
        return [entry_of(rating) for rating in self.ratings(query)]

    def get_statistics(
        self, start_date: datetime | str | None = None, end_date: datetime | str | None = None
    ) -> dict[str, Any]:
        """Numbers from `start_date` to before `end_date`; of nothing, counts are 0 and all else is None.

        `success_rate` is positive / all, `ci_low` and `ci_high` its 95 % Wilson interval, `earliest` and
        `latest` the times of the first and the last rating (B10). Raises ValueError as `get_feedback`.
        """
        since, until = _bounds(start_date, end_date)
        return statistics(self.ratings(RatingQuery(since=since, until=until, texts=False)))

    def get_connection(self) -> Connection:
        """A read-only sqlite3 connection on the index as it is now: table `feedback`. `with` closes it."""
        self._keep_out_of_git()
        return open_readonly(self.workspace.root, self.workspace.repository.state_dir)

    def _keep_out_of_git(self) -> None:
        """The index of a plain folder, should the folder become a repository."""
        cache = f"{self.workspace.root}/{_CACHE}"
        if self.workspace.repository.git_dir == cache and not os.path.lexists(f"{cache}/.gitignore"):
            write_new(f"{cache}/.gitignore", b"*\n")


def database_or_here(db: FeedbackDatabase | None) -> FeedbackDatabase:
    """The database that a caller gave, else that of the repository around the process.

    Raises InputError for what is none, UserError outside of a repository.
    """
    if db is None:
        return FeedbackDatabase()
    check_kind("db", db, FeedbackDatabase)
    return db


def statistics(ratings: Sequence[Rating]) -> dict[str, Any]:
    """The numbers of `get_statistics` for these ratings, the newest first."""
    outcomes = [one.outcome for one in ratings]
    success = success_of(ratings)
    low, high = success.interval if ratings else (None, None)
    return {
        "total_count": success.n,
        "avg_rating": sum(one.rating for one in ratings) / success.n if ratings else None,
        "thumbs_up_count": sum(one.thumbs == UP for one in ratings),
        "thumbs_down_count": sum(one.thumbs == DOWN for one in ratings),
        "positive_count": success.positive,
        "negative_count": outcomes.count(NEGATIVE),
        "neutral_count": outcomes.count(NEUTRAL),
        "success_rate": success.rate,
        "ci_low": low,
        "ci_high": high,
        "earliest": format_moment(ratings[-1].at) if ratings else None,
        "latest": format_moment(ratings[0].at) if ratings else None,
    }


def _seconds(name: str, value: object) -> int | None:
    found = given_time(name, value)
    return None if found is None else parse_moment(found)


def _bounds(start_date: object, end_date: object) -> tuple[int | None, int | None]:
    """Both in seconds. Raises InputError for what is no time, and for a start after the end."""
    since, until = _seconds("start_date", start_date), _seconds("end_date", end_date)
    if since is not None and until is not None and since > until:
        raise InputError("start_date is after end_date")
    return since, until


def _opened(path: str | None) -> Workspace:
    if path is None:
        return Workspace.open()
    if os.path.isfile(path) or (path.lower().endswith(_FILES) and not os.path.isdir(path)):
        text = "ratings are event files, and the SQLite index makes itself"
        raise InputError(f"path must be a folder, not a file: {path!a}", f"name a repository: {text}")
    if not os.path.isdir(path):
        raise InputError(f"path: no such folder: {path!a}", "make it first, or name a repository")
    try:
        return Workspace.open(path)
    except UserError as error:
        # Inside of a git folder it says something else: nothing may be written there.
        if error.kind != "no_repository" or not error.message.endswith("is not in a git repository"):
            raise
    root = os.path.realpath(path)
    return Workspace(Repository(root, f"{root}/{_CACHE}", own=False))
