"""Suggestions of a repository: by rules, or by a provider of the user's own settings (B23-B25)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from feedback_loop.api.arguments import LARGEST, check_clock, check_days, check_whole, check_word
from feedback_loop.api.asking import Waiting, ask_text, default_provider, describe
from feedback_loop.api.feedback.analysis import InsufficientFeedback
from feedback_loop.api.feedback.database import FeedbackDatabase, database_or_here
from feedback_loop.api.metrics.times import now_seconds
from feedback_loop.domain.provider import OFFLINE, PROVIDERS, Failure, Payload
from feedback_loop.domain.rating import Rating, RatingQuery
from feedback_loop.domain.rating_analysis import RatingAnalysis
from feedback_loop.domain.suggestion import LEAST_RATINGS, LLM, RULES, Proposed, Suggestion
from feedback_loop.engines.feedback.analysis import analyze
from feedback_loop.engines.feedback.suggest import adopt, suggest
from feedback_loop.engines.feedback.suggest_prompt import suggestion_prompt
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.suggestion_answer import parse_suggestions

_TOKENS = 2048  # of an answer
_NAMES = (RULES, *PROVIDERS[1:])


@dataclass(frozen=True)
class SuggestRequest:
    """What to suggest from: ratings of the last `days`, of one framework or "" of all; at most `limit`.

    `provider` is rules, command, openai or anthropic; None = the one of the user's settings.
    """

    framework: str = ""
    days: int = 7
    limit: int = 5
    provider: str | None = None


class Suggested(NamedTuple):
    """The suggestions, RULES or LLM, from how many ratings; `note` says why a provider did not write them."""

    suggestions: tuple[Suggestion, ...]
    note: str
    source: str
    total: int


def suggest_improvements(
    framework: str | None = None,
    days: int = 7,
    limit: int = 5,
    db: FeedbackDatabase | None = None,
    *,
    provider: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> list[dict[str, str]]:
    """What to try in prompts: dicts of `technique`, `reasoning`, `example` and `source` (rules or llm).

    The ratings are those of `db`, by default of the repository around the process, from the last `days`.
    `provider` is rules, command, openai or anthropic, by default that of the user's own settings; where it
    gives no well-formed answer, the list is made by rules. The list may be empty: it is never padded.

    Raises ValueError for a wrong argument, and with fewer than three ratings.
    """
    check_clock("clock", clock)
    request = SuggestRequest(check_word("framework", framework), days, limit, provider)
    return [one._asdict() for one in suggest_for(database_or_here(db), request, clock=clock).suggestions]


def suggest_for(
    database: FeedbackDatabase,
    request: SuggestRequest,
    *,
    clock: Callable[[], datetime] | None = None,
    waiting: Waiting | None = None,
) -> Suggested:
    """The suggestions. Raises InputError for a wrong request, InsufficientFeedback below three ratings."""
    ratings, analysis = _analyzed(database, request, clock)
    proposed = _ask(request, analysis, waiting)
    if isinstance(proposed, str):
        made = suggest(ratings, analysis, request.limit)
        return Suggested(made, proposed, RULES, analysis.total)
    return Suggested(adopt(proposed, ratings, analysis), "", LLM, analysis.total)


def preview_suggesting(
    database: FeedbackDatabase, request: SuggestRequest, *, clock: Callable[[], datetime] | None = None
) -> str:
    """What a provider would be sent, for a person to read; nothing is sent.

    Raises as `suggest_for`, and UserError for a provider that is not set up.
    """
    _, analysis = _analyzed(database, request, clock)
    name = _provider(request)
    if name == RULES:
        return f"provider: {RULES}\nnothing is sent\n"
    return describe(_payload(request, analysis), name)


def _analyzed(
    database: FeedbackDatabase, request: SuggestRequest, clock: Callable[[], datetime] | None
) -> tuple[tuple[Rating, ...], RatingAnalysis]:
    check_days("days", request.days)
    check_whole("limit", request.limit, most=LARGEST)
    if request.provider is not None and request.provider not in _NAMES:
        raise InputError(f"no provider is called {request.provider!a:.40}", f"known: {', '.join(_NAMES)}")
    query = RatingQuery.of_days(request.days, now_seconds(clock), framework=request.framework)
    ratings = database.ratings(query)
    if len(ratings) < LEAST_RATINGS:
        raise InsufficientFeedback(len(ratings), LEAST_RATINGS)
    return ratings, analyze(ratings)


def _ask(
    request: SuggestRequest, analysis: RatingAnalysis, waiting: Waiting | None
) -> tuple[Proposed, ...] | str:
    """What the provider proposes; else a note why it does not, "" where nobody is to be asked."""
    try:
        name = _provider(request)
        if name == RULES:
            return ""
        answer = ask_text(_payload(request, analysis), name, waiting=waiting)
    except UserError as error:  # not set up: no program, key or model
        return _note(error.message)
    if isinstance(answer, Failure):
        return _note(f"{name} failed: {answer}")
    proposed = parse_suggestions(answer, request.limit)
    if proposed is None:
        return _note(f"{name} failed: its answer is not the JSON array it was asked for")
    return proposed


def _note(why: str) -> str:
    return f"{' '.join(why.split())}; the suggestions are made by rules"


def _provider(request: SuggestRequest) -> str:
    """Who writes them: the one that is named, else the one of the user's settings."""
    name = request.provider or default_provider()
    return RULES if name == OFFLINE else name


def _payload(request: SuggestRequest, analysis: RatingAnalysis) -> Payload:
    return Payload(suggestion_prompt(analysis, request.limit), _TOKENS)
