"""The one way to read and the one way to write a file of a user's repository (IO-1 to IO-5, T1, T2).

Reads go component by component from a root descriptor, so that no link and no swap leads outside.
Writes leave the old bytes or the new ones, never a mixture, whatever moment the power fails.
"""

from __future__ import annotations

import errno
import os
import stat

from feedback_loop.errors import MachineFault, UserError

TEMPORARY = ".fl-tmp-"
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY
_NAMELESS = getattr(os, "O_TMPFILE", 0) | os.O_RDWR | os.O_CLOEXEC
# How systems and file systems without O_TMPFILE answer; without the flag at all it is a folder's EISDIR.
_NO_NAMELESS = (errno.EISDIR, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOENT)
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [port + number for port in ("COM", "LPT") for number in "0123456789¹²³"]
)


def components(path: str) -> list[str]:
    """The parts of a relative POSIX path whose every part is safe on every system.

    Raises UserError for `..`, absolute paths, `~`, drives, backslashes, NUL, device names, a colon,
    parts that end in a dot or space (Windows would read those as another file), and names that this
    system cannot encode.
    """
    parts = path.split("/")
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise _unsafe(path) from None
    for part in parts:
        unsafe = (
            part in ("", ".", "..")
            or part.startswith("~")
            or part[-1] in ". "
            or any(char in "\\:\0" or ord(char) < 32 for char in part)
            or part.partition(".")[0].rstrip(" ").upper() in _DEVICES
        )
        if unsafe:
            raise _unsafe(path)
    return parts


def _unsafe(path: str) -> UserError:
    return UserError(f"path leaves the repository or is not portable: {path!a}")


def safe_open(root: str, path: str) -> int:
    """A descriptor of the regular file at `root/path`, nothing outside `root` ever opened.

    A link that stays inside the root is followed once, by opening its target by the same rules.
    Raises UserError for a path that leaves the root or is no regular file, OSError as `open` does.
    """
    parts = components(path)
    for _ in range(2):
        descriptor = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            opened = _descend(descriptor, parts)
            if isinstance(opened, int):
                if stat.S_ISREG(os.fstat(opened).st_mode):
                    return opened
                os.close(opened)
                raise UserError(f"not a regular file: {path!a}")
            parts = _inside(root, opened, path)
        finally:
            os.close(descriptor)
    raise UserError(f"too many links: {path!a}")


def _descend(descriptor: int, parts: list[str]) -> int | str:
    """Open part by part; a link on the way gives the path it stands for instead of a descriptor."""
    here = os.dup(descriptor)
    try:
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            try:
                following = os.open(part, _FILE if last else _FOLDER, dir_fd=here)
            except OSError as error:
                if error.errno not in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
                    raise
                return _link(part, here, parts, index, error)
            os.close(here)
            here = following
        here, opened = -1, here
        return opened
    finally:
        if here >= 0:
            os.close(here)


def _link(part: str, here: int, parts: list[str], index: int, error: OSError) -> str:
    try:
        target = os.readlink(part, dir_fd=here)
    except OSError:
        raise error from None
    return "/".join([*([] if target.startswith("/") else parts[:index]), target, *parts[index + 1 :]])


def _inside(root: str, target: str, path: str) -> list[str]:
    """The parts below the root of a link's target."""
    full = os.path.normpath(os.path.join(root, target))
    top = os.path.normpath(root)
    if not full.startswith(top.rstrip("/") + "/"):
        raise UserError(f"path leaves the repository: {path!a} is a link to {target!a}")
    return components(full[len(top.rstrip("/")) + 1 :])


def safe_read(root: str, path: str, cap: int) -> bytes:
    """The file's bytes. Raises UserError as `safe_open`, and if there are more than `cap` of them."""
    return _read(safe_open(root, path), path, cap)


def read_anywhere(path: str, cap: int) -> bytes:
    """The bytes of a file that a person named for themselves: wherever it is, links followed.

    Never for a path that a repository names. Raises OSError, and UserError for what is no regular file or
    holds more than `cap` bytes.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UserError(f"not a regular file: {path!a}")
    return _read(descriptor, path, cap)


def _read(descriptor: int, path: str, cap: int) -> bytes:
    try:
        size = os.fstat(descriptor).st_size
        if size > cap:
            raise UserError(f"{path!a} is larger than {cap} bytes ({size})")
        blocks = []
        left = cap + 1
        while left > 0 and (block := os.read(descriptor, min(left, 1 << 20))):
            blocks.append(block)
            left -= len(block)
    finally:
        os.close(descriptor)
    if left <= 0:
        raise UserError(f"{path!a} is larger than {cap} bytes")
    return b"".join(blocks)


def atomic_write(path: str, data: bytes, mode: int = 0o644) -> bool:
    """Replace the file by these bytes; False if it holds them already (then nothing is written).

    An existing file keeps its mode, a new one gets `mode` less the umask. On return the bytes are on
    the disk. Raises UserError if the target is a link or no file, MachineFault when the disk says no;
    the old file is then intact.
    """
    folder = os.path.dirname(path) or "."
    try:
        old = _old(path)
        _make_folder(folder)
        sweep(folder)
        if old is not None and old.st_size == len(data) and _holds(path, data):
            return False
        _replace(path, folder, data, mode, old)
        _sync_folder(folder)
    except OSError as error:
        raise MachineFault(f"cannot write {path}: {error.strerror}") from error
    return True


def write_new(path: str, data: bytes) -> bool:
    """Make a file that is written once and never changed; False if it holds these bytes already.

    On return the bytes are on the disk, whoever wrote them. Of two writers at once both succeed. A kill
    leaves nothing behind where the system can make files without a name (Linux). Raises MachineFault if
    other bytes stand under the name, or when the disk says no; nothing is replaced.
    """
    folder, name = os.path.split(path)
    try:
        _make_folder(folder or ".")
        descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            written = _put(descriptor, folder or ".", name, data)
            os.fsync(descriptor)  # the name another writer gave may not be on the disk yet
        finally:
            os.close(descriptor)
        if not written and not (stat.S_ISREG(os.lstat(path).st_mode) and _holds(path, data)):
            raise MachineFault(f"cannot write {path}: other bytes stand there", "nothing was replaced")
    except OSError as error:
        raise MachineFault(f"cannot write {path}: {error.strerror}") from error
    return written


def sync_folder(folder: str) -> None:
    """On return the names in the folder are on the disk, whoever wrote them. Raises MachineFault."""
    try:
        _sync_folder(folder)
    except OSError as error:
        raise MachineFault(f"cannot write {folder}: {error.strerror}") from error


def _put(folder: int, path: str, name: str, data: bytes) -> bool:
    """Write the bytes into a file without a name, then give it one; False if the name is taken."""
    try:
        descriptor = os.open(".", _NAMELESS, 0o644, dir_fd=folder)
    except OSError as error:
        if error.errno not in _NO_NAMELESS:
            raise
        return _put_named(path, name, data)
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
        # Only with `src_dir_fd` does Python follow the link in /proc.
        os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        return False
    except FileNotFoundError:  # no /proc
        return _put_named(path, name, data)
    finally:
        os.close(descriptor)
    return True


def _put_named(folder: str, name: str, data: bytes) -> bool:
    """The same where every file has a name from the start."""
    sweep(folder)
    temporary, descriptor = _temporary(folder, 0o644)
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
        os.link(temporary, os.path.join(folder, name))
    except FileExistsError:
        return False
    finally:
        os.unlink(temporary)
        os.close(descriptor)
    return True


def _old(path: str) -> os.stat_result | None:
    try:
        old = os.lstat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(old.st_mode):
        raise UserError(f"will not write through a link: {path!a}")
    if not stat.S_ISREG(old.st_mode):
        raise UserError(f"not a regular file: {path!a}")
    return old


def _holds(path: str, data: bytes) -> bool:
    descriptor = os.open(path, _FILE)
    with open(descriptor, "rb") as present:
        return present.read(len(data) + 1) == data


def _replace(path: str, folder: str, data: bytes, mode: int, old: os.stat_result | None) -> None:
    temporary, descriptor = _temporary(folder, mode)
    try:
        _write_all(descriptor, data)
        if old is not None:
            os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
        os.fsync(descriptor)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        os.close(descriptor)


def _make_folder(folder: str) -> None:
    """The folder and those above it, each one's name on the disk before anything is put into it."""
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder) or "."
    _make_folder(above)
    try:
        os.mkdir(folder)
    except FileExistsError:
        return  # somebody was faster; if it is no folder, the next step says so
    _sync_folder(above)


def _temporary(folder: str, mode: int) -> tuple[str, int]:
    """A new file held under a lock, so that `sweep` can tell a dead writer's from a living one's."""
    import fcntl

    while True:
        path = os.path.join(folder, TEMPORARY + os.urandom(4).hex())
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode | 0o600)
        except FileExistsError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)  # somebody's sweep was faster than our lock


def sweep(folder: str) -> None:
    """Remove temporary files whose writer is dead: those that can be locked."""
    import fcntl

    for name in os.listdir(folder):
        if not _is_temporary(name):
            continue
        path = os.path.join(folder, name)
        try:
            descriptor = os.open(path, _FILE)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        except OSError:
            pass
        finally:
            os.close(descriptor)


def _is_temporary(name: str) -> bool:
    """Nothing but our own names: a user may have files that only begin like them."""
    tail = name.removeprefix(TEMPORARY)
    return name.startswith(TEMPORARY) and len(tail) == 8 and not tail.strip("0123456789abcdef")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
