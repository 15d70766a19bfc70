"""Suggestions of a repository: whom they ask, what leaves, and what is there when nobody answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import FeedbackDatabase, FeedbackEntry, suggest_improvements
from feedback_loop.api.asking import Waiting
from feedback_loop.api.feedback.suggesting import SuggestRequest, preview_suggesting, suggest_for
from feedback_loop.errors import UserError
from tests.stores.stub_server import Reply, Stub, openai_reply, stub_server

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENTINEL = "Zyzzyva 4711"
KEY = "sk-proj-Zq8vN2mXw4Lk7RtYb1Hc9"
ANSWER = [{"technique": "Show one example", "reasoning": "9 of 10 against 2 of 12", "feature": "examples"}]


def clock() -> datetime:
    return NOW


def entries(n: int = 24, days_ago: float = 1, framework: str = "few-shot") -> list[FeedbackEntry]:
    """Every second one has an example in its prompt and succeeds; the others fail. A sentinel is in all texts."""
    return [
        FeedbackEntry(
            prompt=f"{SENTINEL}: sum up {at}" + (", for example in a table" if at % 2 else ""),
            output=f"{SENTINEL} out",
            rating=5 if at % 2 else 1,
            tags=["content" if at % 3 else "research"],
            timestamp=(NOW - timedelta(days=days_ago, seconds=at)).isoformat(),
            context={"framework": framework, "session_id": SENTINEL},
            notes=f"{SENTINEL} note",
        )
        for at in range(n)
    ]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeedbackDatabase:
    """24 ratings of the last two days, four of another framework and five that are older."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = FeedbackDatabase(tmp_path)
    made.insert_many([*entries(), *entries(4, 2, "direct"), *entries(5, 8)])
    return made


def configure(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config/feedback-loop/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stub]:
    monkeypatch.setenv("STUB_KEY", KEY)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with stub_server() as stub:
        service = f'model = "m"\nbase-url = "{stub.url}"\nkey-env = "STUB_KEY"\n'
        configure(tmp_path, f"[providers.openai]\n{service}")
        yield stub


def program(tmp_path: Path, body: str) -> None:
    """A provider `command` that keeps what it was sent in a file."""
    script = tmp_path / "stub.py"
    script.write_text(
        f"import sys\nopen({str(tmp_path / 'sent')!r}, 'w').write(sys.stdin.read())\n{body}\n",
        encoding="utf-8",
    )
    argv = json.dumps([sys.executable, str(script)])
    configure(tmp_path, f'[generate]\nprovider = "command"\n[providers.command]\nargv = {argv}\n')


def rules(database: FeedbackDatabase, **fields: Any) -> Sequence[Any]:
    return suggest_for(database, SuggestRequest(provider="rules", **fields), clock=clock).suggestions


# -- by rules ------------------------------------------------------------------------------------


def test_fewer_than_three_ratings_are_told_as_such(database: FeedbackDatabase) -> None:
    message = "Found 0 entries, need at least 3"
    with pytest.raises(ValueError, match=message) as raised:
        suggest_improvements(framework="none such", db=database, clock=clock)
    assert isinstance(raised.value, UserError) and raised.value.exit_code == 1


def test_wrong_arguments_are_named(database: FeedbackDatabase) -> None:
    for name, wrong in {"days": 0, "limit": True, "framework": 7, "provider": "offline"}.items():
        with pytest.raises(ValueError, match=name):
            suggest_improvements(db=database, clock=clock, **{name: wrong})  # type: ignore[arg-type]


def test_by_rules_a_difference_with_evidence_is_one_dict_of_texts(database: FeedbackDatabase) -> None:
    found = suggest_improvements(db=database, clock=clock)
    first = next(one for one in found if one["technique"] == "Give examples in the prompt")
    assert first["reasoning"].startswith(
        "14 of 14 ratings with it are successes, 0 of 14 without: +100.0 points"
    )
    assert first["example"] == f"{SENTINEL}: sum up 1, for example in a table"
    assert {one["source"] for one in found} == {"rules"}
    assert all(one.keys() == {"technique", "reasoning", "example", "source"} for one in found)
    assert suggest_improvements(db=database, limit=1, clock=clock) == found[:1]


def test_the_days_and_the_framework_choose_the_ratings(database: FeedbackDatabase) -> None:
    assert suggest_for(database, SuggestRequest(), clock=clock).total == 28
    assert suggest_for(database, SuggestRequest(days=9), clock=clock).total == 33
    few = suggest_for(database, SuggestRequest(framework="direct"), clock=clock)
    assert (few.suggestions, few.total, few.note, few.source) == ((), 4, "", "rules")
    assert not [one for one in rules(database, framework="few-shot") if "framework" in one.technique]


# -- by a provider -------------------------------------------------------------------------------


def test_a_service_writes_them_and_no_text_of_a_person_leaves(database: FeedbackDatabase, stub: Stub) -> None:
    stub.replies = [openai_reply(json.dumps(ANSWER))]
    request = SuggestRequest(provider="openai")
    found = suggest_for(database, request, clock=clock)
    assert [tuple(one) for one in found.suggestions] == [
        (
            ANSWER[0]["technique"],
            ANSWER[0]["reasoning"],
            f"{SENTINEL}: sum up 1, for example in a table",
            "llm",
        )
    ]
    assert (found.note, found.source, found.total) == ("", "llm", 28)
    [(_, _, body)] = stub.requests
    sent = body["messages"][0]["content"]
    assert '"positive": 14' in sent and "tag:content" in sent and '"table"' in sent
    for text in ("4711", "few-shot", "sum up", " out", " note", SENTINEL):
        assert text not in json.dumps(body)
    shown = preview_suggesting(database, request, clock=clock)
    assert json.loads(shown.partition("\n\n")[2]) == body
    assert KEY not in shown and len(stub.requests) == 1


def test_the_users_own_command_is_asked_by_default(database: FeedbackDatabase, tmp_path: Path) -> None:
    program(tmp_path, f"print({json.dumps(ANSWER)!r})")
    (one,) = suggest_improvements(db=database, clock=clock)
    assert (one["technique"], one["source"]) == ("Show one example", "llm")
    assert "4711" not in (tmp_path / "sent").read_text()
    program(tmp_path, "print([])")
    found = suggest_for(database, SuggestRequest(), clock=clock)
    assert (found.suggestions, found.source, found.note) == ((), "llm", "")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "print('Sure! Here are some ideas.')",
            "command failed: its answer is not the JSON array it was asked for",
        ),
        ("print('[1, 2]')", "command failed: its answer is not the JSON array it was asked for"),
        ("sys.exit('no quota')", "command failed: program error (exit code 1: no quota)"),
        ("print()", "command failed: empty answer"),
    ],
)
def test_who_gives_no_well_formed_answer_is_replaced_by_the_rules(
    body: str, why: str, database: FeedbackDatabase, tmp_path: Path
) -> None:
    program(tmp_path, body)
    found = suggest_for(database, SuggestRequest(), clock=clock)
    assert found.note == f"{why}; the suggestions are made by rules"
    assert (found.source, found.suggestions) == ("rules", rules(database))


def test_a_busy_service_is_tried_three_times_and_then_the_rules_do(
    database: FeedbackDatabase, stub: Stub
) -> None:
    stub.replies = [Reply(503)]
    slept: list[float] = []
    found = suggest_for(
        database, SuggestRequest(provider="openai"), clock=clock, waiting=Waiting(slept.append, lambda: 0.0)
    )
    assert (len(stub.requests), slept, found.source) == (3, [1.0, 4.0], "rules")
    assert found.note.startswith("openai failed: server error")


def test_who_is_not_set_up_is_replaced_and_a_dry_run_says_what_is_missing(database: FeedbackDatabase) -> None:
    request = SuggestRequest(provider="command")
    found = suggest_for(database, request, clock=clock)
    assert found.note == "the provider command names no program; the suggestions are made by rules"
    assert found.suggestions == rules(database)
    with pytest.raises(UserError, match="names no program"):
        preview_suggesting(database, request, clock=clock)
    shown = preview_suggesting(database, SuggestRequest(), clock=clock)
    assert shown == "provider: rules\nnothing is sent\n"
