"""The hook `plan`: the commit's plans held against its lines. On the hot path."""

from __future__ import annotations

from feedback_loop.api.plans import Outcome, check_commit
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.faces.hook_commands import color, emit, failed, told
from feedback_loop.faces.supervisor import HookClock
from feedback_loop.render.plan import render_complaints
from feedback_loop.render.text import Ink, unchecked_text
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
        emit(1, render_complaints(report, unknown_fails, color=color(1), told=call.plans))
        failing = failing or _fails(report, unknown_fails)
    # A staged text that is none was written by whoever commits it; a file that is gone may be anybody's.
    lost = [one.problem for one in outcome.unreadable if isinstance(one.problem, InputError)]
    for problem in lost:
        emit(1, f"block: {visible(told(problem))}: what it claims would be lost\n")
    if failing or lost:
        skip = "SKIP=feedback-loop-plan git commit …" if call.runner else "git commit --no-verify"
        ways = "mend the lines or the plan, or untick the box and say why; `git add` again"
        emit(1, f"ways out: {ways}; skip this once: {skip}\n")
    gone = [told(one.problem) for one in outcome.unreadable if one.problem and one.problem not in lost]
    unchecked = "" if call.plans else unchecked_text(outcome.result, outcome.library, Ink(color(1)))
    if unchecked:  # with `scan --plans` the scan has said so
        emit(1, unchecked + "\n")
    if gone and not failing and not lost:
        call.mode = "plan"  # whatever was scanned before
        return failed(call, "\n".join(gone), 2)
    for text in gone:
        emit(2, f"feedback-loop: NOT checked: {visible(text)}\n")
    if failing or lost:
        return 1
    closed = call.ci or outcome.library.on_error == "closed"
    return outcome.result.failure_code(outcome.library) if closed else 0


def _fails(report: PlanReport, unknown_fails: bool) -> bool:
    """A ticked item that is violated, a claim that would be lost, or where settings say so a wrong name."""
    wrong = unknown_fails and any(not one.pattern for one in report.judged)
    return report.fails(strict=False) or bool(report.section.malformed) or wrong
