"""A provider's answer in, its suggestions out, or nothing: it is read strictly (B24)."""

from __future__ import annotations

import re

from feedback_loop.domain.suggestion import REASONING_CAP, TECHNIQUE_CAP, Proposed
from feedback_loop.formats.strict_json import parse_json

_FEATURE_CAP = 100
_FENCE = re.compile(r"```(?:json)?[ \t]*\r?\n(.*?)\r?\n[ \t]*```", re.S)
_NEEDED = {"technique", "reasoning"}
_KNOWN = _NEEDED | {"feature"}


def parse_suggestions(answer: str, limit: int) -> tuple[Proposed, ...] | None:
    """The JSON array that the answer is, alone or as its one fenced block; None for anything else.

    At most `limit` objects of `technique` (200 characters), `reasoning` (600) and perhaps `feature`, texts
    of one line each. An array of nothing is well.
    """
    text = answer.strip()
    fenced = _FENCE.fullmatch(text)
    document = parse_json((fenced[1] if fenced else text).encode("utf-8", "surrogatepass"), "answer")
    if document.problems or not isinstance(document.value, list) or len(document.value) > limit:
        return None
    found = []
    for value in document.value:
        one = _proposed(value)
        if one is None:
            return None
        found.append(one)
    return tuple(found)


def _proposed(value: object) -> Proposed | None:
    if not isinstance(value, dict) or not value.keys() <= _KNOWN or not value.keys() >= _NEEDED:
        return None
    technique, reasoning = _line(value["technique"], TECHNIQUE_CAP), _line(value["reasoning"], REASONING_CAP)
    feature = value.get("feature", "")
    if not technique or not reasoning or not isinstance(feature, str) or len(feature) > _FEATURE_CAP:
        return None
    return Proposed(technique, reasoning, feature)


def _line(value: object, limit: int) -> str:
    """The text without blanks around it; "" if it is no text, of several lines, or too long."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= limit and len(text.splitlines()) == 1 else ""
