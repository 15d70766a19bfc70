"""Where `MetricsAnalyzer` has its occurrences from: entries that were given, or the events of a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from feedback_loop.api.metrics.analyzer_fields import detail_fields
from feedback_loop.api.metrics.known_patterns import KnownPatterns
from feedback_loop.api.metrics.occurrences import Joined
from feedback_loop.api.metrics.stored import StoredMetrics
from feedback_loop.domain.occurrence import Occurrence, Period
from feedback_loop.domain.problem import Problem
from feedback_loop.engines.metrics import DETAILS, find_details, join_alike
from feedback_loop.formats.metrics_data import read_occurrences


class Source(Protocol):
    """Occurrences under the names that their patterns have today; `problems` by key of the data."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be read of the data."""

    def occurrences(self, cuts: Iterable[int]) -> Sequence[Occurrence]:
        """Occurrences that give the right answer to every question whose borders are among the cuts.

        A cut is the first moment behind a border.
        """

    def details(self, period: Period, names: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
        """The `details` of each of these patterns."""


def open_source(data: Mapping[str, Any], known: KnownPatterns) -> Source:
    """The source over the data. Raises InputError if they are no mapping."""
    if isinstance(data, StoredMetrics) and data.merged is not None:
        return _Stored(data, known)
    return _Given(data, known)


class _Given:
    def __init__(self, data: Mapping[str, Any], known: KnownPatterns) -> None:
        read = read_occurrences(data)
        self.problems = read.problems
        self._entries = read.entries
        self._occurrences = _renamed(read.occurrences, known)
        self._joined = Joined(lambda cuts: join_alike(self._occurrences, cuts))

    def occurrences(self, cuts: Iterable[int]) -> Sequence[Occurrence]:
        return self._joined.find(cuts)

    def details(self, period: Period, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        found = find_details(self._occurrences, period, names)
        return {
            name: [detail_fields(one, self._entries[one.place]) for one in entries]
            for name, entries in found.items()
        }


class _Stored:
    def __init__(self, metrics: StoredMetrics, known: KnownPatterns) -> None:
        self.problems: tuple[Problem, ...] = ()  # an event was checked when it was read
        self._metrics = metrics
        self._known = known

    def occurrences(self, cuts: Iterable[int]) -> Sequence[Occurrence]:
        return _renamed(self._metrics.occurrences(cuts), self._known)

    def details(self, period: Period, names: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
        wanted = set(names)
        today = {old: self._known.current(old) for old in self._metrics.patterns}
        chosen = {old: name for old, name in today.items() if name in wanted}
        found = self._metrics.find_details(period, chosen, DETAILS)
        if found is None:  # somebody is at the store meanwhile
            return _Given(self._metrics, self._known).details(period, names)
        return {name: [detail_fields(one, fields) for one, fields in found[name]] for name in names}


def _renamed(occurrences: Iterable[Occurrence], known: KnownPatterns) -> list[Occurrence]:
    return [
        one if (name := known.current(one.pattern)) == one.pattern else one._replace(pattern=name)
        for one in occurrences
    ]
