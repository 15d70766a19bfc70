"""Which of the patterns found are offered, in what order, and why the others are not (D18, D19, D11b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from feedback_loop.domain.injection import UNTESTED, Chosen, LeftOut, Limits, Ratings, Signs
from feedback_loop.domain.search import Hit
from feedback_loop.domain.text import counted
from feedback_loop.engines.inject.section import Entry, entries_of, fit

# What a mistake costs, against one of high severity. The range is narrower than that of relevance (.6 to 1):
# a severe pattern that hardly fits shall not push out one that does.
_COST = {"low": 0.8, "medium": 0.9, "high": 1.0, "critical": 1.1}
_SEEN_GAIN, _SEEN_HALF = 0.25, 4  # half of the gain is reached after four reports
_OPEN_GAIN, _OPEN_HALF = 0.5, 1  # one finding in the very files says as much as all reports together


@dataclass(frozen=True)
class Choice:
    """The patterns to offer, the most useful first, as the section shows them, and what was found besides."""

    chosen: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...]
    entries: tuple[Entry, ...] = ()


def expected_use(relevance: float, severity: str, seen: int, open: int) -> float:
    """What it is worth to show a pattern, only to be compared with another's:

        use = relevance · cost · (1 + .25·seen / (seen + 4)) · (1 + .5·open / (open + 1))

    The chance that it applies (relevance, D12d), times what the mistake costs, times how likely it is to be
    made here: `seen` reports of it in events, and, the strongest sign, `open` findings of it in the files
    that the task touches. Both gains level off: the hundredth report tells nothing that the tenth did not.
    The weights are judgement, no fit: there is no data yet on which pattern helped.
    """
    often = 1 + _SEEN_GAIN * seen / (seen + _SEEN_HALF)
    here = 1 + _OPEN_GAIN * open / (open + _OPEN_HALF)
    return relevance * _COST.get(severity, _COST["medium"]) * often * here


def choose(hits: Sequence[Hit], signs: Signs, limits: Limits) -> Choice:
    """At most `limits.max_patterns` of the hits, within `limits.budget`.

    Eligible (D19) is what is active, not failing, and either has ratings enough with a good rate (a), or
    none, or few with a good rate (b). Of (b) one is offered; but while no pattern of the library has
    a rating, all may be. Of two in conflict the less relevant goes, unless the other is not offered itself.
    """
    left_out: dict[str, str] = {}
    eligible: list[Chosen] = []
    for hit in sorted(hits, key=lambda one: (-one.relevance, one.pattern.name)):
        ratings = signs.ratings.get(hit.pattern.name, UNTESTED)
        reason = _unfit(hit, ratings, limits)
        if reason:
            left_out[hit.pattern.name] = reason
        else:
            eligible.append(_judged(hit, ratings, signs))
    cold = not any(one.weight for one in signs.ratings.values())
    while True:  # each round but the last takes one or more out of `eligible`
        standing, conflicts = _without_conflicts(eligible)
        choice = _offered(standing, limits, cold)
        surplus = dict(choice.left_out)
        blocking = surplus.keys() & conflicts.values()
        if not blocking:
            break
        left_out |= {name: surplus[name] for name in surplus if name in blocking}
        eligible = [one for one in eligible if one.pattern.name not in blocking]
    left_out |= {
        name: f"in conflict with {other}, which is more relevant" for name, other in conflicts.items()
    }
    return replace(choice, left_out=tuple(LeftOut(*one) for one in (left_out | surplus).items()))


def _unfit(hit: Hit, ratings: Ratings, limits: Limits) -> str:
    """Why the pattern alone cannot be offered; "" if it can."""
    if hit.pattern.state != "active":
        return f"it is {hit.pattern.state}"
    if hit.relevance < limits.min_relevance:
        return f"relevance {hit.relevance:.2f} is below {limits.min_relevance:g}"
    rate = f"{ratings.success_rate:.0f}% of {counted(ratings.used, 'use')} succeeded"
    if ratings.state == "failing":
        return f"it fails: {rate}"
    if ratings.weight and ratings.success_rate < limits.min_success_rate:
        return f"{rate}, at least {limits.min_success_rate:g}% are asked for"
    return ""


def _without_conflicts(eligible: Sequence[Chosen]) -> tuple[list[Chosen], dict[str, str]]:
    """Those that may stand beside each other, the more relevant first; of the others, whom each is against.

    Either of two may say so (D11b).
    """
    standing: list[Chosen] = []
    conflicts: dict[str, str] = {}
    for one in eligible:
        own = one.pattern
        for other in (before.pattern for before in standing):
            if other.name in own.conflicts or own.name in other.conflicts:
                conflicts[own.name] = other.name
                break
        else:
            standing.append(one)
    return standing, conflicts


def _offered(standing: Sequence[Chosen], limits: Limits, cold: bool) -> Choice:
    """Of these the most useful, as many as there may be and as the budget has room for."""
    left_out: list[LeftOut] = []
    picked: list[Chosen] = []
    for one in sorted(standing, key=lambda one: (-one.use, one.pattern.name)):
        reason = _surplus(one, picked, limits, cold)
        if reason:
            left_out.append(LeftOut(one.pattern.name, reason))
        else:
            picked.append(one)
    fitted = fit(entries_of(picked), limits.budget)
    names = {one.name for one in fitted.entries}
    chosen = tuple(one for one in picked if one.pattern.name in names)
    return Choice(chosen, (*left_out, *fitted.left_out), fitted.entries)


def _surplus(one: Chosen, chosen: Sequence[Chosen], limits: Limits, cold: bool) -> str:
    if len(chosen) >= limits.max_patterns:
        return f"others are of more use, and at most {counted(limits.max_patterns, 'pattern')} may be offered"
    if not cold and not one.ratings.is_sure and any(not other.ratings.is_sure for other in chosen):
        return "another one with no or few ratings is tried"
    return ""


def _judged(hit: Hit, ratings: Ratings, signs: Signs) -> Chosen:
    name, severity = hit.pattern.name, hit.pattern.severity
    seen, open = _known(signs.seen, name), _known(signs.open, name)
    use = expected_use(hit.relevance, severity, seen, open)
    words = [f"relevance {hit.relevance:.2f}", f"{severity} severity"]
    words += [f"reported {counted(seen, 'time')}"] if seen else []
    words += [f"{counted(open, 'open finding')} in the files"] if open else []
    return Chosen(hit.pattern, hit.relevance, ratings, seen, open, use, ", ".join(words))


def _known(counts: Mapping[str, int], name: str) -> int:
    return max(0, counts.get(name, 0))
