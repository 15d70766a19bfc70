"""The hooks that git calls about a commit message: `commit-msg` checks, `prepare-commit-msg` proposes."""

from __future__ import annotations

import posix

from feedback_loop.api.messages import check_message, propose_trailers
from feedback_loop.domain.text import visible
from feedback_loop.errors import UserError
from feedback_loop.faces.hook_commands import emit, told
from feedback_loop.faces.supervisor import HookClock
from feedback_loop.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.trailers import Doubt
    from feedback_loop.faces.hook_commands import Call

_SHOWN = 200  # characters of a value


def run(call: Call) -> int:
    """Do what `call.mode` says with the file that git names; the exit code. Raises UserError."""
    return _prepare(call) if call.mode == "prepare-commit-msg" else _check(call)


def _check(call: Call) -> int:
    path = _file(call)
    doubts = check_message(Workspace.open(), path, HookClock())
    for doubt in doubts:
        emit(2, f"feedback-loop: {_told(doubt)}\n")
    if not any(doubt.malformed for doubt in doubts):
        return 0
    skip = "SKIP=feedback-loop-commit-msg git commit …" if call.runner else "git commit --no-verify"
    shown = visible(path) if " " not in path else f"'{visible(path)}'"
    emit(2, "ways out: name a pattern (`feedback-loop pattern list`), or take the line out:\n")
    emit(2, f"  git commit -e -F {shown}\nskip this once: {skip}\n")
    return 1


def _told(doubt: Doubt) -> str:
    trailer = doubt.trailer
    place = f"commit message, line {trailer.line}"
    value = visible(trailer.value[:_SHOWN])
    if not value:
        return f"{place}: `{trailer.key}:` names nothing"
    if doubt.malformed:
        return f'{place}: "{value}" cannot be the name of a pattern'
    near = f"; near names: {', '.join(doubt.near)}" if doubt.near else ""
    return f'{place}: warning: there is no pattern "{value}"{near}'


def _prepare(call: Call) -> int:
    """Never in the way of a commit: whatever fails is told, and that is all."""
    try:
        left = propose_trailers(Workspace.open(), _file(call), _source(call), HookClock())
    except UserError as error:
        emit(2, f"feedback-loop: no trailers proposed: {visible(told(error))}\n")
        return 0
    for name in left:
        emit(2, f"feedback-loop: the plan lists what this change touches; to say so: `Pattern: {name}`\n")
    return 0


def _file(call: Call) -> str:
    if not call.words:
        raise UserError(f"{call.mode} needs the file with the message", "git names it", kind="usage")
    return call.words[0]


def _source(call: Call) -> str:
    """Where the message is from: git's second argument, which a hook runner hands on as a variable."""
    given = posix.environ.get(b"PRE_COMMIT_COMMIT_MSG_SOURCE", b"").decode("ascii", "replace")
    return call.words[1] if len(call.words) > 1 else given
