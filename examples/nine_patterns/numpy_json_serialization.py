"""NumPy types converted before JSON serialization."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def bad_prediction_json(scores: NDArray[np.floating]) -> str:
    """Raises TypeError whatever the scores are: an int64, a bool_ and an array are no JSON."""
    # feedback-loop: ignore[numpy_json_serialization] the mistake that this module shows
    return json.dumps(
        {
            "label": np.argmax(scores),
            "confident": np.max(scores) > 0.9,
            "scores": np.asarray(scores, dtype=np.float32),
        }
    )


def good_prediction_json(scores: NDArray[np.floating]) -> str:
    """Every value becomes a plain one where it enters the document."""
    return json.dumps(
        {
            "label": int(np.argmax(scores)),
            "confident": bool(np.max(scores) > 0.9),
            "scores": np.asarray(scores, dtype=np.float32).tolist(),
        }
    )


def bad_summary_json(counts: Sequence[float]) -> str:
    """Works for floats, because a float64 is a float, and raises TypeError for integers."""
    # feedback-loop: ignore[numpy_json_serialization] the mistake that this module shows
    return json.dumps({"largest": np.max(counts), "total": np.sum(counts)})


def good_summary_json(counts: Sequence[float]) -> str:
    """One function converts what the encoder does not know."""
    return json.dumps({"largest": np.max(counts), "total": np.sum(counts)}, default=plain)


def plain(value: object) -> object:
    """The Python value of a NumPy value or array.

    Raises:
        TypeError: the value is none of NumPy's.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"cannot serialise {type(value)}")
