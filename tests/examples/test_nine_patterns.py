"""Each bad function of the examples really fails, and its good twin works on the same input."""

from __future__ import annotations

import asyncio
import doctest
import gc
import hashlib
import json
import os
import re
import sqlite3
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

from examples.nine_patterns import (  # noqa: E402
    bounds_checking,
    large_file_processing,
    metadata_based_logic,
    numpy_json_serialization,
    numpy_nan_inf_handling,
    specific_exceptions,
    structured_logging,
    temp_file_handling,
)
from tests.repo import ROOT  # noqa: E402

MIB = 1024 * 1024
LARGE = 8 * MIB


def peak_of(call: Callable[[], object]) -> int:
    """The most bytes that Python objects take during the call, beyond those of before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_the_readmes_session_is_what_happens() -> None:
    text = (ROOT / "examples/README.md").read_text("utf-8")
    (session,) = re.findall(r"^```python\n(>>>.*?)^```", text, re.M | re.S)
    runner = doctest.DocTestRunner()
    runner.run(doctest.DocTestParser().get_doctest(session, {}, "README", None, None))
    assert (runner.tries, runner.failures) == (3, 0)


# -- numpy_json_serialization ----------------------------------------------------------------------


def test_numpy_values_are_no_json_until_converted() -> None:
    scores = np.array([0.25, 0.5])
    with pytest.raises(TypeError, match="not JSON serializable"):
        numpy_json_serialization.bad_prediction_json(scores)
    document = json.loads(numpy_json_serialization.good_prediction_json(scores))
    assert document == {"label": 1, "confident": False, "scores": [0.25, 0.5]}


def test_integers_fail_where_float64_passes() -> None:
    bad, good = numpy_json_serialization.bad_summary_json, numpy_json_serialization.good_summary_json
    assert json.loads(bad([1.5, 2.0])) == json.loads(good([1.5, 2.0])) == {"largest": 2.0, "total": 3.5}
    with pytest.raises(TypeError, match="int64 is not JSON serializable"):
        bad([1, 2])
    assert json.loads(good([1, 2])) == {"largest": 2, "total": 3}


def test_what_numpy_does_not_know_still_is_no_json() -> None:
    with pytest.raises(TypeError, match="cannot serialise"):
        numpy_json_serialization.plain({1})


# -- bounds_checking -------------------------------------------------------------------------------


def test_an_empty_list_has_a_meaning() -> None:
    assert bounds_checking.bad_cheapest([3, 2]) == bounds_checking.good_cheapest([3, 2]) == 2
    with pytest.raises(IndexError):
        bounds_checking.bad_cheapest([])
    assert bounds_checking.good_cheapest([]) is None


def test_a_line_without_the_sign_is_named_in_the_error() -> None:
    line = "size = 10"
    assert bounds_checking.bad_setting(line) == bounds_checking.good_setting(line) == ("size", "10")
    with pytest.raises(IndexError, match="list index out of range"):
        bounds_checking.bad_setting("size")
    with pytest.raises(ValueError, match="expected NAME=VALUE, got 'size'"):
        bounds_checking.good_setting("size")


def test_a_name_of_blanks_has_no_words() -> None:
    with pytest.raises(IndexError):
        bounds_checking.bad_first_name("  ")
    assert bounds_checking.good_first_name("  ") == ""
    assert bounds_checking.good_first_name("Ada Lovelace") == "Ada"


# -- specific_exceptions ---------------------------------------------------------------------------


def interrupted() -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("read", "error"), [(interrupted, KeyboardInterrupt), (lambda: "30", TypeError)])
def test_only_what_is_expected_becomes_the_default(read: Callable[[], str], error: type) -> None:
    assert specific_exceptions.bad_timeout(read) == specific_exceptions.DEFAULT_TIMEOUT
    with pytest.raises(error):
        specific_exceptions.good_timeout(read)


def test_expected_failures_are_handled_and_told(caplog: pytest.LogCaptureFixture) -> None:
    assert specific_exceptions.good_timeout(lambda: '{"timeout": 5}') == 5
    assert specific_exceptions.good_timeout(lambda: "{}") == 10
    assert specific_exceptions.good_timeout(lambda: "{") == 10
    assert "not valid JSON" in caplog.text


def test_a_message_that_was_not_sent_is_handed_back() -> None:
    def send(message: str) -> None:
        if message == "lost":
            raise ConnectionError("reset by peer")
        message.encode("ascii")

    assert specific_exceptions.bad_send_all(["a", "lost", "ä"], send) is None
    assert specific_exceptions.good_send_all(["a", "lost"], send) == ["lost"]
    with pytest.raises(UnicodeEncodeError):
        specific_exceptions.good_send_all(["ä"], send)


# -- structured_logging ----------------------------------------------------------------------------


def test_progress_goes_to_the_log_and_not_to_stdout(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": 1}, {}]
    assert structured_logging.bad_import(rows, lambda row: None) == 1
    assert (capsys.readouterr().out, caplog.messages) == ("skipping {}\ndone, 1 rows\n", [])
    with caplog.at_level("INFO"):
        assert structured_logging.good_import(rows, lambda row: None) == 1
    assert capsys.readouterr().out == ""
    assert caplog.messages == ["row 2 has no id, skipped", "1 rows imported"]


# -- metadata_based_logic --------------------------------------------------------------------------


def test_the_name_of_a_task_does_not_choose_its_queue() -> None:
    idle = metadata_based_logic.Task("Not urgent: tidy the wiki")
    assert metadata_based_logic.bad_queue(idle) == "fast"
    assert metadata_based_logic.good_queue(idle) == "normal"

    urgent = metadata_based_logic.Task("Restore the database", metadata_based_logic.Priority.URGENT)
    assert metadata_based_logic.bad_queue(urgent) == "normal"
    assert metadata_based_logic.good_queue(urgent) == "fast"


def test_only_a_duplicate_counts_as_one() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE coupons (unique_code TEXT NOT NULL UNIQUE)")
    for add in (metadata_based_logic.bad_add_coupon, metadata_based_logic.good_add_coupon):
        assert add(connection, add.__name__)
        assert not add(connection, add.__name__)
    assert not metadata_based_logic.bad_add_coupon(connection, None)
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        metadata_based_logic.good_add_coupon(connection, None)
    connection.close()


# -- temp_file_handling ----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go during the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def open_descriptors() -> set[int]:
    """Without the one that the listing itself had open."""
    return {int(path.name) for path in Path("/dev/fd").iterdir() if _is_open(int(path.name))}


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@pytest.fixture
def opened() -> Iterator[Callable[[], set[int]]]:
    """The descriptors that were opened since the test began; they are closed at its end."""
    before = open_descriptors()
    yield lambda: open_descriptors() - before
    for number in open_descriptors() - before:
        os.close(number)


def test_a_named_temporary_file_is_left_behind(folder: Path) -> None:
    assert temp_file_handling.bad_count_rows(b"a,b\n\n1,2\n") == 2
    assert temp_file_handling.bad_compressed_size(b"a" * 1000) < 100
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".gz"]


def test_nothing_is_left_behind(folder: Path) -> None:
    assert temp_file_handling.good_count_rows(b"a,b\n\n1,2\n") == 2
    assert temp_file_handling.good_compressed_size(b"a" * 1000) < 100
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name, left", [("bad_count_rows", 1), ("good_count_rows", 0)])
def test_a_failed_write_leaks_a_descriptor_and_a_file(
    folder: Path, opened: Callable[[], set[int]], name: str, left: int
) -> None:
    with pytest.raises(TypeError):
        getattr(temp_file_handling, name)(None)
    assert (len(opened()), len(list(folder.iterdir()))) == (left, left)


def test_a_half_written_report_stays_open(folder: Path) -> None:
    with pytest.warns(ResourceWarning, match="unclosed file"):
        with suppress(UnicodeEncodeError):
            temp_file_handling.bad_save_report("half \ud800")
        gc.collect()
    assert len(list(folder.iterdir())) == 1


def test_a_report_is_the_old_one_or_the_new_one(folder: Path) -> None:
    target = folder / "report.html"
    temp_file_handling.good_save_report("old", target)
    with pytest.raises(UnicodeEncodeError):
        temp_file_handling.good_save_report("half \ud800", target)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"report.html": "old"}


# -- large_file_processing -------------------------------------------------------------------------


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A sparse file."""
    path = tmp_path / "large.bin"
    with path.open("wb") as out:
        out.truncate(LARGE)
    return path


def test_memory_grows_with_the_file_or_not(large: Path) -> None:
    assert peak_of(lambda: large_file_processing.bad_fingerprint(large)) >= LARGE
    assert peak_of(lambda: large_file_processing.good_fingerprint(large)) < LARGE // 3
    expected = hashlib.sha256(bytes(LARGE)).hexdigest()
    assert large_file_processing.bad_fingerprint(large) == expected
    assert large_file_processing.good_fingerprint(large) == expected


def test_too_large_a_file_is_refused(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_file_processing, "LARGEST", LARGE - 1)
    with pytest.raises(ValueError, match=f"has {LARGE} bytes, at most {LARGE - 1} are allowed"):
        large_file_processing.good_fingerprint(large)


def test_memory_grows_with_the_log_or_not(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("10:00 INFO all is well\n" * (MIB // 8) + "10:01 ERROR disk full\n")
    assert peak_of(lambda: large_file_processing.bad_errors(log)) > 3 * MIB
    assert peak_of(lambda: large_file_processing.good_errors(log)) < MIB
    found = ["10:01 ERROR disk full"]
    assert large_file_processing.bad_errors(log) == large_file_processing.good_errors(log) == found


# -- fastapi_streaming_uploads ---------------------------------------------------------------------


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, object]]:
    """Upload zeros to the application; status and answer. Uploads are kept below the test's folder."""
    for needed in ("fastapi", "python_multipart"):
        pytest.importorskip(needed)
    httpx = pytest.importorskip("httpx")
    from examples.nine_patterns import fastapi_streaming_uploads

    monkeypatch.setattr(fastapi_streaming_uploads, "UPLOADS", tmp_path)
    monkeypatch.setattr(fastapi_streaming_uploads, "LARGEST", LARGE)
    transport = httpx.ASGITransport(app=fastapi_streaming_uploads.app)
    source = tmp_path.with_suffix(".source")

    async def upload(path: str) -> tuple[int, object]:
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            with source.open("rb") as data:
                answer = await client.post(path, files={"file": ("zeros.bin", data)})
        return answer.status_code, answer.json()

    def post(path: str, size: int = LARGE) -> tuple[int, object]:
        with source.open("wb") as out:
            out.truncate(size)
        return asyncio.run(upload(path))

    return post


@pytest.mark.parametrize("route", ["files", "checksums"])
def test_memory_grows_with_the_upload_or_not(post: Callable[..., tuple[int, object]], route: str) -> None:
    post(f"/bad/{route}", 1)
    post(f"/good/{route}", 1)
    assert peak_of(lambda: post(f"/bad/{route}")) >= LARGE
    assert peak_of(lambda: post(f"/good/{route}")) < LARGE // 2


def test_both_compute_the_same_checksum(post: Callable[..., tuple[int, object]]) -> None:
    expected = 200, {"sha256": hashlib.sha256(bytes(LARGE)).hexdigest()}
    assert post("/bad/checksums") == post("/good/checksums") == expected


def test_too_large_an_upload_is_kept_or_refused(
    post: Callable[..., tuple[int, object]], tmp_path: Path
) -> None:
    assert post("/good/files", LARGE + 1) == (413, {"detail": f"an upload has at most {LARGE} bytes"})
    assert list(tmp_path.iterdir()) == []
    assert post("/good/files")[0] == 200
    assert post("/bad/files", LARGE + 1)[0] == 200
    assert sorted(path.stat().st_size for path in tmp_path.iterdir()) == [LARGE, LARGE + 1]


# -- numpy_nan_inf_handling ------------------------------------------------------------------------


def test_nan_equals_nothing() -> None:
    values = [1.0, np.nan, 2.0]
    assert len(numpy_nan_inf_handling.bad_drop_missing(values)) == 3
    assert numpy_nan_inf_handling.good_drop_missing(values) == [1.0, 2.0]


def test_silence_is_valid_json() -> None:
    silence = np.zeros(2)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert numpy_nan_inf_handling.bad_waveform_json(silence) == '{"scaled": [NaN, NaN]}'
    assert numpy_nan_inf_handling.good_waveform_json(silence) == '{"scaled": [0.0, 0.0]}'
    assert numpy_nan_inf_handling.good_waveform_json(np.array([1.0, -2.0])) == '{"scaled": [0.5, -1.0]}'


def test_samples_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        numpy_nan_inf_handling.good_waveform_json(np.array([1.0, np.inf]))


def test_silence_has_a_level_that_json_can_hold() -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert numpy_nan_inf_handling.bad_level_db(np.zeros(2)) == -np.inf
    assert numpy_nan_inf_handling.good_level_db(np.zeros(2)) == numpy_nan_inf_handling.SILENCE_DB
    assert numpy_nan_inf_handling.good_level_db(np.ones(2)) == 0
