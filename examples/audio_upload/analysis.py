"""Figures of a recording, computed chunk by chunk: memory does not grow with the file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examples.audio_upload.wav_header import SAMPLE_BYTES, WavError, WavHeader, read_header

CHUNK = 1024 * 1024  # bytes; a whole number of samples
FULL_SCALE = 32768


@dataclass(frozen=True)
class Levels:
    """Over all channels, as a part of full scale (0 to 1; the mean from -1 to 1).

    Levels in dB are relative to full scale. None stands where silence leaves nothing to tell: the level
    of 0 and the crest factor (peak / rms) are no numbers. `first_sound` is the first sample that is not 0.
    """

    peak: float
    rms: float
    mean: float
    peak_db: float | None
    rms_db: float | None
    crest: float | None
    first_sound: int | None


@dataclass(frozen=True)
class Recording:
    """What is known of a recording; `duration` in seconds."""

    channels: int
    rate: int
    frames: int
    duration: float
    levels: Levels


class Meter:
    """Takes the samples in pieces of at most CHUNK bytes. Sums are exact: they are Python integers."""

    def __init__(self) -> None:
        self._count = 0
        self._peak = 0
        self._sum = 0
        self._squares = 0
        self._first: int | None = None

    def add(self, samples: NDArray[np.int16]) -> None:
        """The next samples; none are fine."""
        if not samples.size:
            return
        # abs(-32768) is no int16: the sign is turned on the Python side.
        self._peak = max(self._peak, int(samples.max()), -int(samples.min()))
        self._sum += int(samples.sum(dtype=np.int64))
        # 2**19 squares of at most 2**30 stay below 2**53, where a float64 is still exact.
        wide = samples.astype(np.float64)
        self._squares += int(np.dot(wide, wide))
        if self._first is None:
            sounds = np.flatnonzero(samples)
            self._first = self._count + int(sounds[0]) if sounds.size else None
        self._count += samples.size

    def levels(self) -> Levels:
        """The figures of all samples so far; an empty recording is silent."""
        count = max(self._count, 1)
        peak = self._peak / FULL_SCALE
        rms = math.sqrt(self._squares / count) / FULL_SCALE
        return Levels(
            peak=peak,
            rms=rms,
            mean=self._sum / count / FULL_SCALE,
            peak_db=decibels(peak),
            rms_db=decibels(rms),
            crest=peak / rms if rms > 0 else None,
            first_sound=self._first,
        )


def decibels(level: float) -> float | None:
    """20 log10 of the level; None where that is no finite number, which JSON could not hold."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 20 * np.log10(level)
    return float(value) if np.isfinite(value) else None


def analyse(path: Path) -> Recording:
    """Read a WAV file once, CHUNK bytes at a time.

    Raises:
        WavError: the file is none that we can read.
    """
    meter = Meter()
    with path.open("rb") as source:
        header = read_header(source, path.stat().st_size)
        source.seek(header.start)
        left = header.size
        while left:
            block = source.read(min(CHUNK, left))
            if not block or len(block) % SAMPLE_BYTES:
                raise WavError(f"the file became shorter while it was read, {left} bytes are missing")
            meter.add(np.frombuffer(block, dtype="<i2"))
            left -= len(block)
    return _recording(header, meter)


def _recording(header: WavHeader, meter: Meter) -> Recording:
    duration = header.frames / header.rate
    return Recording(header.channels, header.rate, header.frames, duration, meter.levels())
