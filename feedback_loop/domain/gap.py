"""A gap: the candidate that an unknown failure leaves behind, and the general one of several (C2, C20a)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from feedback_loop.domain.failure_kind import UNCLASSIFIED
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.pattern import Pattern, Signature

# Stands for the line of guidance that no rule could give. It is never a shipped one, so nobody is warned by
# it, and a candidate that holds it cannot be accepted.
NO_GUIDANCE = "Not written yet: a person has to say here what to do so that this failure does not come again."
MOST_NEW = 50  # candidates that one ingest makes
GENERAL_FROM = 3  # entities that share an error type, an exception and a constraint
_NAME = re.compile(r"gap_[0-9a-f]{12}\Z")


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def supersedes(self) -> tuple[str, ...]: ...


_Any = TypeVar("_Any", bound=_Named)


def is_gap(name: str) -> bool:
    """Whether the name is one that a failure's signature gives."""
    return _NAME.match(name) is not None


def is_failure(pattern: Pattern) -> bool:
    """Whether a failure is where the pattern came from."""
    return pattern.origin.kind == "failure"


def is_general(pattern: Pattern) -> bool:
    """Whether it was proposed for several entities at once.

    While it is proposed it takes no failure from the candidates that it was made of.
    """
    return (
        is_failure(pattern)
        and bool(pattern.signatures)
        and all(map(is_general_signature, pattern.signatures))
    )


def is_general_signature(signature: Signature) -> bool:
    """Whether it stands for one mistake in whatever entity: no message, any entity, a constraint (C20a)."""
    return (
        signature.message is None
        and signature.entity in (None, ANY)
        and signature.constraint not in (None, UNCLASSIFIED)
    )


def failure_signatures(pattern: Pattern) -> tuple[Signature, ...]:
    """Those that are about a failure of a run, not about another tool's rule."""
    return tuple(one for one in pattern.signatures if is_of_failure(one))


def is_of_failure(signature: Signature) -> bool:
    """Whether anything but another tool's rule is told."""
    return bool(signature.exception or signature.message or signature.constraint)


def without_doubles(patterns: Sequence[_Any]) -> list[_Any]:
    """Without candidates that another pattern has taken the place of.

    Two clones can leave both behind: one accepted a candidate under a name of its own, the other still had
    it proposed, and git merges the two.
    """
    taken = {old for one in patterns for old in one.supersedes if old != one.name}
    return [
        one for one in patterns if not (one.state == "proposed" and is_gap(one.name) and one.name in taken)
    ]
