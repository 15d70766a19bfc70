"""One JSON file of patterns: what was read, and when not to write."""

from __future__ import annotations

import copy
from dataclasses import replace

from feedback_loop.api.patterns.guide import Place, checked_path, read_named
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import LibraryData, format_library, parse_library
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import atomic_write


class LibraryFile:
    """A library in the file at a path."""

    def __init__(self, path: Place) -> None:
        self.path = checked_path(path)
        self.shown = visible(self.path)
        self._read: bytes | None = None
        self._known = LibraryData()
        self._broken = False

    def load(self) -> LibraryData:
        """What it holds, nothing if it is not there.

        Raises InputError for a broken one; until it can be read, `save` refuses.
        """
        self._broken = True
        data = read_named(self.path, SIZE_CAP)
        library = LibraryData() if data is None else parse_library(data, self.shown)
        self._read, self._known = data, copy.deepcopy(library)
        self._broken = False
        return library

    def save(self, library: LibraryData, now: str, force: bool) -> bool:
        """Write these lists, unless they are those that were read; what else the file held is kept.

        Returns whether the file was written. Raises InputError if it could not be read, for an entry
        without a name, for what JSON cannot hold and, unless `force`, if the file is another one than was
        read.
        """
        if self._broken:
            message = f"{self.shown} could not be read and will not be overwritten"
            raise InputError(message, "mend it, then load_patterns()")
        changed = _lists(library) != _lists(self._known)
        present = read_named(self.path, SIZE_CAP)
        if not force and present not in (None, self._read):
            message = f"{self.shown} has changed on disk since it was read"
            raise InputError(message, "load_patterns() takes the change in, force=True overwrites it")
        if present is not None and present == self._read and not changed:
            return False
        made = replace(library, last_updated=now, extra=self._known.extra)
        _check_names(made)
        data = format_library(made, self.shown)
        written = atomic_write(self.path, data)
        self._read, self._known = data, copy.deepcopy(made)
        return written


def _lists(library: LibraryData) -> tuple[list[dict[str, object]], ...]:
    return library.patterns, library.archived, library.changelog


def _check_names(library: LibraryData) -> None:
    for entry in (*library.patterns, *library.archived):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"a pattern without a name cannot be saved: {entry!a:.80}")
