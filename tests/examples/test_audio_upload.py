"""The audio example as users meet it: started with uvicorn, driven over HTTP."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")
httpx = pytest.importorskip("httpx")
for needed in ("fastapi", "uvicorn", "python_multipart"):
    pytest.importorskip(needed)

from tests.examples.recordings import wav, wav_head  # noqa: E402
from tests.repo import ROOT  # noqa: E402

MIB = 1024 * 1024
LIMIT = 4 * MIB
LARGEST = 800 * MIB
PATIENCE = 120  # seconds until what should happen at once counts as never


def until(found: Callable[[], Any]) -> Any:
    """What is found, as soon as there is something."""
    end = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return value


@dataclass
class Server:
    """A running application: where it is, where it keeps uploads, what it has said."""

    process: subprocess.Popen[bytes]
    client: Any
    folder: Path
    log: Path

    def kept(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def peak_memory(self) -> int:
        """The most bytes that were ever resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.M)
        return int(peak) * 1024


@contextmanager
def served(place: Path, *command: str, **settings: str) -> Iterator[Server]:
    """Start it with `place` for all that it writes, and end it. No coverage: that would slow it down."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment |= {"TMPDIR": str(place)} | settings
    log = place / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", "0"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )

    def address() -> str | None:
        said = log.read_text()
        assert process.poll() is None, said
        found = re.search(r"running on (http://127\.0\.0\.1:\d+)", said)
        return found[1] if found else None

    try:
        with httpx.Client(base_url=until(address), timeout=PATIENCE, trust_env=False) as client:
            (folder,) = [path for path in place.iterdir() if path.is_dir()]
            yield Server(process, client, folder, log)
        process.terminate()
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with a small limit for all tests."""
    place = tmp_path_factory.mktemp("server")
    settings = {"AUDIO_UPLOAD_FOLDER": str(place / "uploads"), "AUDIO_UPLOAD_LARGEST": str(LIMIT)}
    with served(place, "uvicorn", "examples.audio_upload.app:app", **settings) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """The same, with nothing kept yet."""
    for name in running.kept():
        (running.folder / name).unlink()
    return running


def strict(answer: Any) -> Any:
    """The JSON of the answer; NaN and Infinity are none."""

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is not JSON")

    return json.loads(answer.text, parse_constant=refuse)


# -- figures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["/recordings", "/recordings/raw"])
def test_the_figures_are_those_of_the_whole_array(server: Server, route: str) -> None:
    samples = np.random.default_rng(5).integers(-30000, 30000, 2 * 700_000)
    samples[:3] = 0
    data = wav(samples, channels=2, rate=44100)
    if route == "/recordings":
        sent = server.client.post(route, files={"file": ("a.wav", data)}, data={"category": "music"})
    else:
        sent = server.client.post(route, content=data, params={"category": "music"})
    report = strict(sent)
    assert (sent.status_code, report["size"], report["category"]) == (201, len(data), "music")
    assert server.kept() == [report["name"]]
    assert (server.folder / report["name"]).read_bytes() == data

    whole = samples / 32768
    rms = math.sqrt(np.mean(whole**2))
    levels = report["recording"].pop("levels")
    assert report["recording"] == {
        "channels": 2,
        "rate": 44100,
        "frames": 700_000,
        "duration": pytest.approx(700_000 / 44100),
    }
    assert levels == {
        "peak": np.max(np.abs(whole)),
        "rms": pytest.approx(rms),
        "mean": pytest.approx(np.mean(whole)),
        "peak_db": pytest.approx(20 * math.log10(np.max(np.abs(whole)))),
        "rms_db": pytest.approx(20 * math.log10(rms)),
        "crest": pytest.approx(np.max(np.abs(whole)) / rms),
        "first_sound": 3,
    }
    assert report["gain_db"] == pytest.approx(-14 - 20 * math.log10(rms))


@pytest.mark.parametrize("frames", [0, 1000])
def test_silence_gives_null_and_no_nan(server: Server, frames: int) -> None:
    sent = server.client.post("/recordings/raw", content=wav(np.zeros(frames)))
    report = strict(sent)
    assert (sent.status_code, report["gain_db"], report["category"]) == (201, None, "other")
    levels = report["recording"]["levels"]
    assert {name for name, value in levels.items() if value is None} == {
        "peak_db",
        "rms_db",
        "crest",
        "first_sound",
    }
    assert (levels["peak"], levels["rms"], levels["mean"]) == (0, 0, 0)


def test_the_category_is_what_the_sender_says_and_not_the_name(server: Server) -> None:
    file = {"file": ("music.wav", wav(np.ones(4)))}
    assert server.client.post("/recordings", files=file).json()["category"] == "other"
    assert server.client.post("/recordings", files=file, data={"category": "loud"}).status_code == 422


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "no WAV file"), (b"ID3" + bytes(99), "no WAV file"), (wav(np.ones(8))[:-2], "promises 16 bytes")],
)
def test_a_broken_file_is_refused_with_a_reason_and_not_kept(
    server: Server, data: bytes, message: str
) -> None:
    for sent in (
        server.client.post("/recordings", files={"file": ("a.wav", data)}),
        server.client.post("/recordings/raw", content=data),
    ):
        assert sent.status_code == 422
        assert message in sent.json()["detail"]
    assert server.kept() == []


def blocks_of(size: int) -> Iterator[bytes]:
    for start in range(0, size, MIB):
        yield bytes(min(MIB, size - start))


def test_a_file_above_the_limit_is_refused_while_it_arrives(server: Server) -> None:
    """The body comes without a length: nothing but counting can tell."""
    sent = server.client.post("/recordings/raw", content=blocks_of(LIMIT + 1))
    assert (sent.status_code, sent.json()) == (413, {"detail": f"an upload has at most {LIMIT} bytes"})
    assert server.kept() == []


def test_a_form_above_the_limit_is_refused(server: Server) -> None:
    for size in (LIMIT + 1, LIMIT + MIB):
        sent = server.client.post("/recordings", files={"file": ("a.wav", bytes(size))})
        assert (sent.status_code, sent.json()) == (413, {"detail": f"an upload has at most {LIMIT} bytes"})
    assert server.kept() == []


@contextmanager
def begun(server: Server, route: str, **headers: str) -> Iterator[HTTPConnection]:
    """A request of which only the head is sent."""
    url = server.client.base_url
    with closing(HTTPConnection(url.host, url.port, timeout=PATIENCE)) as connection:
        connection.putrequest("POST", route)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.putheader("content-type", "multipart/form-data; boundary=b")
        connection.endheaders()
        yield connection


def test_a_form_of_unknown_length_is_refused_before_its_end(server: Server) -> None:
    """It is spooled to the disk before any route sees it."""
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    with begun(server, "/recordings", transfer_encoding="chunked") as connection:
        for block in (start, *blocks_of(LIMIT + MIB)):
            connection.send(b"%x\r\n%b\r\n" % (len(block), block))
        with connection.getresponse() as answer:
            assert answer.status == 413


@pytest.mark.parametrize("route", ["/recordings", "/recordings/raw"])
def test_an_announced_length_above_the_limit_is_refused_before_the_body(server: Server, route: str) -> None:
    with (
        begun(server, route, content_length=str(LIMIT * 1000)) as connection,
        connection.getresponse() as answer,
    ):
        assert answer.status == 413


def test_the_limit_itself_is_fine(server: Server) -> None:
    data = wav(np.ones((LIMIT - 44) // 2))
    assert len(data) == LIMIT
    assert server.client.post("/recordings/raw", content=data).status_code == 201
    assert server.client.post("/recordings", files={"file": ("a.wav", data)}).status_code == 201


class GoneError(Exception):
    """The client ends in the middle of its upload."""


def test_a_client_that_goes_away_leaves_no_part_file(server: Server) -> None:
    def half() -> Iterator[bytes]:
        yield wav_head(3 * MIB)
        yield bytes(2 * MIB)
        until(lambda: [path for path in server.folder.glob("*.part") if path.stat().st_size > MIB])
        raise GoneError

    with pytest.raises(GoneError):
        server.client.post("/recordings/raw", content=half(), headers={"content-length": str(3 * MIB + 44)})
    until(lambda: not server.kept())
    assert server.client.post("/recordings/raw", content=wav(np.ones(4))).status_code == 201
    assert "Traceback" not in server.log.read_text()


# -- documentation ---------------------------------------------------------------------------------


def test_the_documentation_is_served_and_names_both_routes(server: Server) -> None:
    page = server.client.get("/docs")
    assert (page.status_code, "/openapi.json" in page.text) == (200, True)
    described = server.client.get("/openapi.json").json()
    bodies = {
        path: list(methods["post"]["requestBody"]["content"]) for path, methods in described["paths"].items()
    }
    assert bodies == {"/recordings": ["multipart/form-data"], "/recordings/raw": ["audio/wav"]}
    for methods in described["paths"].values():
        assert {"201", "413", "422"} <= set(methods["post"]["responses"])

    lines = re.findall(r"^curl .*$", (ROOT / "examples/README.md").read_text("utf-8"), re.M)
    paths = {re.findall(r"http://127\.0\.0\.1:8000([^?' ]+)", line)[0] for line in lines}
    assert paths == set(described["paths"])


# -- 800 MB ----------------------------------------------------------------------------------------

BLOCK = np.tile(np.array([0, 1000, -1000, 0], dtype="<i2"), MIB // 8)


def recording_of(size: int) -> Iterator[bytes]:
    """A file of `size` bytes, made while it is sent: silence first, one block at a time, a peak at its end."""
    block, left = BLOCK.tobytes(), size - 44
    yield wav_head(left)
    yield bytes(MIB)
    left -= MIB
    while left > MIB:
        yield block
        left -= MIB
    yield block[: left - 2] + b"\x00\x80"


class Sent:
    """The same as the file of a form: httpx reads it and sends it on."""

    def __init__(self, size: int) -> None:
        self._blocks = recording_of(size)

    def read(self, size: int = -1) -> bytes:
        return next(self._blocks, b"")


def check_figures(report: Any, size: int) -> None:
    samples = (size - 44) // 2
    of_block = samples - MIB // 2 - 1
    squares = (of_block // 4 * 2 + [0, 0, 1, 2][of_block % 4]) * 1000**2 + 32768**2
    levels = report["recording"]["levels"]
    assert (report["size"], report["recording"]["frames"]) == (size, samples)
    assert (levels["peak"], levels["first_sound"]) == (1.0, MIB // 2 + 1)
    assert levels["rms"] == pytest.approx(math.sqrt(squares / samples) / 32768, rel=1e-12)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for large files, empty again at the end."""
    if shutil.disk_usage(tmp_path).free < 2 * LARGEST:
        pytest.skip("too little room for 800 MB on the disk of temporary files")
    folder = tmp_path / "place"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc: peak memory cannot be read")
def test_800_mb_do_not_raise_the_servers_memory(place: Path) -> None:
    with served(place, "examples.audio_upload") as server:
        first = server.client.post("/recordings", files={"file": ("a.wav", wav(np.ones(MIB)))})
        assert first.status_code == 201
        before = server.peak_memory()

        length = {"content-length": str(LARGEST)}
        sent = server.client.post("/recordings/raw", content=recording_of(LARGEST), headers=length)
        assert sent.status_code == 201, sent.text
        check_figures(strict(sent), LARGEST)
        assert server.peak_memory() - before < 64 * MIB

        sent = server.client.post("/recordings", files={"file": ("a.wav", Sent(160 * MIB))})
        assert sent.status_code == 201, sent.text
        check_figures(strict(sent), 160 * MIB)
        assert server.peak_memory() - before < 64 * MIB
        assert len(server.kept()) == 3
    assert list(place.iterdir()) == [server.log]
