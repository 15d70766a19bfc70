"""A retro made: the tip read, its history mined, everything held against each other (H75-H79)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from feedback_loop.api.history.candidates import find_candidates
from feedback_loop.api.history.lifecycle import Measured, gather_lifecycle, lifecycle_options
from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.api.history.uses import find_decisions
from feedback_loop.api.retro.deciding import Weighed, read_answers, weigh, with_candidates
from feedback_loop.api.retro.events import (
    TipEvents,
    decisions_on_disk,
    read_draft_events,
    read_tip_events,
)
from feedback_loop.api.retro.inputs import Facts, retro_input
from feedback_loop.api.retro.news import has_nothing_new, mined_alike, uncommitted
from feedback_loop.api.retro.own import own_decisions, taken_back, until, without
from feedback_loop.api.retro.period import Placed, check_one_way, place_period
from feedback_loop.api.retro.request import Made, RetroRequest
from feedback_loop.api.retro.stored import newest_stored
from feedback_loop.api.retro.tip import Tip, TipWorkspace
from feedback_loop.api.retro.views import stored_files
from feedback_loop.domain.effect import CodeEffect, EffectOptions
from feedback_loop.domain.history import NO_TIME, Commits, History
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.period import last_time
from feedback_loop.domain.retro import FOLDER
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.adoption import find_adoptions
from feedback_loop.engines.code_effect import measure_code_effects
from feedback_loop.engines.lifecycle import propose
from feedback_loop.engines.lives import follow
from feedback_loop.engines.retro import build
from feedback_loop.engines.rollup import roll_up, whole
from feedback_loop.errors import UserError
from feedback_loop.formats.retro_json import as_stored, parse_retro
from feedback_loop.stores.events import EventsRead
from feedback_loop.stores.library import BUILT_IN
from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class Work:
    """A retro and what it was made with: what writing it needs. `as_of` is in seconds.

    `library` is the one that was counted, `weighed` are its proposals; `committed` are the tip's events.
    """

    made: Made
    settings: Settings
    tip: Tip
    library: Library
    committed: TipEvents
    as_of: int
    weighed: tuple[Weighed, ...] = ()


def make(workspace: Workspace, request: RetroRequest) -> Work:
    """The retro that was asked for. Writes nothing but the cache of history.

    Raises UserError for broken settings, a branch without a commit, a malformed request, an unknown id in
    a choice; else as `mine` does.
    """
    check_one_way(request)
    settings, problems = workspace.settings()
    if problems:
        raise UserError("\n".join(map(str, problems)), "mend the settings first", kind="settings")
    tip = Tip.of(workspace, settings)
    committed = read_tip_events(tip)
    draft = request.worktree
    on_disk = tip.library_on_disk(workspace, settings.patterns)
    there = on_disk if draft else tip.library(settings.patterns)
    events = read_draft_events(workspace) if draft else committed

    def mined(tip: Tip) -> tuple[Library, History]:
        library = taken_back(there, tip, settings.patterns, own_decisions(events, tip.basis))
        # Only the library on the disk is kept compiled.
        given = None if on_disk is library or mined_alike(on_disk, library) else library
        return library, mine(workspace, MineRequest(tip=tip.basis, landed=True, touched=True), given)

    library, history = mined(tip)
    asked = _asked_tip(workspace, request, tip, history.commits, settings)
    if asked is not tip:
        tip = asked
        library, history = mined(tip)
    stored, broken = newest_stored(tip, history.commits, until=request.as_of)
    notes = (
        *uncommitted(workspace, tip.library(settings.patterns), on_disk, committed, draft=draft),
        *map(str, broken),
    )
    if stored is not None and has_nothing_new(
        workspace, request, settings, tip, history.commits, stored.retro, events.events
    ):
        as_of = parse_moment(stored.retro.header.as_of) or 0
        return Work(Made(stored.retro, False, notes), settings, tip, there, committed, as_of)
    events = without(events, own_decisions(events, tip.basis))
    as_of = _as_of(history.commits, request, events)
    facts = Facts(
        workspace,
        settings,
        tip,
        library,
        until(events, as_of),
        history,
        follow(history),
        as_of,
        stored,
        draft,
        tuple(map(str, broken)),
    )
    return _made(facts, request, committed, notes)


def _asked_tip(
    workspace: Workspace, request: RetroRequest, tip: Tip, commits: Commits, settings: Settings
) -> Tip:
    """The tip, with the basis that as-of gives it. Raises UserError if no commit is as old."""
    if request.as_of is None:
        return tip
    position = commits.cut(request.as_of + 1).position
    if position == len(commits.chain):
        return tip
    if not position:
        raise UserError(f"no commit is as old as {format_moment(request.as_of)}", kind="usage")
    return Tip.of(workspace, settings, commits.oids[commits.chain[position - 1]])


def _as_of(commits: Commits, request: RetroRequest, events: TipEvents) -> int:
    """The end of time: as asked, else the basis commit's; a draft holds what was recorded since."""
    if request.as_of is not None:
        return request.as_of
    own = commits.times[commits.chain[-1]]
    known = (last_time(commits) or 0) if own == NO_TIME else own
    if not request.worktree:
        return known
    newest = max((parse_moment(one.at) or 0 for one in events.events), default=0)
    return max(known, newest + 1)


def _made(facts: Facts, request: RetroRequest, committed: TipEvents, notes: tuple[str, ...]) -> Work:
    former = facts.stored.retro if facts.stored else None
    placed = place_period(
        facts.workspace, facts.history.commits, request, facts.as_of, facts.settings.retro_sprint, former
    )
    placed = replace(placed, name=_free_name(facts, request, placed))
    if former is not None and former.range.name == placed.name:  # itself, made once more
        stored, _ = newest_stored(facts.tip, facts.history.commits, placed.name, request.as_of)
        facts = replace(facts, stored=stored)
    effects, weighed = _judged(facts, request, committed)
    retro = as_stored(build(retro_input(facts, placed, effects, weighed)))
    made = Made(retro, True, notes)
    return Work(made, facts.settings, facts.tip, facts.library, committed, facts.as_of, weighed)


def _free_name(facts: Facts, request: RetroRequest, placed: Placed) -> str:
    """The period's name; with digits of the basis if a retro of another range has it already."""
    if request.period or request.from_ref:
        return placed.name
    path = f"{FOLDER}/{placed.name}.json"
    data = stored_files(facts.workspace).get(path)
    there = parse_retro(data, path)[0] if data is not None else None
    taken = there is not None and there.range.after != placed.range(facts.history.commits).after
    return f"{placed.name}-{facts.tip.basis[:8]}" if taken else placed.name


def _judged(
    facts: Facts, request: RetroRequest, committed: TipEvents
) -> tuple[tuple[CodeEffect, ...], tuple[Weighed, ...]]:
    """The effects, and the proposals with what becomes of each."""
    settings, library, history = facts.settings, facts.library, facts.history
    options = EffectOptions.of(history, facts.as_of)
    adoptions = find_adoptions(history, settings.patterns)
    effects = measure_code_effects(history, adoptions, options)
    if library.source == BUILT_IN:  # nothing of it can be moved, and nothing put beside it
        return effects, ()
    workspace = facts.workspace if facts.draft else TipWorkspace(facts.workspace, library)
    past = facts.events.events
    candidates = find_candidates(workspace, history, past) if history.complete else ()
    figures = roll_up(history, whole(history), facts.lives)
    measured = Measured(history, adoptions, figures, effects, candidates)
    read = EventsRead(past, facts.events.problems)
    proposals = with_candidates(
        propose(
            gather_lifecycle(workspace, library, read, measured),
            lifecycle_options(settings, facts.as_of, request.include_critical),
        ),
        candidates,
        find_decisions(past),
        facts.as_of,
        settings.archive_after_days,
    )
    said = decisions_on_disk(facts.workspace, committed)
    answers = read_answers(proposals, request.choices, said, facts.tip.basis)
    return effects, weigh(proposals, candidates, answers, settings.retro_apply == "auto")
