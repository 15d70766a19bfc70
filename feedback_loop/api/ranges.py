"""Which commits a scan compares: what people and CI systems say, and what that is here (MODE-1, MODE-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback_loop.errors import UserError
from feedback_loop.stores.git_objects import empty_tree

if TYPE_CHECKING:
    from feedback_loop.stores.git_objects import Objects
    from feedback_loop.workspace import Workspace

_FROM, _TO = "PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"


@dataclass(frozen=True)
class Range:
    """Two commits by name; `symmetric` compares their merge base with the head. A base of zeros = none."""

    base: str
    head: str
    symmetric: bool = True


@dataclass(frozen=True)
class Ends:
    """A range in full ids. `base` is a commit, None where the head is compared with nothing."""

    base: str | None
    head: str

    @property
    def old(self) -> str:
        """What the head is compared with, a commit's id or the empty tree's."""
        return self.base or empty_tree(self.head)


def parse_range(text: str) -> Range:
    """`A..B` compares the two trees, `A...B` the merge base with B; a missing name is HEAD.

    Raises UserError if the text is neither.
    """
    dots = "..." if "..." in text else ".."
    base, found, head = text.partition(dots)
    if not found or not (base or head):
        raise UserError(f"not a range of commits: {text!a}", "write A..B or A...B", kind="usage")
    return Range(base or "HEAD", head or "HEAD", symmetric=dots == "...")


def find_range(from_ref: str | None, to_ref: str | None, variables: Mapping[str, str]) -> Range | None:
    """The range that the options name, else the hook runner's variables; None if neither does.

    Raises UserError if there is one end only, or if the head is all zeros.
    """
    if not from_ref and not to_ref:
        from_ref, to_ref = variables.get(_FROM), variables.get(_TO)
    if not from_ref and not to_ref:
        return None
    if not from_ref or not to_ref:
        text = f"one end of a range only: {from_ref or to_ref!a}"
        raise UserError(text, f"give both --from-ref and --to-ref (or {_FROM} and {_TO})", kind="usage")
    if _is_zeros(to_ref):
        raise UserError("the head of the range is all zeros: a deleted branch has no lines", kind="usage")
    return Range(from_ref, to_ref)


def find_ci_range(workspace: Workspace, variables: Mapping[str, str]) -> Range | None:
    """In CI, where nothing is staged and no range is named: HEAD against the branch it is meant for.

    None outside of CI, and where neither the CI system nor this clone knows that branch.
    """
    if variables.get("CI", "").lower() in ("", "0", "false"):
        return None
    if branch := variables.get("GITHUB_BASE_REF"):
        return Range(f"refs/remotes/origin/{branch}", "HEAD")
    base = variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or workspace.git.objects.default_branch()
    return Range(base, "HEAD") if base else None


def find_ends(objects: Objects, range_: Range) -> Ends:
    """The full ids; a base of zeros is the merge base with the default branch, else nothing.

    Raises UserError if a name is no commit of this clone, or if there is no merge base.
    """
    head = objects.commit_id(range_.head)
    if _is_zeros(range_.base):
        branch = objects.default_branch()
        if branch is None:
            return Ends(None, head)
        found = objects.merge_base(objects.commit_id(branch), head)
        if found is None and objects.is_shallow():
            raise objects.no_merge_base(branch, range_.head)
        return Ends(found, head)
    base = objects.commit_id(range_.base)
    if range_.symmetric:
        found = objects.merge_base(base, head)
        if found is None:
            raise objects.no_merge_base(range_.base, range_.head)
        base = found
    return Ends(base, head)


def _is_zeros(name: str) -> bool:
    return len(name) in (40, 64) and not name.strip("0")
