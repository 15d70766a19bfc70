"""Histories made by hand: what the engines are asked about, without a repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from feedback_loop.domain.history import MERGE, NEVER, Commits, Fact, Held, History

DAY = 86_400
START = 1_700_000_000


def made_commits(parents: Sequence[tuple[int, ...]], times: Sequence[int] | None = None) -> Commits:
    """Commits by their parents' indexes (parents first, the last one is the tip), one day apart."""
    count = len(parents)
    chain = [count - 1]
    while parents[chain[-1]]:
        chain.append(parents[chain[-1]][0])
    chain.reverse()
    landing = [NEVER] * count
    for position, commit in enumerate(chain):
        landing[commit] = position
    for commit in range(count - 1, -1, -1):
        for parent in parents[commit]:
            landing[parent] = min(landing[parent], landing[commit])
    flags = [MERGE if len(one) > 1 else 0 for one in parents]
    when = list(times) if times is not None else [START + DAY * number for number in range(count)]
    return Commits(
        [f"{number:040x}" for number in range(1, count + 1)], when, list(parents), landing, chain, flags
    )


def line(count: int, times: Sequence[int] | None = None) -> Commits:
    """So many commits, one after the other."""
    return made_commits([() if number == 0 else (number - 1,) for number in range(count)], times)


def added(commit: int, pattern: str = "p", path: str = "a.py", **more: Any) -> Fact:
    """An introduction, unless `kind` says otherwise."""
    given = {"detector": "d", "line": 1, "sign": 1, "kind": "introduced", "text": b"text0001"} | more
    return Fact(pattern=pattern, commit=commit, path=path, **given)


def removed(commit: int, pattern: str = "p", path: str = "a.py", **more: Any) -> Fact:
    """A fix, unless `kind` says otherwise."""
    given = {"detector": "d", "line": 1, "sign": -1, "kind": "fixed", "text": b"text0001"} | more
    return Fact(pattern=pattern, commit=commit, path=path, **given)


def made_history(
    commits: Commits,
    facts: Iterable[Fact] = (),
    exposure: Mapping[str, Sequence[int]] | None = None,
    held: Iterable[Held] = (),
    **more: Any,
) -> History:
    """A history in which what was written is what landed; ten lines in scope for each commit, if not said."""
    listed = tuple(facts)
    names = tuple(sorted({fact.pattern for fact in listed} | set(exposure or ()) or {"p"}))
    lines = exposure if exposure is not None else {name: [10] * len(commits) for name in names}
    given = {"landed": listed, "tip": commits.oids[-1], "branch": "main"} | more
    return History(commits=commits, patterns=names, written=listed, held=tuple(held), exposure=lines, **given)
