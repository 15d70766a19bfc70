"""What ratings teach the router: the posterior, both adjustments, Thompson's choice (B28, B29)."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from feedback_loop.domain.rating import Rating
from feedback_loop.domain.routing import BAYES, SEED, THOMPSON, Question, Routing
from feedback_loop.domain.statistics import incomplete_beta
from feedback_loop.domain.task_type import TaskType
from feedback_loop.engines.routing.choose import DRAWS, choose, draw
from feedback_loop.engines.routing.decide import decide
from feedback_loop.engines.routing.posterior import learn, posterior
from feedback_loop.engines.routing.types import TYPES
from tests.tracing import untraced

MATH = "Calculate the sum"  # confidence .5, chain-of-thought before program-aided


def rated(positive: int, other: int, kind: str = "math", framework: str = "chain-of-thought") -> list[Rating]:
    stars = [5] * positive + [1 + 2 * (number % 2) for number in range(other)]
    return [Rating(f"{n}", n, star, framework=framework, task_type=kind) for n, star in enumerate(stars)]


def learned(ratings: list[Rating], adjust: str = BAYES) -> Routing:
    return decide(Question(MATH, adjust), TYPES, {}, ratings)


def test_without_ratings_of_the_framework_nothing_changes() -> None:
    plain = decide(Question(MATH), TYPES, {}, [])
    for ratings in ([], rated(30, 0, framework="direct")):
        for adjust in (BAYES, SEED):
            found = learned(ratings, adjust)
            assert (found.confidence, found.reasoning) == (0.5, plain.reasoning)
            assert found.learned and found.learned.factor == 1.0
    assert plain.learned is None


def test_few_ratings_change_nothing_and_the_reasoning_says_so() -> None:
    of = "ratings of chain-of-thought"
    told = f"1 of 2 {of} with math are positive"
    for adjust, ratings, words in (
        (BAYES, rated(1, 1), f"{told}; n=2"),
        (BAYES, rated(1, 1) + rated(2, 1, ""), f"{told}, 2 of 3 with other tasks; n=5"),
        (BAYES, rated(2, 1, "code"), f"2 of 3 {of} with other tasks are positive; n=3"),
        (SEED, rated(2, 0), f"2 of 2 {of} are positive; n=2"),
    ):
        found = learned(ratings, adjust)
        assert found.learned and (found.confidence, found.learned.factor) == (0.5, 1.0)
        assert found.reasoning == f'"calculate" says math; {adjust} left the confidence as it was ({words}).'


def test_the_posterior_is_the_cell_and_four_ratings_worth_of_all_other_tasks() -> None:
    ratings = rated(3, 2) + rated(5, 1, "code") + rated(1, 0, "") + rated(9, 9, "math", "few-shot")
    known = posterior(ratings, "math", "chain-of-thought")
    mean = (6 + 1) / (7 + 2)  # a rating of no type is one with other tasks
    assert (known.a, known.b) == pytest.approx((4 * mean + 3, 4 * (1 - mean) + 2))
    assert (known.cell, known.elsewhere) == ((3, 5), (6, 7))
    assert posterior([], "math", "direct")[1:3] == (2, 2)


def test_bayes_raises_what_is_surely_good_and_lowers_what_is_surely_bad() -> None:
    raised = learned(rated(30, 1))
    assert raised.confidence == 0.55
    assert raised.reasoning == (
        '"calculate" says math; bayes raised the confidence from 0.5 to 0.55, as 30 of 31 ratings of '
        "chain-of-thought with math are positive (n=31)."
    )
    lowered = learned(rated(1, 9) + rated(2, 3, "code"))
    assert lowered.confidence == 0.45
    assert "1 of 10 ratings of chain-of-thought with math are positive, 2 of 5 with other tasks (n=15)" in (
        lowered.reasoning
    )
    assert learned(rated(16, 4)).confidence == 0.5  # .8 it is, but not surely above


def test_bayes_asks_for_nine_tenths() -> None:
    for positive in range(40):
        known = posterior(rated(positive, 3), "math", "chain-of-thought")
        above = 1 - incomplete_beta(known.a, known.b, 0.8)
        below = incomplete_beta(known.a, known.b, 0.5)
        expected = 1.1 if above >= 0.9 else 0.9 if below >= 0.9 else 1.0
        assert learn(known, BAYES).factor == expected, positive


def test_the_confidence_never_passes_one() -> None:
    own = [TaskType("own", ("a", "b", "c"), ("few-shot",))]
    found = decide(Question("a b c", BAYES), own, {}, rated(60, 0, "own", "few-shot"))
    assert found.confidence == 0.99
    twice = decide(Question("a b c", SEED), own, {}, rated(60, 0, "else", "few-shot"))
    assert twice.confidence == 0.99


@pytest.mark.parametrize(
    ("positive", "other", "confidence"), [(3, 0, 0.55), (2, 1, 0.5), (1, 2, 0.45), (4, 1, 0.5), (1, 1, 0.5)]
)
def test_seed_goes_by_the_plain_rate_with_all_tasks(positive: int, other: int, confidence: float) -> None:
    assert learned(rated(positive, other), SEED).confidence == confidence
    assert learned(rated(positive, other, "code"), SEED).confidence == confidence


def test_a_thumb_down_is_no_success_whatever_the_stars_say() -> None:
    ratings = [one._replace(thumbs="down") for one in rated(20, 0)]
    assert learned(ratings).confidence == 0.45


def test_three_ratings_at_a_rate_of_65_move_seed_in_over_half_of_the_cases_and_bayes_never() -> None:
    source = random.Random(1)
    factors: dict[str, Counter[float]] = {BAYES: Counter(), SEED: Counter()}
    with untraced():
        for _ in range(4000):
            positive = sum(source.random() < 0.65 for _ in range(3))
            known = posterior(rated(positive, 3 - positive), "math", "chain-of-thought")
            for adjust, counted in factors.items():
                counted[learn(known, adjust).factor] += 1
    assert factors[BAYES] == {1.0: 4000}
    assert factors[SEED][1.1] / 4000 == pytest.approx(0.27, abs=0.02)
    assert factors[SEED][0.9] / 4000 == pytest.approx(0.28, abs=0.02)


def test_one_framework_is_chosen_for_certain() -> None:
    found = decide(Question("What time is it?", None, THOMPSON, 5), TYPES, {}, [])
    assert (found.frameworks, found.propensity, found.seed) == (("direct",), 1.0, 5)


def test_the_same_seed_draws_the_same_and_a_better_record_wins_more_often() -> None:
    ratings = rated(2, 18) + rated(9, 1, "math", "program-aided")
    questions = [Question(MATH, None, THOMPSON, seed) for seed in range(20)]
    with untraced():
        chosen = [decide(one, TYPES, {}, ratings) for one in questions]
    assert chosen[:4] == [decide(one, TYPES, {}, ratings) for one in questions[:4]]
    assert Counter(one.frameworks[0] for one in chosen)["program-aided"] >= 18
    best = next(one for one in chosen if one.frameworks[0] == "program-aided")
    assert best.frameworks == ("program-aided", "chain-of-thought") and best.propensity > 0.95
    assert "program-aided was drawn among chain-of-thought and program-aided by their ratings" in (
        best.reasoning
    )
    assert {one.confidence for one in chosen} == {0.5}  # that is --learn's


def test_the_propensity_is_the_probability_to_win() -> None:
    known = [posterior([], "math", "a"), posterior(rated(1, 0, "math", "b"), "math", "b")]
    exact = 0.0  # P(X > Y) by the midpoint rule, X ~ Beta(2, 2), Y ~ Beta(3, 2)
    steps = 2000
    with untraced():
        for step in range(steps):
            x = (step + 0.5) / steps
            exact += 6 * x * (1 - x) * incomplete_beta(3, 2, x) / steps
        found = [choose(known, seed) for seed in range(12)]
    shares = [one.propensity if one.framework == "a" else 1 - one.propensity for one in found]
    assert sum(shares) / len(shares) == pytest.approx(exact, abs=4 * (0.25 / DRAWS / len(found)) ** 0.5)
    assert {one.framework for one in found} == {"a", "b"}


def test_thompson_finds_the_best_of_four_frameworks_in_three_hundred_rounds() -> None:
    """Section 8: rates .5, .6, .7 and .8; the best is chosen in at least 60 % of the rounds, on average."""
    rates = {"a": 0.5, "b": 0.6, "c": 0.7, "d": 0.8}
    shares = []
    with untraced():
        for seed in range(40):
            source = random.Random(seed)
            known = {name: posterior([], "math", name) for name in rates}
            chosen: Counter[str] = Counter()
            for _ in range(300):
                name = draw(list(known.values()), source)
                chosen[name] += 1
                success = source.random() < rates[name]
                before = known[name]  # one rating more in the cell
                known[name] = before._replace(a=before.a + success, b=before.b + (not success))
            shares.append(chosen["d"] / 300)
    assert sum(shares) / len(shares) >= 0.6
