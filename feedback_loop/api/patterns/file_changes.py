"""What happens to the lists of a library: counted, added to, archived, restored, told by a guide (A13-A22).

Nothing here reads the clock or a file: `now` is in seconds since 1970, and the lists are changed in place.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from feedback_loop.api.patterns.file_entries import (
    Sighting,
    archive_entry,
    count_up,
    detected_entry,
    find_entry,
    moment_of,
    read_sightings,
    restore_entry,
    seen_again,
)
from feedback_loop.domain.guide import Guide
from feedback_loop.domain.moment import DAY, format_moment
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import Entry, LibraryData, blank_entry, take_in

OUTCOMES = ("updated", "unchanged", "restored", "skipped", "problems")


def checked_items(value: object, what: str, keys: str) -> list[Mapping[str, Any]]:
    """The dicts. Raises InputError for anything else: callers come without a type checker."""
    listed = list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else None
    if listed is None or not all(isinstance(one, Mapping) for one in listed):
        raise InputError(f"{what} must be a list of dicts {{pattern, {keys}}}")
    return listed


def checked_days(days: object) -> int:
    """The number of days. Raises InputError if it is no whole number from 1 on."""
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise InputError(f"days must be an integer >= 1, not {days!a}")
    return days


def log_change(library: LibraryData, now: int, action: str, pattern: object, details: Entry) -> None:
    """One more line of the changelog (A16)."""
    stamp = format_moment(now)
    library.changelog.append({"timestamp": stamp, "action": action, "pattern": pattern, "details": details})


def group_sightings(
    items: Sequence[Mapping[str, Any]], entries: Sequence[Entry]
) -> tuple[dict[str, list[Sighting]], list[str]]:
    """The sightings by the name that their pattern has among the entries, and times that cannot be read."""
    sightings = read_sightings(items)
    groups: dict[str, list[Sighting]] = {}
    for one in sightings:
        entry = find_entry(entries, one.pattern)
        groups.setdefault(one.pattern if entry is None else str(entry["name"]), []).append(one)
    return groups, [one.problem for one in sightings if one.problem]


def take_counts(
    library: LibraryData, items: Sequence[Mapping[str, Any]], source: str, now: int
) -> dict[str, list[str]]:
    """`PatternManager.update_frequencies` of a file."""
    groups, problems = group_sightings(items, (*library.patterns, *library.archived))
    result: dict[str, list[str]] = {key: [] for key in OUTCOMES}
    result["problems"] = problems
    for name, seen in groups.items():
        archived = find_entry(library.archived, name)
        if find_entry(library.patterns, name) is None and archived and seen_again(archived, seen):
            restore(library, name, now)
            result["restored"].append(name)
        entry = find_entry(library.patterns, name)
        if entry is None:
            result["unchanged" if archived else "skipped"].append(name)
            continue
        was = copy.deepcopy(entry)
        before, after = count_up(entry, seen, source, now)
        result["unchanged" if entry == was else "updated"].append(name)
        if before != after:
            details = {"old_frequency": before, "new_frequency": after}
            log_change(library, now, "updated_frequency", name, details)
    return result


def add_detected(
    library: LibraryData, items: Sequence[Mapping[str, Any]], source: str, now: int
) -> list[str]:
    """`PatternManager.add_new_patterns` of a file."""
    made = [detected_entry(item, str(uuid.uuid4()), source) for item in items]
    added = []
    for entry in made:
        if find_entry((*library.patterns, *library.archived), entry["name"]) is None:
            library.patterns.append(entry)
            added.append(entry["name"])
            log_change(library, now, "added", entry["name"], {"frequency": entry["occurrence_frequency"]})
    return added


def is_detected(library: LibraryData, entry: Entry) -> bool:
    """Whether the pattern is only what `add_detected` made of it: nobody wrote its good example yet."""
    return not entry.get("good_example") and any(
        one.get("action") == "added"
        and one.get("pattern") == entry.get("name")
        and "frequency" in (one.get("details") or {})
        for one in library.changelog
    )


def archive_unseen(library: LibraryData, days: int, now: int) -> list[str]:
    """`PatternManager.archive_unused_patterns` of a file."""
    limit = now - checked_days(days) * DAY
    old = [
        entry
        for entry in library.patterns
        if (seen := moment_of(entry.get("last_occurrence"))) is not None and seen < limit
    ]
    for entry in old:
        library.patterns[:] = [one for one in library.patterns if one is not entry]
        archive_entry(entry, format_moment(now), f"not seen for {days} days")
        library.archived.append(entry)
        log_change(library, now, "archived", entry.get("name"), {"reason": entry["reason"]})
    return [entry.get("name", "") for entry in old]


def restore(library: LibraryData, name: str, now: int) -> Entry:
    """`PatternManager.restore_pattern` of a file."""
    entry = find_entry(library.archived, name)
    if entry is None or find_entry(library.patterns, str(entry.get("name"))) is not None:
        what = "no archived pattern is called" if entry is None else "there is an active pattern called"
        raise InputError(f"{what} {name!r}")
    library.archived[:] = [one for one in library.archived if one is not entry]
    restore_entry(entry)
    library.patterns.append(entry)
    log_change(library, now, "restored", entry.get("name"), {})
    return entry


def take_guide(
    library: LibraryData,
    guide: Guide,
    others: Sequence[Entry],
    add: Callable[[Entry], None],
    log: Callable[[str, str], None],
) -> dict[str, list[Any]]:
    """Merge the guide's patterns by name (A22): `{added, updated, unchanged, skipped}`.

    `others` are patterns that are neither active nor archived; `add` puts a new one where it belongs, `log`
    takes an action and the pattern's name.
    """
    result: dict[str, list[Any]] = {key: [] for key in ("added", "updated", "unchanged", "skipped")}
    result["skipped"] = [{"line": one.line, "reason": one.message} for one in guide.skipped]
    for said in guide.patterns:
        entry = find_entry((*library.patterns, *others), said.name)
        name = said.name if entry is None else entry["name"]
        if entry is None and find_entry(library.archived, name) is not None:
            reason = f"{name} is archived: restore_pattern brings it back"
            result["skipped"].append({"line": said.line, "reason": reason})
            continue
        if entry is None:
            entry = blank_entry(name, str(uuid.uuid4()))
            take_in(entry, said)
            add(entry)
            outcome = "added"
        else:
            outcome = "updated" if take_in(entry, said) else "unchanged"
        result[outcome].append(name)
        if outcome != "unchanged":
            log(outcome, name)
    return result
