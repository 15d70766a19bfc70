"""`PatternManager`: a library of patterns in one JSON file, in the shape that its users know."""

from __future__ import annotations

import copy
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.guide import Place, read_guide, write_guide
from feedback_loop.api.library_entries import (
    archive_entry,
    count_up,
    detected_entry,
    find_entry,
    moment_of,
    read_sightings,
    restore_entry,
    seen_again,
)
from feedback_loop.api.library_file import LibraryFile
from feedback_loop.domain.guide import GUIDE
from feedback_loop.domain.moment import DAY, format_moment
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_doc import parse_guide
from feedback_loop.formats.library_json import (
    Entry,
    LibraryData,
    blank_entry,
    guide_entry,
    take_in,
)


class PatternManager:
    """The patterns of a JSON file, or (read-only) of a folder of pattern files.

    A path that ends in `.json` and is no folder is one file: `patterns`, `archived` and `changelog` are
    lists of dicts, yours to read and edit; nothing is written before `save_patterns`. Any other path is
    a folder such as `patterns/`: its active and archived patterns can be read and synced to a guide;
    there, frequencies and scores are not computed yet (0, None and 0.5), and what would write raises
    InputError. `clock` gives the time of a change; a naive time is UTC. A file that is not there gives
    empty lists. Raises ValueError for a path that climbs, and for a broken file or folder, as
    `load_patterns`.
    """

    def __init__(
        self,
        pattern_library_path: Place = "patterns.json",
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._file = LibraryFile(pattern_library_path)
        self._clock = clock or _now
        self.patterns: list[Entry] = []
        self.archived: list[Entry] = []
        self.changelog: list[Entry] = []
        self.load_patterns()

    def load_patterns(self) -> None:
        """Read the library anew; changes that were not saved are dropped.

        Raises ValueError with path, line and column for a broken file. All is then as it was, and
        `save_patterns` refuses until the file can be read again.
        """
        library = self._file.load()
        self.patterns, self.archived = library.patterns, library.archived
        self.changelog = library.changelog

    def save_patterns(self, force: bool = False) -> None:
        """Write the file, atomically, with the folders above it; nothing if nothing changed.

        Raises ValueError for a pattern without a name, for what JSON cannot hold, and, unless `force`, if
        the file is another one than was read.
        """
        lists = LibraryData(self.patterns, self.archived, self.changelog)
        self._file.save(lists, format_moment(self._moment()), force)

    # -- asking ------------------------------------------------------------------------------------

    def get_pattern_names(self) -> list[str]:
        """The names of the patterns, in their order."""
        return [entry["name"] for entry in self.patterns if "name" in entry]

    def get_pattern_by_name(self, name: str) -> Entry | None:
        """The pattern of this name, or the one that took the name over: the dict itself, None if none."""
        return find_entry(self.patterns, name)

    def get_all_patterns(self) -> list[Entry]:
        """The patterns in a list of your own."""
        return list(self.patterns)

    def get_changelog(self) -> list[Entry]:
        """The changes `{timestamp, action, pattern, details}` in a list of your own, the oldest first.

        Raises InputError for a folder of patterns: its changes are its git history, not read here yet.
        """
        if not self._file.is_file:
            shown = self._file.shown
            message = f"{shown} is a folder of patterns: its changes are not listed here yet"
            raise InputError(message, f"git log --first-parent {shown}")
        return list(self.changelog)

    # -- what was seen -----------------------------------------------------------------------------

    def update_frequencies(
        self, frequency_data: Sequence[Mapping[str, Any]], source: str = "default"
    ) -> dict[str, list[str]]:
        """Take in what a source has seen: items `{pattern, count, last_seen?}`, `count` its total so far.

        A pattern's frequency is what it had before any source, plus the last total of each: the same data
        twice changes nothing. `last_occurrence` moves on to `last_seen`, or to now if the count grew and
        no time is said. An archived pattern that was seen since comes back. Returns `{updated, unchanged,
        restored, skipped, problems}`: names, of which `skipped` are unknown, and times that cannot be
        read. Raises ValueError, and changes nothing, for items of another shape.
        """
        self._check_file()
        sightings = read_sightings(_items(frequency_data, "frequency_data", "count, last_seen?"))
        result: dict[str, list[str]] = {
            key: [] for key in ("updated", "unchanged", "restored", "skipped", "problems")
        }
        result["problems"] = [one.problem for one in sightings if one.problem]
        for name, seen in _grouped(sightings, self._resolve).items():
            archived = find_entry(self.archived, name)
            if find_entry(self.patterns, name) is None and archived and seen_again(archived, seen):
                self.restore_pattern(name)
                result["restored"].append(name)
            entry = find_entry(self.patterns, name)
            if entry is None:
                result["unchanged" if archived else "skipped"].append(name)
                continue
            was = copy.deepcopy(entry)
            before, after = count_up(entry, seen, source, self._moment())
            result["unchanged" if entry == was else "updated"].append(name)
            if before != after:
                self._log("updated_frequency", name, {"old_frequency": before, "new_frequency": after})
        return result

    def add_new_patterns(
        self, new_patterns: Sequence[Mapping[str, Any]], source: str = "default"
    ) -> list[str]:
        """Add patterns `{pattern, count, details}` that were seen and are not known; the names added.

        Names that are known, archived or were taken over add nothing. `count` is the source's total, so
        that a later `update_frequencies` of the same source does not count it twice. Raises ValueError,
        and adds nothing, for items of another shape.
        """
        self._check_file()
        items = _items(new_patterns, "new_patterns", "count, details")
        made = [detected_entry(item, str(uuid.uuid4()), source) for item in items]
        added = []
        for entry in made:
            if find_entry((*self.patterns, *self.archived), entry["name"]) is None:
                self.patterns.append(entry)
                added.append(entry["name"])
                self._log("added", entry["name"], {"frequency": entry["occurrence_frequency"]})
        return added

    def archive_unused_patterns(self, days: int = 90) -> list[str]:
        """Move what was last seen more than `days` days ago to `archived`; the names.

        What was never seen stays, and so does what has a time that cannot be read. Raises ValueError for
        days < 1.
        """
        self._check_file()
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise InputError(f"days must be an integer >= 1, not {days!a}")
        limit = self._moment() - days * DAY
        old = [
            entry
            for entry in self.patterns
            if (seen := moment_of(entry.get("last_occurrence"))) is not None and seen < limit
        ]
        for entry in old:
            self.patterns[:] = [one for one in self.patterns if one is not entry]
            archive_entry(entry, format_moment(self._moment()), f"not seen for {days} days")
            self.archived.append(entry)
            self._log("archived", entry.get("name"), {"reason": entry["reason"]})
        return [entry.get("name", "") for entry in old]

    def restore_pattern(self, name: str) -> Entry:
        """Move an archived pattern back; the dict. Raises ValueError if no archived one has the name."""
        self._check_file()
        entry = find_entry(self.archived, name)
        if entry is None or find_entry(self.patterns, str(entry.get("name"))) is not None:
            what = "no archived pattern is called" if entry is None else "there is an active pattern called"
            raise InputError(f"{what} {name!r}")
        self.archived[:] = [one for one in self.archived if one is not entry]
        restore_entry(entry)
        self.patterns.append(entry)
        self._log("restored", entry.get("name"), {})
        return entry

    # -- the guide ---------------------------------------------------------------------------------

    def load_from_ai_patterns_md(self, md_path: Place = GUIDE) -> dict[str, list[Any]]:
        """Take in the patterns of a guide: `{added, updated, unchanged, skipped}`.

        The first three are names; what a section says replaces what was there, all else stays. `skipped`
        are dicts `{line, reason}` of sections that are no pattern. Raises FileNotFoundError; ValueError
        for a path that climbs and a file that is no text.
        """
        self._check_file()
        text = read_guide(md_path)
        guide = parse_guide(text, visible(os.fspath(md_path)))
        result: dict[str, list[Any]] = {key: [] for key in ("added", "updated", "unchanged", "skipped")}
        result["skipped"] = [{"line": one.line, "reason": one.message} for one in guide.skipped]
        for said in guide.patterns:
            entry = find_entry(self.patterns, said.name)
            name = said.name if entry is None else entry["name"]
            if entry is None and find_entry(self.archived, name) is not None:
                reason = f"{name} is archived: restore_pattern brings it back"
                result["skipped"].append({"line": said.line, "reason": reason})
                continue
            if entry is None:
                entry = blank_entry(name, str(uuid.uuid4()))
                take_in(entry, said)
                self.patterns.append(entry)
                self._log("added", name, {"source": os.fspath(md_path)})
                result["added"].append(name)
            elif take_in(entry, said):
                self._log("updated", name, {"source": os.fspath(md_path)})
                result["updated"].append(name)
            else:
                result["unchanged"].append(name)
        return result

    def sync_to_markdown(self, md_path: Place = GUIDE, force: bool = False) -> dict[str, Any]:
        """Write the patterns into the guide's block: `{written, by_hand, changed}`.

        `by_hand` are patterns whose section a person wrote outside of the block: they are not repeated.
        Raises ValueError, and writes nothing, if a person edited the block (the difference is told;
        `force` overwrites), or if the guide could not hold a pattern.
        """
        patterns = [guide_entry(entry) for entry in self.patterns if entry.get("name")]
        made, changed = write_guide(md_path, patterns, force=force)
        if made.edited:
            raise InputError(
                f"{visible(os.fspath(md_path))}: a person edited the block of patterns:\n{made.edited}",
                "take the edit in (load_from_ai_patterns_md; a part that was deleted: edit the pattern)"
                " or overwrite it (force=True)",
            )
        if changed and self._file.is_file:
            self._log("synced_to_markdown", None, {"path": os.fspath(md_path), "count": len(made.written)})
        return {"written": list(made.written), "by_hand": list(made.by_hand), "changed": changed}

    # -- inner -------------------------------------------------------------------------------------

    def _check_file(self) -> None:
        if not self._file.is_file:
            raise self._file.read_only()

    def _resolve(self, name: str) -> str:
        entry = find_entry((*self.patterns, *self.archived), name)
        return name if entry is None else str(entry["name"])

    def _moment(self) -> int:
        moment = self._clock()
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

    def _log(self, action: str, pattern: object, details: Entry) -> None:
        stamp = format_moment(self._moment())
        self.changelog.append({"timestamp": stamp, "action": action, "pattern": pattern, "details": details})


def _items(value: object, what: str, keys: str) -> list[Mapping[str, Any]]:
    """The dicts. Raises InputError for anything else: callers come without a type checker."""
    listed = list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else None
    if listed is None or not all(isinstance(one, Mapping) for one in listed):
        raise InputError(f"{what} must be a list of dicts {{pattern, {keys}}}")
    return listed


def _grouped(sightings: Sequence[Any], resolve: Callable[[str], str]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for one in sightings:
        groups.setdefault(resolve(one.pattern), []).append(one)
    return groups


def _now() -> datetime:
    return datetime.now(UTC)
