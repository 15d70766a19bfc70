"""Entries of a collector as events, and events as entries (A30, A60, formats.md section 3)."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from feedback_loop.api.metrics.entries import REPEAT_KEYS, Entry
from feedback_loop.api.metrics.repeats import repeat_key
from feedback_loop.domain.event import Event
from feedback_loop.domain.finding import SEVERITIES
from feedback_loop.domain.names import Names, is_name
from feedback_loop.errors import InputError
from feedback_loop.formats.records import event_data

_NAMES_CAP = 100  # of one event
_SHOWN = 80  # characters of a text in a message
KINDS = {
    "bugs": "bug",
    "test_failures": "test_failure",
    "code_reviews": "review",
    "performance_metrics": "performance",
    "deployment_issues": "deployment",
    "code_generation": "generation",
}
CATEGORY_OF = {kind: category for category, kind in KINDS.items()} | {"plan": "code_generation"}
# What an entry need not have, and what stands for it.
_FALLBACKS: dict[str, Entry] = {
    "bugs": {"error": "", "code": "", "line": 0},
    "test_failures": {"failure_reason": ""},
    "code_reviews": {"severity": "medium"},
    "code_generation": {"patterns_applied": []},
}
FIELDS = {
    "bugs": ("error", "code", "file_path", "line", "stack_trace"),
    "test_failures": ("test_name", "failure_reason", "code_snippet"),
    "code_reviews": ("issue_type", "severity", "file_path", "line", "suggestion"),
    "performance_metrics": ("metric_type", "details", "non_finite"),
    "deployment_issues": ("issue_type", "environment", "root_cause", "resolution_time_minutes"),
    "code_generation": (
        "prompt",
        "patterns_applied",
        "confidence",
        "success",
        "code_length",
        "compilation_error",
        "metadata",
        "non_finite",
    ),
}
_PATTERN = {"test_failures": "pattern_violated", "performance_metrics": "", "code_generation": ""}


def pattern_name(text: str) -> str:
    """The text as a pattern's name (A3), "" if none of it can be."""
    if is_name(text):
        return text
    plain = re.sub(r"[^a-z0-9]+", "_", unicodedata.normalize("NFKC", text).lower()).strip("_")
    name = ("p_" + plain if plain[:1].isdigit() else plain)[:64].rstrip("_")
    return name if is_name(name) else ""


# -- to events -----------------------------------------------------------------------------------------


def is_plan(entry: Entry) -> bool:
    """Whether a `code_generation` entry is what `log_from_plan_file` makes."""
    metadata = entry.get("metadata")
    return isinstance(metadata, dict) and metadata.get("source") == "plan_file"


def event_fields(category: str, entry: Entry) -> tuple[str, list[str], Entry]:
    """Kind, patterns and data of the entry's events; `make_event` finds out what is wrong with them.

    A pattern that is no name takes part by its slug. Raises InputError if nothing of it could be a name: as
    an event of no pattern it would be taken for a repeat of others.
    """
    fallbacks = _FALLBACKS.get(category, {})
    data: Entry = {field: entry.get(field, fallbacks.get(field)) for field in FIELDS[category]}
    if category == "code_reviews" and isinstance(data["severity"], str):
        severity = data["severity"].strip().lower()
        data["severity"] = severity if severity in SEVERITIES else "medium"
    if category == "code_generation":
        patterns = data["patterns_applied"]
    else:
        field = _PATTERN.get(category, "pattern")
        patterns = [entry.get(field)]
        text = patterns[0]
        if isinstance(text, str) and text.strip() and not pattern_name(text):
            raise InputError(f"{field}: {text[:_SHOWN]!a} holds nothing that could be a name")
    return KINDS[category], _pattern_names(patterns), {k: v for k, v in data.items() if v is not None}


def _pattern_names(texts: object) -> list[str]:
    found = [pattern_name(one) for one in texts if isinstance(one, str)] if isinstance(texts, list) else []
    return list(dict.fromkeys(name for name in found if name))[:_NAMES_CAP]


def plan_fields(
    entry: Entry, declared: Sequence[Entry], names: Names, root: str
) -> tuple[str, list[str], Entry]:
    """The same for the entry of a plan: what it declares, each known pattern once, and no verdicts yet."""
    metadata = entry["metadata"]
    items = list(declared) or _declared(entry.get("patterns_applied"), metadata.get("checked"))
    resolved = dict.fromkeys(names.resolve(item["name"]).name for item in items)
    path = metadata.get("plan_path")
    data: Entry = {"path": _inside(path, root), "declared": items, "verdicts": {}}
    return "plan", [name for name in resolved if name][:_NAMES_CAP], data


def _declared(names: object, checked: object) -> list[Entry]:
    """The items of an entry that was read from JSON: it holds no lines."""
    ticked = (
        Counter(name for name in checked if isinstance(name, str)) if isinstance(checked, list) else Counter()
    )
    items = []
    for name in names if isinstance(names, list) else []:
        if isinstance(name, str):
            items.append({"name": name, "checked": ticked[name] > 0})
            ticked[name] -= 1
    return items


def _inside(path: object, root: str) -> str | None:
    """The path in the repository; of a plan outside only the file's name."""
    if not isinstance(path, str):
        return None
    below = os.path.realpath(root).rstrip("/") + "/"
    return path[len(below) :] if path.startswith(below) else os.path.basename(path)


# -- and back ------------------------------------------------------------------------------------------


def entries_of(events: Iterable[Event]) -> dict[str, list[Entry]]:
    """The entries of events in their order; those of one bug or failure are one entry, as when logged.

    Kinds that no category is for are left out.
    """
    data: dict[str, list[Entry]] = {category: [] for category in KINDS}
    known: dict[tuple[str, tuple[str, ...]], Entry] = {}
    for event in events:
        category = CATEGORY_OF.get(event.kind)
        if category is None:
            continue
        entry = _entry(category, event, event_data(event))
        fields = REPEAT_KEYS.get(category)
        key = repeat_key(entry, fields) if fields else None
        if key is not None and (category, key) in known:
            _join(known[category, key], entry)
            continue
        data[category].append(entry)
        if key is not None:
            known[category, key] = entry
    return data


def _entry(category: str, event: Event, data: Entry) -> Entry:
    time = None if data.get("undated") else event.at
    if event.kind == "plan":
        return _plan_entry(data, time)
    entry: Entry = {field: data.get(field) for field in FIELDS[category]}
    if entry.get("non_finite", ()) is None:
        del entry["non_finite"]
    if name := _PATTERN.get(category, "pattern"):
        first = event.patterns[0] if event.patterns else None
        entry = {name: first, **entry} if name == "pattern" else {**entry, name: first}
    entry["timestamp"] = time
    if category in REPEAT_KEYS:
        count = data.get("count", 1)
        entry |= {"count": count, "first_seen": time, "daily": {time[:10]: count} if time else {}}
    return entry


def _plan_entry(data: Entry, time: str | None) -> Entry:
    """Heading and place of the file are not in the event."""
    items = [
        item for item in data["declared"] if isinstance(item, dict) and isinstance(item.get("name"), str)
    ]
    path = data["path"]
    metadata: dict[str, Any] = {
        "source": "plan_file",
        "section_heading": None,
        "plan_path": path,
        "section_found": None,
        "checked": [item["name"] for item in items if item.get("checked") is True],
    }
    return {
        "prompt": f"plan:{os.path.basename(path)}"[:200],
        "patterns_applied": [item["name"] for item in items],
        "confidence": 1.0,
        "success": True,
        "code_length": None,
        "compilation_error": None,
        "metadata": metadata,
        "timestamp": time,
    }


def _join(entry: Entry, other: Entry) -> None:
    entry["count"] += other["count"]
    if other["timestamp"] is None:
        return
    for day, number in other["daily"].items():
        entry["daily"][day] = entry["daily"].get(day, 0) + number
    entry["timestamp"] = max(entry["timestamp"] or "", other["timestamp"])
    entry["first_seen"] = min(entry["first_seen"] or other["first_seen"], other["first_seen"])
