"""The effect of a warning, from generations that had it and generations it was withheld from (C7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.domain.beta_pair import Share, difference, ratio
from feedback_loop.domain.holdout_effect import LEAST, HoldoutEffect, Sight


@dataclass
class _Generation:
    injected: bool = False
    withheld: bool = False
    ran: bool = False
    occurred: bool = False


def compare_holdout(sights: Iterable[Sight], patterns: Iterable[str] = ()) -> tuple[HoldoutEffect, ...]:
    """An effect for each pattern that a run was seen of, and for each of `patterns`, by name.

    Generations count: one that was run three times counts once, as a recurrence if any run showed the
    failure. One without a run of what the pattern is about counts nowhere.
    """
    asked = frozenset(patterns)
    found: dict[str, dict[str, _Generation]] = {name: {} for name in asked}
    for sight in sights:
        generation = found.setdefault(sight.pattern, {}).setdefault(sight.generation, _Generation())
        generation.injected |= sight.injected
        generation.withheld |= sight.withheld
        generation.ran |= sight.occurred is not None
        generation.occurred |= bool(sight.occurred)
    effects = [_effect(name, [one for one in found[name].values() if one.ran]) for name in sorted(found)]
    return tuple(one for one in effects if one.pattern in asked or _count(one))


def _count(effect: HoldoutEffect) -> int:
    return effect.injected.n + effect.withheld.n + effect.neither


def _effect(pattern: str, ran: list[_Generation]) -> HoldoutEffect:
    injected = _share([one for one in ran if one.injected and not one.withheld])
    withheld = _share([one for one in ran if one.withheld and not one.injected])
    neither = len(ran) - injected.n - withheld.n
    if min(injected.n, withheld.n) < LEAST:
        return HoldoutEffect(pattern, injected, withheld, neither=neither)
    less, times = difference(withheld, injected), ratio(injected, withheld)
    return HoldoutEffect(pattern, injected, withheld, less, times, neither)


def _share(generations: list[_Generation]) -> Share:
    return Share(sum(one.occurred for one in generations), len(generations))
