"""A repository's patterns with signatures under the queries of C3: read-only, counted from events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from feedback_loop.api.context.failure_queries import FailureQueries
from feedback_loop.api.context.failure_record import Tally, read_records
from feedback_loop.api.context.own_names import OwnNames
from feedback_loop.api.search.opening import Opened
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.gap import without_doubles
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.warning import KnownFailure
from feedback_loop.errors import UserError
from feedback_loop.formats.signed_pattern import SignedPattern, parse_signed_pattern
from feedback_loop.stores.library_place import FOLDERS, find_place

_BELOW = dict(FOLDERS)


@dataclass(frozen=True)
class LibraryFailure(KnownFailure):
    """With the function that a failure without entity and endpoint is tied to; `*` = none."""

    function: str = ANY


class LibraryStore(FailureQueries[LibraryFailure]):
    """The patterns with a signature of an exception; `now` (seconds) is what ages are counted to.

    Active ones and, unless `inject.proposed` is false, proposed ones; archived ones never. Every answer is
    ordered by severity (C8), then by name; all patterns together stand once for each of their signatures.
    Files and events are read once, when something is first asked for; `notes` then say what was left out
    because it could not be read.
    """

    def __init__(self, opened: Opened, now: int) -> None:
        self.notes = opened.notes
        self._opened = opened
        self._now = now

    def own_names(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names and endpoints that are the application's own (C24)."""
        return self._names.known(names)

    def _failures(self) -> list[LibraryFailure]:
        return self._known

    @cached_property
    def _names(self) -> OwnNames:
        return OwnNames(self._opened.workspace, self._opened.settings)

    @cached_property
    def _known(self) -> list[LibraryFailure]:
        states = ("active", "proposed") if self._opened.settings.inject_proposed else ("active",)
        signed = signed_patterns(self._opened, states)
        counts, notes = read_records(self._opened.workspace, signed)
        self.notes += notes
        known = [
            known_failure(one, signature, counts.of(one.name), self._now)
            for one in signed
            for signature in one.signatures
        ]
        return sorted(known, key=lambda one: (-one.severity, one.name))


def signed_patterns(opened: Opened, states: tuple[str, ...]) -> list[SignedPattern]:
    """The patterns in these states that have signatures, by name.

    The index holds those that can be read as a whole: of these only the JSON is looked at.
    """
    place = find_place(opened.workspace.root, opened.settings.patterns)
    found = []
    for name, state in sorted(head[:2] for head in opened.index.heads(states)):
        try:
            data = place.read(f"{place.name}{_BELOW[state]}/{name}.json")
        except (UserError, OSError):  # gone since the index was opened
            continue
        found.append(parse_signed_pattern(name, data, state))
    return [one for one in without_doubles(found) if one.signatures]


def known_failure(pattern: SignedPattern, signature: Signature, record: Tally, now: int) -> LibraryFailure:
    """One signature of a pattern with what events say of the pattern."""
    return LibraryFailure(
        name=pattern.name,
        exception_class=signature.exception or "",
        guidance=pattern.guidance,
        error_type=signature.error_type or "unknown",
        entity_pattern=signature.entity or ANY,
        endpoint_pattern=signature.endpoint or ANY,
        field_pattern=signature.field or ANY,
        occurrence_count=record.occurrences,
        times_prevented=record.times_prevented,
        severity=record.severity(now),
        state=pattern.state,
        shipped=pattern.state == "proposed" and _is_shipped(signature, pattern.guidance),
        function=signature.function or ANY,
    )


def _is_shipped(signature: Signature, guidance: str) -> bool:
    from feedback_loop.engines.classify.rules import is_shipped  # expressions: for proposed ones alone

    return is_shipped(signature, guidance)
