"""One candidate's detectors run: matches, anchors on added lines, fingerprints, suppressions.

Loaded when there is a candidate: most commits have none.
"""

from __future__ import annotations

from feedback_loop.detectors import kinds
from feedback_loop.detectors.search import Search, groups
from feedback_loop.domain.finding import TIME, Finding, NotChecked, ScanResult, level_rank
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.engines.scan.sieve import MARKER, TEXT_CAP, listed, may_read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feedback_loop.detectors.kinds import Place, Source
    from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
    from feedback_loop.domain.finding import Span
    from feedback_loop.engines.scan.sieve import Candidate

    Placed = tuple[Place, CompiledDetector]


class Rules:
    """How a run treats what it finds, beside the detectors: who may be named, reasons, the day.

    `today` is an ISO date, or asked for when the first suppression with a date is met.
    `everything`: all lines count as added, so that every unused suppression can be told.
    """

    __slots__ = ("everything", "names", "require_reason", "today")

    def __init__(self, library: CompiledLibrary, today: Callable[[], str], everything: bool = False) -> None:
        self.names = frozenset(library.names)
        self.require_reason = library.require_reason
        self.today = today
        self.everything = everything


def check_candidate(
    candidate: Candidate, result: ScanResult, rules: Rules, expired: Callable[[], bool]
) -> None:
    """Run one file's detectors, and add what they find on its added lines to the result."""
    search = Search(candidate.text, candidate.dialect)
    added = frozenset(candidate.added)
    found: list[Finding] = []
    matched: dict[str, list[Placed]] = {}
    ran: list[CompiledDetector] = []
    for group in groups(candidate.triggered):
        reason = TIME if expired() else search.run(group)
        if reason:
            result.not_checked.append(NotChecked(candidate.path, listed(group), reason))
        else:
            ran += group
            for detector in group:
                placed = [(place, detector) for place in search.of(detector)]
                matched.setdefault(detector.pattern, []).extend(placed)
    if search.unparsed or search.degraded:
        result.not_checked.append(_unparsed(candidate, search))
    for pattern, places in matched.items():
        hits = _on_added_lines(places, added)
        if hits:
            indexes = _indexes(pattern, places, candidate, search)
            found += [_finding(hit, candidate.path, search, indexes) for hit in hits.values()]
    if (found or candidate.marked) and MARKER in candidate.text:
        found = _without_suppressed(found, candidate, result, rules, [*ran, *candidate.silent], matched)
    result.findings += found
    if candidate.sought:
        _tell_sites(candidate, search, ran, result, expired)


def _tell_sites(
    candidate: Candidate,
    search: Search,
    ran: list[CompiledDetector],
    result: ScanResult,
    expired: Callable[[], bool],
) -> None:
    """Which added lines hold what the detectors speak about, and who cannot tell (DET-10)."""
    told: set[tuple[str, int]] = set()
    late, unread = [], []
    for detector in candidate.sought:
        if detector in candidate.triggered and detector not in ran:
            continue  # named already
        if expired():
            late.append(detector)
            continue
        sites = search.sites(detector)
        if sites is None:
            result.blind.add(detector.rule_id)
            named = detector in search.unparsed or detector in search.degraded
            if detector.kind == "builtin" and not named:
                unread.append(detector)
        else:
            lines = [_first_added(candidate.added, *site) for site in sites]
            told.update((detector.pattern, line) for line in lines if line)
    result.sites += [(pattern, candidate.path, line) for pattern, line in sorted(told)]
    for detectors, reason in ((late, TIME), (unread, search.source.problem)):
        if detectors:
            result.not_checked.append(NotChecked(candidate.path, listed(detectors), reason))


def _first_added(added: Sequence[int], first: int, last: int) -> int:
    """The first added line of these; 0 if there is none."""
    from _bisect import bisect_left

    at = bisect_left(added, first)
    return added[at] if at < len(added) and added[at] <= last else 0


def _unparsed(candidate: Candidate, search: Search) -> NotChecked:
    """Which built-ins did not run, of how many, and why; how many ran without a syntax tree."""
    total, silent, twins = len(candidate.triggered), len(search.unparsed), len(search.degraded)
    reason = f"{search.source.problem}; {silent} of {total} triggered detectors did not run"
    if twins:
        reason += f", {twins} ran on a tree with errors and can only warn"
    # A twin finds what is wrong and knows no sites: who asks for them is told of it by name.
    missing = [*search.unparsed, *search.degraded] if candidate.sought else search.unparsed
    return NotChecked(candidate.path, listed(missing), reason)


def _on_added_lines(places: list[Placed], added: frozenset[int]) -> dict[Span, Placed]:
    """One place per first anchor (the higher level wins) among those with an anchor on an added line."""
    hits: dict[Span, Placed] = {}
    for placed in places:
        (_, anchors), detector = placed
        touched = any(line in added for span in anchors for line in range(span[0], span[2] + 1))
        if touched:
            other = hits.get(anchors[0])
            if other is None or level_rank(other[1].level) < level_rank(detector.level):
                hits[anchors[0]] = placed
    return hits


def _indexes(pattern: str, places: list[Placed], candidate: Candidate, search: Search) -> dict[Span, int]:
    """Which occurrence of its anchor text each first anchor is, over the whole file (FP-1).

    Detectors that the prefilter stopped count too, or the index would depend on what is staged; but for
    those that read single lines: what they say of an added line they say of all that are equal to it.
    """
    others = candidate.scope if len(candidate.text) <= TEXT_CAP else ()
    stopped = [
        one
        for one in others
        if one.pattern == pattern
        and one.kind in ("builtin", "ast-grep")
        and one not in candidate.triggered
        and may_read(one, candidate.text)
    ]
    found = [place for place, _ in places]
    for group in groups(stopped):
        search.run(group)
        for detector in group:
            found += search.of(detector)
    seen: dict[str, int] = {}
    indexes: dict[Span, int] = {}
    for anchor in sorted({anchors[0] for _, anchors in found}):
        text = _anchor_text(anchor, search.source)
        indexes[anchor] = seen.get(text, 0)
        seen[text] = indexes[anchor] + 1
    return indexes


def _anchor_text(anchor: Span, source: Source) -> str:
    """The full lines of the anchor, trimmed, white space collapsed."""
    return " ".join(" ".join(source.text_of(line) for line in range(anchor[0], anchor[2] + 1)).split())


def _finding(placed: Placed, path: bytes, search: Search, indexes: dict[Span, int]) -> Finding:
    (full, anchors), detector = placed
    first = anchors[0]
    source = search.source
    degraded = search.is_degraded(detector)
    return Finding(
        detector.pattern,
        detector.detector,
        "warn" if degraded and detector.level == "block" else detector.level,
        detector.severity,
        path,
        anchors,
        detector.message,
        detector.fix_hint,
        source.text_of(first[0]),
        fingerprint(detector.pattern, path, _anchor_text(first, source), indexes[first]),
        full,
        degraded=degraded,
    )


def _without_suppressed(
    found: list[Finding],
    candidate: Candidate,
    result: ScanResult,
    rules: Rules,
    ran: list[CompiledDetector],
    matched: dict[str, list[Placed]],
) -> list[Finding]:
    """The findings no comment takes away, with what there is to say about the comments."""
    from feedback_loop.domain.suppression import apply

    missed = {one.pattern for one in candidate.scope if one not in ran}
    names = {one.rule_id for one in ran} | {one.pattern for one in ran if one.pattern not in missed}
    kept, suppressed, notices = apply(
        found,
        kinds.comments(candidate.text, candidate.language),
        path=candidate.path,
        added=frozenset(candidate.added),
        everything=rules.everything,
        today=rules.today,
        require_reason=rules.require_reason,
        known=rules.names.__contains__,
        ran=names.__contains__,
        fingerprint=fingerprint,
        matches=[
            (detector.rule_id, anchors[0][0], full)
            for places in matched.values()
            for (full, anchors), detector in places
        ],
    )
    result.suppressed += suppressed
    return [*kept, *notices]
