"""What history says about a pattern's effect: rates of introductions before and after its adoption.

Before and after, never why. The words are those of `engines.effectiveness`, which asks the same of events.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from feedback_loop.domain.history import History
from feedback_loop.domain.intervals import JeffreysRatio, jeffreys_ratio
from feedback_loop.domain.statistics import RateRatio, compare_rates
from feedback_loop.domain.widening import widen

NOT_ENOUGH = "not enough data"
DROPPED, ROSE, NO_CHANGE = "dropped", "rose", "no clear change"
LEVEL = 0.05


@dataclass(frozen=True)
class Adoption:
    """When a pattern was in force. `commit` (an index) first put `<folder>/<name>.json` in place.

    `spans` are chain positions: from the commit that put it in place to the one that took it away, None =
    it is in force still. `versions` pairs each version with the commit that brought it, oldest first.
    """

    pattern: str
    commit: int
    spans: tuple[tuple[int, int | None], ...]
    versions: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class EffectOptions:
    """What is judged, and how. `as_of` (seconds) ends the weeks of the trend.

    `guard_days` before an adoption are not part of *before*, and neither are the commits that `evidence`
    names (full or abbreviated ids, by pattern). Below `least` introductions nothing is judged. `end` is the
    chain position from which on commits are left out, None = none; `at` one that stands for the adoption
    of every pattern.
    """

    as_of: int
    guard_days: int = 30
    least: int = 5
    evidence: Mapping[str, frozenset[str]] = field(default_factory=dict)
    end: int | None = None
    at: int | None = None

    @classmethod
    def of(cls, history: History, as_of: int, end: int | None = None, at: int | None = None) -> EffectOptions:
        """As the repository's settings and patterns say."""
        guard_days, least, made_from = history.judging
        evidence = {name: frozenset(oids) for name, oids in made_from}
        return cls(as_of, guard_days, least, evidence, end, at)


@dataclass(frozen=True)
class CodeSide:
    """`k` introductions (commits that brought one or more) in `e` thousand added lines in scope."""

    k: int = 0
    e: float = 0.0

    @property
    def rate(self) -> float | None:
        """Introductions in 1,000 added lines; None without any."""
        return self.k / self.e if self.e > 0 else None


@dataclass(frozen=True)
class WeeklyTrend:
    """Mann and Kendall's test over the weekly rates of the last year, and Sen's slope.

    `weeks` are those with exposure; `slope` is introductions in 1,000 lines, more each week.
    """

    weeks: int
    p_value: float
    slope: float


@dataclass(frozen=True)
class CodeEffect:
    """One pattern before and after `adopted` (a commit's index; None = not adopted here).

    `ratio` is None where a side has no lines; its interval and p-value are widened where `phi` (None = too
    few weeks to tell) says that introductions come in bursts: `widened`. `unguarded` is the ratio with the
    guard days and the evidence in *before*, `others` that of all other patterns on the same commits. `why`
    says what is lacking for a verdict. `guarded`, `crossing` and `archived` are what
    stands on neither side: in the guard days or as evidence; written without the pattern and landed later
    (the adopting commit among them); landed while it was archived. `version` is set where versions are
    compared: *before* is then the version before, if there was one.
    """

    pattern: str
    adopted: int | None
    before: CodeSide = CodeSide()
    after: CodeSide = CodeSide()
    ratio: RateRatio | None = None
    verdict: str = NOT_ENOUGH
    why: str = ""
    p_adjusted: float | None = None
    phi: float | None = None
    widened: bool = False
    unguarded: RateRatio | None = None
    others: RateRatio | None = None
    trend: WeeklyTrend | None = None
    guarded: CodeSide = CodeSide()
    crossing: CodeSide = CodeSide()
    archived: CodeSide = CodeSide()
    version: int | None = None

    @property
    def n(self) -> int:
        """The introductions on both sides."""
        return self.before.k + self.after.k

    @cached_property
    def jeffreys(self) -> JeffreysRatio | None:
        """The posterior of the ratio, not widened; None without lines on a side."""
        before, after = self.before, self.after
        return jeffreys_ratio(before.k, before.e, after.k, after.e) if self.ratio else None

    @cached_property
    def detectable(self) -> float | None:
        """The largest ratio below 1 that these data could have shown as a drop; None if even 0 is none.

        That is with the same count before and by its own p-value. The fewer introductions after, the clearer
        the drop: the border is found by bisection.
        """
        if self.ratio is None or not self.before.k:
            return None
        scale = self.before.e / self.after.e
        shown, hidden = -1, math.ceil(self.before.k / scale) + 1
        while hidden - shown > 1:
            middle = (shown + hidden) // 2
            ratio = self._ratio_with(middle)
            is_shown = ratio.high < 1 and ratio.p_value <= LEVEL
            shown, hidden = (middle, hidden) if is_shown else (shown, middle)
        return None if shown < 0 else shown * scale / self.before.k

    def _ratio_with(self, k1: int) -> RateRatio:
        before, after = self.before, self.after
        ratio = compare_rates(before.k, before.e, k1, after.e)
        if not self.widened or self.phi is None:
            return ratio
        return widen(ratio, before.k + k1, before.e / after.e, self.phi)
