"""What should become of the patterns of a library: proposals, each with its reason (H60-H66a). Pure.

From history, events and decisions alone. Nothing is proposed from history that is incomplete: silence
means something only where all can be heard.
"""

from __future__ import annotations

from feedback_loop.domain.bands import by_band
from feedback_loop.domain.candidate import sha256_of
from feedback_loop.domain.moment import DAY
from feedback_loop.domain.proposal import KEEP, KINDS, PROMOTE, REJECT, Decision, Proposed
from feedback_loop.engines.lifecycle.archive import find_archives
from feedback_loop.engines.lifecycle.given import LifecycleInput, LifecycleOptions
from feedback_loop.engines.lifecycle.promote import find_promotions
from feedback_loop.engines.lifecycle.restore import find_restores
from feedback_loop.engines.lifecycle.waivers import find_raises, find_revisions

__all__ = ["LifecycleInput", "LifecycleOptions", "out_of_scope", "propose"]


def propose(facts: LifecycleInput, options: LifecycleOptions) -> tuple[Proposed, ...]:
    """All proposals that nobody muted: by kind, then the bands of their patterns' counts, then name.

    On incomplete history only the revision of patterns whose gate fails is proposed.
    """
    found = find_revisions(facts)
    if facts.history.complete:
        found += [
            *find_promotions(facts),
            *find_archives(facts, options),
            *find_restores(facts, options),
            *find_raises(facts),
        ]
    open_ones = [one for one in found if not _is_muted(one, facts, options)]
    return tuple(sorted(open_ones, key=lambda one: _order(one, facts)))


def out_of_scope(facts: LifecycleInput) -> tuple[str, ...]:
    """Active patterns in whose scope no line was ever added: their silence says nothing (H61)."""
    active = (one.name for one in facts.patterns if one.state == "active")
    return tuple(sorted(name for name in active if not facts.total(name).exposure))


def _order(one: Proposed, facts: LifecycleInput) -> tuple[int, tuple[int, str], str]:
    return KINDS.index(one.kind), by_band(facts.frequency(one.pattern), one.pattern), one.id


def _is_muted(one: Proposed, facts: LifecycleInput, options: LifecycleOptions) -> bool:
    """Whether the last decision about the proposal still holds (H64).

    `keep` holds for the days of the archive, `reject` until the evidence doubles; one that names no figure
    holds as `keep` does, but for good where it turned down what was to become a pattern.
    """
    said = [decision for decision in facts.decisions if _is_about(decision, one)]
    last = max(said, key=lambda decision: (decision.at, decision.event), default=None)
    if last is None or last.action not in (KEEP, REJECT):
        return False
    if last.action == REJECT:
        seen = last.seen(one.figures[0][0]) if one.figures else None
        if seen is not None:
            return (one.evidence or 0.0) < max(1.0, 2 * seen)
        if one.kind == PROMOTE:
            return True
    return options.as_of < last.at + options.days * DAY


def _is_about(decision: Decision, one: Proposed) -> bool:
    if decision.grounds.proposal:
        return decision.grounds.proposal == one.id
    if decision.sha256 and one.shape:
        return decision.sha256 == sha256_of(one.shape)
    # Without a proposal's id: `pattern reject` turns down what is proposed, `keep` is about all of it.
    return decision.pattern == one.pattern and (decision.action != REJECT or one.kind == PROMOTE)
