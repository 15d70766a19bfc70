"""What a repository knows of its patterns besides their text: reports of them, findings in files (D18)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence

from feedback_loop.domain.injection import Ratings
from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace

_EVENTS = ".feedback-loop/events"


def count_reports(workspace: Workspace) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """How often events report the mistake of each pattern, repeats included; and what hindered counting.

    Bugs, failed tests, reviews and deployments count for the pattern that they name first.
    """
    if not os.path.isdir(f"{workspace.root}/{_EVENTS}"):
        return {}, ()
    from feedback_loop.api.metrics.stored import StoredMetrics  # as dear as all else of `context`
    from feedback_loop.domain.occurrence import COUNTED

    try:
        stored = StoredMetrics(workspace.root, workspace.repository.state_dir)
    except UserError as error:
        return {}, (f"reports are not counted: {error.message}",)
    if stored.merged is None:
        return {}, ("reports are not counted: an event counts more than anybody can believe",)
    found: Counter[str] = Counter()
    for one in stored.occurrences(()):
        if one.kind in COUNTED and one.pattern:
            found[one.pattern] += sum(number for _, number in one.times)
    unread = len(stored.problems)
    notes = (f"{unread} of the records of events cannot be read: see `events verify`",) if unread else ()
    return found, (*stored.notes, *notes)


def check_paths(workspace: Workspace, paths: Sequence[str], folder: str | None) -> None:
    """Raises UserError for a path that is not there, or outside of the repository."""
    from feedback_loop.stores.tree_walk import find_path

    for path in paths:
        find_path(workspace.root, path, folder)


def count_findings(workspace: Workspace, paths: Sequence[str], folder: str | None) -> Mapping[str, int]:
    """Open findings of each pattern in these files as they lie on the disk; accepted ones are not open."""
    from feedback_loop.api.scan_request import ScanRequest, run_scan

    result, _ = run_scan(workspace, ScanRequest(paths=tuple(paths), folder=folder))
    return Counter(one.pattern for one in result.findings)


def read_ratings(workspace: Workspace) -> Mapping[str, Ratings]:
    """What ratings say of each pattern that has any. Nobody can rate a pattern yet: there are none."""
    return {}
