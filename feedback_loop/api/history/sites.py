"""The places behind the figures of `history`: facts of the period, and what stands at the tip."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_loop.domain.history import Commits, Fact, Held, History, Span
from feedback_loop.domain.history_report import Place, Site

Origins = Iterable[tuple[Held, Fact | None]]  # of `find_standing`


def list_sites(history: History, span: Span, origins: Origins) -> tuple[Site, ...]:
    """Every fact of the written ledger that landed in the span, in the order of reports."""
    commits = history.commits
    standing = {fact for _, fact in origins if fact is not None}
    facts = [fact for fact in history.written if span.holds(commits.landing[fact.commit])]
    facts.sort(key=lambda fact: (commits.order(fact.commit), fact.path, fact.line, fact.pattern, fact.sign))
    return tuple(_site(commits, fact, fact, fact.kind, fact in standing) for fact in facts)


def list_standing(history: History, origins: Origins) -> tuple[Site, ...]:
    """What is open at the tip, suppressed ones left out: one for each line and pattern, by path."""
    sites = {
        (held.path, held.line, held.pattern): _site(history.commits, held, fact, "open", True)
        for held, fact in sorted(origins, key=lambda pair: pair[0][:4], reverse=True)
        if not held.waived
    }
    return tuple(sites[key] for key in sorted(sites))


def place_of(commits: Commits, commit: int) -> Place:
    """The commit as reports name it."""
    return Place(commits.oids[commit], commits.times[commit])


def _site(commits: Commits, where: Fact | Held, fact: Fact | None, kind: str, is_open: bool) -> Site:
    return Site(
        pattern=where.pattern,
        detector=where.detector,
        path=where.path,
        line=where.line,
        commit=None if fact is None else place_of(commits, fact.commit),
        landed_in=None if fact is None else place_of(commits, commits.landed_in(fact.commit)),
        sign=where.sign if isinstance(where, Fact) else 1,
        kind=kind,
        open=is_open,
        fingerprint=where.text.hex(),
    )
