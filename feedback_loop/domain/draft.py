"""A pattern that somebody is about to write down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Draft:
    """What flags and answers gave. Empty fields get a text that says what belongs there.

    `bad` and `good` are absolute paths of example files. `builtin` names the check of its one
    detector; without it the pattern is a guideline that no scan looks for.
    """

    name: str
    title: str
    guidance: str
    severity: str = "medium"
    description: str = ""
    problems: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    builtin: str = ""
    message: str = ""
    level: str = "warn"
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
