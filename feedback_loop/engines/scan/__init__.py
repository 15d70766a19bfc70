"""Changes and a compiled library in, findings on added lines out. Pure; on the hot path of the hook.

Steps per file, cheapest first (PRE-1): globs and language, prefilter literals on the added lines
(`sieve`), parse, match, anchor on an added line, suppression (`check`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

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
    sites: bool = False,
) -> ScanResult:
    """Scan the changes one after the other. When `expired()` says so, the rest is "not checked: time".

    Without `today` no suppression is past its date. With `sites` the result tells them too.
    """
    from feedback_loop.engines.scan.check import Rules, check_candidate
    from feedback_loop.engines.scan.sieve import Sieve

    sieve = Sieve(library, prefilter, sites=sites)
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
    result.sites = sorted(set(result.sites))
    return result


def restricted(library: CompiledLibrary, patterns: Collection[str]) -> CompiledLibrary:
    """A copy with the detectors of these patterns alone; all else is equal."""
    copy = library.from_tuple(library.to_tuple())
    copy.detectors = [one for one in copy.detectors if one.pattern in patterns]
    return copy
