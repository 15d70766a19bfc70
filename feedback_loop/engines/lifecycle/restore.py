"""Archived patterns that were needed after all (H62)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feedback_loop.domain.figure import FREQUENCY, INTRODUCED
from feedback_loop.domain.history import Fact
from feedback_loop.domain.moment import DAY, format_moment
from feedback_loop.domain.proposal import ARCHIVE, INJECTION, PLAN, PREVENTION, RESTORE, Proposed, Sighting
from feedback_loop.domain.text import path_text
from feedback_loop.engines.lifecycle.given import LifecycleInput, LifecycleOptions, made

_SHOWN = 8  # digits of an id
_NO_NEED = (PREVENTION, INJECTION)  # neither an occurrence nor a plan


@dataclass(frozen=True)
class _Archived:
    """When a pattern was archived: its place in the chain (None = not on it), seconds.

    `known` has one byte for each commit, 1 if whoever archived it could see it; None = nobody can tell.
    """

    position: int | None
    at: int
    known: bytearray | None


def find_restores(facts: LifecycleInput, options: LifecycleOptions) -> list[Proposed]:
    """What to restore: what recurred or was planned with since it was archived.

    What happened on another branch than the archiving, within the days before it, came since: together the
    branches would not have archived it.
    """
    archived = (one.name for one in facts.patterns if one.state == "archived")
    return [proposed for name in archived for proposed in _restore(facts, name, options)]


def _restore(facts: LifecycleInput, name: str, options: LifecycleOptions) -> Iterator[Proposed]:
    archived = _find_archived(facts, name)
    if archived is None:
        return
    reason = _recurrence(facts, name, archived, options) or _sighting(facts, name, archived, options)
    if reason:
        figures = (FREQUENCY, facts.frequency(name)), (INTRODUCED, facts.total(name).introduced)
        yield made(RESTORE, name, reason, *figures)


def _find_archived(facts: LifecycleInput, name: str) -> _Archived | None:
    """By the chain and the last decision on record; None if neither tells."""
    commits = facts.history.commits
    adoption = facts.adoptions.get(name)
    start, end = adoption.spans[-1] if adoption else (0, None)
    said = [one for one in facts.decisions if one.pattern == name and one.action == ARCHIVE]
    last = max(said, key=lambda one: (one.at, one.event), default=None)
    if last is not None:
        commit = commits.index.get(last.commit)
        if commit is None or commits.landing[commit] >= start:
            return _Archived(end, last.at, None if commit is None else _ancestors(facts, commit))
    return None if end is None else _Archived(end, facts.time_at(end), None)


def _ancestors(facts: LifecycleInput, commit: int) -> bytearray:
    """One byte for each commit: 1 for this one and its ancestors."""
    parents = facts.history.commits.parents
    marks = bytearray(len(parents))
    marks[commit] = 1
    for number in range(commit, -1, -1):
        if marks[number]:
            for parent in parents[number]:
                marks[parent] = 1
    return marks


def _recurrence(facts: LifecycleInput, name: str, archived: _Archived, options: LifecycleOptions) -> str:
    """The first introduction since then, as a reason; "" without one."""
    commits = facts.history.commits
    first = facts.position_of(archived.at - options.days * DAY)
    found = [one for one in facts.introductions(name) if _is_since(facts, one, archived, first)]
    if not found:
        return ""
    one = min(found, key=lambda fact: (commits.order(fact.commit), fact.path, fact.line))
    at = format_moment(max(0, commits.times[commits.landed_in(one.commit)]))[:10]
    path = path_text(one.path.encode("utf-8", "surrogateescape"))
    return f"recurred {at} in {path}:{one.line} ({commits.oids[one.commit][:_SHOWN]})"


def _is_since(facts: LifecycleInput, one: Fact, archived: _Archived, first: int) -> bool:
    position = facts.history.commits.landing[one.commit]
    if archived.known is not None:
        return position >= first and not archived.known[one.commit]
    return archived.position is not None and position > archived.position


def _sighting(facts: LifecycleInput, name: str, archived: _Archived, options: LifecycleOptions) -> str:
    """The first event since then, as a reason; "" without one. A date over a day ahead is no date."""
    for one in facts.use(name).sightings:
        if one.kind in _NO_NEED or one.at > options.as_of + DAY:
            continue
        if one.at > archived.at or _is_unseen(facts, one, archived, options):
            what = "planned with" if one.kind == PLAN else f"recurred ({one.kind})"
            return f"{what} {format_moment(one.at)[:10]} (event {one.event[:_SHOWN]})"
    return ""


def _is_unseen(facts: LifecycleInput, one: Sighting, archived: _Archived, options: LifecycleOptions) -> bool:
    """Whether it was recorded where whoever archived the pattern could not see it, and not long before."""
    commit = facts.history.commits.index.get(one.commit)
    if archived.known is None or commit is None or one.at <= archived.at - options.days * DAY:
        return False
    return not archived.known[commit]
