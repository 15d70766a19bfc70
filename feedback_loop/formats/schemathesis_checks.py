"""The failed checks of one report of Schemathesis, each once: its other readers fill it."""

from __future__ import annotations

import base64
import binascii
from collections import Counter

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.formats.failed_test import ANOTHER_ATTEMPT
from feedback_loop.formats.report_json import FAILURES_CAP, Executed, kept_problems, left_out
from feedback_loop.formats.traceback_lines import HEADER

_BODY_CAP = 64 << 10  # characters of a response in which a traceback is looked for


class Checks:
    """Failures of checks by their place: the first of each is kept, the others are counted."""

    def __init__(self) -> None:
        self.read = self._over = 0
        self.problems: list[Problem] = []
        self.executed = Executed()
        self.tests: set[str] = set()  # operations, by what stands for one
        self._told: dict[str, Reported] = {}
        self._skipped: Counter[str] = Counter()

    def passed(self, reason: str = "passed") -> None:
        """One more check that is no failure."""
        self.read += 1
        self._skipped[reason] += 1

    def failed(self, one: Reported) -> None:
        """One more that failed."""
        self.read += 1
        if one.place in self._told:
            self._skipped[ANOTHER_ATTEMPT] += 1
        elif len(self._told) >= FAILURES_CAP:
            self._over += 1
        else:
            self._told[one.place] = one

    def result(self, run: str | None = None, at: str | None = None) -> ReportRead:
        """All that was told."""
        return ReportRead(
            tuple(self._told.values()),
            self.read,
            tuple(self._skipped.items()),
            kept_problems(self.problems + left_out(self._over), "lines"),
            run,
            at,
            self.executed.told(),
            len(self.tests),
        )


def trace_in(text: str, encoded: str = "") -> str:
    """The body of a response, as text or in base 64, if a server in debug mode put a traceback in it."""
    held = encoded[: _BODY_CAP * 4 // 3]
    try:
        body = text or base64.b64decode(held[: len(held) // 4 * 4]).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return body[:_BODY_CAP] if HEADER in body[:_BODY_CAP] else ""
