"""Goal, phases and checklist of whole plans (A53, A54), and of plans as planning-with-files writes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.plan_document import Phase, PlanDocument
from feedback_loop.errors import InputError
from feedback_loop.formats.plan_doc import find_heading, parse_plan, read_section

# Every part has the comment that the template puts under its heading.
FILE_PLAN = """\
# Task Plan: Statistics endpoint
<!--
  WHAT: the roadmap.
  ## Goal
-->

## Goal
<!--
  WHAT: one sentence.
  EXAMPLE: "Create a todo app."
-->
Serve the statistics of an upload as JSON <!-- really -->

## Next Step
<!-- one line -->
Write the handler.

## Current Phase
<!-- e.g. Phase 1 -->
Phase 2

## Phases
<!--
  - [ ] not a phase
  ### Phase 0: not a phase
-->

### Phase 1: Requirements & Discovery
<!-- WHAT: understand -->
- [x] Understand user intent
- [ ] Left open on purpose
- **Status:** complete
<!--
  STATUS VALUES:
  - pending: Not started yet
  - **Status:** pending
-->

### Phase 2: Implementation
- [x] Write the handler
- [ ] Test incrementally
- **Status:** in_progress

### Phase 3: Delivery [complete]
- [ ] Deliver

### Phase 10: Afterwards
- [ ] Tell people
- **Status:** pending

## Patterns to Apply

- [x] numpy_json_serialization (confidence: 85%, from feedback-loop) [HIGH]
- [ ] numpy_nan_inf_handling

## Key Questions
<!--
    1. Should tasks persist?
-->
1. [Question to answer]

## Decisions Made
| Decision | Rationale |
|----------|-----------|
|          |           |

## Notes
<!-- REMINDERS: -->
- Update phase status as you progress: pending → in_progress → complete
"""


def phases(text: str) -> list[tuple[str, str, bool]]:
    return [(phase.name, phase.status, phase.is_current) for phase in parse_plan(text).phases]


def under(*lines: str) -> PlanDocument:
    return parse_plan("## Phases\n" + "\n".join(lines) + "\n")


def test_a_plan_of_planning_with_files() -> None:
    plan = parse_plan(FILE_PLAN)
    assert plan.goal == "Serve the statistics of an upload as JSON"
    assert plan.phases == (
        Phase("Phase 1: Requirements & Discovery", "completed", False),
        Phase("Phase 2: Implementation", "pending", True),
        Phase("Phase 3: Delivery [complete]", "completed", False),
        Phase("Phase 10: Afterwards", "pending", False),
    )
    assert (plan.current_phase, plan.phase_status) == ("Phase 2: Implementation", "in_progress")
    assert [item.name for item in plan.section.items] == [
        "numpy_json_serialization",
        "numpy_nan_inf_handling",
    ]
    assert plan.section.notes == []


def test_the_same_with_the_line_ends_of_windows() -> None:
    there, here = parse_plan(FILE_PLAN.replace("\n", "\r\n")), parse_plan(FILE_PLAN)
    assert (there.goal, there.phases, there.current_phase) == (here.goal, here.phases, here.current_phase)


def test_a_text_that_is_no_plan() -> None:
    plan = parse_plan("just text\n")
    assert (plan.goal, plan.phases, plan.current_phase, plan.phase_status) == ("", (), None, None)
    assert plan.section.begin == 0


# -- the goal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("# Plan\nIntro.\n## Goals\n\nShip it.\nMore.\n", "Ship it."),
        ("# Goal: ship\nIn one week.\n", "In one week."),
        ("## goal\n### Details\nShip it.\n## Other\n", "Ship it."),
        ("## Goal\n\n## Other\nNot this.\n", ""),
        ("## Goal\n> quoted\n\n```\ncode\n```\nShip it.\n", "Ship it."),
        ("Before.\n# Plan\nIntro.\n", "Intro."),
        ("# Plan\n## Next\nIntro.\n", "Intro."),
        ("# Plan\n", ""),
        ("No heading.\n", ""),
    ],
)
def test_the_goal(text: str, goal: str) -> None:
    assert parse_plan(text).goal == goal


# -- phases ------------------------------------------------------------------------------------------


def test_a_checklist_of_phases_keeps_their_names() -> None:
    plan = under("- [x] Phase 1: Look", "  - [ ] a step", "- [ ] Phase 2: Write (CURRENT)", "- [ ] Phase 3")
    assert [(one.name, one.status, one.is_current) for one in plan.phases] == [
        ("Phase 1: Look", "completed", False),
        ("Phase 2: Write (CURRENT)", "pending", True),
        ("Phase 3", "pending", False),
    ]
    assert (plan.current_phase, plan.phase_status) == ("Phase 2: Write (CURRENT)", "pending")


def test_the_first_pending_phase_is_the_current_one_if_none_says_so() -> None:
    plan = under("- [x] One", "- [ ] Two", "- [ ] Three")
    assert (plan.current_phase, plan.phase_status) == ("Two", "pending")
    assert not any(phase.is_current for phase in plan.phases)
    assert under("- [x] One").current_phase is None


@pytest.mark.parametrize("title", ["Phase", "The phases", "3 Phases of work", "PHASES:"])
def test_headings_under_which_phases_are_looked_for(title: str) -> None:
    assert phases(f"# Phases\n- [ ] no\n## {title}\n- [ ] One\n## Phases\n- [ ] Two\n") == [
        ("One", "pending", False)
    ]


@pytest.mark.parametrize("title", ["## Current Phase", "### Phases", "## Phased", "> ## Phases"])
def test_headings_under_which_they_are_not(title: str) -> None:
    assert phases(f"{title}\n- [ ] One\n") == []


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["- [x] a", "- [X] b"], "completed"),
        (["- [x] a", "- [ ] b"], "pending"),
        (["text only"], "pending"),
        (["- [ ] a", "- **Status:** complete"], "completed"),
        (["- [ ] a", "- **Status**: Completed ✅"], "completed"),
        (["- [ ] a", "Status: done"], "completed"),
        (["- [x] a", "- **Status:** in progress"], "pending"),
        (["- [x] a", "- **Status:** blocked"], "pending"),
        (["- [x] a", "- **Status:**"], "completed"),
        (["- [x] a", "Status quo is bad"], "completed"),
        (["#### Steps", "- **Status:** complete"], "completed"),
    ],
)
def test_the_status_of_a_phase_with_a_heading(lines: list[str], status: str) -> None:
    (phase,) = under("### One", *lines).phases
    assert phase.status == status


@pytest.mark.parametrize(
    ("word", "said"),
    [("in_progress", "in_progress"), ("in-progress", "in_progress"), ("Blocked by QA", "blocked")],
)
def test_the_word_of_the_current_phase(word: str, said: str) -> None:
    plan = under("### One", f"- **Status:** {word}", "### Two", "- **Status:** pending")
    assert (plan.current_phase, plan.phase_status) == ("One", said)


@pytest.mark.parametrize(
    ("named", "current"),
    [
        ("Phase 1", "Phase 1: Look"),
        ("**Phase 1**", "Phase 1: Look"),
        ("- phase 1: look", "Phase 1: Look"),
        ("Phase 10 - half done", "Phase 10"),
        ("Phase 1: something else", "Phase 1: Look"),
        ("Phase 10: write, then rest", "Phase 10"),
    ],
)
def test_a_phase_named_under_current_phase(named: str, current: str) -> None:
    plan = parse_plan(
        f"## Current Phase\n{named}\n## Phases\n### Phase 1: Look\n### Phase 10\n### Phase 11\n"
    )
    assert [phase.name for phase in plan.phases if phase.is_current] == [current]
    assert plan.current_phase == current


@pytest.mark.parametrize("name", ["Find concurrent writes", "currently open", "One [note]"])
def test_names_that_do_not_say_current(name: str) -> None:
    assert phases(f"## Phases\n- [ ] {name}\n") == [(name, "pending", False)]


# -- the checklist -----------------------------------------------------------------------------------


def test_a_like_heading_is_found_only_when_asked_for() -> None:
    text = "### Patterns to apply here\n## What Patterns we Apply\n- [ ] a\n"
    assert read_section(text).items == []
    assert find_heading(text) == "What Patterns we Apply"
    assert [item.name for item in read_section(text, find_heading(text)).items] == ["a"]


@pytest.mark.parametrize("more", ["## Patterns to Apply\n", "", "```\n## Pattern to apply\n```\n"])
def test_the_heading_itself_comes_first(more: str) -> None:
    before = "## Which Patterns Apply\n" if more.startswith("##") else ""
    assert find_heading(before + more) == "Patterns to Apply"
    assert find_heading("## checks ##\n## Patterns Apply\n", "Checks") == "Checks"


def test_a_blank_heading_is_refused() -> None:
    for read in (read_section, find_heading, parse_plan):
        with pytest.raises(InputError, match="blank"):
            read("text", " ")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(FILE_PLAN.split("\n")), max_size=30))
def test_any_order_of_its_lines_is_a_plan(lines: list[str]) -> None:
    plan = parse_plan("\n".join(lines))
    assert all(phase.status in ("completed", "pending") and phase.name for phase in plan.phases)
    assert plan.current_phase is None or plan.current_phase in [phase.name for phase in plan.phases]
    assert (plan.current_phase is None) == (plan.phase_status is None)
