"""The audio example without its server: header and figures against the standard library and NumPy."""

from __future__ import annotations

import io
import math
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy")

from examples.audio_upload import analysis  # noqa: E402
from examples.audio_upload.settings import LARGEST, Settings  # noqa: E402
from examples.audio_upload.wav_header import WavError, read_header  # noqa: E402
from tests.examples.recordings import wav  # noqa: E402


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def riff(*chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WAVE" + b"".join(chunks)


def pcm(
    channels: int = 1, rate: int = 8000, bits: int = 16, kind: int = 1, frame: int | None = None
) -> bytes:
    width = channels * bits // 8 if frame is None else frame
    return struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)


def read(data: bytes) -> tuple[int, int, int]:
    header = read_header(io.BytesIO(data), len(data))
    return header.channels, header.rate, header.frames


# -- the header ------------------------------------------------------------------------------------


def test_a_file_of_the_standard_library_is_read() -> None:
    with io.BytesIO() as out:
        with wave.open(out, "wb") as written:
            written.setparams((2, 2, 44100, 0, "NONE", ""))
            written.writeframes(bytes(12))
        assert read(out.getvalue()) == (2, 44100, 3)


def test_chunks_around_and_odd_sizes_are_stepped_over() -> None:
    data = riff(chunk(b"LIST", b"odd"), chunk(b"data", bytes(4)), chunk(b"fmt ", pcm()), chunk(b"id3 ", b"x"))
    assert read(data) == (1, 8000, 2)


def test_an_extensible_header_says_its_format_further_below() -> None:
    extra = struct.pack("<HHIH", 22, 16, 0, 1) + bytes(14)
    assert read(riff(chunk(b"fmt ", pcm(kind=0xFFFE) + extra), chunk(b"data", bytes(2)))) == (1, 8000, 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no WAV file"),
        (b"RIFF\0\0\0\0AVI LIST", "no WAV file"),
        (riff(), "no 'fmt' chunk"),
        (riff(chunk(b"fmt ", pcm())), "no 'data' chunk"),
        (riff(chunk(b"fmt ", pcm()[:15]), chunk(b"data", b"")), "has 15 bytes, at least 16"),
        (riff(chunk(b"fmt ", pcm(bits=8)), chunk(b"data", b"")), "format 1 with 8 bits"),
        (riff(chunk(b"fmt ", pcm(kind=3, bits=32)), chunk(b"data", b"")), "format 3 with 32 bits"),
        (riff(chunk(b"fmt ", pcm(channels=0)), chunk(b"data", b"")), "0 channels"),
        (riff(chunk(b"fmt ", pcm(rate=0)), chunk(b"data", b"")), "0 frames per second"),
        (riff(chunk(b"fmt ", pcm(frame=4)), chunk(b"data", b"")), "do not fit"),
        (riff(chunk(b"fmt ", pcm(2)), chunk(b"data", bytes(6))), "no whole number of frames"),
        (wav(np.ones(8))[:-6], "promises 16 bytes of samples, 10 are there"),
        (riff(*[chunk(b"junk", b"")] * 64, chunk(b"fmt ", pcm()), chunk(b"data", b"")), "among its first 64"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, message: str) -> None:
    with pytest.raises(WavError, match=message):
        read(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 50), st.integers(0, 20))
def test_damaged_headers_raise_one_error_or_describe_what_is_there(junk: bytes, at: int, cut: int) -> None:
    data = bytearray(wav(np.arange(8)))
    data[at : at + cut] = junk
    try:
        header = read_header(io.BytesIO(data), len(data))
    except WavError:
        return
    assert header.channels > 0
    assert header.rate > 0
    assert 0 <= header.start <= header.start + header.size <= len(data)


# -- the figures -----------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.just(0) | st.integers(-32768, 32767), max_size=4), max_size=8))
@example([[0, 0], [0], [5]])
@example([[-32768], [32767]])
def test_the_figures_do_not_depend_on_the_pieces(pieces: list[list[int]]) -> None:
    meter = analysis.Meter()
    for piece in pieces:
        meter.add(np.array(piece, dtype=np.int16))
    levels = meter.levels()

    whole = np.array([sample for piece in pieces for sample in piece], dtype=np.float64) / 32768
    loud = np.flatnonzero(whole)
    if not loud.size:
        assert levels == analysis.Levels(0.0, 0.0, 0.0, None, None, None, None)
        return
    rms = math.sqrt(np.mean(whole**2))
    assert levels.peak == np.max(np.abs(whole))
    assert (levels.rms, levels.mean) == pytest.approx((rms, np.mean(whole)))
    assert (levels.crest, levels.rms_db) == pytest.approx((levels.peak / rms, 20 * math.log10(rms)))
    assert levels.first_sound == loud[0]


def test_a_file_is_read_in_several_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "CHUNK", 10)
    path = tmp_path / "ramp.wav"
    path.write_bytes(wav(np.arange(12), channels=2, rate=4))
    recording = analysis.analyse(path)
    assert (recording.channels, recording.frames, recording.duration) == (2, 6, 1.5)
    assert (recording.levels.peak, recording.levels.first_sound) == (11 / 32768, 1)


@pytest.mark.parametrize("level", [0.0, math.nan, math.inf, -1.0])
def test_no_level_in_db_where_there_is_no_finite_one(level: float) -> None:
    assert analysis.decibels(level) is None


# -- settings --------------------------------------------------------------------------------------


def test_settings_come_from_the_environment() -> None:
    assert Settings.from_environment({}) == Settings(800 * 1024 * 1024, None)
    environment = {"AUDIO_UPLOAD_LARGEST": "7", "AUDIO_UPLOAD_FOLDER": "kept"}
    assert Settings.from_environment(environment) == Settings(7, Path("kept"))


@pytest.mark.parametrize("text", ["", "0", "-1", "1e3", "many"])
def test_a_limit_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="AUDIO_UPLOAD_LARGEST is a number of bytes above 0"):
        Settings.from_environment({LARGEST: text})
