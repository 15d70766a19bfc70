"""A repository's patterns with signatures under the queries of C3: read-only, counted from events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from feedback_loop.api.context.failure_record import FailureRecord, count_failures
from feedback_loop.api.search.opening import Opened
from feedback_loop.domain.failure_scope import ANY, covers_endpoint, covers_entity, entity_of_schema
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.warning import LEAST, KnownFailure, severity_score
from feedback_loop.errors import UserError
from feedback_loop.formats.signed_pattern import SignedPattern, parse_signed_pattern
from feedback_loop.stores.library_place import find_place


class LibraryStore:
    """The active patterns with a signature of an exception; `now` (seconds) is what ages are counted to.

    Every answer is ordered by severity (C8), then by name, and holds a pattern once for each of its
    signatures that fits. Files and events are read once, when something is first asked for; `notes` then
    say what was left out because it could not be read.
    """

    def __init__(self, opened: Opened, now: int) -> None:
        self.notes = opened.notes
        self._opened = opened
        self._now = now

    def get_patterns_for_entity(
        self, entity_name: str, min_occurrences: int | None = None
    ) -> list[KnownFailure]:
        """Those of an entity such as `Product`, case-sensitive."""
        return self._found(
            lambda one: covers_entity(one.entity_pattern, one.endpoint_pattern, entity_name), min_occurrences
        )

    def get_patterns_for_endpoint(
        self, endpoint_pattern: str, method: str, min_occurrences: int | None = None
    ) -> list[KnownFailure]:
        """Those of a path such as `/products/{id}` under a method; `*` = any."""
        return self._found(
            lambda one: covers_endpoint(one.entity_pattern, one.endpoint_pattern, endpoint_pattern, method),
            min_occurrences,
        )

    def get_patterns_for_schema(
        self, schema_name: str, min_occurrences: int | None = None
    ) -> list[KnownFailure]:
        """Those of a schema such as `ProductCreate`, by its own name and by its entity's."""
        names = {schema_name, entity_of_schema(schema_name)}
        return self._found(
            lambda one: any(covers_entity(one.entity_pattern, one.endpoint_pattern, name) for name in names),
            min_occurrences,
        )

    def get_patterns_by_error_type(self, error_type: str) -> list[KnownFailure]:
        """Those of a type such as `database`, however often seen."""
        return self._found(lambda one: one.error_type == error_type, 0)

    def get_all_patterns(self, limit: int | None = None) -> list[KnownFailure]:
        """All of them, or the first so many."""
        return self._known[:limit]

    def _found(self, fits: Callable[[KnownFailure], bool], least: int | None) -> list[KnownFailure]:
        enough = LEAST if least is None else least
        return [one for one in self._known if one.occurrence_count >= enough and fits(one)]

    @cached_property
    def _known(self) -> list[KnownFailure]:
        signed = _signed_patterns(self._opened)
        if not signed:
            return []
        former = {old: one.name for one in signed for old in one.supersedes}
        records = self._records(former | {one.name: one.name for one in signed})
        known = [
            _failure(one, signature, records.get(one.name, FailureRecord()), self._now)
            for one in signed
            for signature in one.signatures
        ]
        return sorted(known, key=lambda one: (-one.severity, one.name))

    def _records(self, names: Mapping[str, str]) -> dict[str, FailureRecord]:
        from feedback_loop.stores.events import read_events

        read = read_events(self._opened.workspace.root)
        if read.problems:
            self.notes += ("some events cannot be read: `feedback-loop events verify` names them",)
        return count_failures(read.events, names)


def _signed_patterns(opened: Opened) -> list[SignedPattern]:
    """The active patterns that have signatures; the index holds those that can be read as a whole."""
    place = find_place(opened.workspace.root, opened.settings.patterns)
    found = []
    for name in sorted(head[0] for head in opened.index.heads(("active",))):
        try:
            found.append(parse_signed_pattern(name, place.read(f"{place.name}/{name}.json")))
        except (UserError, OSError):  # gone since the index was opened
            continue
    return [one for one in found if one.signatures]


def _failure(pattern: SignedPattern, signature: Signature, record: FailureRecord, now: int) -> KnownFailure:
    occurrences, prevented = record.occurrences, record.times_prevented
    return KnownFailure(
        name=pattern.name,
        exception_class=signature.exception or "",
        guidance=pattern.guidance,
        error_type=signature.error_type or "unknown",
        entity_pattern=signature.entity or ANY,
        endpoint_pattern=signature.endpoint or ANY,
        field_pattern=signature.field or ANY,
        occurrence_count=occurrences,
        times_prevented=prevented,
        severity=severity_score(occurrences, prevented, 0 if record.last is None else now - record.last),
    )
