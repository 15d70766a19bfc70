"""What a generator is asked, and which patterns it takes up for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from feedback_loop.api.generation.shelf import Shelf
from feedback_loop.domain.generation import Match, Rejected
from feedback_loop.domain.provider import OFFLINE, PROVIDERS
from feedback_loop.domain.search import Hit, Query
from feedback_loop.domain.text import visible
from feedback_loop.engines.generate.matching import (
    SUGGESTED,
    Standing,
    analyze,
    choose,
    match_patterns,
    prioritize,
    settle_conflicts,
)
from feedback_loop.errors import InputError

PROMPT_CAP = 20_000  # characters
_LOOKED_AT = 50  # hits of the search: whoever is behind them is not suggested either


class Enhancer(Protocol):
    """What adds warnings to a prompt before a provider gets it, such as a `GenerationPromptEnhancer`."""

    def enhance_generic_prompt(self, base_prompt: str, error_types: Any = None) -> str:
        """The prompt with the warnings that fit it."""
        ...


@dataclass(frozen=True)
class Request:
    """A prompt, and how to go about it. `named` are taken up at confidence 1.0: a plan lists them."""

    prompt: str
    apply: bool = True
    min_confidence: float = 0.8
    standing: Standing = field(default_factory=Standing)
    named: tuple[str, ...] = ()
    provider: str = OFFLINE
    fallback: bool = True
    run_tests: bool = False
    enhancer: Enhancer | None = None


@dataclass(frozen=True)
class Selected:
    """The patterns to put in, the surest first; those that only fit; those in conflict with a better one."""

    chosen: tuple[Match, ...]
    suggested: tuple[Match, ...]
    rejected: tuple[Rejected, ...]


def check_request(request: Request) -> None:
    """Raises InputError for what cannot be asked: told before any work is done."""
    if not isinstance(request.prompt, str):
        raise InputError(f"the prompt must be text, not {type(request.prompt).__name__}")
    if not any(visible(char) == char and not char.isspace() for char in request.prompt):
        raise InputError("the prompt is empty", "say what the code is to do")
    if len(request.prompt) > PROMPT_CAP:
        raise InputError(f"the prompt has {len(request.prompt)} characters, at most {PROMPT_CAP} are read")
    least = request.min_confidence
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        raise InputError(f"min_confidence must be from 0 to 1, not {least!a:.40}")
    if request.provider not in PROVIDERS:
        raise InputError(f"provider must be one of {', '.join(PROVIDERS)}, not {request.provider!a:.40}")


def find_indicators(prompt: str) -> dict[str, bool]:
    """What the prompt is about (A63). Raises InputError for what is no text."""
    if not isinstance(prompt, str):
        raise InputError(f"the prompt must be text, not {type(prompt).__name__}")
    return analyze(prompt)


def select(request: Request, shelf: Shelf) -> Selected:
    """Match, prioritise, settle conflicts (D12e, A63-A65, D11b)."""
    found = analyze(request.prompt)
    matches = match_patterns(shelf.patterns, found, _hits(request.prompt, shelf), request.standing)
    matches = choose(matches, request.named, shelf.patterns)
    chosen, left = prioritize(matches, request.apply, request.min_confidence, request.named)
    kept, rejected = settle_conflicts(chosen)
    suggested = [one for one in left if one.confidence >= SUGGESTED]
    return Selected(tuple(kept), tuple(suggested), tuple(rejected))


def _hits(prompt: str, shelf: Shelf) -> Mapping[str, Hit]:
    """The search's hits by name; of a prompt with several subjects each has its own best pattern."""
    index = shelf.index()
    found: dict[str, Hit] = {}
    for hit in [
        *index.search(Query(prompt, limit=_LOOKED_AT)),
        *index.of_task(Query(prompt, limit=_LOOKED_AT, min_relevance=SUGGESTED)),
    ]:
        known = found.get(hit.pattern.name)
        if known is None or hit.relevance > known.relevance:
            found[hit.pattern.name] = hit
    return found
