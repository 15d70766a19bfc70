"""What a whole plan says: its goal, its phases, and the checklist of patterns."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.plan import Section

COMPLETED = "completed"
PENDING = "pending"


@dataclass(frozen=True)
class Phase:
    """A step of the plan. `status` is `completed` or `pending`; the name is kept as it was written."""

    name: str
    status: str
    is_current: bool


@dataclass(frozen=True)
class PlanDocument:
    """A plan as its author sees it.

    `current_phase` is the name of the phase that says so, else of the first pending one; `phase_status`
    is the word that stands behind its `Status:`, else its status. Both are None without such a phase.
    """

    goal: str
    phases: tuple[Phase, ...]
    current_phase: str | None
    phase_status: str | None
    section: Section
