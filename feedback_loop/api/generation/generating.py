"""From a prompt to code that passes every check, with an honest account of it (D23, D27, D28)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback_loop.api.generation.composing import compose_verified
from feedback_loop.api.generation.providing import ask_verified
from feedback_loop.api.generation.request import Request, Selected, check_request, select
from feedback_loop.api.generation.shelf import Shelf
from feedback_loop.api.generation.verify import UNSPOKEN
from feedback_loop.domain.generation import Generated, Intent, Match, Rejected, Verification
from feedback_loop.domain.provider import OFFLINE
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.words import parts, tokens
from feedback_loop.engines.generate.confidence import Evidence, estimate
from feedback_loop.engines.generate.intent import read_intent
from feedback_loop.engines.generate.recipe_finder import explained_by
from feedback_loop.engines.generate.template import NO_TEMPLATE

ABSENT = "selected, but not present in the code"


@dataclass(frozen=True)
class _Made:
    """Code from whoever wrote it. `put_in` are the patterns whose template stands in it."""

    code: str
    verification: Verification
    provider: str = OFFLINE
    put_in: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    scaffold: bool = False
    notes: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()  # patterns that a provider was sent
    bare: tuple[str, ...] = ()  # patterns that the composer had no template of
    recipe: str = ""


def generate(request: Request, shelf: Shelf) -> Generated:
    """Code for the prompt, and how it came about.

    The same request and shelf give the same code, unless a provider writes it. Raises InputError as
    `check_request`, UserError for a provider that is not set up, or that fails without fallback.
    """
    check_request(request)
    intent = read_intent(mask(request.prompt))  # a scaffold quotes what was asked, reports name words
    selected = select(request, shelf)
    made = _made(request, intent, selected, shelf)
    return _account(request, intent, selected, made, shelf)


def _made(request: Request, intent: Intent, selected: Selected, shelf: Shelf) -> _Made:
    provider = OFFLINE
    notes: tuple[str, ...] = ()
    if request.provider != OFFLINE:
        answer = ask_verified(request, selected.chosen, shelf)
        if answer.code:
            return _Made(
                answer.code,
                answer.verification,
                answer.provider,
                notes=answer.notes,
                shown=answer.shown,
            )
        provider, notes = answer.provider, answer.notes
    draft = compose_verified(intent, selected.chosen, shelf, apply=request.apply, run_tests=request.run_tests)
    made = draft.composition
    return _Made(
        made.code,
        draft.verification,
        provider,
        made.used,
        draft.rejected,
        made.scaffold,
        notes=(*notes, *draft.notes),
        bare=draft.bare,
        recipe=made.recipe,
    )


def _account(request: Request, intent: Intent, selected: Selected, made: _Made, shelf: Shelf) -> Generated:
    rejected = (*selected.rejected, *made.rejected)
    gone = {one.pattern for one in rejected}
    left = [one for one in selected.chosen if one.pattern.name not in gone]
    applied = tuple(one for one in left if _is_in(one, made))
    given = tuple(one for one in left if one not in applied and _cannot_be_told(one, made, shelf))
    absent = [
        replace(one, why=NO_TEMPLATE if one.pattern.name in made.bare else ABSENT)
        for one in left
        if one not in (*applied, *given)
    ]
    intent = explained_by(intent, made.recipe)
    verification = _with_silence(request, made)
    evidence = Evidence(verification, made.scaffold, tokens(intent.prompt), intent.explained, applied)
    return Generated(
        prompt=request.prompt,
        intent=replace(intent, unrecognised=_unrecognised(intent, applied)),
        code=made.code,
        confidence=estimate(evidence, shelf.idf()),
        verification=verification,
        applied=applied,
        suggested=(*absent, *selected.suggested),
        rejected=rejected,
        given=given,
        provider=made.provider,
        scaffold=made.scaffold,
        library_sha256=shelf.sha256,
        notes=(*shelf.problems, *made.notes),
    )


def _with_silence(request: Request, made: _Made) -> Verification:
    """What the checks said; who asked for tests is told that there was none to run."""
    told = made.verification
    if request.run_tests and made.code and not told.tests and not told.test_output:
        return replace(told, test_output=UNSPOKEN)
    return told


def _is_in(match: Match, made: _Made) -> bool:
    """Whether the code holds the pattern's construct: its template, or a site of its detectors (A68)."""
    name = match.pattern.name
    return bool(made.code) and (name in made.put_in or name in made.verification.present)


def _cannot_be_told(match: Match, made: _Made, shelf: Shelf) -> bool:
    """Whether a provider was shown a pattern that no detector can find again: given, not applied (D28)."""
    name = match.pattern.name
    return name in made.shown and not any(one.pattern == name for one in shelf.detecting.detectors)


def _unrecognised(intent: Intent, applied: Sequence[Match]) -> tuple[str, ...]:
    """The words that neither the grammar nor a pattern in the code explains."""
    known = frozenset().union(*(one.explains for one in applied))
    return tuple(word for word in intent.unrecognised if not known.issuperset(parts(word) or (word,)))
