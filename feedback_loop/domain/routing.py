"""What a router decides: the framework for a task, how sure it is, and what it learnt that from (B26-B29)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.success import Success

GENERAL, DIRECT = "general", "direct"  # the type and the framework of a task that no trigger fits
BAYES, SEED = "bayes", "seed"
ADJUSTMENTS = (BAYES, SEED)
FIXED, THOMPSON = "fixed", "thompson"
POLICIES = (FIXED, THOMPSON)


class Question(NamedTuple):
    """What is to be routed, and how: `adjust` is one of ADJUSTMENTS, None = no learning."""

    task: str
    adjust: str | None = None
    policy: str = FIXED
    seed: int | None = None


class Posterior(NamedTuple):
    """What ratings say of one framework's success: a Beta distribution, and the ratings behind it.

    `cell` are those of the framework with this type of task, `elsewhere` those with all others.
    """

    framework: str
    a: float
    b: float
    cell: Success = Success()
    elsewhere: Success = Success()


class Learned(NamedTuple):
    """What the ratings did to a confidence: it was multiplied by `factor`, 1.0 = too little is known.

    `seen` are the ratings that were looked at: with `bayes` those with this type of task, with `seed` all of
    the framework. `certainty` is the probability behind a factor of `bayes`, else None.
    """

    adjust: str
    factor: float
    seen: Success
    elsewhere: Success = Success()
    certainty: float | None = None


@dataclass(frozen=True)
class Routing:
    """One decision. `frameworks` begins with the chosen one; `model` is a tier, or what settings name it.

    `confidence` is .3 to .9 before learning, `reasoning` one sentence. `propensity` is how probable the
    choice was; `seed` repeats it, None where nothing was drawn and none was given. `learned` is None where no
    learning was asked for.
    """

    task_type: str
    frameworks: tuple[str, ...]
    techniques: tuple[str, ...]
    model: str
    confidence: float
    reasoning: str
    routing_id: str
    propensity: float = 1.0
    policy: str = FIXED
    seed: int | None = None
    learned: Learned | None = None
