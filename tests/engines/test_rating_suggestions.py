"""Suggestions from recommendations, and what a provider is told: figures, and nothing that a person wrote."""

from __future__ import annotations

import json
from typing import Any

from feedback_loop.domain.rating import Rating, TextSize
from feedback_loop.domain.rating_analysis import (
    Group,
    Lengths,
    Performance,
    RatingAnalysis,
    Recommendation,
    Share,
    Side,
    Word,
)
from feedback_loop.domain.suggestion import Proposed, Suggestion
from feedback_loop.engines.feedback.suggest import adopt, find_example, suggest
from feedback_loop.engines.feedback.suggest_prompt import suggestion_prompt

NOTHING = Side((), Lengths(0, None, None, None, None), (), ())


def analysis(*recommendations: Recommendation, **fields: Any) -> RatingAnalysis:
    given = {"positives": NOTHING, "negatives": NOTHING, "tags": (), "frameworks": (), "techniques": ()}
    return RatingAnalysis(
        30, 18, 9, 3.7, **(given | {"recommendations": recommendations, "advice": ("-",)} | fields)
    )


def rule(name: str, of: str = "", is_good: bool = True, **fields: Any) -> Recommendation:
    given = {
        "text": "what F3 says",
        "group": Group(10, 0.9),
        "rest": Group(12, 0.25),
        "difference": 0.65,
        "low": 0.26,
        "high": 0.82,
        "q": 0.0123,
    }
    return Recommendation(name, of, is_good, **(given | fields))


def rating(name: str, stars: int = 5, **fields: Any) -> Rating:
    return Rating(name, fields.pop("at", 0), stars, **({"prompt": f"prompt {name}"} | fields))


# -- by rules ------------------------------------------------------------------------------------


def test_nothing_that_has_evidence_is_nothing_to_suggest() -> None:
    assert suggest([rating("a"), rating("b"), rating("c")], analysis(), 5) == ()


def test_a_recommendation_becomes_a_technique_with_its_counts_and_a_prompt_that_shows_it() -> None:
    ratings = [rating("a"), rating("b", flags=("examples",)), rating("c", 1, flags=("examples",))]
    assert suggest(ratings, analysis(rule("examples")), 5) == (
        Suggestion(
            "Give examples in the prompt",
            "9 of 10 ratings with it are successes, 3 of 12 without: +65.0 points (95 % interval +26.0 to "
            "+82.0); "
            "q = 0.012",
            "prompt b",
            "rules",
        ),
    )


def test_the_order_is_that_of_the_recommendations_and_the_limit_cuts_it() -> None:
    found = suggest([], analysis(rule("format"), rule("constraints"), rule("tag", "code")), 2)
    assert [one.technique.split()[0] for one in found] == ["Name", "State"]
    assert [one.example for one in found] == ["", ""]


def test_what_fails_is_to_be_avoided_and_the_example_does_without_it() -> None:
    ratings = [rating("a", tags=("creative",)), rating("b", 4, tags=("code",))]
    bad = rule("tag", "creative", False, group=Group(8, 0.25), rest=Group(10, 0.8), q=0.00001)
    (found,) = suggest(ratings, analysis(bad), 5)
    assert (found.technique, found.example) == ("Avoid the manner of the prompts tagged creative", "prompt b")
    assert found.reasoning.startswith("2 of 8 ratings of it are successes, 8 of 10 of the others")
    assert found.reasoning.endswith("q < 0.001")


def test_of_lengths_the_means_are_told_and_the_example_is_as_long() -> None:
    ratings = [rating(str(size), prompt_size=TextSize(size)) for size in (40, 90, 200)]
    longer = rule("length", group=Group(18, 150.4), rest=Group(9, 60.0), difference=90.4, low=None, high=None)
    shorter = rule("length", group=Group(18, 60.0), rest=Group(9, 150.4), difference=-90.4)
    (one,) = suggest(ratings, analysis(longer), 5)
    assert (one.technique, one.example) == ("Write longer prompts", "prompt 200")
    assert one.reasoning == (
        "successful prompts have 150 characters on average (n=18), failed ones 60 (n=9); q = 0.012"
    )
    (one,) = suggest(ratings, analysis(shorter), 5)
    assert (one.technique, one.example) == ("Write shorter prompts", "prompt 40")


def test_the_example_has_most_stars_then_is_the_newest_then_has_the_smallest_id() -> None:
    good = [
        rating("four", 4, at=9),
        rating("old", at=1),
        rating("b", at=2),
        rating("a", at=2),
        rating("down", at=8, thumbs="down"),
        rating("hashed", at=7, prompt=None),
        rating("blank", at=7, prompt=" \n"),
    ]
    for ratings in (good, good[::-1]):
        assert find_example(ratings, lambda one: True) == "prompt a"
    assert find_example(good, lambda one: one.feedback_id == "hashed") == ""
    assert find_example(good, None) == ""


def test_the_example_is_masked_on_one_line_and_short() -> None:
    prompt = "Use password = 'hunter2hunter2'\n\tand " + "many words " * 100
    example = find_example([rating("a", prompt=prompt)], lambda one: True)
    assert example.startswith("Use password = '***' and many words many")
    assert len(example) == 300 and example.endswith("…")


# -- by a provider -------------------------------------------------------------------------------


def test_a_provider_s_suggestion_gets_our_prompt_of_the_feature_that_it_names() -> None:
    ratings = [rating("a", tags=("code",)), rating("b", flags=("steps",))]
    known = analysis(
        rule("tag", "old", False), tags=(Performance("code", 1, 1, 0, 5.0, 1, 0),), frameworks=()
    )
    proposed = [Proposed("T", "R", key) for key in ("tag:code", "steps", "tag:old", "tag:none", "")]
    found = adopt(proposed, ratings, known)
    assert [one.example for one in found] == ["prompt a", "prompt b", "prompt a", "", ""]
    assert {one[:2] + one[3:] for one in found} == {("T", "R", "llm")}


def figures(prompt: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(prompt[prompt.index("\n{\n") : prompt.index("\n}\n") + 2])
    return found


def test_a_provider_is_told_counts_rates_intervals_tags_flags_and_significant_words() -> None:
    words = (Word("json", 9, 1, 1.2, 3.0, 0.004, True), Word("maybe", 3, 2, 0.3, 1.0, 0.6, False))
    positives = Side(words, Lengths(18, 120.6, 110, 20, 400), (), (Share("steps", 9, 0.5),))
    told = suggestion_prompt(
        analysis(
            rule("tag", "code", q=0.0000123456),
            positives=positives,
            tags=(Performance("code", 10, 9, 1, 4.5, 9, 1),),
        ),
        3,
    )
    assert figures(told) == {
        "all": {"n": 30, "positive": 18, "negative": 9, "rate": 0.6, "interval": [0.4232, 0.7541]},
        "features": {
            "steps": {"share_of_successes": 0.5, "share_of_failures": 0.0},
            "tag:code": {"n": 10, "positive": 9, "negative": 1, "rate": 0.9, "interval": [0.5958, 0.9821]},
        },
        "length": {
            "successes": {"n": 18, "mean_characters": 121, "median_characters": 110},
            "failures": {"n": 0, "mean_characters": None, "median_characters": None},
        },
        "words": {"json": {"successes": 9, "failures": 1, "q": 0.004}},
        "findings": [
            {
                "feature": "tag:code",
                "good": True,
                "group": {"n": 10, "rate": 0.9},
                "rest": {"n": 12, "rate": 0.25},
                "interval": [0.26, 0.82],
                "q": 1.23e-05,
            }
        ],
    }
    assert "at most 3 things" in told


def test_what_is_no_tag_and_no_single_word_is_not_told_wherever_it_stands() -> None:
    told = suggestion_prompt(
        analysis(
            rule("tag", "Call 555 0199"),
            rule("framework", "Secret Project"),
            tags=(Performance("a tag: ignore\nall", 9, 9, 0, 5.0, 9, 0),),
            frameworks=(Performance("Secret Project", 9, 9, 0, 5.0, 9, 0),),
            techniques=(Performance("ask Bob", 9, 9, 0, 5.0, 9, 0),),
            positives=Side(
                (
                    Word("two words", 9, 0, 1.0, 3.0, 0.0, True),
                    Word("x" * 41, 9, 0, 1.0, 3.0, 0.0, True),
                    Word("id4711", 9, 0, 1.0, 3.0, 0.0, True),
                ),
                NOTHING.lengths,
                (Share("a tag: ignore", 9, 1.0),),
                (),
            ),
        ),
        5,
    )
    sent = figures(told)
    assert (sent["features"], sent["words"], sent["findings"]) == ({}, {}, [])
    for text in ("555", "ignore", "Secret", "Bob", "two words", "xxx", "4711"):
        assert text not in told
