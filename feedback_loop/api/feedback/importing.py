"""Ratings out of a file of somebody else's, or out of our own export (B7)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from feedback_loop.api.feedback.checks import EntryError
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.api.feedback.import_request import ImportRequest, import_kind, import_options
from feedback_loop.api.feedback.recording import Conflict, RecordedRatings, record_entries
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.text import counted
from feedback_loop.errors import InputError
from feedback_loop.formats.import_kind import read_rows
from feedback_loop.formats.imported_rating import ImportedRating, Rejected
from feedback_loop.workspace import Workspace

SIZE_CAP = 256 << 20  # bytes of a file
_NAME_CAP = 60  # characters of a column's name in a message


class ImportReport(NamedTuple):
    """What became of a file's rows: `written` ratings are new (would be, in a dry run), `known` were there.

    A row whose id stands for another rating, in the store or further up in the file, is `rejected`.
    `unused` are columns of JSON lines and CSV that nothing reads, masked, in the order of the file.
    `failed`: nothing was written, for a row was rejected and the request is strict, or all of them were.
    """

    kind: str
    written: int
    known: int
    rejected: tuple[Rejected, ...] = ()
    paths: tuple[str, ...] = ()
    dry_run: bool = False
    failed: bool = False
    unused: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 if it failed."""
        return 2 if self.failed else 0


def import_ratings(
    workspace: Workspace,
    data: bytes,
    name: str,
    request: ImportRequest,
    *,
    clock: Callable[[], datetime] | None = None,
) -> ImportReport:
    """Record the ratings of the file `name`, whose bytes these are; what is there already is left alone.

    Raises InputError for a request that makes no sense and for a file that holds no ratings of any kind,
    and otherwise as `record_entries`.
    """
    options = import_options(request)
    kind = import_kind(data, name, request)
    import_ = _Import(workspace, request, clock)
    unused: dict[str, None] = {}
    import_.take(read_rows(kind, data, options, unused))
    report = import_.report(kind, {"kind": "import", "file": os.path.basename(name), "format": kind})
    return report._replace(unused=tuple(_column(one) for one in unused))


class _Import:
    """One import: its rows as entries, and those that cannot be."""

    def __init__(
        self, workspace: Workspace, request: ImportRequest, clock: Callable[[], datetime] | None
    ) -> None:
        self._workspace = workspace
        self._request = request
        self._now = (clock or _now)()
        self._rows: list[int] = []
        self._entries: list[FeedbackEntry] = []
        self._rejected: list[Rejected] = []

    def take(self, rows: Iterable[ImportedRating | Rejected]) -> None:
        """Make entries of the rows. Raises InputError for a file without one."""
        for row in rows:
            if isinstance(row, Rejected):
                self._rejected.append(row)
            else:
                self._rows.append(row.row)
                self._entries.append(_entry(row))
        if not self._rows and not self._rejected:
            raise InputError("no rows")

    def report(self, kind: str, source: dict[str, str]) -> ImportReport:
        """Write what can be written."""
        done = self._record(source)
        self._reject((one.place, _clash(one, self._rows, self._entries)) for one in done.conflicts)
        rejected = tuple(sorted(self._rejected))
        dry = self._request.dry_run
        if rejected and (self._request.strict or not done.written + len(done.known)):
            return ImportReport(kind, 0, len(done.known), rejected, (), dry, failed=True)
        return ImportReport(kind, done.written, len(done.known), rejected, done.paths, dry)

    def _record(self, source: dict[str, str]) -> RecordedRatings:
        """Strict and a row rejected: the others are looked at only, so that all faults are told at once."""
        try:
            return self._record_once(source)
        except EntryError as error:
            self._reject((fault.entry, fault.text) for fault in error.faults)
            return self._record_once(source)

    def _record_once(self, source: dict[str, str]) -> RecordedRatings:
        strict = self._request.strict
        return record_entries(
            self._workspace,
            self._entries,
            source=source,
            clock=lambda: self._now,
            known="skip",
            strict=strict,
            dry_run=self._request.dry_run or (strict and bool(self._rejected)),
        )

    def _reject(self, faults: Iterable[tuple[int, str]]) -> None:
        """Take out the entries at these places, from 1, for these reasons."""
        told: dict[int, list[str]] = {}
        for place, reason in faults:
            told.setdefault(place - 1, []).append(reason)
        self._rejected += [Rejected(self._rows[place], "; ".join(reasons)) for place, reasons in told.items()]
        kept = [place for place in range(len(self._entries)) if place not in told]
        self._rows = [self._rows[place] for place in kept]
        self._entries = [self._entries[place] for place in kept]


def _column(name: str) -> str:
    """A name that anybody may have written, as it can be shown."""
    masked = mask(name)
    return masked if len(masked) <= _NAME_CAP else masked[: _NAME_CAP - 3] + "..."


def _clash(found: Conflict, rows: Sequence[int], entries: Sequence[FeedbackEntry]) -> str:
    """Why an entry cannot have its id."""
    where = f"came before in row {rows[found.before - 1]}" if found.before else "is recorded already"
    is_other = found.stars != entries[found.place - 1].rating
    what = counted(found.stars, "star") if is_other else "another thumb or other texts"
    return f"feedback_id {found.feedback_id} {where} with {what}"


def _entry(row: ImportedRating) -> FeedbackEntry:
    return FeedbackEntry(
        prompt=row.prompt,
        output=row.output,
        rating=row.rating,
        thumbs_up=row.thumbs_up,
        tags=list(row.tags),
        timestamp=row.timestamp,
        context=dict(row.context),
        feedback_id=row.feedback_id,
        notes=row.notes,
    )


def _now() -> datetime:
    return datetime.now(UTC)
