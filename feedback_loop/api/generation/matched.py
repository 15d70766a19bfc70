"""Matching in the documented form of dicts: what callers of the original lean on (A63-A65)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from feedback_loop.api.generation.dicts import read_dicts
from feedback_loop.domain.finding import SEVERITIES
from feedback_loop.engines.generate.matching import Standing, score_needs
from feedback_loop.errors import InputError

Item = dict[str, Any]
_BEST = 3
_UNKNOWN = 0.5  # the mean of nothing
_IMPORTS = {"numpy_json_serialization": ("import json", "import numpy as np")}


def standing_of(metrics_context: object) -> Standing:
    """The names in `critical_patterns` and `high_frequency_patterns` of what `get_context()` returns.

    Raises InputError for what is no mapping; other keys and other values say nothing.
    """
    if metrics_context is None:
        return Standing()
    if not isinstance(metrics_context, Mapping):
        raise InputError(f"metrics_context must be a dict, not {type(metrics_context).__name__}")
    names = [
        frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list | tuple) else ()
        for found in map(metrics_context.get, ("critical_patterns", "high_frequency_patterns"))
    ]
    return Standing(frozenset(names[0]), frozenset(names[1]))


def match_dicts(library: object, found: Mapping[str, bool], standing: Standing) -> list[Item]:
    """`{pattern, confidence, severity, why}` of each that scores, the highest first, then by name (A64)."""
    patterns, dicts = read_dicts(library)
    items = []
    for one in patterns:
        scored = score_needs(one.name, found, standing)
        if scored.score > 0:
            items.append(
                {
                    "pattern": dicts[one.name],
                    "confidence": round(scored.score, 4),
                    "severity": one.severity,
                    "why": scored.why,
                }
            )
    return sorted(items, key=lambda item: (-item["confidence"], item["pattern"]["name"]))


def prioritize_dicts(
    matched: Sequence[Mapping[str, Any]], apply: bool, min_confidence: float
) -> tuple[list[Any], list[Any]]:
    """(to apply, to suggest): critical, high and medium at or over the threshold; never low (A65)."""
    chosen: list[Any] = []
    left: list[Any] = []
    for item in matched:
        fits = item["confidence"] >= min_confidence and item.get("severity") in SEVERITIES[1:]
        (chosen if apply and fits else left).append(item)
    return chosen, left


def imports_of(matched: Sequence[Mapping[str, Any]]) -> list[str]:
    """The import lines that the patterns are known to need, sorted."""
    names = [item["pattern"].get("name") for item in matched]
    return sorted({line for name in names for line in _IMPORTS.get(name, ())})


def mean_confidence(matched: Sequence[Mapping[str, Any]]) -> float:
    """The mean of the three best, .5 for none."""
    best = sorted((item["confidence"] for item in matched), reverse=True)[:_BEST]
    return math.fsum(best) / len(best) if best else _UNKNOWN
