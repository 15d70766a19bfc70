"""How a repository's feedback-loop is doing: facts, the last hook runs, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int | bool | None | tuple[str, ...] | tuple[tuple[str, int], ...]


@dataclass(frozen=True, order=True)
class Ailment:
    """Something wrong, and what to do about it."""

    problem: str
    cure: str


@dataclass(frozen=True)
class Run:
    """One run of the hook; `at` is UTC ISO-8601, or `unknown time`."""

    at: str
    verdict: str
    exit_code: int
    milliseconds: int
    files: int
    added_lines: int
    reason: str = ""


@dataclass(frozen=True)
class Section:
    """Facts of one kind, in the order people read them: (name, value)."""

    title: str
    facts: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Diagnosis:
    """Everything `doctor` says. The newest run is the last."""

    sections: tuple[Section, ...]
    runs: tuple[Run, ...]
    ailments: tuple[Ailment, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.ailments
