"""What is known of an entity, an endpoint or a schema that is to be generated, behind its name (C22)."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.api.context.context import limits_of, with_generation, withholding
from feedback_loop.api.context.enhancer import EnhancerOptions, warn
from feedback_loop.domain.injection import Context, Request
from feedback_loop.engines.inject.section import token_count
from feedback_loop.errors import InputError
from feedback_loop.workspace import Workspace


def context_for(workspace: Workspace, kind: str, request: Request) -> Context:
    """The prompt with its warnings, at most five lines; `kind` is `entity`, `endpoint` or `schema`.

    A generation counts only if the injection is recorded: what is withheld must be known. Raises UserError
    for paths and a budget, which are for patterns, and as `warn` does.
    """
    for option, given in (("--paths", bool(request.paths)), ("--budget", request.wanted.budget is not None)):
        if given:
            raise InputError(f"{option} is for --for prompt", "leave it out", kind="usage")
    share, unrecorded = withholding(request, limits_of(workspace.settings()[0], request.wanted).holdout)
    ids = with_generation(request.ids, share) if request.record else replace(request.ids, generation=None)
    options = EnhancerOptions(ids=ids, record=request.record, holdout=share)
    found = warn(workspace, kind, request.prompt, options)
    tokens = token_count(found.text[len(request.prompt) :])
    warned = tuple(one.name for one in found.failures)
    if not (warned or found.withheld):
        ids = request.ids  # no event, and nobody would find an id that stands in none
    notes = (*unrecorded, *found.notes)
    return Context(found.text, warned=warned, tokens=tokens, withheld=found.withheld, ids=ids, notes=notes)
