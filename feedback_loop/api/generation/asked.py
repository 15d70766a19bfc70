"""Generating for a repository, and the event that tells of it (D23, D29, A70)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from feedback_loop.api.asking import describe
from feedback_loop.api.context.enhancer import PROMPT, warn
from feedback_loop.api.events import Recorded, record_event
from feedback_loop.api.generation.generating import generate
from feedback_loop.api.generation.planned import read_planned
from feedback_loop.api.generation.providing import make_payload
from feedback_loop.api.generation.request import Request, check_request, select
from feedback_loop.api.generation.shelf import open_shelf
from feedback_loop.domain.generation import Generated, Match
from feedback_loop.domain.provider import OFFLINE
from feedback_loop.domain.secrets import masked_and_capped
from feedback_loop.workspace import Workspace

_PROMPT_CAP = 200


class _Warnings(NamedTuple):
    """What is known to fail in this repository, for a prompt that leaves it (C22)."""

    workspace: Workspace

    def enhance_generic_prompt(self, base_prompt: str, error_types: object = None) -> str:
        """The prompt with the warnings that fit it."""
        return warn(self.workspace, PROMPT, base_prompt).text


class Matches(NamedTuple):
    """The patterns that fit, and notes on what a plan lists that is no active pattern."""

    found: tuple[Match, ...]
    notes: tuple[str, ...]


class Preview(NamedTuple):
    """What would be sent, as text, and the same notes."""

    text: str
    notes: tuple[str, ...]


def generate_for(workspace: Workspace, request: Request, plan: str | None = None) -> Generated:
    """Code for the prompt by the repository's library; `plan` is a plan's path whose patterns are taken up.

    Raises UserError as `api.generation.generating.generate`, and for a file that is no plan.
    """
    request, notes = _prepared(workspace, request, plan)
    made = generate(request, open_shelf(workspace))
    return replace(made, notes=(*notes, *made.notes))


def matches_for(workspace: Workspace, request: Request, plan: str | None = None) -> Matches:
    """The patterns that fit the prompt, the surest first: those that would be applied and the others."""
    request, notes = _prepared(workspace, request, plan)
    found = select(request, open_shelf(workspace))
    return Matches((*found.chosen, *found.suggested), notes)


def preview(workspace: Workspace, request: Request, plan: str | None = None) -> Preview:
    """What a provider would be sent first, for a person to read. Nothing is sent."""
    request, notes = _prepared(workspace, request, plan)
    shelf = open_shelf(workspace)
    payload = make_payload(request, select(request, shelf).chosen)
    return Preview(describe(payload, request.provider), notes)


def record_generation(workspace: Workspace, made: Generated) -> Recorded:
    """A `generation` event with the masked prompt, cut at 200 characters. Raises MachineFault."""
    names = [one.pattern.name for one in made.applied]
    data = {
        "prompt": masked_and_capped(made.prompt, _PROMPT_CAP),
        "patterns_applied": names,
        "confidence": made.confidence.value,
        "success": made.verification.is_valid and bool(made.code),
        "code_length": len(made.code),
        "compilation_error": made.verification.compilation_error or None,
        "metadata": {
            "provider": made.provider,
            "scaffold": made.scaffold,
            "library_sha256": made.library_sha256,
        },
    }
    return record_event(workspace, "generation", data, names)


def _prepared(workspace: Workspace, request: Request, plan: str | None) -> tuple[Request, tuple[str, ...]]:
    """The request, checked, with a plan's patterns, and with warnings where a provider is asked."""
    check_request(request)
    if request.provider != OFFLINE and request.enhancer is None:
        request = replace(request, enhancer=_Warnings(workspace))
    if plan is None:
        return request, ()
    names, notes = read_planned(workspace, plan)
    return replace(request, named=names), notes
