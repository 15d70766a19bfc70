"""A pattern tried on the repository's own past, before it is accepted (GATE-6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from feedback_loop.api.library import open_library
from feedback_loop.api.patterns.questions import find_pattern, in_force
from feedback_loop.domain.diff import FileChange
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.replay import Replay, ReplayedDetector, ReplayHit
from feedback_loop.engines.compile import compile_library
from feedback_loop.engines.scan import scan
from feedback_loop.engines.scan.sieve import Sieve
from feedback_loop.formats.patch import parse_patch
from feedback_loop.stores.git_objects import empty_tree

if TYPE_CHECKING:
    from feedback_loop.workspace import Workspace

SAMPLES = 5


def replay(workspace: Workspace, names: Sequence[str], commits: int) -> Replay:
    """The detectors of these patterns (none named: of all active ones) over the last commits.

    The settings' path sets hold, their levels do not. Suppressed findings count: they were found.
    Raises UserError for an unknown name, or if there is no commit yet.
    """
    library = open_library(workspace)
    settings, _ = workspace.settings()
    chosen = [find_pattern(library, name) for name in names] or list(library.active)
    compiled = compile_library(in_force(library, chosen), settings, [], raw_levels=True)
    wanted = {pattern.name for pattern in chosen}
    compiled.detectors = [one for one in compiled.detectors if one.pattern in wanted]
    sieve = Sieve(compiled)
    lines: Counter[str] = Counter()
    hits: dict[str, list[ReplayHit]] = {one.rule_id: [] for one in compiled.detectors}
    objects = workspace.git.objects
    past = objects.recent(objects.commit_id("HEAD"), commits)
    for commit, parent in past:
        changes = list(_changes(workspace, parent or empty_tree(commit), commit))
        for change in changes:
            path = change.path.decode("utf-8", "surrogateescape")
            language = language_of(path) or language_of(path, change.first_line())
            lines.update({one.rule_id: change.added_count for one in sieve.in_scope(path, language)})
        result = scan(changes, compiled)
        for one in (*result.findings, *(taken.finding for taken in result.suppressed)):
            if one.rule_id in hits:
                hits[one.rule_id].append(ReplayHit(commit, one.path, one.line, one.snippet))
    return Replay(
        len(past),
        tuple(
            ReplayedDetector(rule_id, lines[rule_id], len(found), tuple(_spread(found)))
            for rule_id, found in sorted(hits.items())
        ),
    )


def _changes(workspace: Workspace, old: str, new: str) -> Iterator[FileChange]:
    with closing(workspace.git.range_diff(old, new)) as stream:
        yield from parse_patch(stream.blocks())


def _spread(hits: Sequence[ReplayHit]) -> Iterable[ReplayHit]:
    """At most five, from all over the period."""
    step = max(1, len(hits) // SAMPLES)
    return hits[::step][:SAMPLES]
