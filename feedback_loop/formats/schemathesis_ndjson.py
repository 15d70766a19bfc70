"""Schemathesis' events as JSON lines (`st run --report ndjson`), version 4 (C9)."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import ReportRead
from feedback_loop.domain.requests import is_endpoint, path_of
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import load_lines, text_at, utc, value_at, whole_at
from feedback_loop.formats.schemathesis_checks import Checks, trace_in
from feedback_loop.formats.schemathesis_text import Check, error_in, reported_check

_EVENTS = ("Initialize", "LoadingStarted", "LoadingFinished", "EngineStarted", "EngineFinished")
_SCENARIO = ("PhaseStarted", "PhaseFinished", "SuiteStarted", "SuiteFinished", "ScenarioStarted")
KNOWN = frozenset((*_EVENTS, *_SCENARIO, "ScenarioFinished", "NonFatalError", "FatalError", "Interrupted"))


def read_ndjson(data: bytes) -> ReportRead:
    """Each check that failed on an operation, once, and what kept one from being tested.

    `read` counts checks and errors. A line that is no JSON is rejected by its number. `executed` are the
    operations that a request was sent to, `tests` their number. Raises InputError if no line is an event of
    Schemathesis.
    """
    reader = _Reader()
    for number, record in load_lines(data):
        reader.take(number, record)
    return reader.result()


class _Reader:
    def __init__(self) -> None:
        self._checks = Checks()
        self._known = False
        self._run: str | None = None
        self._at: str | None = None

    def take(self, number: int, record: Any) -> None:
        if isinstance(record, Problem):
            self._checks.problems.append(record)
            return
        names = [name for name in record if name in KNOWN] if isinstance(record, dict) else []
        if not names:
            return
        self._known = True
        event = value_at(record, names[0])
        self._at = self._at or utc(value_at(event, "timestamp"))
        if names[0] == "EngineStarted" and text_at(event, "id").isalnum():
            self._run = self._run or f"schemathesis {text_at(event, 'id')}"[:100]
        elif names[0] == "ScenarioFinished":
            self._scenario(number, value_at(event, "recorder"), utc(value_at(event, "timestamp")))
        elif names[0] in ("NonFatalError", "FatalError"):
            self._error(number, event)

    def result(self) -> ReportRead:
        if not self._known:
            raise InputError("not a report of Schemathesis: no line is one of its events")
        return self._checks.result(self._run, self._at)

    def _scenario(self, number: int, recorder: Any, at: str | None) -> None:
        label = text_at(recorder, "label")
        exchanges = value_at(recorder, "interactions")
        for case in exchanges if isinstance(exchanges, dict) else ():
            operation = label if is_endpoint(label) else _requested(recorder, case)
            self._checks.executed.take(operation)
            self._checks.tests.add(operation)
        checks = value_at(recorder, "checks")
        for case, told in checks.items() if isinstance(checks, dict) else ():
            for check in told if isinstance(told, list) else ():
                self._check(number, recorder, case, check, at)

    def _check(self, number: int, recorder: Any, case: str, check: Any, at: str | None) -> None:
        if text_at(check, "status") not in ("failure", "error"):
            self._checks.passed()
            return
        failure = value_at(check, "failure_info", "failure")
        label = text_at(recorder, "label")
        operations = (text_at(failure, "operation"), label, _requested(recorder, case))
        endpoint = next((one for one in operations if is_endpoint(one)), "")
        response = value_at(recorder, "interactions", case, "response")
        title = text_at(failure, "title") or text_at(failure, "type") or text_at(check, "name")
        found = Check(title, text_at(failure, "message").strip(), whole_at(response, "status_code"))
        trace = trace_in("", text_at(response, "content", "$base64")) if found.is_server_error else ""
        self._checks.failed(
            reported_check(endpoint or label, found, endpoint, at=at, entry=number, trace=trace)
        )

    def _error(self, number: int, event: Any) -> None:
        error = value_at(event, "value") or value_at(event, "exception")
        label = text_at(event, "label")
        told = error_in(f"{text_at(error, 'type')}\n{text_at(error, 'message')}")
        if told is None:
            self._checks.problems.append(Problem("", number, "an error without a class"))
            return
        endpoint = label if is_endpoint(label) else ""
        at = utc(value_at(event, "timestamp"))
        self._checks.failed(reported_check(label, told, endpoint, at=at, entry=number))


def _requested(recorder: Any, case: str) -> str:
    """`METHOD /template` of a test case, else `METHOD /path` of what was sent."""
    value = value_at(recorder, "cases", case, "value")
    told = f"{text_at(value, 'method').upper()} {text_at(value, 'path')}"
    if is_endpoint(told):
        return told
    sent = value_at(recorder, "interactions", case, "request")
    return f"{text_at(sent, 'method').upper()} {path_of(text_at(sent, 'uri'))}"
