"""One JSON file of patterns, or a folder of pattern files to read: what was read, and when not to write."""

from __future__ import annotations

import copy
import os
from dataclasses import replace

from feedback_loop.api.guide import Place, checked_path, pattern_entry, read_named
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import LibraryData, format_library, parse_library
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library import load_library


class LibraryFile:
    """A library at a path: one file if it ends in `.json` and is no folder, else a folder."""

    def __init__(self, path: Place) -> None:
        self.path = checked_path(path)
        self.shown = visible(self.path)
        self.is_file = self.path.endswith(".json") and not os.path.isdir(self.path)
        self._read: bytes | None = None
        self._known = LibraryData()
        self._broken = False

    def load(self) -> LibraryData:
        """What it holds, nothing if it is not there.

        Raises InputError for a broken one; until it can be read, `save` refuses.
        """
        self._broken = True
        data = read_named(self.path, SIZE_CAP) if self.is_file else None
        if self.is_file:
            library = LibraryData() if data is None else parse_library(data, self.shown)
        else:
            library = _folder(self.path)
        self._read, self._known = data, copy.deepcopy(library)
        self._broken = False
        return library

    def save(self, library: LibraryData, now: str, force: bool) -> None:
        """Write these lists, unless they are those that were read; what else the file held is kept.

        Raises InputError if it could not be read, for an entry without a name, for what JSON cannot hold
        and, unless `force`, if the file is another one than was read.
        """
        if self._broken:
            message = f"{self.shown} could not be read and will not be overwritten"
            raise InputError(message, "mend it, then load_patterns()")
        changed = _lists(library) != _lists(self._known)
        if not self.is_file:
            if changed:
                raise self.read_only()
            return
        present = read_named(self.path, SIZE_CAP)
        if not force and present not in (None, self._read):
            message = f"{self.shown} has changed on disk since it was read"
            raise InputError(message, "load_patterns() takes the change in, force=True overwrites it")
        if present is not None and present == self._read and not changed:
            return
        made = replace(library, last_updated=now, extra=self._known.extra)
        _check_names(made)
        data = format_library(made, self.shown)
        atomic_write(self.path, data)
        self._read, self._known = data, copy.deepcopy(made)

    def read_only(self) -> InputError:
        """What to raise instead of writing to a folder."""
        return InputError(
            f"{self.shown} is a folder of patterns: this does not write to one yet",
            "`feedback-loop pattern` does; a path that ends in .json is one file with counters",
        )


def _lists(library: LibraryData) -> tuple[list[dict[str, object]], ...]:
    return library.patterns, library.archived, library.changelog


def _check_names(library: LibraryData) -> None:
    for entry in (*library.patterns, *library.archived):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"a pattern without a name cannot be saved: {entry!a:.80}")


def _folder(path: str) -> LibraryData:
    """The patterns of a folder. Raises InputError with all problems if some cannot be read."""
    if not os.path.isdir(path):
        return LibraryData()
    parent, name = os.path.split(os.path.abspath(path))
    library = load_library(parent, name)
    if library.problems:
        raise InputError("\n".join(visible(str(problem)) for problem in library.problems))
    active, archived = (
        [pattern_entry(one) for one in library.patterns if one.state == state]
        for state in ("active", "archived")
    )
    return LibraryData(active, archived)
