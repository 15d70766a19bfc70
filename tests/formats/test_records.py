"""Events as text: made, written, read, refused."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop import MetricsCollector
from feedback_loop.api.events import record_event
from feedback_loop.domain.event import KINDS, Event
from feedback_loop.errors import InputError
from feedback_loop.formats import event_check
from feedback_loop.formats.event_check import FieldError
from feedback_loop.formats.event_fields import CHOICES, FIELDS, REQUIRED
from feedback_loop.formats.metrics_json import format_metrics
from feedback_loop.formats.records import (
    event_data,
    format_event,
    format_loose,
    make_event,
    parse_event,
    parse_record,
)
from feedback_loop.formats.schema import check_schema
from feedback_loop.formats.strict_json import SIZE_CAP, parse_json
from feedback_loop.workspace import Workspace
from tests.repo import Repo

AT = "2026-11-20T09:30:00Z"
BUG: dict[str, Any] = {"error": "IndexError", "code": "x[0]", "file_path": "a/b.py", "line": 3}


def bug(**changes: Any) -> Event:
    return make_event("bug", AT, BUG | changes, patterns=["bounds_checking"])


def record(**changes: Any) -> dict[str, Any]:
    return json.loads(format_event(bug())) | changes


def refusal(value: Any) -> str:
    with pytest.raises(InputError) as caught:
        parse_record(json.dumps(value))
    return caught.value.message


def hashed(value: dict[str, Any]) -> dict[str, Any]:
    """The record with the id that belongs to it."""
    content = {key: one for key, one in value.items() if key != "id"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return value | {"id": hashlib.sha256(text.encode()).hexdigest()}


# -- the canonical form ----------------------------------------------------------------------------


def test_a_record_is_one_line_with_sorted_keys_and_the_hash_of_the_rest() -> None:
    line = format_event(bug(error="é"))
    value = json.loads(line)
    assert line == json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n"
    assert line.isascii()
    assert hashed(value) == value
    assert list(value) == ["at", "by", "commit", "data", "id", "kind", "patterns", "schema_version", "source"]
    assert value["source"] == {"kind": "api"}
    assert (value["by"], value["commit"]) == (None, None)


def test_what_is_written_is_read_back() -> None:
    event = make_event(
        "bug", AT, BUG, patterns=["a_b", "c_d"], source={"kind": "cli"}, by="0123456789ab", commit="a" * 40
    )
    assert parse_event(format_event(event), "x") == event
    assert parse_event(format_event(event).encode(), "x") == event
    assert event_data(event) == BUG


def test_the_same_content_is_the_same_event_in_whatever_order() -> None:
    other = make_event("bug", AT, dict(reversed(BUG.items())), patterns=["bounds_checking"])
    assert other == bug() == bug(stack_trace=None)
    assert bug(line=4).id != bug().id


def test_a_name_given_twice_stands_once() -> None:
    assert make_event("bug", AT, BUG, patterns=["b_b", "a_a", "b_b"]).patterns == ("b_b", "a_a")


def test_another_layout_is_read_and_line_ends_of_other_systems(tmp_path: object) -> None:
    for text in (json.dumps(record(), indent=2) + "\n", format_event(bug()).replace("\n", "\r\n")):
        assert parse_event(text, "x") == bug()


def test_events_sort_by_time_and_id() -> None:
    late = make_event("bug", "2026-11-20T09:30:01Z", BUG)
    assert sorted([late, bug(), bug(line=4)])[2] == late


# -- what is masked and capped ---------------------------------------------------------------------


def test_secrets_are_masked_wherever_they_stand() -> None:
    token = "ghp_" + "a1B2" * 9
    details = {"token": token, "deep": [{"password": "hunter2", "text": f"see {token}"}], "count": 3}
    event = make_event(
        "performance", AT, {"metric_type": "m", "details": details}, source={"kind": "x", "url": f"/{token}"}
    )
    assert "ghp_" not in format_event(event)
    assert "hunter2" not in format_event(event)
    assert event_data(event)["details"]["count"] == 3


LEAKS: dict[str, Any] = {
    "https://u:Pa55w0rd@h/": 1,
    "ghp_" + "a1B2" * 9: 2,
    "gho_" + "a1B2" * 9: 3,
    "passwords": ["hunter2"],
    "password": {"value": "hunter3"},
    "db_password": 12345678,
    "token": ["abc", {"hunter4": None}],
    "secret": None,
    "auth": False,
    "pwd": "",
    "tokens": {"input": 1200, "by": ["hunter5", 0.5]},
    "pass": 12,
}
MASKED: dict[str, Any] = {
    "https://***@h/": 1,
    "*** (2)": 2,
    "***": 3,
    "passwords": "***",
    "password": "***",
    "db_password": "***",
    "token": "***",
    "secret": None,
    "auth": False,
    "pwd": "",
    "tokens": {"input": 1200, "by": ["***", 0.5]},
    "pass": 12,
}


def test_keys_are_masked_and_all_below_a_secret_name_but_counts() -> None:
    def made(details: dict[str, Any]) -> Event:
        return make_event("performance", AT, {"metric_type": "m", "details": details})

    event = made({"deep": [LEAKS]})
    assert event_data(event)["details"] == {"deep": [MASKED]}
    assert made({"deep": [dict(reversed(LEAKS.items()))]}) == event
    assert made({"deep": [MASKED]}) == event
    source = make_event("bug", AT, BUG, source={"kind": "x"} | LEAKS).source
    assert json.loads(source) == {"kind": "x"} | MASKED


def test_so_are_those_of_masked_metrics() -> None:
    data = {"performance_metrics": [{"metric_type": "m", "details": LEAKS}]}
    (entry,) = json.loads(format_metrics(data, masked=True))["performance_metrics"]
    assert entry["details"] == MASKED
    assert json.loads(format_metrics(data)) == data


def test_a_key_that_was_no_text_can_be_written() -> None:
    event = bug(signature={"a\udcff": 1, "a\\udcff": 2})
    assert event_data(event)["signature"] == {"a\\udcff": 2, "a\\udcff (2)": 1}
    assert parse_event(format_event(event), "x") == event


def test_a_prompt_is_masked_before_it_is_cut(repo: Repo) -> None:
    token = "ghp_" + "a1B2" * 9
    prompt = "p" * 189 + " " + token
    recorded = record_event(
        Workspace.open(str(repo.root)),
        "generation",
        {"prompt": prompt, "patterns_applied": [], "confidence": 1, "success": True},
        at=AT,
    )
    assert event_data(recorded.event)["prompt"] == "p" * 189 + " ***"
    collector = MetricsCollector()
    collector.log_code_generation(prompt, [], 1, True)
    collector.log_code_generation("p" * 300, [], 1, True)
    collector.log_code_generation(token, [], 1, True)
    kept = [entry["prompt"] for entry in collector.data["code_generation"]]
    assert kept == ["p" * 189 + " ***", "p" * 200, token]  # whole tokens are masked when they are written
    assert token not in collector.export_json(mask=True)
    assert collector.save(repo.root)["written"] == 3
    assert "ghp_" not in MetricsCollector.from_store(repo.root).export_json()


def test_texts_are_capped_each_at_its_own_length() -> None:
    data = event_data(bug(error="e" * 3000, code="c" * 5000, stack_trace="t" * 5000))
    assert [len(data[name]) for name in ("error", "code", "stack_trace")] == [2000, 4000, 4000]
    assert data["error"].endswith("e…")


def test_a_token_at_the_edge_of_the_cap_is_masked_before_the_cut() -> None:
    data = event_data(bug(error="e" * 1990 + " ghp_" + "a1B2" * 9))
    assert "ghp_" not in data["error"]


def test_traces_lose_their_local_variables() -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x = g()\n    user = "bob"\nKeyError: 1'
    kept = event_data(bug(stack_trace=trace))["stack_trace"]
    assert "bob" not in kept
    assert kept.splitlines()[1:3] == ['  File "a.py", line 1, in f', "    x = g()"]


def test_bytes_that_were_no_text_can_be_written() -> None:
    event = bug(file_path="a\udcff.py")
    assert event_data(event)["file_path"] == "a\\udcff.py"
    assert parse_event(format_event(event), "x") == event


# -- what is refused, by the name of the field -----------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"file_path": " "}, "file_path", "file_path cannot be empty"),
        ({"line": -1}, "line", "line must be a whole number of 0 or more, not -1"),
        ({"line": True}, "line", "line must be a whole number of 0 or more, not True"),
        ({"line": None}, "line", "line is missing: a bug event needs it"),
        ({"error": 3}, "error", "error must be text, not 3"),
        ({"eror": "x"}, "eror", "'eror' is no field of a bug event (known: error, code, file_path,"),
        ({"signature": {"a": float("nan")}}, "signature", "signature.a: nan is not a JSON number"),
        ({"signature": {"a": [object()]}}, "signature", "signature.a.0: a object is not a JSON value"),
        ({"signature": {1: 2}}, "signature", "signature.1: a key must be text"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(FieldError) as caught:
        bug(**changes)
    assert caught.value.field == field
    assert caught.value.message.startswith(message)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"kind": "bugs"}, "kind"),
        ({"at": "2026-11-20"}, "at"),
        ({"at": "2026-11-20T09:30:00+00:00"}, "at"),
        ({"at": "2026-11-20T09:30:00Z\n"}, "at"),
        ({"at": "2026-02-29T00:00:00Z"}, "at"),
        ({"at": "2026-13-01T00:00:00Z"}, "at"),
        ({"at": "0000-01-01T00:00:00Z"}, "at"),
        ({"at": "2026-01-01T24:00:00Z"}, "at"),
        ({"patterns": ["Not A Name"]}, "patterns"),
        ({"by": ""}, "by"),
        ({"commit": "HEAD"}, "commit"),
        ({"source": {"name": "x"}}, "source"),
    ],
)
def test_so_is_a_wrong_part_of_the_frame(arguments: dict[str, Any], field: str) -> None:
    given_: dict[str, Any] = {"kind": "bug", "at": AT, "data": BUG} | arguments
    with pytest.raises(FieldError) as caught:
        make_event(given_.pop("kind"), given_.pop("at"), given_.pop("data"), **given_)
    assert caught.value.field == field


def test_leap_days_are_days() -> None:
    for at in ("2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z"):
        assert make_event("bug", at, BUG).at == at


def test_an_event_too_large_is_refused() -> None:
    with pytest.raises(FieldError, match="larger than 1048576 bytes"):
        make_event(
            "performance", AT, {"metric_type": "m", "details": {str(i): "x" * 999 for i in range(1100)}}
        )


def test_nesting_without_end_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(FieldError, match="nested too deep"):
        make_event("performance", AT, {"metric_type": "m", "details": endless})


# -- what is refused when read ---------------------------------------------------------------------


def test_a_change_anywhere_is_noticed() -> None:
    for value in (record(at="2026-11-20T09:30:01Z"), record(by="0123456789ab"), record(patterns=[])):
        assert "not the hash of its content" in refusal(value)
    assert "not the hash of its content" in refusal(record(data=BUG | {"line": 4}))


def test_a_newer_version_says_so_whatever_else_it_holds() -> None:
    assert refusal({"schema_version": 2, "new": 1}) == "version 2 needs a newer feedback-loop"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "not JSON"),
        (b"[]", "no event"),
        (b"\xff", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "nested deeper"),
        (b"9" * 5000, "a number of more than 640 digits"),
        (b"{}", "no event: it lacks 'at', 'by'"),
        (b" " * (1 << 21), "larger than"),
    ],
)
def test_what_is_no_record_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_event(text, "there.json")
    assert caught.value.message.startswith("there.json: " + message)


def test_keys_given_twice_are_refused_though_the_hash_fits() -> None:
    line = format_event(bug())
    with pytest.raises(InputError, match="key given twice"):
        parse_record(line.replace('{"at":', '{"at":"2020-01-01T00:00:00Z","at":'))


def test_numbers_that_are_none_are_refused_though_a_hash_was_made() -> None:
    value = hashed(record(data=BUG | {"signature": {"a": float("inf")}}))
    assert "data: " in refusal(value)


@pytest.mark.parametrize("data", [{"signature": "\ud800"}, {"signature": {"\udfff": 1}}])
def test_lone_surrogates_are_refused(data: dict[str, Any]) -> None:
    value = hashed(record(data=BUG | data))
    assert "lone surrogate in a string" in refusal(value)
    with pytest.raises(InputError, match="lone surrogate in a string"):
        parse_record(json.dumps(value, sort_keys=True, separators=(",", ":")))


def test_a_depth_beyond_the_cap_is_refused() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    assert refusal(hashed(record(data=BUG | {"signature": {"a": deep}}))) == "nested deeper than 32 levels"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=3))
def test_no_mutation_raises_anything_else(at: int, put: bytes) -> None:
    line = format_event(bug()).encode()
    mutant = line[:at] + put + line[at + 1 :]
    try:
        event = parse_record(mutant)
    except InputError:
        return
    assert event == bug()  # a blank between tokens, or the same byte


# -- the table and the schema say the same ---------------------------------------------------------

_ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 7),
    st.sampled_from(
        [-0.5, 0.5, 1.5, "", " ", "x", "two words", "a_b", "f" * 64, [], ["a_b"], [1], {}, {"a": 1}]
    ),
    st.sampled_from([choice for choices in CHOICES.values() for choice in choices]),
)
_RIGHT = {
    "name": "a_b",
    "sha256": "e" * 64,
    "whole": 3,
    "positive": 1,
    "score": 5,
    "number": 2.5,
    "ratio": 0.5,
    "flag": True,
    "object": {"a": [1]},
    "list": [{"a": 1}],
    "words": ["two words"],
    "names": ["a_b"],
} | {name: choices[-1] for name, choices in CHOICES.items()}


def sound(kind: str) -> dict[str, Any]:
    return {name: _RIGHT.get(field.type, "x") for name, field in FIELDS[kind].items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_kind_is_taken_and_the_needed_ones_are_enough(kind: str) -> None:
    full = sound(kind)
    few = {name: full[name] for name in REQUIRED[kind]}
    for data in (full, few):
        event = make_event(kind, AT, data)
        assert parse_record(format_event(event)) == event
        assert check_schema(parse_json(format_event(event).encode(), "x"), "event") == []


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KINDS), st.data())
def test_table_and_schema_agree_on_what_is_an_event(kind: str, drawn: st.DataObject) -> None:
    data = sound(kind)
    for name in drawn.draw(st.lists(st.sampled_from(sorted(data)), max_size=2)):
        data.pop(name, None)
    for name in drawn.draw(st.lists(st.sampled_from([*sorted(FIELDS[kind]), "other"]), max_size=2)):
        data[name] = drawn.draw(_ANY)
    value = record(kind=kind, data=data)
    if drawn.draw(st.booleans()):
        value[drawn.draw(st.sampled_from([*sorted(value), "other"]))] = drawn.draw(_ANY)
    value = hashed(value) if value.get("id") == record()["id"] else value
    text = json.dumps(value).encode()
    by_schema = not check_schema(parse_json(text, "x"), "event")
    try:
        parse_record(text)
        by_table = True
    except InputError as error:
        by_table = "not the hash" in error.message
    assert by_table == by_schema, text


def test_a_file_of_its_own_is_shifted_by_its_month_and_reads_the_same() -> None:
    months = [f"{2024 + month // 12}-{month % 12 + 1:02}" for month in range(63)]
    lines = [format_loose(make_event("bug", f"{month}-01T00:00:00Z", BUG)) for month in months]
    shifts = [len(line) - len(line.lstrip(" ")) for line in lines]
    assert sorted(shifts) == list(range(1, 64))
    for line in lines:
        event = parse_record(line)
        assert line.lstrip(" ") == format_event(event)
        assert parse_record(line.encode()) == event


def test_the_largest_event_fits_into_a_file_of_its_own() -> None:
    event = make_event("performance", AT, {"metric_type": "m", "details": {"n": [10**9] * 95_260}})
    assert len(format_loose(event)) > SIZE_CAP - 1000
    assert parse_record(format_loose(event).encode()) == event


@pytest.mark.parametrize("field", ["data", "source"])
def test_a_line_that_holds_its_own_id_twice_is_judged_by_its_content(field: str) -> None:
    """What looks like the record's `id` member may stand inside an object of it."""
    wanted = record()
    inner = {"id": wanted["id"], "kind": "bug"}
    changed = wanted | {field: {**wanted[field], **({"occurrence": inner} if field == "data" else inner)}}
    with pytest.raises(InputError, match="not the hash"):
        parse_record(json.dumps(changed, sort_keys=True, separators=(",", ":")))


ODD = st.sampled_from(
    [None, "", " ", "x", "low", "up", 0, 1, -1, 1.5, True, {}, {"kind": "k"}, [], ["a_b"], ["A"]]
)


def _sound(kind: str, name: str) -> Any:
    """A value that fits the field, "x" if it is none of the simple types."""
    field = FIELDS[kind].get(name)
    return next((one for one in ("x", 1, True, {}, [], "low") if field and field.fits(one)), "x")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KINDS), st.data())
def test_what_passes_at_a_glance_passes_a_close_look(kind: str, data: st.DataObject) -> None:
    """The quick look may doubt what is sound, and never trust what is not."""
    names = data.draw(st.lists(st.sampled_from([*FIELDS[kind], "unknown"]), unique=True))
    names = sorted({*names, *REQUIRED[kind]}) if data.draw(st.booleans()) else names
    value: dict[str, Any] = {
        "kind": kind,
        "at": data.draw(st.sampled_from([AT, AT, "2026-02-30T00:00:00Z", 7])),
        "by": data.draw(st.none() | ODD),
        "commit": data.draw(st.sampled_from([None, "abcdef0", "xyz", 7])),
        "patterns": data.draw(st.sampled_from([[], ["a_b"], ["a_b", "a_b"], ["A"], "a_b"])),
        "source": data.draw(st.just({"kind": "cli"}) | ODD),
        "data": {name: data.draw(st.one_of(st.just(_sound(kind, name)), ODD)) for name in names},
    }
    glance = event_check._is_plain(value)
    with patch.object(event_check, "_is_plain", return_value=False):
        try:
            event_check.check_fields(value)
        except FieldError:
            assert not glance
