"""Anti-patterns of failures as people look them up: what each is about, and what events say of it."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.generation_figures import Exposed, Shown
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.warning import prevention_rate


@dataclass(frozen=True)
class FailureRecord:
    """A pattern with signatures and its record.

    `runs` showed it, those of one generation counted once, `hits` times in all; `prevented` are
    generations (C4, C6). `last` is the newest of these moments (seconds), None = never seen. `severity` is
    C8's. `shown` and `exposed` are the events behind it, the newest first.
    """

    name: str
    state: str
    signatures: tuple[Signature, ...]
    runs: int = 0
    hits: int = 0
    prevented: int = 0
    last: int | None = None
    severity: float = 0.0
    shown: tuple[Shown, ...] = ()
    exposed: tuple[Exposed, ...] = ()

    @property
    def prevention_rate(self) -> float:
        """Prevented of all times that it came or was prevented, 0.0 for none (C5)."""
        return prevention_rate(self.runs, self.prevented)

    @property
    def is_telling(self) -> bool:
        """Whether there is anything to tell: it was seen, or it was made from a failure."""
        return bool(self.shown or self.exposed) or any(one.constraint for one in self.signatures)


@dataclass(frozen=True)
class FailureList:
    """The records in the order they are shown in; `notes` say what could not be read."""

    records: tuple[FailureRecord, ...]
    notes: tuple[str, ...] = ()

    def find(self, name: str) -> FailureRecord | None:
        """The record of this pattern; None if it has no signature of a failure."""
        return next((one for one in self.records if one.name == name), None)
