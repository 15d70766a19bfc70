"""Which patterns a library knows, in whatever form a caller has it: their names, former names, severities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from feedback_loop.api.patterns.suggester import PatternSource
from feedback_loop.domain.library import Library
from feedback_loop.domain.occurrence import WEIGHTS
from feedback_loop.domain.pattern import Pattern

Patterns: TypeAlias = PatternSource | Library | Iterable[Pattern | Mapping[str, Any]]


@dataclass(frozen=True)
class KnownPatterns:
    """`severities` by name; `former` leads from a superseded name to the pattern that took its place."""

    severities: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """The patterns' own names."""
        return set(self.severities)

    def current(self, name: str) -> str:
        """The name that the pattern has today (A3)."""
        return name if name in self.severities else self.former.get(name, name)


def known_patterns(library: Patterns) -> KnownPatterns:
    """What the library knows. A dict without a name counts as none, without a severity as medium."""
    severities: dict[str, str] = {}
    former: dict[str, str] = {}
    for one in _listed(library):
        name, severity, supersedes = _fields(one)
        if not isinstance(name, str) or not name:
            continue
        word = severity.lower() if isinstance(severity, str) else ""
        severities.setdefault(name, word if word in WEIGHTS else "medium")
        for old in supersedes if isinstance(supersedes, list | tuple) else ():
            if isinstance(old, str):
                former.setdefault(old, name)
    return KnownPatterns(severities, former)


def _listed(library: Patterns) -> Iterable[Any]:
    if isinstance(library, Library):
        return library.patterns
    return library if isinstance(library, Iterable) else library.get_all_patterns()


def _fields(one: Any) -> tuple[Any, Any, Any]:
    if isinstance(one, Pattern):
        return one.name, one.severity, one.supersedes
    if isinstance(one, Mapping):
        return one.get("name"), one.get("severity"), one.get("supersedes")
    return None, None, None
