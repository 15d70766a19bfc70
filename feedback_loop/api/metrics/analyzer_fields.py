"""The dicts that `MetricsAnalyzer` returns by contract, from the values that the engines found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.occurrence import Occurrence
from feedback_loop.engines.effectiveness import Effect, Side
from feedback_loop.formats.metrics_data import detail


def detail_fields(one: Occurrence, entry: Mapping[str, Any]) -> dict[str, Any]:
    """One of the `details` of `MetricsAnalyzer.detect_new_patterns`."""
    fields = detail(one, entry)
    fields["timestamp"] = iso(max((at for at, _ in one.times if at is not None), default=None))
    return fields


def effect_fields(effect: Effect, unit: str, undated: int) -> dict[str, Any]:
    """The keys of `MetricsAnalyzer.calculate_effectiveness`; None for infinite and unknown."""
    ratio = effect.ratio
    known = (None, None, None, None) if ratio is None else (ratio.value, ratio.low, ratio.high, ratio.p_value)
    value, low, high, p_value = map(_number, known)
    return {
        "score": _number(effect.score),
        "score_bound": _number(effect.score_bound),
        "trend": effect.trend,
        "verdict": effect.verdict,
        "total_occurrences": effect.before.n + effect.after.n,
        "first_half_rate": _number(effect.before.rate),
        "second_half_rate": _number(effect.after.rate),
        "before": _side(effect.before),
        "after": _side(effect.after),
        "unit": unit,
        "split": effect.split,
        "rate_ratio": {"value": value, "low": low, "high": high},
        "p_value": p_value,
        "p_adjusted": _number(effect.p_adjusted),
        "undated": undated,
    }


def _side(side: Side) -> dict[str, Any]:
    return {"n": side.n, "exposure": _number(side.exposure), "from": iso(side.start), "to": iso(side.end)}


def _number(value: float | None) -> float | None:
    """Nine digits: the last ones differ between machines, and reports of the same data must not."""
    return float(f"{value:.9g}") if value is not None and math.isfinite(value) else None


def iso(moment: float | None) -> str | None:
    """ISO 8601 in UTC; None stays None."""
    return None if moment is None else format_moment(moment)
