"""When each pattern was in force, from the commits of the chain that moved its file (H45, H58)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from feedback_loop.domain.effect import Adoption
from feedback_loop.domain.history import History, LibraryChange
from feedback_loop.domain.pattern import NAME

_ENDING = ".json"


def find_adoptions(
    history: History, folder: str, versions: Mapping[str, int] | None = None
) -> Mapping[str, Adoption]:
    """The adoption of each pattern that ever had `<folder>/<name>.json` on the chain, by name.

    In force = the file is there: one that was moved to the archive, or removed, is not. `versions` tells
    the `version` that a blob of such a file says, by blob id; blobs it does not name bring none.
    """
    changes: dict[str, list[LibraryChange]] = {}
    for change in history.library:
        name = pattern_of(change.path, folder)
        if name:
            changes.setdefault(name, []).append(change)
    found = {name: _adoption(history, name, listed, versions or {}) for name, listed in changes.items()}
    return {name: adoption for name, adoption in sorted(found.items()) if adoption is not None}


def pattern_of(path: str, folder: str) -> str:
    """The active pattern whose JSON half stands at the path; "" if it is no such file."""
    stem = path.removeprefix(folder + "/")
    if stem == path or not stem.endswith(_ENDING):
        return ""
    name = stem.removesuffix(_ENDING)
    return name if NAME.match(name) else ""


def _adoption(
    history: History, name: str, changes: Sequence[LibraryChange], versions: Mapping[str, int]
) -> Adoption | None:
    spans: list[tuple[int, int | None]] = []
    known: list[tuple[int, int]] = []
    since: int | None = None
    first: int | None = None
    for commit, group in groupby(changes, key=lambda change: change.commit):
        # A rename away and back in one commit is D and A of one path: what is there afterwards counts.
        put = next((change for change in group if change.status != "D"), None)
        position = history.commits.landing[commit]
        if put is None:
            spans += [(since, position)] if since is not None else []
            since = None
            continue
        since = position if since is None else since
        first = commit if first is None else first
        version = versions.get(put.oid)
        if version is not None and (not known or known[-1][0] != version):
            known.append((version, commit))
    if first is None:
        return None
    spans += [(since, None)] if since is not None else []
    return Adoption(name, first, tuple(spans), tuple(known))
