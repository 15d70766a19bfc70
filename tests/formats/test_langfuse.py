"""Scores of Langfuse with the traces that they are about."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from feedback_loop.errors import InputError
from feedback_loop.formats.imported_rating import ImportedRating, ImportOptions, Rejected, parse_range
from feedback_loop.formats.langfuse import is_langfuse, read_langfuse

OPTIONS = ImportOptions(score_range=parse_range("0:10"), categories=(("good", 4), ("so=so", 3)))


def score(value: Any = 1, kind: str = "BOOLEAN", **changes: Any) -> dict[str, Any]:
    """A score as the page of a trace downloads it."""
    base = {
        "id": "s-1",
        "projectId": "p",
        "environment": "default",
        "name": "helpful",
        "source": "ANNOTATION",
        "authorUserId": None,
        "comment": None,
        "metadata": {},
        "configId": None,
        "createdAt": "2026-11-19T10:00:01.000Z",
        "updatedAt": "2026-11-19T10:00:01.000Z",
        "timestamp": "2026-11-19T10:00:00.500Z",
        "traceId": "t-1",
        "sessionId": None,
        "observationId": None,
        "dataType": kind,
        "value": value,
    }
    return base | changes


def trace(**changes: Any) -> dict[str, Any]:
    base = {
        "id": "t-1",
        "projectId": "p",
        "name": "chat",
        "timestamp": "2026-11-19T09:00:00.000Z",
        "environment": "default",
        "tags": ["Prod", "a b!"],
        "sessionId": "sess",
        "userId": None,
        "metadata": {},
        "input": "Sort it.",
        "output": "Sorted.",
    }
    return base | changes


def observation(**changes: Any) -> dict[str, Any]:
    base = {
        "id": "o-1",
        "traceId": "t-1",
        "type": "GENERATION",
        "startTime": "2026-11-19T09:00:01.000Z",
        "parentObservationId": "o-0",
        "model": "gpt-x",
        "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Sort."}],
        "output": {"role": "assistant", "content": "Done."},
    }
    return base | changes


def download(*scores: Any, observations: Any = ()) -> dict[str, Any]:
    return {"trace": trace(scores=list(scores)), "observations": list(observations)}


def read(*entries: Any, options: ImportOptions = OPTIONS) -> list[ImportedRating | Rejected]:
    return list(read_langfuse("\n".join(map(json.dumps, entries)).encode(), options))


def only(*entries: Any) -> ImportedRating:
    (found,) = read(*entries)
    assert isinstance(found, ImportedRating), found
    return found


def reason(*entries: Any, options: ImportOptions = OPTIONS) -> str:
    (found,) = read(*entries, options=options)
    assert isinstance(found, Rejected), found
    return found.reason


def test_what_holds_no_scores_is_told() -> None:
    with pytest.raises(InputError, match=r"no scores of Langfuse \(1 traces and observations\)"):
        read(trace())
    with pytest.raises(InputError, match="no scores"):
        read([1, "a", None, {"data": 3, "trace": []}])


def test_a_downloaded_trace_is_read() -> None:
    assert only(download(score(comment="fine"))) == ImportedRating(
        1,
        "Sort it.",
        "Sorted.",
        5,
        "2026-11-19T10:00:00Z",
        tags=("prod", "a-b"),
        context=(("session_id", "sess"), ("trace_id", "t-1"), ("score_name", "helpful")),
        notes="fine",
        feedback_id="langfuse:s-1",
    )


def test_every_form_of_the_same_gives_the_same() -> None:
    wanted = only(download(score()))
    answered = trace(scores=[score()], observations=[])
    pages = ({"data": [trace(scores=["s-1"])], "meta": {"page": 1}}, {"data": [score()], "meta": {}})
    keys = {"traceId": "trace_id", "dataType": "data_type", "sessionId": "session_id"}
    stored = [{keys.get(key, key): value for key, value in one.items()} for one in (score(), trace())]
    stored[0]["timestamp"] = "2026-11-19 10:00:00.500000"
    root = observation(parentObservationId=None, input="Sort it.", output="Sorted.", model=None)
    root |= {"tags": ["Prod", "a b!"], "sessionId": "sess"}
    for entries in ([answered], pages, [score(), trace()], [[trace(), score()]], stored, [root, score()]):
        assert only(*entries) == wanted
    assert all(map(is_langfuse, (answered, *pages, download(), trace(), score(), *stored, root)))
    assert not any(map(is_langfuse, (1, {"prompt": "a"}, {"trace_id": "x", "prompt": "a"}, {"input": "a"})))


def test_a_score_of_an_observation_rates_what_that_one_made() -> None:
    found = only(download(score(observationId="o-1"), observations=[observation()]))
    assert (found.prompt, found.output) == ("Be brief.\n\nSort.", "Done.")
    assert dict(found.context)["model"] == "gpt-x"


@pytest.mark.parametrize(
    ("value", "kind", "text", "stars"),
    [
        (1, "BOOLEAN", "True", 5),
        (0, "BOOLEAN", "False", 1),
        (True, "BOOLEAN", None, 5),
        (0, "NUMERIC", None, 1),
        (6.25, "NUMERIC", None, 4),  # 3.5
        (10, "NUMERIC", None, 5),
        (0, "CATEGORICAL", "good", 4),
        ("so=so", "CATEGORICAL", None, 3),
    ],
)
def test_a_score_is_stars(value: Any, kind: str, text: str | None, stars: int) -> None:
    assert only(trace(), score(value, kind, stringValue=text)).rating == stars


def test_what_cannot_be_rated_is_rejected() -> None:
    bare = ImportOptions()
    assert reason(trace(), score(0.5)) == "BOOLEAN is neither 1 nor 0: 0.5"
    assert reason(trace(), score(5, "NUMERIC"), options=bare) == "NUMERIC needs --score-range A:B"
    assert reason(trace(), score(11, "NUMERIC")) == "NUMERIC is outside of the range: 11"
    assert reason(trace(), score([], "NUMERIC")) == "NUMERIC is outside of the range: a list"
    assert reason(trace(), score(0, "CATEGORICAL", stringValue="bad")).startswith("CATEGORICAL 'bad' needs")
    assert reason(trace(), score(None, "TEXT", stringValue="well")) == "'TEXT' is no rating"
    assert reason(score()) == "trace 't-1' is not in the file"
    assert reason(trace(), score(observationId="o-9")) == "observation 'o-9' is not in the file"
    assert reason(score(traceId=None)) == "a score of neither a trace nor an observation"
    assert reason(trace(output=None), score()) == "no output"


def test_a_fault_costs_the_row_that_holds_it() -> None:
    endless = 10**639
    bad = [score(float("nan"), "NUMERIC", id="s-2"), score(metadata={"n": [endless]}, id="s-3")]
    work = observation(output=float("inf"))
    whole = json.dumps(download(score(), *bad, score(observationId="o-1"), observations=[work]))
    doubled = json.dumps(score()).replace('"id"', '"name": 1, "id"')
    text = whole.replace(str(endless), "1" * 100_000).replace('"scores": [', f'"scores": [{doubled},')
    found = list(read_langfuse(text.encode(), OPTIONS))
    assert [row.reason if isinstance(row, Rejected) else row.rating for row in found] == [
        "JSON with the key 'name' twice in one object",
        5,
        "JSON with NaN, which is not a JSON number",
        "JSON with a number of more than 640 digits",
        "observation 'o-1': JSON with Infinity, which is not a JSON number",
    ]
    deep = json.dumps(score(metadata=7)).replace("7", "[" * 20_000 + "]" * 20_000)
    lines = "\n".join([deep, json.dumps(trace()), '{"id": ', json.dumps(score())])
    rejected, cut, kept = read_langfuse(lines.encode(), OPTIONS)
    assert rejected == Rejected(1, "JSON nested too deep")
    assert cut == Rejected(3, "not JSON: Expecting value (column 8)")
    assert isinstance(kept, ImportedRating)
    with pytest.raises(InputError, match="nested too deep"):
        list(read_langfuse(deep.encode(), OPTIONS))


def test_the_rest_is_numbered_as_the_scores_stand() -> None:
    found = read(download(score(0.5), score(), score(2)))
    assert [(row.row, isinstance(row, Rejected)) for row in found] == [(1, True), (2, False), (3, True)]


def test_messages_are_what_they_say_and_other_json_is_json() -> None:
    chat = {"messages": [{"role": "user", "content": "Sort."}]}
    deep: Any = "end"
    for _ in range(60):
        deep = [deep]
    for value, wanted in (
        (chat, "Sort."),
        (json.dumps(chat), "Sort."),
        ("{broken", "{broken"),
        ({"b": 1, "a": [2]}, '{"a": [2], "b": 1}'),
        ([{"content": [1], "role": "user"}], '[{"content": [1], "role": "user"}]'),
    ):
        found = only(trace(input=value), score()).prompt
        assert found == wanted
    assert reason(trace(input=deep), score()) == "no prompt"


def test_an_id_that_cannot_be_one_is_left_to_the_content() -> None:
    assert only(trace(), score(id="a b")).feedback_id is None
    assert only(trace(), score(id="a" * 56)).feedback_id is None


def test_a_score_without_a_time_has_that_of_its_trace() -> None:
    late = replace(OPTIONS, at="2020-01-01T00:00:00Z")
    (found,) = read(trace(), score(timestamp=None), options=late)
    assert isinstance(found, ImportedRating)
    assert found.timestamp == "2026-11-19T09:00:00Z"
