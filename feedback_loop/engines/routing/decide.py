"""One decision from a task, the table of types and ratings (B26-B30)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from feedback_loop.domain.rating import Rating
from feedback_loop.domain.routing import THOMPSON, Learned, Question, Routing
from feedback_loop.domain.task_type import TaskType
from feedback_loop.engines.routing.choose import Choice, choose
from feedback_loop.engines.routing.match import Matched, match
from feedback_loop.engines.routing.posterior import adjusted, learn, posterior

_ID = 16  # hex digits


def decide(
    question: Question,
    table: Sequence[TaskType],
    models: Mapping[str, str],
    ratings: Sequence[Rating],
) -> Routing:
    """The decision; `models` name tiers. With `thompson` the question has a seed.

    The same arguments give the same. Raises as `match`.
    """
    matched = match(question.task, table)
    kind = matched.type
    choice = Choice(kind.frameworks[0], 1.0)
    if question.policy == THOMPSON:
        known = [posterior(ratings, kind.name, one) for one in kind.frameworks]
        choice = choose(known, question.seed or 0)
    learned = None
    if question.adjust is not None:
        learned = learn(posterior(ratings, kind.name, choice.framework), question.adjust)
    confidence = adjusted(matched.confidence, learned) if learned else matched.confidence
    others = tuple(one for one in kind.frameworks if one != choice.framework)
    return Routing(
        task_type=kind.name,
        frameworks=(choice.framework, *others),
        techniques=kind.techniques,
        model=models.get(kind.tier, kind.tier),
        confidence=confidence,
        reasoning=_reasoning(question, matched, choice.framework, learned, confidence),
        routing_id=routing_id(question, table),
        propensity=choice.propensity,
        policy=question.policy,
        seed=question.seed,
        learned=learned,
    )


def routing_id(question: Question, table: Sequence[TaskType]) -> str:
    """16 hex digits of the sha256 of [task, type table, policy, seed] as JSON in ASCII without blanks."""
    types = [[one.name, one.triggers, one.frameworks, one.techniques, one.tier] for one in table]
    told = json.dumps([question.task, types, question.policy, question.seed], separators=(",", ":"))
    return hashlib.sha256(told.encode("ascii")).hexdigest()[:_ID]


def _reasoning(
    question: Question, matched: Matched, framework: str, learned: Learned | None, confidence: float
) -> str:
    kind = matched.type
    parts = ["no trigger of any type is in the task"]
    if matched.hits:
        words = [_quoted(one) for one in dict.fromkeys(matched.hits)]
        parts = [f"{_listed(words)} {'says' if len(words) == 1 else 'say'} {kind.name}"]
    if matched.rivals:
        have = "has as many triggers and stands" if len(matched.rivals) == 1 else "have as many and stand"
        parts.append(f"{_listed(matched.rivals)} {have} later in the table")
    if question.policy == THOMPSON and len(kind.frameworks) > 1:
        parts.append(f"{framework} was drawn among {_listed(kind.frameworks)} by their ratings")
    if learned and learned.seen.n + learned.elsewhere.n:
        parts.append(_learnt(matched, framework, learned, confidence))
    return "; ".join(parts) + "."


def _learnt(matched: Matched, framework: str, learned: Learned, confidence: float) -> str:
    """What learning changed, if anything, by which rule and from how many ratings."""
    seen, elsewhere = learned.seen, learned.elsewhere
    where = f" with {matched.type.name}" if learned.certainty is not None else ""
    told = f"{seen.positive} of {seen.n} ratings of {framework}{where} are positive"
    more = f", {elsewhere.positive} of {elsewhere.n} with other tasks" if elsewhere.n else ""
    if not seen.n:
        told = f"{elsewhere.positive} of {elsewhere.n} ratings of {framework} with other tasks are positive"
        more = ""
    n = f"n={seen.n + elsewhere.n}"
    if learned.factor == 1:
        return f"{learned.adjust} left the confidence as it was ({told}{more}; {n})"
    verb = "raised" if learned.factor > 1 else "lowered"
    change = f"{learned.adjust} {verb} the confidence from {matched.confidence:g} to {confidence:g}"
    return f"{change}, as {told}{more} ({n})"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
