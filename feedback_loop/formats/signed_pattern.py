"""What is needed of a pattern to warn of its failures, from its JSON alone.

No schema and no markdown: for a pattern that was read and checked as a whole before, at a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback_loop.domain.gap import failure_signatures, is_of_failure
from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.formats.strict_json import parse_json

_KEYS = (
    *("exception", "message", "error_type", "constraint"),
    *("entity", "endpoint", "field", "relationship", "function"),
)


@dataclass(frozen=True)
class SignedPattern:
    """A pattern with those of its signatures that are about a failure of a run."""

    name: str
    guidance: str
    supersedes: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    state: str = "active"
    related: tuple[str, ...] = ()


def signed(pattern: Pattern) -> SignedPattern:
    """The same of a pattern that is there as a whole."""
    return SignedPattern(
        pattern.name,
        pattern.guidance,
        pattern.supersedes,
        failure_signatures(pattern),
        pattern.state,
        pattern.related,
    )


def parse_signed_pattern(name: str, data: bytes, state: str = "active") -> SignedPattern:
    """The pattern of this name; what is not as it should be counts as not there."""
    document = parse_json(data, name).value
    value: Mapping[str, Any] = document if isinstance(document, dict) else {}
    entries = (one for one in _list(value, "signatures") if isinstance(one, dict))
    signatures = map(parse_signature, entries)
    return SignedPattern(
        name,
        _text(value, "guidance"),
        _texts(value, "supersedes"),
        tuple(filter(is_of_failure, signatures)),
        state,
        _texts(value, "related"),
    )


def parse_signature(value: Mapping[str, Any]) -> Signature:
    """The signature of these keys (C1); what is no text counts as not said. Rules of other tools are left.

    A message of "" is none at all, which is not the same as any.
    """
    told = {key: _text(value, key) or None for key in _KEYS}
    if value.get("message") == "":
        told["message"] = ""
    return Signature(**told)


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _texts(value: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(one for one in _list(value, key) if isinstance(one, str))


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
