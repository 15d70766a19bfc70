"""Findings whose line the same change takes away elsewhere: code that moved (MOVE-1). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from feedback_loop.domain.finding import OWN, Finding, level_rank


def collapsed(text: str) -> str:
    """The text without the white space around it, runs of it inside as one space (FP-1)."""
    return " ".join(text.split())


def line_texts(findings: Iterable[Finding]) -> frozenset[str]:
    """The lines to look for among the removed ones: of each first anchor the first line."""
    return frozenset(collapsed(one.snippet) for one in findings if one.pattern != OWN)


def count_removed(hunk: bytes, wanted: frozenset[str]) -> Counter[str]:
    """How often the hunk removes each of these lines."""
    return _count((line[1:] for line in hunk.split(b"\n") if line[:1] == b"-"), wanted)


def count_lines(text: bytes, wanted: frozenset[str]) -> Counter[str]:
    """How often each of these lines stands in a text: in that of a deleted file."""
    return _count(text.split(b"\n"), wanted)


def _count(lines: Iterable[bytes], wanted: frozenset[str]) -> Counter[str]:
    texts = (collapsed(line.decode("utf-8", "replace")) for line in lines)
    return Counter(text for text in texts if text in wanted)


def mark_moved(findings: Iterable[Finding], removed: Counter[str], level: str) -> None:
    """Mark findings as moved, at most as many as their line was removed; their level is at most `level`.

    A line counts once for each pattern, however many findings of the pattern are on it.
    """
    taken: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, bytes, int]] = set()
    for one in sorted(findings, key=Finding.sort_key):
        if one.pattern == OWN:
            continue
        text = collapsed(one.snippet)
        place = (one.pattern, one.path, one.line)
        if place not in seen:
            if taken[one.pattern, text] >= removed[text]:
                continue
            taken[one.pattern, text] += 1
            seen.add(place)
        one.moved = True
        if level_rank(one.level) > level_rank(level):
            one.level = level
