"""What metrics do to a library after an analysis (A13 to A15): counted, added or proposed, archived."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from feedback_loop.api.library import open_library
from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
from feedback_loop.api.metrics.entry_events import pattern_name
from feedback_loop.api.metrics.known_patterns import Patterns
from feedback_loop.api.patterns.file_changes import is_detected
from feedback_loop.api.patterns.manager import PatternManager
from feedback_loop.api.patterns.repository import PatternRepository
from feedback_loop.domain.guide import SUPERSEDED
from feedback_loop.domain.library import Library
from feedback_loop.domain.library_update import LibraryUpdate
from feedback_loop.domain.text import counted
from feedback_loop.errors import UserError
from feedback_loop.formats.library_json import Entry, LibraryData
from feedback_loop.stores.library import load_library
from feedback_loop.stores.library_place import find_place
from feedback_loop.workspace import Workspace

ARCHIVE_DAYS = 90


def known_entries(manager: PatternManager) -> list[Entry]:
    """The patterns of every state, each with the names that it took over, for `MetricsAnalyzer`."""
    return [_with_former(one) for one in (*manager.patterns, *manager.proposed, *manager.archived)]


def _with_former(entry: Entry) -> Entry:
    own = entry.get("supersedes")
    former = [old for old, name in SUPERSEDED.items() if name == entry.get("name")]
    return entry | {"supersedes": [*(own if isinstance(own, list | tuple) else ()), *former]}


def detected_names(manager: PatternManager) -> set[str]:
    """Patterns of a file that an analysis put there and nobody wrote yet."""
    library = LibraryData(manager.patterns, manager.archived, manager.changelog)
    found = (one for one in (*manager.patterns, *manager.archived) if is_detected(library, one))
    return {str(one["name"]) for one in found}


def update_file(
    manager: PatternManager, analyzer: MetricsAnalyzer, new: Sequence[Entry], trial: bool
) -> LibraryUpdate:
    """Count, add what is new, archive what was not seen for 90 days, and save, unless it is a `trial`.

    Every analysis is one source to `PatternManager.update_frequencies`: its totals replace those of the one
    before. A file of metrics and the events that were collected from it would else count twice; what is to
    be added up is collected. Raises UserError as `PatternManager.save_patterns`.
    """
    seen = analyzer.get_high_frequency_patterns(1)
    counts = manager.update_frequencies(seen)
    added = manager.add_new_patterns(_with_times(new, seen))
    archived = manager.archive_unused_patterns(ARCHIVE_DAYS)
    update = LibraryUpdate(
        manager.shown,
        trial=trial,
        counted=tuple(counts["updated"]),
        added=tuple(added),
        archived=tuple(archived),
        restored=tuple(counts["restored"]),
        notes=tuple(counts["problems"]),
    )
    return _saved(manager, update)


def _with_times(new: Sequence[Entry], seen: Sequence[Entry]) -> list[Entry]:
    """Details are at most fifty: the last time of all is that of the counts."""
    times = {one["pattern"]: one["last_seen"] for one in seen}
    return [one | {"last_seen": times.get(one["pattern"])} for one in new]


def update_folder(manager: PatternManager, new: Iterable[Entry], trial: bool) -> LibraryUpdate:
    """Propose what is new, unless it is a `trial`. Counts come from events, and archiving from history."""
    items = list(new)
    names = [one["pattern"] for one in items]
    notes = tuple(
        f"{one!a:.80} cannot be a pattern's name: not proposed" for one in names if not pattern_name(one)
    )
    added = manager.add_new_patterns([one for one in items if pattern_name(one["pattern"])])
    return _saved(manager, LibraryUpdate(manager.shown, True, trial, added=tuple(added), notes=notes))


def _saved(manager: PatternManager, update: LibraryUpdate) -> LibraryUpdate:
    if update.trial or not update.changes:
        return update
    manager.save_patterns()
    return replace(update, written=True)


# -- the library of an analysis ----------------------------------------------------------------------


def library_in_force(workspace: Workspace | None) -> Library:
    """The repository's library; the built-in one outside of a repository."""
    return load_library(os.devnull, "patterns") if workspace is None else open_library(workspace)


def open_shelf(
    workspace: Workspace | None, patterns_file: str | None, now: datetime, *, trial: bool
) -> FileShelf | FolderShelf:
    """The library that an analysis is about: the file or folder that is named, else the repository's.

    `trial` as in `update_file`. Raises UserError for a file of patterns that is broken.
    """
    path: str | None = patterns_file
    if path is None:
        if workspace is not None:
            folder = workspace.settings()[0].patterns
            path = f"{workspace.root}/{folder}" if find_place(workspace.root, folder).own else ""
        return FolderShelf(library_in_force(workspace), path, now, trial)
    if path.endswith(".json") and not os.path.isdir(path):
        return FileShelf(PatternManager(path, clock=lambda: now), trial)
    return FolderShelf(PatternRepository(path, lambda: 0).read_library(), path, now, trial)


class FileShelf:
    """A JSON file of patterns, to be brought up to date.

    `known` are all of its patterns, `settled` those without the `candidates`: what an analysis put there
    and nobody wrote yet.
    """

    def __init__(self, manager: PatternManager, trial: bool) -> None:
        self._manager = manager
        self._trial = trial
        self.known: Patterns = known_entries(manager)
        self.candidates = detected_names(manager)
        self.settled: Patterns = [one for one in self.known if one["name"] not in self.candidates]

    def update(self, analyzer: MetricsAnalyzer, new: list[Entry]) -> LibraryUpdate | None:
        """Count, add, archive and save."""
        return update_file(self._manager, analyzer, new, self._trial)

    def state(self, name: str) -> str | None:
        """Where a new pattern is now, `added` or `archived`; of a trial, where it was before."""
        if self._trial and name not in self.candidates:
            return None
        if any(one.get("name") == name for one in self._manager.archived):
            return "archived"
        return "added" if any(one.get("name") == name for one in self._manager.patterns) else None


class FolderShelf:
    """A folder of pattern files, to propose to; `known`, `settled` and `candidates` as of a file.

    A path of None = there is no repository, "" = it has no such folder.
    """

    def __init__(self, library: Library, path: str | None, now: datetime, trial: bool) -> None:
        self._path = path
        self._now = now
        self._trial = trial
        self._library = library
        self._rejected: frozenset[str] = frozenset()
        self._added: tuple[str, ...] = ()
        self.known: Patterns = library
        self.candidates = {
            one.name for one in library.patterns if one.state == "proposed" and one.origin.kind == "failure"
        }
        kept = tuple(one for one in library.patterns if one.name not in self.candidates)
        self.settled: Patterns = replace(library, patterns=kept)

    def update(self, _: MetricsAnalyzer, new: list[Entry]) -> LibraryUpdate | None:
        """Propose what no state of the library knows; None if there is nothing."""
        fresh = [one for one in new if self._library.find(pattern_name(one["pattern"])) is None]
        if self._path is None or not fresh:
            return None
        refused = self._refused(len(fresh))
        if refused:
            return LibraryUpdate(self._library.source, True, self._trial, notes=(refused,))
        manager = PatternManager(self._path, clock=lambda: self._now)
        self._rejected = manager.rejected
        done = update_folder(manager, fresh, self._trial)
        self._added = done.added if done.written else ()
        return replace(done, shown=self._library.source)

    def _refused(self, count: int) -> str:
        """Why nothing is proposed. Raises UserError, but in a trial not, if the library is broken."""
        if not self._path:
            new = counted(count, "new pattern")
            return f"{new} not proposed: there is no folder for them, `feedback-loop init` makes it"
        if not self._library.problems:
            return ""
        problems = "\n".join(map(str, self._library.problems))
        if not self._trial:
            hint = "mend the library first, or see the figures alone: --no-update"
            raise UserError(f"new patterns cannot be proposed:\n{problems}", hint)
        return f"new patterns could not be proposed: {self._library.problems[0]}"

    def state(self, name: str) -> str | None:
        """Where a new pattern is now: `proposed`, `rejected`, None for nowhere."""
        name = pattern_name(name)
        if name in self._rejected:
            return "rejected"
        return "proposed" if name in self.candidates or name in self._added else None
