"""A decision under way: kept with what it makes of its files, until it is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_loop.formats.records import format_event, make_event
from feedback_loop.stores.decisions import (
    Kept,
    are_there,
    drop_decision,
    keep_decision,
    kept_decision,
    results_of,
)

EVENT = make_event(
    "decision",
    "2026-11-20T09:30:00Z",
    {"action": "archive", "pattern": "one", "reason": "unused"},
    patterns=("one",),
)
RESULTS = results_of([("lib rary/one.md", None), ("lib rary/archive/one.md", b"# One\n")])


def test_a_decision_is_kept_until_it_is_dropped(tmp_path: Path) -> None:
    folder, kept = str(tmp_path / "state"), Kept(EVENT, RESULTS)
    assert kept_decision(folder, "one") is None
    keep_decision(folder, "one", kept)
    assert kept_decision(folder, "one") == kept
    assert kept_decision(folder, "two") is None
    drop_decision(folder, "one")
    drop_decision(folder, "one")
    assert kept_decision(folder, "one") is None


@pytest.mark.parametrize("data", [b'{"at":', b"\xff", b"", format_event(EVENT).encode()])
def test_one_that_is_damaged_or_does_not_say_its_results_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "decision-one.json").write_bytes(data)
    assert kept_decision(str(tmp_path), "one") is None


@given(st.binary(max_size=80))
def test_whatever_is_there_is_read_without_a_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("state")
    (folder / "decision-one.json").write_bytes(format_event(EVENT).encode() + data)
    kept = kept_decision(str(folder), "one")
    assert kept is None or (kept.event == EVENT and kept.results != ())


def test_its_work_is_done_once_every_file_is_as_it_says(tmp_path: Path) -> None:
    root, old, new = str(tmp_path), tmp_path / "lib rary/one.md", tmp_path / "lib rary/archive/one.md"
    new.parent.mkdir(parents=True)
    old.write_bytes(b"# One\n")
    assert not are_there(root, RESULTS)
    new.write_bytes(b"# One\n")
    assert not are_there(root, RESULTS)
    old.unlink()
    assert are_there(root, RESULTS)
    new.write_bytes(b"# Another\n")
    assert not are_there(root, RESULTS)
    new.unlink()
    new.symlink_to(old)
    assert not are_there(root, RESULTS)
