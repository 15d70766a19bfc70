"""What the collector asks of its two parts, whoever made them (C21)."""

from __future__ import annotations

from typing import Protocol

from feedback_loop.api.antipatterns.antipattern import GenerationAntiPattern


class ViolationClassifier(Protocol):
    """What the collector asks about each violation."""

    def classify_for_generation(
        self, violation: object, stack_trace: object = None, application_ir: object = None
    ) -> GenerationAntiPattern | None:
        """The anti-pattern that it makes; None where nothing can be said of it."""
        ...


class AntiPatternStore(Protocol):
    """What the collector tells of each failure. An increment answers False where the run is known."""

    def exists(self, pattern_id: str) -> bool:
        """Whether there is an anti-pattern of this id."""
        ...

    def store(self, pattern: GenerationAntiPattern) -> object:
        """Keep a new one."""
        ...

    def increment_occurrence(self, pattern_id: str, run_id: str | None = None) -> object:
        """A run showed it."""
        ...
