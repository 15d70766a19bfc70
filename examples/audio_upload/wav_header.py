"""The header of a WAV file with 16-bit PCM samples, checked before anything is computed from it.

Format: RIFF, chunks of an id of 4 bytes, a size (little-endian, 4 bytes) and that many bytes, padded to
an even number. `fmt ` says what the samples in `data` are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

SAMPLE_BYTES = 2
_PCM = 1
_EXTENSIBLE = 0xFFFE  # the real format stands in the bytes 24 and 25 of the chunk
_MOST_CHUNKS = 64  # a file of empty chunks alone would keep us busy for minutes


class WavError(ValueError):
    """The file is no WAV file that we can read; the message says why."""


@dataclass(frozen=True)
class Chunk:
    """Where the bytes of a chunk begin, and how many its head promises."""

    name: bytes
    start: int
    size: int


@dataclass(frozen=True)
class WavHeader:
    """`rate` in frames per second; the samples are the `size` bytes from `start` on."""

    channels: int
    rate: int
    start: int
    size: int

    @property
    def frames(self) -> int:
        """One frame holds a sample of every channel."""
        return self.size // (SAMPLE_BYTES * self.channels)


def read_header(source: BinaryIO, length: int) -> WavHeader:
    """The header of the file of `length` bytes; a few hundred bytes are read.

    Raises:
        WavError: no RIFF/WAVE, a chunk is missing or too short, not 16-bit PCM, samples are missing.
    """
    chunks = list(_chunks(source))
    channels, rate = _read_format(source, _chunk(chunks, b"fmt "))
    data = _chunk(chunks, b"data")
    if data.start + data.size > length:
        raise WavError(f"the header promises {data.size} bytes of samples, {length - data.start} are there")
    if data.size % (SAMPLE_BYTES * channels):
        raise WavError(f"{data.size} bytes of samples are no whole number of frames")
    return WavHeader(channels, rate, data.start, data.size)


def _chunks(source: BinaryIO) -> Iterator[Chunk]:
    source.seek(0)
    head = source.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise WavError("this is no WAV file: it does not begin with RIFF and WAVE")
    start = 12
    for _ in range(_MOST_CHUNKS):
        source.seek(start)
        head = source.read(8)
        if len(head) < 8:
            return
        name, size = struct.unpack("<4sI", head)
        yield Chunk(name, start + 8, size)
        start += 8 + size + size % 2


def _chunk(chunks: Iterable[Chunk], name: bytes) -> Chunk:
    found = [chunk for chunk in chunks if chunk.name == name]
    if not found:
        raise WavError(f"the file has no {name.decode().strip()!r} chunk among its first {_MOST_CHUNKS}")
    return found[0]


def _read_format(source: BinaryIO, chunk: Chunk) -> tuple[int, int]:
    """Channels and rate."""
    source.seek(chunk.start)
    fields = source.read(min(chunk.size, 40))
    if len(fields) < 16:
        raise WavError(f"the 'fmt' chunk has {len(fields)} bytes, at least 16 are needed")
    kind, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", fields[:16])
    if kind == _EXTENSIBLE and len(fields) == 40:
        kind = int.from_bytes(fields[24:26], "little")
    if kind != _PCM or bits != 8 * SAMPLE_BYTES:
        raise WavError(f"only 16-bit PCM is read: this is format {kind} with {bits} bits")
    if not channels or not rate or frame != SAMPLE_BYTES * channels:
        raise WavError(
            f"{channels} channels, {rate} frames per second and {frame} bytes per frame do not fit"
        )
    return channels, rate
