"""A type of task that prompts are routed by (B26)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskType:
    """`triggers` are regular expressions (RE2) that match whole words; the first framework is the default."""

    name: str
    triggers: tuple[str, ...]
    frameworks: tuple[str, ...]
    techniques: tuple[str, ...] = ()
    tier: str = "standard"
