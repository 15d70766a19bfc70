"""An analysis of ratings <-> JSON, to be kept in the index of the ratings (B17)."""

from __future__ import annotations

import json

from feedback_loop.domain.rating_analysis import RatingAnalysis
from feedback_loop.formats.dataclass_json import read_value, value_fields


def format_analysis(analysis: RatingAnalysis) -> str:
    """One line of ASCII; numbers keep all of their digits."""
    return json.dumps(value_fields(analysis), sort_keys=True, separators=(",", ":"), allow_nan=False)


def parse_analysis(text: str) -> RatingAnalysis | None:
    """The same analysis; None where the text is none, for a cache may hold anything."""
    try:
        found: RatingAnalysis = read_value(RatingAnalysis, json.loads(text))
        return found if format_analysis(found) == text else None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
