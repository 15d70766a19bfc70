"""A routing decision for people and for programs (B26).

Words of the task and names of the settings go through `visible` before they reach a terminal.
"""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.routing import THOMPSON, Learned, Routing
from feedback_loop.domain.success import Success
from feedback_loop.domain.text import counted, visible


def render_routing(found: Routing) -> str:
    """The decision, a field on each line."""
    framework, *others = found.frameworks
    rows = [
        ("framework", framework + (f" (else {', '.join(others)})" if others else "")),
        ("techniques", ", ".join(found.techniques) or "none"),
        ("model", found.model),
        ("confidence", f"{found.confidence:.2f}"),
        ("task type", found.task_type),
        ("why", found.reasoning),
    ]
    if found.learned:
        rows.append(("learning", _learning(found.learned, framework)))
    if found.policy == THOMPSON:
        drawn = f"{found.policy}, seed {found.seed}, propensity {found.propensity:g}"
        rows.append(("policy", drawn))
    rows.append(("routing id", found.routing_id))
    wide = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{wide}}  {visible(text)}\n" for name, text in rows)


def _learning(learned: Learned, framework: str) -> str:
    change = f"confidence x{learned.factor:g}" if learned.factor != 1 else "confidence unchanged"
    told = f"{learned.adjust}: {change}, {counted(learned.seen.n, 'rating')} of {framework}"
    if learned.certainty is None:
        return told
    return f"{told} with such tasks, {learned.elsewhere.n} with others"


def learned_fields(learned: Learned) -> dict[str, Any]:
    """What ratings did to the confidence, for JSON."""
    return {
        "adjust": learned.adjust,
        "factor": learned.factor,
        "ratings": _success_fields(learned.seen),
        "elsewhere": _success_fields(learned.elsewhere),
        "certainty": learned.certainty,
    }


def _success_fields(found: Success) -> dict[str, int]:
    return {"positive": found.positive, "n": found.n}
