"""Whether a run could have shown a known failure, and whether it did (C6).

Nothing is credited that was not observed: a prevention needs the warning, code for what it is about, and a
run that executed it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.domain.exposure import CLEAN, PREVENTED, RECURRED, Manifest, RunSeen
from feedback_loop.domain.failure_scope import (
    ANY,
    covers_endpoint,
    covers_entity,
    same_endpoint,
    split_endpoint,
)


@dataclass(frozen=True)
class Scope:
    """What a pattern is about: one entity and endpoint of its signatures, `*` = any."""

    pattern: str
    entity: str = ANY
    endpoint: str = ANY


@dataclass(frozen=True)
class Given:
    """Which patterns a generation was warned of, and which were withheld from it."""

    injected: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Exposure:
    """How a run ended for one pattern; `endpoint` is the first executed one of the pattern's, "" = none."""

    pattern: str
    endpoint: str
    injected: bool
    withheld: bool
    occurred: bool
    outcome: str


def find_exposures(seen: RunSeen, scopes: Iterable[Scope], given: Given = Given()) -> list[Exposure]:
    """One for each pattern that the run says something about, by name.

    A pattern whose failure occurred recurred. One that did not is `prevented` if the generation was warned
    of it, the manifest holds code for its entity or endpoint and the run executed that; `clean` if the
    generation was not warned, under the same conditions; without a generation the execution is enough.
    `GET /products/{id}` and `GET /products/search` are two endpoints: a literal is never a parameter. Of a
    pattern about an entity at no endpoint known only those count that the manifest names. A
    pattern about every entity and endpoint is not judged: no run could show that it did not come.
    """
    by_name: dict[str, list[Scope]] = {}
    for scope in scopes:
        if (scope.entity, scope.endpoint) != (ANY, ANY):
            by_name.setdefault(scope.pattern, []).append(scope)
    executed = _Executed(seen.executed)
    found = (_exposure(seen, name, by_name[name], given, executed) for name in sorted(by_name))
    return [one for one in found if one is not None]


class _Executed:
    """Endpoints that a run executed; which of them a pattern is about is asked once for each place."""

    def __init__(self, endpoints: Iterable[str]) -> None:
        self._all = tuple(endpoints)
        self._by_start: dict[str, list[str]] = {}
        for one in self._all:
            self._by_start.setdefault(_start(one), []).append(one)
        self._told: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, scope: Scope) -> tuple[str, ...]:
        key = ANY if scope.endpoint != ANY else scope.entity, scope.endpoint
        if key not in self._told:
            start = _start(scope.endpoint)
            is_open = scope.endpoint == ANY or start.startswith("{")
            near = self._all if is_open else self._by_start.get(start, ())
            self._told[key] = tuple(one for one in near if _is_about(*key, one))
        return self._told[key]


def _start(endpoint: str) -> str:
    """The first segment of the path."""
    return split_endpoint(endpoint)[1].split("/")[1]


def _exposure(seen: RunSeen, name: str, scopes: list[Scope], given: Given, ran: _Executed) -> Exposure | None:
    withheld = bool(seen.generation) and name in given.withheld
    injected = bool(seen.generation) and name in given.injected and not withheld
    occurred = name in seen.occurred
    executed = [(one, endpoint) for one in scopes for endpoint in ran.of(one)]
    endpoint = min((endpoint for _, endpoint in executed), default="")
    if occurred:
        return Exposure(name, endpoint, injected, withheld, True, RECURRED)
    # What was executed and what there is code for must be one and the same signature's.
    could = [endpoint for one, endpoint in executed if _could_show(one, endpoint, seen)]
    if not could:
        return None
    return Exposure(name, min(could), injected, withheld, False, PREVENTED if injected else CLEAN)


def _could_show(scope: Scope, endpoint: str, seen: RunSeen) -> bool:
    """Whether the failure could have shown where the run was: of a generation it must be code that it made.

    A failure whose endpoint is not known could be behind any of its entity's: only those count that the
    generation says it made.
    """
    manifest = seen.manifest or Manifest()
    if scope.endpoint == ANY:
        return any(same_endpoint(one, endpoint) for one in manifest.endpoints)
    return not seen.generation or _is_made(scope, manifest)


def _is_made(scope: Scope, manifest: Manifest) -> bool:
    """Whether the generation says that it made code for the scope's entity or endpoint."""
    return any(_is_about(scope.entity, scope.endpoint, one) for one in manifest.endpoints) or any(
        covers_entity(scope.entity, scope.endpoint, one) for one in manifest.entities
    )


def _is_about(entity: str, pattern: str, endpoint: str) -> bool:
    """Whether a pattern of these two is about the endpoint: its own one, else one that names its entity."""
    if pattern != ANY:
        return same_endpoint(pattern, endpoint)
    return covers_endpoint(entity, ANY, endpoint, ANY)
