"""Patterns ranked by words and by meaning at once: the extra `semantic` (D12f)."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.api.search.opening import Opened
from feedback_loop.domain.search import Hit, Indexed, Query
from feedback_loop.engines.search.fusion import DEPTH, by_cosine, fuse
from feedback_loop.stores.embedding import MODEL, open_embedder
from feedback_loop.stores.user_config import load_user_config
from feedback_loop.workspace import Workspace

WORDS = "BM25"


def model_name() -> str:
    """The model that the user's own configuration names, else the usual one; never the repository's.

    Raises UserError (settings) for a configuration that cannot be read.
    """
    return load_user_config().search_model or MODEL


def check_model(workspace: Workspace, model: str) -> None:
    """Raises UserError where the extra or the model's folder is missing; a name is only tried by a search."""
    open_embedder(workspace.repository.state_dir, model)


def search_fused(opened: Opened, query: Query, model: str) -> list[Hit]:
    """The first hits of both rankings by reciprocal rank; relevance is that of the words alone (D12d).

    Raises UserError, with the command that helps, where the extra or the model is missing.
    """
    documents = {_key(one): one for one in opened.index.documents(query)}
    if not documents:
        return []
    embedder = open_embedder(opened.workspace.repository.state_dir, model)
    asked, *vectors = embedder.encode([query.text, *map(_text, documents.values())])
    words = opened.index.search(replace(query, limit=DEPTH, min_relevance=0.0))
    near = by_cosine(asked, dict(zip(documents, vectors, strict=True)))
    ranks = dict(fuse({WORDS: [_key(hit.pattern) for hit in words], model: near}))
    hits = opened.index.judge(query, [(documents[key].name, documents[key].state) for key in ranks])
    told = [replace(hit, ranks=ranks[_key(hit.pattern)]) for hit in hits]
    return [hit for hit in told if hit.relevance >= query.min_relevance][: query.limit]


def _key(one: Indexed) -> str:
    """A name may be there once in each state; a blank is in neither."""
    return f"{one.name} {one.state}"


def _text(one: Indexed) -> str:
    return "\n".join(part for part in (one.title, one.description, one.guidance, " ".join(one.tags)) if part)
