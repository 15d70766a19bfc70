"""Patterns in the documented form of dicts as the values that everything else works with (A61)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from feedback_loop.api.metrics.entry_events import pattern_name
from feedback_loop.domain.finding import SEVERITIES
from feedback_loop.domain.pattern import Example, Pattern
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import NOTHING_SAID

_TEXTS = (
    *("title", "description", "prose", "severity", "guidance", "pattern_id"),
    *("bad_example", "good_example", "test_coverage"),
)
_LISTS = ("problems", "benefits", "tags", "languages", "frameworks", "conflicts")
_GUIDANCE = 200  # characters of a description that stand for a guidance that is missing


def read_dicts(library: object) -> tuple[list[Pattern], dict[str, Mapping[str, Any]]]:
    """The patterns, and the dict of each by the pattern's name; of a name given twice the first holds.

    Only `name` is needed. Raises InputError that names the entry for what is no dict, for a name that is
    missing or holds nothing a name can be made of, and for a value of another type than documented.
    """
    if not isinstance(library, list | tuple):
        raise InputError(f"pattern_library must be a list of dicts, not {type(library).__name__}")
    patterns: list[Pattern] = []
    dicts: dict[str, Mapping[str, Any]] = {}
    for place, entry in enumerate(library):
        pattern = _read(entry, f"pattern_library[{place}]")
        if pattern.name not in dicts:
            dicts[pattern.name] = entry
            patterns.append(pattern)
    return patterns, dicts


def _read(entry: object, place: str) -> Pattern:
    if not isinstance(entry, Mapping):
        raise InputError(f"{place} must be a dict, not {type(entry).__name__}")
    said = entry.get("name")
    if not isinstance(said, str) or not said.strip():
        raise InputError(f"{place}: a pattern needs a name")
    name = pattern_name(said)
    if not name:
        raise InputError(f"{place}: {_why_no_name(said)}")
    place = f"{place} ({name})"
    texts = {key: _text(entry, key, place) for key in _TEXTS}
    lists = {key: _texts(entry, key, place) for key in _LISTS}
    severity = texts["severity"].lower()
    description = "" if texts["description"] == NOTHING_SAID else texts["description"]
    return Pattern(
        name=name,
        title=texts["title"] or name.replace("_", " "),
        pattern_id=texts["pattern_id"],
        severity=severity if severity in SEVERITIES else "medium",
        description=texts["prose"] or description,
        bad=_examples(texts["bad_example"]),
        good=_examples(texts["good_example"]),
        tests=_examples(texts["test_coverage"]),
        guidance=texts["guidance"] or description[:_GUIDANCE],
        problems=lists["problems"],
        benefits=lists["benefits"],
        tags=lists["tags"],
        languages=lists["languages"],
        frameworks=lists["frameworks"],
        conflicts=lists["conflicts"],
    )


def _why_no_name(said: str) -> str:
    if re.search("[a-z0-9]", unicodedata.normalize("NFKC", said).lower()):
        return f"{said[:60]!a} is too short for a name: it takes at least two letters or digits"
    return f"{said[:60]!a} holds nothing that could be a name"


def _text(entry: Mapping[str, Any], key: str, place: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{place}: {key} must be text, not {type(value).__name__}")
    return value


def _texts(entry: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    value = entry.get(key)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{place}: {key} must be a list of texts")
    return tuple(value)


def _examples(code: str) -> tuple[Example, ...]:
    return (Example(code.rstrip("\n") + "\n", "python"),) if code.strip() else ()
