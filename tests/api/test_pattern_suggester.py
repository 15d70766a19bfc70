"""The documented class: dicts in, dicts and markdown out."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop import PatternSuggester
from feedback_loop.errors import UserError
from feedback_loop.formats.plan_lines import scan_section

NUMPY = {
    "name": "numpy_json_serialization",
    "description": "NumPy types are no JSON",
    "severity": "high",
    "effectiveness_score": 0.5,
}
NAN = {"name": "numpy_nan_inf_handling", "description": "NaN is no JSON", "severity": "medium"}
BOUNDS = {"name": "bounds_checking", "description": "x", "severity": "critical"}


class Manager:
    def __init__(self, *patterns: dict[str, Any]) -> None:
        self.patterns = list(patterns)

    def get_all_patterns(self) -> list[dict[str, Any]]:
        return self.patterns


def suggester(*patterns: dict[str, Any]) -> PatternSuggester:
    return PatternSuggester(Manager(*(patterns or (BOUNDS, NAN, NUMPY))))


# -- suggesting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["", "Update the README and the changelog", "Show a catalog entry"])
def test_an_unrelated_task_gets_an_empty_list(task: str) -> None:
    context = {"critical_patterns": [NUMPY["name"]], "high_frequency_patterns": [NAN["name"]]}
    assert suggester().suggest_patterns_for_task(task, context) == []


def test_a_task_gets_the_patterns_that_fit_the_surest_first() -> None:
    found = suggester().suggest_patterns_for_task("Add JSON endpoint that returns NumPy statistics")
    assert found == [
        {
            "pattern": NUMPY,
            "name": "numpy_json_serialization",
            "confidence": 1.0,
            "description": "NumPy types are no JSON",
            "severity": "high",
        },
        {
            "pattern": NAN,
            "name": "numpy_nan_inf_handling",
            "confidence": 0.53,
            "description": "NaN is no JSON",
            "severity": "medium",
        },
    ]
    assert found[0]["pattern"] is NUMPY


@pytest.mark.parametrize(
    ("context", "confidence"),
    [
        (None, 0.53),
        ({}, 0.53),
        ({"pattern_counts": {"numpy_nan_inf_handling": 9}}, 0.53),
        ({"high_frequency_patterns": ["numpy_nan_inf_handling"]}, 0.73),
        ({"critical_patterns": ["numpy_nan_inf_handling"]}, 0.83),
        ({"critical_patterns": None, "high_frequency_patterns": "numpy_nan_inf_handling"}, 0.53),
    ],
)
def test_what_was_measured_adds(context: dict[str, Any] | None, confidence: float) -> None:
    (found,) = suggester(NAN).suggest_patterns_for_task("NumPy", context)
    assert found["confidence"] == confidence


def test_partial_patterns_are_legal_and_nameless_ones_are_passed_over() -> None:
    ours = {"name": "retry_quota"}
    found = suggester(ours, {}, {"name": None}, {"description": "retry"}).suggest_patterns_for_task("Retries")
    assert found == [
        {"pattern": ours, "name": "retry_quota", "confidence": 0.53, "description": "", "severity": "medium"}
    ]


def test_the_manager_is_asked_anew_and_its_patterns_stay_as_they_are() -> None:
    manager = Manager()
    one = PatternSuggester(manager)
    assert one.suggest_patterns_for_task("NumPy") == []
    manager.patterns.append(dict(NAN))
    assert len(one.suggest_patterns_for_task("NumPy")) == 1
    assert manager.patterns == [NAN]


# -- the section ---------------------------------------------------------------------------------


def test_no_patterns_make_no_section() -> None:
    assert suggester().generate_pattern_section([]) == ""


def test_the_section_has_confidence_and_the_severities_that_matter() -> None:
    patterns = [
        {"name": "aa", "confidence": 0.854, "severity": "high"},
        {"name": "bb", "confidence": 1, "severity": "critical"},
        {"name": "cc", "confidence": 0.5, "severity": "medium"},
        {"name": "dd"},
    ]
    assert suggester().generate_pattern_section(patterns) == (
        "## Patterns to Apply\n"
        "\n"
        "- [ ] aa (confidence: 85%, from feedback-loop) [HIGH]\n"
        "- [ ] bb (confidence: 100%, from feedback-loop) [CRITICAL]\n"
        "- [ ] cc (confidence: 50%, from feedback-loop)\n"
        "- [ ] dd (from feedback-loop)\n"
    )


def test_what_was_suggested_reads_back_in_its_order() -> None:
    one = suggester()
    found = one.suggest_patterns_for_task("First NumPy array as JSON")
    names = [item.name for item in scan_section(one.generate_pattern_section(found)).items]
    assert names == ["bounds_checking", "numpy_json_serialization", "numpy_nan_inf_handling"]


NAMES = st.builds(str.__add__, st.sampled_from("az"), st.text("az09_", min_size=1, max_size=63))


@given(
    st.lists(
        st.tuples(NAMES, st.none() | st.floats(0, 1), st.sampled_from(["", "low", "critical"])), max_size=8
    )
)
@settings(max_examples=100, deadline=None)
def test_any_names_read_back_in_their_order(boxes: list[tuple[str, float | None, str]]) -> None:
    patterns = [{"name": name, "confidence": sure, "severity": grave} for name, sure, grave in boxes]
    section = scan_section(suggester().generate_pattern_section(patterns))
    assert [(item.name, item.checked) for item in section.items] == [(box[0], False) for box in boxes]
    assert section.notes == []


@pytest.mark.parametrize("name", [None, 3, "", "x", "Upper", "two words", "a\nb", "../../etc", "é" * 3])
def test_an_invalid_name_is_a_value_error(name: object) -> None:
    with pytest.raises(ValueError, match="cannot be a pattern's name") as caught:
        suggester().generate_pattern_section([{"name": name}])
    assert isinstance(caught.value, UserError)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, math.nan, "85%", True])
def test_a_confidence_outside_its_bounds_is_a_value_error(confidence: object) -> None:
    with pytest.raises(ValueError, match="must be from 0 to 1"):
        suggester().generate_pattern_section([{"name": "aa", "confidence": confidence}])
