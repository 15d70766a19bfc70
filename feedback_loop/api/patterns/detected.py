"""Patterns that failures speak of and nobody wrote yet, as entries for `patterns/proposed/` (A14)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from feedback_loop.api.patterns.file_entries import AUTO_DETECTED, detected_entry
from feedback_loop.api.metrics.entry_events import pattern_name
from feedback_loop.api.patterns.files import unreadable
from feedback_loop.api.patterns.views import new_pattern
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.pattern import Origin
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import Entry


def proposed_entry(item: Mapping[str, Any]) -> Entry:
    """A pattern `{pattern, count, details}` that was seen, as an entry that its files can hold.

    A pattern that is no name goes by its slug. Characters that nobody sees are shown as escapes; text that
    markdown would take for something else is introduced by a word, and left out where that does not help.
    Raises InputError as `detected_entry`, and if nothing of the pattern can be a name.
    """
    entry = detected_entry(item, str(uuid.uuid4()), "events")
    name = pattern_name(entry["name"])
    if not name:
        raise InputError(f"{entry['name']!a:.80} holds nothing that could be a pattern's name")
    del entry["frequency_sources"]
    entry["name"] = name
    told = visible(entry["description"])
    code = "\n".join(visible(line) for line in entry["bad_example"].splitlines())
    entry["fences"] = {"bad": {"info": _language(item), "further": []}}
    for description, example in ((told, code), (f"Seen: {told}", code), (AUTO_DETECTED, code)):
        entry |= {"description": description, "bad_example": example}
        if not unreadable(new_pattern(entry, Origin("failure"))):
            return entry
    return entry | {"description": AUTO_DETECTED, "bad_example": ""}


def _language(item: Mapping[str, Any]) -> str:
    """Of the file that the first bug with code is in; "" = nobody knows."""
    for one in item.get("details") or ():
        if isinstance(one.get("code"), str) and one.get("type", "bug") == "bug":
            path = one.get("file_path")
            return (language_of(path) if isinstance(path, str) else None) or ""
    return ""
