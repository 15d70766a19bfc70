"""The guide of a library: patterns as a guide and as the seed's entries say them, and files by their path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from feedback_loop.domain.guide import GuidePattern, Sample
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.formats.guide_block import NewGuide, format_guide
from feedback_loop.formats.guide_doc import SIZE_CAP, decode_guide, parse_guide
from feedback_loop.formats.guide_text import canonical
from feedback_loop.formats.library_json import (
    COUNTERS,
    LINKS,
    Beyond,
    Entry,
    LibraryData,
    beyond_guide,
    blank_entry,
    guide_entry,
    parse_library,
    take_in,
)
from feedback_loop.formats.managed_block import settle_merge
from feedback_loop.formats.markdown import outline
from feedback_loop.formats.pattern_doc import format_prose
from feedback_loop.stores.files import atomic_write, safe_read

Place = str | os.PathLike[str]
_PARTS = {"Bad example": "bad", "Good example": "good", "Test": "tests"}


def guide_pattern(pattern: Pattern) -> GuidePattern:
    """What a guide says about the pattern; references and further sections are not among it."""
    samples: dict[str, Any] = {
        _PARTS[part.title]: tuple(Sample(one.code, one.info) for one in part.fences)
        for part in outline(format_prose(pattern)).parts
        if part.title in _PARTS and part.fences
    }
    return canonical(
        GuidePattern(
            name=pattern.name,
            title=pattern.title,
            severity=pattern.severity,
            tags=pattern.tags,
            guidance=pattern.guidance,
            prose=pattern.description,
            problems=pattern.problems,
            benefits=pattern.benefits,
            **samples,
        )
    )


def pattern_entry(pattern: Pattern) -> Entry:
    """The pattern in the seed's shape. Nothing is counted: frequency 0, never seen, score 0.5."""
    entry = blank_entry(pattern.name, pattern.pattern_id)
    take_in(entry, guide_pattern(pattern))
    entry["severity"] = pattern.severity
    links = {key: list(getattr(pattern, key)) for key in LINKS}
    return entry | {key: names for key, names in links.items() if names}


# -- files that a person names ---------------------------------------------------------------------


def checked_path(path: Place) -> str:
    """The path as text. Raises InputError if it is empty, malformed or climbs."""
    name = os.fspath(path)
    if not name:
        raise InputError("the path cannot be empty")
    if "\0" in name:
        raise InputError(f"a path cannot hold NUL: {visible(name)}")
    if ".." in name.replace("\\", "/").split("/"):
        raise InputError(f"Path traversal detected in: {visible(name)}")
    return name


def read_named(name: str, cap: int) -> bytes | None:
    """The bytes of the file, None if there is none.

    Raises InputError for what is no regular file, a link out of its folder, too large or unreadable.
    """
    folder, last = os.path.split(os.path.abspath(name))
    try:
        return safe_read(os.path.realpath(folder), last, cap)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UserError as error:
        raise InputError(f"{visible(name)} cannot be used: {error.message}", error.hint) from error
    except OSError as error:
        raise InputError(f"{visible(name)} cannot be read: {error.strerror}") from error


def read_guide(path: Place) -> str:
    """The text of the guide. Raises InputError as `read_named` and `decode_guide`, MissingFileError."""
    name = checked_path(path)
    data = read_named(name, SIZE_CAP)
    if data is None:
        raise MissingFileError(f"no such file: {visible(name)}")
    return decode_guide(data, visible(name))


@dataclass(frozen=True)
class Source:
    """What a file says: its patterns, each with what no guide says; and what in it is no pattern."""

    patterns: tuple[tuple[GuidePattern, Beyond], ...]
    skipped: tuple[Problem, ...] = ()
    had_counters: bool = False


def read_source(path: str, shown: str) -> Source:
    """The patterns of a guide (`.md`) or of a library (`.json`), there the archived ones too.

    Raises InputError for another ending and for a file that cannot be read, MissingFileError.
    """
    if not path.lower().endswith((".md", ".markdown", ".json")):
        raise InputError(f"{shown} is neither a guide (.md) nor a library (.json)")
    data = read_named(path, SIZE_CAP)
    if data is None:
        raise MissingFileError(f"no such file: {shown}")
    if not path.lower().endswith(".json"):
        guide = parse_guide(decode_guide(data, shown), shown)
        return Source(tuple((one, Beyond()) for one in guide.patterns), guide.skipped)
    library = parse_library(data, shown)
    said = [(guide_entry(entry), beyond_guide(entry)) for entry in library.patterns]
    for entry in library.archived:
        said.append((guide_entry(entry), replace(beyond_guide(entry), state="archived")))
    entries = (*library.patterns, *library.archived)
    counted = any(entry.get(key) for entry in entries for key in COUNTERS)
    return Source(tuple(said), _left_out(library, shown), counted)


def _left_out(library: LibraryData, shown: str) -> tuple[Problem, ...]:
    """What the file holds besides patterns."""
    found = []
    if library.changelog:
        found.append(Problem(shown, 0, f"its changelog ({len(library.changelog)} entries)"))
    if library.extra:
        found.append(Problem(shown, 0, f"its other keys: {', '.join(sorted(library.extra))[:200]}"))
    return tuple(found)


def write_guide(
    path: Place, patterns: list[GuidePattern], *, force: bool = False, shown: str = ""
) -> tuple[NewGuide, bool]:
    """Put the patterns into the guide; what was made, and whether the file changed.

    Nothing is written if a person edited the block (`NewGuide.edited`), unless `force`. Figures that a
    retro has put there stay. Raises InputError as `read_guide` and `format_guide`.
    """
    name = checked_path(path)
    made, data = made_guide(name, patterns, shown=shown or visible(name), force=force)
    return made, not made.edited and atomic_write(name, data)


def made_guide(
    name: str,
    patterns: list[GuidePattern],
    *,
    shown: str,
    metrics: Mapping[str, str] | None = None,
    views: Mapping[str, str] | None = None,
    force: bool = False,
    heal: bool = False,
) -> tuple[NewGuide, bytes]:
    """The guide in this file as it would be, and its bytes; nothing is written. Arguments and errors as
    `format_guide`."""
    data = read_named(name, SIZE_CAP)
    old = None if data is None else decode_guide(data, shown)
    old = settle_merge(old) if old is not None and heal else old
    made = format_guide(old, patterns, shown, metrics=metrics, views=views, force=force, heal=heal)
    written = made.text.encode()
    decode_guide(written, shown)  # what could not be read again is not written
    return made, written
