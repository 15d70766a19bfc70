"""The compiled library as one marshal file in the git directory (PERF-4, CACHE-1). On the hot path.

The file is untrusted until its keyed tag fits: marshal can crash on hostile bytes, and a `.git`
folder may have come out of an archive. The key lies in the user's own cache folder. Any trouble,
a missing key or a read-only disk included, means: compile again, nothing worse.
"""

from __future__ import annotations

import marshal
import posix
import sys
from _blake2 import blake2b

from feedback_loop import __version__
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.errors import UserError
from feedback_loop.stores.system import encode, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from feedback_loop.stores.repository import Repository

    # (folder, name, size, mtime in ns, digest); size -1 = the file is absent, no digest = we may not read it
    Source = tuple[str, str, int, int, bytes]
    # (folder, names): the pattern files a folder held
    Listing = tuple[str, tuple[str, ...]]

_FORMAT = 5  # to be raised with the shape of CompiledLibrary or CompiledDetector
_TAG = 32
_CAP = 1 << 20
_CACHE_CAP = 64 << 20
_RACY_NS = 2_000_000_000
_OPEN = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK


class Sources:
    """What a compiled library was made from: files with their digests, and the folders' listings."""

    __slots__ = ("files", "listings")

    def __init__(self, files: tuple[Source, ...], listings: tuple[Listing, ...]) -> None:
        self.files = files
        self.listings = listings


def load_compiled(
    repository: Repository,
    compile_library: Callable[[], tuple[CompiledLibrary, Sources | None]],
    name: str = "compiled",
) -> CompiledLibrary:
    """The library from the cache if nothing it was made from changed, else compiled and stored.

    `name` tells apart what is compiled of one library in several ways.

    Without sources it is not stored: the next run shall try again.
    """
    path, root, key = _path(repository, name), f"{name} {repository.root}", user_key()
    cached = _read(path, key, root) if key else None
    if key and cached:
        sources, parts, written = cached
        now = _compare(sources, written)
        if now is not None:
            if now is not sources:
                _store(path, key, root, now, parts)
            return CompiledLibrary.from_tuple(parts)
    library, made_from = compile_library()
    if key and made_from:
        _store(path, key, root, made_from, library.to_tuple())
    return library


def source_file(folder: str, name: str) -> Source:
    """How a file looks now, for the comparison at the next start."""
    from feedback_loop.stores.files import safe_read  # it needs `os`

    try:
        seen = posix.stat(folder + "/" + name)
    except OSError:
        return folder, name, -1, 0, b""
    try:
        digest = _digest(safe_read(folder, name, _CAP))
    except (OSError, UserError):
        digest = b""  # too large, or a link that leads out of its folder
    return folder, name, seen.st_size, seen.st_mtime_ns, digest


def listing(folder: str) -> tuple[str, ...]:
    """The pattern files a folder holds, sorted; nothing if there is no such folder."""
    try:
        return tuple(sorted(name for name in posix.listdir(folder) if name.endswith((".md", ".json"))))
    except OSError:
        return ()


def _compare(sources: Sources, written: int) -> Sources | None:
    """The sources as they are now if their content is the same (the very object if their stat is too)."""
    if any(listing(folder) != names for folder, names in sources.listings):
        return None
    refreshed = False
    files = []
    for source in sources.files:
        folder, name, size, changed, digest = source
        try:
            seen = posix.stat(folder + "/" + name)
        except OSError:
            if size >= 0:
                return None
            files.append(source)
            continue
        if seen.st_size != size:
            return None
        # A file written in the same moment as the cache may have changed since without a new time.
        racy = changed > written - _RACY_NS
        if racy or seen.st_mtime_ns != changed or not digest:
            now = source_file(folder, name)
            # Of what we may not read only the stat is known: it must be the same, and old.
            if now[4] != digest or (not digest and (racy or now != source)):
                return None
            refreshed = refreshed or now != source or (racy and changed <= written)
            source = now
        files.append(source)
    return Sources(tuple(files), sources.listings) if refreshed else sources


def _read(path: str, key: bytes, root: str) -> tuple[Sources, tuple[Any, ...], int] | None:
    try:
        descriptor = posix.open(path, _OPEN)
    except OSError:
        return None
    try:
        seen = posix.fstat(descriptor)
        data = posix.read(descriptor, seen.st_size + 1) if seen.st_size <= _CACHE_CAP else b""
    except OSError:
        return None
    finally:
        posix.close(descriptor)
    body = data[_TAG:]
    if len(data) != seen.st_size or data[:_TAG] != _tag(body, key, root):
        return None
    files, listings, parts = marshal.loads(body)
    return Sources(files, listings), parts, seen.st_mtime_ns


def _store(path: str, key: bytes, root: str, sources: Sources, parts: tuple[Any, ...]) -> None:
    from feedback_loop.stores.files import atomic_write

    data = marshal.dumps((sources.files, sources.listings, parts))
    try:
        if not atomic_write(path, _tag(data, key, root) + data, 0o600):
            posix.utime(path)  # the same bytes, but from now on younger than their sources
    except (OSError, UserError):
        return  # a cache that cannot be written is a cache we do without


def _path(repository: Repository, name: str) -> str:
    """One file per worktree: they share the folder but not the patterns."""
    return f"{repository.state_dir}/{name}-{_digest(encode(repository.root)).hex()[:16]}.bin"


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _tag(data: bytes, key: bytes, root: str) -> bytes:
    """Under the key, and only for this tool, this Python and this work tree: marshal differs between them."""
    return keyed_tag(key, repr((_FORMAT, __version__, sys.hexversion, root)), data)


def keyed_tag(key: bytes, what: str, data: bytes) -> bytes:
    """32 bytes that nobody makes without the key; `what` says what the data are."""
    tag = blake2b(what.encode(), digest_size=_TAG, key=key)
    tag.update(data)
    return tag.digest()


def user_key() -> bytes | None:
    """The user's 32 random bytes, made at the first use; None if there is no safe place for them."""
    cache = variable("XDG_CACHE_HOME")
    if not cache.startswith("/"):
        cache = variable("HOME") + "/.cache"
    if not cache.startswith("/") or cache == "/.cache":
        return None
    path = cache + "/feedback-loop/key"
    try:
        descriptor = posix.open(path, _OPEN)
    except FileNotFoundError:
        return _new_key(path)
    except OSError:
        return None
    try:
        seen = posix.fstat(descriptor)
        key = posix.read(descriptor, 33)
    except OSError:
        return None
    finally:
        posix.close(descriptor)
    ours = seen.st_uid == posix.getuid() and seen.st_mode & 0o170077 == 0o100000
    return key if ours and len(key) == 32 else None


def _new_key(path: str) -> bytes | None:
    """A key that is there whole or not at all: half a key would stand in the way of every cache."""
    import os

    key = os.urandom(32)
    temporary = f"{path}.{os.urandom(4).hex()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, key)
            os.link(temporary, path)
        finally:
            os.close(descriptor)
            os.unlink(temporary)
    except OSError:  # no place for it, or somebody was faster: the next run will see
        return None
    return key
