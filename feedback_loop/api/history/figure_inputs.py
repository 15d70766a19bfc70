"""What a figure was computed from, in words: tip, cut points, scope, detectors, what was left out (H93)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from feedback_loop.api.history.scopes import load_detectors
from feedback_loop.api.library import open_library
from feedback_loop.domain.figure import EFFECT, LIBRARY, FigureId
from feedback_loop.domain.history import NO_TIME, Commits, History
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.text import counted

if TYPE_CHECKING:
    from feedback_loop.api.history.figure_period import Stretch
    from feedback_loop.domain.effect import Adoption
    from feedback_loop.domain.pattern import Detector, Pattern
    from feedback_loop.workspace import Workspace

_HASH = 12
_SHOWN = 5


def describe_inputs(
    workspace: Workspace,
    figure: FigureId,
    history: History,
    stretch: Stretch,
    adoptions: Mapping[str, Adoption],
) -> tuple[tuple[str, str], ...]:
    """(name, text) in the order of a report."""
    found = [("tip", f"{named(history.commits, history.commits.index[history.tip])} on {history.branch}")]
    found += _period(history.commits, stretch)
    found += [("as-of", format_moment(stretch.as_of))] if stretch.as_of else []
    if figure.measure == EFFECT and figure.name in adoptions:
        adopted = named(history.commits, adoptions[figure.name].commit)
        days = workspace.settings()[0].guard_days
        found.append(("adopted", f"{adopted}; the {days} days before it are left out"))
    if figure.name != LIBRARY:
        found += _detectors(workspace, figure.name)
    found.append(
        ("detectors", f"set {history.detectors[:_HASH]} of {counted(len(history.patterns), 'pattern')}")
    )
    left_out = [
        f"{number} {words}"
        for number, words in (
            (history.skipped.ignored, "ignored commits"),
            (history.skipped.duplicates, "duplicates"),
            (history.skipped.bulk_files, "bulk files"),
            (history.skipped.not_mined, "commits not mined"),
            (history.skipped.capped, "files or lines too large"),
        )
        if number
    ]
    return (*found, ("left out", ", ".join(left_out) or "nothing"))


def named(commits: Commits, commit: int) -> str:
    """`1f3c9ab2e4d1 (2026-11-17T09:30:00Z)`."""
    time = commits.times[commit]
    clock = f" ({format_moment(time)})" if time != NO_TIME else ""
    return f"{commits.oids[commit][:_HASH]}{clock}"


def _period(commits: Commits, stretch: Stretch) -> Iterator[tuple[str, str]]:
    span, chain = stretch.span, commits.chain
    landed = sum(map(span.holds, commits.landing))
    yield "period", f"{stretch.source}: {landed} of {len(commits)} commits landed in it"
    if span.start:
        yield "after", f"{named(commits, chain[span.start - 1])}, number {span.start} of the branch"
    if span.end > span.start:
        yield "up to", f"{named(commits, chain[span.end - 1])}, number {span.end} of {len(chain)}"
    if stretch.misplaced:
        shown = ", ".join(named(commits, one) for one in stretch.misplaced[:_SHOWN])
        more = f" and {len(stretch.misplaced) - _SHOWN} more" if len(stretch.misplaced) > _SHOWN else ""
        yield "misplaced", f"clocks that say otherwise: {shown}{more}"


def _detectors(workspace: Workspace, name: str) -> Iterator[tuple[str, str]]:
    """Scope and hash of each detector of the pattern."""
    pattern = open_library(workspace).find(name)
    if pattern is None:
        return
    detectors = load_detectors(workspace)
    keys = {
        one.detector: detectors.key(at)
        for at, one in enumerate(detectors.detectors)
        if one.pattern == pattern.name
    }
    for one in pattern.detectors:
        yield "detector", f"{one.id} {keys.get(one.id, 'does not run')}, {_scope(pattern, one)}"


def _scope(pattern: Pattern, detector: Detector) -> str:
    """`python files, only src/**, not tests/**`."""
    languages = detector.languages or pattern.languages
    words = [f"{', '.join(languages)} files" if languages else "all text files"]
    include = detector.include or pattern.include
    exclude = (*pattern.exclude, *detector.exclude)
    words += [f"only {' '.join(include)}"] if include else []
    words += [f"not {' '.join(exclude)}"] if exclude else []
    return ", ".join(words)
