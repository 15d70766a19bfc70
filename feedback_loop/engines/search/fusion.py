"""A ranking by vectors, and several rankings made one by reciprocal rank (D12f)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from operator import mul

DEPTH = 50
_DAMPING = 60


def by_cosine(query: Sequence[float], documents: Mapping[str, Sequence[float]]) -> list[str]:
    """The names of all documents, the nearest to the query first, ties by name. Vectors have length 1."""
    near = {name: sum(map(mul, query, vector)) for name, vector in documents.items()}
    return sorted(near, key=lambda name: (-near[name], name))


def fuse(lists: Mapping[str, Sequence[str]]) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    """The names of all lists, the best first, each with (list, rank) for those that hold it.

    A name is worth the sum of 1 / (60 + rank), ranks from 1, over the first 50 of each list; further down
    it counts as absent. Its first place in a list counts. Ties are by name.
    The formula is that of Cormack, Clarke and Büttcher, SIGIR 2009.
    """
    ranks: dict[str, dict[str, int]] = {}
    for source, names in lists.items():
        for rank, name in enumerate(names[:DEPTH], start=1):
            ranks.setdefault(name, {}).setdefault(source, rank)
    # fsum, as a plain sum would part equals by the order of the lists
    worth = {name: fsum(1 / (_DAMPING + rank) for rank in found.values()) for name, found in ranks.items()}
    return [
        (name, tuple(ranks[name].items())) for name in sorted(ranks, key=lambda name: (-worth[name], name))
    ]
