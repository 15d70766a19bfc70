"""Which patterns fit: indicators, needs, relevance, what a context adds, priorities, conflicts."""

from __future__ import annotations

import pytest

from feedback_loop.domain.generation import Match, Rejected
from feedback_loop.domain.indicators import INDICATORS
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.search import Hit, Indexed, Term
from feedback_loop.engines.generate.matching import (
    Standing,
    analyze,
    choose,
    lift,
    match_patterns,
    prioritize,
    score_needs,
    settle_conflicts,
)

NUMPY, BOUNDS = "numpy_json_serialization", "bounds_checking"
NOBODY = Standing()


def pattern(name: str, severity: str = "high", **fields: object) -> Pattern:
    return Pattern(name, name, "id", severity, **fields)  # type: ignore[arg-type]


def match(name: str, confidence: float = 1.0, severity: str = "high", **fields: object) -> Match:
    return Match(pattern(name, severity, **fields), confidence, "fits")


def hit(name: str, relevant: float, share: float = 0.5) -> Hit:
    return Hit(Indexed(name, name), 1.0, relevant, share, 0.1, (Term("parse", 3.0, 1, 1.0),))


def test_a_prompt_that_sets_nothing_says_so_of_each_indicator() -> None:
    assert analyze("Show a catalog entry") == dict.fromkeys(INDICATORS, False)


def test_indicators_are_whole_words_and_sizes() -> None:
    found = analyze("FastAPI endpoint: upload NumPy arrays of 800MB, log NaN")
    assert {name for name, is_set in found.items() if is_set} == {
        *("fastapi", "json", "file", "upload", "large_file", "numpy", "list_access", "logging", "nan")
    }


@pytest.mark.parametrize(
    ("found", "standing", "score", "why"),
    [
        ({}, NOBODY, 0.0, ""),
        ({"numpy": True}, NOBODY, 0.5, "the prompt speaks of numpy"),
        ({"numpy": True, "json": True}, NOBODY, 1.0, "the prompt speaks of numpy and json"),
        (
            {"numpy": True},
            Standing(frequent=frozenset({NUMPY})),
            0.7,
            "the prompt speaks of numpy, frequent here",
        ),
        ({}, Standing(frozenset({NUMPY}), frozenset({NUMPY})), 0.3, "critical here"),
        (
            {"numpy": True, "json": True},
            Standing(frozenset({NUMPY})),
            1.0,
            "the prompt speaks of numpy and json, critical here",
        ),
    ],
)
def test_needs_and_context(found: dict[str, bool], standing: Standing, score: float, why: str) -> None:
    scored = score_needs(NUMPY, found, standing)
    assert (scored.score, scored.why) == (score, why)


def test_the_larger_of_needs_and_relevance_counts() -> None:
    patterns = [pattern(NUMPY), pattern(BOUNDS), pattern("own_parser"), pattern("unheard_of")]
    hits = {NUMPY: hit(NUMPY, 0.9), "own_parser": hit("own_parser", 0.6), BOUNDS: hit(BOUNDS, 0.1, 0.0)}
    found = match_patterns(patterns, {"numpy": True, "list_access": True}, hits, NOBODY)
    assert [(one.pattern.name, one.confidence, one.relevance) for one in found] == [
        (BOUNDS, 1.0, 0.0),  # a hit that shares nothing is none
        (NUMPY, 0.9, 0.9),
        ("own_parser", 0.6, 0.6),
    ]
    assert found[2].why == "it speaks of parse"
    assert found[2].explains == {"parse"}


def test_a_context_lifts_inside_the_curve_and_never_what_shares_nothing() -> None:
    standing = Standing(frozenset({"own_parser", "other"}))
    hits = {"own_parser": hit("own_parser", 0.4), "other": hit("other", 0.05, 0.0)}
    (found,) = match_patterns([pattern("own_parser"), pattern("other")], {}, hits, standing)
    assert found.relevance == pytest.approx(lift(0.4, 0.7), abs=1e-4)
    assert lift(0.5, 0.7) == pytest.approx(1 / (1 + 2.718281828**-0.7))
    assert lift(0.5, 0.0) == 0.5


def test_the_order_is_confidence_then_severity_then_name() -> None:
    patterns = [pattern("b_b"), pattern("a_a"), pattern("c_c", "critical"), pattern("d_d")]
    hits = {one.name: hit(one.name, 0.7) for one in patterns} | {"d_d": hit("d_d", 0.9)}
    found = match_patterns(patterns, {}, hits, NOBODY)
    assert [one.pattern.name for one in found] == ["d_d", "c_c", "a_a", "b_b"]


def test_what_is_applied_and_why_the_rest_is_not() -> None:
    matches = [match("a_a", 0.9), match("b_b", 0.8, "low"), match("c_c", 0.79)]
    chosen, left = prioritize(matches, True, 0.8)
    assert [one.pattern.name for one in chosen] == ["a_a"]
    assert [one.why for one in left] == [
        "fits; severity low is not applied by itself",
        "fits; below 0.8",
    ]
    chosen, left = prioritize(matches, False, 0.0)
    assert chosen == []
    assert {one.why for one in left} == {"fits; nothing was to be applied"}


def test_what_a_plan_names_is_applied_whatever_its_severity() -> None:
    patterns = [pattern("a_a"), pattern("b_b", "low")]
    matches = choose([match("a_a", 0.5)], ["b_b"], patterns)
    chosen, left = prioritize(matches, True, 0.8, ["b_b"])
    assert [(one.pattern.name, one.confidence, one.why) for one in chosen] == [
        ("b_b", 1.0, "named in the plan")
    ]
    assert [one.pattern.name for one in left] == ["a_a"]


def test_of_two_in_conflict_the_better_stays_whichever_names_it() -> None:
    assert settle_conflicts([match("a_a"), match("b_b")])[1] == []
    better, worse, third = (
        match("a_a"),
        match("b_b", 0.9, conflicts=("a_a",)),
        match("c_c", conflicts=("b_b",)),
    )
    kept, rejected = settle_conflicts([better, worse, third])
    assert [one.pattern.name for one in kept] == ["a_a", "c_c"]  # b_b is gone, c_c is not in its way
    assert rejected == [Rejected("b_b", "in conflict with a_a, which fits better")]
