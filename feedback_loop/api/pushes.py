"""What a push brings: the lines that git gives a pre-push hook, and the range behind each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback_loop.api.ranges import Range
from feedback_loop.errors import UserError
from feedback_loop.stores.published import find_published_base

if TYPE_CHECKING:
    from feedback_loop.stores.git_objects import Objects
    from feedback_loop.workspace import Workspace

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One ref of a push. Zeros as `local` delete it, zeros as `remote` create it."""

    local_ref: str
    local: str
    remote_ref: str
    remote: str

    @property
    def deletes(self) -> bool:
        """Whether the ref goes away: then there are no lines to check."""
        return not self.local.strip("0")

    @property
    def name(self) -> str:
        """What goes where."""
        return f"{self.local_ref} -> {self.remote_ref}"


def parse_updates(data: bytes) -> list[RefUpdate]:
    """`<local ref> <local oid> <remote ref> <remote oid>` lines, as githooks(5) has them.

    The local ref may hold blanks (`git push origin 'HEAD^{/a b}:x'`). Raises UserError for other lines.
    """
    updates = []
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        parts = line.rsplit(" ", 3)
        if not line:
            continue
        if len(parts) != 4 or not (_is_oid(parts[1]) and _is_oid(parts[3])):
            raise UserError(f"line {number} of the input is not what git gives a pre-push hook", kind="input")
        updates.append(RefUpdate(*parts))
    return updates


def _is_oid(text: str) -> bool:
    return len(text) in (40, 64) and _HEX.issuperset(text)


def find_new_range(workspace: Workspace, update: RefUpdate) -> Range | None:
    """The commits that the remote does not have yet; None if it has them all.

    An updated ref is compared with what it was (`old...new`), a new one with the newest commit that any
    remote is known to have. Raises UserError if what is pushed is no commit, e.g. the tag of a blob.
    """
    objects = workspace.git.objects
    head = objects.commit_id(update.local)
    base = _former(objects, update.remote, head) or find_published_base(workspace.git, head)
    return None if base == head else Range(base or "0" * len(head), head, symmetric=False)


def _former(objects: Objects, remote: str, head: str) -> str | None:
    """Where the pushed history leaves the ref's present one; None if that is not known here."""
    if not remote.strip("0"):
        return None
    try:
        return objects.merge_base(objects.commit_id(remote), head)
    except UserError:  # somebody else pushed since: git will refuse this push, or force it
        return None
