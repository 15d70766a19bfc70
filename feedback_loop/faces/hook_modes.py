"""What the hook does beside the scan of what is staged: ranges, pushes, whole trees, the library. Cold."""

from __future__ import annotations

import os
import posix
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from feedback_loop.api.pushes import find_new_range, parse_updates
from feedback_loop.api.ranges import Range, find_range
from feedback_loop.api.scan import check_staged_library
from feedback_loop.api.scan_request import RangeWords, ScanRequest, in_ci, run_scan, with_range
from feedback_loop.domain.text import path_text, visible
from feedback_loop.errors import UserError
from feedback_loop.faces.hook_commands import emit, failed, report, say_nothing, told
from feedback_loop.workspace import Workspace

if TYPE_CHECKING:
    from feedback_loop.faces.hook_commands import Call

USAGE = """usage: feedback-loop-hook scan [--ci] [--hints] [--allow-empty]
                                   check the lines this commit adds
       feedback-loop-hook scan --from-ref X --to-ref Y …
                                   the lines that Y adds since it left X
       feedback-loop-hook scan --all …
                                   every tracked file
       feedback-loop-hook pre-push [--ci] [--hints]
                                   what a push brings, as git tells a pre-push hook on its input
       feedback-loop-hook plan [--ci] [--from-ref X --to-ref Y]
                                   hold the commit's plans against its lines (scan --plans: after the scan)
       feedback-loop-hook patterns [--ci]
                                   check the staged pattern library
       feedback-loop-hook commit-msg FILE [--ci]
                                   check the trailers `Pattern: <name>` of a commit message
       feedback-loop-hook prepare-commit-msg FILE [SOURCE [COMMIT]]
                                   propose them from the current plan; never blocks
       feedback-loop-hook record   after a commit: note what was shown before it and is gone from it
       feedback-loop-hook --version

The hooks that `feedback-loop install` and .pre-commit-hooks.yaml call. File names given by a hook
runner are ignored: the truth is git's index, or the range of PRE_COMMIT_FROM_REF and
PRE_COMMIT_TO_REF. Exit codes: 0 clean, 1 findings, 2 something to mend (in CI also: nothing to
check), 3 the tool failed (locally such a commit passes, unless on-error = "closed").
"""
_NEW = "0" * 40
_BLOCK = 64 << 10


def _with_site() -> None:
    if "site" not in sys.modules:  # the hook starts without it (-S)
        import site

        site.main()


def run(call: Call) -> int:
    """Do what `call.mode` says; the exit code. Raises UserError."""
    _with_site()
    work = {
        "patterns": _patterns,
        "push": _push,
        "all": _tree,
        "range": _range,
        "staged": _branch,
        "plan-range": _plan_range,
    }
    return work[call.mode](call, Workspace.open())


def record(workspace: Workspace) -> None:
    """After a commit: what the hook showed and the commit no longer holds goes into the spool."""
    _with_site()
    from feedback_loop.api.preventions import record_preventions

    record_preventions(workspace)


def _patterns(call: Call, workspace: Workspace) -> int:
    findings = check_staged_library(workspace)
    for finding in findings:
        mark = "" if finding.level == "block" else f"{finding.level}: "
        emit(1, f"{path_text(finding.path)}:{finding.line}: {mark}{visible(finding.message)}\n")
    blocking = sum(finding.level == "block" for finding in findings)
    if blocking:
        emit(1, f"feedback-loop: {blocking} problems in what is staged\n")
    return 1 if blocking else 0


def _plan_range(call: Call, workspace: Workspace) -> int:
    """The plans that a range changes, against its lines."""
    from feedback_loop.api.plan_files import check_range_plans
    from feedback_loop.faces.hook_plans import tell

    range_ = _whole_history() if not call.from_ref else None
    range_ = range_ or find_range(call.from_ref, call.to_ref, os.environ)
    if range_ is None:
        return say_nothing(call, "the range has one end only")
    return tell(call, check_range_plans(workspace, range_))


def _tree(call: Call, workspace: Workspace) -> int:
    return _run(call, workspace, ScanRequest(everything=True, hints=call.hints), "no tracked files")


def _range(call: Call, workspace: Workspace) -> int:
    """The range that the options or the hook runner name."""
    request = ScanRequest(hints=call.hints)
    whole = None if call.from_ref else _whole_history()
    if whole:
        request = replace(request, range=whole, policy="base")
    else:
        request = with_range(request, RangeWords(None, call.from_ref, call.to_ref), os.environ)
    return _run(call, workspace, request, "the range changes nothing")


def _whole_history() -> Range | None:
    """What a hook runner means that names a pushed branch, but no commit that the remote has.

    pre-commit gives no range then, prek its head alone.
    """
    variables = os.environ
    branch = variables.get("PRE_COMMIT_LOCAL_BRANCH")
    if not branch or variables.get("PRE_COMMIT_FROM_REF"):
        return None
    return Range(_NEW, variables.get("PRE_COMMIT_TO_REF") or branch)


def _branch(call: Call, workspace: Workspace) -> int:
    """In CI, with nothing staged: what the branch adds to the one it is meant for."""
    request = in_ci(workspace, ScanRequest(hints=call.hints), os.environ)
    if request is None:
        return say_nothing(call)
    return _run(call, workspace, request, "nothing staged, and the branch changes nothing")


def _run(call: Call, workspace: Workspace, request: ScanRequest, nothing: str) -> int:
    result, library = run_scan(workspace, request)
    if not result.changes:
        return say_nothing(call, nothing)
    return report(call, workspace, result, library, _way_out(call))


def _way_out(call: Call) -> str:
    """How to do it once without the check; "" where nothing stands in the way."""
    if call.runner:
        hook = "feedback-loop-scan-all" if call.mode == "all" else "feedback-loop-scan"
        return f"SKIP={hook} git push …" if "PRE_COMMIT_LOCAL_BRANCH" in os.environ else f"SKIP={hook}"
    return "git push --no-verify" if call.mode == "push" else ""


# -- pushes --------------------------------------------------------------------------------------


def _push(call: Call, workspace: Workspace) -> int:
    """Each range that the push brings, by the working tree's policy: a check before CI, not instead."""
    codes: list[int] = []
    seen: set[Range] = set()
    for update in parse_updates(_input()):
        try:
            new = None if update.deletes else find_new_range(workspace, update)
            if new is None or new in seen:
                continue
            seen.add(new)
            result, library = run_scan(workspace, ScanRequest(range=new, hints=call.hints))
        except UserError as error:  # one ref that cannot be checked does not hide the others
            codes.append(failed(call, f"{update.name}: {told(error)}", error.exit_code))
            continue
        emit(1, f"feedback-loop: {visible(update.name)}\n")
        codes.append(report(call, workspace, result, library, _way_out(call)))
    if not codes:
        emit(2, "feedback-loop: this push brings nothing new\n")
    return 1 if 1 in codes else max(codes, default=0)


def _input() -> bytes:
    """All that git says. Raises UserError where a person would have to type it."""
    if posix.isatty(0):
        text = "pre-push reads what git gives a pre-push hook: `<local ref> <oid> <remote ref> <oid>` lines"
        raise UserError(text, "`git push --dry-run` runs the hook, too", kind="usage")
    blocks = []
    while block := posix.read(0, _BLOCK):
        blocks.append(block)
    return b"".join(blocks)
