"""Several files that are written once and never changed: all of them are there afterwards, or none."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import NamedTuple

from feedback_loop.errors import MachineFault
from feedback_loop.stores.files import sync_folder, write_new

_NAMELESS = getattr(os, "O_TMPFILE", 0) | os.O_RDWR | os.O_CLOEXEC
# How systems and file systems without O_TMPFILE answer; without the flag at all it is a folder's EISDIR.
_NO_NAMELESS = (errno.EISDIR, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOENT)


class _Ready(NamedTuple):
    """A file that lacks nothing but its name; without a descriptor (-1) its bytes are still to be written."""

    path: str
    descriptor: int
    data: bytes


def write_batch(files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Make these files, absolute paths and bytes, or none; the paths of those that were not there yet.

    All bytes are on the disk before the first file gets its name, then the names are given one right after
    the other. Whatever stops that, an interrupt too, what this call named is taken back. A kill between two
    names leaves the first of them there; where the system cannot make files without a name (Linux can) the
    bytes are written in between, so that the moment is longer.

    Raises MachineFault if other bytes stand under a name, or when the disk says no.
    """
    made: list[str] = []
    path = ""
    try:
        with ExitStack() as opened:
            ready = []
            for path, data in files:
                ready.append(_prepared(path, data, opened))
            for one in ready:
                path = one.path
                if _named(one):
                    made.append(path)
        for folder in sorted({os.path.dirname(one.path) for one in ready}):
            sync_folder(folder)
    except BaseException as error:
        _take_back(made)
        if isinstance(error, OSError):
            raise MachineFault(f"cannot write {path}: {error.strerror}", "nothing was written") from error
        raise
    return made


def _prepared(path: str, data: bytes, opened: ExitStack) -> _Ready:
    folder = os.path.dirname(path)
    _make_folder(folder)
    try:
        descriptor = os.open(folder, _NAMELESS, 0o644)
    except OSError as error:
        if error.errno not in _NO_NAMELESS:
            raise
        return _Ready(path, -1, data)
    opened.callback(os.close, descriptor)
    if not os.path.exists(f"/proc/self/fd/{descriptor}"):
        return _Ready(path, -1, data)
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)
    return _Ready(path, descriptor, b"")


def _named(one: _Ready) -> bool:
    """Give the file its name; False if the same bytes have it already."""
    if one.descriptor < 0:
        return write_new(one.path, one.data)
    try:
        # Only with `src_dir_fd` does Python follow the link in /proc.
        os.link(f"/proc/self/fd/{one.descriptor}", one.path, src_dir_fd=one.descriptor)
    except FileExistsError:
        data = os.pread(one.descriptor, os.fstat(one.descriptor).st_size, 0)
        return write_new(one.path, data)  # which says what stands there
    return True


def _make_folder(folder: str) -> None:
    """The folder and those above it, each one's name on the disk before anything is put into it."""
    if not os.path.isdir(folder):
        above = os.path.dirname(folder)
        _make_folder(above)
        os.makedirs(folder, exist_ok=True)
        sync_folder(above)


def _take_back(paths: list[str]) -> None:
    for path in paths:
        with suppress(OSError, MachineFault):
            os.unlink(path)
            sync_folder(os.path.dirname(path))
