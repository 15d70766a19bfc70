"""A pattern's two files on their way: whatever happens, one of the two places holds them whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.library_moves import (
    move_halves,
    plan_move,
    read_halves,
    remove_halves,
)

ACTIVE, ARCHIVED = "patterns/one", "patterns/archive/one"
BYTES = {".md": b"# One\r\n\xef\xbb\xbf", ".json": b'{"a": 1}'}
WHOLE = [ACTIVE + ".json", ACTIVE + ".md"]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "patterns").mkdir()
    for ending, data in BYTES.items():
        (tmp_path / (ACTIVE + ending)).write_bytes(data)
    return tmp_path


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def move(root: Path, source: str, target: str) -> tuple[tuple[str, str], ...]:
    return move_halves(str(root), plan_move(str(root), source, target))


@contextmanager
def stopped_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process dies before the n-th call that changes a folder."""
    left = [step]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*arguments: Any, **named: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return call(*arguments, **named)

        return stand_in

    with monkeypatch.context() as patch, pytest.raises(Killed):
        for name in ("mkdir", "link", "unlink"):
            patch.setattr(os, name, counted(getattr(os, name)))
        yield


# -- moving --------------------------------------------------------------------------------------


def test_what_is_nowhere_makes_no_plan(tmp_path: Path) -> None:
    assert plan_move(str(tmp_path), ACTIVE, ARCHIVED) == []


def test_both_files_move_with_bytes_mode_and_time(root: Path) -> None:
    (root / (ACTIVE + ".md")).chmod(0o755)
    os.utime(root / (ACTIVE + ".md"), (1, 1))
    moved = move(root, ACTIVE, ARCHIVED)
    assert moved == tuple((ACTIVE + one, ARCHIVED + one) for one in (".md", ".json"))
    assert read_halves(str(root), ARCHIVED) == BYTES
    assert read_halves(str(root), ACTIVE) == {}
    kept = (root / (ARCHIVED + ".md")).stat()
    assert (kept.st_mode & 0o777, kept.st_mtime, kept.st_nlink) == (0o755, 1, 1)


def test_moved_there_and_back_nothing_has_changed(root: Path) -> None:
    move(root, ACTIVE, ARCHIVED)
    move(root, ARCHIVED, ACTIVE)
    assert files(root) == WHOLE
    assert read_halves(str(root), ACTIVE) == BYTES


def test_moved_already_leaves_nothing_to_do(root: Path) -> None:
    move(root, ACTIVE, ARCHIVED)
    halves = plan_move(str(root), ACTIVE, ARCHIVED)
    assert [half.old for half in halves] == [None, None]
    assert move_halves(str(root), halves) == ()


def test_a_change_on_the_way_is_written_anew(root: Path) -> None:
    halves = plan_move(str(root), ACTIVE, ARCHIVED, lambda ending, data: data + ending.encode())
    move_halves(str(root), halves)
    assert read_halves(str(root), ARCHIVED) == {one: data + one.encode() for one, data in BYTES.items()}
    assert read_halves(str(root), ACTIVE) == {}


@pytest.mark.parametrize("step", range(8))
@pytest.mark.parametrize("back", [False, True])
def test_after_a_kill_one_place_is_whole_and_either_way_leads_on(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: int, back: bool
) -> None:
    with stopped_at(step, monkeypatch):
        move(root, ACTIVE, ARCHIVED)
    assert BYTES in (read_halves(str(root), ACTIVE), read_halves(str(root), ARCHIVED))
    source, target = (ARCHIVED, ACTIVE) if back else (ACTIVE, ARCHIVED)
    move(root, source, target)
    assert read_halves(str(root), target) == BYTES
    assert read_halves(str(root), source) == {}


@pytest.mark.parametrize("code", [errno.EPERM, errno.EXDEV])
def test_where_no_second_name_can_be_had_the_bytes_are_copied(
    root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    link = os.link

    def refusing(*arguments: Any, **named: Any) -> None:
        if named.get("follow_symlinks") is False:
            raise OSError(code, "no")
        link(*arguments, **named)

    monkeypatch.setattr(os, "link", refusing)
    move(root, ACTIVE, ARCHIVED)
    assert read_halves(str(root), ARCHIVED) == BYTES
    assert read_halves(str(root), ACTIVE) == {}


# -- refused -------------------------------------------------------------------------------------


def test_other_bytes_at_the_target_stop_it(root: Path) -> None:
    (root / "patterns/archive").mkdir()
    (root / (ARCHIVED + ".json")).write_bytes(b"{}")
    before = files(root)
    with pytest.raises(UserError, match=r"archive/one\.json exists already") as told:
        plan_move(str(root), ACTIVE, ARCHIVED)
    assert told.value.exit_code == 2
    assert files(root) == before


def test_half_a_pattern_is_named(root: Path) -> None:
    (root / (ACTIVE + ".md")).unlink()
    with pytest.raises(UserError, match=r"patterns/one\.md is missing"):
        plan_move(str(root), ACTIVE, ARCHIVED)


def test_what_changes_meanwhile_stays_where_it_is(root: Path) -> None:
    halves = plan_move(str(root), ACTIVE, ARCHIVED)
    replaced = root / "new"
    replaced.write_bytes(b"newer")
    replaced.rename(root / (ACTIVE + ".md"))
    (root / (ACTIVE + ".json")).write_bytes(b"newer")
    with pytest.raises(UserError, match="changed meanwhile"):
        move_halves(str(root), halves)
    assert read_halves(str(root), ACTIVE) == {".md": b"newer", ".json": b"newer"}


@pytest.mark.parametrize("link", ["patterns", "patterns/archive", ACTIVE + ".md", ARCHIVED + ".json"])
def test_a_link_is_refused_and_nothing_is_moved_through_it(root: Path, link: str) -> None:
    place = root / link
    outside = root / "elsewhere"
    if place.exists():
        place.rename(outside)
    elif place.suffix:
        outside.write_bytes(BYTES[".json"])
    else:
        outside.mkdir()
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside)
    before = files(root)
    with pytest.raises(UserError, match="is a link"):
        plan_move(str(root), ACTIVE, ARCHIVED)
    assert files(root) == before
    assert place.is_symlink()


def test_a_folder_that_became_a_link_is_not_entered(root: Path) -> None:
    halves = plan_move(str(root), ACTIVE, ARCHIVED)
    outside = root / "elsewhere"
    outside.mkdir()
    (root / "patterns/archive").symlink_to(outside)
    with pytest.raises(UserError, match="is a link"):
        move_halves(str(root), halves)
    assert files(root) == WHOLE


def test_a_disk_that_says_no_is_a_fault_of_the_machine(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halves = plan_move(str(root), ACTIVE, ARCHIVED)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "unlink", full)
    with pytest.raises(MachineFault, match="No space left"):
        move_halves(str(root), halves)
    with pytest.raises(MachineFault, match="cannot remove"):
        remove_halves(str(root), WHOLE)
    assert read_halves(str(root), ACTIVE) == BYTES
