"""How often recommendations are made where nothing has an effect (section 8 of the specification)."""

from __future__ import annotations

import random

import pytest

from feedback_loop.domain.rating import FLAGS, Rating, TextSize, thumbs_of
from feedback_loop.engines.feedback.analysis import analyze
from tests.tracing import untraced

RUNS = 200
TAGS = ("code", "content", "research", "planning", "creative")
FRAMEWORKS = ("", "chain-of-thought", "few-shot", "direct")


def drawn(chance: random.Random, rate: float, lift: float = 0.0) -> Rating:
    """A rating whose success knows nothing of its tags, framework, flags and length, but for the lift."""
    tags = tuple(tag for tag in TAGS if chance.random() < 0.3)
    stars = 5 if chance.random() < rate + lift * ("code" in tags) else chance.choice((1, 2, 3))
    flags = tuple(flag for flag in FLAGS if chance.random() < 0.55)
    length = TextSize(int(chance.lognormvariate(5, 0.8)) + 1)
    return Rating(
        *("", 0, stars, thumbs_of(stars), tags, chance.choice(FRAMEWORKS)), flags=flags, prompt_size=length
    )


def advising(n: int, rate: float, lift: float = 0.0) -> float:
    """The share of analyses of n ratings that recommend something."""
    chance = random.Random(f"{n} {rate} {lift}")
    with untraced():
        analyses = (analyze([drawn(chance, rate, lift) for _ in range(n)]) for _ in range(RUNS))
        return sum(bool(one.recommendations) for one in analyses) / RUNS


@pytest.mark.parametrize(("n", "rate"), [(20, 0.6), (120, 0.7)])
def test_where_nothing_has_an_effect_one_analysis_in_ten_at_most_recommends(n: int, rate: float) -> None:
    assert advising(n, rate) <= 0.10


def test_a_large_effect_is_found() -> None:
    assert advising(120, 0.4, lift=0.5) >= 0.9
