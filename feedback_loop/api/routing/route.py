"""A task routed in a repository: its table of types, its ratings (B26-B30). No event is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback_loop.api.arguments import check_days, check_kind, check_text, check_texts, check_whole
from feedback_loop.api.metrics.times import now_seconds
from feedback_loop.api.routing.result import RoutingResult, routing_result
from feedback_loop.api.routing.table import route_settings
from feedback_loop.domain.rating import Rating, RatingQuery
from feedback_loop.domain.routing import ADJUSTMENTS, POLICIES, THOMPSON, Question, Routing
from feedback_loop.engines.routing.decide import decide
from feedback_loop.engines.routing.prompt import enhance
from feedback_loop.engines.routing.types import table_with
from feedback_loop.errors import InputError, UserError
from feedback_loop.workspace import Workspace

if TYPE_CHECKING:
    from datetime import datetime

    from feedback_loop.api.feedback.database import FeedbackDatabase

SIZE_CAP = 1 << 20  # bytes of a task
_SEED_BITS = 63
_NO_REPOSITORY = "no_repository"


@dataclass(frozen=True)
class LearnFrom:
    """The ratings to learn from: of the `days` up to `as_of` (seconds, None = now)."""

    days: int = 7
    as_of: int | None = None


def route_prompt(task: str, *, db: FeedbackDatabase | None = None) -> RoutingResult:
    """The framework for a task, by the type of which it has the most triggers; ratings change nothing.

    The types are the shipped ones with those of the settings of `db`'s repository, by default of the one
    around the process, if there is one. Raises ValueError for a blank task and one of more than 1 MiB,
    UserError for broken settings.
    """
    if db is None:
        return routing_result(route(Question(task), find_workspace(None)))
    from feedback_loop.api.feedback.database import FeedbackDatabase  # who has one has loaded it

    check_kind("db", db, FeedbackDatabase)
    return routing_result(route(Question(task), db.workspace))


def build_enhanced_prompt(task: str, routing: RoutingResult) -> str:
    """The task, unchanged, with a sentence for each technique around it; alone where `direct` is chosen.

    Raises ValueError for what is no text or no RoutingResult, and for one with wrong techniques.
    """
    check_text("task", task)
    check_kind("routing", routing, RoutingResult)
    check_text("routing.primary_framework", routing.primary_framework)
    techniques = check_texts("routing.techniques", routing.techniques)
    return enhance(task, routing.primary_framework, techniques)


def routed_prompt(task: str, found: Routing) -> str:
    """The same for a decision that is no `RoutingResult`."""
    return enhance(task, found.frameworks[0], found.techniques)


def route(
    question: Question,
    workspace: Workspace | None,
    database: FeedbackDatabase | None = None,
    learn_from: LearnFrom | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
) -> Routing:
    """The decision by the settings of the workspace, None = the defaults.

    Ratings are those of the `database`, which is asked only for learning and for `thompson`; without it
    there are none. Where `thompson` has no seed one is drawn, and stands in the decision. Raises InputError
    for what cannot be asked, UserError for broken settings.
    """
    learn_from = learn_from or LearnFrom()
    _check(question, learn_from)
    settings = route_settings(workspace)
    if question.policy == THOMPSON and question.seed is None:
        question = question._replace(seed=int.from_bytes(os.urandom(8)) >> (64 - _SEED_BITS))
    ratings: tuple[Rating, ...] = ()
    if database is not None and needs_ratings(question):
        as_of = now_seconds(clock) if learn_from.as_of is None else learn_from.as_of
        ratings = database.ratings(RatingQuery.of_days(learn_from.days, as_of, texts=False))
    return decide(question, table_with(settings.route_types), dict(settings.route_models), ratings)


def needs_ratings(question: Question) -> bool:
    """Whether the decision depends on ratings."""
    return question.adjust is not None or question.policy == THOMPSON


def find_workspace(folder: str | None) -> Workspace | None:
    """The repository around the folder, or around the process; None where there is none."""
    try:
        return Workspace.open(folder)
    except UserError as error:
        if error.kind != _NO_REPOSITORY:
            raise
        return None


def _check(question: Question, learn_from: LearnFrom) -> None:
    check_text("task", question.task)
    if not question.task.strip():
        raise InputError("the task is blank", "say in a few words what is to be done", kind="usage")
    if len(question.task.encode("utf-8", "surrogatepass")) > SIZE_CAP:
        raise InputError(f"the task holds more than {SIZE_CAP} bytes", kind="usage")
    _check_name("adjust", question.adjust, (*ADJUSTMENTS, None))
    _check_name("policy", question.policy, POLICIES)
    check_whole("seed", question.seed, least=0, optional=True)
    check_days("days", learn_from.days)


def _check_name(name: str, value: object, known: tuple[str | None, ...]) -> None:
    if value not in known:
        shown = ", ".join(one for one in known if one)
        raise InputError(f"{name} must be one of {shown}, not {value!a:.40}", kind="usage")
