"""How a detector would have spoken in the past: the figures of `pattern test --replay`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReplayHit:
    """One finding of the past: the commit's full id, the path as git has it, the line and its text."""

    commit: str
    path: bytes
    line: int
    snippet: str


@dataclass(frozen=True)
class ReplayedDetector:
    """One detector over the commits. `added_lines` are those in its scope, `hits` all findings."""

    rule_id: str
    added_lines: int
    hits: int
    samples: tuple[ReplayHit, ...]

    @property
    def rate(self) -> float:
        """Hits per 1,000 added lines in scope; 0 without lines."""
        return 1000 * self.hits / self.added_lines if self.added_lines else 0.0


@dataclass(frozen=True)
class Replay:
    """What the detectors say of the last commits, merges left out."""

    commits: int
    detectors: tuple[ReplayedDetector, ...]
