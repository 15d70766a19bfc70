"""`PatternSuggester`: which patterns a task calls for, in the shape that its users know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from feedback_loop.domain.names import is_name
from feedback_loop.engines.suggest import Candidate, suggest
from feedback_loop.errors import InputError
from feedback_loop.formats.plan_text import Box, format_section


class PatternSource(Protocol):
    """Anything that knows patterns, such as a `PatternManager`."""

    def get_all_patterns(self) -> Sequence[Mapping[str, Any]]:
        """The patterns as dicts: `name`, and what else there is of `description`, `severity`, `tags`."""
        ...


class PatternSuggester:
    """Proposes patterns of `pattern_manager`, which is asked anew at each call."""

    def __init__(self, pattern_manager: PatternSource) -> None:
        self.pattern_manager = pattern_manager

    def suggest_patterns_for_task(
        self, task_description: str, metrics_context: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """`{pattern, name, confidence, description, severity}` of each pattern that fits, the surest first.

        An unrelated task gets an empty list. Confidence is above 0 and up to 1: the share of what the
        pattern needs that the task names, or of the pattern's name and tags if that is larger; plus .1 for
        critical severity, .06 for high, .03 for medium; plus .3 for a name among `critical_patterns` of
        `metrics_context`, or .2 for one among its `high_frequency_patterns`. `pattern` is the dict itself.
        """
        known = [one for one in self.pattern_manager.get_all_patterns() if _text(one, "name")]
        context = metrics_context or {}
        found = suggest(
            task_description,
            [_candidate(one) for one in known],
            _names(context, "critical_patterns"),
            _names(context, "high_frequency_patterns"),
        )
        return [
            {
                "pattern": known[one.index],
                "name": known[one.index]["name"],
                "confidence": one.confidence,
                "description": _text(known[one.index], "description"),
                "severity": _text(known[one.index], "severity") or "medium",
            }
            for one in found
        ]

    def generate_pattern_section(self, patterns: Sequence[Mapping[str, Any]]) -> str:
        """The `## Patterns to Apply` of a plan for these patterns, in this order; "" for none.

        Takes what `suggest_patterns_for_task` returns, or plain patterns: without a `confidence` the line
        says none. Raises ValueError for a name that no pattern can have, or a confidence outside 0 to 1.
        """
        return format_section([_box(one) for one in patterns])


def _candidate(pattern: Mapping[str, Any]) -> Candidate:
    severity = _text(pattern, "severity") or "medium"
    return Candidate(pattern["name"], severity, _names(pattern, "tags"))


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _names(value: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = value.get(key)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list | tuple) else ()


def _box(one: Mapping[str, Any]) -> Box:
    name = one.get("name")
    if not isinstance(name, str) or not is_name(name):
        text = "2 to 64 of a-z, 0-9 and _, a letter first"
        raise InputError(f"{name!a} cannot be a pattern's name", text)
    confidence = one.get("confidence")
    if confidence is not None and not _is_share(confidence):
        raise InputError(f"the confidence of {name} must be from 0 to 1, not {confidence!a}")
    return Box(name, _text(one, "severity"), confidence)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
