"""Two reports of one run: pytest writes its report log and its JUnit XML in one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedback_loop.api.collect.intake import Taken

_APART = 60  # seconds between the times of two reports of one run, at most


@dataclass
class RunTold:
    """A run and the `name` of the first report that told of it.

    `kinds` are those of all its reports, `failed` the kinds and places of what failed in each of them.
    """

    run: str
    name: str
    at: datetime
    failed: frozenset[tuple[str, str]]
    kinds: set[str]


class SameRuns:
    """Tells of report after report whether it is of a run that an earlier one told of."""

    def __init__(self) -> None:
        self._runs: list[RunTold] = []

    def of(self, taken: Taken) -> RunTold | None:
        """The earlier run; None = none, and from now on the report's own run is one.

        The reports are of different kinds, the same tests failed in them, and both say when, no more than a
        minute apart: of several runs it is the nearest. Reports of one kind are of two runs: a second call
        right after the first looks just like that. So may two green ones.
        """
        failed = frozenset((one.kind, one.place) for one in taken.read.reported)
        if not failed or taken.read.at is None:
            return None
        at = datetime.fromisoformat(taken.read.at)
        fitting = [
            (apart, one)
            for one in self._runs
            if one.failed == failed
            and taken.kind not in one.kinds
            and (apart := abs((at - one.at).total_seconds())) <= _APART
        ]
        if not fitting:
            self._runs.append(RunTold(taken.run, taken.name, at, failed, {taken.kind}))
            return None
        _, same = min(fitting, key=lambda pair: pair[0])
        same.kinds.add(taken.kind)
        return same
