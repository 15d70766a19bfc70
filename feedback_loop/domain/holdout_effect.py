"""Whether a warning helps: generations that had it against those it was withheld from (C7, H58)."""

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
    """`injected` and `withheld`: in how many of how many generations the failure came again.

    `difference` is that share without the warning less that with it, `ratio` that with it by that without:
    None where a side has fewer than five generations. `neither` are generations that ran what the pattern
    is about and neither had the warning nor were chosen to go without, or were told both.
    """

    pattern: str
    injected: Share
    withheld: Share
    difference: Interval | None = None
    ratio: Interval | None = None
    neither: int = 0


@dataclass(frozen=True)
class HoldoutReport:
    """The rows by name; `as_of` (seconds) is the last moment that counts, None = no end was asked for."""

    rows: tuple[HoldoutEffect, ...]
    as_of: int | None = None
    notes: tuple[str, ...] = ()
