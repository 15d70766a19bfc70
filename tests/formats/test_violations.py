"""Violations of a smoke test are failures, each once, with its trace; none is dropped in silence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.records import make_event
from feedback_loop.formats.violations import read_violations, violations_of

MESSAGE = "NOT NULL constraint failed: products.category_id"
ONE = {
    "type": "runtime",
    "severity": "critical",
    "endpoint": "POST /products",
    "error_type": "IntegrityError",
    "error_message": MESSAGE,
    "fix_hint": "give it a default",
    "file": "app/models.py",
}
TRACE = f'Traceback (most recent call last):\n  File "app/models.py", line 3, in f\n    g()\nsqlite3.IntegrityError: {MESSAGE}\n'
OTHER = "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\nKeyError: 'a'\n"


def read(value: object) -> ReportRead:
    return read_violations(json.dumps(value).encode())


def test_a_list_without_violations_tells_none() -> None:
    assert read([]) == read({"violations": []}) == ReportRead(())


def test_a_violation_is_a_failure_of_its_endpoint() -> None:
    (one,) = read([ONE]).reported
    assert (one.endpoint, one.exception, one.message) == ("POST /products", "IntegrityError", MESSAGE)
    assert dict(one.fields) == {
        "test_name": "POST /products [IntegrityError]",
        "failure_reason": f"IntegrityError: {MESSAGE}",
        "file_path": "app/models.py",
    }
    make_event(one.kind, "2026-11-20T09:30:00Z", dict(one.fields))


def test_a_list_json_lines_and_a_whole_result_tell_the_same() -> None:
    lines = "".join(json.dumps(each) + "\n" for each in (ONE, ONE)).encode()
    told = read([ONE, ONE])
    assert read_violations(lines) == told == read({"violations": [ONE, ONE]})
    assert [one.entry for one in told.reported] == [1, 2]


def test_a_result_says_what_was_executed_and_its_run() -> None:
    asked = ["get /x", "GET /x", "GET http://host/y?a=1", {"method": "put", "path": "/z"}, 7, "nothing"]
    found = read({"violations": [ONE], "executed": asked, "run_id": " r1 "})
    assert (found.run, found.executed) == ("r1", ("GET /x", "GET /y", "PUT /z", "POST /products"))


@pytest.mark.parametrize(
    ("changes", "exception", "message", "status"),
    [
        ({"error_type": "database"}, "", MESSAGE, None),
        (
            {"error_type": "database", "error_message": f"sqlite3.IntegrityError: {MESSAGE}"},
            "sqlite3.IntegrityError",
            MESSAGE,
            None,
        ),
        ({"error_message": "IntegrityError: no"}, "IntegrityError", "no", None),
        ({"error_message": "ValueError: no"}, "IntegrityError", "ValueError: no", None),
        ({"error_type": None, "error_message": "expected 201, got 500"}, "", "expected 201, got 500", 500),
        ({"error_type": "http", "error_message": "HTTP 404"}, "", "HTTP 404", 404),
        ({"error_type": None, "error_message": "", "status_code": "503"}, "", "", 503),
        ({"error_type": None, "error_message": None, "status": 422}, "", "", 422),
        ({"status": True}, "IntegrityError", MESSAGE, None),
    ],
)
def test_what_an_entry_says_went_wrong(
    changes: dict[str, Any], exception: str, message: str, status: int | None
) -> None:
    (one,) = violations_of([{**ONE, **changes}], None)
    assert (one.exception, one.message, one.status) == (exception, message, status)


@pytest.mark.parametrize(
    ("endpoint", "method", "told"),
    [
        ("/products", "post", "POST /products"),
        ("https://host/products?a=1", "GET", "GET /products"),
        ("/products", None, "* /products"),
        ("products", "POST", ""),
        (None, "POST", ""),
    ],
)
def test_how_an_endpoint_may_be_written(endpoint: object, method: object, told: str) -> None:
    (one,) = violations_of([{**ONE, "endpoint": endpoint, "method": method}], None)
    assert one.endpoint == told


@pytest.mark.parametrize(
    ("traces", "trace"),
    [
        (None, ""),
        ({}, ""),
        ({"POST /products": TRACE}, TRACE),
        ({"POST /products": [OTHER, TRACE]}, TRACE),
        ({"GET /products": TRACE}, ""),
        ([{"endpoint": "POST /products", "error_type": "IntegrityError", "stack_trace": TRACE}], TRACE),
        (
            [
                {
                    "endpoint": "POST /products",
                    "exception_class": "sqlite3.IntegrityError",
                    "stack_trace": TRACE,
                }
            ],
            TRACE,
        ),
        ([{"endpoint": "POST /products", "exception_class": "KeyError", "stack_trace": OTHER}], ""),
        ([TRACE, 7, None], ""),
        ("text", ""),
    ],
)
def test_a_trace_given_apart_belongs_by_endpoint_and_exception(traces: Any, trace: str) -> None:
    (one,) = violations_of([ONE], traces)
    assert one.trace == trace
    assert read({"violations": [ONE], "stack_traces": traces}).reported == (one,)


def test_a_trace_of_its_own_goes_before_one_given_apart() -> None:
    (one,) = violations_of([{**ONE, "stack_trace": OTHER}], {"POST /products": TRACE})
    assert one.trace == OTHER


def test_objects_with_attributes_are_read_as_mappings_are() -> None:
    @dataclass
    class Violation:
        endpoint: str
        error_type: str
        error_message: str

    (one,) = violations_of(
        [Violation("POST /products", "IntegrityError", MESSAGE)], {"POST /products": TRACE}
    )
    assert (one.exception, one.trace) == ("IntegrityError", TRACE)


def test_entries_that_are_no_violation_are_rejected_by_their_number() -> None:
    found = read([7, ONE, {}, {"endpoint": "GET /a", "type": "x"}, None])
    assert (found.read, [one.entry for one in found.reported]) == (5, [2])
    assert [one.message.partition(":")[0] for one in found.rejected] == [
        "entry 1",
        "entry 3",
        "entry 4",
        "entry 5",
    ]


@pytest.mark.parametrize(
    "data", [b"", b"7", b"[1]", b'{"violations": 3}', b'[{"a": 1}]', b"\xff", b"[" * 9_000]
)
def test_what_is_no_list_of_violations_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_violations(data)


def test_failures_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback_loop.formats.violations.FAILURES_CAP", 2)
    monkeypatch.setattr("feedback_loop.formats.report_json.FAILURES_CAP", 2)
    found = read([ONE] * 5)
    assert len(found.reported) == 2
    assert [one.message for one in found.rejected] == ["3 failures are left out: more than 2 in one report"]


ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=9)
    | st.just("\ud800")
    | st.just([])
    | st.just({})
)
ENTRY = st.dictionaries(st.sampled_from([*ONE, "status", "method", "path", "stack_trace"]), ODD) | ODD


@settings(max_examples=100, deadline=None)
@given(
    st.lists(ENTRY, max_size=4),
    ODD | st.lists(ENTRY, max_size=3) | st.dictionaries(st.text(max_size=9), ENTRY),
)
def test_every_entry_is_told_or_rejected(entries: list[Any], traces: Any) -> None:
    found = read({"violations": entries, "stack_traces": traces})
    assert found.read == len(entries) == len(found.reported) + len(found.rejected)
    for one in found.reported:
        make_event(one.kind, "2026-11-20T09:30:00Z", dict(one.fields))
