"""The questions of C3 over whatever holds the fields of C1: one meaning for every store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from feedback_loop.api.arguments import check_text, check_whole
from feedback_loop.domain.failure_scope import ANY, covers_endpoint, covers_entity, entity_of_schema
from feedback_loop.domain.warning import LEAST


class _Scoped(Protocol):
    """What the questions look at."""

    @property
    def pattern_id(self) -> str: ...
    @property
    def error_type(self) -> str: ...
    @property
    def entity_pattern(self) -> str: ...
    @property
    def endpoint_pattern(self) -> str: ...
    @property
    def field_pattern(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def occurrence_count(self) -> int: ...


_Failure = TypeVar("_Failure", bound=_Scoped)


class FailureQueries(ABC, Generic[_Failure]):
    """Answers in the order of `_failures`, a pattern once: by the narrowest of its signatures that fits.

    `min_occurrences` are runs: 0 asks for all, None for two. Each raises InputError for an argument of
    another type, and for a negative number.

    A failure that is tied to a function, for want of an entity and an endpoint, is about that function: it
    is no answer for a target, or every target would be warned of it.
    """

    @abstractmethod
    def _failures(self) -> list[_Failure]:
        """All that is known, each signature of a pattern, in the order of the answers."""

    def get_patterns_for_entity(self, entity_name: str, min_occurrences: int | None = None) -> list[_Failure]:
        """Those of an entity such as `Product`, case-sensitive."""
        check_text("entity_name", entity_name)
        return self._of_target(
            lambda one: covers_entity(one.entity_pattern, one.endpoint_pattern, entity_name), min_occurrences
        )

    def get_patterns_for_endpoint(
        self, endpoint_pattern: str, method: str, min_occurrences: int | None = None
    ) -> list[_Failure]:
        """Those of a path such as `/products/{id}` under a method; `*` = any."""
        check_text("endpoint_pattern", endpoint_pattern)
        check_text("method", method)
        return self._of_target(
            lambda one: covers_endpoint(one.entity_pattern, one.endpoint_pattern, endpoint_pattern, method),
            min_occurrences,
        )

    def get_patterns_for_schema(self, schema_name: str, min_occurrences: int | None = None) -> list[_Failure]:
        """Those of a schema such as `ProductCreate`, by its own name and by its entity's."""
        check_text("schema_name", schema_name)
        names = {schema_name, entity_of_schema(schema_name)}
        return self._of_target(
            lambda one: any(covers_entity(one.entity_pattern, one.endpoint_pattern, name) for name in names),
            min_occurrences,
        )

    def get_patterns_by_error_type(self, error_type: str) -> list[_Failure]:
        """Those of a type such as `database`, however often seen."""
        check_text("error_type", error_type)
        return self._found(lambda one: one.error_type == error_type, 0)

    def get_all_patterns(self, limit: int | None = None) -> list[_Failure]:
        """All of them, or the first so many."""
        check_whole("limit", limit, least=0, optional=True)
        return self._failures()[:limit]

    def _of_target(self, fits: Callable[[_Failure], bool], least: int | None) -> list[_Failure]:
        return self._found(lambda one: not _is_of_function(one) and fits(one), least)

    def _found(self, fits: Callable[[_Failure], bool], least: int | None) -> list[_Failure]:
        check_whole("min_occurrences", least, least=0, optional=True)
        enough = LEAST if least is None else least
        found: dict[str, _Failure] = {}
        for one in self._failures():
            if one.occurrence_count >= enough and fits(one):
                known = found.setdefault(one.pattern_id, one)
                if _narrowness(one) > _narrowness(known):
                    found[one.pattern_id] = one
        return list(found.values())


def _is_of_function(one: _Scoped) -> bool:
    return one.function != ANY and one.entity_pattern == one.endpoint_pattern == ANY


def _narrowness(one: _Scoped) -> tuple[int, int]:
    """How many of entity, endpoint and field are said, and how many of these without a glob."""
    told = [text for text in (one.entity_pattern, one.endpoint_pattern, one.field_pattern) if text != ANY]
    return len(told), sum(ANY not in text for text in told)
