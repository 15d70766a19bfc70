"""What each detector makes of one line, a row each."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_loop.domain.reason import STEPS, Reason
from feedback_loop.domain.text import visible


def render_why(reasons: Iterable[Reason]) -> str:
    """Found ones first, then by how far they came."""
    rows = sorted(reasons, key=lambda one: (STEPS.index(one.step), one.rule_id))
    width = max((len(one.rule_id) for one in rows), default=0)
    return "".join(f"{one.rule_id:<{width}}  {one.step:<11}  {visible(one.words)}\n" for one in rows)
