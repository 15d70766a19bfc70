"""JUnit XML: failing test cases (IN-1), from pytest and from whoever else writes the form.

Safe against what XML can do (T11): a document type is refused before the parser sees it; without one there
are no entities to declare.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.parsers import expat

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.requests import is_endpoint, named_request
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.failed_request import failed_tests, requests_of
from feedback_loop.formats.failed_test import (
    ANOTHER_ATTEMPT,
    PASSED_AGAIN,
    SUBTESTS_FAILED,
    failed_test,
    node_id,
)
from feedback_loop.formats.junit_text import decoded, document_type, unescaped
from feedback_loop.formats.report_json import FAILURES_CAP, Executed, check_size, kept_problems, left_out, utc
from feedback_loop.formats.schemathesis_text import SUITE, checks_in, error_in, reported_check

_FAILURES = ("failure", "error")
_FLAKY = ("flakyFailure", "flakyError")
_AGAIN = ("rerunFailure", "rerunError")
_TAGS = _FAILURES + _FLAKY + _AGAIN
_CAPTURED = ("system-out", "system-err")
_DEPTH_CAP = 100
_PHASE = re.compile(r'(?:failed on|test) (setup|teardown) (?:with "|failure\Z)')


def read_junit(data: bytes) -> ReportRead:
    """The failures and errors of a JUnit report: of a case that is given again those of the first time.

    Left out are tests that failed and then passed (`flakyFailure`). `run` is the first suite's name and
    timestamp, `at` the time of the nearest suite. Raises InputError if the whole is not JUnit XML, has a
    document type, or is larger than 64 MiB.
    """
    check_size(data)
    reader = _Reader()
    try:
        reader.parse(decoded(data))
    except expat.ExpatError as error:
        raise InputError(f"not XML: {expat.ErrorString(error.code)} (line {error.lineno})") from None
    return reader.result()


@dataclass
class _Suite:
    name: str = ""
    timestamp: str = ""


@dataclass
class _Failure:
    tag: str
    message: str
    type: str
    text: list[str] = field(default_factory=list)
    trace: list[str] | None = None  # of a `stackTrace` inside

    def told(self) -> str:
        return unescaped("".join(self.text if self.trace is None else self.trace))


@dataclass
class _Case:
    attributes: dict[str, str]
    line: int
    failures: list[_Failure] = field(default_factory=list)
    skipped: bool = False
    captured: list[str] = field(default_factory=list)

    def name(self, key: str) -> str:
        return unescaped(self.attributes.get(key, ""))


class _Reader:
    """Takes the parser's calls; holds the open elements and what has been told."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._suites: list[_Suite] = []
        self._first: _Suite | None = None
        self._pytest = self._schemathesis = False
        self._case: _Case | None = None
        self._failure: _Failure | None = None
        self._text: list[str] | None = None
        self._seen: set[tuple[int, str, int]] = set()
        self._suite_count = 0
        self._reported: list[Reported] = []
        self._read = 0
        self._over = 0
        self._skipped: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._executed = Executed()

    def parse(self, text: str) -> None:
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(text.encode("utf-8"), True)

    def result(self) -> ReportRead:
        first = self._first or _Suite()
        return ReportRead(
            tuple(self._reported),
            self._read,
            tuple(self._skipped.items()),
            kept_problems(self._problems + left_out(self._over), "test cases"),
            f"{first.name} {first.timestamp}"[:500] if first.name and first.timestamp else None,
            utc(first.timestamp),
            self._executed.told(),
        )

    # -- the parser's calls ------------------------------------------------------------------------

    def _doctype(self, *_: object) -> None:
        raise document_type()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if not self._open and name not in ("testsuites", "testsuite"):
            raise InputError(f"not a JUnit report: its root is {short(name)}")
        self._open.append(name)
        if len(self._open) > _DEPTH_CAP:
            raise InputError(f"nested deeper than {_DEPTH_CAP} levels")
        if name in ("testsuites", "testsuite"):
            self._start_suite(name, attributes)
        elif name == "testcase":
            self._case = _Case(attributes, self._parser.CurrentLineNumber)
        elif self._case is not None:
            self._start_inside(self._case, name, attributes)

    def _start_suite(self, name: str, attributes: dict[str, str]) -> None:
        outer = self._suites[-1] if self._suites else _Suite()
        own = attributes.get("timestamp", "")
        suite = _Suite(attributes.get("name", ""), own or outer.timestamp)
        self._suites.append(suite)
        self._suite_count += 1
        self._pytest = self._pytest or suite.name == ("pytest tests" if name == "testsuites" else "pytest")
        self._schemathesis = suite.name == SUITE
        if own and self._first is None:
            self._first = suite

    def _start_inside(self, case: _Case, name: str, attributes: dict[str, str]) -> None:
        if self._failure is not None:
            if name == "stackTrace" and self._failure.trace is None:
                self._text = self._failure.trace = []
            else:
                self._text = None
        elif name in _TAGS:
            self._failure = _Failure(name, attributes.get("message", ""), attributes.get("type", ""))
            case.failures.append(self._failure)
            self._text = self._failure.text
        elif name == "skipped":
            case.skipped = True
        else:
            self._text = case.captured if name in _CAPTURED else None

    def _data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        name = self._open.pop()
        if name in ("testsuites", "testsuite"):
            self._suites.pop()
        elif name == "testcase":
            case, self._case, self._failure, self._text = self._case, None, None, None
            if case is not None:
                self._tell(case)
        elif self._failure is not None:
            if name == self._failure.tag:
                self._failure = self._text = None
            else:
                self._text = self._failure.text
        elif name in _CAPTURED:
            self._text = None

    # -- a test case -------------------------------------------------------------------------------

    def _tell(self, case: _Case) -> None:
        self._read += 1
        if not case.skipped:
            self._execute(case)
        failures = [one for one in case.failures if one.tag in _FAILURES]
        if not failures:
            self._skipped[_no_failure(case)] += 1
            return
        if not case.attributes.get("name", "").strip() and not case.attributes.get("classname", "").strip():
            self._problems.append(Problem("", case.line, "a failing test without a name"))
            return
        if len(self._reported) >= FAILURES_CAP:
            self._over += len(failures)
            return
        places: Counter[str] = Counter()
        for failure in failures:
            if SUBTESTS_FAILED.match(failure.message.strip()):
                self._skipped["failed by subtests that are told"] += 1
                continue
            for one in self._reported_of(case, failure):
                key = (self._suite_count, one.place, places[one.place])  # subtests fail in one case
                places[one.place] += not self._schemathesis
                if key in self._seen:
                    self._skipped[ANOTHER_ATTEMPT] += 1
                else:
                    self._seen.add(key)
                    self._reported.append(one)
                    self._executed.take(one.endpoint)

    def _execute(self, case: _Case) -> None:
        """Takes the requests that the test made: one in its name, and those that were logged."""
        self._executed.take(named_request(case.name("name")) or named_request(case.name("classname")))
        self._executed.take(*(one.endpoint for one in requests_of(unescaped("".join(case.captured)))))

    def _reported_of(self, case: _Case, failure: _Failure) -> tuple[Reported, ...]:
        text = failure.told()
        at = utc(self._suites[-1].timestamp) if self._suites else None
        if self._schemathesis and (found := self._checks(case, text, at)):
            return found
        phase, message = _phase(failure)
        name = node_id(
            case.name("classname"),
            case.name("name"),
            case.attributes.get("file", ""),
            text if self._pytest else None,
        )
        if not message and phase == "call" and not text.strip():
            message = failure.type
        one = failed_test(name, message, text, phase=phase, at=at, entry=self._read)
        return failed_tests(one, message, unescaped("".join(case.captured)))

    def _checks(self, case: _Case, text: str, at: str | None) -> tuple[Reported, ...]:
        """What Schemathesis says of an operation: its checks that failed, or why it was not tested."""
        label = case.name("name")
        endpoint = label if is_endpoint(label) else ""
        error = None if (checks := checks_in(text)) else error_in(text)
        told = checks or ((error,) if error else ())
        return tuple(reported_check(label, one, endpoint, at=at, entry=self._read) for one in told)


def _no_failure(case: _Case) -> str:
    """What became of a test that did not fail in the end."""
    if any(one.tag in _FLAKY for one in case.failures):
        return PASSED_AGAIN
    return "skipped" if case.skipped else "passed"


def _phase(failure: _Failure) -> tuple[str, str]:
    """The phase in which the test failed, and the message; pytest's own words tell them."""
    message = unescaped(failure.message)
    if failure.tag != "error":
        return "call", message
    if message == "collection failure":
        return "collect", ""
    match = _PHASE.match(message)
    if match is None:
        return "call", message
    return match[1], "" if message.startswith("test ") else message
