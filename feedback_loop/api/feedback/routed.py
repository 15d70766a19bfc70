"""What a rating keeps of the router's decision, so that the decision gets the credit (B30)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedback_loop.errors import InputError

# What `route` says, and under which name it stands in the context of a rating.
_ROUTED = {
    "primary_framework": "framework",
    "model_recommendation": "model",
    "techniques": "techniques",
    "confidence": "confidence",
    "task_type": "task_type",
    "routing_id": "routing_id",
    "propensity": "propensity",
    "policy": "policy",
    "seed": "seed",
}
# The reasoning quotes words of the task; the other frameworks were not taken.
_LEFT_OUT = ("reasoning", "framework_path")


def routing_context(routing: Mapping[str, Any]) -> dict[str, Any]:
    """The context that a decision makes, of what `route` prints or `RoutingResult.to_dict` gives.

    Raises InputError for a field of another kind.
    """
    context = {}
    for field, name in _ROUTED.items():
        value = routing.get(field)
        if value is None:
            continue
        if not _fits(name, value):
            raise InputError(f"{field} is not of the kind that `route` prints")
        context[name] = value
    return context


def with_credit(context: dict[str, Any]) -> dict[str, Any]:
    """The context, where it holds a decision in the router's own names: under those of a rating.

    What else it says stays, and goes before what the decision says. Raises InputError as `routing_context`.
    """
    if "primary_framework" not in context or "framework" in context:
        return context
    left = {name: one for name, one in context.items() if name not in _ROUTED and name not in _LEFT_OUT}
    return {**routing_context(context), **left}


def is_name(value: object) -> bool:
    """Whether it is a text that says something."""
    return isinstance(value, str) and bool(value.strip())


def _fits(name: str, value: object) -> bool:
    if name == "seed":
        return type(value) is int
    if name in ("confidence", "propensity"):
        return type(value) in (int, float)
    if name == "techniques":
        return isinstance(value, list) and all(map(is_name, value))
    return is_name(value)
