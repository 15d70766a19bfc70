"""The index of search as one marshal file in the git directory, and what it was made from (CACHE-1, D12g).

The file is believed only if its keyed tag fits, as the compiled library's (`stores.compiled`). Whatever is
wrong with it, a missing key or a read-only disk included, answers are the same: they take longer. The
settings stand in it too: reading them anew costs more than a search.
"""

from __future__ import annotations

import marshal
import os
import sys
from _blake2 import blake2b
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, fields
from typing import Any, NamedTuple, TypeAlias

from feedback_loop import __version__
from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.postings import Parts
from feedback_loop.domain.search import Indexed
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.task_type import TaskType
from feedback_loop.errors import UserError
from feedback_loop.stores.compiled import keyed_tag, user_key
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library_place import FOLDERS, Place
from feedback_loop.stores.repository import Repository

SETTINGS_FILES = ("feedback-loop.toml", "pyproject.toml")  # as `stores.settings`, which loads far more
# Settings that are values of their own, which marshal does not know.
_VALUES: dict[str, type[Any]] = {"classify_rules": ClassifyRule, "route_types": TaskType}
_FORMAT = 3  # to be raised with the shape of what is written here
_TAG = 32
_CAP = 512 << 20
_RACY_NS = 2_000_000_000
_COUNT = "I"

# (size, (mtime, ctime) in ns, digest); size -1 = absent, no digest = we may not read it
Half: TypeAlias = tuple[int, tuple[int, int], bytes]
Key: TypeAlias = tuple[str, str]  # state, file name without its ending
Halves: TypeAlias = tuple[Half, Half]  # markdown, JSON

_ABSENT: Half = (-1, (0, 0), b"")
_UNKNOWN: Half = (-2, (0, 0), b"")  # like no file that there is


class Looks(NamedTuple):
    """How the files of a library look. `outside` counts folders that nobody may look into."""

    files: Mapping[Key, Halves]
    outside: int = 0


class Kept(NamedTuple):
    """An index and what it was made from. `broken` are the files that make no pattern.

    `settings_files` are `SETTINGS_FILES`, `settings_problems` counts what is wrong with them. `written` is
    when it was stored, in ns, 0 = not yet.
    """

    folder: str
    looks: Looks
    broken: frozenset[Key]
    settings_files: tuple[Half, ...]
    settings: Settings
    settings_problems: int
    parts: Parts
    written: int = 0


class SearchCache:
    """The cache of one work tree; `version` is that of what the index counts."""

    def __init__(self, repository: Repository, version: int) -> None:
        place = blake2b(os.fsencode(repository.root), digest_size=8).hexdigest()
        self.path = f"{repository.state_dir}/search-{place}.bin"
        made_by = (_FORMAT, version, __version__, sys.hexversion, sys.byteorder, array(_COUNT).itemsize)
        shape = tuple(field.name for field in (*fields(Settings), *fields(Indexed)))
        self._what = repr(("search", made_by, shape, repository.root))
        self._key = user_key()

    def load(self) -> Kept | None:
        """What was stored last; None if there is nothing that can be believed."""
        data, written = self._read()
        body = data[_TAG:]
        if self._key is None or not body or data[:_TAG] != keyed_tag(self._key, self._what, body):
            return None
        folder, looks, broken, files, settings, problems, parts = marshal.loads(body)
        for name, kind in _VALUES.items():
            settings[name] = tuple(kind(*one) for one in settings[name])
        return Kept(
            folder, Looks(*looks), broken, files, Settings(**settings), problems, Parts(*parts), written
        )

    def save(self, kept: Kept) -> None:
        """Store it; a cache that cannot be written is one that we do without."""
        if self._key is None:
            return
        parts = kept.parts
        records = [one if one is None or isinstance(one, bytes) else pack(one) for one in parts.records]
        values = {field.name: getattr(kept.settings, field.name) for field in fields(Settings)}
        values |= {name: tuple(map(astuple, values[name])) for name in _VALUES}
        kept_parts = (parts.heads, records, parts.postings)
        whole: Any = (*kept[:1], tuple(kept.looks), *kept[2:4], values, kept.settings_problems, kept_parts)
        body = marshal.dumps(whole)
        try:
            if not atomic_write(self.path, keyed_tag(self._key, self._what, body) + body, 0o600):
                os.utime(self.path)  # the same bytes, but from now on younger than their sources
        except (OSError, UserError):
            return

    def _read(self) -> tuple[bytes, int]:
        """The file's bytes and its time; no bytes if it is no file of ours."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return b"", 0
        try:
            seen = os.fstat(descriptor)
            data = os.read(descriptor, seen.st_size) if seen.st_size <= _CAP else b""
        except OSError:
            return b"", 0
        finally:
            os.close(descriptor)
        return data, seen.st_mtime_ns


# -- records -------------------------------------------------------------------------------------


def pack(one: Indexed) -> bytes:
    """A document in bytes; its counts are two flat rows, as a dict would take twice the room."""
    values: list[Any] = [getattr(one, field.name) for field in fields(Indexed)]
    at = [field.name for field in fields(Indexed)].index("counts")
    values[at] = (" ".join(one.counts), array(_COUNT, one.counts.values()).tobytes())
    return marshal.dumps(tuple(values))


def unpack(record: bytes) -> Indexed:
    """The document of these bytes, which `load` has found to be ours."""
    values: dict[str, Any] = dict(
        zip((field.name for field in fields(Indexed)), marshal.loads(record), strict=True)
    )
    tokens, counts = values["counts"]
    values["counts"] = dict(zip(tokens.split(" ") if tokens else (), array(_COUNT, counts), strict=True))
    return Indexed(**values)


# -- what it was made from -----------------------------------------------------------------------


def look_at_settings(root: str, before: Kept | None) -> tuple[Half, ...]:
    """How the settings files look now."""
    known = before.settings_files if before else (_UNKNOWN,) * len(SETTINGS_FILES)
    written = before.written if before else 0
    place = Place(root, "", True)
    return tuple(_look(place, name, old, written) for name, old in zip(SETTINGS_FILES, known, strict=True))


def look_at_library(place: Place, before: Kept | None) -> Looks:
    """How the pattern files look now; what has the stat that it had is not read again."""
    known = before.looks.files if before and before.folder == place.folder else {}
    written = before.written if before else 0
    files: dict[Key, Halves] = {}
    outside = 0
    for state, below in FOLDERS:
        try:
            names = place.file_names(below)
        except (UserError, OSError):
            outside += 1
            continue
        for name in names:
            stem, _, ending = name.rpartition(".")
            old = known.get((state, stem), (_UNKNOWN, _UNKNOWN))
            prose, data = files.get((state, stem), (_ABSENT, _ABSENT))
            path = f"{place.name}{below}/{name}"
            if ending == "md":
                prose = _look(place, path, old[0], written)
            else:
                data = _look(place, path, old[1], written)
            files[state, stem] = prose, data
    return Looks(files, outside)


def _look(place: Place, path: str, old: Half, written: int) -> Half:
    """How a file looks now: the very `old` if its stat is the same and older than the cache."""
    try:
        seen = os.stat(f"{place.base}/{path}")
    except OSError:
        return _ABSENT
    size, times = seen.st_size, (seen.st_mtime_ns, seen.st_ctime_ns)
    # A file written in the same moment as the cache may have changed since without a new time.
    if old[0] == size and old[1] == times and old[2] and times[0] <= written - _RACY_NS:
        return old
    try:
        digest = blake2b(place.read(path), digest_size=16).digest()
    except (OSError, UserError):
        digest = b""  # too large, or a link that leads outside
    return size, times, digest


def changed_files(before: Looks, now: Looks) -> list[Key]:
    """The patterns whose content is not what it was, new and removed ones among them, sorted."""
    return sorted(set(_changed(before.files, now.files)))


def _changed(before: Mapping[Key, Halves], now: Mapping[Key, Halves]) -> Iterator[Key]:
    yield from (key for key in before if key not in now)
    for key, halves in now.items():
        old = before.get(key)
        if old is None or not same_content(old, halves):
            yield key


def same_content(before: Iterable[Half], now: Iterable[Half]) -> bool:
    """Whether files say what they said; of what we may not read only the stat is known."""
    return all(
        old is new or (old[0] == new[0] and old[2] == new[2] and (bool(new[2]) or old == new))
        for old, new in zip(before, now, strict=True)
    )


def is_fresh(before: Kept, files: Iterable[Half], looks: Looks) -> bool:
    """Whether storing what did not change once more would spare the next run nothing."""
    pairs = [(before.settings_files, tuple(files))]
    pairs += [(before.looks.files[key], halves) for key, halves in looks.files.items()]
    racy = before.written - _RACY_NS
    return all(
        old is new or (old == new and not racy < new[1][0] <= before.written)
        for was, now in pairs
        for old, new in zip(was, now, strict=True)
    )
