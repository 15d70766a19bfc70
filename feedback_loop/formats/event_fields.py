"""What the `data` of each kind of event holds: fields, types, limits (formats.md section 3).

`schemas/event.json` says the same for other programs; a test holds the two together. Reading an event is
done with this table: a schema checker would take a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from feedback_loop.domain.names import is_name

TEXT, CODE, LONG = 2_000, 4_000, 20_000  # characters
WHOLE = 256 << 10  # of a prompt or output whose length the settings limit

# Of a field: its type, `?` behind its name where it may be missing, ` or null` behind the type where null
# says something that absence does not.
_COMMON = {"count?": "positive", "hits?": "positive", "occurrence?": "object", "undated?": "flag"}
_TABLE: dict[str, dict[str, str]] = {
    "bug": {
        "error": "text",
        "code": "code",
        "file_path": "word",
        "line": "whole",
        "stack_trace?": "trace",
        "signature?": "signature",
        "run?": "text",
        "url?": "text",
    },
    "test_failure": {
        "test_name": "word",
        "failure_reason": "text",
        "code_snippet?": "code",
        "signature?": "signature",
        "run?": "text",
        "file_path?": "word",
        "line?": "whole",
        "stack_trace?": "trace",
    },
    "review": {
        "issue_type": "word",
        "severity": "severity",
        "file_path": "word",
        "line?": "whole",
        "suggestion?": "code",
        "url?": "text",
        "run?": "text",
    },
    "performance": {
        "metric_type": "word",
        "details": "object",
        "non_finite?": "words",
        "run?": "text",
    },
    "deployment": {
        "issue_type": "word",
        "environment": "word",
        "root_cause?": "text",
        "resolution_time_minutes?": "number",
        "url?": "text",
        "run?": "text",
    },
    "generation": {
        "prompt": "prompt",
        "patterns_applied": "words",
        "confidence": "ratio",
        "success": "flag",
        "code_length?": "whole",
        "compilation_error?": "text",
        "metadata?": "object",
        "non_finite?": "words",
        "generation_id?": "text",
    },
    "rating": {
        "subject?": "subject",
        "feedback_id?": "word",
        "prompt?": "long or null",
        "output?": "long or null",
        "rating": "score",
        "thumbs?": "thumbs or null",
        "tags?": "words",
        "context?": "object",
        "notes?": "code",
        "prompt_size?": "object",
        "output_size?": "object",
        "features?": "object",
        "weight?": "ratio",
        "session_id?": "text",
        "task_id?": "text",
    },
    "plan": {
        "path": "word",
        "path_b64?": "word",
        "against?": "text",
        "declared": "list",
        "verdicts": "object",
    },
    "session": {
        "tool": "word",
        "project": "word",
        "session_id?": "word",
        "tokens?": "object or null",
        "cost?": "number or null",
        "completion?": "object or null",
        "context?": "object or null",
        "compactions?": "whole",
        "tests?": "object or null",
        "time?": "object or null",
        "patterns?": "object or null",
        "missing?": "object",
    },
    "injection": {
        "target": "word",
        "patterns": "names",
        "prompt_sha256": "sha256",
        "withheld?": "names",
        "generation_id?": "text",
        "session_id?": "text",
        "task_id?": "text",
    },
    "exposure": {
        "run?": "text",
        "generation_id?": "text",
        "pattern": "name or null",
        "endpoint?": "text",
        "injected?": "flag",
        "withheld?": "flag",
        "occurred?": "flag",
        "outcome?": "outcome",
        "executed?": "words",
        "total?": "whole",
        "failed?": "whole",
    },
    "prevention": {"path": "word", "detector": "word", "fingerprint": "word"},
    "decision": {
        "action": "action",
        "pattern": "text",
        "reason": "text",
        "proposal?": "word",
        "figures?": "object",
        "retro?": "text",
        "basis?": "text",
        "sha256?": "sha256",
    },
    "tombstone": {"event": "sha256", "reason": "text"},
}
CHOICES = {
    "severity": ("low", "medium", "high", "critical"),
    "subject": ("output", "pattern"),
    "thumbs": ("up", "down"),
    "outcome": ("prevented", "recurred", "clean"),
    "action": ("accept", "reject", "archive", "restore", "edit", "baseline", "keep"),
}
LIMITS = {"code": CODE, "trace": CODE, "prompt": LONG, "long": WHOLE}
_DIGITS = frozenset("0123456789abcdef")


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and value >= 0


def _all(one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(one, value))


def is_sha256(value: Any) -> bool:
    """Whether it is 64 hexadecimal digits in lower case."""
    return isinstance(value, str) and len(value) == 64 and _DIGITS.issuperset(value)


# What a value of the type is called, and whether a value is one.
_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "text": ("text", _is_text),
    "code": ("text", _is_text),
    "trace": ("text", _is_text),
    "long": ("text", _is_text),
    "word": ("text that is not blank", _is_word),
    "prompt": ("text that is not blank", _is_word),
    "name": ("a pattern's name", lambda value: isinstance(value, str) and is_name(value)),
    "sha256": ("64 hexadecimal digits in lower case", is_sha256),
    "whole": ("a whole number of 0 or more", lambda value: type(value) is int and value >= 0),
    "positive": ("a whole number of 1 or more", lambda value: type(value) is int and value >= 1),
    "score": ("a whole number from 1 to 5", lambda value: type(value) is int and 1 <= value <= 5),
    "number": ("a number of 0 or more", _is_number),
    "ratio": ("a number from 0 to 1", lambda value: _is_number(value) and value <= 1),
    "flag": ("true or false", lambda value: isinstance(value, bool)),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "list": ("a list", lambda value: isinstance(value, list)),
    "words": ("a list of texts", _all(_is_text)),
    "names": ("a list of pattern names", _all(lambda value: isinstance(value, str) and is_name(value))),
    "signature": ("text or an object", lambda value: isinstance(value, str | dict)),
}


def _choice(name: str) -> tuple[str, Callable[[Any], bool]]:
    known = CHOICES[name]
    return f"one of {', '.join(known)}", lambda value: isinstance(value, str) and value in known


_TYPES |= {name: _choice(name) for name in CHOICES}


@dataclass(frozen=True)
class Field:
    """A field of `data`. `type` is its name in the table, `words` what a value must be, `fits` tells."""

    type: str
    words: str
    fits: Callable[[Any], bool]
    required: bool
    limit: int = TEXT  # of its texts, in characters


def _field(name: str, told: str) -> Field:
    kind, _, nullable = told.partition(" or ")
    words, fits = _TYPES[kind]
    required, limit = not name.endswith("?"), LIMITS.get(kind, TEXT)
    if nullable:
        return Field(kind, words + " or null", lambda one: one is None or fits(one), required, limit)
    return Field(kind, words, fits, required, limit)


FIELDS: dict[str, dict[str, Field]] = {
    kind: {name.rstrip("?"): _field(name, told) for name, told in (fields | _COMMON).items()}
    for kind, fields in _TABLE.items()
}
REQUIRED: dict[str, frozenset[str]] = {
    kind: frozenset(name for name, field in fields.items() if field.required)
    for kind, fields in FIELDS.items()
}
