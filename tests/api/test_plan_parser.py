"""Plans as dictionaries, with the documented keys and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.api.plan_parser import PlanParser
from feedback_loop.errors import UserError

PLAN = """\
# Task: Add JSON API endpoint

## Goal
Return NumPy statistics as JSON.

## Phases
- [x] Design the answer
- [ ] Write the endpoint (CURRENT)
- [ ] Document it

## Patterns to Apply
- [ ] numpy_json_serialization (from feedback-loop)
- [x] bounds_checking (from feedback-loop)
- [ ] input_validation
* [ ] star

## Implementation Notes
- Use FastAPI for the endpoint
"""
NAMES = ["numpy_json_serialization", "bounds_checking", "input_validation"]

# As planning-with-files writes it.
WITH_FILES = """\
# Task Plan: Statistics
<!--
  WHAT: This is your roadmap.
-->

## Goal
<!-- One sentence. -->
Show the statistics of a run.

## Current Phase
Phase 2

## Phases

### Phase 1: Requirements
- [x] Understand intent
- **Status:** complete

### Phase 2: Endpoint
- [x] Write it
- [ ] Test it
- **Status:** in_progress

### Phase 3: Delivery
- [ ] Hand over
- **Status:** pending

## Key Questions
1. Which runs?
"""


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan in the process's folder; it is the only default root."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(MetricsCollector, "ALLOWED_PLAN_ROOTS", [Path()])
    (tmp_path / "task_plan.md").write_text(PLAN)
    return tmp_path / "task_plan.md"


def test_the_whole_plan(plan: Path) -> None:
    parsed = PlanParser().parse_task_plan("task_plan.md")
    (note,) = parsed["metadata"].pop("notes")
    assert note.startswith("line 15: ")
    assert parsed == {
        "goal": "Return NumPy statistics as JSON.",
        "phases": [
            {"name": "Design the answer", "status": "completed", "is_current": False},
            {"name": "Write the endpoint (CURRENT)", "status": "pending", "is_current": True},
            {"name": "Document it", "status": "pending", "is_current": False},
        ],
        "patterns": NAMES,
        "current_phase": "Write the endpoint (CURRENT)",
        "metadata": {"plan_path": os.path.realpath(plan), "plan_name": "task_plan.md"},
    }


def test_where_the_task_stands(plan: Path) -> None:
    assert PlanParser().extract_task_context(plan) == {
        "goal": "Return NumPy statistics as JSON.",
        "current_phase": "Write the endpoint (CURRENT)",
        "phase_status": "pending",
        "deliverables": ["Design the answer"],
    }


def test_a_plan_of_planning_with_files(plan: Path) -> None:
    plan.write_text(WITH_FILES)
    context = PlanParser().extract_task_context(plan)
    assert context["goal"] == "Show the statistics of a run."
    assert context["current_phase"] == "Phase 2: Endpoint"
    assert context["deliverables"] == ["Phase 1: Requirements"]
    phases = PlanParser().parse_task_plan(plan)["phases"]
    assert [phase["is_current"] for phase in phases] == [False, True, False]
    assert [phase["status"] for phase in phases] == ["completed", "pending", "pending"]


@pytest.mark.parametrize("text", ["", "\n\n", "no heading\n"])
def test_a_file_that_says_nothing(plan: Path, text: str) -> None:
    plan.write_text(text)
    parsed = PlanParser().parse_task_plan(plan)
    assert (parsed["goal"], parsed["phases"], parsed["patterns"]) == ("", [], [])
    assert parsed["current_phase"] is None
    assert parsed["metadata"]["notes"] == []
    context = PlanParser().extract_task_context(plan)
    assert context == {"goal": "", "current_phase": None, "phase_status": None, "deliverables": []}


def test_references_of_a_text(plan: Path) -> None:
    assert PlanParser().extract_pattern_references(PLAN) == NAMES
    assert PlanParser().extract_pattern_references("\ufeff" + PLAN.replace("\n", "\r\n")) == NAMES
    assert PlanParser().extract_pattern_references("") == []
    assert PlanParser().extract_pattern_references("## Notes\n- [ ] a_b\n") == []


def test_a_similar_heading_serves_if_the_right_one_is_missing() -> None:
    similar = "## Which patterns apply\n- [ ] a_b\n"
    exact = "## Patterns to Apply\n- [ ] c_d\n"
    assert PlanParser().extract_pattern_references(similar) == ["a_b"]
    assert PlanParser().extract_pattern_references(similar + exact) == ["c_d"]


def test_a_path_as_item_is_only_text(plan: Path) -> None:
    text = "## Patterns to Apply\n- [ ] ../../etc/passwd\n"
    assert PlanParser().extract_pattern_references(text) == ["../../etc/passwd"]


@given(st.text(alphabet="#-*+[]xX() \t\n>`abcPhaseGoal:", max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_names_without_breaks(text: str) -> None:
    for name in PlanParser().extract_pattern_references("## Patterns to Apply\n" + text):
        assert name
        assert "\n" not in name


@pytest.mark.parametrize("method", ["parse_task_plan", "extract_task_context"])
def test_plans_that_cannot_be_read(plan: Path, method: str) -> None:
    read = getattr(PlanParser(), method)
    for path, expected in [
        ("none.md", FileNotFoundError),
        ("", ValueError),
        ("../plan.md", ValueError),
        ("/etc/passwd", ValueError),
        (".", ValueError),
    ]:
        with pytest.raises(expected) as caught:
            read(path)
        assert isinstance(caught.value, UserError)


def test_roots_of_ones_own(plan: Path) -> None:
    (plan.parent / "d").mkdir()
    with pytest.raises(ValueError, match="within allowed roots"):
        PlanParser(["d"]).parse_task_plan(plan)
    with pytest.raises(ValueError, match="there are none"):
        PlanParser([]).parse_task_plan(plan)
    with pytest.raises(ValueError, match="list of folders"):
        PlanParser("/").parse_task_plan(plan)
    parser = PlanParser(allowed_roots=["d", plan.parent])
    assert parser.parse_task_plan(plan)["patterns"] == NAMES
    assert parser.parse_task_plan(plan)["patterns"] == NAMES


def test_the_default_roots_are_those_of_the_collector(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = PlanParser()
    monkeypatch.setattr(MetricsCollector, "ALLOWED_PLAN_ROOTS", [plan.parent / "none"])
    with pytest.raises(ValueError, match="within allowed roots"):
        parser.parse_task_plan(plan)
