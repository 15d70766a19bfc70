"""A pattern's two files moved from one state's folder to another, so that a kill loses neither (IO-6).

Both files are at the new place, and their names on the disk, before the first of the old ones goes. At any
moment at least one place holds both. Whoever comes next and finds some of them at both places with equal
bytes goes on from there, in either direction.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import components, safe_read, write_new

ENDINGS = (".md", ".json")
_BELOW = {"active": "", "proposed": "/proposed", "archived": "/archive"}
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY
# Where a second name for a file cannot be had: another owner's file, a mount of its own, an odd file system.
_NO_LINK = (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS)


def place(folder: str, state: str, name: str) -> str:
    """The path of the pattern's files without their endings, below the root."""
    return f"{folder}{_BELOW[state]}/{name}"


def read_half(root: str, path: str) -> bytes | None:
    """The bytes of a library file, None if there is none. Raises UserError if the path has a link in it."""
    parts = components(path)
    for count in range(1, len(parts) + 1):
        part = "/".join(parts[:count])
        if os.path.islink(f"{root}/{part}"):
            raise UserError(f"{part!a} is a link: nothing is moved or changed through it")
    try:
        return safe_read(root, path, SIZE_CAP)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise MachineFault(f"cannot read {path}: {error.strerror}") from error


def read_halves(root: str, prefix: str) -> dict[str, bytes]:
    """The files of a pattern that are there, by ending. Raises UserError as `read_half`."""
    found = {ending: read_half(root, prefix + ending) for ending in ENDINGS}
    return {ending: data for ending, data in found.items() if data is not None}


# -- moving ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Half:
    """One of the two files on its way: `old` is at the source (None = gone already), `new` what the target
    is to hold, `there` whether it holds it."""

    source: str
    target: str
    old: bytes | None
    new: bytes
    there: bool


def plan_move(
    root: str, source: str, target: str, change: Callable[[str, bytes], bytes] | None = None
) -> list[Half]:
    """How the files at `source` get to `target` (paths as `place` gives them); [] if there are none at all.

    `change` (ending, bytes) gives what the target is to hold, where that is not the same. Raises UserError
    if a half is nowhere, or if the target holds something else.
    """
    old, there = read_halves(root, source), read_halves(root, target)
    if not old and not there:
        return []
    halves = []
    for ending in ENDINGS:
        if ending not in old and ending not in there:
            where = source if old else target
            raise UserError(f"{where}{ending} is missing beside its other half", "restore it, or remove both")
        before = old.get(ending)
        new = there[ending] if before is None else change(ending, before) if change else before
        if there.get(ending, new) != new:
            raise UserError(
                f"{target}{ending} exists already, and holds something else than {source}{ending}",
                "compare the two, and remove or rename one of them",
            )
        halves.append(Half(source + ending, target + ending, before, new, ending in there))
    return halves


def move_halves(root: str, halves: Sequence[Half]) -> tuple[tuple[str, str], ...]:
    """Carry the plan out; (old path, new path) of what was still to move. On return it is on the disk.

    Bytes, mode and time of a file that only moves are kept. Raises UserError if a file changed since the
    plan was made, MachineFault when the disk says no: the same call again goes on.
    """
    try:
        for half in halves:
            if half.old is not None and not half.there:
                _put(root, half)
        _sync(root, {os.path.dirname(half.target) for half in halves})
        # The one that a program reads goes first: what is left is a text for people.
        left = [half for half in reversed(halves) if half.old is not None]
        for half in left:
            if read_half(root, half.source) != half.old:
                raise UserError(f"{half.source} was changed meanwhile", "run the command again")
        _remove(root, [half.source for half in left])
    except OSError as error:
        text = f"cannot move {halves[0].source} to {halves[0].target}: {error.strerror}"
        raise MachineFault(text, "one of the two places holds it whole; run the command again") from error
    return tuple((half.source, half.target) for half in halves if half.old is not None)


def remove_halves(root: str, paths: Sequence[str]) -> None:
    """Remove the files. On return they are gone from the disk. Raises MachineFault."""
    try:
        _remove(root, paths)
    except OSError as error:
        text = f"cannot remove {' and '.join(paths)}: {error.strerror}"
        raise MachineFault(text, "run the command again") from error


def _put(root: str, half: Half) -> None:
    folder, name = os.path.split(half.target)
    target = _opened(root, folder, make=True)
    try:
        if half.old != half.new or not _linked(root, half, target, name):
            write_new(f"{root}/{half.target}", half.new)
    finally:
        os.close(target)


def _linked(root: str, half: Half, target: int, name: str) -> bool:
    """Give the file its new name beside the old one; False where the system cannot."""
    folder, old = os.path.split(half.source)
    source = _opened(root, folder)
    try:
        os.link(old, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        return False
    finally:
        os.close(source)
    return True


def _remove(root: str, paths: Iterable[str]) -> None:
    listed = list(paths)
    for path in listed:
        folder, name = os.path.split(path)
        descriptor = _opened(root, folder)
        try:
            os.unlink(name, dir_fd=descriptor)
        finally:
            os.close(descriptor)
    _sync(root, {os.path.dirname(path) for path in listed})


def _sync(root: str, folders: Iterable[str]) -> None:
    for folder in sorted(folders):
        descriptor = _opened(root, folder)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _opened(root: str, folder: str, make: bool = False) -> int:
    """A descriptor of the folder, no link on the way followed. Raises UserError for a link, OSError."""
    here = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        for part in components(folder):
            if make:
                _make(part, here)
            following = os.open(part, _FOLDER, dir_fd=here)
            os.close(here)
            here = following
        here, opened = -1, here
        return opened
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise
        raise UserError(f"{folder!a} is a link or no folder: nothing is moved through it") from None
    finally:
        if here >= 0:
            os.close(here)


def _make(part: str, above: int) -> None:
    try:
        os.mkdir(part, dir_fd=above)
    except FileExistsError:
        return
    os.fsync(above)
