"""Patterns that nothing needed for long, although there was enough to need them for (H60, H61)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feedback_loop.domain.figure import EXPOSURE, INTRODUCED, OPEN
from feedback_loop.domain.history import NO_TIME
from feedback_loop.domain.moment import DAY
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.proposal import ARCHIVE, Proposed
from feedback_loop.domain.text import counted
from feedback_loop.engines.lifecycle.given import LifecycleInput, LifecycleOptions, made

LEAST_EXPECTED = 3.0  # introductions: none in spite of them has a chance under 5 %, as exp(-3) = 0.0498
LEAST_LINES = 20_000  # of silence, where nothing was ever introduced


@dataclass(frozen=True)
class _Silence:
    """How long nothing was heard of a pattern: added lines in scope, days, introductions to be expected."""

    lines: int
    days: int
    expected: float | None

    @property
    def is_enough(self) -> bool:
        if self.expected is None:
            return self.lines >= LEAST_LINES
        return self.expected >= LEAST_EXPECTED


def find_archives(facts: LifecycleInput, options: LifecycleOptions) -> list[Proposed]:
    """What to archive; nothing where events could not be read.

    A pattern's silence begins with the latest of its adoption, its restore and its last use of any kind: a
    pattern whose hook works is silent too, hence a prevention ends it.
    """
    return [] if facts.unreadable else list(_archives(facts, options))


def _archives(facts: LifecycleInput, options: LifecycleOptions) -> Iterator[Proposed]:
    held = {one.pattern for one in facts.history.held}
    limit = options.as_of - options.days * DAY
    border = facts.position_of(limit)
    for pattern in facts.patterns:
        spared = pattern.severity == "critical" and not options.include_critical
        if pattern.state != "active" or pattern.name in held or spared:
            continue
        silence = _silence(facts, pattern, limit, border, options.as_of)
        if silence is not None and silence.is_enough:
            yield _proposed(facts, pattern, silence)


def _silence(facts: LifecycleInput, pattern: Pattern, limit: int, border: int, as_of: int) -> _Silence | None:
    """None if it is not in force, or something was heard of it, since the limit (its place is `border`)."""
    name, landing = pattern.name, facts.history.commits.landing
    adoption = facts.adoptions.get(name)
    if adoption is None or adoption.spans[-1][1] is not None:
        return None
    heard = max([adoption.spans[-1][0], *(landing[one.commit] for one in facts.introductions(name))])
    used = facts.use(name).last
    if heard >= border or (used is not None and used > limit):
        return None
    first = heard + 1 if used is None else max(heard + 1, facts.position_of(used))
    total = facts.total(name)
    exposure = facts.history.exposure.get(name, ())
    lines = sum(added for added, position in zip(exposure, landing, strict=False) if position >= first)
    expected = total.introduced * lines / max(1, total.exposure) if total.introduced else None
    since = max(facts.time_at(heard), NO_TIME if used is None else used)
    # Clocks that ran backwards, or say nothing, cannot make it shorter than the place in the chain does.
    days = max((as_of - limit) // DAY, 0 if since == NO_TIME else (as_of - since) // DAY)
    return _Silence(lines, days, expected)


def _proposed(facts: LifecycleInput, pattern: Pattern, silence: _Silence) -> Proposed:
    total = facts.total(pattern.name)
    lines = f"{silence.lines / 1000:.1f}k lines" if silence.lines >= 1000 else counted(silence.lines, "line")
    ever = " (never one)" if silence.expected is None else f" ({silence.expected:.1f} expected)"
    return made(
        ARCHIVE,
        pattern.name,
        f"0 introductions in {lines}, {counted(silence.days, 'day')}{ever}; no events, plans, preventions",
        (EXPOSURE, total.exposure),
        (INTRODUCED, total.introduced),
        (OPEN, total.open),
    )
