"""`pattern log`: each version of a pattern, with the commit that brought it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from feedback_loop.api.history.effect import read_versions
from feedback_loop.api.patterns.questions import find_pattern
from feedback_loop.domain.pattern import NAME, STATES
from feedback_loop.domain.pattern_log import LogEntry, PatternLog
from feedback_loop.errors import UserError
from feedback_loop.stores.library_moves import place
from feedback_loop.workspace import Workspace

REMOVED = "removed"
_Blobs = dict[str, str]  # state -> id of the JSON half there


def pattern_log(workspace: Workspace, name: str) -> PatternLog:
    """What the commits of HEAD's own line made of the pattern, and the work tree if it says something else.

    A pattern that is gone by now has a log, too. Raises UserError for a name that never was.
    """
    settings, _ = workspace.settings()
    library = workspace.library(settings.patterns)
    if not any(one.name == name for one in library.patterns):
        found = find_pattern(library, name) if NAME.match(name) is None else library.find(name)
        name = name if found is None else found.name
    paths = {place(settings.patterns, state, name) + ".json": state for state in STATES}
    rows = list(_rows(workspace, paths, settings.patterns))
    versions = read_versions(workspace, sorted({oid for _, blobs in rows for oid in blobs.values()}))
    entries: list[LogEntry] = []
    for commit, blobs in rows:
        state = next((one for one in STATES if one in blobs), REMOVED)
        version = versions.get(blobs[state]) if state in blobs else None
        if not entries or (entries[-1].state, entries[-1].version) != (state, version):
            entries.append(LogEntry(commit, workspace.git.objects.commit_time(commit), state, version))
    present = next((one for one in library.patterns if one.name == name), None)
    own = present is not None and library.source == settings.patterns + "/"
    if present is not None and own:
        now = (present.state, present.version)
        if not entries or (entries[-1].state, entries[-1].version) != now:
            entries.append(LogEntry("", "", *now))
    if not entries:
        find_pattern(library, name)  # raises for a name that nobody knows
        text = f"{name} is built in: it has no log in this repository"
        raise UserError(text, "`feedback-loop init` writes the built-in patterns to your own library")
    return PatternLog(name, tuple(entries), not workspace.git.objects.is_shallow())


def _rows(workspace: Workspace, paths: dict[str, str], folder: str) -> Iterator[tuple[str, _Blobs]]:
    """(commit, blobs by state) after each commit of the line that touched the library, the oldest first.

    One comparison with the tip for each: where that shows no difference, the tip's own files stand.
    """
    objects, history = workspace.git.objects, workspace.git.history
    try:
        tip = objects.commit_id("HEAD")
    except UserError:  # no commit yet
        return
    last = {
        paths[path]: oid for _, oid, raw in objects.tree_entries(tip) if (path := os.fsdecode(raw)) in paths
    }
    commits = [one for one in history.chain_commits(tip, None, folder) if one != tip]
    records = history.entries(
        [f"{one} {tip}" for one in commits], [f":(top,literal){path}" for path in paths]
    )
    seen = False
    for commit, record in zip(commits, records, strict=True):
        blobs = dict(last)
        for entry in record.entries:
            state = paths[os.fsdecode(entry.path)]
            if entry.status == "D":
                blobs.pop(state, None)
            else:
                blobs[state] = entry.new_oid
        seen = seen or bool(blobs)
        if seen:  # before its first file there was nothing to remove
            yield commit, blobs
    if last or seen:
        yield tip, last
