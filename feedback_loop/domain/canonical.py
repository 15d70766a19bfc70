"""The one form in which a failure's signature is written and named (C1, C2)."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import lru_cache

from feedback_loop.domain.failure_kind import KINDS, UNCLASSIFIED
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.secrets import MASK, mask
from feedback_loop.domain.text import visible

_KEYS = tuple(one.name for one in fields(Signature))
# Characters that a pattern's JSON takes at most, and what it takes at all.
_LIMITS = {"exception": 200, "message": 500, "error_type": 64, "constraint": 64}
_LIMIT = 200
_SHAPES = {
    "entity": re.compile(r"[^\s/:{}\[\]]+"),
    "endpoint": re.compile(r"(?:\*|[A-Z]+) /[^\s?#]*"),
    "field": re.compile(rf"(?:(?:{'|'.join(KINDS)}):)?[^\s:]+"),
}
_UNKNOWN = "unknown"


@lru_cache(4096)
def canonical(signature: Signature) -> Signature:
    """The signature as it is written and named: masked, nothing hidden in it, `*` for what may be any.

    What is no name of an exception, an entity, an endpoint or a field is not known. `function` stays only
    where entity, endpoint and field are all `*`, so that a bug has one name whichever function shows it (C2).
    Twice gives the same as once.
    """
    told = {key: _clean(key, getattr(signature, key)) for key in _KEYS}
    entity, endpoint, field = (_shaped(key, told[key] or ANY) for key in ("entity", "endpoint", "field"))
    anywhere = {entity, endpoint, field} == {ANY}
    function = told["function"] if anywhere and told["function"] != ANY else None
    return replace(
        signature,
        exception=_exception(told["exception"] or ""),
        message=told["message"],
        error_type=told["error_type"] or _UNKNOWN,
        constraint=told["constraint"] or UNCLASSIFIED,
        entity=entity,
        endpoint=endpoint,
        field=field,
        relationship=told["relationship"] or None,
        function=function or None,
    )


def _shaped(key: str, text: str) -> str:
    return text if _SHAPES[key].fullmatch(text) else ANY


def _exception(text: str) -> str | None:
    is_name = text == MASK or all(part.isidentifier() for part in text.split("."))
    return text if is_name else None


def _clean(key: str, text: str | None) -> str | None:
    return None if text is None else _cleaned(text, _LIMITS.get(key, _LIMIT))


@lru_cache(4096)
def _cleaned(text: str, limit: int) -> str:
    """Masked again at the end: what is written into an event is masked there, and has to stay as it is."""
    return mask(visible(mask(text))[:limit])
