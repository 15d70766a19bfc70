"""The user's own index: copied, changed outside, and put back under `index.lock` in a moment (GIT-8, F4).

git must never write the user's index for us: when it does, it compares every entry as young as the index
itself with its file, and that runs the clean filter the repository's configuration names. A copy that is
dated 1970 has no such entries (`is_racy_stat` of git's read-cache.c takes time 0 for "unknown"), so that
git may write the copy, if it is dated so before each time. The result gets the date of the index that it
replaces: whatever git had to look at twice before, it looks at twice again, and no edit of the same moment
is overlooked.
"""

from __future__ import annotations

import os

from feedback_loop.errors import MachineFault
from feedback_loop.stores.files import sync_folder

Stamp = tuple[int, ...]
_INDEX_CAP = 1 << 30
_AGES = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def stamp_of(index: str) -> Stamp | None:
    """What tells this very file from each one that replaces it; None if there is no index."""
    try:
        facts = os.stat(index)
    except FileNotFoundError:
        return None
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def refuse_lock(index: str, now: int) -> None:
    """Raises MachineFault (busy) with the path and the age of `index.lock` if there is one; `now` in s."""
    lock = index + ".lock"
    try:
        made = int(os.lstat(lock).st_mtime)
    except FileNotFoundError:
        return
    hint = "a git command is at work; if none is, one was killed: see to it and remove the file yourself"
    raise MachineFault(f"busy: {lock} exists ({_age(now - made)} old)", hint, kind="busy")


def copy_index(index: str, copy: str, expected: Stamp) -> None:
    """A copy with the mode of the index. Raises MachineFault (busy) if that is not the expected one."""
    data = _bytes_of(index)
    if stamp_of(index) != expected:
        raise _changed()
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as target:
        target.write(data)
        target.flush()
        os.fsync(descriptor)
    os.chmod(copy, os.stat(index).st_mode & 0o777)


def forget_date(copy: str) -> None:
    """Let git write this index next without looking into any file.

    Raises FileNotFoundError: of an index that is gone git would make one without the user's entries.
    """
    os.utime(copy, (0, 0))


def swap_index(index: str, new: str, expected: Stamp | None, now: int) -> Stamp | None:
    """Put the file `new` in the place of the index, with its date; the stamp of what stands there now.

    Raises MachineFault (busy) if `index.lock` exists or the index is not the expected one any more:
    then it stays as it is. The lock is there for a few system calls only: no program runs under it.
    """
    lock = index + ".lock"
    try:
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        refuse_lock(index, now)
        raise _changed() from None  # it was there a moment ago
    try:
        os.close(descriptor)
        if stamp_of(index) != expected:
            raise _changed()
        if expected is not None:
            os.utime(new, ns=(expected[3], expected[3]))
        os.rename(new, index)
        placed = stamp_of(index)
    finally:
        os.unlink(lock)
    sync_folder(os.path.dirname(index))
    return placed


def _changed() -> MachineFault:
    hint = "nothing was committed; run it again"
    return MachineFault("busy: another command changed the index meanwhile", hint, kind="busy")


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as stream:
        data = stream.read(_INDEX_CAP + 1)
    if len(data) > _INDEX_CAP:
        raise MachineFault(f"{path} is larger than 1 GiB", "commit with git itself")
    return data


def _age(seconds: int) -> str:
    for length, name in _AGES:
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{max(seconds, 0)} s"
