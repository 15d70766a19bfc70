"""`explain FIGURE`: the id resolved, what the figure is made from read, and counted again on demand (H93)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from feedback_loop.api.history.figure_events import find_declarations, read_reports
from feedback_loop.api.history.figure_inputs import describe_inputs
from feedback_loop.api.history.figure_period import Asked, Stretch, find_stretch, parse_asked
from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.api.library import open_library
from feedback_loop.api.retro.events import read_draft_events, read_tip_events, spooled, uncommitted_events
from feedback_loop.api.retro.period import up_to_basis
from feedback_loop.api.retro.tip import Tip
from feedback_loop.domain.effect import CodeEffect, EffectOptions
from feedback_loop.domain.explanation import Origin, Record, Recount, Reported, compare_origins
from feedback_loop.domain.figure import DECLARED, HOTSPOT, LIBRARY, FigureId, closest_figures, parse_figure
from feedback_loop.domain.history import History
from feedback_loop.domain.names import Names
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.rollup import Durations, Figures
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.text import counted as many
from feedback_loop.engines.adoption import find_adoptions
from feedback_loop.engines.code_effect import measure_code_effects
from feedback_loop.engines.figures import Material, check_pooled, explain_figure
from feedback_loop.engines.lives import find_durations, follow
from feedback_loop.engines.rollup import find_hot_spots, roll_up, whole
from feedback_loop.errors import InputError, UserError

if TYPE_CHECKING:
    from feedback_loop.domain.library import Library
    from feedback_loop.workspace import Workspace

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Explained:
    """A figure's origin, and what a count without the cache says if it was asked for; notes are talk."""

    origin: Origin
    recount: Recount | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether the list adds up, and the recount agrees."""
        return self.origin.adds_up and (self.recount is None or self.recount.agrees)


@dataclass(frozen=True)
class FigureRequest:
    """What is asked of the figure: `recount` mines a second time, from git alone; `worktree` counts events
    that are not committed."""

    recount: bool = False
    worktree: bool = False
    progress: Progress | None = None


def explain(workspace: Workspace, text: str, request: FigureRequest = FigureRequest()) -> Explained:
    """Where the figure of this id comes from, as a retro counts it.

    History ends with the newest commit that changes more than generated views; events are those that are
    committed, unless `request` says otherwise (H75, H77). Raises InputError with the three nearest ids for
    one that is none, UserError for a period that the branch does not have and for a branch without a commit.
    """
    library = open_library(workspace)
    asked = _parse(text, library)
    found = library.find(asked.name)
    figure = asked if found is None else FigureId(found.name, asked.measure, asked.period, asked.path)
    notes = [f"{asked.name} is superseded by {figure.name}"] if figure != asked else []
    source = _Source(workspace, library, figure, request.worktree)
    history = source.mine(True, request.progress)
    origin = explain_figure(figure, source.material(history))
    notes += [*history.notes, *source.notes]
    if not request.recount:
        return Explained(origin, None, tuple(notes))
    counted = explain_figure(figure, source.material(source.mine(False, request.progress)))
    return Explained(origin, compare_origins(origin, counted), tuple(notes))


def _parse(text: str, library: Library) -> FigureId:
    names = [one.name for one in _mined(library)]
    try:
        figure = parse_figure(text)
    except InputError as error:
        close = ", ".join(closest_figures(text, names))
        raise InputError(error.message, f"{error.hint}; the nearest are {close}", error.kind) from None
    found = library.find(figure.name)
    check_pooled(figure, names)
    if figure.name == LIBRARY or (found is not None and found.name in names):
        return figure
    close = ", ".join(closest_figures(text, names))
    raise InputError(f"no active or archived pattern is called {figure.name!a}", f"the nearest are {close}")


def _mined(library: Library) -> tuple[Pattern, ...]:
    return tuple(one for one in library.patterns if one.state in ("active", "archived"))


@dataclass
class _Source:
    """Reads what a figure needs beside history, for the cache's history and for the one without it."""

    workspace: Workspace
    library: Library
    figure: FigureId
    worktree: bool

    def __post_init__(self) -> None:
        self.settings: Settings = self.workspace.settings()[0]
        listed = self.library.patterns
        self._names = Names((one.name, one.state, one.supersedes, one.conflicts) for one in listed)
        self._asked = parse_asked(self.workspace, self.figure.period)
        self._tip = Tip.of(self.workspace, self.settings)
        read = read_draft_events(self.workspace) if self.worktree else read_tip_events(self._tip)
        self._events, lost, left = read.events, len(read.problems), 0
        if not self.worktree:
            left = len(uncommitted_events(self.workspace, read.paths)) + len(spooled(self.workspace))
        self.notes = [f"{many(lost, 'record')} of events cannot be read: see `events verify`"] * bool(lost)
        told = f"{many(left, 'file')} of events not committed, and not counted: `--worktree` counts them"
        self.notes += [told] * bool(left)

    def mine(self, cache: bool, progress: Progress | None) -> History:
        """The history that figures are of."""
        touched = self.figure.measure == HOTSPOT
        request = MineRequest(self._tip.basis, landed=True, touched=touched, cache=cache, progress=progress)
        return mine(self.workspace, request)

    def material(self, history: History) -> Material:
        """The material for this history."""
        first, last = (one and up_to_basis(self.workspace, history.commits, one) for one in self._asked.oids)
        stretch = find_stretch(replace(self._asked, oids=(first, last)), history.commits)
        options = EffectOptions.of(history, stretch.as_of, stretch.span.end)
        adoptions = find_adoptions(history, self.settings.patterns)
        lives = follow(history)
        names = {*history.patterns, *({self.figure.name} - {LIBRARY})}
        effects = measure_code_effects(history, adoptions, options)
        durations = find_durations(history, lives, stretch.as_of)
        return Material(
            history=history,
            lives=lives,
            span=stretch.span,
            figures=_by_name(names, roll_up(history, stretch.span, lives), Figures),
            options=options,
            effects=_by_name(names, effects, lambda name: CodeEffect(name, None, why="it has no detector")),
            adoptions=adoptions,
            durations=_by_name(names, durations, Durations),
            events=tuple(self._reported(stretch, history)),
            spots=find_hot_spots(history, stretch.span, stretch.span),
            inputs=describe_inputs(self.workspace, self.figure, history, stretch, adoptions),
        )

    def _reported(self, stretch: Stretch, history: History) -> Iterator[Reported]:
        """The events of the period; what declares patterns only where that is asked for."""
        found = [one for one in read_reports(self._events, self._names) if stretch.holds(one.at)]
        if self.figure.measure == DECLARED:
            found += find_declarations(self.workspace, self._tip, history, stretch.span, self._names)
        return iter(sorted(found, key=lambda one: (one.at, one.place, one.id)))


def _by_name(names: Iterable[str], listed: Iterable[Any], default: Callable[[str], Any]) -> Mapping[str, Any]:
    """The values by pattern; one without a detector has all zeros."""
    return {name: default(name) for name in names} | {one.pattern: one for one in listed}


def find_record(workspace: Workspace, name: str, progress: Progress | None = None) -> Record | None:
    """The pattern's record in this repository; None on a branch without a commit, or for no detector."""
    try:
        workspace.git.objects.commit_id("HEAD")
    except UserError as error:
        if error.exit_code != UserError.exit_code:
            raise
        return None
    history = mine(workspace, MineRequest(progress=progress))
    if name not in history.patterns:
        return None
    settings, _ = workspace.settings()
    stretch = find_stretch(Asked(), history.commits)
    options = EffectOptions.of(history, stretch.as_of)
    adoptions = find_adoptions(history, settings.patterns)
    effects = {one.pattern: one for one in measure_code_effects(history, adoptions, options)}
    figures = {one.pattern: one for one in roll_up(history, whole(history))}[name]
    why = "; ".join(history.incomplete)
    return Record(figures.introduced, figures.fixed, figures.open, effects[name].verdict, why)
