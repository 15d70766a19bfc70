"""Which words of prompts set successes and failures apart: log odds with a prior, and Fisher's test (B14).

The statistic is Monroe, Colaresi and Quinn's ("Fightin' Words", Political Analysis 16, 2008) over entries:
the prior counts as two more entries on each side, with the word as often as in both sides together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from feedback_loop.domain.rating_analysis import Word
from feedback_loop.domain.statistics import benjamini_hochberg
from feedback_loop.domain.two_groups import fisher_exact
from feedback_loop.engines.feedback.features import words_of

MOST_WORDS = 10
HIGHEST_Q = 0.10  # of what is told as a find, about a tenth may be chance
_LEAST = 3  # entries that hold a word
_PRIOR = 2  # entries


class _Contrast(NamedTuple):
    delta: float
    z: float
    p_value: float


def contrast(positive: Iterable[str], negative: Iterable[str]) -> tuple[Word, ...]:
    """Of the prompts of successes and failures the words that set them apart, the ten strongest by |z|.

    What is as strong comes by the alphabet. Nothing where one of the sides has no prompt. `q` counts all
    words that three entries or more hold, not the ten alone.
    """
    (held, n), (held_not, m) = _count(positive), _count(negative)
    words = [word for word in held | held_not if _LEAST <= held[word] + held_not[word] < n + m]
    if not (n and m):
        return ()

    @cache  # most words are in few entries: thousands of words, some hundred pairs of counts
    def compare(k: int, j: int) -> _Contrast:
        return _compare(k, n, j, m)

    pairs = [(held[word], held_not[word]) for word in words]
    adjusted = benjamini_hochberg([compare(*pair).p_value for pair in pairs])
    found = [
        Word(word, *pair, *compare(*pair)[:2], q, q <= HIGHEST_Q)
        for word, pair, q in zip(words, pairs, adjusted, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.z), one.word))[:MOST_WORDS])


def _count(prompts: Iterable[str]) -> tuple[Counter[str], int]:
    """In how many prompts each word is, and how many prompts there are."""
    counts: Counter[str] = Counter()
    n = 0
    for n, prompt in enumerate(prompts, 1):  # noqa: B007 - the number of the last one is how many
        counts.update(words_of(prompt))
    return counts, n


def _compare(k: int, n: int, j: int, m: int) -> _Contrast:
    """Of a word in k of n successes and j of m failures, not in all of them nor in none."""
    share = (k + j) / (n + m)
    a, b = _PRIOR * share, _PRIOR * (1 - share)
    delta = math.log((k + a) / (n - k + b)) - math.log((j + a) / (m - j + b))
    error = 1 / (k + a) + 1 / (n - k + b) + 1 / (j + a) + 1 / (m - j + b)
    return _Contrast(delta, delta / math.sqrt(error), fisher_exact(k, n - k, j, m - j))
