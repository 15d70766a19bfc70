"""The event store on real files: written once, read whatever else lies there."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.event import Event
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import format_event, format_loose, make_event
from feedback_loop.stores import events as store
from feedback_loop.stores import file_batch, files
from feedback_loop.stores.compaction import compact_events
from feedback_loop.stores.event_files import FOLDER, event_path, walk_events
from feedback_loop.stores.events import BlockedEvents, append_events, read_events
from feedback_loop.stores.files import write_new
from tests.repo import Repo

AT = "2026-11-20T09:30:00Z"


def bug(line: int, at: str = AT, **changes: Any) -> Event:
    data = {"error": "IndexError", "code": "", "file_path": "a.py", "line": line} | changes
    return make_event("bug", at, data, patterns=["bounds_checking"])


def tombstone(event: Event, at: str = "2026-12-01T00:00:00Z") -> Event:
    return make_event("tombstone", at, {"event": event.id, "reason": "a mistake"})


def read(root: Path, **bounds: str) -> tuple[Event, ...]:
    """The events of a store without a fault."""
    found = read_events(str(root), **bounds)
    assert found.problems == ()
    assert not found.degraded
    return found.events


def append(root: Path, *events: Event) -> tuple[int, int]:
    done = append_events(str(root), events)
    return done.written, done.present


def stored(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in (root / FOLDER).rglob("*") if path.is_file())


def told(root: Path) -> list[str]:
    return [str(problem) for problem in read_events(str(root)).problems]


# -- write_new -------------------------------------------------------------------------------------


@pytest.fixture(params=["nameless", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of making a file at once: without a name until it is whole, and with a temporary one."""
    if request.param == "named":
        monkeypatch.setattr(files, "_NAMELESS", os.O_RDWR | os.O_CLOEXEC)


@pytest.mark.usefixtures("way")
def test_a_new_file_is_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a/b/f"
    assert write_new(str(path), b"bytes") is True
    assert path.read_bytes() == b"bytes"
    assert [one.name for one in path.parent.iterdir()] == ["f"]
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o644 & ~mask


@pytest.mark.usefixtures("way")
def test_the_same_bytes_again_are_a_success_and_others_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_new(str(path), b"bytes")
    assert write_new(str(path), b"bytes") is False
    with pytest.raises(MachineFault, match="other bytes stand there"):
        write_new(str(path), b"other")
    assert path.read_bytes() == b"bytes"
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    (tmp_path / "target").write_bytes(b"bytes")
    if kind == "link":
        (tmp_path / "f").symlink_to("target")
    else:
        (tmp_path / "f").mkdir()
    with pytest.raises(MachineFault):
        write_new(str(tmp_path / "f"), b"bytes")


@pytest.mark.usefixtures("way")
def test_a_disk_that_says_no_is_a_fault_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(MachineFault, match="No space left") as caught:
        write_new(str(tmp_path / "f"), b"bytes")
    assert caught.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("way")
def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    write_new(str(tmp_path / "f"), b"ten bytes!")
    assert (tmp_path / "f").read_bytes() == b"ten bytes!"


def test_the_file_is_on_the_disk_before_its_name_and_the_name_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("write", "fsync", "link"):
        real = getattr(os, name)

        def noted(*args: Any, _name: str = name, _real: Callable[..., Any] = real, **more: Any) -> Any:
            calls.append(_name)
            return _real(*args, **more)

        monkeypatch.setattr(os, name, noted)
    write_new(str(tmp_path / "f"), b"bytes")
    write_new(str(tmp_path / "f"), b"bytes")
    assert calls == ["write", "fsync", "link", "fsync"] * 2


# -- one event, one file ---------------------------------------------------------------------------


def test_a_store_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path) == ()
    assert append(tmp_path) == (0, 0)
    assert list(tmp_path.iterdir()) == []


def test_an_event_is_a_file_whose_name_says_when_what_and_which(tmp_path: Path) -> None:
    event = bug(1)
    assert append(tmp_path, event) == (1, 0)
    name = f".feedback-loop/events/2026-11/20261120t093000z-bug-{event.id[:12]}.json"
    assert stored(tmp_path) == [name]
    assert (tmp_path / name).read_text() == format_loose(event)
    assert read(tmp_path) == (event,)


def test_a_repeat_writes_nothing(tmp_path: Path) -> None:
    append(tmp_path, bug(1))
    before = (tmp_path / event_path(bug(1))).stat().st_mtime_ns
    assert append(tmp_path, bug(1), bug(1), bug(2)) == (1, 1)
    assert (tmp_path / event_path(bug(1))).stat().st_mtime_ns == before
    assert len(read(tmp_path)) == 2


def test_what_is_there_already_is_acknowledged_only_once_its_name_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, bug(1))

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(MachineFault, match="Input/output error"):
        append(tmp_path, bug(1))


def test_other_line_ends_or_another_layout_do_not_make_it_another_event(tmp_path: Path) -> None:
    append(tmp_path, bug(1))
    path = tmp_path / event_path(bug(1))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").replace(b",", b", "))
    assert read(tmp_path) == (bug(1),)
    assert append(tmp_path, bug(1)) == (0, 1)


def test_a_damaged_file_in_the_way_is_a_fault_and_stays(tmp_path: Path) -> None:
    append(tmp_path, bug(1))
    path = tmp_path / event_path(bug(1))
    path.write_bytes(b"{")
    with pytest.raises(MachineFault, match="other bytes stand there"):
        append(tmp_path, bug(1))
    assert path.read_bytes() == b"{"


def test_a_damaged_file_keeps_out_no_event_but_its_own(tmp_path: Path) -> None:
    append(tmp_path, bug(1), bug(2))
    path = tmp_path / event_path(bug(1))
    sound = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(BlockedEvents, match=f"cannot write 1 event: .*{path.name}") as caught:
        append(tmp_path, bug(1), bug(2), bug(3))
    assert f"git checkout -- {event_path(bug(1))}" in caught.value.hint
    assert (caught.value.paths, caught.value.events) == ((event_path(bug(1)),), {bug(1).id})
    assert (caught.value.done.written, caught.value.done.known) == (1, {bug(2).id})
    path.write_bytes(sound)
    assert len(read(tmp_path)) == 3


def test_a_damaged_segment_keeps_out_its_own_events(tmp_path: Path) -> None:
    events = [bug(line) for line in range(101)]
    append(tmp_path, *events)
    (name,) = stored(tmp_path)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(BlockedEvents, match=f"cannot write 101 events: .*{name}"):
        append(tmp_path, *events)
    assert append(tmp_path, bug(101)) == (1, 0)


def test_a_disk_that_says_no_is_no_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is there and the file whole, but nobody knows whether it stays."""

    def unsure(path: str, data: bytes) -> bool:
        write_new(path, data)
        raise MachineFault("Input/output error")

    monkeypatch.setattr(store, "write_new", unsure)
    with pytest.raises(MachineFault, match="Input/output error"):
        append(tmp_path, bug(1))


def test_events_come_by_time_whatever_the_order_they_were_written_in(tmp_path: Path) -> None:
    times = ["2026-11-20T09:30:01Z", "2025-01-01T00:00:00Z", "2026-11-20T09:30:00Z"]
    events = [bug(1, at) for at in times]
    append(tmp_path, *events)
    assert [event.at for event in read(tmp_path)] == sorted(times)


# -- many at once ----------------------------------------------------------------------------------


def test_more_than_a_hundred_are_one_segment_in_the_month_of_the_first(tmp_path: Path) -> None:
    events = [bug(number, f"2026-1{number % 2 + 1}-01T00:00:00Z") for number in range(101)]
    assert append(tmp_path, *events) == (101, 0)
    (name,) = stored(tmp_path)
    assert name.startswith(f"{FOLDER}/2026-11/segment-")
    lines = (tmp_path / name).read_text().splitlines(keepends=True)
    assert lines == [format_event(event) for event in sorted(events)]
    assert list(read(tmp_path)) == sorted(events)
    assert append(tmp_path, *reversed(events)) == (0, 101)
    assert stored(tmp_path) == [name]


def test_events_of_a_segment_are_known_one_by_one(tmp_path: Path) -> None:
    events = [bug(number) for number in range(101)]
    append(tmp_path, *events)
    assert append(tmp_path, bug(7), bug(500)) == (1, 1)
    assert len(stored(tmp_path)) == 2


def test_a_bulk_beyond_the_size_of_a_segment_becomes_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback_loop.stores.events.SEGMENT_SIZE", 20_000)
    append(tmp_path, *(bug(number) for number in range(150)))
    assert len(stored(tmp_path)) > 1
    assert all((tmp_path / name).stat().st_size <= 20_000 for name in stored(tmp_path))
    assert len(read(tmp_path)) == 150


@pytest.mark.parametrize("way", ["nameless", "named"])
def test_segments_that_belong_together_are_all_there_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "named":
        monkeypatch.setattr(file_batch, "_NAMELESS", os.O_RDWR | os.O_CLOEXEC)
    monkeypatch.setattr("feedback_loop.stores.events.SEGMENT_SIZE", 1200)
    events = [bug(number) for number in range(20)]

    def append_all() -> tuple[int, int]:
        done = append_events(str(tmp_path), events, segment=True, sought=False)
        return done.written, done.present

    def fail_at(name: str, number: int) -> None:
        """The disk is full at this call of the function, from 1."""
        real, calls = getattr(os, name), iter(range(1, 1000))

        def full(*args: Any, **more: Any) -> Any:
            if next(calls) == number:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(os, name, full)
            with pytest.raises(MachineFault, match="No space left"):
                append_all()

    for name, number in (("write", 3), ("link", 3), ("fsync", 3)):
        fail_at(name, number)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert append_all() == (20, 0)
    whole = stored(tmp_path)
    assert len(whole) > 3
    assert append_all() == (0, 20)
    first = min(whole, key=lambda name: (tmp_path / name).read_bytes())
    for name in set(whole) - {first}:  # as after a kill between two names
        (tmp_path / name).unlink()
    fail_at("link", 3)
    assert stored(tmp_path) == [first]
    written, present = append_all()
    assert (written + present, present > 0, stored(tmp_path)) == (20, True, whole)
    (tmp_path / whole[1]).write_bytes(b"other")
    (tmp_path / whole[0]).unlink()
    with pytest.raises(MachineFault, match="other bytes stand there"):
        append_all()
    assert stored(tmp_path) == whole[1:]


# -- reading a part --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 103])
def test_a_range_holds_its_begin_and_not_its_end(tmp_path: Path, count: int) -> None:
    times = [f"2026-11-{day:02}T00:00:00Z" for day in (1, 2, 3)]
    more = [bug(number, "2020-01-01T00:00:00Z") for number in range(count - 3)]
    append(tmp_path, *(bug(1, at) for at in times), *more)
    found = read(tmp_path, since=times[1], until=times[2])
    assert [event.at for event in found] == [times[1]]
    assert len(read(tmp_path, until="2026-11-02T00:00:00Z")) == count - 2
    assert len(read(tmp_path, since="2026-11-02T00:00:00Z")) == 2


@pytest.mark.parametrize("bulk", [0, 101])
def test_a_tombstone_hides_its_event_wherever_it_stands(tmp_path: Path, bulk: int) -> None:
    append(tmp_path, bug(1), bug(2))
    append(
        tmp_path,
        tombstone(bug(1)),
        *(bug(3, f"2026-12-01T00:00:{n % 60:02}Z", url=str(n)) for n in range(bulk)),
    )
    assert [event.kind for event in read(tmp_path)].count("tombstone") == 1
    assert bug(1) not in read(tmp_path)
    assert read(tmp_path, until="2026-11-30T00:00:00Z") == (bug(2),)


def test_a_tombstone_is_not_hidden_by_another(tmp_path: Path) -> None:
    append(tmp_path, bug(1), tombstone(bug(1)), tombstone(tombstone(bug(1))))
    assert [event.kind for event in read(tmp_path)] == ["tombstone", "tombstone"]


def test_of_one_occurrence_in_one_run_the_first_report_counts(tmp_path: Path) -> None:
    place = {"run": "ci-7", "test": "t", "index": 0}
    first = bug(1, "2026-11-01T00:00:00Z", occurrence=place)
    again = bug(2, "2026-11-02T00:00:00Z", occurrence=place)
    other = bug(3, "2026-11-03T00:00:00Z", occurrence=place | {"index": 1})
    no_run = [bug(4, occurrence={"index": 0}), bug(5, occurrence={"index": 0})]
    append(tmp_path, again, first, other, *no_run)
    assert set(read(tmp_path)) == {first, other, *no_run}


# -- damage: named, and nothing else lost ----------------------------------------------------------


def damaged(tmp_path: Path, change: Callable[[Path], object]) -> list[str]:
    """What is told of a store of two events after the change to one of its files."""
    append(tmp_path, bug(1), bug(2))
    change(tmp_path / event_path(bug(1)))
    files_before = {path: path.read_bytes() for path in (tmp_path / FOLDER).rglob("*.json") if path.is_file()}
    found = read_events(str(tmp_path))
    assert found.degraded
    assert found.events == (bug(2),)
    assert {path: path.read_bytes() for path in files_before} == files_before
    return [str(problem) for problem in found.problems]


def rewritten(text: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(text)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (rewritten(b""), "not JSON"),
        (rewritten(format_event(bug(1)).encode()[:-9]), "not JSON"),
        (rewritten(b"\xff\xfe"), "not UTF-8"),
        (rewritten(b"<<<<<<< ours"), "not JSON"),
        (rewritten(b" " * (2 << 20)), "larger than"),
        (rewritten(format_event(bug(1)).replace('"line":1', '"line":7').encode()), "not the hash"),
        (rewritten(b'{"schema_version": 2}'), "version 2 needs a newer feedback-loop"),
        (rewritten(format_event(bug(3)).encode()), "the name does not fit the content"),
        (
            lambda path: path.rename(path.with_name("x.json")),
            "not the name of a month, an event or a segment",
        ),
        (lambda path: path.rename(path.parent.parent / path.name), "not the name of a month"),
        (lambda path: path.unlink() or os.mkfifo(path), "not a regular file"),
        (lambda path: path.unlink() or path.symlink_to("/etc/passwd"), "path leaves the repository"),
        (lambda path: path.unlink() or path.symlink_to("nowhere"), "points nowhere"),
    ],
)
def test_a_bad_file_is_named_and_the_rest_read(
    tmp_path: Path, change: Callable[[Path], object], reason: str
) -> None:
    (problem,) = damaged(tmp_path, change)
    assert reason in problem
    assert problem.startswith(FOLDER)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (problem,) = damaged(tmp_path, lambda path: path.chmod(0))
    assert "Permission denied" in problem


def test_a_bad_line_of_a_segment_is_named_by_its_number(tmp_path: Path) -> None:
    append(tmp_path, *(bug(number) for number in range(101)))
    (name,) = stored(tmp_path)
    lines = (tmp_path / name).read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b"IndexError", b"indexError")
    lines[9] = b"{\n"
    lines[100] = lines[100][:50]
    (tmp_path / name).write_bytes(b"".join(lines))
    found = read_events(str(tmp_path))
    assert len(found.events) == 98
    assert [(one.path, one.line) for one in found.problems] == [(name, line) for line in (0, 5, 10, 101)]
    assert "its content is not the one that its name says" in found.problems[0].message


def test_a_segment_with_line_ends_of_another_system_is_sound(tmp_path: Path) -> None:
    append(tmp_path, *(bug(number) for number in range(101)))
    path = tmp_path / stored(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read(tmp_path)) == 101


def test_files_that_mean_nothing_to_us_are_passed_over(tmp_path: Path) -> None:
    append(tmp_path, bug(1))
    for name in (".gitkeep", "2026-11/.DS_Store", "2026-11/.fl-tmp-0badf00d", "README.md"):
        (tmp_path / FOLDER / name).write_text("x")
    assert read(tmp_path) == (bug(1),)


def test_every_copy_of_an_event_counts_once(tmp_path: Path) -> None:
    events = [bug(number) for number in range(101)]
    append(tmp_path, *events)
    path = tmp_path / event_path(bug(3))
    path.write_text(format_event(bug(3)))
    assert len(read(tmp_path)) == 101
    assert len(list(walk_events(str(tmp_path), lambda problem: None))) == 102


@pytest.mark.parametrize("link", [".feedback-loop", FOLDER, f"{FOLDER}/2026-11"])
def test_a_store_that_leads_outside_is_neither_read_nor_written(tmp_path: Path, link: str) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    append(outside, bug(1))
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside / link)
    before = stored(outside)
    for call in (lambda: append(root, bug(2)), lambda: read_events(str(root))):
        with pytest.raises(UserError, match="is a link"):
            call()
    assert stored(outside) == before


@pytest.mark.parametrize("part", [".feedback-loop", FOLDER, f"{FOLDER}/2026-11"])
def test_a_store_that_is_no_folder_is_told(tmp_path: Path, part: str) -> None:
    """It would look like one in which nothing was ever recorded."""
    (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / part).write_text("")
    with pytest.raises(UserError, match="no folder"):
        append(tmp_path, bug(2))
    if part.endswith("2026-11"):
        assert [one.message for one in read_events(str(tmp_path)).problems]
    else:
        with pytest.raises(UserError, match="no folder"):
            read_events(str(tmp_path))


def test_random_damage_never_hides_what_is_whole(tmp_path: Path) -> None:
    """Bytes flipped, cut, inserted, files swapped: all that kept its hash is there, the rest is named."""
    dice = random.Random(5)
    whole = tmp_path / "whole"
    append(whole, *(bug(number) for number in range(6)))
    append(whole, *(bug(number, "2026-10-01T00:00:00Z") for number in range(101)))
    for turn in range(40):
        root = tmp_path / str(turn)
        shutil.copytree(whole, root)
        victim = root / dice.choice(stored(root))
        data = bytearray(victim.read_bytes())
        place = dice.randrange(len(data))
        match dice.randrange(3):
            case 0:
                data[place] ^= 1 << dice.randrange(8)
            case 1:
                del data[place:]
            case 2:
                data[place:place] = bytes([dice.randrange(256)])
        victim.write_bytes(data)
        found = read_events(str(root))
        assert len(found.events) >= (106 if victim.suffix == ".json" else 6)
        assert len(found.events) == 107 or found.degraded


# -- many writers ----------------------------------------------------------------------------------


def write_fifty(root: str, first: int) -> None:
    for number in range(first, first + 50):
        append_events(root, [bug(number)])


def test_eight_processes_lose_nothing(tmp_path: Path) -> None:
    workers = [
        multiprocessing.get_context("fork").Process(target=write_fifty, args=(str(tmp_path), number * 50))
        for number in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 8
    assert len(read(tmp_path)) == 400


def test_the_same_event_from_several_processes_is_one_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=write_fifty, args=(str(tmp_path), 0)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(stored(tmp_path)) == len(read(tmp_path)) == 50


def write_until_killed(root: str, first: int, out: int) -> None:
    """Write event after event, and say of each that it is written."""
    for number in range(first, first + 10_000):
        event = bug(number, error="x" * 1500)
        append_events(root, [event])
        os.write(out, event.id.encode() + b"\n")


def test_what_was_acknowledged_outlives_a_kill_and_the_rest_is_whole_or_absent(tmp_path: Path) -> None:
    """Forty writers killed at random; what they said they had written is there, and no half file."""
    dice = random.Random(7)
    acknowledged: set[str] = set()
    for turn in range(40):
        ours, theirs = os.pipe()
        writer = multiprocessing.get_context("fork").Process(
            target=write_until_killed, args=(str(tmp_path), turn * 10_000, theirs)
        )
        writer.start()
        os.close(theirs)
        said = os.read(ours, 65)
        time.sleep(dice.random() / 50)
        writer.kill()
        writer.join()
        while block := os.read(ours, 1 << 16):
            said += block
        os.close(ours)
        acknowledged |= {line for line in said.decode().split("\n") if len(line) == 64}
    assert acknowledged <= {event.id for event in read(tmp_path)}
    assert [name for name in stored(tmp_path) if ".fl-tmp" in name] == []
    assert len(acknowledged) >= 40


# -- compaction ------------------------------------------------------------------------------------

NOW = "2027-01-15T00:00:00Z"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A root with three past months of loose events and one of today."""
    for month in ("2026-10", "2026-11", "2026-12"):
        append(tmp_path, *(bug(number, f"{month}-05T00:00:00Z") for number in range(5)))
    append(tmp_path, bug(1, NOW))
    return tmp_path


def test_past_months_become_a_segment_each_and_this_one_stays(old: Path) -> None:
    before = read(old)
    done = compact_events(str(old), str(old / "state"), NOW)
    assert (done.events, len(done.segments), done.removed) == (15, 3, 15)
    assert [name.rpartition("/")[2][:8] for name in stored(old)] == ["segment-"] * 3 + ["20270115"]
    assert read(old) == before
    again = compact_events(str(old), str(old / "state"), NOW)
    assert (again.events, again.segments, again.removed) == (0, (), 0)


def test_a_file_that_cannot_be_read_is_left_where_it_is(old: Path) -> None:
    bad = old / event_path(bug(2, "2026-11-05T00:00:00Z"))
    bad.write_bytes(b"{")
    done = compact_events(str(old), str(old / "state"), NOW)
    assert done.removed == 14
    assert bad.read_bytes() == b"{"
    assert [problem.path for problem in done.problems] == [bad.relative_to(old).as_posix()]


def test_a_kill_between_segment_and_removal_leaves_duplicates_that_nobody_counts(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(old)

    def killed(path: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            compact_events(str(old), str(old / "state"), NOW)
    assert read(old) == before
    assert compact_events(str(old), str(old / "state"), NOW).removed == 15
    assert read(old) == before
    assert len(stored(old)) == 4


def test_a_segment_that_does_not_read_back_removes_nothing(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.write_new

    def forgetful(path: str, data: bytes) -> bool:
        return real(path, data[:-5])

    monkeypatch.setattr("feedback_loop.stores.events.write_new", forgetful)
    with pytest.raises(MachineFault, match="does not hold what was written"):
        compact_events(str(old), str(old / "state"), NOW)
    assert len([name for name in stored(old) if "segment" not in name]) == 16


def test_a_second_compaction_waits_and_then_says_who_is_at_it(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    (old / "state").mkdir()
    with (old / "state/lock").open("w") as held:
        held.write("4711 2027-01-15T00:00:00Z")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        monkeypatch.setattr("feedback_loop.stores.lock.PATIENCE", 0.1)
        with pytest.raises(MachineFault, match="busy: held by pid 4711 since 2027-01-15T00:00:00Z") as caught:
            compact_events(str(old), str(old / "state"), NOW)
    assert caught.value.kind == "busy"
    assert compact_events(str(old), str(old / "state"), NOW).removed == 15


# -- git -------------------------------------------------------------------------------------------


def commit_events(repo: Repo, *events: Event) -> None:
    append(repo.root, *events)
    repo.stage()
    repo.commit()


def test_branches_that_both_record_merge_without_a_conflict(repo: Repo) -> None:
    """Same and different events, a tombstone, a compaction on one side only."""
    commit_events(repo, *(bug(number) for number in range(3)))
    repo.git("checkout", "-q", "-b", "side")
    commit_events(repo, bug(10), bug(11), tombstone(bug(0)))
    repo.git("checkout", "-q", "main")
    commit_events(repo, bug(10), bug(12))
    compact_events(str(repo.root), str(repo.root / ".git/feedback-loop"), NOW)
    repo.stage()
    repo.commit()
    repo.git("merge", "-q", "--no-edit", "side")
    assert repo.git("status", "--porcelain") == ""
    found = read(repo.root)
    assert {event for event in found if event.kind == "bug"} == {bug(number) for number in (1, 2, 10, 11, 12)}
    assert len(found) == 6


def test_both_branches_may_compact(repo: Repo) -> None:
    commit_events(repo, *(bug(number) for number in range(3)))
    for branch, number in (("one", 10), ("two", 11)):
        repo.git("checkout", "-q", "-b", branch, "main")
        append(repo.root, bug(number))
        compact_events(str(repo.root), str(repo.root / ".git/feedback-loop"), NOW)
        repo.stage()
        repo.commit()
    repo.git("merge", "-q", "--no-edit", "one")
    assert set(read(repo.root)) == {bug(number) for number in (0, 1, 2, 10, 11)}


def failure(day: str) -> Event:
    """The same test again: nothing but the date and the run are new."""
    trace = "".join(f'  File "a.py", line {line}, in f\n    return g({line})\n' for line in range(25))
    data = {"test_name": "t", "failure_reason": "r", "stack_trace": trace, "run": day}
    return make_event("test_failure", f"{day}T00:00:00Z", data)


def compact_and_commit(repo: Repo) -> None:
    compact_events(str(repo.root), str(repo.root / ".git/feedback-loop"), NOW)
    repo.stage()
    repo.commit()


@pytest.mark.parametrize("alone", [True, False])
def test_an_event_like_one_that_both_branches_compacted_is_no_rename_of_it(repo: Repo, alone: bool) -> None:
    """Git would take a deleted file and a similar new one for a rename, and so for a conflict."""
    old = [failure("2026-10-01")] if alone else [failure(f"2026-10-0{day}") for day in range(1, 6)]
    commit_events(repo, *old)
    repo.git("branch", "side")
    append(repo.root, failure("2026-11-03"), failure("2026-10-21"))
    compact_and_commit(repo)
    repo.git("checkout", "-q", "side")
    append(repo.root, failure("2026-11-04"), failure("2026-10-22"))
    compact_and_commit(repo)
    repo.git("merge", "-q", "--no-edit", "main")
    assert repo.git("status", "--porcelain") == ""
    new = [failure(f"2026-{day}") for day in ("11-03", "10-21", "11-04", "10-22")]
    assert set(read(repo.root)) == {*old, *new}


def test_random_pairs_of_branches_that_record_and_compact_merge(make_repo: Callable[[str], Repo]) -> None:
    dice = random.Random(200)
    for pair in range(5):
        repo = make_repo(f"pair-{pair}")
        wanted = {failure(f"2026-10-{day:02}") for day in dice.sample(range(1, 29), dice.randrange(1, 5))}
        commit_events(repo, *wanted)
        repo.git("branch", "side")
        for branch in ("main", "side"):
            repo.git("checkout", "-q", branch)
            days = [f"2026-{dice.choice(['09', '10', '11'])}-{dice.randrange(1, 29):02}" for _ in range(3)]
            chosen = {*map(failure, days), *(bug(dice.randrange(9)) for _ in range(dice.choice([0, 120])))}
            wanted |= chosen
            commit_events(repo, *chosen)
            if dice.random() < 0.7:
                compact_and_commit(repo)
        repo.git("merge", "-q", "--no-edit", "main")
        assert repo.git("status", "--porcelain") == ""
        assert set(read(repo.root)) == wanted
