"""Which failures become candidates, which come back from the archive, and which stay events (C2, C14)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedback_loop.api.patterns.moves import restore
from feedback_loop.api.smoke.candidates import (
    by_name,
    candidate_of,
    general_proposals,
    is_stored,
    relate,
    write_gap,
)
from feedback_loop.api.smoke.snippets import Snippets
from feedback_loop.api.smoke.taking import Entry
from feedback_loop.domain.event import Event
from feedback_loop.domain.failure import Classified
from feedback_loop.domain.gap import MOST_NEW, is_failure, is_general
from feedback_loop.domain.ingested import KNOWN, LEFT, NEW, REJECTED, UNWRITTEN
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.text import counted
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import event_data
from feedback_loop.stores.library_moves import ENDINGS
from feedback_loop.workspace import Workspace

_RECURRED = "it recurred: smoke ingest"


@dataclass
class Proposed:
    """What became of each name, the candidates in their order, the general ones, and what was written."""

    became: dict[str, str] = field(default_factory=dict)
    created: list[Pattern] = field(default_factory=list)
    general: list[str] = field(default_factory=list)
    overall: list[Pattern] = field(default_factory=list)  # every general proposal that stands
    paths: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Proposer:
    """Proposes within one library, as it was read, under the decisions that events tell of."""

    def __init__(
        self,
        workspace: Workspace,
        folder: str,
        library: Library,
        events: Iterable[Event],
        dry_run: bool = False,
    ) -> None:
        self._workspace = workspace
        self._folder = folder
        self._library = library
        self._known = by_name(library.patterns)
        self._broken = _unreadable(library, self._known)
        self._decided = _last_decisions(events)
        self._dry_run = dry_run

    # -- restoring ---------------------------------------------------------------------------------

    def archived(self, entries: Sequence[Entry]) -> list[tuple[int, Event, Pattern]]:
        """The entries, by their index, that show an archived pattern which came from a failure."""
        found = []
        for index, one in enumerate(entries):
            pattern = self._known.get(one.event.patterns[0]) if one.event.patterns else None
            if pattern is not None and pattern.state == "archived" and is_failure(pattern):
                found.append((index, one.event, pattern))
        return found

    def recurring(self, archived: Iterable[tuple[int, Event, Pattern]], fresh: Sequence[bool]) -> list[str]:
        """Those of them that came again: by an event that is new, or happened after the archiving."""
        found: dict[str, None] = {}
        for index, event, pattern in archived:
            _, at = self._decided.get(pattern.name, ("", ""))
            if fresh[index] or (at and event.at > at):
                found[pattern.name] = None
        return list(found)

    def restore(self, names: Iterable[str], clock: Callable[[], datetime]) -> tuple[list[str], list[str]]:
        """Bring them back; those that came, and notes on those that could not. Raises MachineFault."""
        done: list[str] = []
        notes: list[str] = []
        for name in names:
            try:
                notes += restore(self._workspace, name, _RECURRED, clock=clock).notes
                done.append(name)
            except MachineFault:
                raise
            except UserError as error:
                notes.append(f"{name} recurred and cannot be restored: {error.message}")
        return done, notes

    # -- proposing ---------------------------------------------------------------------------------

    def propose(self, unknown: Mapping[str, Classified | None]) -> Proposed:
        """A candidate for each name, up to fifty new ones, and what several entities have in common.

        A name whose value is None had its turn: it makes none.
        """
        done = Proposed()
        snippets = Snippets(self._workspace)
        for name, told in unknown.items():
            done.became[name] = self._one(name, told, snippets, done)
        self._general(done)
        done.notes += self._unread([one.name for one in done.created])
        return done

    def _one(self, name: str, told: Classified | None, snippets: Snippets, done: Proposed) -> str:
        if name in self._known:
            return KNOWN
        lost = UNWRITTEN if name in self._broken else KNOWN
        if is_stored(self._workspace.root, self._folder, name):
            return lost
        if self._is_rejected(name):
            return REJECTED
        if told is None:
            return lost
        if len(done.created) >= MOST_NEW:
            return LEFT
        pattern = candidate_of(told, snippets.example(told))
        if not self._written(pattern, done):
            return UNWRITTEN
        done.created.append(pattern)
        return NEW

    def _general(self, done: Proposed) -> None:
        """Proposals for whole groups: written once; while one waits, its members are kept up to date."""
        standing = [one for one in self._library.patterns if one.state != "archived"]
        done.overall = [one for one in standing if one.state == "proposed" and is_general(one)]
        for pattern in general_proposals([*standing, *done.created]):
            known = self._known.get(pattern.name)
            if known is None and is_stored(self._workspace.root, self._folder, pattern.name):
                continue
            if known is None and not self._is_rejected(pattern.name):
                if self._written(pattern, done):
                    done.general.append(pattern.name)
                    done.overall.append(pattern)
            elif known is not None and known.state == "proposed" and known.related != pattern.related:
                if not self._dry_run:
                    done.paths.append(relate(self._workspace.root, self._folder, known, pattern.related))
                done.general.append(pattern.name)

    def _unread(self, completed: Collection[str]) -> list[str]:
        """What to say of files that cannot be read, but for halves that have the other half now."""
        left = [problem for name, problem in self._broken.items() if name not in completed]
        if not left:
            return []
        first = ", the first" if left[1:] else ""
        return [f"{counted(len(left), 'pattern')} cannot be read{first}: {left[0]}"]

    def _is_rejected(self, name: str) -> bool:
        return self._decided.get(name, ("", ""))[0] == "reject"

    def _written(self, pattern: Pattern, done: Proposed) -> bool:
        """Whether it is there now, or would be."""
        if self._dry_run:
            return True
        try:
            done.paths += write_gap(self._workspace.root, self._folder, pattern)
        except MachineFault:
            raise
        except UserError as error:
            done.notes.append(f"{pattern.name} is not written: {error.message}")
            return False
        return True


def _unreadable(library: Library, known: Mapping[str, Pattern]) -> Mapping[str, Problem]:
    """What is wrong with each pattern that is not in the library because of it, by name."""
    found: dict[str, Problem] = {}
    for problem in library.problems:
        stem, ending = os.path.splitext(os.path.basename(problem.path))
        if ending in ENDINGS and stem not in known:
            found.setdefault(stem, problem)
    return found


def _last_decisions(events: Iterable[Event]) -> Mapping[str, tuple[str, str]]:
    """The last decision about each pattern, and when; the events are in the order of time."""
    found: dict[str, tuple[str, str]] = {}
    for event in events:
        if event.kind == "decision":
            data = event_data(event)
            if data["action"] in ("accept", "reject", "archive", "restore"):
                found[str(data["pattern"])] = str(data["action"]), event.at
    return found
