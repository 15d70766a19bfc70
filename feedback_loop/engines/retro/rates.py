"""Rates and times: effects with the words they had before, time to fix, and history by week."""

from __future__ import annotations

import math
from collections import Counter

from feedback_loop.domain.effect import CodeEffect, CodeSide
from feedback_loop.domain.figure import EFFECT, FIXED, INTRODUCED, LIBRARY, TIME_TO_FIX, FigureId
from feedback_loop.domain.history import MERGE, NO_TIME, REVERT
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.period import WEEK, monday
from feedback_loop.domain.retro import Effect, Figure, Releases, Side, TimeToFix, Week
from feedback_loop.domain.survival import kaplan_meier
from feedback_loop.engines.retro.inputs import RetroInput

WEEKS = 26
_MOST_STEPS = 60


def make_effects(given: RetroInput) -> tuple[Effect, ...]:
    """Of every adopted pattern, by name; `was` is the word of the retro before."""
    former = {one.pattern: one.word for one in given.former.effects} if given.former else {}
    return tuple(
        _effect(given, one, former.get(one.pattern, ""))
        for one in sorted(given.effects, key=lambda one: one.pattern)
        if one.adopted is not None
    )


def _effect(given: RetroInput, one: CodeEffect, was: str) -> Effect:
    ratio, adopted = one.ratio, one.adopted
    assert adopted is not None
    value = _finite(ratio.value) if ratio else None
    return Effect(
        one.pattern,
        one.verdict,
        was,
        Figure(str(FigureId(one.pattern, EFFECT)), value),
        _finite(ratio.low) if ratio else None,
        _finite(ratio.high) if ratio else None,
        ratio is not None and math.isinf(ratio.high),
        one.n,
        _side(one.before),
        _side(one.after),
        given.history.commits.oids[adopted],
        one.p_adjusted,
        one.phi if one.widened else None,
        one.why,
    )


def _side(side: CodeSide) -> Side:
    return Side(side.k, side.e)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def make_time_to_fix(given: RetroInput) -> TimeToFix | None:
    """Over all patterns; None where nothing ever lived."""
    lived = [pair for one in given.durations for pair in one.days]
    if not lived:
        return None
    found = kaplan_meier(lived)
    steps = [(step.at, step.share) for step in found.steps]
    every = max(1, math.ceil(len(steps) / _MOST_STEPS))
    shown = tuple(steps[::-1][::every][::-1])  # the last one always
    identity = str(FigureId(LIBRARY, TIME_TO_FIX))
    return TimeToFix(Figure(identity, found.median), found.low, found.high, found.n, found.events, shown)


def make_weeks(given: RetroInput) -> tuple[Week, ...]:
    """Introductions and fixes by the week they landed in, up to the one that holds as-of."""
    commits = given.history.commits
    pairs = {
        (fact.commit, fact.pattern, fact.kind)
        for fact in given.history.written
        if (fact.kind == INTRODUCED and fact.sign > 0) or (fact.kind == FIXED and fact.sign < 0)
    }
    counts = Counter(
        (monday(when), kind)
        for commit, _, kind in pairs
        if (when := commits.times[commits.landed_in(commit)]) != NO_TIME
    )
    last = monday(given.as_of)
    mondays = [last - number * WEEK for number in range(WEEKS - 1, -1, -1)]
    first = min((when for when, _ in counts), default=last)
    return tuple(
        Week(format_moment(when)[:10], counts[when, INTRODUCED], counts[when, FIXED])
        for when in mondays
        if when >= first
    )


def make_releases(given: RetroInput) -> Releases:
    """Tags, and the reverts among what was written in the period."""
    commits = given.history.commits
    landed = [
        one
        for one in range(len(commits))
        if given.period.span.holds(commits.landing[one]) and not commits.flags[one] & MERGE
    ]
    reverts = sorted((one for one in landed if commits.flags[one] & REVERT), key=commits.order)
    share = len(reverts) / len(landed) if landed else None
    return Releases(given.tags, tuple(commits.oids[one] for one in reverts), share)
