"""Findings that a team accepted once, and how a scan takes them away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from feedback_loop.domain.finding import OWN, Finding, NotChecked, ScanResult, level_rank

# What the tool itself says is about the tool, not about old code: nobody can accept it (T20).
NEVER_ACCEPTED = (OWN,)
# Whoever excludes a file, or takes its detectors away, will not see its findings again.
_GONE_FOR_GOOD = ("excluded", "no detector")


@dataclass(frozen=True, order=True, slots=True)
class BaselineEntry:
    """One accepted finding: its fingerprint, and what the fingerprint is of. `path` as git has it."""

    key: str
    path: bytes
    pattern: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted findings of a repository."""

    entries: frozenset[BaselineEntry] = frozenset()


@dataclass(frozen=True, slots=True)
class BaselineChange:
    """What a baseline command did.

    `total` entries are in the file now, `stale` of them have no match (None: nobody looked). `unsure`
    counts entries that may or may not have one, because their file or pattern was not checked.
    """

    total: int
    added: int = 0
    dropped: int = 0
    stale: int | None = None
    unsure: int = 0
    not_checked: tuple[NotChecked, ...] = ()


def entry_of(finding: Finding) -> BaselineEntry:
    """The entry that accepts this finding."""
    return BaselineEntry(finding.fingerprint, finding.path, finding.pattern)


def accept(findings: Iterable[Finding], level: str) -> frozenset[BaselineEntry]:
    """Entries for the findings of this level or a higher one, but for what the tool itself says."""
    return frozenset(
        entry_of(finding)
        for finding in findings
        if finding.pattern not in NEVER_ACCEPTED and level_rank(finding.level) >= level_rank(level)
    )


def subtract(
    result: ScanResult, baseline: Baseline, seen: Callable[[BaselineEntry], bool] | None = None
) -> None:
    """Move the accepted findings to `result.baselined`, and count the stale entries.

    An entry takes a finding away only if key, path and pattern all agree: what a reviewer reads in the
    file is what it does. `seen` says which entries' files were scanned in full by all their detectors;
    by default every one in the mode `all`, none in the others: a diff shows only added lines, so an old
    finding without a match there may well be alive.
    """
    accepted = [finding for finding in result.findings if _takes_away(baseline, finding)]
    if seen is not None or result.mode == "all":
        missing, _ = without_match(result, baseline)
        result.stale += sum(seen is None or seen(entry) for entry in missing)
    if accepted:
        result.findings = [finding for finding in result.findings if not _takes_away(baseline, finding)]
        result.baselined += accepted


def _takes_away(baseline: Baseline, finding: Finding) -> bool:
    return finding.pattern not in NEVER_ACCEPTED and entry_of(finding) in baseline.entries


def without_match(
    result: ScanResult, baseline: Baseline
) -> tuple[frozenset[BaselineEntry], frozenset[BaselineEntry]]:
    """(entries that match nothing, entries of which the scan cannot say it).

    A finding that a comment suppresses needs no entry, so it is no match.
    """
    matched = {entry_of(finding) for finding in (*result.findings, *result.baselined)}
    left = baseline.entries - matched
    unchecked = _unchecked(result)
    unsure = frozenset(
        entry
        for entry in left
        if any(unchecked.get(path, frozenset()) & {"", entry.pattern} for path in (b"", entry.path))
    )
    return left - unsure, unsure


def _unchecked(result: ScanResult) -> dict[bytes, set[str]]:
    """Path -> patterns that did not run there; the empty path is every one, the empty pattern too."""
    found: dict[bytes, set[str]] = {}
    for path, reason in result.skipped:
        if reason not in _GONE_FOR_GOOD:
            found.setdefault(path, set()).add("")
    for entry in result.not_checked:
        patterns = {rule.partition("/")[0].strip() for rule in entry.detector.split(",")}
        found.setdefault(entry.path, set()).update(patterns)
    return found
