"""What the pattern commands have to say about a library: values that the renderers turn into text."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.pattern import Example, Expression, Pattern, Prefilter, Site
from feedback_loop.domain.problem import Problem


@dataclass(frozen=True)
class ListedPattern:
    """A pattern in a list; `level` is the highest of its detectors, after settings. "" = a pure guideline."""

    pattern: Pattern
    level: str


@dataclass(frozen=True)
class LintReport:
    """What is wrong with pattern documents. Notes are worth knowing and fail nothing."""

    patterns: int
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


@dataclass(frozen=True)
class ExampleRun:
    """One example as the scan saw it: (detector, line within the example) of each finding.

    `side` is bad or good, `number` counts from 1 on that side. Of a bad example only the findings of
    its own pattern are told, of a good one those of every pattern. The bad examples of a guideline
    are not `tried`: nothing is there to find them.
    """

    pattern: str
    side: str
    number: int
    path: str
    example: Example
    found: tuple[tuple[str, int], ...]
    ok: bool
    tried: bool


@dataclass(frozen=True)
class GateReport:
    """The example gate's answer: every run, every broken promise, and notes that break none."""

    patterns: int
    runs: tuple[ExampleRun, ...]
    failures: tuple[Problem, ...]
    notes: tuple[Problem, ...]


@dataclass(frozen=True)
class CheckFacts:
    """What a built-in check says about itself: in words, and the literals it looks for first."""

    summary: str
    finds: str
    sites: str
    added_any: tuple[str, ...]
    file_all: tuple[str, ...]
    exempt: tuple[str, ...]


@dataclass(frozen=True)
class DetectorFacts:
    """A detector as it acts in this repository.

    `written_level` is the pattern's, `level` the one after settings. No `languages` = every text file.
    `exempt` pairs the name of each path set with its globs. `prefilter` is the one in force, written or
    derived, None if the expression is unsound; `folded` = it is looked for in capitals or not. `check`
    is told of a built-in that exists, `site` of others that name one. `not_running` is the reason why it
    does not, "" if it does.
    """

    rule_id: str
    level: str
    written_level: str
    message: str
    fix_hint: str
    expression: Expression
    languages: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    exempt: tuple[tuple[str, tuple[str, ...]], ...]
    prefilter: Prefilter | None
    folded: bool
    check: CheckFacts | None
    not_running: str
    site: Site | None = None


@dataclass(frozen=True)
class Explanation:
    """A pattern with what its detectors do here; `levels_from` names the settings file, "" = none.

    `fail_on` is the level from which a finding stops a commit.
    """

    pattern: Pattern
    detectors: tuple[DetectorFacts, ...]
    levels_from: str
    fail_on: str


@dataclass(frozen=True)
class CheckStep:
    """One part of `check`: passed if it has no problems. Notes are worth knowing and fail nothing."""

    name: str
    summary: str
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems
