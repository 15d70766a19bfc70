"""WAV files made for tests."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np


def wav_head(size: int, channels: int = 1, rate: int = 8000) -> bytes:
    """The 44 bytes before `size` bytes of 16-bit samples."""
    frame = 2 * channels
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * frame, frame, 16)
    return b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + form + b"data" + struct.pack("<I", size)


def wav(samples: Any, channels: int = 1, rate: int = 8000) -> bytes:
    """A whole file; samples of several channels stand frame by frame."""
    data = np.asarray(samples).astype("<i2").tobytes()
    return wav_head(len(data), channels, rate) + data
