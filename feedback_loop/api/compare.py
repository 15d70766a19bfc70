"""Both sides of a change, scanned and held against one another (MODE-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from feedback_loop.api.scan import Clock, check_changes
from feedback_loop.domain.diff import FileChange, new_text
from feedback_loop.domain.finding import NotChecked, ScanResult
from feedback_loop.engines.compare import more_frequent, new_side, old_side

if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary

Start = Callable[[], Iterable[FileChange]]


def compare_sides(start: Start, library: CompiledLibrary, clock: Clock, least: str) -> ScanResult:
    """What the new side of the diff has more of than the old one.

    `start` reads the diff; it is read a second time only if the new side has findings at all, and then
    only the old texts of the files that have some are scanned.
    """
    counts: dict[bytes, int] = {}

    def new_sides() -> Iterator[FileChange]:
        for change in start():
            counts[change.path] = change.added_count
            yield new_side(change)

    result = check_changes(new_sides(), library, clock, least)
    skipped = {path for path, _ in result.skipped}
    result.added_lines = sum(count for path, count in counts.items() if path not in skipped)
    if result.findings or result.suppressed:
        _take_away_old(result, start, library, clock, least)
    return result


def _take_away_old(
    result: ScanResult, start: Start, library: CompiledLibrary, clock: Clock, least: str
) -> None:
    covered = [one.finding for one in result.suppressed]
    paths = {one.path for one in (*result.findings, *covered)}
    added: dict[bytes, frozenset[int]] = {}

    def old_sides() -> Iterator[FileChange]:
        for change in start():
            if change.path in paths:
                added[change.path] = frozenset(new_text(change.hunk or b"")[1])
                yield old_side(change)

    old = check_changes(old_sides(), library, clock, least)
    unknown = frozenset(entry.path for entry in old.not_checked)
    result.findings = more_frequent(result.findings, old.findings, added, unknown)
    fresh = more_frequent(covered, [one.finding for one in old.suppressed], added, unknown)
    kept = {id(one) for one in fresh}
    result.suppressed = [one for one in result.suppressed if id(one.finding) in kept]
    result.not_checked += [
        NotChecked(one.path, one.detector, f"before the change: {one.reason}") for one in old.not_checked
    ]
