"""The formulas of search: BM25 with a background, and how relevant its score is (D12, D12d)."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import inf, log
from typing import NamedTuple

from feedback_loop.domain.background import share
from feedback_loop.domain.postings import Head
from feedback_loop.domain.relevance import relevance
from feedback_loop.domain.search import Hit, Indexed, Query, Term

RIVALS = 9  # how many of the next ones the best is held against
K1 = 1.2
B = 0.75
BACKGROUND = 1000  # pseudo-documents, so that in a library of nine a common word still weighs little
_WORTH = 2000  # counts below which adding them all up is the fastest
_LOOK_UP = 8  # how many counts are added up while one is looked up
ROUNDING = 1e-9  # scores nearer than this are equal: the order of a sum makes as much


class Weight(NamedTuple):
    """A token of the query: `held` documents have it, `most` is the score that it can never reach.

    `found` are the slots of all that hold it and then as many counts, those left out among them.
    """

    token: str
    held: int
    idf: float
    most: float
    found: array[int]

    def score(self, count: int, norm: float) -> float:
        """What it adds to a document that has it `count` times."""
        return self.most * count / (count + norm)


class Collection(NamedTuple):
    """The documents that the filters let through, by slot.

    `norms` are k1 * (1 - b + b * L / average L), infinite for those left out, so that they score 0.
    `inside` has a 1 for each that is in, None = all. `known` has of tokens asked for what `held` said.
    """

    size: int
    norms: list[float]
    inside: bytes | None
    known: dict[str, int]

    def held(self, token: str, found: array[int]) -> int:
        """How many of the documents hold the token: are among these slots, the first half of `found`."""
        half = len(found) // 2
        if self.inside is None:
            return half
        if token not in self.known:
            self.known[token] = sum(map(self.inside.__getitem__, found[:half]))
        return self.known[token]

    def holds(self, slot: int) -> bool:
        """Whether the document is in."""
        return self.inside is None or bool(self.inside[slot])


def collect(heads: Sequence[Head | None], query: Query) -> Collection:
    """What the query's filters let through; a pattern without languages or frameworks fits all of them."""
    wanted = (query.language, query.framework, query.tag)
    language, framework, tag = (one and one.casefold() for one in wanted)
    inside = bytes(
        head is not None
        and head[1] in query.states
        and (language is None or not head[2] or _has(head[2], language))
        and (framework is None or not head[3] or _has(head[3], framework))
        and (tag is None or _has(head[4], tag))
        for head in heads
    )
    size = sum(inside)
    total = sum(head[5] for head, chosen in zip(heads, inside, strict=True) if chosen and head)
    average = total / size if total else 1.0
    norms = [
        K1 * (1 - B + B * head[5] / average) if chosen and head else inf
        for head, chosen in zip(heads, inside, strict=True)
    ]
    return Collection(size, norms, None if size == len(heads) else inside, {})


def _has(values: tuple[str, ...], wanted: str) -> bool:
    return any(value.casefold() == wanted for value in values)


def weigh(token: str, times: int, found: array[int], collection: Collection) -> Weight:
    """What a token is worth that the query has `times` times."""
    held = collection.held(token, found)
    documents = collection.size + BACKGROUND
    having = held + BACKGROUND * share(token)
    idf = log(1 + (documents - having + 0.5) / (having + 0.5))
    return Weight(token, held, idf, idf * (K1 + 1) * (1 + log(times)), found)


def in_order(weights: Iterable[Weight]) -> list[Weight]:
    """The heaviest first: the one order in which scores are summed up, so that equals come out equal."""
    return sorted(weights, key=lambda weight: (-weight.most, weight.token))


def rank(weights: Sequence[Weight], collection: Collection, limit: int) -> list[tuple[float, int]]:
    """(score, slot) of the best so many, of all that are as good as the last of them, and of some others.

    Only scores above 0, in no order. `weights` are `in_order`. As soon as what is left of them lifts
    nothing new to the top, it is looked up for those alone that are near it (MaxScore: Turtle and Flood,
    Information Processing & Management 31, 1995).
    """
    norms, scores = collection.norms, [0.0] * len(collection.norms)
    work, left = sum(one.held for one in weights), sum(one.most for one in weights)
    gone, due = 0.0, 1
    for number, weight in enumerate(weights):
        if number >= due and work > _WORTH and left < gone:
            due = number + number // 4 + 1  # a look costs as much as a common word
            floor = _floor(scores, limit) - ROUNDING * left
            if left < floor:
                near = [slot for slot, score in enumerate(scores) if score + left >= floor]
                if len(near) * (len(weights) - number) * _LOOK_UP < work:
                    return [(_finish(scores[slot], slot, weights[number:], norms), slot) for slot in near]
        most, half = weight.most, len(weight.found) // 2
        for slot, count in zip(weight.found[:half], weight.found[half:], strict=True):
            scores[slot] += most * count / (count + norms[slot])
        work, left, gone = work - weight.held, left - most, gone + most
    floor = _floor(scores, limit)
    return [(score, slot) for slot, score in enumerate(scores) if score and score >= floor]


def _floor(scores: Sequence[float], limit: int) -> float:
    return min(heapq.nlargest(limit, scores), default=0.0) - ROUNDING


def _finish(score: float, slot: int, weights: Sequence[Weight], norms: Sequence[float]) -> float:
    for weight in weights:
        half = len(weight.found) // 2
        at = bisect_left(weight.found, slot, 0, half)
        if at < half and weight.found[at] == slot:
            score += weight.score(weight.found[half + at], norms[slot])
    return score


def judged(
    record: Indexed,
    norm: float,
    weights: Sequence[Weight],
    near: Sequence[tuple[Indexed, float]],
    most: float,
) -> Hit:
    """The document as an answer to the tokens of the query that are left, `in_order`.

    `near` are the best documents and their norms, the very best first; `most` is the largest score that the
    whole query can have. What the others have for tokens that the best one lacks does not count against
    it: that is about another part of the query, of which several patterns may have one each (D12e).
    """
    found = [(one, record.counts[one.token]) for one in weights if one.token in record.counts]
    terms = [Term(one.token, one.idf, count, one.score(count, norm)) for one, count in found]
    score = _score(record, norm, weights)
    if near and near[0][0] == record:
        held = [one for one, _ in found]
        other = max((_score(*rival, held) for rival in near[1:]), default=0.0)
    else:
        other = _score(*near[0], weights) if near else 0.0
    part = score / most if most else 0.0
    gap = (score - other) / max(score, other) if max(score, other) else 0.0
    terms.sort(key=lambda term: (-term.score, term.token))
    return Hit(record, score, relevance(part, gap, score), part, gap, tuple(terms))


def _score(record: Indexed, norm: float, weights: Iterable[Weight]) -> float:
    score = 0.0
    for one in weights:
        if one.token in record.counts:
            score += one.score(record.counts[one.token], norm)
    return score
