"""The patterns that fit a task, put behind its prompt within a budget (D18 to D21, C7)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from feedback_loop.api.search.opening import open_search
from feedback_loop.domain.hidden_text import code_holds_hidden, holds_hidden
from feedback_loop.domain.holdout import is_withheld
from feedback_loop.domain.injection import Context, Limits, Signs, Wanted
from feedback_loop.domain.search import Query
from feedback_loop.engines.inject.choose import choose
from feedback_loop.engines.inject.section import enhanced, format_section, token_count
from feedback_loop.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedback_loop.domain.injection import Chosen, Ids, Request
    from feedback_loop.domain.search import Hit
    from feedback_loop.domain.settings import Settings
    from feedback_loop.workspace import Workspace

_Value = TypeVar("_Value", int, float)

TARGET = "prompt"
_ASKED = 10  # hits to choose from: some are not eligible, some do not fit
_BY_WORDS = "search.semantic is true, which is for searches: here words alone rank"
_UNRECORDED = "nothing is withheld: a holdout counts with --record alone"


def limits_of(settings: Settings, wanted: Wanted) -> Limits:
    """The settings' limits, with what the caller wants in their place. Raises InputError (usage)."""
    budget, holdout = wanted.budget, wanted.holdout
    if budget is not None and budget < 1:
        raise InputError("the budget must be 1 token or more", kind="usage")
    if holdout is not None and not 0 <= holdout <= 1:
        raise InputError("the holdout must be a share from 0 to 1", kind="usage")
    return Limits(
        _first(wanted.max_patterns, settings.inject_max_patterns),
        _first(wanted.min_success_rate, settings.inject_min_success_rate),
        _first(wanted.min_relevance, settings.inject_min_relevance),
        _first(budget, settings.inject_budget),
        _first(holdout, settings.inject_holdout),
    )


def context(workspace: Workspace, request: Request) -> Context:
    """The prompt with the section of the patterns that fit; the very prompt if none does, or if it is off.

    With `request.record` an `injection` event is on the disk before this returns; without it nothing is
    withheld. Raises UserError for a path that is not there or a figure that cannot be, MachineFault when
    the disk says no.
    """
    opened = open_search(workspace)
    limits = limits_of(opened.settings, request.wanted)
    if request.paths:
        from feedback_loop.api.context.signs import check_paths

        check_paths(workspace, request.paths, request.folder)
    if not opened.settings.inject_enabled:
        return Context(request.prompt, notes=(*opened.notes, "inject.enabled is false: nothing is added"))
    if opened.settings.search_semantic:
        opened = replace(opened, notes=(*opened.notes, _BY_WORDS))
    share, unrecorded = withholding(request, limits.holdout)
    limits = replace(limits, holdout=share)
    ids = with_generation(request.ids, share)
    task = request.task or request.prompt
    query = Query(task, max(_ASKED, limits.max_patterns), min_relevance=limits.min_relevance)
    hits = opened.index.of_task(query)
    if not hits:
        return Context(request.prompt, ids=request.ids, notes=(*opened.notes, *unrecorded))
    signs, notes = _signs(workspace, request)
    found = compose(replace(request, ids=ids), hits, signs, limits)
    if request.record and (found.chosen or found.withheld):
        _record(workspace, request.prompt, found)
    else:
        found = replace(found, ids=request.ids)  # nobody would find an id that stands in no event
    return replace(found, notes=(*opened.notes, *unrecorded, *notes, *found.notes))


def withholding(request: Request, share: float) -> tuple[float, tuple[str, ...]]:
    """The share that is withheld, and a note if it is not the one that was asked for.

    Nothing is unless it is recorded: what nobody can count would be left out for nothing.
    """
    if request.record or not share:
        return share, ()
    return 0.0, (_UNRECORDED,) if request.wanted.holdout else ()


def with_generation(ids: Ids, holdout: float) -> Ids:
    """The ids; a generation's is made where a holdout is on: without one nothing could be withheld."""
    if ids.generation or not holdout:
        return ids
    from uuid import uuid4

    return replace(ids, generation=str(uuid4()))


def compose(request: Request, hits: Sequence[Hit], signs: Signs, limits: Limits) -> Context:
    """The text and how it came about; nothing is read or written.

    Withheld is what would have been shown. Nothing takes its place, or the comparison would be skewed.
    """
    choice = choose(hits, signs, limits)
    names = [one.name for one in choice.entries]
    generation = request.ids.generation
    withheld = {name for name in names if generation and is_withheld(generation, name, limits.holdout)}
    text = enhanced(
        request.prompt, format_section([one for one in choice.entries if one.name not in withheld])
    )
    kept = {name for name in names if name not in withheld}
    chosen = tuple(one for one in choice.chosen if one.pattern.name in kept)
    return Context(
        text,
        chosen,
        left_out=choice.left_out,
        tokens=token_count(text[len(request.prompt) :]),
        withheld=tuple(name for name in names if name in withheld),
        ids=request.ids,
        notes=_hidden_notes(chosen),
    )


def _signs(workspace: Workspace, request: Request) -> tuple[Signs, tuple[str, ...]]:
    from feedback_loop.api.context import signs

    seen, notes = signs.count_reports(workspace)
    open = signs.count_findings(workspace, request.paths, request.folder) if request.paths else {}
    return Signs(signs.read_ratings(workspace), seen, open), notes


def _hidden_notes(chosen: Sequence[Chosen]) -> tuple[str, ...]:
    """Hidden text is worth a look: hardly anybody writes it by accident."""
    return tuple(
        f"{one.name}: hidden characters or comments were taken out of its text"
        for one in (each.pattern for each in chosen)
        if holds_hidden(one.title)
        or holds_hidden(one.guidance or one.description)
        or code_holds_hidden(one.code)
    )


def _record(workspace: Workspace, prompt: str, found: Context) -> None:
    from feedback_loop.api.context.recording import Injection, record_injection

    names = [one.pattern.name for one in found.chosen]
    record_injection(workspace, Injection(TARGET, prompt, names, found.withheld, found.ids))


def _first(wanted: _Value | None, default: _Value) -> _Value:
    return default if wanted is None else wanted
