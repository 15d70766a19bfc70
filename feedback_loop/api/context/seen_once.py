"""Why a target that has failed before is not warned of: what fits was seen in one run only (C22)."""

from __future__ import annotations

from feedback_loop.api.context.library_store import LibraryStore
from feedback_loop.domain.failure_scope import split_endpoint
from feedback_loop.engines.warnings import choose


def seen_once(store: LibraryStore, kind: str, name: str) -> tuple[str, ...]:
    """A note of the failures that would be warned of if one run were enough; none of a prompt in prose.

    `kind` and `name` are a target's as in `warn`.
    """
    if kind == "entity":
        found = store.get_patterns_for_entity(name, 1)
    elif kind == "schema":
        found = store.get_patterns_for_schema(name, 1)
    elif kind == "endpoint":
        method, path = split_endpoint(name)
        found = store.get_patterns_for_endpoint(path, method, 1)
    else:
        return ()
    count = len(choose(found, most=len(found), least=1))
    if not count:
        return ()
    fit = "1 known failure fits," if count == 1 else f"{count} known failures fit, each"
    return (f"{fit} seen in one run: two are needed",)
