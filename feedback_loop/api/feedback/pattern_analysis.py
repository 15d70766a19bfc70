"""`PatternAnalysis`: an analysis of ratings in the shape that users of the Python names know (B13)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any

from feedback_loop.domain.rating_analysis import Performance, RatingAnalysis, Recommendation, Share, Side


@dataclass
class PatternAnalysis:
    """What ratings show, yours to change. Rates are 0 to 1; the interval is Wilson's, 95 %.

    Items of `common_positive_patterns` and `common_negative_patterns` have a `type`: common_prompt_words
    (`words`), length_statistics, common_tags (`tags`) or structural_patterns (`flags`). The tables are by
    name; their rows have count, positive, negative, avg_rating, success_rate, thumbs_up, thumbs_down, ci_low
    and ci_high. Entries without a framework stand under `unknown`. `recommendation_evidence` has an item for
    each recommendation, in their order: rule, group, rest, difference, ci_low, ci_high, q; it is empty where
    the one text asks for more data.
    """

    total_feedback: int
    positive_count: int
    negative_count: int
    success_rate: float
    common_positive_patterns: list[dict[str, Any]] = field(default_factory=list)
    common_negative_patterns: list[dict[str, Any]] = field(default_factory=list)
    tag_performance: dict[str, dict[str, Any]] = field(default_factory=dict)
    framework_performance: dict[str, dict[str, Any]] = field(default_factory=dict)
    recommendations: list[str] = field(default_factory=list)
    technique_performance: dict[str, dict[str, Any]] = field(default_factory=dict)
    ci_low: float = 0.0
    ci_high: float = 1.0
    recommendation_evidence: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, copies down to the last one."""
        return {one.name: deepcopy(getattr(self, one.name)) for one in fields(self)}


def pattern_analysis(found: RatingAnalysis) -> PatternAnalysis:
    """The value in the shape of the Python names."""
    low, high = found.success.interval
    return PatternAnalysis(
        total_feedback=found.total,
        positive_count=found.positive,
        negative_count=found.negative,
        success_rate=found.success.rate or 0.0,
        common_positive_patterns=_side(found.positives),
        common_negative_patterns=_side(found.negatives),
        tag_performance=_table(found.tags),
        framework_performance=_table(found.frameworks),
        recommendations=list(found.advice),
        technique_performance=_table(found.techniques),
        ci_low=low,
        ci_high=high,
        recommendation_evidence=[_evidence(one) for one in found.recommendations],
    )


def _side(side: Side) -> list[dict[str, Any]]:
    """What there is of the four kinds: of a side without entries nothing is told."""
    n, mean, median, shortest, longest = side.lengths
    lengths = {"count": n, "mean": mean, "median": median, "min": shortest, "max": longest}
    items: list[tuple[bool, dict[str, Any]]] = [
        (
            bool(side.words),
            {"type": "common_prompt_words", "words": [one._asdict() for one in side.words]},
        ),
        (n > 0, {"type": "length_statistics", **lengths}),
        (bool(side.tags), {"type": "common_tags", "tags": _shares(side.tags)}),
        (
            any(one.n for one in side.flags),
            {"type": "structural_patterns", "flags": _shares(side.flags)},
        ),
    ]
    return [item for is_there, item in items if is_there]


def _shares(shares: Sequence[Share]) -> list[dict[str, Any]]:
    return [{"name": one.name, "count": one.n, "share": one.share} for one in shares]


def _table(rows: Sequence[Performance]) -> dict[str, dict[str, Any]]:
    return {row.name: _row(row) for row in rows}


def _row(row: Performance) -> dict[str, Any]:
    low, high = row.success.interval
    return {
        "count": row.n,
        "positive": row.positive,
        "negative": row.negative,
        "avg_rating": row.avg_rating,
        "success_rate": row.success.rate or 0.0,
        "thumbs_up": row.thumbs_up,
        "thumbs_down": row.thumbs_down,
        "ci_low": low,
        "ci_high": high,
    }


def _evidence(one: Recommendation) -> dict[str, Any]:
    """`group` names the tag or framework; the values are shares of success, of `length` mean characters."""
    return {
        "rule": one.rule,
        "group": {"name": one.name, **one.group._asdict()},
        "rest": one.rest._asdict(),
        "difference": one.difference,
        "ci_low": one.low,
        "ci_high": one.high,
        "q": one.q,
    }
