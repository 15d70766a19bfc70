"""A plan as an event: what it declares, and what the diff says about it (A60)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from feedback_loop.api.events import Recorded, record_event
from feedback_loop.errors import UserError

if TYPE_CHECKING:
    from feedback_loop.domain.plan import PlanReport
    from feedback_loop.workspace import Workspace


def record_plan(workspace: Workspace, report: PlanReport, head: str = "HEAD") -> Recorded:
    """Record the plan with its verdicts, dated by the commit that its diff ends with or stands upon.

    The same plan and the same diff are the same event. Raises as `record_event`.
    """
    verdicts = {one.pattern: one.verdict for one in report.judged if one.pattern}
    data = {
        "path": os.fsdecode(report.path),
        "declared": [
            {"name": item.name, "line": item.line, "checked": item.checked} for item in report.section.items
        ],
        "verdicts": verdicts,
    }
    return record_event(workspace, "plan", data, list(verdicts), at=_time(workspace, head))


def _time(workspace: Workspace, head: str) -> str | None:
    objects = workspace.git.objects
    try:
        return objects.commit_time(objects.commit_id(head))
    except UserError as error:
        if error.exit_code != UserError.exit_code:
            raise
        return None  # no commit yet: now
