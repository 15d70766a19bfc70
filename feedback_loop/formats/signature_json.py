"""A failure's signature as it stands in an event and in a pattern (C1): its fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from feedback_loop.domain.canonical import canonical
from feedback_loop.domain.pattern import Signature

_KEYS = tuple(one.name for one in fields(Signature))


def signature_fields(signature: Signature) -> dict[str, str]:
    """The `signature` of an event's data, of a canonical one: what is known, without nulls."""
    found = {key: getattr(signature, key) for key in _KEYS}
    return {key: text for key, text in found.items() if text is not None}


def signature_of(data: object) -> Signature | None:
    """The signature that an event's data hold; None for none, for text, and for one of a rule alone.

    An older event, of an exception and a message, has the rest as any and unclassified.
    """
    if not isinstance(data, Mapping):
        return None
    held: dict[str, Any] = {key: data.get(key) for key in _KEYS}
    texts = {key: text for key, text in held.items() if isinstance(text, str)}
    if "rule" in texts or not (texts.get("exception") or texts.get("message")):
        return None
    return canonical(Signature(**texts))
