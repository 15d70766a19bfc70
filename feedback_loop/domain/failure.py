"""Something that failed in a run, and what it was recognised as (C1, C4, C12 to C19).

A failure is told by a report; its signature is what makes two failures the same bug. No line number, run,
clock or machine is in a signature, so each machine gives it the same name.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from feedback_loop.domain.failure_kind import UNCLASSIFIED as UNCLASSIFIED
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.trace import Frame, Trace

ERROR_TYPES = (
    *("database", "validation", "import", "attribute", "type", "key", "name", "value", "runtime", "syntax"),
    *("http", "connection", "timeout", "assertion", "unknown"),
)
_DIGITS = 12


@dataclass(frozen=True)
class Failure:
    """What a report says of one failure, before anything is concluded from it.

    `exception` is the class as told, its last part or dotted; `message` its text without the class, all its
    lines. `endpoint` is `METHOD url-or-path` as the report has it, "" = not said; `status` the response's.
    `trace` is the whole chain. Any of them may be missing.
    """

    exception: str = ""
    message: str = ""
    endpoint: str = ""
    status: int | None = None
    trace: Trace | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is neither an exception, nor a message, nor a status."""
        return not (self.exception or self.message.strip() or self.status is not None)


@dataclass(frozen=True)
class Captured:
    """What the wording of a message names, each "" where it names none.

    `table` and `column` are a database's names, `model` a class, `field` what a validation is about (dotted
    where nested), `module`, `attribute` and `name` what could not be found; `kept` are the texts that stay
    in the template, because they tell one bug from another.
    """

    table: str = ""
    column: str = ""
    model: str = ""
    field: str = ""
    module: str = ""
    attribute: str = ""
    name: str = ""
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApiContext:
    """Where in the application a failure belongs; `*` = cannot be told (C15).

    `endpoint` is `METHOD /template`, `field` a name. `relationship` is the entity that a foreign key leads
    to, "" for none. `in_model` flags say what the application's model knows of it. `told` says in words
    where each came from.
    """

    entity: str = ANY
    endpoint: str = ANY
    field: str = ANY
    relationship: str = ""
    entity_in_model: bool = False
    endpoint_in_model: bool = False
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """One reason for a confidence: what speaks for it, and how much of 1 it is worth."""

    told: str
    weight: float


@dataclass(frozen=True)
class Classified:
    """A failure with its signature, and why (C19).

    `signature` has `*` for an entity, endpoint, field and function that is not known, and a constraint
    always. `rule` is what matched, in words, "" for none; `shipped` = that came with the tool. `trace` is
    the exception that was judged, `frame` its deepest own call.
    """

    signature: Signature
    guidance: str = ""
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    rule: str = ""
    shipped: bool = False
    trace: Trace | None = None
    frame: Frame | None = None

    @property
    def name(self) -> str:
        """The name of the candidate that this failure makes."""
        return gap_name(self.signature)


def gap_name(signature: Signature) -> str:
    """`gap_` and 12 hexadecimal digits of the SHA-256 over what tells one bug from another (C2)."""
    message = hashlib.sha256((signature.message or "").encode("utf-8", "surrogatepass")).hexdigest()
    told = [
        signature.error_type or "unknown",
        signature.exception or "",
        signature.entity or ANY,
        signature.endpoint or ANY,
        signature.field or ANY,
        signature.constraint or UNCLASSIFIED,
        message,
        signature.function or ANY,
    ]
    line = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    return f"gap_{hashlib.sha256(line.encode()).hexdigest()[:_DIGITS]}"
