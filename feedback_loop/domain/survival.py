"""How long something lasts when not all of it has ended: Kaplan and Meier's estimate (H53)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.intervals import Z95


class Step(NamedTuple):
    """A duration at which some ended: how many of those that lasted so long, and the share that lasts on.

    `low` and `high` are the 95 % interval of `share`.
    """

    at: float
    ended: int
    at_risk: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Survival:
    """`n` durations, `events` of which ended. `median` is None where more than half of them last on.

    `low` and `high` are the 95 % interval of the median; `high` None = it has no upper end yet, `low` None
    as well = nothing is known.
    """

    median: float | None
    low: float | None
    high: float | None
    steps: tuple[Step, ...]
    n: int
    events: int


def kaplan_meier(durations: Sequence[tuple[float, bool]]) -> Survival:
    """The share that lasts longer, from (duration, whether it ended); what has not ended is censored.

    S = prod(1 - d/n) (JASA 53, 1958), Greenwood's variance, interval on the scale of log(-log S). The
    median is the first duration with S <= .5, its interval the first at which each band is (Brookmeyer and
    Crowley, Biometrics 38, 1982). At S = 0 Greenwood's formula has no value: the upper band stays where it
    was.
    """
    ended = Counter(length for length, over in durations if over)
    censored = Counter(length for length, over in durations if not over)
    at_risk, share, variance, high = len(durations), 1.0, 0.0, 1.0
    steps = []
    for length in sorted({*ended, *censored}):
        gone = ended[length]
        if gone:
            share *= 1 - gone / at_risk
            if gone < at_risk:
                variance += gone / (at_risk * (at_risk - gone))
            low, high = _band(share, variance, high)
            steps.append(Step(length, gone, at_risk, share, low, high))
        at_risk -= gone + censored[length]
    return Survival(
        next((step.at for step in steps if step.share <= 0.5), None),
        next((step.at for step in steps if step.low <= 0.5), None),
        next((step.at for step in steps if step.high <= 0.5), None),
        tuple(steps),
        len(durations),
        ended.total(),
    )


def _band(share: float, variance: float, high: float) -> tuple[float, float]:
    """S to the power of exp(-+ z se / log S); `high` is that of the step before."""
    if share <= 0:
        return 0.0, high
    power = math.exp(Z95 * math.sqrt(variance) / -math.log(share))
    return share**power, share ** (1 / power)
