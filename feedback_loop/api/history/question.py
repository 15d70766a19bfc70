"""What `history` is asked: words of a command line, checked before anything is mined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feedback_loop.api.history.mine import mined_library
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.period import Asked, name_range, parse_length, parse_period
from feedback_loop.errors import UserError

if TYPE_CHECKING:
    from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class HistoryRequest:
    """What is asked, in the words of the command line; "" or () = not.

    Of `since`, `period` and the pair of refs there is one at most. `by` is pattern, path, week, month or
    commit. `landed`, `survival` and what needs the names of files as they are today read the merges of the
    chain too: `path`, `by` path, and `sites`, the places behind the figures.
    """

    patterns: tuple[str, ...] = ()
    since: str = ""
    period: str = ""
    from_ref: str = ""
    to_ref: str = ""
    path: str = ""
    as_of: str = ""
    by: str = "pattern"
    sites: bool = False
    survival: bool = False
    landed: bool = False
    exact: bool = False
    workers: int | None = None
    cache: bool = True
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True)
class Question:
    """The period as parsed, the ids of its refs, and `length` where it counts back from as-of (seconds)."""

    asked: Asked
    oids: tuple[str, str] = ("", "")
    length: int | None = None
    as_of: int | None = None


def find_question(workspace: Workspace, request: HistoryRequest) -> Question:
    """What is asked for. Raises UserError for all that can be wrong with it, before the long work."""
    pair = (request.from_ref, request.to_ref)
    ways = [bool(request.since), bool(request.period), any(pair)]
    if sum(ways) > 1:
        text = "--since, --period and --from/--to are three ways to say one thing"
        raise UserError(text, "give one of them", kind="usage")
    if any(pair) and not all(pair):
        raise UserError("one end of a period only", "give both --from and --to", kind="usage")
    as_of = parse_moment(request.as_of) if request.as_of else None
    if request.as_of and as_of is None:
        hint = "write 2026-11-20T09:30:00Z or 2026-11-20"
        raise UserError(f"--as-of is no time in ISO 8601: {request.as_of!a}", hint, kind="usage")
    _check_names(workspace, request.patterns)
    asked = parse_period(request.period) if request.period else Asked("", "")
    if any(pair):
        asked = Asked("..".join(pair), "", from_ref=pair[0], to_ref=pair[1])
    oids = ("", "")
    if asked.from_ref:
        find = workspace.git.objects.commit_id
        oids = find(asked.from_ref), find(asked.to_ref)
        asked = replace(asked, name=name_range(asked.from_ref, asked.to_ref, *oids))
    return Question(asked, oids, parse_length(request.since) if request.since else None, as_of)


def _check_names(workspace: Workspace, names: Iterable[str]) -> None:
    mined = {name for name, state, *_ in mined_library(workspace).plans.known if state == "active"}
    if mined.issuperset(names):
        return  # the usual case, without the library's documents
    settings, _ = workspace.settings()
    library = workspace.library(settings.patterns)
    known = {one.name for one in library.patterns if one.state in ("active", "archived")}
    for name in names:
        if name not in known:
            close = [one for one in library.closest(name) if one in known]
            hint = (
                f"did you mean {' or '.join(close)}?" if close else f"patterns are read from {library.source}"
            )
            raise UserError(f"no pattern {name[:80]!a}, active or archived", hint)
