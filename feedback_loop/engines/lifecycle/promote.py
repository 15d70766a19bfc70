"""Proposed patterns and candidates that are ready, and often enough needed, for a person to accept (H64)."""

from __future__ import annotations

from feedback_loop.domain.candidate import LEAST_COMMITS, LEAST_FILES, LEAST_WEEKS
from feedback_loop.domain.figure import FIXED, FigureId
from feedback_loop.domain.period import WEEK
from feedback_loop.domain.proposal import PROMOTE, Evidence, Proposed, proposal_id
from feedback_loop.domain.text import counted
from feedback_loop.engines.lifecycle.given import LifecycleInput


def find_promotions(facts: LifecycleInput) -> list[Proposed]:
    """Those with a gate that passes and mended by 3 commits in 2 files over 2 weeks, or more."""
    return [_proposed(one) for one in facts.evidence if one.ready and _is_enough(one)]


def _is_enough(one: Evidence) -> bool:
    long = one.last - one.first >= LEAST_WEEKS * WEEK
    return one.commits >= LEAST_COMMITS and one.files >= LEAST_FILES and long


def _proposed(one: Evidence) -> Proposed:
    weeks = counted((one.last - one.first) // WEEK, "week")
    where = f"{one.commits} fixes in {counted(one.files, 'file')} over {weeks}"
    reason = f"{where}; finds {one.found_bad} of {one.bad} bad, {one.found_good} of {one.good} good"
    figures = ((str(FigureId(one.name, FIXED)), str(one.commits)),)
    shape = one.shape or one.name
    return Proposed(proposal_id(PROMOTE, shape), PROMOTE, one.name, reason, figures, one.shape)
