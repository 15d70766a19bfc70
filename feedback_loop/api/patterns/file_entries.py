"""What happens to the entries of a file of patterns: counted, made from what was seen, archived, restored.

Entries are the documented dicts; nothing here reads the clock or a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback_loop.domain.guide import SEVERITIES, SUPERSEDED
from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.secrets import masked_and_capped
from feedback_loop.engines.lint import DETECTED
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import Entry, blank_entry

AUTO_DETECTED = DETECTED
_MOST_CAUSES = 3
_CAUSE, _CODE = 2_000, 4_000  # characters, as of an event


@dataclass(frozen=True)
class Sighting:
    """How often one source has seen a pattern in all, and when last; None = it does not say."""

    pattern: str
    count: int
    last_seen: int | None = None
    problem: str = ""


def moment_of(value: object) -> int | None:
    """The seconds since 1970 of an ISO 8601 text; None for all else."""
    return parse_moment(value) if isinstance(value, str) else None


def find_entry(entries: Iterable[Entry], name: str) -> Entry | None:
    """The entry of this name, or the one that took the name over."""
    listed = list(entries)
    for entry in listed:
        if entry.get("name") == name:
            return entry
    for entry in listed:
        former = entry.get("supersedes")
        if isinstance(former, list | tuple) and name in former:
            return entry
    return find_entry(listed, SUPERSEDED[name]) if name in SUPERSEDED else None


# -- counts ------------------------------------------------------------------------------------------


def read_sightings(items: Sequence[Mapping[str, Any]]) -> list[Sighting]:
    """Items `{pattern, count, last_seen?}`. Raises InputError, which names the item, for any other."""
    found = []
    for number, item in enumerate(items, 1):
        name, count = item.get("pattern"), item.get("count")
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"item {number}: pattern cannot be empty")
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise InputError(f"item {number} ({name}): count must be an integer >= 0, not {count!a}")
        seen = item.get("last_seen")
        moment = moment_of(seen)
        problem = (
            ""
            if seen is None or moment is not None
            else f"item {number} ({name}): unreadable last_seen {seen!a}"
        )
        found.append(Sighting(name, count, moment, problem))
    return found


def count_up(entry: Entry, sightings: Sequence[Sighting], source: str, now: int) -> tuple[int, int]:
    """Take the source's total in; the frequency before and after."""
    totals = entry.get("frequency_sources")
    totals = dict(totals) if isinstance(totals, dict) else {}
    before = _whole(entry.get("occurrence_frequency"))
    base = max(0, before - sum(map(_whole, totals.values())))
    earlier = _whole(totals.get(source))
    total = sum(one.count for one in sightings)
    after = base + sum(_whole(one) for key, one in totals.items() if key != source) + total
    if source in totals or total:
        entry["frequency_sources"] = totals | {source: total}
        entry["occurrence_frequency"] = after
    seen = [one.last_seen for one in sightings if one.last_seen is not None]
    if not seen and total > earlier:
        seen = [now]
    if seen:
        _see(entry, max(seen))
    return before, after


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _see(entry: Entry, moment: int) -> None:
    last = moment_of(entry.get("last_occurrence"))
    if last is None or moment > last:
        entry["last_occurrence"] = format_moment(moment)


def seen_again(entry: Entry, sightings: Iterable[Sighting]) -> bool:
    """Whether an archived pattern was seen after all that was known of it when it went."""
    known = moment_of(entry.get("last_occurrence"))
    if known is None:
        known = moment_of(entry.get("archived_at"))
    seen = [one.last_seen for one in sightings if one.last_seen is not None]
    return known is not None and bool(seen) and max(seen) > known


# -- new ones ----------------------------------------------------------------------------------------


def detected_entry(item: Mapping[str, Any], pattern_id: str, source: str) -> Entry:
    """A pattern `{pattern, count, details}` that was seen and is not known.

    Its texts come from programs: each cause becomes one line, and secrets are masked. Raises InputError
    as `read_sightings`, and for details that are no list of dicts.
    """
    (sighting,) = read_sightings([item])
    details = item.get("details") or []
    if not isinstance(details, list | tuple) or not all(isinstance(one, Mapping) for one in details):
        raise InputError(f"{sighting.pattern}: details must be a list of dicts")
    entry = blank_entry(sighting.pattern, pattern_id)
    causes = [one.get(key) for one in details for key in ("error", "reason")]
    lines = [" ".join(cause.split()) for cause in causes if isinstance(cause, str)]
    told = list(dict.fromkeys(masked_and_capped(line, _CAUSE) for line in lines if line))
    bugs = [one for one in details if one.get("type", "bug") == "bug" and isinstance(one.get("code"), str)]
    severities = [str(one.get("severity")).lower() for one in details]
    known = [SEVERITIES.index(one) for one in severities if one in SEVERITIES]
    moments = [moment_of(one.get("timestamp")) for one in details] + [sighting.last_seen]
    dated = [moment for moment in moments if moment is not None]
    entry |= {
        "description": " | ".join(told[:_MOST_CAUSES]) or AUTO_DETECTED,
        "bad_example": masked_and_capped(bugs[0]["code"], _CODE) if bugs else "",
        "severity": SEVERITIES[max(known)] if known else "medium",
        "occurrence_frequency": sighting.count,
        "frequency_sources": {source: sighting.count},
        "last_occurrence": format_moment(max(dated)) if dated else None,
    }
    return entry


# -- archive -----------------------------------------------------------------------------------------

_SET_ASIDE = ("archived_at", "reason", "before_archive")


def archive_entry(entry: Entry, at: str, reason: str) -> None:
    """Mark it as archived; what it had under these keys is kept for `restore_entry`."""
    own = {key: entry[key] for key in _SET_ASIDE if key in entry}
    entry |= {"archived_at": at, "reason": reason} | ({"before_archive": own} if own else {})


def restore_entry(entry: Entry) -> None:
    """The exact inverse of `archive_entry`."""
    own = entry.get("before_archive")
    for key in _SET_ASIDE:
        entry.pop(key, None)
    if isinstance(own, dict):
        entry |= own
