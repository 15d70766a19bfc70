"""What Schemathesis prints: its failed checks under a headed section for each operation."""

from __future__ import annotations

import re

from feedback_loop.domain.reported import Reported
from feedback_loop.domain.requests import is_endpoint
from feedback_loop.formats.schemathesis_text import checks_in, error_in, reported_check
from feedback_loop.formats.traceback_lines import without_time

_CASE = "Test Case ID: "
_ERRORS = "= ERRORS ="
_ENDS = ("===", "Need more help?")
# Around a name that is as wide as the terminal there are blanks only.
_HEADING = re.compile(r"_* (\S.*?)(?: _*)?$")
_SECTION_CAP = 10_000  # lines


class Console:
    """Takes the lines of a text; `told` are the failed checks of the sections that have ended.

    Their names are those of the same run's JUnit report.
    """

    def __init__(self) -> None:
        self.told: list[Reported] = []
        self._label: str | None = None
        self._in_errors = False
        self._is_timed = False  # a CI service put a time before the lines
        self._lines: list[str] = []

    def wants(self, line: str) -> bool:
        """Whether the line is one of a section, or may begin one: no other need be taken."""
        return self._label is not None or self._in_errors or _CASE in line or _ERRORS in line

    def take(self, line: str, before: str) -> None:
        """The next line, and the one before it."""
        plain = without_time(line)
        if plain.startswith((*_ENDS, f"1. {_CASE}")):
            self._is_timed = plain != line
        if self._is_timed:  # elsewhere `[500] Internal Server Error` would lose its status as a time
            line, before = plain, without_time(before)
        if line.startswith(_ENDS):
            self.end()
            self._in_errors = _ERRORS in line
        elif line.startswith(f"1. {_CASE}"):
            self._begin(_HEADING.match(before))
        elif self._in_errors and line.startswith("_") and (heading := _HEADING.match(line)):
            self._begin(heading if is_endpoint(heading[1]) else None)
        elif self._label is not None and len(self._lines) < _SECTION_CAP:
            self._lines.append(line)

    def _begin(self, heading: re.Match[str] | None) -> None:
        self.end()
        self._label = heading[1] if heading else None

    def end(self) -> None:
        """The section ends here."""
        label, text = self._label, "\n".join(self._lines)
        self._label, self._lines = None, []
        if label is None:
            return
        error = None if (checks := checks_in(text)) or not self._in_errors else error_in(text)
        endpoint = label if is_endpoint(label) else ""
        for check in checks or ((error,) if error else ()):
            self.told.append(reported_check(label, check, endpoint))
