"""The versions of a pattern, and where it stood, as the branch's commits made them (H58)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LogEntry:
    """From this commit on (full id; "" = in the work tree only) the pattern was so; `at` is its clock.

    `state` is active, proposed, archived or removed; `version` is None where the file could not be read.
    """

    commit: str
    at: str
    state: str
    version: int | None


@dataclass(frozen=True)
class PatternLog:
    """The entries of one pattern, the oldest first; `complete` is False in a shallow clone."""

    name: str
    entries: tuple[LogEntry, ...]
    complete: bool = True
