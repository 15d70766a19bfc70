"""The archive list of H60, made and carried out at once: what `PatternManager` calls unused (A15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from feedback_loop.api.history.lifecycle import Measured, carry_out, gather_lifecycle, lifecycle_options
from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.api.patterns.decisions import own_settings
from feedback_loop.domain.library_moves import Decided
from feedback_loop.domain.proposal import ARCHIVE
from feedback_loop.engines.adoption import find_adoptions
from feedback_loop.engines.lifecycle import propose
from feedback_loop.engines.rollup import roll_up, whole
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace


def archive_unused(workspace: Workspace, days: int, now: int) -> tuple[tuple[Decided, ...], tuple[str, ...]]:
    """Archive every pattern that was of no use for so many days before `now` (seconds).

    Returns the decisions, and why nothing was archived where nobody can tell: incomplete history, events
    that cannot be read. Raises UserError where there is no library or no commit, MachineFault.
    """
    settings = own_settings(workspace)
    history = mine(workspace, MineRequest())
    read = read_events(workspace.root)
    unknown = (*history.incomplete, *map(str, read.problems))
    if unknown:
        return (), unknown
    adoptions = find_adoptions(history, settings.patterns)
    measured = Measured(history, adoptions, roll_up(history, whole(history)))
    facts = gather_lifecycle(workspace, workspace.library(settings.patterns), read, measured)
    options = replace(lifecycle_options(settings, now), days=days)
    proposals = [one for one in propose(facts, options) if one.kind == ARCHIVE]
    return carry_out(workspace, proposals, clock=_clock(now)), ()


def _clock(now: int) -> Callable[[], datetime]:
    return lambda: datetime.fromtimestamp(now, UTC)
