"""What Schemathesis reports is the same in each of its forms, and none of them brings a reader down."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.junit_report import read_junit
from feedback_loop.formats.log_text import NOTHING, read_log
from feedback_loop.formats.records import make_event
from feedback_loop.formats.schemathesis import read_schemathesis
from feedback_loop.formats.schemathesis_ndjson import read_ndjson
from feedback_loop.formats.schemathesis_vcr import read_vcr

REPORTS = Path(__file__).parent / "data" / "reports"
NDJSON = (REPORTS / "schemathesis.ndjson").read_bytes()
VCR = (REPORTS / "schemathesis.yaml").read_bytes()
JUNIT = (REPORTS / "schemathesis.xml").read_bytes()
TRACE = (
    "Traceback (most recent call last):\n  File \"/srv/app.py\", line 3, in create\n    x()\nKeyError: 'a'\n"
)
OPERATIONS = ("POST /products", "GET /products", "GET /products/{pid}")


def told(found: ReportRead) -> list[tuple[str, str, int | None, str, str]]:
    return [
        (str(dict(one.fields)["test_name"]), one.endpoint, one.status, one.exception, one.message)
        for one in found.reported
    ]


def check(**changes: Any) -> dict[str, Any]:
    failure = {
        "type": "ServerError",
        "operation": "POST /a",
        "title": "Server error",
        "message": "",
        **changes,
    }
    return {"name": "x", "status": "failure", "failure_info": {"failure": failure}}


def scenario(*checks: Any, label: str = "POST /a", status: int = 500, body: str = "") -> dict[str, Any]:
    content = {"$base64": base64.b64encode(body.encode()).decode()}
    sent = {
        "request": {"method": "POST", "uri": "http://host/a?b=1"},
        "response": {"status_code": status, "content": content},
    }
    recorder = {
        "label": label,
        "cases": {"c": {"value": {"method": "POST", "path": "/a"}}},
        "checks": {"c": list(checks)},
        "interactions": {"c": sent},
    }
    return {"ScenarioFinished": {"timestamp": 1795334073.9, "status": "failure", "recorder": recorder}}


def lines(*events: dict[str, Any]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in ({"Initialize": {"seed": 1}}, *events)).encode()


def read(*events: dict[str, Any]) -> ReportRead:
    return read_ndjson(lines(*events))


# -- a real run --------------------------------------------------------------------------------------


def test_json_lines_and_junit_of_one_run_tell_the_same() -> None:
    events, junit = read_ndjson(NDJSON), read_junit(JUNIT)
    assert sorted(told(events)) == sorted(told(junit))
    assert {one.place for one in events.reported} == {one.place for one in junit.reported}
    assert set(events.executed) == set(junit.executed) == set(OPERATIONS)


CREATED = """1. Test Case ID: gVrO2r

- ST101 Server error

- ST103 Undocumented status code

    Received: 500
    Documented: 201, 422

[500] Internal Server Error:

    `Internal Server Error`

Reproduce with:

    curl -X POST -d '{"name": ""}' http://127.0.0.1:8000/products

2. Test Case ID: x91aQe

- ST103 Undocumented status code

    Received: 400
    Documented: 201, 422

[400] Bad Request:

    `{"detail":"There was an error parsing the body"}`

Reproduce with:

    curl -X POST -d 'x' http://127.0.0.1:8000/products"""
UNREACHED = "Network Error\n\nConnection refused\n\nReproduce with: \n\n    curl -X GET http://127.0.0.1:9/a"
WIDE = "GET /categories/{category_id}/average"
PRINTED = f"""Schemathesis v4.32.5
===================== ERRORS =====================
_____________________ GET /a _____________________
{UNREACHED}

Need more help?
    Join our server

==================== FAILURES ====================
_________________ POST /products _________________
{CREATED}

    st replay x91aQe

 {WIDE} \n{CREATED}

==================== SUMMARY =====================

Failures:
  - ST101 Server error: 2

=============== 5 failures in 1.49s ==============
"""


@pytest.mark.parametrize("before", ["", "2026-11-22T08:16:11.1234567Z ", "[   28s] "])
def test_what_it_prints_tells_the_same_as_junit(before: str) -> None:
    suite = ElementTree.Element("testsuite", name="schemathesis")
    for name, tag, text in (
        ("GET /a", "error", UNREACHED),
        ("POST /products", "failure", CREATED),
        (WIDE, "failure", CREATED),
    ):
        ElementTree.SubElement(ElementTree.SubElement(suite, "testcase", name=name), tag).text = text
    junit = read_junit(ElementTree.tostring(suite))
    printed = "".join(f"{before}{line}\n" for line in PRINTED.splitlines())
    found = read_log(printed.encode(), 100)
    assert told(found) == told(junit)
    assert [one.place for one in found.reported] == [one.place for one in junit.reported]
    assert [one.entry for one in found.reported] == [1, 2, 3, 4, 5]
    assert (found.executed, found.skipped, found.rejected) == (junit.executed, (), ())
    again = read_log((printed * 2 + TRACE).encode())
    assert [one.kind for one in again.reported] == ["test_failure"] * 5 + ["bug"]
    assert (again.read, dict(again.skipped)) == (11, {"another attempt of a failure that is told": 5})


def test_what_only_resembles_its_sections_is_no_failed_check() -> None:
    calm = "===== ERRORS =====\n____ ERROR at setup of test_a ____\nE  x\n___ GET /a ___\n"
    quoted = f"<failure>{CREATED}\n"
    assert dict(read_log((calm + "=====\n" + quoted).encode()).skipped).keys() == {NOTHING}


def test_a_server_error_is_left_to_its_status_and_told_once_however_many_checks_say_it() -> None:
    assert told(read_ndjson(NDJSON)) == [
        ("GET /products/{pid} [ServerError]", "GET /products/{pid}", 500, "", "")
    ]


def test_a_cassette_tells_the_same_of_the_paths_that_were_asked_for() -> None:
    found = read_vcr(VCR)
    names = [(name, status, exception) for name, _, status, exception, _ in told(found)]
    assert names == [("GET /products/{id} [ServerError]", 500, "")]
    assert all(one.endpoint.startswith("GET /products/") for one in found.reported)
    assert {"POST /products", "GET /products"} < set(found.executed)
    assert (found.run, found.at) == (None, "2026-11-22T08:16:11Z")


def test_the_counts_are_those_of_other_readers() -> None:
    events = [json.loads(line) for line in NDJSON.splitlines()]
    recorders = [one["ScenarioFinished"]["recorder"] for one in events if "ScenarioFinished" in one]
    checks = [one for each in recorders for case in each.get("checks", {}).values() for one in case]
    found = read_ndjson(NDJSON)
    assert found.read == len(checks)
    assert dict(found.skipped)["passed"] == sum(one["status"] == "success" for one in checks)
    cases = list(ElementTree.fromstring(JUNIT.decode()).iter("testcase"))
    junit = read_junit(JUNIT)
    assert junit.read == found.tests == read_vcr(VCR).tests == len(cases)
    assert dict(junit.skipped)["passed"] == sum(not list(case) for case in cases)


@pytest.mark.parametrize(("reader", "data"), [(read_ndjson, NDJSON), (read_vcr, VCR), (read_junit, JUNIT)])
def test_what_was_read_makes_events(reader: Callable[[bytes], ReportRead], data: bytes) -> None:
    for one in reader(data).reported:
        make_event(one.kind, "2026-11-20T09:30:00Z", dict(one.fields))


# -- JSON lines --------------------------------------------------------------------------------------


def test_a_run_in_which_all_passed_tells_none() -> None:
    found = read(scenario({"name": "x", "status": "success"}, status=200))
    assert (found.reported, found.executed, found.skipped) == ((), ("POST /a",), (("passed", 1),))


def test_an_operation_that_was_skipped_was_not_executed() -> None:
    skipped = {"ScenarioFinished": {"status": "skip", "recorder": {"label": "GET /b"}}}
    assert read(skipped).executed == ()


def test_one_check_of_one_operation_is_told_once_for_each_status() -> None:
    first, again = scenario(check(), check(), status=500), scenario(check(), status=502)
    found = read(first, first, again)
    assert [(one.status, one.place) for one in found.reported] == [
        (500, "POST /a [ServerError] 500"),
        (502, "POST /a [ServerError] 502"),
    ]
    assert dict(found.skipped)["another attempt of a failure that is told"] == 3


@pytest.mark.parametrize("first", ["Server error", "Undocumented status code"])
def test_a_response_of_500_is_one_failure_and_of_400_one_by_its_check(first: str) -> None:
    both = sorted((check(), check(title="Undocumented status code")), key=lambda one: first not in str(one))
    found = read(scenario(*both), scenario(check(title="Undocumented status code"), status=400)).reported
    assert [(one.place, one.status, one.exception) for one in found] == [
        ("POST /a [ServerError] 500", 500, ""),
        ("POST /a [UndocumentedStatusCode] 400", 400, "UndocumentedStatusCode"),
    ]
    assert dict(found[0].fields)["failure_reason"] == "Server error: HTTP 500"


def test_a_traceback_in_the_response_goes_with_the_server_error() -> None:
    (bug,) = read(scenario(check(), body=f"<pre>{TRACE}")).reported
    assert TRACE in bug.trace


def test_the_endpoint_may_come_from_the_case_where_label_and_failure_name_none() -> None:
    (one,) = read(scenario(check(operation=None), label="Stateful tests")).reported
    assert one.endpoint == "POST /a"


def test_what_kept_an_operation_from_being_tested_is_told() -> None:
    error = {"type": "ConnectionError", "message": "refused"}
    found = read({"NonFatalError": {"value": error, "label": "GET /b", "timestamp": 1795334073.9}})
    (one,) = found.reported
    assert (one.endpoint, one.exception, one.message) == ("GET /b", "ConnectionError", "refused")
    assert one.place == "GET /b [ConnectionError]"


def test_no_generated_data_is_in_a_name_or_reason() -> None:
    message = "'x' is a required property\n\nValue:\n\n  {\"secret\": 1}"
    (one,) = read(scenario(check(title="Response violates schema", message=message))).reported
    assert dict(one.fields) == {
        "test_name": "POST /a [ResponseViolatesSchema]",
        "failure_reason": "Response violates schema: 'x' is a required property",
    }


def test_a_line_that_was_cut_off_is_rejected_by_its_number() -> None:
    found = read_ndjson(lines(scenario(check()))[:-40])
    assert ([one.line for one in found.rejected], found.reported) == ([2], ())


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"a": 1}\n', b"\xff", b"x"])
def test_what_is_no_report_of_it_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_schemathesis(data)


# -- cassettes -----------------------------------------------------------------------------------------


def cassette(*interactions: str) -> bytes:
    return ("recorded_with: 'x'\nhttp_interactions:\n" + "".join(interactions)).encode()


INTERACTION = """\
- status: 'FAILURE'
  checks:
    - {name: 'not_a_server_error', status: 'FAILURE', message: 'Server error'}
    - {name: 'other', status: 'FAILURE', message: ~}
    - {name: 'third', status: 'SUCCESS', message: ~}
  request: {uri: 'http://host/a/7?b=1', method: 'PUT'}
  response: {status: {code: '500', message: x}, body: {encoding: utf-8, string: "x"}}
"""


def test_checks_of_a_cassette_are_told_by_their_title_or_name() -> None:
    found = read_vcr(cassette(INTERACTION, INTERACTION))
    assert [(one.place, one.endpoint) for one in found.reported] == [
        ("PUT /a/{id} [ServerError] 500", "PUT /a/7"),
        ("PUT /a/{id} [Other] 500", "PUT /a/7"),
    ]
    assert (found.read, found.executed) == (6, ("PUT /a/7",))


def test_a_traceback_in_a_body_goes_with_the_server_error() -> None:
    body = json.dumps(TRACE)
    (one, _) = read_vcr(cassette(INTERACTION.replace('"x"', body))).reported
    assert one.trace == TRACE


def test_a_request_without_a_response_is_a_failure() -> None:
    text = "- status: 'ERROR'\n  checks: []\n  request: {uri: 'http://h/a', method: GET}\n  response: null\n"
    (one,) = read_vcr(cassette(text)).reported
    assert (one.place, one.exception, one.message) == (
        "GET /a [ConnectionError]",
        "ConnectionError",
        "no response",
    )


def test_what_stands_before_a_break_is_told() -> None:
    found = read_vcr(cassette(INTERACTION, "- }"))
    assert len(found.reported) == 2
    assert [one.message.partition(":")[0] for one in found.rejected] == ["the rest cannot be read"]


def test_a_status_that_nobody_documented_begins_as_in_the_other_reports() -> None:
    text = INTERACTION.replace("Server error", "Undocumented status code").replace("'500'", "'404'")
    found = read_vcr(cassette(text)).reported[0]
    assert (found.exception, found.status, found.message) == ("UndocumentedStatusCode", 404, "Received: 404")


def test_a_request_that_was_cut_off_is_named() -> None:
    whole = INTERACTION.replace('"x"}', '"x"}, http_version: "1.1"')
    without_response = INTERACTION.partition("  response:")[0]
    within_body = whole.replace("/a/7", "/b").replace(', http_version: "1.1"', "")
    for before, cut in ((INTERACTION, without_response), (whole, without_response), (whole, within_body)):
        found = read_vcr(cassette(before, cut))
        assert (found.read, len(found.reported)) == (3, 2)
        assert [one.message for one in found.rejected] == ["request 2 is cut off"]


@pytest.mark.parametrize("complete", [INTERACTION, VCR.decode().partition("http_interactions:\n")[2]])
def test_a_cassette_that_ends_early_tells_no_failure_of_its_own(complete: str) -> None:
    whole = read_vcr(cassette(complete))
    before = {one.place for one in whole.reported}
    lines = complete.splitlines(keepends=True)
    for count in range(max(1, len(lines) - 40), len(lines)):
        found = read_vcr(cassette("".join(lines[:count])))
        assert {one.place for one in found.reported} <= before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- &a {b: 1}\n", "anchors"),
        ("- *a\n", "anchors"),
        ("- !!python/object/apply:os.system [id]\n", "tags"),
        ("- !a b\n", "tags"),
        ("- " + "[" * 50 + "\n", "deeper"),
        ("- ? [a]\n  : b\n", "no text"),
        ("- a: 'b\n", "not YAML"),
    ],
)
def test_what_a_cassette_never_has_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_vcr(cassette(text))


@pytest.mark.parametrize("data", [b"", b"a: b", b"- a", b"\xff\xfe", b"a: \x07", b"\0"])
def test_what_is_no_cassette_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_vcr(data)


# -- whatever the bytes --------------------------------------------------------------------------------

READERS = {
    "ndjson": (read_schemathesis, NDJSON),
    "vcr": (read_schemathesis, VCR),
    "junit": (read_junit, JUNIT),
}


def attempt(reader: Callable[[bytes], ReportRead], data: bytes) -> tuple[Reported, ...]:
    try:
        return reader(data).reported
    except InputError:
        return ()


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_report_cut_or_damaged_at_any_byte_never_makes_it_raise(name: str, data: st.DataObject) -> None:
    reader, real = READERS[name]
    cut = data.draw(st.integers(0, len(real)))
    broken = (
        real[:cut] + data.draw(st.binary(max_size=8)) + real[cut : data.draw(st.integers(cut, len(real)))]
    )
    assert len(attempt(reader, broken)) <= 10


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_in_a_cassette_never_make_it_raise(data: bytes) -> None:
    assert len(attempt(read_vcr, b"http_interactions:\n- " + data)) < 10
