"""Whether a pattern is hit less often than before: rates before and after, exactly compared (A39).

The formula is that of `domain.statistics.compare_rates`; the words hang on the p-value, adjusted for the
number of patterns judged, and on the interval. They say before and after, not why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from feedback_loop.domain.moment import DAY
from feedback_loop.domain.occurrence import Time
from feedback_loop.domain.statistics import RateRatio, benjamini_hochberg, compare_rates

NOT_ENOUGH = "not enough data"
DROPPED, ROSE, NO_CHANGE = "dropped", "rose", "no clear change"

_LEAST_COUNT = 5
_LEAST_DAYS = 2
_LEVEL = 0.05
_LEAST_EXPOSURE = 1e-9

Key: TypeAlias = tuple[int, float, int, float]  # counts and exposures, as `compare_rates` takes them


@dataclass(frozen=True)
class Exposure:
    """How much opportunity there was: midnights (seconds) with the amount of that day; none = days."""

    amounts: tuple[tuple[int, float], ...] = ()

    @property
    def unit(self) -> str:
        """`days`, or `exposure` where amounts are given."""
        return "exposure" if self.amounts else "days"

    def between(self, start: float, end: float) -> float:
        """The amount of a span; of a day that is cut, its share."""
        if not self.amounts:
            return (end - start) / DAY
        shares = (
            amount * max(0.0, min(end, day + DAY) - max(start, day)) / DAY for day, amount in self.amounts
        )
        return math.fsum(shares)


@dataclass(frozen=True)
class Frame:
    """What is compared: `earliest` is the first dated moment of all the data, None if there is none.

    `limit` as in `Period`; `adoption` tells from when on a pattern was known, by its name.
    """

    earliest: int | None
    as_of: int
    limit: int
    days: int = 30
    adoption: Mapping[str, int] = field(default_factory=dict)
    exposure: Exposure = Exposure()


@dataclass(frozen=True)
class Side:
    """One of the two periods: how many occurrences in how much exposure, from when to when."""

    n: int
    exposure: float
    start: float
    end: float

    @property
    def rate(self) -> float | None:
        """Occurrences in one unit of exposure; None without exposure."""
        return self.n / self.exposure if self.exposure > _LEAST_EXPOSURE else None


@dataclass(frozen=True)
class Effect:
    """One pattern before and after; `split` is `adoption` or `middle`.

    `ratio` is None without exposure on either side; `p_adjusted` where there was not enough data to judge.
    """

    before: Side
    after: Side
    split: str
    ratio: RateRatio | None
    p_adjusted: float | None = None
    verdict: str = NOT_ENOUGH
    trend: str = "insufficient_data"
    score: float = 0.5
    score_bound: float = 0.5


def measure_effects(times: Mapping[str, Sequence[Time]], frame: Frame) -> dict[str, Effect]:
    """The effect of each pattern, the largest `score_bound` first, then by name; `times` by pattern.

    Adjusted for multiplicity (Benjamini and Hochberg) over the patterns with enough data: the others
    are not tested.
    """
    ratios: dict[Key, RateRatio] = {}
    effects = {name: _compare(_counted(name, moments, frame), ratios) for name, moments in times.items()}
    judged = {
        name: effect.ratio
        for name, effect in effects.items()
        if effect.ratio is not None and _is_enough(effect)
    }
    adjusted = benjamini_hochberg([ratio.p_value for ratio in judged.values()])
    for (name, ratio), p_adjusted in zip(judged.items(), adjusted, strict=True):
        effects[name] = _judge(effects[name], ratio, p_adjusted)
    return dict(sorted(effects.items(), key=lambda pair: (-pair[1].score_bound, pair[0])))


def find_cuts(frame: Frame) -> set[int]:
    """The first moments behind the borders that `measure_effects` counts between."""
    names = ["", *frame.adoption]
    borders = {border for name in names for border in _borders(name, frame)[:2]}
    return {math.ceil(border) for border in borders} | {frame.limit + 1}


def _counted(name: str, times: Sequence[Time], frame: Frame) -> tuple[Side, Side, str]:
    start, middle, split = _borders(name, frame)
    dated = [(at, number) for at, number in times if at is not None]
    k0 = sum(number for at, number in dated if start <= at < middle)
    k1 = sum(number for at, number in dated if middle <= at <= frame.limit)
    before = Side(k0, frame.exposure.between(start, middle), start, middle)
    return before, Side(k1, frame.exposure.between(middle, frame.as_of), middle, frame.as_of), split


def _borders(name: str, frame: Frame) -> tuple[float, float, str]:
    """Where the periods begin and part: what was adopted before the data begin, or not yet, in the middle."""
    end = frame.as_of
    earliest = end if frame.earliest is None else min(frame.earliest, end)
    adopted = frame.adoption.get(name)
    if adopted is not None and earliest < adopted < end:
        return max(earliest, adopted - max(frame.days * DAY, end - adopted)), adopted, "adoption"
    start = max(earliest, end - frame.days * DAY)
    return start, (start + end) / 2, "middle"


def _compare(sides: tuple[Side, Side, str], ratios: dict[Key, RateRatio]) -> Effect:
    before, after, split = sides
    if before.rate is None or after.rate is None:
        return Effect(before, after, split, None)
    key = (before.n, before.exposure, after.n, after.exposure)
    if key not in ratios:  # patterns that were hit once or twice are many, and alike
        ratios[key] = compare_rates(*key)
    return Effect(before, after, split, ratios[key])


def _is_enough(effect: Effect) -> bool:
    long = effect.after.end - effect.before.start >= _LEAST_DAYS * DAY
    return long and effect.before.n + effect.after.n >= _LEAST_COUNT


def _judge(effect: Effect, ratio: RateRatio, p_adjusted: float) -> Effect:
    verdict = NO_CHANGE
    if p_adjusted <= _LEVEL and ratio.high < 1:
        verdict = DROPPED
    elif p_adjusted <= _LEVEL and ratio.low > 1:
        verdict = ROSE
    trend = "stable"
    if verdict == DROPPED and ratio.value <= 0.8:
        trend = "improving"
    elif verdict == ROSE and ratio.value >= 1.2:
        trend = "worsening"
    before, after = effect.before, effect.after
    smoothed = ((after.n + 0.5) / after.exposure) / ((before.n + 0.5) / before.exposure)
    nearest = ratio.high if ratio.high < 1 else max(ratio.low, 1.0)
    return replace(
        effect,
        p_adjusted=p_adjusted,
        verdict=verdict,
        trend=trend,
        score=_score(smoothed),
        score_bound=_score(nearest),
    )


def _score(ratio: float) -> float:
    """The seed's scale: 1 = never again, .5 = as often as before, 0 = twice as often or more."""
    return min(1.0, max(0.0, 1 - ratio / 2))
