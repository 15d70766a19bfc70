"""The router's Python names: the seed's samples, the settings' table, what ratings change (B26-B30)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import (
    AdaptivePromptRouter,
    RoutingResult,
    build_enhanced_prompt,
    route_prompt,
)
from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.errors import UserError
from tests.faces.command_line import CommandLine
from tests.repo import Repo

DERIVATIVE = "Calculate the derivative of x^2"


@pytest.fixture
def repo(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    monkeypatch.chdir(repo.root)
    return repo


def rate(database: FeedbackDatabase, routing: RoutingResult, stars: int, number: int, day: str) -> None:
    times = [f"{day}T10:{at:02}:00Z" for at in range(number)]
    database.insert_many(
        [
            FeedbackEntry(f"prompt {at}", "output", stars, context=routing.to_dict(), timestamp=at)
            for at in times
        ]
    )


def test_outside_of_a_repository_a_task_is_routed_and_there_is_nothing_to_learn_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert route_prompt("Explain how neural networks learn").primary_framework == "chain-of-thought"
    with pytest.raises(UserError, match="not in a git repository"):
        AdaptivePromptRouter()
    assert list(tmp_path.iterdir()) == []


def test_the_samples_of_the_seed_document(repo: Repo) -> None:
    """`Basic Integration` and the router class of `Advanced Integration`, which changes what it gets."""
    task = "Explain how neural networks learn"
    routing = route_prompt(task)
    assert build_enhanced_prompt(task, routing) == (
        "Explain how neural networks learn\n\nThink step by step and show the steps before the conclusion."
    )
    routing.confidence = min(1.0, routing.confidence * 1.1)
    routing.reasoning += f" | Framework performing well ({0.9:.0%} success)"
    assert routing.confidence == pytest.approx(0.55)
    learnt = AdaptivePromptRouter().route_with_learning(DERIVATIVE)
    assert learnt == route_prompt(DERIVATIVE)
    assert learnt.to_dict() == {
        "primary_framework": "chain-of-thought",
        "framework_path": ["chain-of-thought", "program-aided"],
        "techniques": ["step-by-step", "show-work"],
        "model_recommendation": "strong",
        "confidence": 0.9,
        "reasoning": '"calculate", "derivative" and "x^2" say math.',
        "task_type": "math",
        "routing_id": learnt.routing_id,
        "propensity": 1.0,
        "policy": "fixed",
        "seed": None,
    }


def test_a_result_is_its_owners(repo: Repo) -> None:
    found = route_prompt(DERIVATIVE)
    found.to_dict()["techniques"].append("nonsense")
    found.techniques.remove("show-work")
    assert route_prompt(DERIVATIVE).techniques == ["step-by-step", "show-work"]
    found.primary_framework = "direct"
    assert build_enhanced_prompt(DERIVATIVE, found) == DERIVATIVE


def test_settings_name_types_and_models(repo: Repo) -> None:
    repo.write(
        "feedback-loop.toml",
        """
[route.types.release]
triggers = ["release notes?", 'v\\d+\\.\\d+']
frameworks = ["outline-first", "few-shot"]
techniques = ["changelog-first"]
tier = "fast"
[route.models]
fast = "haiku"
""",
    )
    task = "The Release\nnotes of v1.2"
    for found in (route_prompt(task), route_prompt(task, db=FeedbackDatabase(repo.root))):
        assert (found.task_type, found.model_recommendation, found.confidence) == ("release", "haiku", 0.7)
    assert build_enhanced_prompt(task, found) == f"{task}\n\nUse this technique: changelog first."
    assert route_prompt(DERIVATIVE).model_recommendation == "strong"


def test_a_trigger_that_cannot_be_used_is_told_with_its_type(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write("feedback-loop.toml", '[route.types.x]\ntriggers = ["a", "(b"]\nframeworks = ["direct"]\n')
    with pytest.raises(UserError, match=r"/route/types/x: the trigger '\(b' cannot be used: the group is"):
        route_prompt("a")
    checked = CommandLine(repo, monkeypatch, capsys)("check")
    assert checked.code == 1 and "/route/types/x: the trigger '(b'" in checked.out


def test_ratings_of_the_last_days_change_the_confidence(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    database = FeedbackDatabase()
    rate(database, route_prompt(DERIVATIVE), 5, 20, "2026-11-20")
    there = AdaptivePromptRouter(database, clock=lambda: datetime(2026, 11, 21, 9, tzinfo=UTC))
    found = there.route_with_learning(DERIVATIVE)
    assert found.confidence == 0.99
    assert database.get_feedback()[0].context == {
        "framework": "chain-of-thought",
        "model": "strong",
        "techniques": ["step-by-step", "show-work"],
        "confidence": 0.9,
        "task_type": "math",
        "routing_id": found.routing_id,
        "propensity": 1.0,
        "policy": "fixed",
    }
    assert "20 of 20 ratings of chain-of-thought with math are positive (n=20)" in found.reasoning
    assert found.routing_id == route_prompt(DERIVATIVE).routing_id
    assert there.route_with_learning("Explain tides", adjust="seed").confidence == pytest.approx(0.55)
    later = AdaptivePromptRouter(clock=lambda: datetime(2026, 11, 27, 10, 19, tzinfo=UTC))
    assert later.route_with_learning(DERIVATIVE).confidence == 0.9  # the window is half open: none is in it
    assert later.route_with_learning(DERIVATIVE, days_to_analyze=8).confidence == 0.99
    before = AdaptivePromptRouter(clock=lambda: datetime(2026, 11, 20, 9))
    assert before.route_with_learning(DERIVATIVE, 10**6).confidence == 0.9
    elsewhere = AdaptivePromptRouter(FeedbackDatabase(make_repo("other").root))
    assert elsewhere.route_with_learning(DERIVATIVE, 10**6).confidence == 0.9


def test_the_window_holds_its_end_and_not_its_beginning(repo: Repo) -> None:
    database = FeedbackDatabase()
    context = {"framework": "chain-of-thought"}
    for at in ("2026-11-13T10:00:00Z", "2026-11-13T10:00:01Z", "2026-11-20T10:00:00Z"):
        database.insert_feedback(FeedbackEntry(at, "o", 5, context=context, timestamp=at))

    def confidence(seconds: int) -> float:
        router = AdaptivePromptRouter(clock=lambda: datetime(2026, 11, 20, 10, 0, seconds, tzinfo=UTC))
        return router.route_with_learning("why", adjust="seed").confidence

    assert confidence(0) == 0.5  # two
    database.insert_feedback(FeedbackEntry("x", "o", 5, context=context, timestamp="2026-11-20T09:00:00Z"))
    assert confidence(0) == 0.55
    assert confidence(1) == 0.5  # the second one has left


def test_thompson_draws_a_seed_that_repeats_the_choice(repo: Repo) -> None:
    router = AdaptivePromptRouter()
    found = router.route_with_learning("Should we?", policy="thompson")
    assert found.seed is not None and 0 <= found.seed < 2**63
    assert 0 < found.propensity < 1
    assert router.route_with_learning("Should we?", policy="thompson", seed=found.seed) == found
    seeds = {router.route_with_learning("Should we?", policy="thompson").seed for _ in range(3)}
    assert len(seeds) == 3


def test_a_wrong_argument_is_a_value_error(tmp_path: Path) -> None:
    router = AdaptivePromptRouter(FeedbackDatabase(tmp_path))
    wrong: list[tuple[str, tuple[Any, ...]]] = [
        ("blank", (" \n",)),
        ("task must be text", (7,)),
        ("more than 1048576 bytes", ("x" * (2**20 + 1),)),
        ("days_to_analyze must be 1 or more", ("x", 0)),
        ("adjust must be one of bayes, seed", ("x", 7, "nonsense")),
        ("policy must be one of fixed, thompson", ("x", 7, "bayes", "greedy")),
        ("seed must be 0 or more", ("x", 7, "bayes", "thompson", -1)),
    ]
    for words, arguments in wrong:
        with pytest.raises(ValueError, match=words):
            router.route_with_learning(*arguments)
