"""The failures that a store knows, as values: any store with C3's queries, any objects with C1's fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.warning import KnownFailure, severity_score

if TYPE_CHECKING:
    from feedback_loop.engines.search.index import Index


_RANKED = 100  # a prompt is warned of five: more places than these change nothing


class FailureStore(Protocol):
    """What the enhancer asks of a store. `min_occurrences` is in runs; None = two.

    The answers are objects with the attributes `pattern_id` (or `name`), `exception_class`, `error_type`,
    `entity_pattern`, `endpoint_pattern`, `field_pattern`, `guidance` (or `correct_code_snippet`),
    `occurrence_count`, `times_prevented`, `last_seen`, `state` and `shipped`. One that is missing counts as
    unknown. A store with proposed patterns may have `own_names(names)`, which answers those that are the
    application's own; without it none of a proposed one's names is shown (C24).
    """

    def get_patterns_for_entity(self, entity_name: str, min_occurrences: int | None = None) -> Iterable[Any]:
        """Those of an entity such as `Product`."""
        ...

    def get_patterns_for_endpoint(
        self, endpoint_pattern: str, method: str, min_occurrences: int | None = None
    ) -> Iterable[Any]:
        """Those of a path such as `/products/{id}` under a method."""
        ...

    def get_patterns_for_schema(self, schema_name: str, min_occurrences: int | None = None) -> Iterable[Any]:
        """Those of a schema such as `ProductCreate`."""
        ...

    def get_patterns_by_error_type(self, error_type: str) -> Iterable[Any]:
        """Those of a type such as `database`."""
        ...

    def get_all_patterns(self, limit: int | None = None) -> Iterable[Any]:
        """All of them, or the first so many."""
        ...


def read_failures(found: Iterable[Any], now: int) -> list[KnownFailure]:
    """What a store answered, as values; `now` (seconds) is what their age is counted to."""
    return [one if isinstance(one, KnownFailure) else _failure(one, now) for one in found]


def rank_by_text(failures: Sequence[KnownFailure], prompt: str) -> dict[str, int]:
    """The places of those failures whose texts fit the prompt best (D12), from 0; at most `_RANKED`."""
    if not failures:
        return {}
    from feedback_loop.domain.search import Query

    hits = _index(tuple(failures)).search(Query(prompt, limit=_RANKED))
    return {hit.pattern.name: place for place, hit in enumerate(hits)}


@lru_cache(2)
def _index(failures: tuple[KnownFailure, ...]) -> Index:
    """Kept while a store knows the same: one is asked for many prompts."""
    from feedback_loop.domain.pattern import Pattern
    from feedback_loop.engines.search.index import Index, document

    def text_of(one: KnownFailure) -> Pattern:
        about = f"{one.entity_pattern} {one.endpoint_pattern} {one.field_pattern}"
        title = f"{one.exception_class} {one.error_type}"
        return Pattern(one.name, title, one.name, description=about, guidance=one.guidance)

    return Index(document(text_of(one)) for one in failures)


def _failure(one: Any, now: int) -> KnownFailure:
    occurrences, prevented = _number(one, "occurrence_count"), _number(one, "times_prevented")
    seen = _moment(getattr(one, "last_seen", None))
    return KnownFailure(
        name=_text(one, "pattern_id") or _text(one, "name"),
        exception_class=_text(one, "exception_class"),
        guidance=_text(one, "guidance") or _text(one, "correct_code_snippet"),
        error_type=_text(one, "error_type") or "unknown",
        entity_pattern=_text(one, "entity_pattern") or ANY,
        endpoint_pattern=_text(one, "endpoint_pattern") or ANY,
        field_pattern=_text(one, "field_pattern") or ANY,
        occurrence_count=occurrences,
        times_prevented=prevented,
        severity=severity_score(occurrences, prevented, 0 if seen is None else now - seen),
        state=_text(one, "state") or "active",
        shipped=getattr(one, "shipped", False) is True,
    )


def _text(one: Any, name: str) -> str:
    value = getattr(one, name, None)
    return value if isinstance(value, str) else ""


def _number(one: Any, name: str) -> int:
    value = getattr(one, name, None)
    return value if isinstance(value, int) and value > 0 else 0


def _moment(value: object) -> int | None:
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    return parse_moment(value) if isinstance(value, str) else None
