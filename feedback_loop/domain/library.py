"""The patterns in force in a repository, and what is wrong with those that could not be read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.problem import Problem


@dataclass(frozen=True)
class Library:
    """`source` is what people are told: the folder in the repository, or the built-in library.

    `notes` name files that count as not there and hinder nothing.
    """

    source: str
    patterns: tuple[Pattern, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def active(self) -> tuple[Pattern, ...]:
        """The patterns that plans, scans and prompts use."""
        return tuple(pattern for pattern in self.patterns if pattern.state == "active")

    def find(self, name: str) -> Pattern | None:
        """The pattern of this name, or the active one that supersedes it; None if there is neither."""
        for pattern in self.patterns:
            if pattern.name == name:
                return pattern
        return next((pattern for pattern in self.active if name in pattern.supersedes), None)

    def closest(self, name: str) -> list[str]:
        """Up to three names that look like the one asked for."""
        return difflib.get_close_matches(name, [pattern.name for pattern in self.patterns], n=3, cutoff=0.5)
