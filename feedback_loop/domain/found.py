"""What a search found, as all faces tell it."""

from __future__ import annotations

from typing import NamedTuple

from feedback_loop.domain.search import Hit, Query


class Found(NamedTuple):
    """The hits, the best first. `notes` are for people, `engine` names what ranked (`BM25`)."""

    query: Query
    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()
    engine: str = "BM25"
