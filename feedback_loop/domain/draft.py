"""A pattern that somebody is about to write down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Search:
    """What a draft's detector looks for: one of the first five fields is filled, or none.

    `code` is a pattern of ast-grep; `rule` is the absolute path of a JSON file with a rule of it.
    `params` is a JSON object as text. The others refine `literals` or `regex`.
    """

    literals: tuple[str, ...] = ()
    regex: str = ""
    code: str = ""
    rule: str = ""
    builtin: str = ""
    params: str = ""
    unless: str = ""
    ignore_case: bool = False
    word: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The options that say what to look for; a sound draft has one at most."""
        given = {
            "--literal": self.literals,
            "--regex": self.regex,
            "--ast-grep": self.code,
            "--rule": self.rule,
            "--builtin": self.builtin,
        }
        return tuple(option for option, value in given.items() if value)


@dataclass(frozen=True)
class Draft:
    """What flags and answers gave. Empty fields get a text that says what belongs there.

    `bad` and `good` are absolute paths of example files, `bad_code` and `good_code` examples as they
    are. Without anything to search for the pattern is a guideline that no scan looks for.
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
    search: Search = Search()
    message: str = ""
    level: str = "warn"
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    bad_code: tuple[str, ...] = ()
    good_code: tuple[str, ...] = ()
