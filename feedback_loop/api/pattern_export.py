"""The library of a repository for others: as a JSON file in the seed's shape, or as the guide (A17, A23)."""

from __future__ import annotations

from feedback_loop.api.guide import guide_pattern, pattern_entry, read_named, write_guide
from feedback_loop.api.library import open_library
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Pattern
from feedback_loop.errors import UserError
from feedback_loop.formats.guide_block import NewGuide
from feedback_loop.formats.library_json import Entry, LibraryData, format_library
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import atomic_write
from feedback_loop.workspace import Workspace


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

    What was made, and whether the file changed; see `api.guide.write_guide`.
    """
    patterns = [guide_pattern(one) for one in _chosen(_whole(workspace), everything)]
    return write_guide(path, patterns, force=force, shown=shown)


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
