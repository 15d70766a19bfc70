"""`MetricsAnalyzer`: frequencies, severities and before/after figures, in the shape that its users know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from feedback_loop.api.metrics.analyzer_fields import effect_fields, iso
from feedback_loop.api.metrics.analyzer_source import open_source
from feedback_loop.api.metrics.known_patterns import KnownPatterns, Patterns, known_patterns
from feedback_loop.domain.moment import DAY, is_date, parse_moment
from feedback_loop.domain.occurrence import WEIGHTS, Occurrence, Period
from feedback_loop.domain.problem import Problem
from feedback_loop.engines.effectiveness import Effect, Exposure, Frame, find_cuts, measure_effects
from feedback_loop.engines.metrics import (
    PERIODS,
    PatternCount,
    count_patterns,
    count_steps,
    find_earliest,
    find_times,
    make_period,
    rank_by_severity,
    sum_up,
)
from feedback_loop.errors import InputError

When = datetime | date | str

_SKEW = DAY  # forgiven to another machine's clock where the as-of moment is now
_MOST_EXPOSURE = 1e12
_DAYS_CAP = 36_500
_WINDOW = 30  # days
_STEPS, _MONTH, _WEEK = 12, 30, 7
_CONTEXT_NAMES, _CONTEXT_CRITICAL = 10, 5


class MetricsAnalyzer:
    """Figures over metrics in the shape of `MetricsCollector.export_dict()`.

    The data are read once, here; `metrics_data` is the given object and is never changed. What could not
    be read is in `problems`; each one's `path` is its key, such as `bugs[3].count`. `as_of` is a time or
    its ISO text (naive = UTC, a date = the end of that day), by default now; later entries are left out.

    `library` says which patterns are known, which names they supersede and how severe they are: a
    `PatternManager`, a library, or patterns as dicts or values. `adoption` tells when a pattern was
    adopted (name -> time), `exposure` how much opportunity each day had ("2026-11-20" -> amount, such as
    lines or runs) where days themselves are not what counts.

    Raises ValueError (a UserError too) for metrics that are no mapping and for arguments of no meaning.
    """

    def __init__(
        self,
        metrics_data: Mapping[str, Any],
        *,
        as_of: When | None = None,
        library: Patterns | None = None,
        adoption: Mapping[str, When] | None = None,
        exposure: Mapping[str, float] | None = None,
    ) -> None:
        self.metrics_data = metrics_data
        self._as_of = _now() if as_of is None else _moment(as_of, "as_of")
        self._skew = _SKEW if as_of is None else 0
        self._known = KnownPatterns() if library is None else known_patterns(library)
        self._adoption = {
            self._known.current(name): _moment(when, f"adoption of {name}")
            for name, when in (adoption or {}).items()
        }
        self._exposure = _exposure(exposure or {})
        self._source = open_source(metrics_data, self._known)
        self.problems: list[Problem] = list(self._source.problems)
        self._counted: dict[str, list[PatternCount]] = {}
        self._effects: dict[int, list[tuple[str, Effect, int]]] = {}

    def get_high_frequency_patterns(self, threshold: int = 2, *, period: str = "all") -> list[dict[str, Any]]:
        """`{pattern, count, last_seen}` of patterns hit at least so often, by count (descending) and name.

        The count is the `count` of bugs and test failures plus 1 for each review and deployment issue;
        `last_seen` is ISO 8601 in UTC, None where no date is known. Superseded names count for the
        pattern that took their place. `period` as in `generate_report`. Raises ValueError for a threshold
        that is no integer.
        """
        if isinstance(threshold, bool) or not isinstance(threshold, int):
            raise InputError(f"threshold must be an integer, not {threshold!a}")
        return [
            {"pattern": one.pattern, "count": one.count, "last_seen": iso(one.last_seen)}
            for one in self._counts(self._period(period))
            if one.count >= threshold
        ]

    def detect_new_patterns(self, known: Iterable[str], *, period: str = "all") -> list[dict[str, Any]]:
        """`{pattern, count, details}` of patterns that neither `known` nor the library names, same order.

        At most 50 details, each with `type` and `timestamp`: bug {error, code, file_path}, test_failure
        {test_name, reason}, code_review {issue_type, severity}, deployment {issue_type, environment}.
        Raises ValueError if `known` is anything but names.
        """
        chosen = self._period(period)
        old = {self._known.current(name) for name in _names(known)} | self._known.names
        new = [one for one in self._counts(chosen) if one.pattern not in old]
        details = self._source.details(chosen, [one.pattern for one in new])
        return [{"pattern": one.pattern, "count": one.count, "details": details[one.pattern]} for one in new]

    def rank_patterns_by_severity(self, *, period: str = "all") -> list[dict[str, Any]]:
        """`{pattern, severity, count, severity_weight}` by weight, count (both descending) and name.

        Severity is the highest that a review gave, else the library's, else medium; weights are 4 for
        critical, 3 for high, 2 for medium, 1 for low.
        """
        return [
            {
                "pattern": one.pattern,
                "severity": one.severity,
                "count": one.count,
                "severity_weight": WEIGHTS[one.severity],
            }
            for one in self._ranked(self._period(period))
        ]

    def calculate_effectiveness(self, time_window_days: int = _WINDOW) -> dict[str, dict[str, Any]]:
        """How often each pattern was hit before and after, the largest `score_bound` first.

        Without an adoption date the window (the last days up to the as-of moment, or what there is of
        data) is split in its middle; with one, at the adoption. The rate ratio R = (k1/e1)/(k0/e0) has an
        exact 95 % interval (Clopper and Pearson, given k0 + k1), and the exact binomial p-value is adjusted
        by Benjamini and Hochberg over the patterns judged. `score` is 1 - R'/2 between 0 and 1, with 1/2
        added to both counts: .5 is as before, 1 is never again. Fewer than five occurrences or two days
        are "not enough data": score .5. These figures say before and after; they name no reason.

        Keys: score, score_bound, trend (improving, worsening, stable, insufficient_data), verdict (dropped,
        rose, no clear change, not enough data), total_occurrences (in both periods), first_half_rate,
        second_half_rate, before and after {n, exposure, from, to}, unit, split (middle, adoption),
        rate_ratio {value, low, high}, p_value, p_adjusted, undated. None stands for infinite and unknown.
        Raises ValueError for a window under two days.
        """
        if not (isinstance(time_window_days, int) and 2 <= time_window_days <= _DAYS_CAP):
            raise InputError(f"time_window_days must be from 2 to {_DAYS_CAP}, not {time_window_days!a}")
        if time_window_days not in self._effects:
            self._effects[time_window_days] = self._measure(time_window_days)
        unit = self._exposure.unit
        return {
            name: effect_fields(effect, unit, undated)
            for name, effect, undated in self._effects[time_window_days]
        }

    def get_context(self) -> dict[str, Any]:
        """What a generator wants to know: `{high_frequency_patterns, critical_patterns, pattern_counts}`.

        The ten most frequent names, the first five critical or high ones as ranked, and every count.
        """
        period = self._period("all")
        counts = self._counts(period)
        ranked = self._ranked(period)
        critical = [one.pattern for one in ranked if one.severity in ("critical", "high")]
        return {
            "high_frequency_patterns": [one.pattern for one in counts[:_CONTEXT_NAMES]],
            "critical_patterns": critical[:_CONTEXT_CRITICAL],
            "pattern_counts": {one.pattern: one.count for one in counts},
        }

    def count_by_step(self, period: str = "all") -> dict[str, list[int]]:
        """Each pattern's occurrences in twelve steps up to the as-of moment, the oldest step first.

        A step is 30 days for `all`, 7 days for the shorter periods. Undated repeats are in none. Raises
        ValueError for another period.
        """
        chosen = self._period(period)
        days = _MONTH if chosen.start is None else _WEEK
        borders = [chosen.end - step * days * DAY for step in range(_STEPS, 0, -1)] + [chosen.limit]
        return count_steps(self._source.occurrences([at + 1 for at in borders]), borders)

    def generate_report(self, period: str = "all") -> dict[str, Any]:
        """Everything about one period: `all`, `month` or `week` (also `monthly`, `weekly`).

        A month is the 30 days up to the as-of moment, a week 7, their start excluded. An entry is in if a
        repeat is, and pattern counts are of repeats inside. Undated entries count in every period.
        `effectiveness` is `calculate_effectiveness()`, whatever the period. The same data and `as_of`
        give the same report: `generated_at` is the as-of moment. Raises ValueError for another period.
        """
        chosen = self._period(period)
        occurrences = self._in_periods()
        totals = sum_up(occurrences, chosen)
        start = find_earliest(occurrences, chosen) if chosen.start is None else chosen.start
        return {
            "summary": {
                "total_bugs": totals.entries["bug"],
                "total_test_failures": totals.entries["test_failure"],
                "total_code_reviews": totals.entries["review"],
                "total_performance_metrics": totals.entries["performance"],
                "total_deployment_issues": totals.entries["deployment"],
            },
            "high_frequency_patterns": self.get_high_frequency_patterns(period=period),
            "ranked_patterns": self.rank_patterns_by_severity(period=period),
            "generated_at": iso(chosen.end),
            "period": {"name": chosen.name, "from": iso(start), "to": iso(chosen.end)},
            "counts": {
                "occurrences": totals.occurrences,
                "undated": totals.undated,
                "unreadable_dates": totals.unreadable,
                "outside": totals.outside,
                "after_as_of": totals.after,
            },
            "effectiveness": self.calculate_effectiveness(),
        }

    def _period(self, name: str) -> Period:
        return make_period(name, self._as_of, self._skew)

    def _counts(self, period: Period) -> list[PatternCount]:
        """Counted once: what was read does not change."""
        if period.name not in self._counted:
            self._counted[period.name] = count_patterns(self._in_periods(), period)
        return self._counted[period.name]

    def _in_periods(self) -> Sequence[Occurrence]:
        """What tells the periods apart, and the halves of the window where data reach so far back."""
        begin, end = self._as_of - _WINDOW * DAY, self._as_of
        cuts = {begin, end - _WINDOW * DAY // 2, end + self._skew + 1}
        starts = (self._period(name).start for name in PERIODS)
        return self._source.occurrences(cuts.union(start + 1 for start in starts if start is not None))

    def _measure(self, days: int) -> list[tuple[str, Effect, int]]:
        """Each pattern's effect, and how many of its repeats have no date."""
        period = self._period("all")
        earliest = find_earliest(self._in_periods(), period)
        frame = Frame(earliest, period.end, period.limit, days, self._adoption, self._exposure)
        times = find_times(self._source.occurrences(find_cuts(frame)), period)
        return [
            (name, effect, sum(number for at, number in times[name] if at is None))
            for name, effect in measure_effects(times, frame).items()
        ]

    def _ranked(self, period: Period) -> list[PatternCount]:
        return rank_by_severity(self._counts(period), self._known.severities)


def _names(known: object) -> list[str]:
    """The names. Raises InputError for anything else: callers come without a type checker."""
    listed = list(known) if isinstance(known, Iterable) and not isinstance(known, str) else None
    if listed is None or not all(isinstance(one, str) for one in listed):
        raise InputError(
            "known must be a list of names of patterns", "of a PatternManager: manager.get_pattern_names()"
        )
    return listed


def _exposure(amounts: Mapping[str, float]) -> Exposure:
    days = []
    for day, amount in amounts.items():
        number = isinstance(amount, int | float) and not isinstance(amount, bool)
        midnight = parse_moment(day) if isinstance(day, str) and is_date(day) else None
        if midnight is None or not number or not 0 <= amount <= _MOST_EXPOSURE:
            raise InputError(f"exposure takes days (YYYY-MM-DD) with amounts from 0 to 1e12, not {day!a}")
        days.append((midnight, float(amount)))
    return Exposure(tuple(sorted(days)))


def _moment(value: object, what: str) -> int:
    if isinstance(value, datetime | date):
        value = value.isoformat()
    moment = parse_moment(value) if isinstance(value, str) else None
    if moment is None:
        raise InputError(
            f"{what} is no time in ISO 8601: {value!a}", "write 2026-11-20T09:30:00Z or 2026-11-20"
        )
    whole_day = isinstance(value, str) and is_date(value) and what == "as_of"
    return moment + DAY - 1 if whole_day else moment


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
