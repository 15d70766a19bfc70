"""The spool on real files: whole or absent, moved once, nothing unreadable lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from feedback_loop.domain.collected import SpoolImported
from feedback_loop.domain.event import Event
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import format_event, make_event
from feedback_loop.stores import spool
from feedback_loop.stores.event_files import FOLDER, event_path
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.stores.lock import hold_lock
from feedback_loop.stores.spool import append_spool, import_spool

AT = "2026-11-20T09:30:00Z"
NOW = "2026-11-21T00:00:00Z"


def failure(number: int, at: str = AT) -> Event:
    return make_event("test_failure", at, {"test_name": f"t{number}", "failure_reason": "no"})


def prevention(number: int) -> Event:
    return make_event("prevention", AT, {"path": "a.py", "detector": "d", "fingerprint": f"f{number}"})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder that nothing was put into yet; the store is that of its parent."""
    return tmp_path / "state"


def moved(state: Path) -> SpoolImported:
    return import_spool(str(state.parent), str(state), NOW)


def stored(state: Path) -> list[Event]:
    found = read_events(str(state.parent))
    assert found.problems == ()
    return list(found.events)


def names(state: Path) -> list[str]:
    """The files of the spool, those set aside among them."""
    folder = state / "spool"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# -- into it ---------------------------------------------------------------------------------------


def test_no_event_makes_no_folder(state: Path) -> None:
    assert append_spool(str(state), []) == 0
    assert not state.exists()


def test_a_file_is_named_and_written_as_in_the_store(state: Path) -> None:
    event = failure(1)
    assert append_spool(str(state), [event]) == 1
    (path,) = (state / "spool").iterdir()
    assert event_path(event).endswith(f"/{path.name}")
    assert path.read_text("ascii") == format_event(event)


def test_the_same_again_is_there_already(state: Path) -> None:
    assert append_spool(str(state), [failure(1), failure(1)]) == 1
    assert append_spool(str(state), [failure(1), failure(2)]) == 1
    assert len(names(state)) == 2


def test_a_file_that_a_power_cut_has_torn_is_replaced(state: Path) -> None:
    append_spool(str(state), [failure(1)])
    (path,) = (state / "spool").iterdir()
    path.write_bytes(b"")
    assert append_spool(str(state), [failure(1)]) == 1
    assert path.read_text("ascii") == format_event(failure(1))


def test_more_than_a_hundred_are_one_file(state: Path) -> None:
    events = [failure(number) for number in range(101)]
    assert append_spool(str(state), events) == 101
    assert append_spool(str(state), reversed(events)) == 0
    (name,) = names(state)
    assert name.startswith("segment-")
    assert moved(state).moved == 101


def test_very_much_is_several_files(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SEGMENT_SIZE", 20_000)
    assert append_spool(str(state), [failure(number) for number in range(200)]) == 200
    assert len(names(state)) > 2
    assert moved(state).moved == 200


def test_a_folder_that_cannot_be_written_is_a_fault_of_the_machine(state: Path) -> None:
    state.write_bytes(b"")
    with pytest.raises(MachineFault, match="cannot write"):
        append_spool(str(state), [failure(1)])


def test_a_full_disk_leaves_nothing_half_written(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(MachineFault, match="No space left"):
        append_spool(str(state), [failure(1)])
    assert names(state) == []


# -- out of it -------------------------------------------------------------------------------------


def test_without_a_spool_there_is_nothing_to_move(state: Path) -> None:
    assert moved(state) == SpoolImported()
    assert not state.exists()


def test_events_move_into_the_store_and_the_spool_is_empty(state: Path) -> None:
    append_spool(str(state), [failure(1), failure(2, "2026-10-01T00:00:00Z"), prevention(1)])
    found = moved(state)
    assert found == SpoolImported(3, 0, (), (("test_failure", 2), ("prevention", 1)))
    assert sorted(stored(state)) == sorted([failure(1), failure(2, "2026-10-01T00:00:00Z"), prevention(1)])
    assert names(state) == []
    assert moved(state) == SpoolImported()


def test_what_the_store_has_is_only_removed(state: Path) -> None:
    append_events(str(state.parent), [failure(1)])
    append_spool(str(state), [failure(1), failure(2)])
    assert moved(state) == SpoolImported(1, 1, (), (("test_failure", 1),))
    assert names(state) == []


def test_what_another_report_of_the_run_has_told_is_only_removed(state: Path) -> None:
    facts = {"test_name": "t", "failure_reason": "no", "occurrence": {"index": 0, "run": "7", "test": "t"}}
    other = {**facts, "occurrence": {"index": 0, "run": "8", "test": "t"}}
    junit = make_event("test_failure", AT, facts, source={"kind": "junit"})
    append_events(str(state.parent), [junit])
    append_spool(str(state), [make_event("test_failure", NOW, one) for one in (facts, other)])
    assert moved(state) == SpoolImported(1, 1, (), (("test_failure", 1),))
    assert names(state) == []
    assert len(list((state.parent / FOLDER).rglob("*.json"))) == 2


def test_files_are_moved_in_batches(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_BATCH", 2)
    append_spool(str(state), [failure(number) for number in range(5)])
    assert moved(state).moved == 5
    assert len(stored(state)) == 5


def test_a_kill_between_writing_and_removing_loses_and_doubles_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_spool(str(state), [failure(number) for number in range(3)])

    def killed(path: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(spool, "_remove", killed)
        with pytest.raises(KeyboardInterrupt):
            moved(state)
    assert len(names(state)) == 3
    assert moved(state) == SpoolImported(0, 3)
    assert (len(stored(state)), names(state)) == (3, [])


def test_what_cannot_be_read_is_kept_beside_with_a_note(state: Path) -> None:
    append_spool(str(state), [failure(1), failure(2)])
    torn, whole = sorted((state / "spool").iterdir())
    text = torn.read_bytes()
    torn.write_bytes(text[:50])
    found = moved(state)
    assert (found.moved, len(found.bad)) == (1, 1)
    assert found.bad[0].path == f"spool/bad/{torn.name}"
    kept = state / "spool/bad" / torn.name
    assert kept.read_bytes() == text[:50]
    assert found.bad[0].message in kept.with_name(torn.name + ".txt").read_text()
    assert names(state) == [f"bad/{torn.name}", f"bad/{torn.name}.txt"]
    assert moved(state) == SpoolImported()
    assert whole.name not in names(state)


def test_a_second_unreadable_file_of_the_same_name_does_not_take_the_place_of_the_first(state: Path) -> None:
    for text in (b"one", b"two"):
        append_spool(str(state), [prevention(1)])
        (path,) = (one for one in (state / "spool").iterdir() if one.is_file())
        path.write_bytes(text)
        moved(state)
    kept = {path.read_bytes() for path in (state / "spool/bad").iterdir() if path.suffix != ".txt"}
    assert kept == {b"one", b"two"}


def test_of_a_bulk_the_sound_lines_are_moved_and_the_file_is_kept(state: Path) -> None:
    append_spool(str(state), [failure(number) for number in range(101)])
    (path,) = (state / "spool").iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:50]) + b"nonsense\n" + lines[51] + lines[52][:40])
    found = moved(state)
    assert found.moved == len(stored(state)) == 51
    assert "line 51: not JSON" in found.bad[0].message
    assert "line 53" in found.bad[0].message
    assert (state / "spool/bad" / path.name).exists()


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "name"])
def test_what_is_no_file_of_events_is_set_aside(state: Path, tmp_path: Path, kind: str) -> None:
    append_spool(str(state), [failure(1)])
    outside = tmp_path / "secret.txt"
    outside.write_text("mine")
    strange = state / "spool" / "strange.json"
    if kind == "link":
        strange.symlink_to(outside)
    elif kind == "folder":
        strange.mkdir()
    elif kind == "pipe":
        os.mkfifo(strange)
    else:
        strange = strange.with_name("a\\b.json")
        strange.write_text("x")
    found = moved(state)
    assert (found.moved, len(found.bad)) == (1, 1)
    assert not os.path.lexists(strange)
    assert outside.read_text() == "mine"


def test_a_file_that_is_just_being_written_is_left_alone(state: Path) -> None:
    append_spool(str(state), [failure(1)])
    path, descriptor = spool._temporary(str(state / "spool"))
    try:
        assert moved(state).moved == 1
        assert Path(path).exists()
    finally:
        os.close(descriptor)
    moved(state)  # its writer is dead
    assert names(state) == []


def test_damage_in_the_store_keeps_one_event_in_the_spool_and_moves_the_others(state: Path) -> None:
    append_spool(str(state), [failure(1), failure(2)])
    damaged = state.parent / event_path(failure(1))
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"other bytes")
    with pytest.raises(MachineFault, match="cannot write 1 event"):
        moved(state)
    assert names(state) == [damaged.name]
    assert (state.parent / event_path(failure(2))).exists()
    damaged.unlink()
    assert moved(state).moved == 1
    assert len(stored(state)) == 2


def test_a_store_that_is_a_link_is_refused_and_the_spool_keeps_all(state: Path, tmp_path: Path) -> None:
    append_spool(str(state), [failure(1)])
    (tmp_path / "elsewhere").mkdir()
    (state.parent / FOLDER).parent.mkdir()
    (state.parent / FOLDER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is a link"):
        moved(state)
    assert len(names(state)) == 1


def test_somebody_else_who_holds_the_lock_is_waited_for_then_named(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback_loop.stores.lock.PATIENCE", 0.0)
    append_spool(str(state), [failure(1)])
    with hold_lock(str(state), NOW), pytest.raises(MachineFault, match="busy: held by pid"):
        moved(state)
    assert len(names(state)) == 1


def test_a_writer_that_is_killed_leaves_whole_files_only(state: Path) -> None:
    context = multiprocessing.get_context("fork")
    writer = context.Process(target=_write_for_ever, args=(str(state),))
    writer.start()
    while len(names(state)) < 20:
        assert writer.is_alive()
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    found = moved(state)
    assert found.bad == ()
    assert found.moved == len(stored(state)) >= 20
    assert names(state) == []


def _write_for_ever(state: str) -> None:
    number = 0
    while True:
        append_spool(state, [prevention(number)])
        number += 1
