"""Code that a change only moves is judged more gently (MOVE-1). Cold: runs when there are findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from feedback_loop.engines.moved import count_lines, count_removed, line_texts, mark_moved
from feedback_loop.formats.patch import SECTION_CAP, parse_patch

if TYPE_CHECKING:
    from feedback_loop.domain.finding import Finding
    from feedback_loop.stores.git import Git, GitStream


def mark_moved_findings(
    git: Git, findings: list[Finding], level: str, start: Callable[[], GitStream]
) -> None:
    """Mark the findings whose line the same diff removes elsewhere; their level is at most `level`.

    `start` begins the diff once more: a scan without findings pays nothing.
    """
    wanted = line_texts(findings)
    if not wanted:
        return
    removed: Counter[str] = Counter()
    deleted = []
    stream = start()
    try:
        for change in parse_patch(stream.blocks()):
            if change.status == "D":
                deleted.append(change.old_oid)
            elif change.hunk:
                removed += count_removed(change.hunk, wanted)
    finally:
        stream.close()
    # Lenient: what a submodule pointed to is no object of this repository.
    with git.objects.blob_stream(lenient=True) as blobs:
        for text in blobs.read(deleted, SECTION_CAP):
            removed += count_lines(text or b"", wanted)
    mark_moved(findings, removed, level)
