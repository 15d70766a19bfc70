"""Which patterns a task calls for: shares, what adds to them, what tells and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.engines.suggest import Candidate, suggest
from feedback_loop.stores.library import load_library

CORE = [
    Candidate(one.name, one.severity, one.tags)
    for one in sorted(load_library("/nowhere", "patterns").patterns, key=lambda one: one.name)
]


def proposed(task: str, candidates: list[Candidate] = CORE) -> list[str]:
    """What a plan would list."""
    found = suggest(task, candidates)
    return [candidates[one.index].name for one in found if one.telling and one.confidence >= 0.3]


def confidence(task: str, name: str, **names: list[str]) -> float:
    (found,) = [one for one in suggest(task, CORE, **names) if CORE[one.index].name == name]
    return found.confidence


# -- tasks of a team -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "task",
    [
        "Update the README and the changelog",
        "Show a catalog entry in the shop",
        "Add pagination to the users API",
        "Log in with Google",
        "Add health check endpoint",
        "Check stock before checkout",
        "Load JSON configuration at start-up",
        "Migrate the orders table to Postgres 16",
        "Upgrade Python to 3.12",
        "Reduce memory usage of the nightly import",
        "Design the settings page",
        "Run the tests in production mode",
        "Let users download their data as ZIP",
        "",
        "  \n",
    ],
)
def test_no_pattern_is_proposed_for_what_none_is_about(task: str) -> None:
    assert proposed(task) == []


@pytest.mark.parametrize(
    ("task", "names"),
    [
        (
            "Add JSON endpoint that returns NumPy statistics",
            ["numpy_json_serialization", "numpy_nan_inf_handling"],
        ),
        (
            "Parse uploaded files up to 800MB",
            ["large_file_processing", "temp_file_handling", "fastapi_streaming_uploads"],
        ),
        ("Make rolling averages robust against NaN values", ["numpy_nan_inf_handling"]),
        ("Return 404 for unknown orders instead of a 500 error", ["specific_exceptions"]),
        ("Replace print statements with logging", ["structured_logging"]),
        ("Clean up temporary files of the importer", ["temp_file_handling"]),
        ("Classify incoming tickets by topic", ["metadata_based_logic"]),
        ("Show the first item of each order", ["bounds_checking"]),
        ("Validate the bounds of the search index", ["bounds_checking"]),
    ],
)
def test_patterns_are_proposed_for_what_the_task_names(task: str, names: list[str]) -> None:
    assert proposed(task) == names


# -- the score -----------------------------------------------------------------------------------


def test_an_unrelated_task_has_no_score_whatever_was_measured() -> None:
    names = [one.name for one in CORE]
    assert suggest("Rename the customer model", CORE, names, names) == []


def test_the_score_is_the_larger_share_plus_the_severity() -> None:
    assert confidence("NumPy", "numpy_nan_inf_handling") == 0.53
    assert confidence("bounds", "bounds_checking") == pytest.approx(1 / 3 + 0.03, abs=1e-4)
    assert confidence("classify", "metadata_based_logic") == 1.0


def test_critical_adds_more_than_frequent_and_only_one_counts() -> None:
    name = "numpy_nan_inf_handling"
    assert confidence("NumPy", name, frequent=[name]) == 0.73
    assert confidence("NumPy", name, critical=[name]) == 0.83
    assert confidence("NumPy", name, critical=[name], frequent=[name]) == 0.83


@pytest.mark.parametrize(
    ("severity", "extra"), [("low", 0), ("medium", 0.03), ("high", 0.06), ("critical", 0.1), ("odd", 0)]
)
def test_severity_adds_a_tenth_at_most(severity: str, extra: float) -> None:
    (found,) = suggest("retry", [Candidate("retry_quota", severity)])
    assert found.confidence == 0.5 + extra


def test_the_score_ends_at_one() -> None:
    assert confidence("NumPy to JSON", "numpy_json_serialization", critical=[CORE[4].name]) == 1.0


def test_equals_are_sorted_by_name_and_know_their_place() -> None:
    candidates = [Candidate("zebra"), Candidate("other"), Candidate("adder", tags=("zebra",))]
    found = suggest("zebras and adders", candidates)
    assert [one.index for one in found] == [2, 0]


# -- names and tags of any library ---------------------------------------------------------------


def test_words_are_compared_stemmed_and_whole() -> None:
    assert proposed("Retried twice", [Candidate("retry_quota")]) == []
    assert proposed("Retries for webhooks", [Candidate("retry_quota")]) == ["retry_quota"]
    assert proposed("Telegraph", [Candidate("graph")]) == []


def test_a_tag_that_most_patterns_have_tells_nothing() -> None:
    library = [Candidate(name, tags=("web",)) for name in ("alpha", "beta", "gamma")]
    assert suggest("web", library) == []
    assert len(suggest("web", library[:2])) == 2
    assert len(suggest("web", [*library, *map(Candidate, ("delta", "eta", "theta"))])) == 3


def test_a_word_of_every_task_alone_tells_nothing() -> None:
    (found,) = suggest("Check the order", [Candidate("bounds_check")])
    assert not found.telling


def test_one_word_of_many_tells_nothing_two_do() -> None:
    wide = [Candidate("retry_quota_window", tags=("http",))]
    assert [one.telling for one in suggest("retry", wide)] == [False]
    assert [one.telling for one in suggest("retry window", wide)] == [True]


@pytest.mark.parametrize("name", ["", "_", "the_and", "日本"])
def test_odd_names_are_no_trouble(name: str) -> None:
    assert suggest("the order", [Candidate(name)]) == []


@given(st.text(max_size=80), st.sets(st.sampled_from([one.name for one in CORE])))
@settings(max_examples=100, deadline=None)
def test_what_fits_is_sorted_and_within_its_bounds(task: str, known: set[str]) -> None:
    found = suggest(task, CORE, known)
    keys = [(-one.confidence, CORE[one.index].name) for one in found]
    assert keys == sorted(keys)
    assert all(0 < one.confidence <= 1 for one in found)
    assert {one.index for one in found} == {one.index for one in suggest(task, CORE)}
