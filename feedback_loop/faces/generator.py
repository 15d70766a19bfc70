"""`PatternAwareGenerator`: code from a prompt and patterns, for Python programs (A61-A65)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.asking import default_provider
from feedback_loop.api.generation.generating import generate
from feedback_loop.api.generation.matched import (
    Item,
    imports_of,
    match_dicts,
    mean_confidence,
    prioritize_dicts,
    standing_of,
)
from feedback_loop.api.generation.request import Enhancer, Request, find_indicators
from feedback_loop.api.generation.result import GenerationResult, Told, make_result
from feedback_loop.api.generation.shelf import shelf_of
from feedback_loop.domain.provider import OFFLINE, PROVIDERS
from feedback_loop.errors import InputError
from feedback_loop.render.generation import render_generation


class PatternAwareGenerator:
    """Writes code for a prompt that applies the patterns of a library, and checks it by their detectors.

    `pattern_library` is a list of dicts as `PatternManager.get_all_patterns` returns; of each only `name`
    is needed, and the list is read anew at each call. `provider` writes the code: "offline" composes it of
    the patterns' own examples and asks nobody; "command", "openai" and "anthropic" are set up in the user's
    own settings, and where one fails the offline composer takes over. `prompt_enhancer` adds warnings to
    what a provider is sent. `clock` gives the time in the metadata.

    `use_llm` and `llm_provider` are older names of `provider`. Raises ValueError for an unknown provider,
    and for `api_key`: keys come from the environment alone.
    """

    def __init__(
        self,
        pattern_library: Sequence[Mapping[str, Any]],
        pattern_library_version: str = "1.0.0",
        *,
        provider: str = OFFLINE,
        prompt_enhancer: Enhancer | None = None,
        use_llm: bool | None = None,
        llm_provider: str | None = None,
        api_key: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if api_key is not None:
            raise InputError(
                "api_key: keys are read from the environment alone", "ANTHROPIC_API_KEY, OPENAI_API_KEY"
            )
        self.pattern_library = pattern_library
        self.pattern_library_version = pattern_library_version
        self.provider = _provider(provider, use_llm, llm_provider)
        self.prompt_enhancer = prompt_enhancer
        self._clock = clock or _now

    def generate(
        self,
        prompt: str,
        metrics_context: Mapping[str, Any] | None = None,
        apply_patterns: bool = True,
        min_confidence: float = 0.8,
        validate: bool = True,
    ) -> GenerationResult:
        """Code for the prompt, with a report on it.

        Patterns are applied that fit with `min_confidence` or more (0 to 1), are not of severity low, and
        whose construct the code then holds; others that fit are suggested with the reason. What is critical
        or frequent in `metrics_context` (`MetricsAnalyzer.get_context()`) fits better, if it fits at all.
        Without `apply_patterns` the code is a scaffold. Without `validate` the result has no `validation`;
        the checks run all the same. Raises ValueError for a blank prompt, one of more than 20,000
        characters, a threshold outside 0 to 1, and a library of another shape.
        """
        request = Request(
            prompt,
            apply=bool(apply_patterns),
            min_confidence=min_confidence,
            standing=standing_of(metrics_context),
            provider=self.provider,
            enhancer=self.prompt_enhancer,
        )
        shelf, dicts = shelf_of(self.pattern_library)
        made = generate(request, shelf)
        told = Told(render_generation(made), self.pattern_library_version, self._clock(), validate, dicts)
        return make_result(made, told)

    def _analyze_prompt(self, prompt: str) -> dict[str, bool]:
        """What the prompt is about: each indicator, and whether its words set it."""
        return find_indicators(prompt)

    def _match_patterns(
        self, indicators: Mapping[str, bool], metrics_context: Mapping[str, Any] | None = None
    ) -> list[Item]:
        """`{pattern, confidence, severity, why}` of each pattern whose needs or context score above 0."""
        return match_dicts(self.pattern_library, indicators, standing_of(metrics_context))

    def _prioritize_patterns(
        self,
        matched: Sequence[Mapping[str, Any]],
        apply_patterns: bool = True,
        min_confidence: float = 0.8,
    ) -> tuple[list[Any], list[Any]]:
        """(to apply, to suggest) of what `_match_patterns` returns."""
        return prioritize_dicts(matched, apply_patterns, min_confidence)

    def _generate_imports(self, matched: Sequence[Mapping[str, Any]]) -> list[str]:
        """The import lines that the matched patterns are known to need, sorted."""
        return imports_of(matched)

    def _calculate_confidence(self, matched: Sequence[Mapping[str, Any]]) -> float:
        """The mean of the three best matches, .5 for none; a result's confidence is another figure."""
        return mean_confidence(matched)


def _provider(provider: str, use_llm: bool | None, llm_provider: str | None) -> str:
    """The provider, whichever of the names said it."""
    if use_llm is False:
        return OFFLINE
    if llm_provider is not None:
        if provider not in (OFFLINE, llm_provider):
            raise InputError("provider and llm_provider name two providers", "leave out llm_provider")
        provider = llm_provider
    elif use_llm and provider == OFFLINE:
        provider = default_provider()
    if provider not in PROVIDERS:
        raise InputError(f"provider must be one of {', '.join(PROVIDERS)}, not {provider!a:.40}")
    return provider


def _now() -> datetime:
    return datetime.now(UTC)
