"""Whether a mistake was introduced less often after its pattern was adopted, per added line (H45-H52)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from feedback_loop.domain.effect import (
    DROPPED,
    LEVEL,
    NO_CHANGE,
    ROSE,
    Adoption,
    CodeEffect,
    CodeSide,
    EffectOptions,
    WeeklyTrend,
)
from feedback_loop.domain.history import BOUNDARY, INTRODUCED, NO_TIME, History
from feedback_loop.domain.period import WEEK, monday
from feedback_loop.domain.sides import AFTER, ARCHIVED, BEFORE, CROSSING, GUARDED, YEAR, Sides, Sorter
from feedback_loop.domain.statistics import RateRatio, benjamini_hochberg, compare_rates
from feedback_loop.domain.trend import mann_kendall, sen_slope
from feedback_loop.domain.widening import dispersion, widen

_LEAST_EXPOSURE = 1.0  # thousand lines
_LEAST_SPANS = 8
_SPANS = (1, 2, 4)  # weeks
_OVERDISPERSED = 1.5


def measure_code_effects(
    history: History, adoptions: Mapping[str, Adoption], options: EffectOptions
) -> tuple[CodeEffect, ...]:
    """The effect of each pattern of the history, by name; those without an adoption are not judged.

    P-values are adjusted (Benjamini and Hochberg) over the patterns that can be judged.
    """
    meter = _Meter(history, options)
    return _judged([meter.measure(name, adoptions.get(name)) for name in sorted(history.patterns)])


def measure_versions(
    history: History, adoptions: Mapping[str, Adoption], options: EffectOptions
) -> tuple[CodeEffect, ...]:
    """Each version of each pattern against the one before it, the first against the time before adoption.

    Only the first comparison has guard days. P-values are adjusted over all that can be judged.
    """
    meter = _Meter(history, options)
    known = [adoptions[name] for name in sorted(history.patterns) if name in adoptions]
    return _judged([effect for adoption in known for effect in meter.measure_versions(adoption)])


class _Meter:
    """One history with what several patterns need of it, made once."""

    def __init__(self, history: History, options: EffectOptions) -> None:
        self._history, self._options = history, options
        self._commits = history.commits
        self._sorter = Sorter(history.commits, options)
        self._grouped: tuple[Sides, tuple[Mapping[int, Sequence[int]], ...]] | None = None
        self._hits: dict[str, set[int]] = {name: set() for name in history.patterns}
        for fact in history.written:
            if fact.kind == INTRODUCED and fact.sign > 0:
                self._hits[fact.pattern].add(fact.commit)

    def measure(self, name: str, adoption: Adoption | None) -> CodeEffect:
        """The pattern before and after, not yet judged."""
        effect = CodeEffect(name, None, trend=self._trend(name), why="not adopted in this history")
        if self._options.at is not None:
            adoption = Adoption(name, self._commits.chain[self._options.at], ((self._options.at, None),))
        if adoption is None or adoption.spans[0][0] >= self._sorter.end:
            return effect
        sides = self._sorter.by_adoption(adoption)
        return self._compare(replace(effect, adopted=adoption.commit), sides)

    def measure_versions(self, adoption: Adoption) -> Iterator[CodeEffect]:
        """One for each version that landed."""
        trend = self._trend(adoption.pattern)
        for at, (version, commit) in enumerate(adoption.versions):
            if self._commits.landing[commit] < self._sorter.end:
                effect = CodeEffect(adoption.pattern, commit, trend=trend, version=version)
                yield self._compare(effect, self._sorter.by_version(adoption, at))

    def _compare(self, effect: CodeEffect, sides: Sides) -> CodeEffect:
        hits, lines = self._hits[effect.pattern], self._history.exposure[effect.pattern]
        counts = Counter(map(sides.place.__getitem__, hits))
        before, guarded, after, crossing, archived = (
            CodeSide(counts[place], sum(map(lines.__getitem__, sides.of[place])) / 1000)
            for place in (BEFORE, GUARDED, AFTER, CROSSING, ARCHIVED)
        )
        ratio, phi = _ratio(before, after), self._dispersion(hits, lines, sides)
        widened = ratio is not None and phi is not None and phi > _OVERDISPERSED
        n = before.k + after.k
        if ratio and phi and widened:
            ratio = widen(ratio, n, before.e / after.e, phi)
        found = replace(
            effect,
            before=before,
            guarded=guarded,
            after=after,
            crossing=crossing,
            archived=archived,
            ratio=ratio,
            phi=phi,
            widened=widened,
            unguarded=_ratio(CodeSide(before.k + guarded.k, before.e + guarded.e), after),
            others=self._others(before, after, sides),
        )
        return replace(found, why=self._lacking(found, sides))

    # -- what all patterns share -------------------------------------------------------------------

    @cached_property
    def _all_hits(self) -> Sequence[int]:
        """How many patterns each commit introduces."""
        counts = [0] * len(self._commits)
        for hits in self._hits.values():
            for commit in hits:
                counts[commit] += 1
        return counts

    @cached_property
    def _all_lines(self) -> Sequence[int]:
        """The exposure of each commit to all patterns."""
        exposure = self._history.exposure
        return list(map(sum, zip(*(exposure[name] for name in self._hits), strict=True)))

    @cached_property
    def _weeks(self) -> Sequence[int | None]:
        """The number of each commit's ISO week; None where its clock says nothing."""
        return [None if time == NO_TIME else monday(time) // WEEK for time in self._commits.times]

    @cached_property
    def _last_year(self) -> Mapping[int, Sequence[int]]:
        """The commits of the 52 weeks before as-of, by the weeks of their clocks."""
        times, end = self._commits.times, self._options.as_of
        return self._by_week(one for one in self._sorter.landed(0, None) if end - YEAR <= times[one] <= end)

    def _by_week(self, commits: Iterable[int]) -> dict[int, list[int]]:
        weeks: dict[int, list[int]] = {}
        for commit in commits:
            week = self._weeks[commit]
            if week is not None:
                weeks.setdefault(week, []).append(commit)
        return weeks

    def _sides_by_week(self, sides: Sides) -> tuple[Mapping[int, Sequence[int]], ...]:
        """The commits before and after, by weeks; many patterns have the same sides."""
        if self._grouped is None or self._grouped[0] is not sides:
            both = tuple(self._by_week(sides.of[place]) for place in (BEFORE, AFTER))
            self._grouped = sides, both
        return self._grouped[1]

    def _others(self, before: CodeSide, after: CodeSide, sides: Sides) -> RateRatio | None:
        """The pooled ratio of all other patterns on the same commits."""
        pooled = [
            CodeSide(
                sum(map(self._all_hits.__getitem__, sides.of[place])) - own.k,
                (sum(map(self._all_lines.__getitem__, sides.of[place])) - round(own.e * 1000)) / 1000,
            )
            for place, own in ((BEFORE, before), (AFTER, after))
        ]
        return _ratio(*pooled) if len(self._hits) > 1 else None

    # -- weeks -------------------------------------------------------------------------------------

    def _dispersion(self, hits: set[int], lines: Sequence[int], sides: Sides) -> float | None:
        """The largest phi of counts by one, two and four weeks, where there are eight such spans with lines.

        A burst that crosses a border between weeks shows in the longer spans only. None below eight weeks.
        """
        both = [self._weekly(weeks, hits, lines) for weeks in self._sides_by_week(sides)]
        found = []
        for length in _SPANS:
            joined = [_joined(weeks, length) for weeks in both]
            if len({number for spans in joined for number in spans}) >= _LEAST_SPANS:
                found.append(dispersion([list(spans.values()) for spans in joined]))
        return max((phi for phi in found if phi is not None), default=None)

    def _trend(self, name: str) -> WeeklyTrend | None:
        """Over the weeks with lines in the year before as-of; None if they are fewer than eight."""
        weeks = self._weekly(self._last_year, self._hits[name], self._history.exposure[name])
        if len(weeks) < _LEAST_SPANS:
            return None
        numbers = sorted(weeks)
        rates = [1000 * weeks[number][0] / weeks[number][1] for number in numbers]
        return WeeklyTrend(len(numbers), mann_kendall(rates).p_value, sen_slope(rates, numbers) or 0.0)

    def _weekly(
        self, weeks: Mapping[int, Sequence[int]], hits: set[int], lines: Sequence[int]
    ) -> dict[int, tuple[int, int]]:
        """(introductions, lines) of each week with lines, by its number."""
        added = {week: sum(map(lines.__getitem__, commits)) for week, commits in weeks.items()}
        return {
            week: (len(hits.intersection(weeks[week])), number) for week, number in added.items() if number
        }

    # -- whether it is enough ----------------------------------------------------------------------

    def _lacking(self, effect: CodeEffect, sides: Sides) -> str:
        """What keeps it from being judged; "" if nothing does."""
        least = self._options.least
        if effect.n < least:
            return f"n = {effect.n}, at least {least} are needed"
        for words, side in (("before", effect.before), ("after", effect.after)):
            if side.e < _LEAST_EXPOSURE:
                return f"{round(side.e * 1000)} added lines {words}, at least 1000 are needed"
        return "the time before reaches into missing history" if self._is_cut_off(sides) else ""

    def _is_cut_off(self, sides: Sides) -> bool:
        """Whether parts of *before* are not in this clone."""
        if self._history.complete:
            return False
        flags, early = self._commits.flags, (*sides.of[BEFORE], *sides.of[GUARDED])
        return bool(self._history.skipped.not_mined) or any(flags[one] & BOUNDARY for one in early)


def _joined(weeks: Mapping[int, tuple[int, int]], length: int) -> dict[int, tuple[int, int]]:
    """The same by spans of so many weeks."""
    found: dict[int, tuple[int, int]] = {}
    for number, (k, e) in weeks.items():
        known = found.get(number // length, (0, 0))
        found[number // length] = known[0] + k, known[1] + e
    return found


def _ratio(before: CodeSide, after: CodeSide) -> RateRatio | None:
    """The exact ratio; None without lines on a side."""
    if before.e <= 0 or after.e <= 0:
        return None
    return compare_rates(before.k, before.e, after.k, after.e)


# -- words -----------------------------------------------------------------------------------------


def _judged(effects: Sequence[CodeEffect]) -> tuple[CodeEffect, ...]:
    """The words, by p-values adjusted over those that can be judged."""
    tested = [effect.ratio.p_value for effect in effects if effect.ratio and not effect.why]
    adjusted = iter(benjamini_hochberg(tested))
    return tuple(
        _worded(effect, effect.ratio, next(adjusted)) if effect.ratio and not effect.why else effect
        for effect in effects
    )


def _worded(effect: CodeEffect, ratio: RateRatio, p_adjusted: float) -> CodeEffect:
    verdict = NO_CHANGE
    if p_adjusted <= LEVEL and ratio.high < 1:
        verdict = DROPPED
    elif p_adjusted <= LEVEL and ratio.low > 1:
        verdict = ROSE
    return replace(effect, verdict=verdict, p_adjusted=p_adjusted)
