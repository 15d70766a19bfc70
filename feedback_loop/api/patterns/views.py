"""A pattern of a folder as the documented dict with its figures, and what a changed dict makes of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from feedback_loop.api.patterns.guide import pattern_entry
from feedback_loop.api.patterns.figures import Figure
from feedback_loop.api.patterns.files import GUIDE_FIELDS, examples_of
from feedback_loop.api.patterns.versions import versioned
from feedback_loop.domain.languages import SUFFIXES
from feedback_loop.domain.pattern import NAME, Origin, Pattern
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import LINKS, Entry, beyond_guide, guide_entry

# Computed: changing them writes nothing.
COMPUTED = ("occurrence_frequency", "last_occurrence", "effectiveness_score", "frequency_sources")
_GUIDANCE_CAP = 200
_TEXTS = (
    *("name", "pattern_id", "title", "description", "prose", "severity", "guidance", "state"),
    *("bad_example", "good_example", "test_coverage"),
)
_LISTS = ("problems", "benefits", "tags", *LINKS)


def pattern_view(pattern: Pattern, figure: Figure) -> Entry:
    """The pattern in the seed's shape: ten keys, further ones where there is something to say."""
    return pattern_entry(pattern) | {
        "occurrence_frequency": figure.frequency,
        "last_occurrence": figure.last_seen,
        "effectiveness_score": figure.score,
    }


def refresh(entry: Entry, pattern: Pattern) -> None:
    """Let the dict say what its pattern does now; what is computed stays."""
    computed = {key: entry[key] for key in COMPUTED if key in entry}
    entry.clear()
    entry.update(pattern_view(pattern, Figure()) | computed)


def same_pattern(one: Entry, other: Entry) -> bool:
    """Whether the dicts say the same but for what is computed."""
    return _kept(one) == _kept(other)


def _kept(entry: Entry) -> Entry:
    return {key: value for key, value in entry.items() if key not in COMPUTED}


def check_view(entry: Entry) -> None:
    """Raises InputError for what a pattern's two files cannot hold: such keys, such types, such a name."""
    name = entry.get("name")
    if not isinstance(name, str) or NAME.match(name) is None:
        hint = "2 to 64 of a-z, 0-9 and _, a letter first"
        raise InputError(f"this cannot be a pattern's name: {name!a:.80}", hint)
    for key in _TEXTS:
        if not isinstance(entry.get(key, ""), str):
            raise InputError(f"{name}: {key} must be a text")
    for key in _LISTS:
        value = entry.get(key, [])
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise InputError(f"{name}: {key} must be a list of texts")
    notes = beyond_guide(entry).notes
    if notes:
        raise InputError("\n".join(f"{name}: {note}" for note in notes))


def edited_pattern(known: Pattern, was: Entry, now: Entry) -> Pattern:
    """The pattern with what differs between the dicts, a version on if that changes its meaning.

    Raises InputError as `check_view`, and for another pattern_id.
    """
    check_view(now)
    if now.get("pattern_id", known.pattern_id) != known.pattern_id:
        raise InputError(f"{known.name}: pattern_id cannot change")
    before = guide_entry(was)
    # A description that stayed is the old one of problems or prose that were changed.
    stayed = now.get("description") == was.get("description")
    after = guide_entry(now | {"description": ""} if stayed else now)
    if now.get("problems") and not after.problems:
        hint = "change those, or set problems to []"
        raise InputError(f"{known.name}: its description is made of `problems` and `prose`", hint)
    change: dict[str, Any] = {
        ours: made(getattr(after, key))
        for key, ours, made in GUIDE_FIELDS
        if getattr(after, key) != getattr(before, key)
    }
    if not after.severity:
        change.pop("severity", None)
    change |= {key: tuple(now.get(key, ())) for key in LINKS if now.get(key) != was.get(key)}
    return versioned(known, replace(known, **change))


def new_pattern(entry: Entry, origin: Origin, taken: Iterable[str] = ()) -> Pattern:
    """The pattern that a dict describes; ids that are `taken`, or are none, are replaced.

    Raises InputError as `check_view`.
    """
    check_view(entry)
    said, beyond = guide_entry(entry), beyond_guide(entry)
    bad, good = examples_of(said.bad), examples_of(said.good)
    is_id = re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", beyond.pattern_id)
    return Pattern(
        name=said.name,
        title=said.title,
        pattern_id=beyond.pattern_id if is_id and beyond.pattern_id not in taken else str(uuid.uuid4()),
        severity=said.severity or "medium",
        description=said.prose,
        problems=said.problems,
        bad=bad,
        good=good,
        benefits=said.benefits,
        tests=examples_of(said.tests),
        guidance=said.guidance or said.title[:_GUIDANCE_CAP],
        tags=tuple(sorted(set(said.tags))),
        languages=tuple(sorted({one.language for one in (*bad, *good) if one.language in SUFFIXES})),
        related=beyond.related,
        conflicts=beyond.conflicts,
        supersedes=beyond.supersedes,
        origin=origin,
    )
