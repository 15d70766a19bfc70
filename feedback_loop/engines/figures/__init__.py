"""Where a figure comes from: pure, from what was mined, read and judged (H93)."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from feedback_loop.domain.explanation import COMMIT, Listed, Origin
from feedback_loop.domain.figure import (
    DECLARED,
    EFFECT,
    EXPOSURE,
    FIXED,
    FREQUENCY,
    HOTSPOT,
    INTRODUCED,
    LIBRARY,
    OPEN,
    PREVENTIONS,
    REINTRODUCED,
    RESTORED,
    TIME_TO_FIX,
    TREND,
    WAIVED,
    WAIVER_RATE,
    FigureId,
)
from feedback_loop.domain.history import History
from feedback_loop.domain.text import visible
from feedback_loop.engines.figures import facts, rates
from feedback_loop.engines.figures.material import Draft, Material
from feedback_loop.errors import InputError

__all__ = ["Material", "check_pooled", "explain_figure"]


class _Measure(NamedTuple):
    definition: str
    draft: Callable[[FigureId, Material], Draft]


_MEASURES: Mapping[str, _Measure] = {
    INTRODUCED: _Measure(
        "Commits that wrote new occurrences of the mistake; fifty in one commit are one introduction.",
        facts.introduced,
    ),
    FIXED: _Measure("Commits that took occurrences of the mistake away.", facts.fixed),
    OPEN: _Measure(
        "Occurrences that the tip holds now, whatever the period; suppressed ones are left out.",
        facts.still_open,
    ),
    RESTORED: _Measure("Occurrences that came back by the revert of their removal.", facts.restored),
    REINTRODUCED: _Measure(
        "Occurrences that are equal to one which was fixed before in the same file.", facts.reintroduced
    ),
    WAIVED: _Measure("Occurrences that were written under a suppression.", facts.waived),
    EXPOSURE: _Measure(
        "Added lines in the pattern's scope: the opportunity to make the mistake.", facts.exposure
    ),
    FREQUENCY: _Measure(
        "Introductions and occurrences that events report; one that both know is counted once.",
        facts.frequency,
    ),
    EFFECT: _Measure(
        "Introductions per added line after the adoption of the pattern, by those before it, with the exact "
        "95 % interval. It says before and after, not why.",
        rates.effect,
    ),
    TREND: _Measure(
        "Whether weekly introductions per 1,000 added lines rise or fall in the 52 weeks before as-of.",
        rates.trend,
    ),
    TIME_TO_FIX: _Measure(
        "How long half of the occurrences live before they are fixed; open ones count up to as-of.",
        rates.time_to_fix,
    ),
    WAIVER_RATE: _Measure(
        "The share of new occurrences that were written under a suppression, with Wilson's 95 % interval.",
        facts.waiver_rate,
    ),
    DECLARED: _Measure(
        "Plans of the period that tick the pattern now, and commit messages that name it in a trailer.",
        facts.declared,
    ),
    PREVENTIONS: _Measure(
        "Findings that the hook showed and that were gone from the commit that landed.", facts.preventions
    ),
    HOTSPOT: _Measure(
        "Commits that wrote new occurrences in this file or below this folder, by its name of today.",
        facts.hotspot,
    ),
}
_NOT_POOLED = (EFFECT, TREND)


def explain_figure(figure: FigureId, given: Material) -> Origin:
    """All about the figure; its pattern is one of the history's.

    Raises InputError for a rate of the whole library: rates of different patterns are not pooled.
    """
    check_pooled(figure, given.history.patterns)
    measure = _MEASURES[figure.measure]
    draft = measure.draft(figure, given)
    return Origin(
        figure,
        draft.value,
        draft.text,
        measure.definition,
        draft.formula,
        given.inputs,
        draft.listed,
        draft.totals,
        _command(given.history, draft.listed),
        given.history.incomplete,
    )


def check_pooled(figure: FigureId, names: Sequence[str]) -> None:
    """Raises InputError for a rate of the whole library."""
    if figure.name == LIBRARY and figure.measure in _NOT_POOLED:
        hint = f"ask for one: {names[0] if names else 'NAME'}.{figure.measure}"
        raise InputError(f"{figure}: rates of different patterns are not pooled", hint, kind="usage")


def _command(history: History, listed: Iterable[Listed]) -> str:
    """How to see the first commit that is counted, with git alone."""
    known = history.commits.index
    shown = [one for one in listed if one.source == COMMIT and one.id in known]
    one = next((one for one in shown if one.total), None) or next(iter(shown), None)
    if one is None:
        return ""
    merge = history.commits.is_merge(known[one.id])
    command = f"git diff-tree {'-p --cc' if merge else '-p -U0 -M --root'} {one.id}"
    path = one.place.rpartition(":")[0]
    return f"{command} -- {shlex.quote(path)}" if path and visible(path) == path else command
