"""A folder of pattern files as the lists of `PatternManager`: what was read, and what a save may write."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from feedback_loop.api.library import example_scanner
from feedback_loop.api.patterns.decisions import own_settings
from feedback_loop.api.patterns.figures import Figure, Figures, read_figures
from feedback_loop.api.patterns.files import edited_files, unreadable
from feedback_loop.api.patterns.views import (
    check_view,
    edited_pattern,
    new_pattern,
    pattern_view,
    refresh,
    same_pattern,
)
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.pattern import STATES, Origin, Pattern
from feedback_loop.domain.text import visible
from feedback_loop.engines.gate import check_examples
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.library_json import Entry
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library import load_library, write_pattern
from feedback_loop.stores.library_moves import ENDINGS, place
from feedback_loop.stores.lock import hold_lock
from feedback_loop.stores.repository import find_repository
from feedback_loop.workspace import Workspace


@dataclass
class FolderLists:
    """The dicts by state, in the order of their names; `problems` are events that cannot be read."""

    active: list[Entry] = field(default_factory=list)
    proposed: list[Entry] = field(default_factory=list)
    archived: list[Entry] = field(default_factory=list)
    problems: tuple[str, ...] = ()

    def of(self, state: str) -> list[Entry]:
        """The list of this state."""
        found: list[Entry] = getattr(self, state)
        return found


@dataclass(frozen=True)
class _Read:
    """A pattern as it was read or written last, and the dict that said so."""

    pattern: Pattern
    entry: Entry


class PatternRepository:
    """The patterns below a folder such as `patterns/`; `now` gives the seconds since 1970.

    Counts, times and scores of the dicts are computed from the events of the repository around the
    folder; outside of one nothing is counted.
    """

    def __init__(self, path: str, now: Callable[[], int]) -> None:
        self.shown = visible(path)
        self.figures = Figures()
        self._root, self._folder = os.path.split(os.path.abspath(path))
        self._now = now
        self._known: dict[str, _Read] = {}
        self._origins: dict[str, Origin] = {}
        self._broken = False

    @property
    def path(self) -> str:
        """The folder, absolute."""
        return f"{self._root}/{self._folder}"

    def load(self) -> FolderLists:
        """All patterns of the folder, none if it is not there.

        Raises InputError with all problems if some cannot be read; until they can, `save` refuses.
        """
        self._broken = True
        library = self.read_library()
        if library.problems:
            raise InputError("\n".join(visible(str(problem)) for problem in library.problems))
        figures = read_figures(self._root, library, self._now())
        made = FolderLists(problems=figures.problems)
        self._known, self._origins, self.figures = {}, {}, figures
        for pattern in sorted(library.patterns, key=lambda one: one.name):
            entry = pattern_view(pattern, figures.of.get(pattern.name, Figure()))
            made.of(pattern.state).append(entry)
            self._known[pattern.name] = _Read(pattern, copy.deepcopy(entry))
        self._broken = False
        return made

    def read_library(self) -> Library:
        """The patterns as they are on disk; never the built-in ones."""
        if not os.path.isdir(self.path):
            return Library(self.shown, ())
        return load_library(self._root, self._folder)

    def note_origin(self, name: str, origin: Origin) -> None:
        """Where a new pattern comes from, for its files."""
        self._origins[name] = origin

    def state_of(self, entry: Entry) -> str:
        """Where a new pattern of a guide belongs: active if it is complete and its gate passes."""
        pattern = new_pattern(entry, Origin("import"))
        complete = (pattern.description or pattern.problems) and pattern.bad and pattern.good
        return "active" if complete and not self._refusals(pattern, "active") else "proposed"

    def is_as_read(self, entry: Entry) -> bool:
        """Whether the files would say nothing else: some info strings of a guide have no place in them."""
        read = self._known.get(entry["name"])
        return read is not None and edited_pattern(read.pattern, read.entry, entry) == read.pattern

    def archive_unused(self, lists: FolderLists, days: int) -> tuple[list[str], tuple[str, ...]]:
        """`PatternManager.archive_unused_patterns` of a folder; the lists are changed in place.

        Returns the names, and why nobody can tell which are unused.
        """
        try:
            workspace = Workspace.open(self._root)
        except UserError as error:
            if error.kind != "no_repository":
                raise
            message = f"{self.shown}: which patterns are unused comes from git history, and there is none"
            raise InputError(message, "`feedback-loop pattern archive NAME` archives one") from error
        folder = own_settings(workspace).patterns
        if os.path.realpath(self.path) != os.path.realpath(f"{workspace.root}/{folder}"):
            message = f"{self.shown} is not the library of its repository, which is {folder}/"
            raise InputError(message, "open that folder, or say `patterns` in the settings")
        # The walk of history is loaded by those who ask for it.
        from feedback_loop.api.history.unused import archive_unused

        done, unknown = archive_unused(workspace, days, self._now())
        names = [one.name for one in done]
        for name in names:
            read = self._known.get(name)
            if read is not None:
                path = place(self._folder, "archived", name)
                self._known[name] = replace(read, pattern=replace(read.pattern, state="archived", path=path))
        lists.archived += [entry for entry in lists.active if entry.get("name") in names]
        lists.active[:] = [entry for entry in lists.active if entry.get("name") not in names]
        return names, unknown

    # -- writing -----------------------------------------------------------------------------------

    def save(self, lists: FolderLists, force: bool) -> None:
        """Write the files of what differs from what was read, and of what is new; nothing else.

        Raises InputError, and writes nothing, if the library could not be read, for what the files cannot
        hold or the example gate refuses, for a pattern that is gone from the lists or in another one, and,
        unless `force`, if a pattern to be changed is another one on disk than was read. Nobody else moves or
        saves patterns meanwhile; raises MachineFault, kind `busy`, if somebody else holds the lock.
        """
        if self._broken:
            message = f"{self.shown} could not be read whole and will not be written to"
            raise InputError(message, "mend it, then load_patterns()")
        placed = self._placed(lists)
        changed = [
            (state, entry) for state, entry in placed if not same_pattern(entry, self._said(entry["name"]))
        ]
        if changed:
            with self._locked():
                self._save(changed, force)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The lock of the repository around the folder; outside of one there is none to hold."""
        try:
            state_dir = find_repository(self._root).state_dir
        except UserError as error:
            if error.kind != "no_repository":
                raise
            state_dir = ""
        if not state_dir:
            yield
            return
        with hold_lock(state_dir, format_moment(self._now())):
            yield

    def _save(self, changed: list[tuple[str, Entry]], force: bool) -> None:
        present = self._present()
        made = [(state, entry, self._made(state, entry, present, force)) for state, entry in changed]
        problems = [words for state, _, one in made for words in self._refusals(one, state)]
        if problems:
            raise InputError("\n".join([f"nothing is written to {self.shown}:", *problems]))
        files = [self._files(one, present) for _, _, one in made]
        for (state, entry, one), halves in zip(made, files, strict=True):
            self._write(one, state, halves)
            refresh(entry, one)
            path = place(self._folder, state, one.name)
            self._known[one.name] = _Read(replace(one, state=state, path=path), copy.deepcopy(entry))

    def _said(self, name: str) -> Entry:
        return self._known[name].entry if name in self._known else {}

    def _placed(self, lists: FolderLists) -> list[tuple[str, Entry]]:
        """(state, dict) of each, checked against what was read: nothing is lost, moved or doubled."""
        placed: dict[str, tuple[str, Entry]] = {}
        for state in STATES:
            for entry in lists.of(state):
                if not isinstance(entry, dict) or not entry.get("name"):
                    raise InputError(f"a pattern without a name cannot be saved: {entry!a:.80}")
                check_view(entry)
                if entry["name"] in placed:
                    raise InputError(f"{entry['name']} is in the lists twice")
                placed[entry["name"]] = (state, entry)
        for name, read in self._known.items():
            state = placed[name][0] if name in placed else ""
            if not state:
                raise InputError(f"{name} is gone from the lists: patterns are archived, not deleted", _MOVES)
            if state != read.pattern.state:
                raise InputError(f"{name} is {read.pattern.state} in its folder, {state} here", _MOVES)
        return list(placed.values())

    def _present(self) -> Library:
        if not os.path.isdir(self.path):
            raise InputError(
                f"there is no folder {self.shown}", "make it, or run `feedback-loop init` in the repository"
            )
        library = self.read_library()
        if library.problems:
            raise InputError("\n".join(visible(str(problem)) for problem in library.problems))
        return library

    def _made(self, state: str, entry: Entry, present: Library, force: bool) -> Pattern:
        """The pattern as its files are to say it."""
        name = entry["name"]
        there = next((one for one in present.patterns if one.name == name), None)
        read = self._known.get(name)
        if read is None:
            taken = present.find(name)
            if taken is not None:
                what = "is there already" if taken.name == name else f"is superseded by {taken.name}"
                raise InputError(f"{name} {what}", "load_patterns() takes in what is there")
            ids = [one.pattern_id for one in present.patterns]
            return new_pattern(entry, self._origins.get(name, Origin()), ids)
        as_read = there == read.pattern and there.state == read.pattern.state
        if there is None or (not as_read and (not force or there.state != state)):
            hint = "load_patterns() takes the change in, force=True overwrites it"
            raise InputError(f"{name} has changed on disk since it was read", hint)
        return edited_pattern(there, read.entry, entry)

    def _refusals(self, pattern: Pattern, state: str) -> list[str]:
        """Why the pattern cannot be written: what could not be read back, what the example gate refuses."""
        words = list(unreadable(pattern))
        if not words and state == "active":
            library = Library(self.shown, tuple(one.pattern for one in self._known.values()))
            failures = check_examples([pattern], example_scanner(library))
            words = list(dict.fromkeys(one.problem.message for one in failures if not one.note))
        return [f"{pattern.name}: {one}" for one in words]

    def _files(self, pattern: Pattern, present: Library) -> tuple[bytes, bytes] | None:
        """Both files of a pattern that is there, as they are to be; None for a new one."""
        there = next((one for one in present.patterns if one.name == pattern.name), None)
        return None if there is None else edited_files(self._root, there, pattern)

    def _write(self, pattern: Pattern, state: str, halves: tuple[bytes, bytes] | None) -> None:
        path = place(self._folder, state, pattern.name)
        if halves is None:
            write_pattern(self._root, path.rpartition("/")[0], pattern)
            return
        for ending, data in zip(ENDINGS, halves, strict=True):
            atomic_write(f"{self._root}/{path}{ending}", data)


_MOVES = "`feedback-loop pattern accept`, `reject`, `archive` and `restore` move patterns"
