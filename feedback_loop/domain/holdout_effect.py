"""Whether a warning helps: generations that had it against those that ran without it (C7, H58)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.beta_pair import Interval, Share

LEAST = 5  # generations on a side


class Sight(NamedTuple):
    """What one event says of one pattern and one generation.

    `occurred` is whether the failure came again; None = the event tells of the prompt, not of a run.
    """

    pattern: str
    generation: str
    injected: bool
    withheld: bool
    occurred: bool | None = None


@dataclass(frozen=True)
class HoldoutEffect:
    """`injected` and `without`: in how many of how many generations the failure came again.

    `difference` is that share without the warning less that with it, `ratio` that with it by that without:
    None where a side has fewer than five generations. `by_lot` are those of `without` that the warning was
    withheld from; the others were never warned. `neither` are generations that ran what the pattern is about
    and stand on no side.
    """

    pattern: str
    injected: Share
    without: Share
    difference: Interval | None = None
    ratio: Interval | None = None
    neither: int = 0
    by_lot: int = 0


@dataclass(frozen=True)
class HoldoutReport:
    """The rows by name; `as_of` (seconds) is the last moment that counts, None = no end was asked for.

    `by_lot` = only generations that the warning was withheld from count as those without it.
    """

    rows: tuple[HoldoutEffect, ...]
    as_of: int | None = None
    notes: tuple[str, ...] = ()
    by_lot: bool = True
