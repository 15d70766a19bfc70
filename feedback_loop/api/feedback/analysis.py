"""What the ratings of the last days teach, kept in the index until one is added (B12 to B17)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from feedback_loop import __version__
from feedback_loop.api.arguments import LARGEST, check_clock, check_days, check_whole
from feedback_loop.api.feedback.database import FeedbackDatabase, database_or_here
from feedback_loop.api.feedback.pattern_analysis import PatternAnalysis, pattern_analysis
from feedback_loop.api.metrics.times import given_time, now_seconds
from feedback_loop.api.pause import without_collector
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.rating import Rating, RatingQuery
from feedback_loop.domain.rating_analysis import RatingAnalysis
from feedback_loop.engines.feedback.analysis import analyze
from feedback_loop.errors import InputError
from feedback_loop.formats.analysis_json import format_analysis, parse_analysis
from feedback_loop.stores.feedback_index import load_analysis, save_analysis

_FORM = 1  # of what is kept: another number when the same ratings give another analysis

Clock = Callable[[], datetime]


class InsufficientFeedback(InputError):
    """Fewer ratings than asked for: an answer, so exit 1 on the command line; a ValueError in Python."""

    exit_code = 1

    def __init__(self, found: int, needed: int) -> None:
        super().__init__(
            f"Insufficient feedback data. Found {found} entries, need at least {needed}",
            "look at more days (--days), or rate more outputs",
        )
        self.found = found
        self.needed = needed


class FeedbackAnalyzer:
    """Analyses of the ratings of `db`, by default of the repository around the process."""

    def __init__(self, db: FeedbackDatabase | None = None, *, clock: Clock | None = None) -> None:
        """Raises InputError for another `db` or `clock`, UserError outside of a repository."""
        check_clock("clock", clock)
        self.db = database_or_here(db)
        self._clock = clock

    def analyze_patterns(
        self, days: int = 7, min_samples: int = 5, *, as_of: str | date | None = None
    ) -> PatternAnalysis:
        """As the function of this name."""
        return analyze_patterns(days, min_samples, self.db, as_of=as_of, clock=self._clock)


def analyze_patterns(
    days: int = 7,
    min_samples: int = 5,
    db: FeedbackDatabase | None = None,
    *,
    as_of: str | date | None = None,
    clock: Clock | None = None,
) -> PatternAnalysis:
    """What the ratings of the `days` up to `as_of` show, by default up to now; `db` as in FeedbackAnalyzer.

    Raises ValueError for fewer than `min_samples` ratings, and for an argument that is wrong.
    """
    check_clock("clock", clock)
    moment = given_time("as_of", as_of)
    found = analyze_ratings(
        database_or_here(db),
        days=days,
        min_samples=min_samples,
        as_of=None if moment is None else parse_moment(moment),
        clock=clock,
    )
    return pattern_analysis(found)


def analyze_ratings(
    database: FeedbackDatabase,
    *,
    days: int = 7,
    min_samples: int = 5,
    as_of: int | None = None,
    use_cache: bool = True,
    clock: Clock | None = None,
) -> RatingAnalysis:
    """The analysis as a value, of the ratings after `as_of` - `days` up to `as_of` (seconds, None = now).

    The same ratings are analysed once: their texts are read only when the index does not know the answer.
    Raises InsufficientFeedback, and InputError for numbers that are none.
    """
    check_days("days", days)
    check_whole("min_samples", min_samples, most=LARGEST)
    moment = now_seconds(clock) if as_of is None else as_of
    query = RatingQuery.of_days(days, moment, texts=False)
    with without_collector():
        return _analyzed(database, query, days, min_samples, use_cache)


def _analyzed(
    database: FeedbackDatabase, query: RatingQuery, days: int, min_samples: int, use_cache: bool
) -> RatingAnalysis:
    ratings = database.ratings(query)
    if len(ratings) < min_samples:
        raise InsufficientFeedback(len(ratings), min_samples)
    if use_cache and (kept := _load(database, _key(ratings, days, min_samples))):
        return kept
    ratings = database.ratings(replace(query, texts=True))
    found = analyze(ratings)
    if use_cache:  # under the key of what was read now: others may have added a rating meanwhile
        _save(database, _key(ratings, days, min_samples), found)
    return found


# -- the cache -------------------------------------------------------------------------------------


def _key(ratings: Sequence[Rating], days: int, min_samples: int) -> str:
    """Events never change, so their ids say all that is in them (B17); they come in one order always."""
    given = json.dumps([_FORM, __version__, days, min_samples])
    return hashlib.sha256("\n".join((given, *(one.event for one in ratings))).encode()).hexdigest()


def _load(database: FeedbackDatabase, key: str) -> RatingAnalysis | None:
    where = database.workspace
    body = load_analysis(where.root, where.repository.state_dir, key)
    return None if body is None else parse_analysis(body)


def _save(database: FeedbackDatabase, key: str, found: RatingAnalysis) -> None:
    where = database.workspace
    save_analysis(where.root, where.repository.state_dir, key, format_analysis(found))
