"""The hook `plan`: the commit's plans held against its lines. On the hot path."""

from __future__ import annotations

from feedback_loop.api.plans import Outcome, check_commit
from feedback_loop.domain.text import visible
from feedback_loop.faces.hook_commands import color, emit, failed, told
from feedback_loop.faces.supervisor import HookClock
from feedback_loop.render.plan import render_complaints
from feedback_loop.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.plan import PlanReport
    from feedback_loop.faces.hook_commands import Call


def run(call: Call) -> int:
    """Check every staged plan and the branch's current one; the exit code."""
    return tell(call, check_commit(Workspace.open(), HookClock()))


def tell(call: Call, outcome: Outcome) -> int:
    """Print what the plans' owners must know, nothing about plans without such a section; the exit code."""
    unknown_fails = outcome.library.plans.unknown == "error"
    failing = False
    for report in outcome.reports:
        if report.judged or report.section.malformed:
            emit(1, render_complaints(report, unknown_fails, color=color(1), told=call.plans))
        failing = failing or _fails(report, unknown_fails)
    if failing:
        skip = "SKIP=feedback-loop-plan git commit …" if call.runner else "git commit --no-verify"
        ways = "mend the lines, or untick the box and say why; `git add` again"
        emit(1, f"ways out: {ways}; skip this once: {skip}\n")
        for problem in outcome.unreadable:
            emit(2, f"feedback-loop: NOT checked: {visible(told(problem))}\n")
        return 1
    if outcome.unreadable:
        return failed(call, "\n".join(told(problem) for problem in outcome.unreadable), 2)
    return 0


def _fails(report: PlanReport, unknown_fails: bool) -> bool:
    """A ticked item that is violated, a claim that would be lost, or where settings say so a wrong name."""
    wrong = unknown_fails and any(not one.pattern for one in report.judged)
    return report.fails(strict=False) or bool(report.section.malformed) or wrong
