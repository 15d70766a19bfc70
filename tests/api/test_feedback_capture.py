"""`capture_feedback`, and what the command line puts into a rating (B3, B30)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback_loop import FeedbackDatabase, FeedbackEntry, capture_feedback
from feedback_loop.api.feedback.capture import tag_notes
from feedback_loop.api.feedback.capture_options import context_of, joined_context, routing_of
from feedback_loop.errors import InputError
from tests.repo import Repo

ROUTED = {
    "primary_framework": "plan-then-code",
    "framework_path": ["plan-then-code"],
    "techniques": ["requirements-first"],
    "model_recommendation": "strong",
    "confidence": 0.7,
    "task_type": "code",
    "routing_id": "0123456789abcdef",
    "propensity": 1,
    "policy": "thompson",
    "seed": 7,
    "reasoning": "words of the task",
}
CREDITED = {
    "framework": "plan-then-code",
    "model": "strong",
    **{name: ROUTED[name] for name in ("techniques", "confidence", "task_type")},
    **{name: ROUTED[name] for name in ("routing_id", "propensity", "policy", "seed")},
}
KEY = "ghp_" + "a1B2" * 9


def test_one_call_rates_an_output(tmp_path: Path) -> None:
    db = FeedbackDatabase(tmp_path)
    found = capture_feedback(
        prompt="Explain it",
        output="It is so",
        rating=5,
        thumbs_up=True,
        tags=["explanation", "neural-networks"],
        context={"framework": "direct", "confidence": 0.9},
        notes="clear",
        db=db,
    )
    assert isinstance(found, FeedbackEntry)
    assert db.get_feedback() == [found]


def test_without_a_database_it_is_the_repository_around(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root)
    capture_feedback("p", "o", 3)
    assert len(list((repo.root / ".feedback-loop/events").rglob("*-rating-*.json"))) == 1


def test_a_wrong_call_raises_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"output cannot be empty.*rating must.*tags must be a list"):
        capture_feedback("p", "", 0, tags="a,b", db=FeedbackDatabase(tmp_path))
    assert not (tmp_path / ".feedback-loop/events").exists()


def test_context_values_are_json_where_they_look_like_it() -> None:
    pairs = ["a=1", "b=1.5", "c=true", "d=[1]", 'e={"x": null}', "f=text", "g=null", "h=1.2.3", "i=a=b", "j="]
    numbers = {"a": 1, "b": 1.5, "c": True, "d": [1], "e": {"x": None}}
    assert context_of(pairs) == numbers | {"f": "text", "g": "null", "h": "1.2.3", "i": "a=b", "j": ""}
    assert context_of([]) == {}


def test_all_that_is_wrong_with_a_context_is_told_and_no_secret_with_it() -> None:
    pairs = ["a", "=1", " =1", "b=[1", 'c={"x":1,"x":2}', "d=1", "d=2", KEY]
    with pytest.raises(
        InputError, match=r"KEY=VALUE, not '=1'; .*'b' is no JSON.*'d' is given twice"
    ) as raised:
        context_of(pairs)
    assert raised.value.message.count("--context") == 7
    assert KEY[:12] not in raised.value.message


def test_a_routing_is_kept_as_the_decision_that_was_taken() -> None:
    found = routing_of(json.dumps(ROUTED))
    assert found == CREDITED
    named = {"framework": "plan-then-code", "model": "m"}
    assert joined_context(found, {"x": 1}, named) == found | {"model": "m", "x": 1}
    with pytest.raises(InputError, match=r"--routing says.*and --routing says") as raised:
        joined_context(found, {"routing_id": KEY}, {"framework": "direct", "model": None})
    assert "decision" in raised.value.hint
    assert KEY[:12] not in raised.value.message
    for changes, told in (
        ({"primary_framework": None}, "primary_framework is missing"),
        ({"primary_framework": " "}, "primary_framework is missing"),
        ({"techniques": "a"}, "techniques"),
        ({"confidence": True}, "confidence"),
        ({"seed": 1.5}, "seed"),
        ({"routing_id": 3}, "routing_id"),
    ):
        with pytest.raises(InputError, match=told):
            routing_of(json.dumps(ROUTED | changes))
    for text in ("", "[]", "{", '"x"'):
        with pytest.raises(InputError, match="--routing"):
            routing_of(text)


def test_values_that_are_equal_and_not_the_same_are_kept_apart(tmp_path: Path) -> None:
    db, values = FeedbackDatabase(tmp_path), ([1], [True], [1.0], [(1,)], [(True,)], (1,), (True,), 1, True)
    for number, value in enumerate(values):
        capture_feedback(f"p{number}", "o", 3, context={"a": value}, db=db)
    found = {entry.prompt: entry.context["a"] for entry in db.get_feedback()}
    assert [repr(found[f"p{number}"]) for number in range(len(values))] == [
        *("[1]", "[True]", "[1.0]", "[[1]]", "[[True]]", "[1]", "[True]", "1", "True")
    ]


def test_the_context_that_a_routing_result_gives_has_the_credit(tmp_path: Path) -> None:
    db = FeedbackDatabase(tmp_path)
    capture_feedback("p", "o", 5, context=ROUTED | {"prompt_version": "s"}, db=db)
    (entry,) = db.get_feedback(framework="plan-then-code")
    assert entry.context == CREDITED | {"prompt_version": "s"}
    plain = {"primary_framework": "a", "framework": "b"}
    assert capture_feedback("q", "o", 5, context=plain, db=db).context == plain
    with pytest.raises(ValueError, match=r"context .*techniques"):
        capture_feedback("r", "o", 5, context=ROUTED | {"techniques": "a"}, db=db)


def test_a_new_tag_near_a_known_one_is_noted(tmp_path: Path) -> None:
    db = FeedbackDatabase(tmp_path)
    assert tag_notes(db.workspace, ["code", "Technical", "zebra"]) == []
    assert tag_notes(db.workspace, ["structred"]) == [
        "the tag structred is new; structured is known and similar"
    ]
    capture_feedback("p", "o", 3, tags=["structred", "explanation"], db=db)
    assert tag_notes(db.workspace, ["structred", "explanations"]) == [
        "the tag explanations is new; explanation is known and similar"
    ]
