"""The router's table: which type a task is of, how sure that is, and what settings change (B26, B27)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.routing import THOMPSON, Question, Routing
from feedback_loop.domain.task_type import TaskType
from feedback_loop.engines.routing.decide import decide
from feedback_loop.engines.routing.match import check_trigger, match
from feedback_loop.engines.routing.prompt import enhance
from feedback_loop.engines.routing.types import TYPES, table_with

NOTHING = [
    "",
    " \n\t",
    "Hello there",
    "Information about the planet Mars",  # format, plan
    "The classification of functionaries",  # class, function
    "my_function reportable encoded",
    "Let it go in gothic style",  # in go
    "Since 2026-11-20, open 24/7, from 2019-2020 and 10-3",  # no sums
    "What is 24/7 support?",
    "what is (2019-2020)",
    "What's 2019/20? How much is 1789-1799?",
    "What is 2026-11-20? What is 20/11/2026? What’s 11/20/26?",
    "Somewhat is 10-3",
    "The goal is to go on",
    "Quantum computing and cloud computing",
    "Send an email to my mother",
]
# The type that stands first is the answer; the others have as many triggers.
PROMPTS = [
    ("Explain quantum computing in simple terms", "reasoning"),
    ("Explain how neural networks learn", "reasoning"),
    ("Why is the sky blue?", "reasoning"),
    ("WHY?", "reasoning"),
    ("An analysis of the poem, please", "reasoning"),
    ("Analyse what caused the outage", "reasoning"),
    ("Comparing apples with oranges", "reasoning"),
    ("Give an explanation of tides", "reasoning"),
    ("Calculate the derivative of x^2", "math"),
    ("What is 12 * 34?", "math"),
    ("What is 7 + 5", "math"),
    ("What is (120 / 4) - 2?", "math"),
    ("How much is 15 % of 80", "math"),
    ("what is 10-3?", "math"),
    ("What’s 1,024/8", "math"),
    ("HOW  MUCH is 7/2 or 24/71", "math"),
    ("Solve the equation for y", "math"),
    ("Express the share as a percentage", "math"),
    ("Computes primes", "math"),
    ("Refactor this Python function", "code"),
    ("Fix the bug in the login endpoint", "code"),
    ("Implement a stack in Rust", "code"),
    ("Debug my C++ classes", "code"),
    ("A C# service", "code"),
    ("Port it to golang", "code"),
    ("A small server in Go", "code"),
    ("Some Go code", "code"),
    ("A SQL query for the ten best customers", "code"),
    ("Format the list as a Markdown table", "formatting"),
    ("Convert this YAML to JSON", "formatting"),
    ("Reformat the CSV", "formatting"),
    ("The numbers as jsonl", "formatting"),
    ("Extract the names from the text", "extraction"),
    ("Find all people in the report", "extraction"),
    ("List  all\ndates", "extraction"),
    ("Which entities and e-mails are there?", "extraction"),
    ("Parsing of addresses", "extraction"),
    ("Plan the launch with milestones", "planning"),
    ("A roadmap for the next phase", "planning"),
    ("Prioritise the backlog", "planning"),
    ("Scheduling of shifts", "planning"),
    ("Should we use Postgres or MySQL?", "decision"),
    ("Postgres vs. MySQL", "decision"),
    ("Which option do you recommend?", "decision"),
    ("Help me choose a laptop", "decision"),
    ("Decide who goes first", "decision"),
    ("Research the history of tea", "research"),
    ("An overview with sources", "research"),
    ("Investigate the market for bikes", "research"),
    ("Write a blog post", "content"),
    ("Draft an email to the customer", "content"),
    ("Three headlines in a friendly tone", "content"),
    ("Define entropy", "simple"),
    ("What time is it in Tokyo?", "simple"),
    ("Who is the president?", "simple"),
    ("Where’s Wally", "simple"),
    # neighbours: more triggers win, then the place in the table
    ("Explain why the function fails", "reasoning"),
    ("Write a Python function that computes a checksum", "code"),
    ("Write a function", "code content"),
    ("Convert this Python to something else", "code formatting"),
    ("Parse the CSV", "formatting extraction"),
    ("Plan a blog", "planning content"),
    ("Compare options", "reasoning decision"),
    ("Research plan", "planning research"),
    ("Solve this bug", "math code"),
    ("Define a class", "code simple"),
    ("Recommend sources", "decision research"),
    ("Extract a table", "formatting extraction"),
]


def routed(question: Question, table: Sequence[TaskType] = TYPES) -> Routing:
    return decide(question, table, {}, [])


def test_no_trigger_is_the_general_type_answered_directly() -> None:
    for task in NOTHING:
        found = match(task, TYPES)
        assert (found.type.name, found.hits, found.rivals, found.confidence) == ("general", (), (), 0.3), task
    plain = routed(Question(NOTHING[2]))
    assert (plain.frameworks, plain.techniques, plain.model) == (("direct",), (), "standard")
    assert plain.reasoning == "no trigger of any type is in the task."


def test_each_prompt_is_of_its_type_and_ties_go_by_the_table() -> None:
    found = {task: match(task, TYPES) for task, _ in PROMPTS}
    told = [(task, " ".join((one.type.name, *one.rivals))) for task, one in found.items()]
    assert told == PROMPTS
    assert {types.split()[0] for _, types in PROMPTS} == {one.name for one in TYPES}


@pytest.mark.parametrize(
    ("task", "confidence", "reasoning"),
    [
        ("Explain tides", 0.5, '"explain" says reasoning.'),
        ("Explain why", 0.7, '"why" and "explain" say reasoning.'),
        ("Calculate the derivative of x^2", 0.9, '"calculate", "derivative" and "x^2" say math.'),
        ("Why, why, WHY? Explaining an explanation", 0.7, '"why" and "explaining" say reasoning.'),
        ("Why explain, analyse and compare causes", 0.9, None),
        (
            "Solve this bug",
            0.3,
            '"solve" says math; code has as many triggers and stands later in the table.',
        ),
        ("Compare and explain two options, or recommend one", 0.5, None),
        ("Define a class and draft a plan", 0.3, None),
        ("Explain why you compare: choose options, recommend", 0.7, None),
    ],
)
def test_the_confidence_grows_by_distinct_triggers_and_falls_on_a_tie(
    task: str, confidence: float, reasoning: str | None
) -> None:
    found = routed(Question(task))
    assert found.confidence == confidence
    assert reasoning is None or found.reasoning == reasoning


def test_one_pass_for_all_triggers_finds_what_each_finds_alone() -> None:
    whole = re.sub(r"\s+", " ", " ".join(task for task, _ in PROMPTS)).lower()
    for one in TYPES:
        alone = [
            bool(re.search(rf"(?<!\w)(?:{trigger})(?:(?!\w)|(?<=\W))", whole)) for trigger in one.triggers
        ]
        assert all(alone), one.name  # every trigger stands in some prompt of this file
        assert len(match(whole, (one,)).hits) == len(alone)


def test_a_type_of_the_settings_stands_in_the_place_of_its_name_or_before_all() -> None:
    math = TaskType("math", (r"sum of",), ("abacus",), (), "fast")
    release = TaskType("release", (r"release notes?", r"c\+\+", r"\.py"), ("outline-first", "direct"))
    table = table_with((math, release))
    assert [one.name for one in table] == ["release", *(one.name for one in TYPES)]  # it wins ties
    assert match("Calculate the derivative", table).type.name == "general"
    found = decide(Question("the SUM  of\nall"), table, {"fast": "haiku"}, [])
    assert (found.task_type, found.frameworks, found.model) == ("math", ("abacus",), "haiku")
    assert found.reasoning == '"sum of" says math.'
    assert match("write release notes", table)[2:] == (("content",), 0.3)
    reasoning = decide(Question('Say: "Release\nNotes" (for main.py)'), table, {}, []).reasoning
    assert reasoning == '"release notes" and ".py" say release.'  # the words of the task


def test_what_met_a_trigger_of_the_settings_is_short_and_said_once() -> None:
    own = TaskType("own", ("^draft:", "now$", "write.*?tests", "draft."), ("direct",))
    found = routed(Question("Draft: write tests, " + "and then more " * 9 + "tests; now, do it now"), (own,))
    assert (found.confidence, found.reasoning) == (0.9, '"draft:", "now" and "write tests" say own.')
    assert match(f"Write {'and ' * 20}tests", (own,)).hits == (f"write {'and ' * 20}"[:60],)


@pytest.mark.parametrize(
    ("trigger", "task", "met"),
    [
        ("plan", "PLAN-b", True),
        ("plan", "plane", False),
        ("plan", "_plan", False),
        ("plan", "plan2", False),
        ("plan", "éplan", False),
        ("plan", "planété", False),
        ("plan|planning", "planning", True),
        ("über", "Über uns", True),
        ("über", "gegenüber", False),
        ("[äö]l", "ein Öl.", True),
        (r"c\+\+", "in c++17", True),
        (r"c\+\+", "objc++", False),
        (r"\.py", "main.py", True),
        (r"\.py", "main.pyx", False),
        (r"^draft:", "say draft: no", False),
        (r"\d{4}", "in 2026", True),
        (r"\d{4}", "20261", False),
    ],
)
def test_a_trigger_of_the_settings_meets_whole_words(trigger: str, task: str, met: bool) -> None:
    found = match(task, (TaskType("own", (trigger,), ("direct",)),))
    assert (found.type.name == "own") is met
    assert check_trigger(trigger) == ""


def test_a_trigger_that_can_never_run_is_told() -> None:
    assert "the group is not closed" in check_trigger("(a")
    assert "look-ahead" in check_trigger("a(?=b)")
    assert "matches the empty text" in check_trigger("a*")


def test_the_routing_id_holds_task_table_policy_and_seed() -> None:
    one = routed(Question("why")).routing_id
    others = [
        routed(Question("why ")),
        routed(Question("why"), TYPES[:3]),
        routed(Question("why", None, THOMPSON, 1)),
        routed(Question("why", None, THOMPSON, 2)),
    ]
    assert len({one, *(other.routing_id for other in others)}) == 5
    assert one == decide(Question("why", "bayes"), TYPES, {"fast": "x"}, []).routing_id
    assert re.fullmatch("[0-9a-f]{16}", one)


@settings(max_examples=50, deadline=None)
@given(st.text() | st.lists(st.sampled_from(" ".join(task for task, _ in PROMPTS).split())).map(" ".join))
def test_any_text_is_routed_the_same_twice_and_stays_in_the_prompt(task: str) -> None:
    question = Question(task, None, THOMPSON, len(task))
    found = routed(question)
    assert found == routed(question)
    assert 0.3 <= found.confidence <= 0.9 and 0 <= found.propensity <= 1
    assert task in enhance(task, found.frameworks[0], found.techniques)


def test_direct_and_no_technique_add_nothing() -> None:
    assert enhance("  a\n", "direct", ["step-by-step"]) == "  a\n"
    assert enhance("a", "few-shot", []) == "a"


def test_a_sentence_for_each_technique_stands_before_or_behind_the_task() -> None:
    known = dict.fromkeys(technique for one in TYPES for technique in one.techniques)
    before, task, after = enhance(" Do {it}", "few-shot", known).split("\n\n")
    assert task == " Do {it}"
    assert before.count(". ") + after.count(". ") == len(known) - 2
    assert "Use this technique" not in before + after
    own = enhance("x", "few-shot", ["chain-of_density", "step-by-step"])
    assert own.startswith("x\n\nUse this technique: chain of density. Think step by step")
