"""What `effect` tells: each pattern before and after its adoption, and what events say beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.effect import CodeEffect


class Commit(NamedTuple):
    """A commit by its full id and its committer's clock in seconds (NO_TIME = it says nothing)."""

    oid: str
    time: int


@dataclass(frozen=True)
class Seen:
    """One pattern in code and in events, of all time up to as-of (H54).

    `introduced` are commits, `reported` occurrences from events. `frequency` is their sum, in which an event
    that names an introducing commit adds nothing. `last` (seconds) is the later of the last introduction
    and the last event, None = never; the rest are events: plans that tick it, preventions, injections.
    """

    introduced: int = 0
    reported: int = 0
    frequency: int = 0
    last: int | None = None
    declared: int = 0
    preventions: int = 0
    injections: int = 0


@dataclass(frozen=True)
class EffectRow:
    """One comparison. `adopted` is the commit that brought the pattern, or the version compared."""

    effect: CodeEffect
    seen: Seen
    adopted: Commit | None = None


@dataclass(frozen=True)
class EffectReport:
    """The rows by name. `supposed` is the commit that was to stand for every adoption, None = none was.

    `as_of` in seconds, None where no clock says anything. `guard_days` lie between *before* and an
    adoption. `judged` counts the comparisons that p-values are adjusted for, shown or not.
    """

    tip: str
    branch: str
    as_of: int | None
    rows: tuple[EffectRow, ...]
    supposed: Commit | None = None
    by_version: bool = False
    guard_days: int = 30
    judged: int = 0
    incomplete: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
