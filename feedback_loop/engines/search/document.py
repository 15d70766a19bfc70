"""A pattern as the document that search compares with a query (D12a)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from feedback_loop.domain.search import Indexed
from feedback_loop.domain.words import tokens

if TYPE_CHECKING:
    from feedback_loop.domain.pattern import Pattern

# To be raised with the weights below and with `domain.words`: what is cached was counted by them.
FORMAT = 1


def document(pattern: Pattern) -> Indexed:
    """What search keeps of the pattern, with its tokens weighted by where they stand."""
    counts: Counter[str] = Counter()
    for weight, text in _texts(pattern):
        for token in tokens(text):
            counts[token] += weight
    good = pattern.good[0] if pattern.good else None
    return Indexed(
        name=pattern.name,
        title=pattern.title,
        state=pattern.state,
        severity=pattern.severity,
        description=pattern.description,
        guidance=pattern.guidance,
        code=good.code if good else "",
        code_language=good.language if good else "",
        languages=pattern.languages,
        frameworks=pattern.frameworks,
        tags=pattern.tags,
        conflicts=pattern.conflicts,
        counts=dict(counts),
        length=counts.total(),
    )


def _texts(pattern: Pattern) -> Iterator[tuple[int, str]]:
    """(weight, text) of each part that is searched."""
    yield 3, pattern.name
    yield from ((3, tag) for tag in pattern.tags)
    yield 2, pattern.title
    yield 2, pattern.description
    yield 2, pattern.guidance
    yield from ((1, problem) for problem in pattern.problems)
    yield from ((1, example.code) for example in (*pattern.bad, *pattern.good))
