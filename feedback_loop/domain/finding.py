"""One occurrence of an anti-pattern now, and what a scan as a whole has to say."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from feedback_loop.domain.compiled import CompiledLibrary

    Span = tuple[int, int, int, int]

TIME = "time"
UNMERGED = "unmerged: resolve the conflict and `git add` the file"
LEVELS = ("off", "hint", "warn", "block")
SEVERITIES = ("low", "medium", "high", "critical")


def level_rank(level: str) -> int:
    """`off` 0, `hint` 1, `warn` 2, `block` 3."""
    return LEVELS.index(level)


class Finding:
    """Where, which pattern, why, and how to mend it.

    Lines and columns count from 1; columns count Unicode code points, the end column is exclusive.
    `anchors[0]` is the place shown. `snippet` is the first anchor's first line without its line end.
    """

    __slots__ = (
        "anchors",
        "detector",
        "fingerprint",
        "fix_hint",
        "level",
        "message",
        "path",
        "pattern",
        "severity",
        "snippet",
    )

    def __init__(
        self,
        pattern: str,
        detector: str,
        level: str,
        severity: str,
        path: bytes,
        anchors: tuple[Span, ...],
        message: str,
        fix_hint: str,
        snippet: str,
        fingerprint: str,
    ) -> None:
        self.pattern = pattern
        self.detector = detector
        self.level = level
        self.severity = severity
        self.path = path
        self.anchors = anchors
        self.message = message
        self.fix_hint = fix_hint
        self.snippet = snippet
        self.fingerprint = fingerprint

    @property
    def rule_id(self) -> str:
        """`pattern/detector`."""
        return f"{self.pattern}/{self.detector}"

    @property
    def line(self) -> int:
        """The first anchor's line."""
        return self.anchors[0][0]

    @property
    def column(self) -> int:
        """The first anchor's column."""
        return self.anchors[0][1]

    def sort_key(self) -> tuple[bytes, int, int, str]:
        """Path bytes, line, column, rule id."""
        return self.path, self.line, self.column, self.rule_id

    def to_tuple(self) -> tuple[Any, ...]:
        """The constructor's arguments: how a worker process hands findings over."""
        return (
            self.pattern,
            self.detector,
            self.level,
            self.severity,
            self.path,
            self.anchors,
            self.message,
            self.fix_hint,
            self.snippet,
            self.fingerprint,
        )


class NotChecked:
    """A file (or everything: empty path) that a detector (or several) could not be run on, and why."""

    __slots__ = ("detector", "path", "reason")

    def __init__(self, path: bytes, detector: str, reason: str) -> None:
        self.path = path
        self.detector = detector
        self.reason = reason


class ScanResult:
    """What one scan saw: findings, what was skipped and what was not checked, and the sums."""

    __slots__ = ("added_lines", "changes", "files", "findings", "not_checked", "skipped")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.skipped: list[tuple[bytes, str]] = []
        self.not_checked: list[NotChecked] = []
        self.changes = 0
        self.files = 0
        self.added_lines = 0

    def count(self, level: str) -> int:
        """How many findings have this level."""
        return sum(finding.level == level for finding in self.findings)

    def at_least(self, level: str) -> list[Finding]:
        """Findings of this level or a higher one; `never` has none."""
        if level == "never":
            return []
        return [finding for finding in self.findings if level_rank(finding.level) >= level_rank(level)]

    def verdict(self) -> str:
        """`findings`, `not_checked` or `clean`, the gravest that applies."""
        if self.findings:
            return "findings"
        return "not_checked" if self.not_checked else "clean"

    def exit_code(self, library: CompiledLibrary, *, closed: bool) -> int:
        """1 if the scan says no: a finding of `fail_on` or above, or with `strict` anything unchecked.

        Where tool failures count (`closed`) also 3 if the time was up, and 2 if the library or the
        settings are broken or a path is unmerged.
        """
        if self.at_least(library.fail_on) or (library.strict and self.not_checked):
            return 1
        reasons = {entry.reason for entry in self.not_checked}
        if closed and TIME in reasons:
            return 3
        return 2 if closed and (library.problems or library.disabled or UNMERGED in reasons) else 0

    def to_tuple(self) -> tuple[Any, ...]:
        """Plain values, for a pipe."""
        return (
            [finding.to_tuple() for finding in self.findings],
            self.skipped,
            [(entry.path, entry.detector, entry.reason) for entry in self.not_checked],
            self.files,
            self.added_lines,
        )

    def add(self, parts: tuple[Any, ...]) -> None:
        """Take in what `to_tuple` of another result gave."""
        findings, skipped, not_checked, files, added_lines = parts
        self.findings += [Finding(*one) for one in findings]
        self.skipped += skipped
        self.not_checked += [NotChecked(*one) for one in not_checked]
        self.files += files
        self.added_lines += added_lines
