"""The lifecycle of a repository's patterns: what its engine goes by, proposals carried out (H60-H66a)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from feedback_loop.api.history.uses import find_decisions, find_uses
from feedback_loop.api.library import gate
from feedback_loop.api.patterns.decisions import Clock, Said, is_unrecorded, own_settings, record
from feedback_loop.api.patterns.moves import archive, restore
from feedback_loop.api.patterns.readiness import judge
from feedback_loop.domain.candidate import Candidate
from feedback_loop.domain.effect import Adoption, CodeEffect
from feedback_loop.domain.history import History
from feedback_loop.domain.library import Library
from feedback_loop.domain.library_moves import Decided
from feedback_loop.domain.proposal import ARCHIVE, KEEP, REJECT, RESTORE, Evidence, Grounds, Proposed
from feedback_loop.domain.rollup import Figures
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.lifecycle import LifecycleInput, LifecycleOptions
from feedback_loop.errors import UserError
from feedback_loop.stores.events import EventsRead
from feedback_loop.workspace import Workspace

_TARGETS = {ARCHIVE: "archived", RESTORE: "active"}


@dataclass(frozen=True)
class Measured:
    """What was measured of one history: `figures` are the roll-up of all of it."""

    history: History
    adoptions: Mapping[str, Adoption]
    figures: tuple[Figures, ...]
    effects: tuple[CodeEffect, ...] = ()
    candidates: tuple[Candidate, ...] = ()


def gather_lifecycle(
    workspace: Workspace, library: Library, read: EventsRead, measured: Measured
) -> LifecycleInput:
    """What the engine goes by: the measured, the events, the example gate of the library.

    Library and events are those that the caller counts: of the work tree or of a commit.
    """
    settings, _ = workspace.settings()
    return LifecycleInput(
        history=measured.history,
        adoptions=measured.adoptions,
        figures=measured.figures,
        patterns=library.patterns,
        uses=find_uses(read.events, library),
        decisions=find_decisions(read.events),
        effects=measured.effects,
        gate=_failing(library),
        evidence=tuple(_evidence(workspace, library, measured.candidates)),
        levels=settings.levels,
        unreadable=read.degraded,
    )


def lifecycle_options(settings: Settings, as_of: int, include_critical: bool = False) -> LifecycleOptions:
    """The options that the settings give; `as_of` in seconds."""
    return LifecycleOptions(as_of, settings.archive_after_days, include_critical)


def _failing(library: Library) -> dict[str, str]:
    """The first thing that the example gate has against each active pattern that fails it."""
    found: dict[str, str] = {}
    for failure in gate(library):
        if not failure.note and failure.pattern:
            found.setdefault(failure.pattern, failure.problem.message)
    return found


def _evidence(workspace: Workspace, library: Library, candidates: Sequence[Candidate]) -> Iterator[Evidence]:
    """Of candidates, as the proposed patterns that were made of them or, where there is none, themselves."""
    known = {one.origin.sha256: one for one in library.patterns if one.origin.sha256}
    for candidate in candidates:
        pattern = known.get(candidate.sha256)
        commits, pairs = len(candidate.commits), len(candidate.pairs)
        if pattern is None:
            # Its detector was taken only if it finds every bad side and no good one.
            ready = candidate.detector is not None
            counts = (pairs, pairs if ready else 0, pairs, 0)
            name, shape = candidate.name, candidate.shape
        elif pattern.state == "proposed":
            ready = judge(workspace, library, pattern).ready
            bad, good = len(pattern.bad), len(pattern.good)
            counts = (bad, bad if ready and pattern.detectors else 0, good, 0)
            name, shape = pattern.name, ""
        else:
            continue
        yield Evidence(name, commits, candidate.files, candidate.first, candidate.last, *counts, ready, shape)


# -- carrying out ----------------------------------------------------------------------------------


def carry_out(
    workspace: Workspace,
    proposals: Iterable[Proposed],
    *,
    retro: str = "",
    basis: str = "",
    clock: Clock | None = None,
) -> tuple[Decided, ...]:
    """Archive and restore what is proposed; proposals of other kinds are a person's and left alone.

    Each moves both files and records a decision. What is done already is not done again: after a kill in
    between, a rerun ends in the same files. Raises UserError and MachineFault as `moves.archive`; what was
    carried out before that stays.
    """
    folder = own_settings(workspace).patterns
    done = []
    for one in proposals:
        target = _TARGETS.get(one.kind)
        if target is None or _is_done(workspace, folder, one, target):
            continue
        move = archive if one.kind == ARCHIVE else restore
        grounds = Grounds(one.id, one.figures, retro, basis)
        done.append(move(workspace, one.pattern, one.reason, clock=clock, grounds=grounds))
    return tuple(done)


def _is_done(workspace: Workspace, folder: str, one: Proposed, target: str) -> bool:
    """Whether the pattern is where the proposal wants it, and the decision on record."""
    found = workspace.library(folder).find(one.pattern)
    there = found is not None and found.name == one.pattern and found.state == target
    return there and not is_unrecorded(workspace, one.kind, one.pattern)


def note_decision(
    workspace: Workspace,
    proposed: Proposed,
    action: str,
    reason: str = "",
    *,
    retro: str = "",
    basis: str = "",
    clock: Clock | None = None,
) -> Decided:
    """Record that a person keeps a pattern as it is, or rejects a proposal; no file moves (H64).

    Raises UserError for another action, MachineFault when the disk says no.
    """
    if action not in (KEEP, REJECT):
        raise UserError(f"{action!a} moves files: it is no note", kind="usage")
    grounds = Grounds(proposed.id, proposed.figures, retro, basis)
    said = Said(action, proposed.pattern, reason or proposed.reason, grounds=grounds)
    return record(workspace, said, clock)
