"""Changes and a compiled library in, findings on added lines out. Pure; on the hot path of the hook.

Steps per file, cheapest first (PRE-1): globs and language, prefilter literals on the added lines
(`sieve`), parse, match, anchor on an added line, suppression (`check`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.diff import FileChange
    from feedback_loop.domain.finding import ScanResult


def scan(
    changes: Iterable[FileChange],
    library: CompiledLibrary,
    *,
    expired: Callable[[], bool] = lambda: False,
    prefilter: bool = True,
    today: Callable[[], str] = lambda: "",
) -> ScanResult:
    """Scan the changes one after the other. When `expired()` says so, the rest is "not checked: time".

    Without `today` no suppression is past its date.
    """
    from feedback_loop.engines.scan.check import Rules, check_candidate
    from feedback_loop.engines.scan.sieve import Sieve

    sieve = Sieve(library, prefilter)
    rules = Rules(library, today)
    for candidate in sieve.candidates(changes):
        check_candidate(candidate, sieve.result, rules, expired)
    return finish(sieve.result)


def finish(result: ScanResult) -> ScanResult:
    """Bring a result into its one order."""
    result.findings.sort(key=lambda one: one.sort_key())
    result.suppressed.sort(key=lambda one: one.finding.sort_key())
    result.skipped.sort()
    result.not_checked.sort(key=lambda entry: (entry.path, entry.detector))
    return result
