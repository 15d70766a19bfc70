"""What ratings show: flags, words, tables and recommendations, on plain values."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.rating import FLAGS, Rating, TextSize, thumbs_of
from feedback_loop.domain.rating_analysis import Group, Lengths, Share
from feedback_loop.domain.statistics import benjamini_hochberg
from feedback_loop.domain.two_groups import fisher_exact
from feedback_loop.engines.feedback.analysis import analyze
from feedback_loop.engines.feedback.features import flags_of, words_of
from feedback_loop.engines.feedback.recommend import no_advice
from feedback_loop.engines.feedback.words import contrast
from feedback_loop.formats.analysis_json import format_analysis, parse_analysis


def rated(stars: int, prompt: str | None = "write", **fields: Any) -> Rating:
    length = len(prompt or "") or 40
    given = {"thumbs": thumbs_of(stars), "prompt_size": TextSize(length), "prompt": prompt, **fields}
    return Rating(**{"feedback_id": "f", "at": 0, "rating": stars, **given})


def many(good: int, bad: int, prompt: str = "write", **fields: Any) -> list[Rating]:
    return [rated(5, prompt, **fields)] * good + [rated(1, prompt, **fields)] * bad


# -- features --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "flags"),
    [
        ("", ()),
        ("Formatting exampled stepping onlyness jsonl", ()),
        ("json_format first_name", ()),
        ("the.g.x", ()),
        ("FOR EXAMPLE", ("examples",)),
        ("some pets, e.g., cats", ("examples",)),
        ("You Must answer", ("constraints",)),
        ("step-by-step", ("steps",)),
        ("as XML; then, only with examples", ("examples", "constraints", "steps", "format")),
    ],
)
def test_flags_are_whole_words_in_any_case(prompt: str, flags: tuple[str, ...]) -> None:
    assert flags_of(prompt) == flags


def test_words_are_letters_in_lower_case_and_no_stop_words() -> None:
    assert words_of("") == frozenset()
    assert words_of("to be or not to be; it is with you, don't, you'll, CAN\u2019T") == frozenset()
    assert words_of("Write the user's utf8 snake_case CODE, Cafe\u0301, in Python3 ***") == {
        *("write", "user", "utf", "snake", "case", "code", "caf\u00e9", "python")
    }
    assert words_of("ab abc " + "x" * 40 + " " + "y" * 41) == {"abc", "x" * 40}


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_any_text_has_flags_and_words(text: str) -> None:
    assert set(flags_of(text)) <= set(FLAGS)
    assert all(3 <= len(word) <= 40 and word.isalpha() for word in words_of(text) if word.isascii())


# -- words -----------------------------------------------------------------------------------------


def test_without_failures_no_word_sets_anything_apart() -> None:
    assert contrast(["write code"] * 9, []) == ()
    assert contrast([], ["write code"] * 9) == ()


def test_words_in_all_prompts_or_in_two_are_left_out() -> None:
    assert contrast(["write poem", "write code"], ["write code", "write mail"]) == ()


def test_a_word_has_the_log_odds_of_the_specification() -> None:
    """Worked through by hand: k of N = 6 of 8 against 1 of 10, r = 7/18."""
    positive = ["table one"] * 6 + ["other text"] * 2
    negative = ["table one"] + ["other text"] * 9
    found = {one.word: one for one in contrast(positive, negative)}
    a, b = 2 * 7 / 18, 2 * 11 / 18
    delta = math.log((6 + a) / (8 - 6 + b)) - math.log((1 + a) / (10 - 1 + b))
    error = 1 / (6 + a) + 1 / (2 + b) + 1 / (1 + a) + 1 / (9 + b)
    word = found["table"]
    assert (word.positive, word.negative) == (6, 1)
    assert word.delta == pytest.approx(delta)
    assert word.z == pytest.approx(delta / math.sqrt(error))
    assert word.q == pytest.approx(fisher_exact(6, 2, 1, 9))  # three words, all as unlikely
    assert word.significant
    assert found["text"].z == pytest.approx(-word.z)


def test_the_ten_strongest_are_told_and_adjusted_for_all() -> None:
    draw = random.Random(4)
    names = [chr(97 + one) * 4 for one in range(26)]
    prompts = [" ".join(draw.sample(names, 6)) for _ in range(40)]
    found = contrast(prompts[:20], prompts[20:])
    assert len(found) == 10
    assert [abs(one.z) for one in found] == sorted((abs(one.z) for one in found), reverse=True)
    counts = {name: [sum(name in one.split() for one in side) for side in (prompts[:20], prompts[20:])]
              for name in names}  # fmt: skip
    p_values = {name: fisher_exact(k, 20 - k, j, 20 - j) for name, (k, j) in counts.items() if k + j >= 3}
    adjusted = dict(zip(p_values, benjamini_hochberg(list(p_values.values())), strict=True))
    assert {one.word: one.q for one in found} == pytest.approx(
        {one.word: adjusted[one.word] for one in found}
    )


def test_words_as_strong_come_by_the_alphabet() -> None:
    found = contrast(["beta alpha gamma"] * 5 + ["none"], ["none"] * 6)
    assert [one.word for one in found] == ["alpha", "beta", "gamma", "none"]


# -- sides and tables ------------------------------------------------------------------------------


def test_of_nothing_everything_is_empty() -> None:
    found = analyze(())
    assert (found.total, found.avg_rating, found.success.rate) == (0, 0.0, None)
    assert found.positives.lengths == Lengths(0, None, None, None, None)
    assert found.positives.flags == tuple(Share(name, 0, 0.0) for name in FLAGS)
    assert found.advice == (no_advice(0),)


def test_sides_tell_lengths_tags_and_flags_and_neutral_ones_belong_to_none() -> None:
    ratings = [
        rated(5, "x" * 10, tags=("code",), flags=("examples", "format")),
        rated(4, "x" * 20, tags=("code", "poem"), flags=("examples",)),
        rated(4, "x" * 60, thumbs="down", tags=("poem",)),
        rated(3, "x" * 99),
    ]
    found = analyze(ratings)
    assert (found.total, found.positive, found.negative, found.avg_rating) == (4, 2, 1, 4.0)
    assert found.positives.lengths == (2, 15.0, 15.0, 10, 20)
    assert found.positives.tags == (Share("code", 2, 1.0), Share("poem", 1, 0.5))
    assert found.positives.flags[0] == Share("examples", 2, 1.0)
    assert found.negatives.lengths == (1, 60.0, 60.0, 60, 60)


def test_where_no_text_was_kept_all_but_the_words_is_known() -> None:
    found = analyze([one._replace(prompt=None) for one in many(9, 9)])
    assert found.positives.words == ()
    assert found.positives.lengths.mean == 5.0


def test_tables_count_each_entry_once_under_each_name_the_most_frequent_first() -> None:
    ratings = [
        rated(5, tags=("b", "a"), framework="cot", techniques=("t", "t")),
        rated(2, tags=("b",)),
        rated(3, tags=("c",), framework="cot"),
    ]
    found = analyze(ratings)
    assert [row.name for row in found.tags] == ["b", "a", "c"]
    assert found.tags[0] == ("b", 2, 1, 1, 3.5, 1, 1)
    assert [(row.name, row.n) for row in found.frameworks] == [("cot", 2), ("unknown", 1)]
    assert found.techniques == (("t", 1, 1, 0, 5.0, 1, 0),)


# -- recommendations -------------------------------------------------------------------------------


def rules(ratings: Sequence[Rating]) -> list[tuple[str, str, bool]]:
    return [(one.rule, one.name, one.is_good) for one in analyze(ratings).recommendations]


def test_what_passes_both_gates_is_recommended_with_its_counts() -> None:
    found = analyze(many(14, 4, tags=("code",)) + many(9, 16, tags=("poem", "verse")))
    assert {(one.rule, one.name) for one in found.recommendations} == {
        *(("tag", "code"), ("tag", "poem"), ("tag", "verse"))
    }
    code = next(one for one in found.recommendations if one.name == "code")
    assert code.text in found.advice
    assert code.text == (
        "Prompts tagged `code` succeed in 14 of 18 (77.8 %), others in 9 of 25 (36.0 %): "
        "do in others what these do."
    )
    assert (code.group, code.rest) == (Group(18, 14 / 18), Group(25, 9 / 25))
    assert code.difference == pytest.approx(14 / 18 - 9 / 25)
    assert code.low is not None and 0 < code.low < code.difference
    # Three of the four rules tried have this p-value; the fourth is the length, which is the same for all.
    assert code.q == pytest.approx(fisher_exact(14, 4, 9, 16) * 4 / 3)
    assert not next(one for one in found.recommendations if one.name == "poem").is_good


@pytest.mark.parametrize(
    ("ratings", "why"),
    [
        (many(4, 0, tags=("code",)) + many(5, 30), "four entries are too few"),
        (many(30, 5, tags=("code",)) + many(0, 4), "four others are too few"),
        (many(70, 30, tags=("code",)) + many(20, 80), "a rate of .70 is not above it"),
        (many(40, 60, tags=("code",)) + many(80, 20), "a rate of .40 is not below it"),
        (many(75, 25, tags=("code",)) + many(99, 1), "the others do better still"),
        (many(5, 1, tags=("code",)) + many(7, 4), "chance explains it"),
        (many(30, 0) + many(0, 30, framework="cot"), "nobody is sent to no framework, nor away from one"),
        (many(30, 2, "json format", flags=("steps",)) + many(2, 30), "there is no rule for steps"),
        (many(10, 0, flags=("format",)) + many(10, 30), "half of the successes is not above half"),
    ],
)
def test_what_fails_a_gate_is_not_recommended(ratings: list[Rating], why: str) -> None:
    level = [one._replace(prompt_size=TextSize(40)) for one in ratings]
    assert rules(level) == [], why
    assert analyze(level).advice == (
        f"Collect more feedback data: nothing separates successes from failures yet (n={len(ratings)}).",
    )


def test_frameworks_flags_and_lengths_are_recommended_too() -> None:
    assert rules(many(30, 3, framework="cot") + many(5, 20)) == [("framework", "cot", True)]
    assert rules(many(20, 3, flags=("examples",)) + many(5, 20)) == [("examples", "", True)]
    longer = rules(many(9, 0, "x" * 131) + many(0, 9, "x" * 100))
    assert longer == [("length", "", True)]
    found = analyze(many(9, 0, "x" * 69) + many(0, 9, "x" * 100)).recommendations[0]
    assert found.text == (
        "Successful prompts have 69 characters on average (n=9), failed ones 100 (n=9): keep prompts short."
    )
    assert (found.difference, found.low, found.high) == (-31.0, None, None)


def test_one_long_prompt_makes_no_rule_of_length() -> None:
    """The mean is far above, the ranks say the contrary."""
    ratings = [*many(12, 0, "x" * 10), rated(5, "x" * 9000), *many(0, 12, "x" * 40)]
    assert rules(ratings) == []


def test_a_name_with_a_back_tick_stays_within_its_own() -> None:
    found = analyze(many(30, 3, framework="a`b" + "c" * 200) + many(5, 20))
    assert f"`a'b{'c' * 76}\u2026`" in found.advice[0]


def test_the_strongest_evidence_comes_first() -> None:
    sure = many(25, 2, tags=("sure",), flags=("format",))
    found = analyze(sure + many(5, 1, flags=("format",)) + many(4, 30)).recommendations
    assert [one.rule for one in found] == ["format", "tag"]
    assert found[0].q < found[1].q


# -- the kept form ---------------------------------------------------------------------------------

RATINGS = st.lists(
    st.builds(
        rated,
        st.integers(1, 5),
        st.none() | st.text("abc dem", min_size=1, max_size=20),
        tags=st.lists(st.sampled_from(["x", "y", "\ud800"]), max_size=2).map(tuple),
        framework=st.sampled_from(["", "cot", "\u20ac"]),
        flags=st.sampled_from([(), ("examples",), FLAGS]),
    ),
    max_size=40,
)


@given(RATINGS, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_an_analysis_is_kept_to_the_last_digit_and_knows_no_order(
    ratings: list[Rating], draw: random.Random
) -> None:
    found = analyze(ratings)
    text = format_analysis(found)
    assert parse_analysis(text) == found
    draw.shuffle(ratings)
    assert format_analysis(analyze(ratings)) == text
    assert "NaN" not in text and "Infinity" not in text


def test_a_damaged_analysis_is_none() -> None:
    text = format_analysis(analyze(many(3, 3, tags=("a",))))
    for damaged in (
        text[:-1],
        text.replace('"total":6', '"total":"6"'),
        text.replace("[", "{", 1),
        "[" * 9000,
        *("", "null", "[[]]", "7", '"text"'),
    ):
        assert parse_analysis(damaged) is None
