"""BM25 over an inverted index that is changed in place (D12, D12d, D12e).

Filters come first: what they let through is the whole collection, its counts and lengths the only ones
that weigh. So a pattern in the archive changes no rank among the active ones.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from feedback_loop.domain.postings import Head, Parts, Record
from feedback_loop.domain.relevance import among
from feedback_loop.domain.search import Hit, Indexed, Query
from feedback_loop.domain.words import tokens
from feedback_loop.engines.search.document import document
from feedback_loop.engines.search.passages import passages
from feedback_loop.engines.search.ranking import (
    RIVALS,
    ROUNDING,
    Collection,
    Weight,
    collect,
    in_order,
    judged,
    rank,
    weigh,
)

__all__ = ["Index", "document"]

Key: TypeAlias = tuple[str, str]  # name, state
_Ranked: TypeAlias = list[tuple[float, int]]  # score, slot

_UINT = "I"
_KEPT = 64  # filters are few, but a server may be asked for anything


class Index:
    """Documents by name and state, searched by their tokens. One of the same name and state is replaced."""

    def __init__(self, documents: Iterable[Indexed] = ()) -> None:
        self._heads: list[Head | None] = []
        self._records: list[Record | None] = []
        self._postings: dict[str, bytes | array[int]] = {}
        self._slots: dict[Key, int] = {}
        self._free: list[int] = []
        self._unpack: Callable[[bytes], Indexed] = _not_packed
        self._collections: dict[tuple[object, ...], Collection] = {}
        for one in documents:
            self.replace(one)

    @classmethod
    def restore(cls, parts: Parts, unpack: Callable[[bytes], Indexed]) -> Index:
        """The index of these parts, which it takes over; `unpack` makes a record in bytes a document."""
        made = cls()
        made._heads, made._records = parts.heads, parts.records
        made._postings.update(parts.postings)
        made._unpack = unpack
        made._slots = {head[:2]: slot for slot, head in enumerate(parts.heads) if head}
        made._free = [slot for slot, head in enumerate(parts.heads) if head is None]
        return made

    def parts(self) -> Parts:
        """What `restore` makes the same index of."""
        packed = {
            token: found if isinstance(found, bytes) else found.tobytes()
            for token, found in self._postings.items()
        }
        return Parts(self._heads, self._records, packed)

    def __len__(self) -> int:
        return len(self._slots)

    # -- changing ------------------------------------------------------------------------------------

    def replace(self, one: Indexed) -> None:
        """Put the document in, in the place of the one of its name and state if there is one."""
        self.remove(one.name, one.state)
        head = (one.name, one.state, one.languages, one.frameworks, one.tags, one.length)
        if self._free:
            slot = self._free.pop()
            self._heads[slot], self._records[slot] = head, one
        else:
            slot = len(self._heads)
            self._heads.append(head)
            self._records.append(one)
        self._slots[one.name, one.state] = slot
        for token, count in one.counts.items():
            found = self._found(token)
            half = len(found) // 2
            at = bisect_left(found, slot, 0, half)
            found.insert(half + at, count)
            found.insert(at, slot)
            self._postings[token] = found

    def remove(self, name: str, state: str) -> None:
        """Take the document out; nothing happens if it is not there."""
        self._collections.clear()
        slot = self._slots.pop((name, state), None)
        if slot is None:
            return
        for token in self._record(slot).counts:
            found = self._found(token)
            half = len(found) // 2
            at = bisect_left(found, slot, 0, half)
            del found[half + at], found[at]
            if not found:
                del self._postings[token]
        self._heads[slot] = self._records[slot] = None
        self._free.append(slot)

    def _found(self, token: str) -> array[int]:
        """The token's slots and counts, made an array at the first use."""
        found = self._postings.get(token, b"")
        if isinstance(found, bytes):
            made = array(_UINT, found)
            if found:
                self._postings[token] = made
            return made
        return found

    def _record(self, slot: int) -> Indexed:
        record = self._records[slot]
        assert record is not None
        if isinstance(record, bytes):
            record = self._records[slot] = self._unpack(record)
        return record

    # -- asking --------------------------------------------------------------------------------------

    def search(self, query: Query) -> list[Hit]:
        """The patterns that share a token with the query, the best first, equals by name.

        At most `query.limit`, and only those of `query.min_relevance`.
        """
        collection, weights = self._weighed(query)
        ranked = self._ranked(weights, collection, query.limit)
        hits = self._hits([slot for _, slot in ranked[: query.limit]], weights, collection, ranked, weights)
        return [hit for hit in hits if hit.relevance >= query.min_relevance]

    def several(self, query: Query) -> list[Hit]:
        """Patterns for the parts of a query that has several subjects, the best first (D12e).

        The best is taken, the tokens it holds leave the query, and the rest is asked again; a score is
        still held against the largest of the whole query. Ends at `query.limit`, or with the first that
        is less relevant than `query.min_relevance`.
        """
        collection, weights = self._weighed(query)
        left = weights
        hits: list[Hit] = []
        while len(hits) < query.limit:
            ranked = self._ranked(left, collection, 1)
            if not ranked:
                break
            (hit,) = self._hits([ranked[0][1]], left, collection, ranked, weights)
            if hit.relevance < query.min_relevance:
                break
            hits.append(hit)
            left = [one for one in left if one.token not in hit.pattern.counts]
        return hits

    def of_task(self, query: Query) -> list[Hit]:
        """`several` for a text of any length: of the whole, and of each of its sentences and clauses.

        The most relevant first; a pattern counts where it is most relevant (`domain.relevance.among`).
        """
        best = {(hit.pattern.name, hit.pattern.state): hit for hit in self.several(query)}
        parts = passages(query.text)
        for part in parts if len(parts) > 1 else ():
            for hit in self.several(replace(query, text=part)):
                key, relevance = (hit.pattern.name, hit.pattern.state), among(hit.relevance, len(parts))
                if relevance >= query.min_relevance and (key not in best or relevance > best[key].relevance):
                    best[key] = replace(hit, relevance=relevance)
        if len(parts) < 2:
            return list(best.values())
        return sorted(best.values(), key=lambda hit: (-hit.relevance, hit.pattern.name))[: query.limit]

    def judge(self, query: Query, chosen: Sequence[Key]) -> list[Hit]:
        """A hit for each (name, state) in this order, also for those that share no token with the query.

        They must be among those that the filters let through (`documents`).
        """
        collection, weights = self._weighed(query)
        ranked = self._ranked(weights, collection, 1)
        return self._hits([self._slots[key] for key in chosen], weights, collection, ranked, weights)

    def documents(self, query: Query) -> list[Indexed]:
        """All that the query's filters let through, by name and state."""
        collection = self._collection(query)
        keys = sorted(key for key, slot in self._slots.items() if collection.holds(slot))
        return [self._record(self._slots[key]) for key in keys]

    def heads(self, states: Sequence[str]) -> list[Head]:
        """What filters ask of each document in these states, in no order that means anything."""
        return [head for head in self._heads if head and head[1] in states]

    def _weighed(self, query: Query) -> tuple[Collection, list[Weight]]:
        collection = self._collection(query)
        counted = _counted(query.text).items()
        return collection, in_order(weigh(one, times, self._found(one), collection) for one, times in counted)

    def _collection(self, query: Query) -> Collection:
        """What the filters let through; kept until the index changes."""
        key = (query.states, query.language, query.framework, query.tag)
        if key not in self._collections:
            if len(self._collections) >= _KEPT:
                self._collections.clear()
            self._collections[key] = collect(self._heads, query)
        return self._collections[key]

    def _ranked(self, weights: Sequence[Weight], collection: Collection, limit: int) -> _Ranked:
        """The best so many, and the rivals of the best; equals by name and state, some worse may follow."""
        ranked = rank([one for one in weights if one.held], collection, max(limit, RIVALS + 1))
        return sorted(ranked, key=lambda one: (-round(one[0] / ROUNDING), self._key(one[1])))

    def _key(self, slot: int) -> Key:
        head = self._heads[slot]
        assert head is not None
        return head[:2]

    def _hits(
        self,
        slots: Sequence[int],
        left: Sequence[Weight],
        collection: Collection,
        ranked: _Ranked,
        weights: Sequence[Weight],
    ) -> list[Hit]:
        """The documents as answers to what is `left` of the whole query's `weights`.

        The best of all is held against the next ones, the others against it.
        """
        near = [(self._record(slot), collection.norms[slot]) for _, slot in ranked[: RIVALS + 1]]
        most = sum(one.most for one in weights)
        return [judged(self._record(slot), collection.norms[slot], left, near, most) for slot in slots]


def _counted(text: str) -> Mapping[str, int]:
    """How often the text has each token; the words of a long text are taken apart once each."""
    counts: Counter[str] = Counter()
    for word, times in Counter(text.split()).items():
        for token in tokens(word):
            counts[token] += times
    return counts


def _not_packed(record: bytes) -> Indexed:
    raise AssertionError(f"a record of {len(record)} bytes and nothing to read it with")
