"""What is needed of a pattern to warn of its failures, from its JSON alone.

No schema and no markdown: for a pattern that was read and checked as a whole before, at a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback_loop.domain.pattern import Signature
from feedback_loop.formats.strict_json import parse_json

_KEYS = ("exception", "error_type", "entity", "endpoint", "field")


@dataclass(frozen=True)
class SignedPattern:
    """A pattern with those of its signatures that name an exception; of these, what a trace does not show."""

    name: str
    guidance: str
    supersedes: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()


def parse_signed_pattern(name: str, data: bytes) -> SignedPattern:
    """The pattern of this name; what is not as it should be counts as not there."""
    document = parse_json(data, name).value
    value: Mapping[str, Any] = document if isinstance(document, dict) else {}
    entries = (one for one in _list(value, "signatures") if isinstance(one, dict))
    signatures = (Signature(**{key: _text(one, key) or None for key in _KEYS}) for one in entries)
    return SignedPattern(
        name,
        _text(value, "guidance"),
        tuple(one for one in _list(value, "supersedes") if isinstance(one, str)),
        tuple(one for one in signatures if one.exception),
    )


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
