"""A finding that the hook showed and that is gone from what was committed: a prevention (H57)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, TypeVar

from feedback_loop.api.modes import scan_range
from feedback_loop.api.origin import author
from feedback_loop.api.ranges import Range, find_ends
from feedback_loop.api.shown import text_key
from feedback_loop.errors import UserError
from feedback_loop.formats.patch import parse_patch
from feedback_loop.formats.records import make_event
from feedback_loop.stores.shown import take_shown
from feedback_loop.stores.spool import append_spool
from feedback_loop.stores.system import encode

if TYPE_CHECKING:
    from feedback_loop.domain.event import Event
    from feedback_loop.domain.finding import ScanResult
    from feedback_loop.stores.shown import Shown
    from feedback_loop.workspace import Workspace

_NOTHING = "0" * 40
_Key = TypeVar("_Key", bound=Hashable)


def record_preventions(workspace: Workspace) -> int:
    """Hold what the hook has shown on this branch against HEAD; the number of events put into the spool.

    None is written for a file that the commit left out or deleted, for a finding that a comment or the
    baseline accepts, where the file could not be checked, or if the last scan before the commit blocked:
    then nobody listened. What was shown is forgotten in any case.
    """
    scans, blocked = take_shown(workspace.repository)
    if blocked or not any(scans):
        return 0
    objects = workspace.git.objects
    head = objects.commit_id("HEAD")
    range_ = Range(_parent(workspace, head), head, symmetric=False)
    result, library = scan_range(workspace, range_, least="hint")
    in_force = {one.rule_id for one in library.detectors}
    touched = _touched(workspace, range_)
    unchecked = {*(entry.path for entry in result.not_checked), *(path for path, _ in result.skipped)}
    if b"" in unchecked:
        return 0
    at, by = objects.commit_time(head), author(workspace)
    events: list[Event] = [
        make_event(
            "prevention",
            at,
            {"path": path, "detector": detector, "fingerprint": key},
            patterns=[pattern],
            source={"kind": "hook"},
            by=by,
            commit=head,
        )
        for path, pattern, detector, key, _ in _gone(scans, result)
        if encode(path) in touched - unchecked and f"{pattern}/{detector}" in in_force
    ]
    return append_spool(workspace.repository.state_dir, events)


def _parent(workspace: Workspace, head: str) -> str:
    try:
        return workspace.git.objects.commit_id(head + "^")
    except UserError:
        return _NOTHING


def _touched(workspace: Workspace, range_: Range) -> set[bytes]:
    """The paths of files that the commit adds or changes, former names among them."""
    ends = find_ends(workspace.git.objects, range_)
    stream = workspace.git.range_diff(ends.old, ends.head)
    try:
        changes = [one for one in parse_patch(stream.blocks()) if one.status != "D"]
        return {path for one in changes for path in (one.path, one.old_path) if path}
    finally:
        stream.close()


def _gone(scans: list[list[Shown]], result: ScanResult) -> Iterator[Shown]:
    """Those that landed nowhere in the commit, accepted or not.

    A line may have been changed and still be wrong, or stand in another file now: so a rule counts in a
    file, and a text anywhere, only as often as some scan showed more of it than landed.
    """
    landed = [*result.findings, *result.baselined, *(one.finding for one in result.suppressed)]
    held = {one.fingerprint for one in landed}
    places = _most(scans, _place) - Counter((one.path, one.rule_id) for one in landed)
    texts = _most(scans, lambda one: one[4]) - Counter(text_key(one) for one in landed)
    shown = {one[3]: one for scan in scans for one in scan}
    for key, one in shown.items():
        if key not in held and places[_place(one)] > 0 and texts[one[4]] > 0:
            places[_place(one)] -= 1
            texts[one[4]] -= 1
            yield one


def _place(one: Shown) -> tuple[bytes, str]:
    path, pattern, detector, _, _ = one
    return encode(path), f"{pattern}/{detector}"


def _most(scans: list[list[Shown]], key: Callable[[Shown], _Key]) -> Counter[_Key]:
    """The largest number of each that one scan showed."""
    most: Counter[_Key] = Counter()
    for scan in scans:
        most |= Counter(map(key, scan))
    return most
