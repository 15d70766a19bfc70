"""Take the patterns of a guide or of a JSON file into the library of a repository (A17)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from feedback_loop.api.patterns.guide import guide_pattern, read_source
from feedback_loop.api.library import example_scanner
from feedback_loop.api.patterns.decisions import Clock, library_lock, now_of, own_settings
from feedback_loop.api.patterns.files import GUIDE_FIELDS, edited_files, examples_of, unreadable
from feedback_loop.api.patterns.versions import versioned
from feedback_loop.domain.guide import GuidePattern, Imported, ImportReport
from feedback_loop.domain.languages import SUFFIXES
from feedback_loop.domain.library import Library
from feedback_loop.domain.names import is_name
from feedback_loop.domain.pattern import STATES, Origin, Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.engines.gate import ScanText, check_examples
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import LINKS, Beyond
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library import write_pattern
from feedback_loop.stores.library_moves import ENDINGS, place
from feedback_loop.workspace import Workspace

_GUIDANCE_CAP = 200
_LISTS = ("tags", *LINKS)


def import_patterns(
    workspace: Workspace,
    path: str,
    shown: str,
    *,
    to: str = "active",
    dry_run: bool = False,
    clock: Clock | None = None,
) -> ImportReport:
    """Take in the patterns of the guide (`.md`) or library (`.json`) at `path`; what became of each.

    A new pattern that is complete (description, bad and good example, gate passed) is active, unless
    `to` or the file says proposed; another one is proposed, with the reasons; one that a JSON file has
    archived is archived. A known one gets what the file says about it (names that it supersedes, conflicts
    with or is related to are added to its own), and a higher version if that changes its meaning, unless
    its gate would fail; its state stays. The same file twice = once. Nobody else moves or saves patterns
    meanwhile. Raises UserError for a file that cannot be read, broken settings and a repository without a
    folder, MachineFault, kind `busy`, if somebody else holds the lock.
    """
    folder = own_settings(workspace).patterns
    read = read_source(path, shown)
    with nullcontext() if dry_run else library_lock(workspace, now_of(clock)):
        import_ = _Import(workspace, folder, workspace.library(folder), shown, to, dry_run)
        import_.listed = {said.name for said, _ in read.patterns}
        done = tuple(import_.take(said, beyond) for said, beyond in read.patterns)
    return ImportReport(done, read.skipped, read.had_counters, dry_run)


class _Import:
    """One import; the library grows while it runs."""

    def __init__(
        self, workspace: Workspace, folder: str, library: Library, shown: str, to: str, dry_run: bool
    ) -> None:
        self._root = workspace.root
        self._folder = folder
        self._library = library
        self._shown = shown
        self._to = to
        self._dry_run = dry_run
        self.listed: set[str] = set()  # the names in the file
        self._scan: ScanText = example_scanner(library)  # nothing here changes a detector

    def take(self, said: GuidePattern, beyond: Beyond) -> Imported:
        """Add the pattern or bring it up to date; what of it could not be taken in is among the reasons."""
        done = self._take(said, beyond)
        return replace(done, reasons=(*done.reasons, *beyond.notes))

    def _take(self, said: GuidePattern, beyond: Beyond) -> Imported:
        if not is_name(said.name):
            reason = "this cannot be a pattern's name: 2 to 64 of a-z, 0-9 and _, a letter first"
            return Imported(said.name, "skipped", reasons=(reason,))
        known = self._known(said.name, beyond.state)
        if known is None:
            broken = [one for one in self._library.problems if _stem(one) == said.name]
            if broken:
                return Imported(said.name, "skipped", reasons=tuple(map(str, broken)))
            return self._add(said, beyond)
        differs = beyond.state not in ("", known.state)
        other = f"it is {known.state} here, {beyond.state} in the file"
        if known.state == "archived" and (differs or not beyond.state):
            return Imported(known.name, "skipped", "archived", ("it is archived: restore it first",))
        if differs and beyond.state == "archived":
            return Imported(known.name, "skipped", known.state, (other,))
        done = self._update(known, said, beyond)
        return replace(done, reasons=(*done.reasons, other)) if differs else done

    def _known(self, name: str, state: str) -> Pattern | None:
        """The pattern that this one is here.

        What a file has archived, or beside the pattern that took its name over, is not that pattern.
        """
        known = self._library.find(name)
        if known is None or known.name == name or not state:
            return known
        return None if state == "archived" or known.name in self.listed else known

    def _add(self, said: GuidePattern, beyond: Beyond) -> Imported:
        pattern = self._new(said, beyond)
        faults = unreadable(pattern)
        if faults:
            return Imported(said.name, "skipped", reasons=faults)
        state, reasons = self._placed(pattern, said, beyond)
        pattern = replace(pattern, state=state, path=place(self._folder, state, said.name))
        if not self._dry_run:
            write_pattern(self._root, pattern.path.rpartition("/")[0], pattern)
        self._library = replace(self._library, patterns=(*self._library.patterns, pattern))
        paths = tuple(pattern.path + ending for ending in ENDINGS)
        return Imported(said.name, "added", state, reasons, paths)

    def _placed(self, pattern: Pattern, said: GuidePattern, beyond: Beyond) -> tuple[str, tuple[str, ...]]:
        """Its state, and why it is not active."""
        if beyond.state == "archived":
            return "archived", ()
        reasons = (*_missing(said), *self._gate(pattern))
        if beyond.state not in ("", "active"):
            strange = "" if beyond.state in STATES else f", which is none of {', '.join(STATES)}"
            reasons = (*reasons, f"the file says {beyond.state}{strange}")
        return ("active" if self._to == "active" and not reasons else "proposed"), reasons

    def _new(self, said: GuidePattern, beyond: Beyond) -> Pattern:
        bad, good = examples_of(said.bad), examples_of(said.good)
        languages = {one.language for one in (*bad, *good) if one.language in SUFFIXES}
        return Pattern(
            name=said.name,
            title=said.title,
            pattern_id=self._free_id(beyond.pattern_id),
            severity=said.severity or "medium",
            description=said.prose,
            problems=said.problems,
            bad=bad,
            good=good,
            benefits=said.benefits,
            tests=examples_of(said.tests),
            guidance=said.guidance or said.title[:_GUIDANCE_CAP],
            tags=tuple(sorted(set(said.tags))),
            languages=tuple(sorted(languages)),
            related=beyond.related,
            conflicts=beyond.conflicts,
            supersedes=beyond.supersedes,
            origin=Origin("import", path=self._shown),
            path=f"{self._folder}/{said.name}",
        )

    def _free_id(self, pattern_id: str) -> str:
        """The id of the file, if it is one and nobody has it."""
        taken = {one.pattern_id for one in self._library.patterns}
        is_id = re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", pattern_id)
        return pattern_id if is_id and pattern_id not in taken else str(uuid.uuid4())

    def _update(self, known: Pattern, said: GuidePattern, beyond: Beyond) -> Imported:
        merged = _linked(_merged(known, said), beyond)
        if merged == known:
            return Imported(known.name, "unchanged", known.state)
        merged = versioned(known, merged)
        reasons = unreadable(merged)
        if known.state == "active" and not reasons:
            reasons = self._gate(merged)
        if reasons:
            return Imported(known.name, "skipped", known.state, reasons)
        paths = tuple(known.path + ending for ending in ENDINGS)
        try:
            halves = edited_files(self._root, known, merged)
        except InputError as error:
            return Imported(known.name, "skipped", known.state, (error.message,))
        if not self._dry_run:
            for path, data in zip(paths, halves, strict=True):
                atomic_write(f"{self._root}/{path}", data)
        others = (merged if one is known else one for one in self._library.patterns)
        self._library = replace(self._library, patterns=tuple(others))
        return Imported(known.name, "updated", known.state, (), paths)

    def _gate(self, pattern: Pattern) -> tuple[str, ...]:
        """What the example gate has against it."""
        failures = check_examples([pattern], self._scan)
        return tuple(dict.fromkeys(one.problem.message for one in failures if not one.note))


def _stem(problem: Problem) -> str:
    return problem.path.rpartition("/")[2].rpartition(".")[0]


def _missing(said: GuidePattern) -> tuple[str, ...]:
    parts = {"description": said.description, "bad example": said.bad, "good example": said.good}
    return tuple(f"no {part}" for part, value in parts.items() if not value)


def _merged(known: Pattern, said: GuidePattern) -> Pattern:
    """The pattern with what is said about it; what is not said, or said already, stays."""
    now = guide_pattern(known)
    change: dict[str, Any] = {}
    for key, ours, made in GUIDE_FIELDS:
        value = getattr(said, key)
        if value and value != getattr(now, key):
            change[ours] = made(value)
    return replace(known, **change)


def _linked(known: Pattern, beyond: Beyond) -> Pattern:
    """The pattern with the names of the file after its own: a name that was taken over stays so."""
    change: dict[str, Any] = {}
    for key in LINKS:
        names = (one for one in getattr(beyond, key) if one != known.name)
        change[key] = tuple(dict.fromkeys((*getattr(known, key), *names)))
    return replace(known, **change)
