"""`AdaptivePromptRouter`: a router that learns from ratings (B28)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from feedback_loop.api.arguments import check_clock, check_days
from feedback_loop.api.feedback.database import FeedbackDatabase, database_or_here
from feedback_loop.api.routing.result import RoutingResult, routing_result
from feedback_loop.api.routing.route import LearnFrom, route
from feedback_loop.domain.routing import BAYES, FIXED, Question


class AdaptivePromptRouter:
    """Routes by the ratings of `db`, by default of the repository around the process.

    Raises InputError for another `db` or `clock`, UserError outside of a repository.
    """

    def __init__(
        self, db: FeedbackDatabase | None = None, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        check_clock("clock", clock)
        self.db = database_or_here(db)
        self._clock = clock

    def route_with_learning(
        self,
        task: str,
        days_to_analyze: int = 7,
        adjust: str = BAYES,
        policy: str = FIXED,
        seed: int | None = None,
    ) -> RoutingResult:
        """As `route_prompt`, the confidence changed by what the last days' ratings say of the framework.

        `adjust` `bayes` multiplies by 1.1 where the success rate with this type of task is above .8 with 90 %
        certainty, by .9 where it is so certainly below .5; `seed` by the plain rate from three ratings on.
        `policy` `thompson` draws the framework; `seed` repeats the draw. Too little data changes nothing and
        raises nothing. Raises ValueError for a wrong argument and for a blank task.
        """
        check_days("days_to_analyze", days_to_analyze)
        question = Question(task, adjust, policy, seed)
        found = route(question, self.db.workspace, self.db, LearnFrom(days_to_analyze), clock=self._clock)
        return routing_result(found)
