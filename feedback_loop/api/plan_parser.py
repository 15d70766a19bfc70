"""`PlanParser`: what a plan says, in the shape that its users know."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.domain.plan_document import COMPLETED, PlanDocument
from feedback_loop.formats.plan_doc import find_heading, parse_plan, read_section
from feedback_loop.stores.plans import Place, read_plan


class PlanParser:
    """Reads plans that lie within `allowed_roots`, by default `MetricsCollector.ALLOWED_PLAN_ROOTS`.

    The methods that take a path raise ValueError for one that climbs or leads outside, and for a file
    that is no plan; FileNotFoundError. All of these are UserErrors as well.
    """

    def __init__(self, allowed_roots: Sequence[Place] | None = None) -> None:
        self.allowed_roots = allowed_roots

    def parse_task_plan(self, path: Place) -> dict[str, Any]:
        """The whole plan.

        `phases` are `{name, status, is_current}` in order, status `completed` or `pending`; `patterns`
        the names of the checklist, ticked or not; `notes` of the metadata what looks like an item but was
        not read as one, as `line 12: why`.
        """
        real, plan = self._parse(path)
        return {
            "goal": plan.goal,
            "phases": [
                {"name": phase.name, "status": phase.status, "is_current": phase.is_current}
                for phase in plan.phases
            ],
            "patterns": [item.name for item in plan.section.items],
            "current_phase": plan.current_phase,
            "metadata": {
                "plan_path": real,
                "plan_name": Path(path).name,
                "notes": [f"line {note.line}: {note.text}" for note in plan.section.notes],
            },
        }

    def extract_task_context(self, path: Place) -> dict[str, Any]:
        """Where the task stands: goal, current phase and its status; deliverables = completed phases."""
        _, plan = self._parse(path)
        return {
            "goal": plan.goal,
            "current_phase": plan.current_phase,
            "phase_status": plan.phase_status,
            "deliverables": [phase.name for phase in plan.phases if phase.status == COMPLETED],
        }

    def extract_pattern_references(self, content: str) -> list[str]:
        """The names that the checklist of a plan's text holds, in order.

        Without `## Patterns to Apply`, a level-2 heading with the words "pattern" and "apply" serves.
        """
        return [item.name for item in read_section(content, find_heading(content)).items]

    def _parse(self, path: Place) -> tuple[str, PlanDocument]:
        roots = MetricsCollector.ALLOWED_PLAN_ROOTS if self.allowed_roots is None else self.allowed_roots
        real, text = read_plan(path, roots)
        return real, parse_plan(text)
