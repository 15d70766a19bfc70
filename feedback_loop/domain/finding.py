"""One occurrence of an anti-pattern now, and what a scan as a whole has to say."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from feedback_loop.domain.compiled import CompiledLibrary

    Span = tuple[int, int, int, int]

TIME = "time"
CANNOT_LOAD = " cannot be loaded ("  # what every complaint about a missing engine holds
BROKEN_BASELINE = "takes nothing away: "  # how the complaint about a broken baseline begins
UNMERGED = "unmerged: resolve the conflict and `git add` the file"
LEVELS = ("off", "hint", "warn", "block")
SEVERITIES = ("low", "medium", "high", "critical")
OWN = "feedback_loop"  # the "pattern" of what the tool itself has to say: no library may use the name


def level_rank(level: str) -> int:
    """`off` 0, `hint` 1, `warn` 2, `block` 3."""
    return LEVELS.index(level)


class Finding:
    """Where, which pattern, why, and how to mend it.

    Lines and columns count from 1; columns count Unicode code points, the end column is exclusive.
    `anchors[0]` is the place shown, `full` the construct around it. `snippet` is the first anchor's
    first line without its line end. `moved`: the same change removes the same text elsewhere;
    `degraded`: found in a file that does not parse; `nonlocal_`: on a line that the change left alone.
    """

    __slots__ = (
        "anchors",
        "degraded",
        "detector",
        "fingerprint",
        "fix_hint",
        "full",
        "level",
        "message",
        "moved",
        "nonlocal_",
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
        full: Span | None = None,
        moved: bool = False,
        degraded: bool = False,
        nonlocal_: bool = False,
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
        self.full = full or anchors[0]
        self.moved = moved
        self.degraded = degraded
        self.nonlocal_ = nonlocal_

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
            self.full,
            self.moved,
            self.degraded,
            self.nonlocal_,
        )


def notice(
    name: str, level: str, path: bytes, line: int, message: str, fix_hint: str, key: str, snippet: str = ""
) -> Finding:
    """What the tool itself has to say about a line, as the finding `feedback_loop/<name>`.

    `key` is its fingerprint.
    """
    line = max(line, 1)
    span = (line, 1, line, len(snippet) + 1)
    return Finding(OWN, name, level, "medium", path, (span,), message, fix_hint, snippet, key)


class NotChecked:
    """A file (or everything: empty path) that a detector (or several) could not be run on, and why."""

    __slots__ = ("detector", "path", "reason")

    def __init__(self, path: bytes, detector: str, reason: str) -> None:
        self.path = path
        self.detector = detector
        self.reason = reason


class Suppressed:
    """A finding that a comment in the code takes away, and the reason the comment gives ("" = none)."""

    __slots__ = ("finding", "reason")

    def __init__(self, finding: Finding, reason: str) -> None:
        self.finding = finding
        self.reason = reason


class ScanResult:
    """What one scan saw: findings, what was skipped and what was not checked, and the sums.

    `mode` is `staged`, `range`, `all` or `paths`; `base` and `head` are full commit ids where the mode
    has them. `suppressed` and `baselined` are findings taken away by a comment and by the baseline;
    `stale` counts baseline entries without a match among the files checked. Where it was asked for,
    `sites` are (pattern, path, added line) of what the detectors speak about, right or wrong, and `blind`
    the rule ids of those that were asked about some file and cannot tell.
    """

    __slots__ = (
        "added_lines",
        "base",
        "baselined",
        "blind",
        "changes",
        "files",
        "findings",
        "head",
        "mode",
        "not_checked",
        "sites",
        "skipped",
        "stale",
        "suppressed",
    )

    def __init__(self) -> None:
        self.mode = "staged"
        self.base: str | None = None
        self.head: str | None = None
        self.findings: list[Finding] = []
        self.suppressed: list[Suppressed] = []
        self.baselined: list[Finding] = []
        self.stale = 0
        self.skipped: list[tuple[bytes, str]] = []
        self.not_checked: list[NotChecked] = []
        self.sites: list[tuple[str, bytes, int]] = []
        self.blind: set[str] = set()
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

        Where tool failures count (`closed`) also 3 if the time was up or an engine is missing, and 2 if
        the library, the settings or the baseline are broken or a path is unmerged.
        """
        if self.at_least(library.fail_on) or (library.strict and self.not_checked):
            return 1
        return self.failure_code(library) if closed else 0

    def failure_code(self, library: CompiledLibrary) -> int:
        """What is wrong beside findings: 3, 2 or 0, as `exit_code` says."""
        reasons = {entry.reason for entry in self.not_checked}
        lacking = any(CANNOT_LOAD in words for words in (*reasons, *library.problems))
        if lacking or TIME in reasons:
            return 3
        broken = library.problems or library.disabled or UNMERGED in reasons
        broken = broken or any(words.startswith(BROKEN_BASELINE) for words in reasons)
        return 2 if broken else 0

    def to_tuple(self) -> tuple[Any, ...]:
        """Plain values, for a pipe."""
        return (
            [finding.to_tuple() for finding in self.findings],
            [(one.finding.to_tuple(), one.reason) for one in self.suppressed],
            self.skipped,
            [(entry.path, entry.detector, entry.reason) for entry in self.not_checked],
            self.sites,
            sorted(self.blind),
            self.changes,
            self.files,
            self.added_lines,
        )

    def add(self, parts: tuple[Any, ...]) -> None:
        """Take in what `to_tuple` of another result gave."""
        findings, suppressed, skipped, not_checked, sites, blind, changes, files, added_lines = parts
        self.findings += [Finding(*one) for one in findings]
        self.suppressed += [Suppressed(Finding(*one), reason) for one, reason in suppressed]
        self.skipped += skipped
        self.not_checked += [NotChecked(*one) for one in not_checked]
        self.sites += sites
        self.blind.update(blind)
        self.changes += changes
        self.files += files
        self.added_lines += added_lines
