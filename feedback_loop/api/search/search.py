"""Search the patterns of a repository (D12)."""

from __future__ import annotations

from feedback_loop.api.search.opening import Opened, open_search
from feedback_loop.domain.found import Found
from feedback_loop.domain.postings import Head
from feedback_loop.domain.search import Query
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.search.index import Index
from feedback_loop.errors import InputError
from feedback_loop.workspace import Workspace

ENGINE = "BM25"


def search(workspace: Workspace, query: Query) -> Found:
    """The patterns that the query calls for, the most likely first; none is no error.

    Raises UserError (usage) for a blank query, a limit below 1, a relevance outside of 0 to 1; with
    `search.semantic` also where the model or what it needs is missing.
    """
    check_query(query)
    return _found(open_search(workspace), query)


def find(opened: Opened, query: Query) -> Found:
    """The same in what is open already."""
    check_query(query)
    return _found(opened, query)


def _found(opened: Opened, query: Query) -> Found:
    notes = (*opened.notes, *_strange_filters(opened.index, query))
    if not opened.settings.search_semantic:
        return Found(query, tuple(opened.index.search(query)), notes, ENGINE)
    from feedback_loop.api.search.semantic import model_name, search_fused

    model = model_name()
    return Found(query, tuple(search_fused(opened, query, model)), notes, _fused(model))


def engine_name(workspace: Workspace, settings: Settings) -> str:
    """What ranks in a search of this repository; no model is loaded for it.

    Raises UserError (settings) for a user's configuration that cannot be read, or where what the model
    needs is missing.
    """
    if not settings.search_semantic:
        return ENGINE
    from feedback_loop.api.search.semantic import check_model, model_name

    model = model_name()
    check_model(workspace, model)
    return _fused(model)


def _fused(model: str) -> str:
    return f"{ENGINE} and {model}, fused"


def check_query(query: Query) -> None:
    """Raises InputError, kind usage, for a query that means nothing."""
    if not query.text.strip():
        raise InputError("the query is blank", "say in a few words what is to be done", kind="usage")
    if query.limit < 1:
        raise InputError(f"the limit must be 1 or more, not {query.limit}", kind="usage")
    if not 0 <= query.min_relevance <= 1:
        raise InputError(f"a relevance is from 0 to 1, not {query.min_relevance}", kind="usage")


def _strange_filters(index: Index, query: Query) -> list[str]:
    """What is to be told of values that no pattern has: mostly they are misspelt."""
    wanted = (("language", query.language, 2), ("framework", query.framework, 3), ("tag", query.tag, 4))
    if not any(value is not None for _, value, _ in wanted):
        return []
    heads = index.heads(query.states)
    notes = []
    for what, value, at in wanted:
        if value is not None and value.casefold() not in _values(heads, at):
            rest = "" if what == "tag" else f"; shown is what fits every {what}"
            notes.append(f"no pattern has the {what} {value!a:.80}{rest}")
    return notes


def _values(heads: list[Head], at: int) -> set[str]:
    found: set[str] = set()
    for head in heads:
        values = head[at]
        if isinstance(values, tuple):
            found.update(value.casefold() for value in values)
    return found
