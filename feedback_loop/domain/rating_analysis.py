"""What ratings show: features of successes and failures, tables, recommendations with evidence (B13-B16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.success import Success

TAG, FRAMEWORK, TECHNIQUE, LENGTH = "tag", "framework", "technique", "length"  # kinds and rules


class Word(NamedTuple):
    """A word of prompts: how many successes and failures have it, and how far it sets them apart (B14).

    `delta` is the difference of both log odds (> 0: of successes), `z` that by its standard error.
    """

    word: str
    positive: int
    negative: int
    delta: float
    z: float
    q: float
    significant: bool


class Lengths(NamedTuple):
    """Characters of prompts; None of none."""

    n: int
    mean: float | None
    median: float | None
    shortest: int | None
    longest: int | None


class Share(NamedTuple):
    """How many of a side have the tag, or the flag: `n`, and the share of them."""

    name: str
    n: int
    share: float


@dataclass(frozen=True)
class Side:
    """What the successes have in common, or the failures: `words` are those that lean to this side."""

    words: tuple[Word, ...]
    lengths: Lengths
    tags: tuple[Share, ...]
    flags: tuple[Share, ...]


class Performance(NamedTuple):
    """A row of the tables: how the entries of a tag, framework or technique fared (B15)."""

    name: str
    n: int
    positive: int
    negative: int
    avg_rating: float
    thumbs_up: int
    thumbs_down: int

    @property
    def success(self) -> Success:
        """Positive of all."""
        return Success(self.positive, self.n)


class Group(NamedTuple):
    """A side of a comparison: `value` is its share of successes, or its mean length."""

    n: int
    value: float


@dataclass(frozen=True)
class Recommendation:
    """What to do, and why that is no accident (B16).

    `rule` is `tag`, `framework`, `examples`, `constraints`, `format` or `length`, `name` of which tag or
    framework ("" for the others), `text` the sentence for a person. `difference` of the group against the
    rest has a 95 % interval, None where the rule has none; `q` is the p-value adjusted for all rules tried.
    """

    rule: str
    name: str
    is_good: bool
    text: str
    group: Group
    rest: Group
    difference: float
    low: float | None
    high: float | None
    q: float


@dataclass(frozen=True)
class RatingAnalysis:
    """All of it. Tables are sorted by n, largest first, then name. `advice` is never empty."""

    total: int
    positive: int
    negative: int
    avg_rating: float
    positives: Side
    negatives: Side
    tags: tuple[Performance, ...]
    frameworks: tuple[Performance, ...]
    techniques: tuple[Performance, ...]
    recommendations: tuple[Recommendation, ...]
    advice: tuple[str, ...]

    @property
    def success(self) -> Success:
        """Positive of all."""
        return Success(self.positive, self.total)
