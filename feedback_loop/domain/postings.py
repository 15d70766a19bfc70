"""The index of search as plain values that a cache can hold.

Documents have numbers, their slots. A slot may be empty: what stood there is gone, or was indexed anew.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from feedback_loop.domain.search import Indexed

# What filters ask: name, state, languages, frameworks, tags, and the length (`Indexed.length`)
Head: TypeAlias = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], int]
# A document as it is, or as the cache wrote it: most are never looked at
Record: TypeAlias = Indexed | bytes


class Parts(NamedTuple):
    """`heads` and `records` by slot, None = empty.

    `postings` has for each token an array of unsigned ints of this machine: the slots of the documents
    that hold it, ascending, and then, in the same order, how often.
    """

    heads: list[Head | None]
    records: list[Record | None]
    postings: dict[str, bytes]
