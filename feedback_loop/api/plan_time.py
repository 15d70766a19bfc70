"""What was added since a plan was: the diff that its claims are about (A57). No third-party module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedback_loop.api.plans import Diff, staged
from feedback_loop.errors import UserError
from feedback_loop.stores.git_objects import empty_tree
from feedback_loop.stores.system import decode

if TYPE_CHECKING:
    from feedback_loop.workspace import Workspace

_SHORT = 10


def since_added(workspace: Workspace, path: bytes) -> Diff:
    """All that came since before the commit that added the plan, up to the index; else what is staged.

    Once the branch has taken in other work since, what is new on the branch: nobody answers for others.
    Raises UserError where a shallow clone has cut the history off.
    """
    objects = workspace.git.objects
    found = objects.added_by(decode(path))
    if found is None:
        return staged(workspace)
    commit, parent = found
    if parent is None and objects.is_shallow():
        hint = "fetch more of it, or name what to check: --staged or --diff A..B"
        raise UserError(f"the history of {decode(path)!a} is cut off in this shallow clone", hint, kind="git")
    base = parent or empty_tree(commit)
    fork = workspace.git.quick.branch_point()
    if parent and fork and objects.merge_base(parent, fork) != fork and not objects.holds(fork, decode(path)):
        return Diff(
            f"what is new since {fork[:_SHORT]}, where the branch stands on its base",
            lambda: workspace.git.staged_diff(fork),
        )
    begin = f"{parent[:_SHORT]}, the commit before it" if parent else "nothing: it came with the first commit"
    return Diff(f"what came since {begin}", lambda: workspace.git.staged_diff(base))
