"""Changes and a compiled library in, findings on added lines out. Pure; on the hot path of the hook.

Steps per file, cheapest first (PRE-1): globs and language, prefilter literals on the added lines,
parse, match, anchor on an added line.
"""

from __future__ import annotations

from feedback_loop.detectors import registry
from feedback_loop.domain.diff import TOO_LARGE, new_text
from feedback_loop.domain.finding import TIME, UNMERGED, Finding, NotChecked, ScanResult, level_rank
from feedback_loop.domain.globs import matches
from feedback_loop.domain.languages import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from feedback_loop.detectors.registry import Source
    from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
    from feedback_loop.domain.diff import FileChange
    from feedback_loop.domain.finding import Span

    Placed = tuple[tuple[Span, ...], CompiledDetector]

TEXT_CAP = 1 << 20
RUN_CAP = 64 << 20


class Candidate:
    """A file worth parsing: text, added lines, the detectors in its scope, and those that may match."""

    __slots__ = ("added", "path", "scope", "text", "triggered")

    def __init__(
        self,
        path: bytes,
        text: bytes,
        added: list[int],
        scope: list[CompiledDetector],
        triggered: list[CompiledDetector],
    ) -> None:
        self.path = path
        self.text = text
        self.added = added
        self.scope = scope
        self.triggered = triggered


class Sieve:
    """Sorts changes into skipped, clean by prefilter, and candidates to parse; counts all of them.

    Detectors below the level `least` do not run: who shows no hints need not parse files for them.
    """

    __slots__ = ("_least", "_library", "_prefilter", "_seen_bytes", "result")

    def __init__(self, library: CompiledLibrary, prefilter: bool = True, least: str = "hint") -> None:
        self.result = ScanResult()
        self._least = level_rank(least)
        self._library = library
        self._prefilter = prefilter
        self._seen_bytes = 0

    def candidates(self, changes: Iterable[FileChange]) -> Iterable[Candidate]:
        """The changes worth parsing, one at a time, in the diff's order."""
        for change in changes:
            self.result.changes += 1
            if change.skip is not None:
                self._skip(change)
            elif change.added_count:
                candidate = self._candidate(change)
                if candidate is not None:
                    yield candidate

    def _skip(self, change: FileChange) -> None:
        """Named either way: as not checked if it is a text that a detector should have seen."""
        reason = change.skip or ""
        path = change.path.decode("utf-8", "surrogateescape")
        scope = self._in_scope(path, change) if reason in (UNMERGED, TOO_LARGE) else []
        if scope and not matches(self._library.exclude, path):
            self.result.not_checked.append(NotChecked(change.path, "", reason))
        else:
            self.result.skipped.append((change.path, reason.partition(":")[0]))

    def _candidate(self, change: FileChange) -> Candidate | None:
        path = change.path.decode("utf-8", "surrogateescape")
        if matches(self._library.exclude, path):
            self.result.skipped.append((change.path, "excluded"))
            return None
        scope = self._in_scope(path, change)
        if not scope:
            self.result.skipped.append((change.path, "no detector"))
            return None
        self.result.files += 1
        self.result.added_lines += change.added_count
        text, added = new_text(change.hunk or b"")
        triggered = [one for one in scope if level_rank(one.level) >= self._least]
        if self._prefilter and triggered:
            triggered = _triggered(triggered, text, added)
        if not triggered:
            return None
        reason = self._over_cap(text)
        if reason is not None:
            self.result.not_checked.append(NotChecked(change.path, _listed(triggered), reason))
            return None
        return Candidate(change.path, text, added, scope, triggered)

    def _in_scope(self, path: str, change: FileChange) -> list[CompiledDetector]:
        language = language_of(path) or language_of(path, change.first_line())
        return [
            one
            for one in self._library.detectors
            if (not one.languages or language in one.languages)
            and (not one.include or matches(one.include, path))
            and not matches(one.exclude, path)
        ]

    def _over_cap(self, text: bytes) -> str | None:
        if len(text) > TEXT_CAP:
            return "larger than 1 MiB"
        self._seen_bytes += len(text)
        if self._seen_bytes > RUN_CAP:
            return "more than 64 MiB in one run"
        return None


def _triggered(detectors: list[CompiledDetector], text: bytes, added: list[int]) -> list[CompiledDetector]:
    lines = text.split(b"\n")
    joined = b"\n".join([lines[number - 1] for number in added])
    return [one for one in detectors if _may_match(one, text, joined)]


def _may_match(detector: CompiledDetector, text: bytes, added: bytes) -> bool:
    if not all(literal in text for literal in detector.file_all):
        return False
    return not detector.added_any or any(literal in added for literal in detector.added_any)


def _listed(detectors: list[CompiledDetector]) -> str:
    return ", ".join(one.rule_id for one in detectors)


def scan(
    changes: Iterable[FileChange],
    library: CompiledLibrary,
    *,
    expired: Callable[[], bool] = lambda: False,
    prefilter: bool = True,
) -> ScanResult:
    """Scan the changes one after the other. When `expired()` says so, the rest is "not checked: time"."""
    sieve = Sieve(library, prefilter)
    for candidate in sieve.candidates(changes):
        check_candidate(candidate, sieve.result, expired)
    return finish(sieve.result)


def finish(result: ScanResult) -> ScanResult:
    """Bring a result into its one order."""
    result.findings.sort(key=Finding.sort_key)
    result.skipped.sort()
    result.not_checked.sort(key=lambda entry: (entry.path, entry.detector))
    return result


def check_candidate(candidate: Candidate, result: ScanResult, expired: Callable[[], bool]) -> None:
    """Parse one file, run its detectors, and add what they find on its added lines to the result."""
    if expired():
        result.not_checked.append(NotChecked(candidate.path, _listed(candidate.triggered), TIME))
        return
    source = registry.parse(candidate.text)
    if source.module is None:
        total = len(candidate.triggered)
        reason = f"{source.problem}; {total} of {total} triggered detectors did not run"
        result.not_checked.append(NotChecked(candidate.path, _listed(candidate.triggered), reason))
        return
    added = frozenset(candidate.added)
    found = Matches(source)
    matched: dict[str, list[Placed]] = {}
    for detector in candidate.triggered:
        if expired():
            result.not_checked.append(NotChecked(candidate.path, detector.rule_id, TIME))
            continue
        matched.setdefault(detector.pattern, []).extend(found.of(detector))
    for pattern, places in matched.items():
        hits = _on_added_lines(places, added)
        if hits:
            indexes = _indexes(pattern, places, candidate, found)
            for anchors, detector in hits.values():
                result.findings.append(_finding(detector, candidate.path, anchors, source, indexes))


class Matches:
    """What the checks match in one whole text; several detectors may share a check, which runs once."""

    __slots__ = ("_by_check", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._by_check: dict[str, list[tuple[Span, ...]]] = {}

    def of(self, detector: CompiledDetector) -> list[Placed]:
        """The anchors of each match of the detector's check."""
        name = detector.builtin
        if name not in self._by_check:
            check, module = registry.load(name), self.source.module
            found = check.find(module) if check and module else ()
            place = self.source.place
            self._by_check[name] = [tuple([place(anchor) for anchor in one.anchors]) for one in found]
        return [(anchors, detector) for anchors in self._by_check[name]]


def _on_added_lines(places: list[Placed], added: frozenset[int]) -> dict[Span, Placed]:
    """One place per first anchor (the higher level wins) among those with an anchor on an added line."""
    hits: dict[Span, Placed] = {}
    for place in places:
        anchors, detector = place
        touched = any(line in added for span in anchors for line in range(span[0], span[2] + 1))
        if touched:
            other = hits.get(anchors[0])
            if other is None or level_rank(other[1].level) < level_rank(detector.level):
                hits[anchors[0]] = place
    return hits


def _indexes(pattern: str, places: list[Placed], candidate: Candidate, found: Matches) -> dict[Span, int]:
    """Which occurrence of its anchor text each first anchor is, over the whole file (FP-1).

    Detectors that the prefilter stopped count too, or the index would depend on what is staged.
    """
    for detector in candidate.scope:
        if detector.pattern == pattern and detector not in candidate.triggered:
            places = places + found.of(detector)
    seen: dict[str, int] = {}
    indexes: dict[Span, int] = {}
    for anchor in sorted({anchors[0] for anchors, _ in places}):
        text = _anchor_text(anchor, found.source)
        indexes[anchor] = seen.get(text, 0)
        seen[text] = indexes[anchor] + 1
    return indexes


def _anchor_text(anchor: Span, source: Source) -> str:
    """The full lines of the anchor, trimmed, white space collapsed."""
    return " ".join(" ".join(source.text_of(line) for line in range(anchor[0], anchor[2] + 1)).split())


def _finding(
    detector: CompiledDetector,
    path: bytes,
    anchors: tuple[Span, ...],
    source: Source,
    indexes: dict[Span, int],
) -> Finding:
    first = anchors[0]
    return Finding(
        detector.pattern,
        detector.detector,
        detector.level,
        detector.severity,
        path,
        anchors,
        detector.message,
        detector.fix_hint,
        source.text_of(first[0]),
        fingerprint(detector.pattern, path, _anchor_text(first, source), indexes[first]),
    )


def fingerprint(pattern: str, path: bytes, anchor_text: str, index: int) -> str:
    """32 hex digits that outlive line numbers, indentation and line ends (FP-1)."""
    parts = (b"1", pattern.encode(), path, anchor_text.encode("utf-8", "replace"), b"%d" % index)
    digest: str = _sha256()(b"\0".join(parts)).hexdigest()
    return digest[:32]


def _sha256() -> Callable[[bytes], Any]:
    """The interpreter's own SHA-256: `hashlib` would load OpenSSL first."""
    try:
        from _sha2 import sha256  # type: ignore[import-not-found]  # Python >= 3.12
    except ImportError:
        try:
            from _sha256 import sha256  # type: ignore[import-not-found]
        except ImportError:
            from hashlib import sha256
    return sha256  # type: ignore[no-any-return]
