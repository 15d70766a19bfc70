"""One text searched by detectors of every kind, each kind in one pass. On the hot path."""

from __future__ import annotations

from feedback_loop.detectors import kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from feedback_loop.detectors.outcomes import Lines, Place
    from feedback_loop.domain.compiled import CompiledDetector


def groups(detectors: list[CompiledDetector]) -> Iterator[list[CompiledDetector]]:
    """Built-ins one by one, so that time can run out between them; each other kind in one pass."""
    others: dict[str, list[CompiledDetector]] = {}
    for one in detectors:
        if one.kind == "builtin":
            yield [one]
        else:
            others.setdefault(one.kind, []).append(one)
    yield from others.values()


class Search:
    """What detectors match in one whole text; a check that several detectors share runs once.

    `unparsed` are the built-ins that could not run because the text does not parse, `degraded` those
    that ran as their twins.
    """

    __slots__ = ("_dialect", "_found", "_twins", "degraded", "source", "unparsed")

    def __init__(self, text: bytes, dialect: str) -> None:
        self.source = kinds.parse(text, dialect)
        self._dialect = dialect
        self.degraded: list[CompiledDetector] = []
        self.unparsed: list[CompiledDetector] = []
        self._found: dict[Any, list[Place]] = {}
        self._twins: dict[Any, bool] = {}  # of built-ins in a text that does not parse: had they one?

    def run(self, group: list[CompiledDetector]) -> str:
        """Search the text for detectors of one kind; why that could not be done, if so."""
        fresh = [one for one in group if _key(one) not in self._found]
        try:
            if fresh and fresh[0].kind == "builtin" and self.source.module is None:
                self._run_degraded(fresh)
            elif fresh:
                places = kinds.find(fresh[0].kind, self.source, self._dialect, fresh)
                for one, found in zip(fresh, places, strict=True):
                    self._found[_key(one)] = found
        except kinds.NotRunError as error:
            return error.reason
        for one in group:
            if _key(one) in self._twins:
                (self.degraded if self._twins[_key(one)] else self.unparsed).append(one)
        return ""

    def _run_degraded(self, fresh: list[CompiledDetector]) -> None:
        try:
            places = kinds.find_degraded(self.source, fresh)
        except kinds.NotRunError:
            places = [None for _ in fresh]
        for one, found in zip(fresh, places, strict=True):
            self._found[_key(one)] = found or []
            self._twins[_key(one)] = found is not None

    def of(self, detector: CompiledDetector) -> list[Place]:
        """The matches of a detector that has been run."""
        return self._found.get(_key(detector), [])

    def sites(self, detector: CompiledDetector) -> list[Lines] | None:
        """(first line, last line) of each construct that the detector speaks about, added or not.

        None if that cannot be told: no site is given, or the text does not parse.
        """
        return kinds.find_sites(self.source, self._dialect, detector)

    def is_degraded(self, detector: CompiledDetector) -> bool:
        """Whether only its twin could look."""
        return self._twins.get(_key(detector), False)


def _key(detector: CompiledDetector) -> Any:
    """The same expression finds the same; parameters are not hashable, their text is."""
    return detector.kind, repr(detector.spec), detector.fold
