"""What detectors find in a whole text, and in lines alone; what makes two occurrences equal (FP-1, H23)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from feedback_loop.detectors import kinds
from feedback_loop.domain.compiled import CompiledDetector
from feedback_loop.domain.finding import Finding
from feedback_loop.domain.suppression import apply
from feedback_loop.errors import UserError

if TYPE_CHECKING:
    _Placed = tuple[int, CompiledDetector, kinds.Place]

TEXT_CAP = 1 << 20  # bytes that a structural detector reads, as in a scan
MARKER = b"feedback-loop: ignore"
_SIGNS = b"#/*-;%<!=[{ \t"  # what opens the comment around the marker
_HASH = 8
_BINARY_HEAD = 8000  # bytes in which a zero byte makes git call a file binary


class Site(NamedTuple):
    """A match in a whole text: the line shown, the lines whose change makes it new or mended, its text's
    hash, and whether a suppression takes it away."""

    line: int
    spans: tuple[tuple[int, int], ...]
    text: bytes
    waived: bool


class Sites(NamedTuple):
    """The matches of the detectors asked for, by their positions; why nobody could look ("" = all did)."""

    found: dict[int, list[Site]]
    blind: str


def text_hash(lines: Iterable[bytes]) -> bytes:
    """Eight bytes that outlive indentation, spacing and the comment that suppresses a finding."""
    text = b" ".join(b" ".join(lines).split())
    marker = text.find(MARKER)
    if marker >= 0:
        text = text[:marker].rstrip(_SIGNS)
    return blake2b(text, digest_size=_HASH).digest()


def find_in_lines(
    lines: Sequence[bytes], dialect: str, detectors: Sequence[tuple[int, CompiledDetector]]
) -> list[tuple[int, int]]:
    """(detector, index of the line) for each line that a detector of single lines matches, once each.

    Raises UserError if the engine is missing.
    """
    source = kinds.parse(b"\n".join([b"", *lines]), dialect)  # no line of these is known to be the first
    found: list[tuple[int, int]] = []
    for kind in ("literal", "regex"):
        group = [(at, one) for at, one in detectors if one.kind == kind]
        if group:
            places = _run(kind, source, dialect, [one for _, one in group])
            for (at, _), matched in zip(group, places, strict=True):
                found += sorted({(at, anchors[0][0] - 2) for _, anchors in matched})
    return found


def find_in_text(
    text: bytes, path: bytes, dialect: str, detectors: Sequence[tuple[int, CompiledDetector]]
) -> Sites:
    """All matches of these detectors in a file's text; those that cannot look make it `blind`.

    In what git takes for binary, as a scan does, there are none.
    Raises UserError if an engine is missing.
    """
    if b"\0" in text[:_BINARY_HEAD]:
        return Sites({}, "")
    source = kinds.parse(text, dialect)
    blind = ""
    found: dict[int, list[Site]] = {}
    placed: list[_Placed] = []
    for kind in ("builtin", "ast-grep", "literal", "regex"):
        group = [(at, one) for at, one in detectors if one.kind == kind]
        if kind in ("builtin", "ast-grep") and len(text) > TEXT_CAP:
            blind = "large" if group else blind
            continue
        if kind == "ast-grep":
            fitting = [(at, one) for at, one in group if len(text) <= one.spec[4]]
            blind = "large" if len(fitting) < len(group) else blind
            group = fitting
        if not group:
            continue
        if kind == "builtin" and source.module is None:
            blind = "unparsed"
            continue
        places = _run(kind, source, dialect, [one for _, one in group])
        for (at, one), matched in zip(group, places, strict=True):
            placed += [(at, one, place) for place in matched]
    waived = _waived(placed, text, path, dialect) if placed and MARKER in text else frozenset()
    for number, (at, _, (_, anchors)) in enumerate(placed):
        first = anchors[0]
        spans = tuple(sorted({(span[0], span[2]) for span in anchors}))
        lines = [line.removesuffix(b"\r") for line in source.lines[first[0] - 1 : first[2]]]
        found.setdefault(at, []).append(Site(first[0], spans, text_hash(lines), number in waived))
    return Sites({at: _once(sites) for at, sites in found.items()}, blind)


def _run(
    kind: str, source: kinds.Source, dialect: str, detectors: list[CompiledDetector]
) -> list[list[kinds.Place]]:
    """Raises UserError if the kind's engine is missing: that must never read as "no matches"."""
    try:
        return kinds.find(kind, source, dialect, detectors)
    except kinds.NotRunError as error:
        raise UserError(f"history cannot be mined: {error.reason}", kind="engine") from None


def _once(sites: list[Site]) -> list[Site]:
    """One a line: two literals on a line are one occurrence."""
    by_line: dict[int, Site] = {}
    for site in sorted(sites):
        kept = by_line.get(site.line)
        if kept is not None:
            spans = tuple(sorted({*kept.spans, *site.spans}))
            site = Site(site.line, spans, kept.text, kept.waived and site.waived)
        by_line[site.line] = site
    return list(by_line.values())


def _waived(placed: Sequence[_Placed], text: bytes, path: bytes, dialect: str) -> frozenset[int]:
    """Which of the matches a comment in the text takes away (SUP-1, SUP-2); none is past its date."""
    findings = [
        Finding(one.pattern, one.detector, "warn", "medium", path, anchors, "", "", "", str(number), full)
        for number, (_, one, (full, anchors)) in enumerate(placed)
    ]
    language = {"tsx": "typescript", "": None}.get(dialect, dialect)
    _, suppressed, _ = apply(
        findings,
        kinds.comments(text, language),
        path=path,
        added=(),
        today=lambda: "",
        require_reason=False,
        known=lambda name: True,
        ran=lambda name: False,
        fingerprint=lambda name, path, text, index: "",
    )
    return frozenset(int(one.finding.fingerprint) for one in suppressed)
