"""The period of a figure's id, on the chain and among events."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback_loop.domain.history import NO_TIME, Commits, Span
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.period import Asked as Period
from feedback_loop.domain.period import find_dates, find_range, parse_period
from feedback_loop.domain.retro import FOLDER, Range
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.retro_json import parse_retro
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import safe_read

if TYPE_CHECKING:
    from feedback_loop.workspace import Workspace

# `domain.period.name_range`: both refs, and where these are no safe names the beginnings of both ids.
_BY_IDS = re.compile(r"[^_]+_[^_]+-([0-9a-f]{8})-([0-9a-f]{8})")
_BY_REFS = re.compile(r"([^_]+)_([^_]+)")


@dataclass(frozen=True)
class Stretch:
    """A stretch of the chain, and the moments (seconds) of its events: `end` is not included, None = open.

    `as_of` is the newest clock of the chain before the span's end; `misplaced` are commits whose clocks
    stand on another side of a cut. `source` says what the name stood for.
    """

    span: Span
    start: int | None
    end: int | None
    as_of: int
    misplaced: tuple[int, ...] = ()
    source: str = "all history"

    def holds(self, moment: int) -> bool:
        """Whether an event of that time belongs to it."""
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class Asked:
    """A period that names something: a stored retro's range, or dates, or two commits (full ids)."""

    retro: Range | None = None
    period: Period | None = None
    oids: tuple[str, str] = ("", "")


def parse_asked(workspace: Workspace, period: str) -> Asked:
    """What the period of a figure's id names; "" is all history. No history is needed for it.

    A stored retro's name is what that retro was about, whatever has landed since. Raises UserError for what
    is no period, and for commits that nobody knows.
    """
    if not period:
        return Asked()
    retro = _stored(workspace, period)
    try:
        parsed = _parse(period)
    except UserError:
        if retro is None:
            raise
        return Asked(retro)
    if not parsed.from_ref:
        return Asked(retro, parsed)
    find = workspace.git.objects.commit_id
    try:
        oids = find(parsed.from_ref), find(parsed.to_ref)
    except UserError:
        if retro is None:
            raise
        return Asked(retro)
    return Asked(retro, parsed, oids)


def _parse(period: str) -> Period:
    """A period as people ask for it, or by the name that a retro between two commits has (H76)."""
    try:
        return parse_period(period)
    except UserError:
        named = _BY_IDS.fullmatch(period) or _BY_REFS.fullmatch(period)
        if named is None:
            raise
        return parse_period(f"{named[1]}..{named[2]}")


def find_stretch(asked: Asked, commits: Commits) -> Stretch:
    """Where the period lies on this chain. Raises UserError for commits that the branch does not have."""
    found = _of_retro(commits, asked.retro) if asked.retro is not None else None
    if found is not None:
        return found
    period = asked.period
    if period is None:
        if asked.retro is not None:
            raise UserError(f"the commits of the retro {asked.retro.name!a} are not on this branch any more")
        return _stretch(commits, Span(0, len(commits.chain)), None, None)
    if not period.from_ref:
        dates = find_dates(commits, period.start, period.end)
        return _stretch(commits, dates.span, period.start, period.end, dates.misplaced, "by dates")
    span = find_range(commits, period, *asked.oids).span
    return _stretch(commits, span, *_clocks(commits, span), source="by commits")


def _stretch(
    commits: Commits,
    span: Span,
    start: int | None,
    end: int | None,
    misplaced: tuple[int, ...] = (),
    source: str = "all history",
) -> Stretch:
    return Stretch(span, start, end, _as_of(commits, span.end), misplaced, source)


def _as_of(commits: Commits, end: int) -> int:
    clocks = (commits.times[one] for one in reversed(commits.chain[:end]))
    return next((time for time in clocks if time != NO_TIME), 0)


def _clocks(commits: Commits, span: Span) -> tuple[int | None, int | None]:
    """The clocks of the last commit before the span, and of its own last one."""
    times = [commits.times[commits.chain[at - 1]] for at in (span.start, span.end)]
    start, end = (None if time == NO_TIME else time for time in times)
    return start, end


def _stored(workspace: Workspace, period: str) -> Range | None:
    """What the stored retro of that name was about; None if there is none that can be read."""
    if "/" in period or period.startswith("."):
        return None
    path = f"{FOLDER}/{period}.json"
    try:
        retro, _ = parse_retro(safe_read(workspace.root, path, SIZE_CAP), path)
    except (OSError, UserError) as error:
        if isinstance(error, MachineFault):
            raise
        return None
    return retro.range if retro is not None else None


def _of_retro(commits: Commits, told: Range) -> Stretch | None:
    """None if the branch does not have its commits any more."""
    known = commits.index
    if told.last not in known or (told.after and told.after not in known):
        return None
    first = commits.landing[known[told.after]] + 1 if told.after else 0
    span = Span(first, commits.landing[known[told.last]] + 1)
    misplaced = tuple(known[one] for one in told.misplaced if one in known)
    start, end = parse_moment(told.start), parse_moment(told.end)
    return _stretch(commits, span, start, end, misplaced, "by its stored retro")
