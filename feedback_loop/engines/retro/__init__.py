"""The retro of a period from what was mined, read and judged: pure, the same input gives the same value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from feedback_loop.domain.retro import Decision, Retro
from feedback_loop.engines.retro.counts import Counts
from feedback_loop.engines.retro.held import settled
from feedback_loop.engines.retro.inputs import Known, RetroInput, Stretch, Told
from feedback_loop.engines.retro.places import (
    MOST_SITES,
    fixed_sites,
    make_hot_spots,
    near_a_fix,
    new_sites,
    oldest_open,
    returned,
)
from feedback_loop.engines.retro.rates import make_effects, make_releases, make_time_to_fix, make_weeks
from feedback_loop.engines.retro.sentences import make_sentences
from feedback_loop.engines.retro.tables import make_rows, make_standings, make_totals, make_use, values_of

__all__ = ["Known", "RetroInput", "Stretch", "Told", "build"]


def build(given: RetroInput) -> Retro:
    """The document of the period."""
    given = replace(given, lives=given.lives._replace(lives=settled(given)))
    counts, recent = Counts(given, given.period), Counts(given, given.recent)
    rows, use = make_rows(given, counts), make_use(given, counts)
    effects = make_effects(given)
    new, fixed, again = new_sites(given), fixed_sites(given), returned(given)
    now = values_of(given, rows, use)
    return Retro(
        range=given.range,
        header=replace(given.header, events=counts.events),
        sentences=make_sentences(rows, effects, again, given.proposals),
        rows=rows,
        new=new[:MOST_SITES],
        new_total=len(new),
        effects=effects,
        fixed=fixed[:MOST_SITES],
        fixed_total=len(fixed),
        time_to_fix=make_time_to_fix(given),
        oldest=oldest_open(given),
        again=again[:MOST_SITES],
        same_place=near_a_fix(given)[:MOST_SITES],
        hot_spots=make_hot_spots(given),
        plans=given.plans,
        use=use,
        proposals=given.proposals,
        decisions=tuple(_seen_again(one, now) for one in given.decisions),
        releases=make_releases(given),
        degraded=given.degraded,
        standings=make_standings(given, recent),
        weeks=make_weeks(given),
        former=given.former.range.name if given.former else "",
        actions=given.actions,
        totals=make_totals(rows, counts),
        generation=given.generation,
        ratings=given.ratings,
    )


def _seen_again(decision: Decision, now: Mapping[str, str]) -> Decision:
    """The decision with what its figures are today, as far as they are counted here (H84)."""
    found = ((name, now.get(name)) for name, _ in decision.seen)
    return replace(decision, now=tuple((name, value) for name, value in found if value is not None))
