"""The answer of `history`: the period found, the facts added up, the ledgers held against the tip (1.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from feedback_loop.api.history.mine import MineRequest, mine, mined_library
from feedback_loop.api.history.question import HistoryRequest, Question, find_question
from feedback_loop.api.history.scopes import load_detectors, narrow, path_globs, structural
from feedback_loop.api.history.sites import list_sites, list_standing, place_of
from feedback_loop.domain.bands import by_band
from feedback_loop.domain.effect import CodeEffect, EffectOptions
from feedback_loop.domain.globs import matches
from feedback_loop.domain.history import NO_TIME, History, Span
from feedback_loop.domain.history_report import (
    Considered,
    HistoryReport,
    PatternReport,
    PeriodReport,
    Place,
)
from feedback_loop.domain.lives import Lives
from feedback_loop.domain.period import Asked, find_dates, find_range, last_time, name_dates
from feedback_loop.domain.rollup import Figures, HotSpot, Row, TipCheck
from feedback_loop.domain.survival import kaplan_meier
from feedback_loop.engines.adoption import find_adoptions
from feedback_loop.engines.code_effect import measure_code_effects
from feedback_loop.engines.lives import find_durations, follow
from feedback_loop.engines.rollup import (
    find_hot_spots,
    roll_up,
    roll_up_commits,
    roll_up_months,
    roll_up_paths,
    roll_up_weeks,
)
from feedback_loop.engines.standing import find_standing
from feedback_loop.engines.tip_check import check_tip
from feedback_loop.errors import UserError

if TYPE_CHECKING:
    from feedback_loop.workspace import Workspace

_PERIODS_BEFORE = 6  # what a hot spot is held against (H27)
_ROLL_UPS: Mapping[str, Callable[[History, Span], tuple[Row, ...]]] = {
    "path": roll_up_paths,
    "week": roll_up_weeks,
    "month": roll_up_months,
    "commit": roll_up_commits,
}


def report_history(workspace: Workspace, request: HistoryRequest) -> HistoryReport:
    """What history says of the patterns, over all of it or over a period.

    Raises UserError for two ways to give a period, and for an unknown pattern, date or commit, before
    anything is mined; for commits between which nothing landed; else as `mine` does.
    """
    question = find_question(workspace, request)
    history = mine(workspace, _mine_request(request))
    detectors = load_detectors(workspace)
    lives = follow(history) if history.landed is not None else None
    checks = check_tip(history, lives, structural(detectors))
    told = _numbers(lives, structural(detectors))
    if request.path:
        history = narrow(history, request.path, detectors)
        lives = _narrowed(lives, request.path)
    return _Answer(workspace, request, history, lives, question).report(checks, told)


def _mine_request(request: HistoryRequest) -> MineRequest:
    # Without the landed ledger the renames by merges are not known, and so no file's name of today.
    by_name = bool(request.path) or request.by == "path" or request.sites
    return MineRequest(
        landed=request.landed or request.survival or by_name,
        touched=request.by != "pattern" or bool(request.path),
        exact=request.exact,
        workers=request.workers,
        cache=request.cache,
        progress=request.progress,
    )


def _narrowed(lives: Lives | None, path: str) -> Lives | None:
    globs = path_globs(path)
    return lives and lives._replace(lives=tuple(one for one in lives.lives if matches(globs, one.path)))


def _numbers(lives: Lives | None, gaps: frozenset[tuple[str, str]]) -> tuple[int, int, int] | None:
    """How many lives, how many of them may have swapped ages, how many removals have no addition.

    Of detectors that may have `gaps` a removal without one says nothing.
    """
    if lives is None:
        return None
    orphans = sum((fact.pattern, fact.detector) not in gaps for fact in lives.orphans)
    return len(lives.lives), lives.shared, orphans


class _Answer:
    """One history and one question: where the period lies, and everything told about it."""

    def __init__(
        self,
        workspace: Workspace,
        request: HistoryRequest,
        history: History,
        lives: Lives | None,
        question: Question,
    ) -> None:
        self._request = request
        self._folder = mined_library(workspace).folder
        self._history, self._lives = history, lives
        self._commits = history.commits
        self._as_of = last_time(self._commits) if question.as_of is None else question.as_of
        self._end = None if question.as_of is None else self._commits.cut(question.as_of + 1).position
        self._asked = self._dated(question)
        self._span, self._misplaced = self._find(question)

    def _dated(self, question: Question) -> Asked:
        """--since counts back from as-of, never from today."""
        if question.length is None:
            return question.asked
        if self._as_of is None:
            raise UserError("no commit's clock says when it was made", "give the period by --from and --to")
        start = self._as_of - question.length
        return Asked(self._request.since, name_dates(start, self._as_of), start, self._as_of)

    def _find(self, question: Question) -> tuple[Span, tuple[int, ...]]:
        asked, length = self._asked, len(self._commits.chain)
        if asked.from_ref:
            found = find_range(self._commits, asked, *question.oids)
        else:
            stop = asked.end if question.length is None else None  # else as-of is its end
            found = find_dates(self._commits, asked.start, stop)
        end = min(found.span.end, length if self._end is None else self._end)
        return Span(min(found.span.start, end), end), found.misplaced

    def report(self, checks: Sequence[TipCheck], told: tuple[int, int, int] | None) -> HistoryReport:
        """Everything about the patterns that were asked for."""
        history, span, request = self._history, self._span, self._request
        chosen = frozenset(request.patterns or history.patterns)
        found = self._patterns({one.pattern: one for one in checks}, chosen)
        self._history = history = _only(history, chosen)
        origins = find_standing(history) if request.sites else ()
        number, shared, orphans = told or (None, None, None)
        return HistoryReport(
            tip=history.tip,
            branch=history.branch,
            period=self._period(),
            commits=self._considered(),
            as_of=self._as_of,
            patterns=found,
            by=request.by,
            rows=_ROLL_UPS[request.by](history, span) if request.by in _ROLL_UPS else (),
            hot_spots=self._hot_spots() if request.by == "path" else (),
            sites=list_sites(history, span, origins) if request.sites else (),
            standing=list_standing(history, origins),
            skipped=history.skipped,
            incomplete=history.incomplete,
            notes=history.notes,
            detectors=history.detectors,
            readable=history.readable,
            blobs=history.blobs,
            lives=number,
            shared=shared,
            orphans=orphans,
        )

    def _period(self) -> PeriodReport:
        """A figure has an id where its period can be asked for again in the same words (H92)."""
        asked, request = self._asked, self._request
        known = not (request.since or request.as_of or request.path or "@" in asked.text)
        misplaced = tuple(self._place(one) for one in self._misplaced)
        return PeriodReport(asked.name, asked.start, asked.end, misplaced, asked.text if known else None)

    def _patterns(self, checks: Mapping[str, TipCheck], chosen: frozenset[str]) -> tuple[PatternReport, ...]:
        """The most introductions first, by bands: one more does not reshuffle the list (H64)."""
        figures = [one for one in roll_up(self._history, self._span, self._lives) if one.pattern in chosen]
        figures.sort(key=lambda one: by_band(one.introduced, one.pattern))
        effects = self._effects()
        durations = {}
        if self._request.survival and self._lives is not None and self._as_of is not None:
            found = find_durations(self._history, self._lives, self._as_of)
            durations = {one.pattern: one for one in found}

        def told(one: Figures) -> PatternReport:
            effect, lasted = effects.get(one.pattern), durations.get(one.pattern)
            adopted = None if effect is None or effect.adopted is None else self._place(effect.adopted)
            survival = kaplan_meier(lasted.days) if lasted else None
            return PatternReport(one, checks[one.pattern], effect, adopted, survival, lasted)

        return tuple(map(told, figures))

    def _effects(self) -> dict[str, CodeEffect]:
        """Before and after adoption, over all history up to as-of, whatever the period."""
        if self._as_of is None:
            return {}
        options = EffectOptions.of(self._history, self._as_of, self._end)
        adoptions = find_adoptions(self._history, self._folder)
        return {one.pattern: one for one in measure_code_effects(self._history, adoptions, options)}

    def _considered(self) -> Considered:
        commits, span = self._commits, self._span
        inside = [one for one, position in enumerate(commits.landing) if span.holds(position)]
        merges = sum(commits.is_merge(one) for one in range(len(commits)))
        times = [commits.times[one] for one in commits.chain[span.start : span.end]]
        times = [time for time in times if time != NO_TIME]
        ends = (times[0], times[-1]) if times else (None, None)
        return Considered(len(inside), len(commits), len(commits) - merges, merges, *ends)

    def _hot_spots(self) -> tuple[HotSpot, ...]:
        """Beside the six periods before, which begin where the clocks say so."""
        start, end = self._asked.start, self._asked.end
        chain, span = self._commits.chain, self._span
        if start is None or end is None:
            edges = [
                self._commits.times[chain[at]] for at in (span.start, span.end - 1) if 0 <= at < len(chain)
            ]
            start, end = min(edges, default=0), max(edges, default=0)
        before = self._commits.cut(start - _PERIODS_BEFORE * (end - start)).position
        return find_hot_spots(self._history, span, Span(min(before, span.start), span.start))

    def _place(self, commit: int) -> Place:
        return place_of(self._commits, commit)


def _only(history: History, chosen: frozenset[str]) -> History:
    """The history of these patterns."""
    return replace(
        history,
        patterns=tuple(name for name in history.patterns if name in chosen),
        written=tuple(fact for fact in history.written if fact.pattern in chosen),
        held=tuple(one for one in history.held if one.pattern in chosen),
    )
