"""The library of a repository for others: as a JSON file in the seed's shape, or as the guide (A17, A23)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from feedback_loop.api.patterns.guide import guide_pattern, pattern_entry, read_guide, read_named, write_guide
from feedback_loop.api.library import open_library
from feedback_loop.api.patterns.importing import import_patterns
from feedback_loop.domain.guide import GuidePattern
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Pattern
from feedback_loop.errors import UserError
from feedback_loop.formats.guide_block import BLOCK, NewGuide
from feedback_loop.formats.guide_doc import parse_guide
from feedback_loop.formats.library_json import Entry, LibraryData, format_library
from feedback_loop.formats.managed_block import find_block
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library_place import find_place
from feedback_loop.workspace import Workspace

_IN_JSON = {"severity", "tags", "guidance"}


def export_json(workspace: Workspace, everything: bool = False) -> bytes:
    """The active patterns; with `everything` the proposed ones too, and the archived in their own list.

    Figures are those of a pattern that nothing was counted for, and no time is said: the same library
    gives the same bytes. Raises UserError for a library that cannot be read whole.
    """
    library = _whole(workspace)
    listed = [_entry(one, everything) for one in _chosen(library, everything)]
    archived = [_entry(one, True) for one in _by_name(library) if everything and one.state == "archived"]
    return format_library(LibraryData(listed, archived), "the JSON file")


def write_json(path: str, shown: str, data: bytes, force: bool = False) -> bool:
    """Write the file; False if it holds these bytes already.

    Raises UserError if it is there with other content, unless `force`: it may hold counters.
    """
    present = read_named(path, SIZE_CAP) if not force else None
    if present is not None and present != data:
        raise UserError(f"{shown} exists and holds something else", "overwrite it: --force")
    return atomic_write(path, data)


def export_guide(
    workspace: Workspace, path: str, shown: str, everything: bool = False, force: bool = False
) -> tuple[NewGuide, bool]:
    """Put the active patterns, with `everything` the proposed ones too, into the guide at the path.

    What was made, and whether the file changed; see `api.patterns.guide.write_guide`.
    """
    patterns = [guide_pattern(one) for one in _chosen(_whole(workspace), everything)]
    return write_guide(path, patterns, force=force, shown=shown)


@dataclass(frozen=True)
class Deletions:
    """What a person deleted in the block: files that hold the parts, and patterns (paths without ending)."""

    parts: tuple[str, ...]
    whole: tuple[str, ...]


def find_deletions(workspace: Workspace, path: str, shown: str, made: NewGuide) -> Deletions | None:
    """What keeps an edited block from being written that no import can take in.

    None if an import of the guide would change a pattern of the block, or say why it does not. `made` is
    what `export_guide` gave. Raises UserError as that.
    """
    library = _whole(workspace)
    settings, _ = workspace.settings()
    text = read_guide(path)
    block = find_block(text, BLOCK, shown)
    if block is None or not find_place(workspace.root, settings.patterns).own:
        return None
    said = [one for one in parse_guide(text, shown).patterns if block.first < one.line < block.last]
    inside = {found.name if (found := library.find(one.name)) else one.name: one for one in said}
    done = import_patterns(workspace, path, shown, dry_run=True).patterns
    if any(one.name in inside and one.outcome != "unchanged" for one in done):
        return None
    written = [one for one in _by_name(library) if one.name in made.written]
    kept = [(one, inside[one.name]) for one in written if one.name in inside]
    parts = (f"{one.path}{ending}" for one, told in kept for ending in _differing(guide_pattern(one), told))
    return Deletions(tuple(parts), tuple(one.path for one in written if one.name not in inside))


def _differing(now: GuidePattern, told: GuidePattern) -> list[str]:
    """The endings of the pattern's files that hold what is told otherwise; its name is in neither."""
    there = {one.name: getattr(now, one.name) for one in fields(now) if one.compare and one.name != "name"}
    differs = {key for key, value in there.items() if value != getattr(told, key)}
    return [".md"] * bool(differs - _IN_JSON) + [".json"] * bool(differs & _IN_JSON)


def _whole(workspace: Workspace) -> Library:
    library = open_library(workspace)
    if library.problems:
        raise UserError("\n".join(map(str, library.problems)), "mend them first: feedback-loop pattern lint")
    return library


def _by_name(library: Library) -> list[Pattern]:
    return sorted(library.patterns, key=lambda one: one.name)


def _chosen(library: Library, everything: bool) -> list[Pattern]:
    states = ("active", "proposed") if everything else ("active",)
    return [one for one in _by_name(library) if one.state in states]


def _entry(pattern: Pattern, says_state: bool) -> Entry:
    return pattern_entry(pattern) | ({"state": pattern.state} if says_state else {})
