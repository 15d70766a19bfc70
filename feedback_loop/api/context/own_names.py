"""Which names are the application's own: only those of a failure nobody has looked at are shown (C24).

What a failing run printed may hold any word. A proposed pattern's entity, endpoint and field reach a prompt
only where the application's model or one of its tracked Python files has them too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from feedback_loop.domain.failure_kind import KINDS
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.warning import KnownFailure
from feedback_loop.errors import UserError

if TYPE_CHECKING:
    from feedback_loop.domain.settings import Settings
    from feedback_loop.workspace import Workspace

Known = Callable[[Iterable[str]], frozenset[str]]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class OwnNames:
    """The names of one application, looked for when they are asked for: all of a question at once."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace = workspace
        self._settings = settings

    def known(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names (`Product`, `category_id`) and endpoints (`POST /products`) that it has."""
        asked = frozenset(names)
        found = asked & self._modelled
        words = sorted(one for one in asked - found if _WORD.fullmatch(one))
        if not words:
            return found
        try:
            return found | self._workspace.git.quick.python_words(words)
        except UserError:  # git itself is missing or fails: then nobody can say that a name is known
            return found

    @cached_property
    def _modelled(self) -> frozenset[str]:
        path = self._settings.classify_ir
        if not path:
            return frozenset()
        # The document alone: what the source says is asked of git, for a fraction of the time.
        from feedback_loop.formats.model_text import LARGEST, read_model_text
        from feedback_loop.stores.files import safe_read

        try:
            model = read_model_text(safe_read(self._workspace.root, path, LARGEST), path)
        except (UserError, OSError):  # `classify` and `smoke ingest` say what is wrong with it
            return frozenset()
        entities = (name for one in model.entities for name in (one.name, *one.schemas))
        fields = (field.name for one in model.entities for field in one.fields)
        endpoints = (f"{one.method} {one.path}" for one in model.endpoints)
        return frozenset([*entities, *fields, *endpoints])


def hide_foreign(failures: Sequence[KnownFailure], known: Known | None) -> tuple[KnownFailure, ...]:
    """The failures, `*` for each name of a proposed one that `known` does not answer; None knows none."""
    asked = {name for one in failures if one.state == "proposed" for name in _names(one)}
    own = known(sorted(asked)) if asked and known is not None else frozenset()
    return tuple(_hidden(one, own) if one.state == "proposed" else one for one in failures)


def with_entity(known: Known | None, entity: object) -> Known | None:
    """`known`, and the name and fields of an entity that the application's own generator gave."""
    own = _entity_names(entity) if entity is not None else frozenset()
    if not own:
        return known
    return lambda asked: own.intersection(asked) | (known(asked) if known is not None else frozenset())


def _entity_names(entity: object) -> frozenset[str]:
    from feedback_loop.formats.report_json import part

    fields = part(entity, "fields")
    told = fields if isinstance(fields, Iterable) and not isinstance(fields, str) else ()
    names = [part(entity, "name"), *(one if isinstance(one, str) else part(one, "name") for one in told)]
    return frozenset(one for one in names if isinstance(one, str))


def _names(failure: KnownFailure) -> tuple[str, str, str]:
    """All that must be known."""
    return failure.endpoint_pattern, failure.entity_pattern, _field(failure)[1]


def _hidden(failure: KnownFailure, own: frozenset[str]) -> KnownFailure:
    """One name each: words that are known one by one may make a sentence that nobody wrote (C24)."""
    kind, name = _field(failure)
    is_known = name == ANY or (name in own and _WORD.fullmatch(name) is not None)
    entity = failure.entity_pattern
    return replace(
        failure,
        entity_pattern=entity if entity in own and _WORD.fullmatch(entity) else ANY,
        endpoint_pattern=failure.endpoint_pattern if failure.endpoint_pattern in own else ANY,
        field_pattern=kind + name if is_known else ANY,
    )


def _field(failure: KnownFailure) -> tuple[str, str]:
    """The kind in front, its colon with it, and the name: of a dotted one the last part."""
    kind, colon, name = failure.field_pattern.rpartition(":")
    if kind not in KINDS:
        kind, colon, name = "", "", failure.field_pattern
    return kind + colon, name.rpartition(".")[2]
