"""A failure that generated code has shown before, and the one line that warns of it (C1, C8, C22, C24).

The line holds identifiers, the template of an endpoint and the pattern's guidance; never a message, a trace
or the name of a test, so nothing that a failing run printed reaches a prompt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.hidden_text import strip_hidden

MOST = 5  # warnings in a prompt
LEAST = 2  # runs that must have shown a failure before it is warned of
LONGEST = 150  # characters of a line

_ENOUGH = 10  # runs from which on more of them make a failure no worse
_HALF_LIFE = 90  # days
_DAY = 86_400

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.:*]{0,63}")
_ENDPOINT = re.compile(r"(?:\*|[A-Z]{1,10}) /[A-Za-z0-9_.~{}:/-]{0,64}")
_MARKS = str.maketrans(dict.fromkeys("`<>"))


@dataclass(frozen=True)
class KnownFailure:
    """One failure by its pattern; `*` = any entity, endpoint or field (C1a).

    `occurrence_count` are runs that showed it, `times_prevented` generations that were warned and did not
    show it again. `severity` is C8's score. `shipped` says of a proposed one that a built-in rule classified
    it and its guidance is the one that came with the rule: without that nobody has looked at its words.
    """

    name: str
    exception_class: str
    guidance: str
    error_type: str = "unknown"
    entity_pattern: str = ANY
    endpoint_pattern: str = ANY
    field_pattern: str = ANY
    occurrence_count: int = 0
    times_prevented: int = 0
    severity: float = 0.0
    state: str = "active"
    shipped: bool = False

    @property
    def pattern_id(self) -> str:
        """The name, as the documented anti-patterns call it."""
        return self.name


@dataclass(frozen=True)
class Warned:
    """A prompt with its warnings: of which failures, which names were withheld, what could not be read."""

    text: str
    failures: tuple[KnownFailure, ...] = ()
    withheld: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def make_warning(failure: KnownFailure, limit: int = LONGEST) -> str:
    """`IntegrityError on category_id: <guidance>`, one line; "" where there is no guidance to give.

    `in Product` where the field is any, `in POST /products` where the entity is any too. At most `limit`
    characters, cut between words. What is no identifier counts as any.
    """
    guidance = clean_line(failure.guidance)
    if not guidance:
        return ""
    kind = _identifier(failure.exception_class) or "Error"
    head = f"{kind}{_place(failure)}: "
    return (head + _cut(guidance, max(1, limit - len(head))))[:limit].rstrip()


def _place(failure: KnownFailure) -> str:
    field, entity = _identifier(failure.field_pattern), _identifier(failure.entity_pattern)
    if field:
        return f" on {field}"
    if entity:
        return f" in {entity}"
    return f" in {failure.endpoint_pattern}" if _ENDPOINT.fullmatch(failure.endpoint_pattern) else ""


def _identifier(text: str) -> str:
    """The text if it is an identifier, or a glob that begins like one; else ""."""
    return text if _IDENTIFIER.fullmatch(text) else ""


def clean_line(text: str) -> str:
    """The text as one line that can neither open a fence or a tag nor hold what nobody sees."""
    return " ".join(strip_hidden(text).translate(_MARKS).split())


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    at = text.rfind(" ", 0, limit + 1)
    return text[: at if at > 0 else limit].rstrip()


def prevention_rate(occurrences: int, prevented: int) -> float:
    """How often a warning helped, of all times the failure came or was prevented (C5); 0.0 for none."""
    total = occurrences + prevented
    return prevented / total if total else 0.0


def severity_score(occurrences: int, prevented: int, age: float) -> float:
    """min(occurrences / 10, 1) (1 - prevention rate) 0.5^(days / 90), 0 to 1 (C8).

    `age` are the seconds from the last occurrence to as-of; a clock that is ahead makes it none.
    """
    frequent = min(occurrences / _ENOUGH, 1.0)
    faded: float = 0.5 ** (max(age, 0.0) / _DAY / _HALF_LIFE)
    return frequent * (1 - prevention_rate(occurrences, prevented)) * faded
