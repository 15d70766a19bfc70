"""pytest's report log (pytest-reportlog): JSON lines, one for each report of a phase (IN-3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.requests import named_request
from feedback_loop.errors import InputError
from feedback_loop.formats.failed_request import failed_tests, requests_of
from feedback_loop.formats.failed_test import (
    ANOTHER_ATTEMPT,
    PASSED_AGAIN,
    SUBTESTS_FAILED,
    failed_test,
)
from feedback_loop.formats.report_json import (
    FAILURES_CAP,
    Executed,
    kept_problems,
    left_out,
    list_at,
    load_lines,
    text_at,
    utc,
    value_at,
    whole_at,
)

_REPORTS = ("TestReport", "CollectReport", "SubTestReport", "SubtestReport")
_WIDTH = 80  # of the terminal that pytest writes its long texts for


def read_reportlog(data: bytes) -> ReportRead:
    """The failed calls, setups, teardowns and collections of a report log, each once: as the first tells.

    Left out are attempts that were followed by another, and so the test that passed in the end.
    A line that is no JSON, such as a last one that was cut off, is rejected by its number; `at` is the
    start of the first test, and `tests` counts those that were run or skipped, and modules that could not be
    collected. Raises InputError if no line is a record of a report log.
    """
    reader = _Reader()
    for number, record in load_lines(data):
        reader.take(number, record)
    return reader.result()


class _Reader:
    def __init__(self) -> None:
        self._read = self._known = self._over = 0
        self._at: str | None = None
        self._failed: list[Reported] = []
        self._again: Counter[str] = Counter()  # by place: attempts that were followed by another
        self._seen: set[tuple[str, int]] = set()
        self._subtests: Counter[str] = Counter()  # by test: those that failed in the attempt at hand
        self._skipped: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._executed = Executed()
        self._tests: set[tuple[str, str]] = set()

    def take(self, number: int, record: Any) -> None:
        if isinstance(record, Problem):
            self._problems.append(record)
            return
        self._read += 1
        kind = text_at(record, "$report_type") or text_at(record, "_report_type")
        self._known += bool(kind)
        if kind not in _REPORTS:
            self._skipped["no report of a test"] += 1
            return
        outcome = text_at(record, "outcome")
        if kind != "CollectReport" or outcome == "failed":
            # Schemathesis gives all operations of a test one node id.
            self._tests.add((text_at(record, "nodeid"), text_at(record, "location", 2)))
        if kind != "CollectReport" and outcome != "skipped":
            self._execute(record)
        self._at = self._at or utc(value_at(record, "start"))
        if text_at(record, "when") == "setup":
            self._subtests.pop(text_at(record, "nodeid"), None)
        if outcome in ("failed", "rerun"):
            self._take_failure(number, record, kind, outcome)
        else:
            self._skipped[outcome if outcome in ("passed", "skipped") else "of unknown outcome"] += 1

    def result(self) -> ReportRead:
        if not self._known:
            raise InputError("not a pytest report log: no line has a $report_type")
        told = {one.place for one in self._failed}
        for place, attempts in self._again.items():
            self._skipped[ANOTHER_ATTEMPT if place in told else PASSED_AGAIN] += attempts
        return ReportRead(
            tuple(self._failed),
            self._read,
            tuple(self._skipped.items()),
            kept_problems(self._problems + left_out(self._over), "lines"),
            None,
            self._at,
            self._executed.told(),
            len(self._tests),
        )

    def _execute(self, record: Any) -> None:
        """Takes the requests that the test made: one in its name, and those that were logged."""
        name = text_at(record, "nodeid")
        self._executed.take(named_request(name) or named_request(text_at(record, "location", 2)))
        if text_at(record, "when") in ("call", "teardown"):
            self._executed.take(*(one.endpoint for one in requests_of(_captured(record))))

    def _take_failure(self, number: int, record: Any, kind: str, outcome: str) -> None:
        name = text_at(record, "nodeid")
        if not name.strip():
            self._problems.append(Problem("", number, "a failing test without a name"))
            return
        if len(self._failed) >= FAILURES_CAP:
            self._over += 1
            return
        longrepr = value_at(record, "longrepr")
        text = _text_of(longrepr)
        message = text_at(longrepr, "reprcrash", "message") or text
        if SUBTESTS_FAILED.match(message.strip()):
            self._skipped["failed by subtests that are told"] += 1
            return
        at = utc(value_at(record, "start"))
        phase = _phase(record, kind)
        one = failed_test(name, message, text, phase=phase, at=at, entry=number)
        subtest = 0
        if kind.lower().startswith("subtest"):  # several may fail in one call, and then the test itself
            self._subtests[name] += 1
            subtest = self._subtests[name]
        for each in failed_tests(one, message, _captured(record), text_at(record, "location", 2)):
            self._tell(each, subtest, outcome)

    def _tell(self, one: Reported, subtest: int, outcome: str) -> None:
        if outcome == "rerun":
            self._again[one.place] += 1
        elif (one.place, subtest) in self._seen:
            self._skipped[ANOTHER_ATTEMPT] += 1
        else:
            self._seen.add((one.place, subtest))
            self._failed.append(one)
            self._executed.take(one.endpoint)


def _captured(record: Any) -> str:
    """What the test logged and printed until now."""
    return "\n".join(text_at(section, 1) for section in list_at(record, "sections"))


def _phase(record: Any, kind: str) -> str:
    """The report's `when`; what is none of them, a worker's crash, pytest's JUnit reports call setup."""
    if kind == "CollectReport":
        return "collect"
    when = text_at(record, "when")
    return when if when in ("call", "teardown") else "setup"


# -- the long text, as pytest writes it (`TerminalRepr.toterminal` in _pytest/_code/code.py) ----------


def _text_of(longrepr: Any) -> str:
    if isinstance(longrepr, str):
        return text_at(longrepr)
    lines: list[str] = []
    chain = list_at(longrepr, "chain")
    for link in chain or [[value_at(longrepr, "reprtraceback")]]:
        lines += _traceback(value_at(link, 0))
        if text_at(link, 2):
            lines += ["", text_at(link, 2)]
    for section in list_at(longrepr, "sections"):
        lines += [text_at(section, 0).center(_WIDTH, text_at(section, 2)[:1] or "-"), text_at(section, 1)]
    return "\n".join(lines).strip()


def _traceback(traceback: Any) -> Iterator[str]:
    entries = list_at(traceback, "reprentries")
    styles = [text_at(entry, "data", "style") for entry in entries]
    for index, entry in enumerate(entries):
        data = value_at(entry, "data")
        if text_at(entry, "type") == "ReprEntryNative" or styles[index] == "native":
            native = "".join(text_at(line) for line in list_at(data, "lines"))
            yield native.removesuffix("\n")
            continue
        if styles[index] == "long":
            yield ""
        yield from _entry(data, styles[index])
        following = styles[index + 1] if index + 1 < len(entries) else ""
        if following and (styles[index] == "long" or (styles[index] == "short" and following == "long")):
            yield "_ " * (_WIDTH // 2)
    if text_at(traceback, "extraline"):
        yield text_at(traceback, "extraline")


def _entry(data: Any, style: str) -> Iterator[str]:
    lines = [text_at(line) for line in list_at(data, "lines")]
    own = [text_at(line) for line in list_at(data, "reprlocals", "lines")]
    place = _place(value_at(data, "reprfileloc"))
    if style == "short":
        yield from place
        yield from lines
        yield from (" " * 8 + line for line in own)
        return
    yield from _arguments(list_at(data, "reprfuncargs", "args"))
    yield from lines
    yield from ["", *own] if value_at(data, "reprlocals") else []
    yield from ["", *place] if lines and place else place


def _place(where: Any) -> list[str]:
    if not isinstance(where, dict):
        return []
    number = whole_at(where, "lineno") or 0
    return [f"{text_at(where, 'path')}:{number}: {text_at(where, 'message').partition(chr(10))[0]}"]


def _arguments(arguments: list[Any]) -> Iterator[str]:
    """`name = value`, several in a line as far as they fit."""
    held = ""
    for argument in arguments:
        told = f"{text_at(argument, 0)} = {text_at(argument, 1)}"
        if held and len(told) + len(held) + 2 <= _WIDTH:
            held += ", " + told
        else:
            yield from [held] if held else []
            held = told
    yield from [held, ""] if held else []
