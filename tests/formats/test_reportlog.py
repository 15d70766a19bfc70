"""pytest's report log: records, attempts, broken lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.reportlog import read_reportlog

REPORTS = Path(__file__).parent / "data" / "reports"
START: dict[str, Any] = {"pytest_version": "9.2.0", "$report_type": "SessionStart"}


def record(outcome: str = "failed", **changes: Any) -> dict[str, Any]:
    base = {
        "nodeid": "a.py::test_b",
        "when": "call",
        "outcome": outcome,
        "longrepr": "E   Boom",
        "start": 1795299215.74,
    }
    return {**base, "$report_type": "TestReport", **changes}


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in (START, *records)).encode()


def read(*records: dict[str, Any]) -> ReportRead:
    return read_reportlog(lines(*records))


def told(found: ReportRead) -> list[tuple[str, object]]:
    return [(one.place, dict(one.fields)["failure_reason"]) for one in found.reported]


def crash(message: str) -> dict[str, Any]:
    entry = {"type": "ReprEntry", "data": {"lines": [">   x()", "E   " + message], "style": "long"}}
    return {
        "reprcrash": {"path": "a.py", "lineno": 3, "message": message},
        "reprtraceback": {"reprentries": [entry], "extraline": None, "style": "long"},
        "sections": [],
        "chain": None,
    }


def test_passed_and_skipped_tests_are_no_failures() -> None:
    found = read(record("passed"), record("skipped"), record("xpass"), {"$report_type": "WarningMessage"})
    assert found.reported == ()
    assert found.read == 5
    assert found.skipped == (
        ("no report of a test", 2),
        ("passed", 1),
        ("skipped", 1),
        ("of unknown outcome", 1),
    )


def test_a_failure_is_told_with_its_own_time_and_line() -> None:
    found = read(record(longrepr=crash("Boom: x")))
    (one,) = found.reported
    assert (one.place, one.at, one.entry) == ("a.py::test_b", "2026-11-21T22:13:35Z", 2)
    assert dict(one.fields) == {
        "test_name": "a.py::test_b",
        "failure_reason": "Boom: x",
        "code_snippet": "x()",
    }
    assert (found.at, found.run) == (one.at, None)


@pytest.mark.parametrize(
    ("when", "place"),
    [("setup", "[setup]"), ("teardown", "[teardown]"), ("???", "[setup]"), (None, "[setup]")],
)
def test_each_phase_has_its_place(when: Any, place: str) -> None:
    assert told(read(record(when=when)))[0][0] == "a.py::test_b" + place


def test_a_failed_collection_is_told() -> None:
    broken = {
        "$report_type": "CollectReport",
        "nodeid": "a.py",
        "outcome": "failed",
        "longrepr": "while importing\nE   ImportError: b",
    }
    assert told(read(broken)) == [("a.py[collect]", "ImportError: b")]


def test_reruns_are_attempts_of_the_last_failure() -> None:
    found = read(
        record("rerun", longrepr="E   one"), record("rerun", longrepr="E   two"), record(longrepr="E   three")
    )
    assert told(found) == [("a.py::test_b", "three")]
    assert dict(found.skipped)["another attempt of a failure that is told"] == 2


def test_a_test_that_passed_in_the_end_is_no_failure() -> None:
    found = read(record("rerun", longrepr="E   one"), record("rerun", longrepr="E   two"), record("passed"))
    assert told(found) == []
    assert dict(found.skipped) == {"no report of a test": 1, "passed": 1, "passed after a rerun": 2}


def test_a_test_that_fails_twice_in_one_phase_is_one_failure_and_the_first() -> None:
    found = read(record(longrepr="E   one"), record(longrepr="E   two"), record(when="teardown"))
    assert told(found) == [("a.py::test_b", "one"), ("a.py::test_b[teardown]", "Boom")]
    assert dict(found.skipped)["another attempt of a failure that is told"] == 1


def test_subtests_are_told_each_and_their_test_not_again() -> None:
    sub = record(**{"$report_type": "SubTestReport"})
    found = read(sub, sub, record(longrepr="contains 2 failed subtests"))
    assert told(found) == [("a.py::test_b", "Boom")] * 2


def test_subtests_of_a_second_attempt_are_those_of_the_first() -> None:
    begins, sub = record("passed", when="setup"), record(**{"$report_type": "SubtestReport"})
    assert told(read(begins, sub, sub, begins, sub, sub, sub)) == [("a.py::test_b", "Boom")] * 3


def test_a_last_line_that_was_cut_off_is_rejected_by_its_number() -> None:
    data = lines(record(), record(nodeid="c.py::test_d"))
    found = read_reportlog(data[:-40])
    assert len(found.reported) == 1
    (problem,) = found.rejected
    assert (problem.line, problem.path) == (3, "")
    assert problem.message.startswith("not JSON: ")


@pytest.mark.parametrize(
    "line", ["{", "NaN", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, "9" * 5_000, "\u00ff"]
)
def test_a_line_that_cannot_be_read_costs_only_itself(line: str) -> None:
    found = read_reportlog(line.encode("latin-1") + b"\n" + lines(record()))
    assert len(found.reported) == 1
    assert [problem.line for problem in found.rejected] == [1]


def test_many_broken_lines_are_counted() -> None:
    found = read_reportlog(lines(record()) + b"{\n" * 250)
    assert len(found.rejected) == 101
    assert found.rejected[-1].message == "150 more lines could not be read"


def test_a_failure_without_a_name_is_rejected() -> None:
    assert [problem.line for problem in read(record(nodeid=" "), record(nodeid=None)).rejected] == [2, 3]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"hello", b"{}\n[]\n1\n", b'{"outcome": "failed"}'])
def test_what_has_no_records_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="not a pytest report log"):
        read_reportlog(data)


def test_a_test_is_counted_once_whatever_its_phases_and_attempts() -> None:
    operations = [{"nodeid": "a.py::test_api", "location": ["a.py", 1, f"test_api[{name}]"]} for name in "ab"]
    phases = [{"$report_type": "TestReport", "when": when} for when in ("setup", "call", "call", "teardown")]
    records = [one | phase | {"outcome": "passed"} for one in operations for phase in phases]
    modules = [
        {"$report_type": "CollectReport", "nodeid": name, "outcome": outcome}
        for name, outcome in (("a.py", "passed"), ("b.py", "failed"))
    ]
    found = read_reportlog(b"".join(json.dumps(one).encode() + b"\n" for one in [*records, *modules]))
    assert (found.read, found.tests) == (10, 3)


def test_failures_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback_loop.formats.reportlog.FAILURES_CAP", 2)
    monkeypatch.setattr("feedback_loop.formats.report_json.FAILURES_CAP", 2)
    found = read(*(record(nodeid=f"a.py::test_{number}") for number in range(5)))
    assert len(found.reported) == 2
    assert [problem.message for problem in found.rejected] == [
        "3 failures are left out: more than 2 in one report"
    ]


@pytest.mark.parametrize(
    "longrepr",
    [
        None,
        3,
        [],
        {},
        {"chain": [[]]},
        {"chain": 3, "reprtraceback": {"reprentries": [{"data": None}, 3]}},
        {"reprcrash": {"message": 3}},
    ],
)
def test_odd_long_texts_do_no_harm(longrepr: Any) -> None:
    assert told(read(record(longrepr=longrepr)))[0][0] == "a.py::test_b"


def test_a_real_log_is_read_whole() -> None:
    found = read_reportlog((REPORTS / "pytest.jsonl").read_bytes())
    assert (found.read, len(found.reported), found.rejected) == (91, 25, ())
    assert found.skipped == (
        ("no report of a test", 2),
        ("passed", 61),
        ("skipped", 2),
        ("failed by subtests that are told", 1),
    )


# -- requests --------------------------------------------------------------------------------------

SENT = 'INFO httpx:1 HTTP Request: POST http://testserver/a "HTTP/1.1 {}"\n'


def captured(*statuses: str) -> list[list[str]]:
    return [["Captured log call", "".join(SENT.format(status) for status in statuses)]]


@pytest.mark.parametrize(
    ("changes", "endpoint", "status"),
    [
        ({}, "", None),
        ({"nodeid": "a.py::test_b[GET /a/{id}]"}, "GET /a/{id}", None),
        ({"location": ["x.py", 3, "test_b[GET /a/{id}]"]}, "GET /a/{id}", None),
        ({"sections": captured("200 OK")}, "POST /a", 200),
        ({"sections": captured("500 X", "200 OK")}, "POST /a", 500),
        ({"nodeid": "a.py::test_b[POST /a]", "sections": captured("500 X")}, "POST /a", 500),
        ({"nodeid": "a.py::test_b[GET /b]", "sections": captured("500 X")}, "GET /b", None),
        ({"longrepr": crash("ValueError: no\n\n    GET /c/{id}")}, "GET /c/{id}", None),
    ],
)
def test_a_failure_tells_the_request_it_is_about(
    changes: dict[str, Any], endpoint: str, status: int | None
) -> None:
    (one,) = read(record(**changes)).reported
    assert (one.endpoint, one.status) == (endpoint, status)


def test_requests_of_tests_that_passed_were_executed_too() -> None:
    found = read(
        record("passed", nodeid="a.py::test_b[GET /b]"),
        record("passed", sections=captured("200 OK")),
        record("skipped", nodeid="a.py::test_b[GET /c]"),
        record(nodeid="a.py::test_b[GET /d]"),
    )
    assert found.executed == ("GET /b", "POST /a", "GET /d")
