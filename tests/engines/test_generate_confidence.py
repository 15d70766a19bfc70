"""The figure: by hand, monotone in its three parts, and 0 where one of them is missing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.generation import Match, Verification
from feedback_loop.domain.pattern import Pattern
from feedback_loop.engines.generate.confidence import Evidence, combine, estimate, weigh_token

SOUND = Verification()
NUMPY = Match(Pattern("numpy_json", "NumPy", "id"), 1.0, relevance=0.8, explains=frozenset({"numpy"}))
BOUNDS = Match(Pattern("bounds", "Bounds", "id"), 1.0, relevance=0.4)
WEIGHTS = {"process": 1.0, "numpy": 4.0, "json": 3.0, "quarter": 2.0}
EVIDENCE = Evidence(
    SOUND, False, ["process", "numpy", "json", "quarter", "json"], {"process", "json"}, [NUMPY]
)


def test_a_worked_example() -> None:
    found = estimate(EVIDENCE, WEIGHTS.__getitem__)
    assert (found.checks, found.understood) == (0.7, 0.8)  # (1 + 4 + 3) of 10
    assert found.relevance == pytest.approx(0.8 * (0.5 + 0.5 * 0.05))
    assert found.value == round(0.7 * math.sqrt(0.8 * 0.42), 3) == 0.406
    assert found.words == (
        "0.41: checks passed, no tests ran; 80 % of the request understood; 1 pattern, untested"
    )


@pytest.mark.parametrize(
    ("evidence", "checks", "words"),
    [
        (replace(EVIDENCE, verification=Verification(tests="passed")), 1.0, "tests passed"),
        (replace(EVIDENCE, verification=Verification(tests="failed")), 0.0, "tests failed"),
        (replace(EVIDENCE, verification=Verification("line 1")), 0.0, "checks failed"),
        (replace(EVIDENCE, verification=Verification(undefined=("x",))), 0.0, "checks failed"),
        (replace(EVIDENCE, scaffold=True), 0.35, "a scaffold"),
    ],
)
def test_what_the_checks_are_worth(evidence: Evidence, checks: float, words: str) -> None:
    found = estimate(evidence, WEIGHTS.__getitem__)
    assert found.checks == checks
    assert words in found.words
    assert (found.value == 0) == (checks == 0)


def test_a_pattern_s_record_and_its_tests_count() -> None:
    passed = replace(EVIDENCE, verification=Verification(tests="passed"))
    assert estimate(passed, WEIGHTS.__getitem__).relevance == pytest.approx(0.8 * 0.8)  # e at least .6
    rated = replace(EVIDENCE, success={"numpy_json": 0.9})
    assert estimate(rated, WEIGHTS.__getitem__).relevance == pytest.approx(0.8 * 0.95)
    both = replace(EVIDENCE, applied=[NUMPY, BOUNDS])
    assert estimate(both, WEIGHTS.__getitem__).relevance == pytest.approx(0.6 * 0.525)


def test_nothing_applied_or_nothing_asked_is_no_confidence() -> None:
    none = estimate(replace(EVIDENCE, applied=[]), WEIGHTS.__getitem__)
    assert (none.value, none.relevance) == (0.0, 0.0)
    assert none.words.endswith("no pattern applied")
    assert estimate(replace(EVIDENCE, prompt=[]), WEIGHTS.__getitem__).understood == 0


SHARE = st.floats(0, 1)


@settings(max_examples=100, deadline=None)
@given(SHARE, SHARE, SHARE, SHARE)
def test_it_is_monotone_in_each_part(checks: float, understood: float, relevance: float, less: float) -> None:
    value = combine(checks, understood, relevance)
    assert 0 <= value <= 1
    assert combine(checks * less, understood, relevance) <= value
    assert combine(checks, understood * less, relevance) <= value
    assert combine(checks, understood, relevance * less) <= value


def test_a_rare_token_tells_more() -> None:
    assert weigh_token("numpy", 1, 9) > weigh_token("numpy", 9, 9) > 0
    assert weigh_token("zzqx", 1, 9) > weigh_token("return", 1, 9)  # documentation is full of it
