"""Pattern-aware generation: what a prompt asks for, what was made of it, how sure we are (D23-D33)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from feedback_loop.domain.finding import Finding
from feedback_loop.domain.pattern import Pattern

KINDS = ("sequence", "mapping", "path", "text", "number", "array", "upload", "any")  # of parameters (D25)
ROLES = ("helper", "guard", "wrap", "resource", "convert_return", "endpoint", "logging")


@dataclass(frozen=True)
class Intent:
    """What a prompt asks for, as far as a small grammar can tell (D24).

    `verbs` and `objects` are the grammar's own words for what it found, in the order of the text, each
    once: "upload and process a large audio file" = ("upload", "process"), ("audio", "file"). `kinds` are
    the kinds of the parameters that the objects call for, `returns` the object that is asked back ("" =
    not said). `limit` is a size in the text, in bytes. `place` is "first", "last" or "". `function` is the
    name to give: verb_object, safe to use, at most 40 characters. `explained` are the tokens
    (`domain.words.tokens`) that the grammar took, `unrecognised` the words nobody understood.
    """

    prompt: str
    function: str
    verbs: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    returns: str = ""
    limit: int | None = None
    place: str = ""
    explained: frozenset[str] = frozenset()
    unrecognised: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A pattern that fits the prompt: its confidence, 0 to 1, and why in words.

    `relevance` is D12d's, `explains` the tokens of the prompt that the pattern holds.
    """

    pattern: Pattern
    confidence: float
    why: str = ""
    relevance: float = 0.0
    explains: frozenset[str] = frozenset()


class Rejected(NamedTuple):
    """A pattern that was to be applied and is not."""

    pattern: str
    reason: str


@dataclass(frozen=True)
class Composition:
    """Source code made from templates. `used` are the patterns in it, in the order they were added.

    `scaffold` = some body in it is `raise NotImplementedError`: nothing is invented (D26).
    """

    code: str
    function: str
    used: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    scaffold: bool = False
    recipe: str = ""


@dataclass(frozen=True)
class Verification:
    """What the checks said about code (D27). `tests` is "passed", "failed" or "" = none were run.

    `present` are the patterns whose construct the code holds: a site of a detector of theirs.
    """

    compilation_error: str = ""
    findings: tuple[Finding, ...] = ()
    undefined: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    tests: str = ""
    test_output: str = ""
    present: frozenset[str] = frozenset()

    @property
    def is_valid(self) -> bool:
        """It compiles, no detector finds anything, every name is defined, and no test failed."""
        faults = (self.compilation_error, self.findings, self.undefined)
        return not any(faults) and self.tests != "failed"


@dataclass(frozen=True)
class Confidence:
    """The figure and its parts (D32): checks V, understood C, relevance R, each 0 to 1; `words` as D33."""

    value: float
    checks: float
    understood: float
    relevance: float
    words: str = ""


@dataclass(frozen=True)
class Generated:
    """What one run of the generator came to, before it is made into anybody's form.

    `provider` says who wrote the code, and why if it was not who was asked: "offline (openai failed:
    timeout)".
    """

    prompt: str
    intent: Intent
    code: str
    confidence: Confidence
    verification: Verification
    applied: tuple[Match, ...] = ()
    suggested: tuple[Match, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    given: tuple[Match, ...] = ()
    provider: str = "offline"
    scaffold: bool = False
    library_sha256: str = ""
    notes: tuple[str, ...] = field(default=())
