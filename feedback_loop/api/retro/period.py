"""Where a retro's period lies on the chain, and what it is called (H76)."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.api.retro.request import RetroRequest
from feedback_loop.domain.history import NO_TIME, Commits, Span
from feedback_loop.domain.moment import DAY, format_moment, parse_moment
from feedback_loop.domain.period import (
    Found,
    find_dates,
    find_range,
    name_dates,
    name_range,
    parse_length,
    parse_period,
)
from feedback_loop.domain.retro import Range, Retro
from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace

RECENT = 90  # days of the line of figures in AI_PATTERNS.md (H81)
_HEX = 12


@dataclass(frozen=True)
class Placed:
    """A period on the chain: `start` and `end` in seconds are what events are held against, None = open."""

    name: str
    span: Span
    start: int | None
    end: int | None
    misplaced: tuple[int, ...] = ()

    def range(self, commits: Commits) -> Range:
        """As the document has it."""
        first, last = self.span.start, self.span.end
        return Range(
            self.name,
            commits.oids[commits.chain[first - 1]] if first else "",
            commits.oids[commits.chain[last - 1]] if last > first else "",
            "" if self.start is None else format_moment(self.start),
            "" if self.end is None else format_moment(self.end),
            tuple(commits.oids[one] for one in self.misplaced),
        )


def check_one_way(request: RetroRequest) -> None:
    """Raises UserError for two ways to give a period, and for `--to` alone."""
    given = [
        name
        for name, value in (
            ("--since", request.since),
            ("--period", request.period),
            ("--from", request.from_ref),
        )
        if value
    ]
    if len(given) > 1:
        raise UserError(f"{' and '.join(given)}: a period is given in one way", kind="usage")
    if request.to_ref and not request.from_ref:
        raise UserError("--to needs --from", "a period between two commits has both ends", kind="usage")


def place_period(
    workspace: Workspace,
    commits: Commits,
    request: RetroRequest,
    as_of: int,
    sprint: str,
    former: Retro | None,
) -> Placed:
    """The period that the request asks for; all of it lies on the chain, which ends with the basis.

    Raises UserError for what names no period, an unknown commit, and commits that this branch does not have.
    """
    check_one_way(request)
    if request.period:
        asked = parse_period(request.period)
        if asked.from_ref:
            return _between(workspace, commits, asked.from_ref, asked.to_ref)
        return _dated(asked.name, asked.start, asked.end, find_dates(commits, asked.start, asked.end))
    if request.from_ref:
        return _between(workspace, commits, request.from_ref, request.to_ref)
    if request.since:
        return _since(commits, as_of - parse_length(request.since), as_of)
    if former is None:
        return _since(commits, as_of - parse_length(sprint), as_of)
    begin = _behind(commits, former)
    start = parse_moment(former.range.end)
    start = parse_moment(former.header.as_of) if start is None else start
    name = name_dates(min(as_of if start is None else start, as_of), as_of)
    return Placed(name, Span(begin, len(commits.chain)), start, as_of)


def _since(commits: Commits, start: int, as_of: int) -> Placed:
    """From a moment up to the basis: what lies there is in, whatever its clock says."""
    found = find_dates(commits, start, None)
    return _dated(name_dates(start, as_of), start, as_of, found)


def _dated(name: str, start: int | None, end: int | None, found: Found) -> Placed:
    return Placed(name, found.span, start, end, found.misplaced)


def _between(workspace: Workspace, commits: Commits, first: str, last: str) -> Placed:
    tip = commits.oids[commits.chain[-1]]
    to_ref = last or tip[:_HEX]
    objects = workspace.git.objects
    named = objects.commit_id(first), objects.commit_id(last) if last else tip
    ids = up_to_basis(workspace, commits, named[0]), up_to_basis(workspace, commits, named[1])
    asked = parse_period(f"{first}..{to_ref}")
    found = find_range(commits, asked, *ids)
    times = [commits.times[commits.chain[at - 1]] for at in (found.span.start, found.span.end)]
    start, end = (None if one == NO_TIME else one for one in times)
    return Placed(name_range(first, to_ref, *ids), found.span, start, end)


def up_to_basis(workspace: Workspace, commits: Commits, oid: str) -> str:
    """The commit or, of one that only records something after the basis, the basis."""
    basis = commits.oids[commits.chain[-1]]
    if oid in commits.index:
        return oid
    later = workspace.git.history.log(workspace.git.objects.commit_id("HEAD"), [basis])
    return basis if any(one.oid == oid for one in later) else oid


def _behind(commits: Commits, former: Retro) -> int:
    """The position after what the retro before has seen; by its clock where the branch was rewritten."""
    seen = former.range.last or former.range.after or former.header.basis
    if seen in commits.index:
        return commits.landing[commits.index[seen]] + 1
    moment = parse_moment(former.header.as_of)
    return 0 if moment is None else commits.cut(moment + 1).position


def place_recent(commits: Commits, as_of: int) -> Placed:
    """The ninety days (UTC) of which the last one holds as-of."""
    end = (as_of // DAY + 1) * DAY
    start = end - RECENT * DAY
    return _dated(name_dates(start, end), start, end, find_dates(commits, start, end))


def former_spans(span: Span, count: int = 6) -> Span:
    """So many stretches of the same length before it, together."""
    length = max(1, span.end - span.start)
    return Span(max(0, span.start - count * length), span.start)
