"""What a retro recorded about its own basis, taken back: only then is a second run the same retro (H83).

The commit of records changes neither the basis nor as-of, but the tip's tree has the decisions then, the
patterns that they moved, and the candidates that were put into the folder of proposals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from feedback_loop.api.history.uses import find_decisions
from feedback_loop.api.retro.events import TipEvents
from feedback_loop.api.retro.tip import Tip
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.proposal import ARCHIVE, PROMOTE, RESTORE, Decision, proposal_id
from feedback_loop.stores.library_moves import place

_STATES = ("active", "proposed", "archived")


def own_decisions(events: TipEvents, basis: str) -> tuple[Decision, ...]:
    """Those that a retro about this basis recorded."""
    return tuple(one for one in find_decisions(events.events) if one.grounds.basis == basis)


def without(events: TipEvents, decisions: Iterable[Decision]) -> TipEvents:
    """The events but for these decisions."""
    own = {one.event for one in decisions}
    if not own:
        return events
    return replace(events, events=tuple(one for one in events.events if one.id not in own))


def until(events: TipEvents, as_of: int) -> TipEvents:
    """The events but for those after the end of time: they are the next retro's."""
    end = format_moment(as_of)
    return replace(events, events=tuple(one for one in events.events if one.at <= end))


def taken_back(library: Library, tip: Tip, folder: str, decisions: Iterable[Decision]) -> Library:
    """The library as it was when the retro about the basis was made.

    A candidate that the basis did not have is none of its patterns: it is found anew, with the same name.
    """
    before = dict(filter(None, map(_before, decisions)))
    fresh = _mined_since(library, tip, folder)
    if not (before or fresh):
        return library
    kept = (one for one in library.patterns if one.name not in fresh)
    patterns = tuple(_back(one, before.get(one.name, one.state), folder) for one in kept)
    return replace(library, patterns=patterns)


def _before(decision: Decision) -> tuple[str, str] | None:
    """The pattern and the state that the decision took it from; None if it moved nothing."""
    name, action = decision.pattern, decision.action
    if action == ARCHIVE:
        return name, "active"
    if action == RESTORE:
        return name, "archived"
    is_promotion = action == "accept" and decision.grounds.proposal == proposal_id(PROMOTE, name)
    return (name, "proposed") if is_promotion else None


def _mined_since(library: Library, tip: Tip, folder: str) -> frozenset[str]:
    mined = [one.name for one in library.patterns if one.origin.kind == "mined"]
    if not mined or tip.basis == tip.oid:
        return frozenset()
    there = tip.basis_paths
    return frozenset(
        name for name in mined if not any(f"{place(folder, state, name)}.json" in there for state in _STATES)
    )


def _back(pattern: Pattern, state: str, folder: str) -> Pattern:
    if pattern.state == state:
        return pattern
    return replace(pattern, state=state, path=place(folder, state, pattern.name))
