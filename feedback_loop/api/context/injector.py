"""`PatternInjector`: the patterns of a library put behind a prompt, as its users know it (D18)."""

from __future__ import annotations

import os

from feedback_loop.api.arguments import check_number, check_text, check_whole
from feedback_loop.api.context.context import context
from feedback_loop.api.search.pattern_library import PatternLibrary
from feedback_loop.domain.injection import Request, Wanted


class PatternInjector:
    """Puts up to `max_patterns` patterns of the library behind prompts.

    `library` is a `PatternLibrary`, the folder of a repository, or None = the one around the process. Rates
    are from 0 to 100, relevance from 0 to 1. Raises ValueError for a figure that cannot be and for a `.db`
    path, UserError (no_repository) outside of a repository.
    """

    def __init__(
        self,
        library: PatternLibrary | str | os.PathLike[str] | None = None,
        max_patterns: int = 3,
        min_success_rate: float = 70,
        min_relevance: float = 0.6,
    ) -> None:
        check_whole("max_patterns", max_patterns)
        check_number("min_success_rate", min_success_rate, 100)
        check_number("min_relevance", min_relevance, 1)
        self.max_patterns = max_patterns
        self.min_success_rate = min_success_rate
        self.min_relevance = min_relevance
        known = library if isinstance(library, PatternLibrary) else PatternLibrary(library)
        self._workspace = known.workspace

    def enhance_prompt(self, original_prompt: str, task_description: str) -> str:
        """The prompt, a blank line and the section of the patterns that fit the task.

        The very prompt if none fits, if the description is blank, or if the settings say
        `inject.enabled = false`. Their `inject.budget` holds for what is added. Raises ValueError for what
        is no text.
        """
        check_text("original_prompt", original_prompt)
        check_text("task_description", task_description)
        if not task_description.strip():
            return original_prompt
        wanted = Wanted(self.max_patterns, self.min_success_rate, self.min_relevance)
        return context(self._workspace, Request(original_prompt, task_description, wanted)).text
