"""`RoutingResult`: a decision in the shape that users of the Python names know (B26)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields
from typing import Any

from feedback_loop.domain.routing import FIXED, Routing


@dataclass
class RoutingResult:
    """The framework for a task, yours to change.

    `framework_path` are all frameworks that fit, the chosen one first. `model_recommendation` is a tier
    (fast, standard, strong), or the name that the settings give it. `confidence` is from 0 to 1, `reasoning`
    one sentence. `to_dict()` as the context of a rating gives the decision its credit: kept are framework,
    model, techniques, confidence, task_type, routing_id, propensity, policy and seed, but not `reasoning`,
    which quotes the task, nor `framework_path`. `propensity` is how probable this choice was, 1.0 with the
    policy `fixed`; `seed` repeats a choice that was drawn.
    """

    primary_framework: str
    framework_path: list[str]
    techniques: list[str]
    model_recommendation: str
    confidence: float
    reasoning: str
    task_type: str = ""
    routing_id: str = ""
    propensity: float = 1.0
    policy: str = FIXED
    seed: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, copies of their lists."""
        return {one.name: copy.deepcopy(getattr(self, one.name)) for one in fields(self)}


def routing_result(found: Routing) -> RoutingResult:
    """The decision for users of the Python names."""
    return RoutingResult(
        primary_framework=found.frameworks[0],
        framework_path=list(found.frameworks),
        techniques=list(found.techniques),
        model_recommendation=found.model,
        confidence=found.confidence,
        reasoning=found.reasoning,
        task_type=found.task_type,
        routing_id=found.routing_id,
        propensity=found.propensity,
        policy=found.policy,
        seed=found.seed,
    )
