"""What ratings say of a framework with a type of task, and what that does to a confidence (B28)."""

from __future__ import annotations

from collections.abc import Sequence

from feedback_loop.domain.rating import Rating
from feedback_loop.domain.routing import BAYES, SEED, Learned, Posterior
from feedback_loop.domain.statistics import incomplete_beta
from feedback_loop.domain.success import Success, success_of

_WEIGHT = 4  # ratings with this type of task that all the others together are worth
_GOOD, _NOT_GOOD, _BAD, _SURE = 0.8, 0.2, 0.5, 0.9
_RAISED, _LOWERED = 1.1, 0.9
_LEAST_OF_SEED = 3
_DIGITS = 10  # of a confidence: .7 * 1.1 is .77


def posterior(ratings: Sequence[Rating], task_type: str, framework: str) -> Posterior:
    """Beta(4m + s, 4(1 - m) + f) of s positive and f other ratings in the cell, m = (S + 1)/(N + 2).

    S of N are the framework's positive ratings with all other tasks, those of no type among them.
    """
    own = [one for one in ratings if one.framework == framework]
    cell = success_of(one for one in own if one.task_type == task_type)
    elsewhere = success_of(one for one in own if one.task_type != task_type)
    mean = (elsewhere.positive + 1) / (elsewhere.n + 2)
    a, b = _WEIGHT * mean + cell.positive, _WEIGHT * (1 - mean) + cell.n - cell.positive
    return Posterior(framework, a, b, cell, elsewhere)


def learn(known: Posterior, adjust: str) -> Learned:
    """The factor of the confidence: `bayes` asks for 90 % certainty, `seed` for three ratings."""
    return _seed(known) if adjust == SEED else _bayes(known)


def adjusted(confidence: float, learned: Learned) -> float:
    """The confidence times the factor, at most 1."""
    return round(min(1.0, confidence * learned.factor), _DIGITS)


def _bayes(known: Posterior) -> Learned:
    above = incomplete_beta(known.b, known.a, _NOT_GOOD, _GOOD)  # P(p > .8)
    below = incomplete_beta(known.a, known.b, _BAD)
    factor, certainty = 1.0, max(above, below)
    if above >= _SURE:
        factor = _RAISED
    elif below >= _SURE:
        factor = _LOWERED
    return Learned(BAYES, factor, known.cell, known.elsewhere, certainty)


def _seed(known: Posterior) -> Learned:
    """As the original did it: the framework's rate with all types of tasks, however few there are."""
    seen = Success(known.cell.positive + known.elsewhere.positive, known.cell.n + known.elsewhere.n)
    rate, factor = seen.rate, 1.0
    if rate is not None and seen.n >= _LEAST_OF_SEED:
        factor = _RAISED if rate > _GOOD else _LOWERED if rate < _BAD else 1.0
    return Learned(SEED, factor, seen)
