"""JUnit XML: failing test cases (IN-1), from pytest and from whoever else writes the form.

Safe against what XML can do (T11): the bytes are decoded here, by the few encodings that reports have, and
a document type is refused before the parser sees it; without one there are no entities to declare.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from xml.parsers import expat

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.failed_test import (
    ANOTHER_ATTEMPT,
    PASSED_AGAIN,
    SUBTESTS_FAILED,
    failed_test,
    node_id,
)
from feedback_loop.formats.report_json import FAILURES_CAP, check_size, kept_problems, utc

_FAILURES = ("failure", "error")
_FLAKY = ("flakyFailure", "flakyError")
_AGAIN = ("rerunFailure", "rerunError")
_TAGS = _FAILURES + _FLAKY + _AGAIN
_DEPTH_CAP = 100
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_ENCODINGS = ("utf-8", "ascii", "iso8859-1", "cp1252")
_PROLOG = re.compile(r"(?:<\?.*?\?>|<!--.*?-->|\s)*+", re.DOTALL)
# What XML cannot hold pytest writes as `#x1B`.
_ESCAPED = re.compile(r"#x(0[0-8BCEF]|1[0-9A-F]|7F|D[89A-F][0-9A-F]{2}|FFF[EF])")
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
        reader.parse(_decoded(data))
    except expat.ExpatError as error:
        raise InputError(f"not XML: {expat.ErrorString(error.code)} (line {error.lineno})") from None
    return reader.result()


def _decoded(data: bytes) -> str:
    """The text, without what only its bytes needed. Raises InputError for a document type."""
    declared = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    name = declared[1].decode("ascii") if declared else "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    elif data.startswith((b"<\0", b"\0<")):
        name = "utf-16-le" if data.startswith(b"<\0") else "utf-16-be"
    elif data.startswith(codecs.BOM_UTF8):
        name, data = "utf-8", data[3:]
    try:
        codec = codecs.lookup(name).name
        if not codec.startswith("utf-16") and codec not in _ENCODINGS:
            raise LookupError
        text = codecs.decode(data, codec)
    except LookupError:
        raise InputError(f"its encoding is {short(name)}", "save it as UTF-8") from None
    except UnicodeDecodeError as error:
        raise InputError(f"not {name.upper()} (byte {error.start})") from None
    prolog = _PROLOG.match(text)
    if text.startswith("<!", prolog.end() if prolog else 0):
        raise _document_type()
    return text


def _document_type() -> InputError:
    return InputError("it has a DOCTYPE: document types and entities are not read")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "#x" in text else text


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
        return _unescaped("".join(self.text if self.trace is None else self.trace))


@dataclass
class _Case:
    attributes: dict[str, str]
    line: int
    failures: list[_Failure] = field(default_factory=list)
    skipped: bool = False


class _Reader:
    """Takes the parser's calls; holds the open elements and what has been told."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._suites: list[_Suite] = []
        self._first: _Suite | None = None
        self._pytest = False
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

    def parse(self, text: str) -> None:
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(text.encode("utf-8"), True)

    def result(self) -> ReportRead:
        if self._over:
            message = f"{self._over} failures are left out: more than {FAILURES_CAP} in one report"
            self._problems.append(Problem("", 0, message))
        first = self._first or _Suite()
        return ReportRead(
            tuple(self._reported),
            self._read,
            tuple(self._skipped.items()),
            kept_problems(self._problems, "test cases"),
            f"{first.name} {first.timestamp}"[:500] if first.name and first.timestamp else None,
            utc(first.timestamp),
        )

    # -- the parser's calls ------------------------------------------------------------------------

    def _doctype(self, *_: object) -> None:
        raise _document_type()

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

    # -- a test case -------------------------------------------------------------------------------

    def _tell(self, case: _Case) -> None:
        self._read += 1
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
        told = [self._reported_of(case, failure) for failure in failures]
        places: Counter[str] = Counter()
        for one, failure in zip(told, failures, strict=True):
            if SUBTESTS_FAILED.match(failure.message.strip()):
                self._skipped["failed by subtests that are told"] += 1
                continue
            key = (self._suite_count, one.place, places[one.place])  # subtests fail in one case
            places[one.place] += 1
            if key in self._seen:
                self._skipped[ANOTHER_ATTEMPT] += 1
            else:
                self._seen.add(key)
                self._reported.append(one)

    def _reported_of(self, case: _Case, failure: _Failure) -> Reported:
        text = failure.told()
        phase, message = _phase(failure)
        name = node_id(
            _unescaped(case.attributes.get("classname", "")),
            _unescaped(case.attributes.get("name", "")),
            case.attributes.get("file", ""),
            text if self._pytest else None,
        )
        if not message and phase == "call" and not text.strip():
            message = failure.type
        at = utc(self._suites[-1].timestamp) if self._suites else None
        return failed_test(name, message, text, phase=phase, at=at, entry=self._read)


def _no_failure(case: _Case) -> str:
    """What became of a test that did not fail in the end."""
    if any(one.tag in _FLAKY for one in case.failures):
        return PASSED_AGAIN
    return "skipped" if case.skipped else "passed"


def _phase(failure: _Failure) -> tuple[str, str]:
    """The phase in which the test failed, and the message; pytest's own words tell them."""
    message = _unescaped(failure.message)
    if failure.tag != "error":
        return "call", message
    if message == "collection failure":
        return "collect", ""
    match = _PHASE.match(message)
    if match is None:
        return "call", message
    return match[1], "" if message.startswith("test ") else message
