"""NumPy NaN/Inf handling."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SILENCE_DB = -120.0


def bad_drop_missing(values: Iterable[float]) -> list[float]:
    """Drops nothing: NaN equals nothing, not even itself."""
    # feedback-loop: ignore[numpy_nan_inf_handling] the mistake that this module shows
    return [value for value in values if value != np.nan]


def good_drop_missing(values: Iterable[float]) -> list[float]:
    """Asks whether a value is NaN."""
    return [value for value in values if not np.isnan(value)]


def bad_waveform_json(samples: NDArray[np.float64]) -> str:
    """Silence has a peak of 0 and gives NaN, which is not JSON."""
    peak = np.max(np.abs(samples))
    # feedback-loop: ignore[numpy_nan_inf_handling] the mistake that this module shows
    scaled = samples / peak
    return json.dumps({"scaled": scaled.tolist()})


def good_waveform_json(samples: NDArray[np.float64]) -> str:
    """Silence stays silence.

    Raises:
        ValueError: a sample is NaN or infinite.
    """
    if not np.isfinite(samples).all():
        raise ValueError("the recording holds NaN or infinite samples")
    peak = np.max(np.abs(samples))
    scaled = samples / peak if peak > 0 else samples
    return json.dumps({"scaled": scaled.tolist()}, allow_nan=False)


def bad_level_db(samples: NDArray[np.float64]) -> object:
    """The level of silence is -inf, which no JSON document can hold."""
    rms = np.sqrt(np.mean(np.square(samples)))
    # feedback-loop: ignore[numpy_nan_inf_handling] the mistake that this module shows
    return 20 * np.log10(rms)


def good_level_db(samples: NDArray[np.float64]) -> float:
    """The level in dB of full scale, SILENCE_DB for silence."""
    rms = np.sqrt(np.mean(np.square(samples)))
    with np.errstate(divide="ignore"):
        level = 20 * np.log10(rms)
    return float(np.nan_to_num(level, nan=SILENCE_DB, neginf=SILENCE_DB))
