import json
import os
from pathlib import Path

import pytest

from feedback_loop.stores.run_log import KEPT, append_run, last_runs


def append(folder: Path, at: int) -> None:
    append_run(str(folder), at, "clean", 0, 12, 3, 41)


def times(folder: Path) -> list[object]:
    return [run.get("at") for run in last_runs(str(folder))]


def test_no_log_no_runs(tmp_path: Path) -> None:
    assert last_runs(str(tmp_path)) == []
    assert last_runs(str(tmp_path / "nothing")) == []


def test_a_run_is_one_line_of_json(tmp_path: Path) -> None:
    append_run(str(tmp_path), 1_700_000_000, "findings", 1, 250, 2, 10)
    expected = {
        "at": 1_700_000_000,
        "verdict": "findings",
        "exit_code": 1,
        "ms": 250,
        "files": 2,
        "added_lines": 10,
    }
    assert last_runs(str(tmp_path)) == [expected]
    assert json.loads((tmp_path / "runs.jsonl").read_text()) == expected


@pytest.mark.parametrize("reason", ["git: 'x' \"y\"\n\x1b é \udcff", "x" * 2000])
def test_a_failed_run_says_why_on_the_same_line(tmp_path: Path, reason: str) -> None:
    append_run(str(tmp_path), 1, "not_checked", 3, 12, 0, 0, reason)
    assert last_runs(str(tmp_path))[0]["reason"] == reason[:500]
    assert (tmp_path / "runs.jsonl").read_bytes().count(b"\n") == 1


def test_the_folder_is_made_if_nothing_was_stored_yet(tmp_path: Path) -> None:
    append(tmp_path / "state", 1)
    assert times(tmp_path / "state") == [1]


def test_the_last_twenty_the_newest_last(tmp_path: Path) -> None:
    for at in range(KEPT + 5):
        append(tmp_path, at)
    assert times(tmp_path) == list(range(5, KEPT + 5))


def test_the_log_does_not_grow_without_end(tmp_path: Path) -> None:
    for at in range(600):
        append(tmp_path, at)
    assert (tmp_path / "runs.jsonl").stat().st_size < 17 << 10
    assert times(tmp_path) == list(range(600 - KEPT, 600))


def test_a_torn_line_eats_no_other(tmp_path: Path) -> None:
    append(tmp_path, 1)
    with (tmp_path / "runs.jsonl").open("a") as log:
        log.write('{"at":2,"verd')
    append(tmp_path, 3)
    assert times(tmp_path) == [1, 3]


@pytest.mark.parametrize(
    "line",
    [b"{", b"\xff", b"3", b"null", b'["at"]', b"[" * 9000, b'{"at":' + b"1" * 5000 + b"}", b"<<<<<<< HEAD"],
)
def test_lines_that_are_no_run_are_left_out(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "runs.jsonl").write_bytes(line + b"\n")
    append(tmp_path, 2)
    assert times(tmp_path) == [2]


def test_a_huge_log_is_read_and_cut_from_its_end(tmp_path: Path) -> None:
    with (tmp_path / "runs.jsonl").open("wb") as log:
        log.truncate(1 << 40)
    append(tmp_path, 7)
    assert times(tmp_path) == [7]
    assert (tmp_path / "runs.jsonl").stat().st_size < 64 << 10


@pytest.mark.parametrize("kind", ["folder", "link", "fifo"])
def test_a_log_that_is_no_file_is_done_without(tmp_path: Path, kind: str) -> None:
    path, target = tmp_path / "runs.jsonl", tmp_path / "target"
    target.write_text("")
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(target)
    else:
        os.mkfifo(path)
    append(tmp_path, 1)
    assert last_runs(str(tmp_path)) == []
    assert target.read_text() == ""


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    append(tmp_path / "state", 1)
    assert last_runs(str(tmp_path / "state")) == []


def test_many_processes_lose_no_line(tmp_path: Path) -> None:
    pids = []
    for number in range(4):
        pid = os.fork()
        if pid == 0:
            try:
                for _ in range(20):
                    append(tmp_path, number)
            finally:
                os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    lines = (tmp_path / "runs.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["at"] for line in lines) == sorted([*range(4)] * 20)
