"""`PatternManager`: a library of patterns in one JSON file or in a folder, in the shape its users know."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.patterns import file_changes as changes
from feedback_loop.api.patterns.detected import proposed_entry
from feedback_loop.api.patterns.file import LibraryFile
from feedback_loop.api.patterns.file_entries import find_entry
from feedback_loop.api.patterns.guide import Place, checked_path, read_guide, write_guide
from feedback_loop.api.patterns.repository import FolderLists, PatternRepository
from feedback_loop.domain.guide import GUIDE
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.pattern import Origin
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_doc import parse_guide
from feedback_loop.formats.library_json import Entry, LibraryData, guide_entry

COMPUTED = "frequencies of a folder of patterns are computed from events: nothing was changed"


class PatternManager:
    """The patterns of a JSON file, or of a folder of pattern files.

    A path that ends in `.json` and is no folder is one file: `patterns`, `archived` and `changelog` are
    lists of dicts, yours to read and edit; nothing is written before `save_patterns`. `proposed` is empty.

    Any other path is a folder such as `patterns/`. Its dicts have the same keys: `patterns` are the active
    ones, `proposed` and `archived` those below. `occurrence_frequency`, `last_occurrence` and
    `effectiveness_score` are computed from the events of the repository around the folder (0, None and 0.5
    outside of one); changing them writes nothing. `save_patterns` writes the files of what else changed.
    Events that cannot be read are in `problems`. The changes are the folder's git history (`pattern log`
    tells it): `changelog` is empty.

    `clock` gives the time of a change; a naive time is UTC. What is not there gives empty lists. Raises
    ValueError for a path that climbs, and for a broken file or folder, as `load_patterns`.
    """

    def __init__(
        self,
        pattern_library_path: Place = "patterns.json",
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        path = checked_path(pattern_library_path)
        self._clock = clock or _now
        self._file: LibraryFile | None = None
        self._folder: PatternRepository | None = None
        if path.endswith(".json") and not os.path.isdir(path):
            self._file = LibraryFile(path)
        else:
            self._folder = PatternRepository(path, self._moment)
        self.patterns: list[Entry] = []
        self.proposed: list[Entry] = []
        self.archived: list[Entry] = []
        self.changelog: list[Entry] = []
        self.problems: list[str] = []
        self.load_patterns()

    @property
    def shown(self) -> str:
        """The file or folder as people call it."""
        home = self._file or self._folder
        return home.shown if home is not None else ""

    @property
    def is_folder(self) -> bool:
        """Whether the library is a folder of pattern files."""
        return self._folder is not None

    @property
    def rejected(self) -> frozenset[str]:
        """Of a folder: names whose last decision was a rejection; they are not proposed again."""
        return frozenset() if self._folder is None else self._folder.figures.rejected

    def load_patterns(self) -> None:
        """Read the library anew; changes that were not saved are dropped.

        Raises ValueError with path, line and column for a broken file. All is then as it was, and
        `save_patterns` refuses until the file can be read again.
        """
        if self._folder is not None:
            lists = self._folder.load()
            self.patterns, self.proposed, self.archived = lists.active, lists.proposed, lists.archived
            self.changelog, self.problems = [], list(lists.problems)
        elif self._file is not None:
            library = self._file.load()
            self.patterns, self.archived = library.patterns, library.archived
            self.changelog, self.proposed = library.changelog, []

    def save_patterns(self, force: bool = False) -> None:
        """Write the file, atomically, with the folders above it; nothing if nothing changed.

        Of a folder the files of patterns that differ are written, a version on if their meaning changed,
        and those of new ones, under the lock of the repository (MachineFault, kind `busy`, if it is held).
        Raises ValueError for a pattern without a name, for what the files cannot hold (of a folder also
        what its example gate refuses, and a pattern that is gone or in another list) and, unless `force`,
        if something else is there than was read.
        """
        if self._folder is not None:
            if self.changelog:
                raise InputError("the changelog of a folder of patterns is its git history", "leave it empty")
            self._folder.save(FolderLists(self.patterns, self.proposed, self.archived), force)
        elif self._file is not None:
            if self.proposed:
                raise InputError("a file of patterns holds no proposed ones", "append them to `patterns`")
            self._file.save(self._lists(), format_moment(self._moment()), force)

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

        Always empty for a folder of patterns: its changes are its git history (`pattern log NAME`).
        """
        return list(self.changelog)

    # -- what was seen -----------------------------------------------------------------------------

    def update_frequencies(
        self, frequency_data: Sequence[Mapping[str, Any]], source: str = "default"
    ) -> dict[str, Any]:
        """Take in what a source has seen: items `{pattern, count, last_seen?}`, `count` its total so far.

        A pattern's frequency is what it had before any source, plus the last total of each: the same data
        twice changes nothing. `last_occurrence` moves on to `last_seen`, or to now if the count grew and
        no time is said. An archived pattern that was seen since comes back. Returns `{updated, unchanged,
        restored, skipped, problems}`: names, of which `skipped` are unknown, and times that cannot be
        read. Raises ValueError, and changes nothing, for items of another shape.

        Of a folder nothing is changed, as its frequencies are computed from events; the result says so in
        `note`: record what was seen with `MetricsCollector.save`, `feedback-loop log` or `collect`.
        """
        items = changes.checked_items(frequency_data, "frequency_data", "count, last_seen?")
        if self._folder is None:
            return changes.take_counts(self._lists(), items, source, self._moment())
        known = (*self.patterns, *self.proposed, *self.archived)
        groups, problems = changes.group_sightings(items, known)
        result: dict[str, Any] = {key: [] for key in changes.OUTCOMES}
        for name in groups:
            result["unchanged" if find_entry(known, name) else "skipped"].append(name)
        return result | {"problems": problems, "note": COMPUTED}

    def add_new_patterns(
        self, new_patterns: Sequence[Mapping[str, Any]], source: str = "default"
    ) -> list[str]:
        """Add patterns `{pattern, count, details}` that were seen and are not known; the names added.

        Names that are known, archived or were taken over add nothing. `count` is the source's total, so
        that a later `update_frequencies` of the same source does not count it twice. Raises ValueError,
        and adds nothing, for items of another shape.

        Of a folder they are proposed ones, with the events that speak of them as their source; a pattern
        that is no name goes by its slug, and what a person rejected adds nothing.
        """
        items = changes.checked_items(new_patterns, "new_patterns", "count, details")
        if self._folder is None:
            return changes.add_detected(self._lists(), items, source, self._moment())
        added = []
        for entry in [proposed_entry(item) for item in items]:
            name = entry["name"]
            known = find_entry((*self.patterns, *self.proposed, *self.archived), name)
            if known is None and name not in self.rejected:
                self.proposed.append(entry)
                events = self._folder.figures.evidence.get(name, ())
                self._folder.note_origin(name, Origin("failure", events=events))
                added.append(name)
        return added

    def archive_unused_patterns(self, days: int = 90) -> list[str]:
        """Move what was last seen more than `days` days ago to `archived`; the names.

        What was never seen stays, and so does what has a time that cannot be read. Raises ValueError for
        days < 1.

        Of a folder, unused is what neither git history nor events have seen for so many days, although it
        was exposed: their files move at once, each with a decision on record. Where history is incomplete
        or events cannot be read, nothing moves and `problems` says why. Raises ValueError outside of a
        repository, and for another folder than that of its settings.
        """
        changes.checked_days(days)
        if self._folder is None:
            return changes.archive_unseen(self._lists(), days, self._moment())
        lists = FolderLists(self.patterns, self.proposed, self.archived)
        names, unknown = self._folder.archive_unused(lists, days)
        self.problems += [one for one in map(visible, unknown) if one not in self.problems]
        return names

    def restore_pattern(self, name: str) -> Entry:
        """Move an archived pattern back; the dict. Raises ValueError if no archived one has the name.

        Raises it for a folder too: there, restoring is a decision that is recorded.
        """
        if self._folder is not None:
            message = f"{self._folder.shown} is a folder of patterns: restoring one is a decision on record"
            raise InputError(
                message, f"`feedback-loop pattern restore {visible(name)}`, then load_patterns()"
            )
        return changes.restore(self._lists(), name, self._moment())

    # -- the guide ---------------------------------------------------------------------------------

    def load_from_ai_patterns_md(self, md_path: Place = GUIDE) -> dict[str, list[Any]]:
        """Take in the patterns of a guide: `{added, updated, unchanged, skipped}`.

        The first three are names; what a section says replaces what was there, all else stays. `skipped`
        are dicts `{line, reason}` of sections that are no pattern. Of a folder, a new pattern without
        description, bad or good example, or whose example gate fails, is a proposed one. Raises
        FileNotFoundError; ValueError for a path that climbs and a file that is no text.
        """
        guide = parse_guide(read_guide(md_path), visible(os.fspath(md_path)))
        result = changes.take_guide(
            self._lists(),
            guide,
            self.proposed,
            lambda entry: self._take_in(entry, md_path),
            lambda action, name: self._log(action, name, {"source": os.fspath(md_path)}),
        )
        for name in list(result["updated"]):
            entry = find_entry((*self.patterns, *self.proposed), name)
            if self._folder is not None and entry is not None and self._folder.is_as_read(entry):
                result["updated"].remove(name)
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
        if changed:
            count = len(made.written)
            self._log("synced_to_markdown", None, {"path": os.fspath(md_path), "count": count})
        return {"written": list(made.written), "by_hand": list(made.by_hand), "changed": changed}

    # -- inner -------------------------------------------------------------------------------------

    def _lists(self) -> LibraryData:
        """The public lists, to be changed in place."""
        return LibraryData(self.patterns, self.archived, self.changelog)

    def _take_in(self, entry: Entry, md_path: Place) -> None:
        """Put a new pattern of a guide where it belongs."""
        if self._folder is None:
            self.patterns.append(entry)
            return
        self._folder.note_origin(entry["name"], Origin("import", path=os.path.basename(os.fspath(md_path))))
        listed = self.patterns if self._folder.state_of(entry) == "active" else self.proposed
        listed.append(entry)

    def _moment(self) -> int:
        moment = self._clock()
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

    def _log(self, action: str, pattern: object, details: Entry) -> None:
        if self._folder is None:
            changes.log_change(self._lists(), self._moment(), action, pattern, details)


def _now() -> datetime:
    return datetime.now(UTC)
