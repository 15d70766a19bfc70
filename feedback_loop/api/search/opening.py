"""The index of a repository's patterns: from the cache, with what changed since read anew (D12g)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.domain.settings import Settings
from feedback_loop.domain.text import counted
from feedback_loop.engines.search.document import FORMAT, document
from feedback_loop.engines.search.index import Index
from feedback_loop.errors import UserError
from feedback_loop.stores.library_place import FOLDERS, Place, find_place
from feedback_loop.stores.search_cache import (
    Kept,
    Key,
    Looks,
    SearchCache,
    changed_files,
    is_fresh,
    look_at_library,
    look_at_settings,
    same_content,
    unpack,
)
from feedback_loop.workspace import Workspace

_BELOW = dict(FOLDERS)
_SAYS_WHY = "`feedback-loop check` says why"


@dataclass(frozen=True)
class Opened:
    """A repository's patterns in all states, ready to be searched, and its settings.

    `own` = they are its own, not the core pack's. `notes` tell people what is not as they may think.
    """

    workspace: Workspace
    index: Index
    settings: Settings
    own: bool
    notes: tuple[str, ...]


def open_index(workspace: Workspace) -> Index:
    """The repository's patterns in all states, as their files are now (`open_search` tells more)."""
    return open_search(workspace).index


def open_search(workspace: Workspace) -> Opened:
    """The index as the pattern files are now. A pattern that cannot be read is left out, with a note.

    Only what changed since the last time is read. Without a cache that can be believed all is; nothing
    but the time tells the difference.
    """
    cache = SearchCache(workspace.repository, FORMAT)
    before = cache.load()
    made = _current_settings(workspace, before)
    place = find_place(workspace.root, made.settings.patterns)
    looks = look_at_library(place, before)
    known = before if before and before.folder == place.folder else None
    changed = changed_files(known.looks if known else Looks({}), looks)
    index = Index.restore(known.parts, unpack) if known else Index()
    broken = set(known.broken).difference(changed) if known else set()
    if changed:
        broken.update(_refresh(index, place, changed, looks))
    kept = made._replace(folder=place.folder, looks=looks, broken=frozenset(broken))
    if changed or known is None or not is_fresh(known, kept.settings_files, looks):
        cache.save(kept._replace(parts=index.parts()))
    return Opened(workspace, index, made.settings, place.own, _notes(kept, place))


def _current_settings(workspace: Workspace, before: Kept | None) -> Kept:
    """With the settings as their files are now."""
    files = look_at_settings(workspace.root, before)
    if before and same_content(before.settings_files, files):
        return before._replace(settings_files=files)
    settings, problems = workspace.settings()
    return Kept("", Looks({}), frozenset(), files, settings, len(problems), Index().parts())


def _refresh(index: Index, place: Place, changed: Iterable[Key], looks: Looks) -> list[Key]:
    """Index these patterns anew; returns those whose files make no pattern."""
    from feedback_loop.stores.library import parse_files  # the readers of markdown and of JSON schemas

    broken = []
    for state, stem in changed:
        index.remove(stem, state)
        if (state, stem) not in looks.files:
            continue
        folder = place.name + _BELOW[state]
        halves = zip((".md", ".json"), looks.files[state, stem], strict=True)
        names = [stem + ending for ending, half in halves if half[0] >= 0]
        try:
            files = {name: place.read(f"{folder}/{name}") for name in names}
        except (OSError, UserError):
            files = {}
        patterns, _ = parse_files(files, folder, state)
        for pattern in patterns:
            index.replace(document(pattern))
        if not patterns:
            broken.append((state, stem))
    return broken


def _notes(kept: Kept, place: Place) -> tuple[str, ...]:
    notes = []
    if kept.settings_problems:
        notes.append(f"the settings have {counted(kept.settings_problems, 'mistake')}: {_SAYS_WHY}")
    if not place.own:
        notes.append(f"there is no {kept.settings.patterns}/ here: these are the patterns of the core pack")
    if kept.looks.outside:
        notes.append(f"{counted(kept.looks.outside, 'folder')} of patterns cannot be read: {_SAYS_WHY}")
    if kept.broken:
        notes.append(f"{counted(len(kept.broken), 'pattern')} cannot be read: {_SAYS_WHY}")
    return tuple(notes)
