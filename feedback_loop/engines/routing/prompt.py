"""The task with a sentence for each technique around it (B27)."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_loop.domain.routing import DIRECT

# What is to be thought of first stands before the task, what holds for the answer behind it.
_BEFORE = {
    "requirements-first": "Before you write any code, list the requirements and the edge cases.",
    "constraints-first": "Before you plan, list the constraints that every step has to keep to.",
    "criteria-first": "Before you compare, name the criteria and how much each of them counts.",
    "evidence-first": "Gather the evidence before you conclude, and name the source of each claim.",
    "audience-first": "First say in one sentence who reads this and what they want from it.",
}
_AFTER = {
    "step-by-step": "Think step by step and show the steps before the conclusion.",
    "show-work": "Show every intermediate result, and check the last one by another way.",
    "self-review": "Then review your own answer for mistakes and correct them.",
    "example-driven": "Work out one example of input and output first, and treat the rest the same way.",
    "output-format": "Give the result in exactly the format that was asked for, and nothing else.",
    "pre-mortem": "Then suppose that it has failed: name the likely reasons, and change it accordingly.",
}


def enhance(task: str, framework: str, techniques: Iterable[str]) -> str:
    """The task as it is, between paragraphs of sentences; alone where the framework is `direct`."""
    wanted = [] if framework == DIRECT else list(dict.fromkeys(techniques))
    before = " ".join(_BEFORE[one] for one in wanted if one in _BEFORE)
    after = " ".join(_AFTER.get(one) or _unknown(one) for one in wanted if one not in _BEFORE)
    return "\n\n".join(part for part in (before, task, after) if part)


def _unknown(technique: str) -> str:
    """A technique of somebody's settings: its name is all that is known of it."""
    words = technique.replace("-", " ").replace("_", " ").split()
    return f"Use this technique: {' '.join(words)}."
