"""What search keeps of a pattern, what is asked of it, and what it answers (D12).

Plain values that a cache can hold: to rank and to show a hit no pattern file has to be read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Indexed:
    """A pattern as the index knows it. `code` is its first Good example, "" = it has none (D1).

    `counts` has each token of its text with its weighted number (D12a), `length` is their sum.
    """

    name: str
    title: str
    state: str = "active"
    severity: str = "medium"
    description: str = ""
    guidance: str = ""
    code: str = ""
    code_language: str = ""
    languages: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict, compare=False)
    length: int = 0


@dataclass(frozen=True)
class Query:
    """What is looked for. Filters apply before ranking; a pattern without languages or frameworks fits all.

    `states` are those looked through, `min_relevance` is from 0 to 1.
    """

    text: str
    limit: int = 5
    language: str | None = None
    framework: str | None = None
    tag: str | None = None
    min_relevance: float = 0.0
    states: tuple[str, ...] = ("active",)


@dataclass(frozen=True)
class Term:
    """A token of the query that the pattern holds, and what it is worth there."""

    token: str
    idf: float
    count: int
    score: float


@dataclass(frozen=True)
class Hit:
    """A pattern found: its BM25 score, and how likely it is the right one, 0 to 1 (D12d).

    `share` and `gap` are s and g of D12d; `terms` are the tokens that met, the heaviest first.
    `ranks` are its places in the lists that were fused, if there were several (D12f).
    """

    pattern: Indexed
    score: float
    relevance: float
    share: float = 0.0
    gap: float = 0.0
    terms: tuple[Term, ...] = ()
    ranks: tuple[tuple[str, int], ...] = ()
