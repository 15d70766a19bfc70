"""The effect of a warning, from generations that had it and generations that ran without it (C7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from feedback_loop.domain.beta_pair import Share, difference, ratio
from feedback_loop.domain.holdout_effect import LEAST, HoldoutEffect, Sight


@dataclass
class _Generation:
    injected: bool = False
    withheld: bool = False
    ran: bool = False
    occurred: bool = False


def compare_holdout(
    sights: Iterable[Sight], patterns: Iterable[str] = (), *, by_lot: bool = True
) -> tuple[HoldoutEffect, ...]:
    """An effect for each pattern that a run was seen of, and for each of `patterns`, by name.

    Generations count: one that was run three times counts once, as a recurrence if any run showed the
    failure. One without a run of what the pattern is about counts nowhere. With `by_lot` the warning is
    compared with being withheld alone; else a generation that was never warned counts as one without it, too:
    more to count, but what changed between the two may be something else.
    """
    asked = frozenset(patterns)
    found: dict[str, dict[str, _Generation]] = {name: {} for name in asked}
    for sight in sights:
        generation = found.setdefault(sight.pattern, {}).setdefault(sight.generation, _Generation())
        generation.injected |= sight.injected
        generation.withheld |= sight.withheld
        generation.ran |= sight.occurred is not None
        generation.occurred |= bool(sight.occurred)
    effects = [
        _effect(name, [one for one in found[name].values() if one.ran], by_lot) for name in sorted(found)
    ]
    return tuple(one for one in effects if one.pattern in asked or _count(one))


def _count(effect: HoldoutEffect) -> int:
    return effect.injected.n + effect.without.n + effect.neither


def _effect(pattern: str, ran: list[_Generation], by_lot: bool) -> HoldoutEffect:
    injected = _share([one for one in ran if one.injected and not one.withheld])
    withheld = [one for one in ran if one.withheld and not one.injected]
    unwarned = [] if by_lot else [one for one in ran if not one.withheld and not one.injected]
    without = _share([*withheld, *unwarned])
    neither = len(ran) - injected.n - without.n
    effect = HoldoutEffect(pattern, injected, without, neither=neither, by_lot=len(withheld))
    if min(injected.n, without.n) < LEAST:
        return effect
    return replace(effect, difference=difference(without, injected), ratio=ratio(injected, without))


def _share(generations: list[_Generation]) -> Share:
    return Share(sum(one.occurred for one in generations), len(generations))
