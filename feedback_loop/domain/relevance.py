"""How likely the pattern found is the right one: a logistic curve over two parts of its score (D12d).

The coefficients were fitted on 2026-11-22 (pairs, method and figures: `benchmarks/retrieval.py`). They
change with a new fit alone, which the CHANGELOG names.
"""

from __future__ import annotations

import math

FITTED = "2026-11-22"
CONSTANT = -4.15
SHARE = 5.76
LEAD = 0.259
ENOUGH = 20.0  # of a score: a long text collects more by chance


def relevance(share: float, gap: float, score: float) -> float:
    """From 0 to 1, above both.

    `share` (s) is the score over the largest that the query can have, `score` the BM25 score itself. `gap`
    (g) is what it is ahead of the best other pattern, over the larger of the two scores: from -1 to 1. The
    best pattern is held against the others by the tokens that it holds itself, the others against it by all.

    The gap counts by the score and not by the share: a lone word that no other pattern has is a gap of 1,
    and yet little evidence; a clear lead stays one in a long prompt that is mostly about other things.
    """
    return 1 / (1 + math.exp(-(CONSTANT + SHARE * share + LEAD * gap * min(score, ENOUGH))))


def among(relevance: float, passages: int) -> float:
    """What a passage's relevance is to the whole of so many: its odds are divided by the number's root.

    Each passage is another chance to be wrong. Measured beside none and the whole number
    (`benchmarks/retrieval.py`, prompts of several sentences): the root keeps what foreign prompts reach.
    """
    return relevance / (relevance + (1 - relevance) * math.sqrt(passages)) if relevance else 0.0
