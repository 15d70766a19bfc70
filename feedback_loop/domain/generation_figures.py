"""What a generation loop is measured by: failures captured, repeated and prevented, from events (C26)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain import warning
from feedback_loop.domain.failure_kind import UNCLASSIFIED

SETTLED = 3  # runs after which repeated errors are held against what a team wants of them


class Shown(NamedTuple):
    """That a run showed a failure, `hits` times in one report; `at` in seconds, `pattern` its name today."""

    pattern: str
    run: str
    at: int
    error_type: str = "unknown"
    constraint: str = UNCLASSIFIED
    hits: int = 1
    event: str = ""


class Exposed(NamedTuple):
    """How a run ended that could have shown a failure; `pattern` is "" where it is about the run itself.

    `outcome` is prevented, recurred or clean, "" of a run itself. `run` or `generation` may be "".
    """

    pattern: str
    run: str
    at: int
    generation: str = ""
    outcome: str = ""
    event: str = ""


def generations_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The generation of each run of pairs (run, generation); of several, a mistake, the first by name."""
    found: dict[str, str] = {}
    for run, generation in pairs:
        if run and generation:
            found[run] = min(generation, found.get(run, generation))
    return found


@dataclass(frozen=True)
class Repeats:
    """Failures in runs that an earlier run had shown already, each counted once a run."""

    errors: int = 0
    runs: int = 0

    @property
    def per_run(self) -> float | None:
        """None without a run."""
        return self.errors / self.runs if self.runs else None


@dataclass(frozen=True)
class FirstClean:
    """Runs from the first that showed a failure to the first that could have and did not.

    `median` is over the `n` failures that got there, None for none; `waiting` did not yet.
    """

    median: float | None = None
    n: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class GenerationFigures:
    """The figures of one period (C26); runs of one generation are one run (C4).

    `captured` are distinct signatures that were seen, `by_error_type` and `by_constraint` how many of
    them are of each, the most first. `occurrences` are runs that showed a failure, summed over failures;
    `prevented` generations in which a warned failure was observed not to come (C6), summed likewise.
    `settled` are the repeats without the first three runs of all.
    """

    captured: int = 0
    by_error_type: tuple[tuple[str, int], ...] = ()
    by_constraint: tuple[tuple[str, int], ...] = ()
    repeats: Repeats = Repeats()
    settled: Repeats = Repeats()
    occurrences: int = 0
    prevented: int = 0
    first_clean: FirstClean = FirstClean()

    @property
    def runs(self) -> int:
        """The runs of the period, green ones too."""
        return self.repeats.runs

    @property
    def unclassified(self) -> int:
        """How many of the captured no rule knows."""
        return dict(self.by_constraint).get(UNCLASSIFIED, 0)

    @property
    def prevention_rate(self) -> float:
        """Prevented of all times that a failure came or was prevented, 0.0 for none (C5)."""
        return warning.prevention_rate(self.occurrences, self.prevented)


@dataclass(frozen=True)
class Goals:
    """What a team wants: repeated errors a run below, a prevention rate above (0 to 100), captured at least.

    They are wishes from the settings; no figure is judged to be more than met or not.
    """

    repeated: float
    prevention: float
    captured: int

    def meets_repeated(self, figures: GenerationFigures) -> bool | None:
        """None before a fourth run."""
        per_run = figures.settled.per_run
        return None if per_run is None else per_run < self.repeated

    def meets_prevention(self, figures: GenerationFigures) -> bool | None:
        """None where nothing was seen and nothing prevented."""
        if not figures.occurrences + figures.prevented:
            return None
        return 100 * figures.prevention_rate > self.prevention

    def meets_captured(self, figures: GenerationFigures) -> bool:
        """Whether so many were captured."""
        return figures.captured >= self.captured
