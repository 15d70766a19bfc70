"""An immutable dated fact: a bug, a test failure, a review, a plan, a decision (EV-1)."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    "bug",
    "test_failure",
    "review",
    "performance",
    "deployment",
    "generation",
    "rating",
    "plan",
    "session",
    "injection",
    "exposure",
    "prevention",
    "decision",
    "tombstone",
)
FAILURES = ("bug", "test_failure")  # those that show a failure


@dataclass(frozen=True, order=True)
class Event:
    """One fact. Sorted by (`at`, `id`).

    `at` is UTC, ISO 8601 with `Z` and whole seconds; `id` 64 hex digits over the content; `data` and
    `source` are the canonical JSON of what `formats.records` has checked for the kind. `by` and `commit`
    are None where nobody knows them.
    """

    at: str
    id: str
    kind: str
    patterns: tuple[str, ...] = ()
    data: str = "{}"
    source: str = "{}"
    by: str | None = None
    commit: str | None = None
