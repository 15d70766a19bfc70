"""What suppressions say about a pattern: fit to block, or too noisy for its level (H66, H66a)."""

from __future__ import annotations

from collections.abc import Iterator

from feedback_loop.domain.effect import ROSE, CodeEffect
from feedback_loop.domain.figure import EFFECT, INTRODUCED, WAIVED, WAIVER_RATE
from feedback_loop.domain.intervals import wilson
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.proposal import RAISE, REVISE, Proposed
from feedback_loop.engines.lifecycle.given import LifecycleInput, made

NOISY, LEAST_NOISY = 0.20, 10  # the share waived that is too much, of so many at least
KEPT, LEAST_KEPT = 0.95, 73  # of 73 none waived is the first whose lower bound reaches .95
_LOWER = {"block": "warn", "warn": "hint"}


def find_raises(facts: LifecycleInput) -> list[Proposed]:
    """Patterns that warn and might block. `hint` to `warn` never follows: hints are seldom shown."""
    found = []
    for pattern in facts.patterns:
        waived, introduced = facts.in_force(pattern.name)
        n = waived + introduced
        if pattern.state != "active" or facts.level(pattern) != "warn" or n < LEAST_KEPT:
            continue
        if pattern.name in facts.gate:
            continue  # what fails its own examples may not stop anybody
        low = wilson(n - waived, n)[0]
        if low >= KEPT:
            # Half-up would print a bound that just misses as one that is met: it is met here.
            reason = f"{waived} of {n} waived (at least {_floored(low)} kept): warn -> block"
            found.append(made(RAISE, pattern.name, reason, *_figures(facts, pattern.name, INTRODUCED)))
    return found


def find_revisions(facts: LifecycleInput) -> list[Proposed]:
    """Active patterns that are noisy, whose mistake rose after adoption, or whose gate fails.

    One proposal each; the reasons are joined. What history says counts only where it is complete.
    """
    effects = {one.pattern: one for one in facts.effects}
    found = []
    for pattern in facts.patterns:
        if pattern.state != "active":
            continue
        reasons = list(_from_history(facts, pattern, effects.get(pattern.name)))
        if pattern.name in facts.gate:
            reasons.append(("", f"its gate fails: {facts.gate[pattern.name]}"))
        if reasons:
            first = reasons[0][0]
            figures = _figures(facts, pattern.name, first) if first else []
            found.append(made(REVISE, pattern.name, "; ".join(words for _, words in reasons), *figures))
    return found


def _from_history(
    facts: LifecycleInput, pattern: Pattern, effect: CodeEffect | None
) -> Iterator[tuple[str, str]]:
    """(the measure that is the evidence, the reason) of each."""
    if not facts.history.complete:
        return
    waived, introduced = facts.in_force(pattern.name)
    n = waived + introduced
    if n >= LEAST_NOISY and waived / n > NOISY:
        low, high = wilson(waived, n)
        lower = _LOWER.get(facts.level(pattern))
        advice = f", {facts.level(pattern)} -> {lower}" if lower else ""
        yield WAIVED, f"{waived} of {n} occurrences waived ({low:.2f}-{high:.2f}){advice}"
    if effect is not None and effect.verdict == ROSE and effect.ratio is not None:
        one = effect.ratio
        bounds = f"{_ratio(one.low)}-{_ratio(one.high)}"
        yield INTRODUCED, f"rose after adoption: {_ratio(one.value)} ({bounds}), n = {effect.n}"


def _figures(facts: LifecycleInput, name: str, first: str) -> list[tuple[str, object]]:
    total = facts.total(name)
    n = total.waived + total.occurrences
    values: dict[str, object] = {
        INTRODUCED: total.introduced,
        WAIVED: total.waived,
        WAIVER_RATE: f"{total.waived / n if n else 0:.4f}",
    }
    effect = next((one for one in facts.effects if one.pattern == name and one.ratio is not None), None)
    if effect is not None and effect.ratio is not None:
        values[EFFECT] = f"{effect.ratio.value:.4f}"
    return sorted(values.items(), key=lambda pair: pair[0] != first)


def _ratio(value: float) -> str:
    return "unbounded" if value == float("inf") else f"{value:.2f}"


def _floored(share: float) -> str:
    return f"{int(share * 100) / 100:.2f}"
