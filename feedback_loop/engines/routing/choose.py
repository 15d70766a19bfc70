"""Which of a type's frameworks: the first, or one that is drawn by what ratings say (B29)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from feedback_loop.domain.routing import Posterior

DRAWS = 2000  # that tell how probable a choice was
_DIGITS = 4


class Choice(NamedTuple):
    """The framework, and the share of further draws that it wins; 0.0 is possible."""

    framework: str
    propensity: float


def choose(known: Sequence[Posterior], seed: int) -> Choice:
    """Thompson's choice (Biometrika 25, 1933): a draw from each posterior, the highest wins.

    The propensity is the share of wins in `DRAWS` more, which go on where the seed led; the same seed gives
    the same of both.
    """
    source = random.Random(seed)
    chosen = draw(known, source)
    wins = sum(draw(known, source) == chosen for _ in range(DRAWS)) if len(known) > 1 else DRAWS
    return Choice(chosen, round(wins / DRAWS, _DIGITS))


def draw(known: Sequence[Posterior], source: random.Random) -> str:
    """The framework whose draw is the highest, the first of equals."""
    drawn = [source.betavariate(one.a, one.b) for one in known]
    return known[drawn.index(max(drawn))].framework
