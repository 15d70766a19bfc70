"""Facts added up: by pattern, path, week, month and commit, and where mistakes gather (H20, H27, H40).

A commit counts where it landed, whenever it was written. Paths are told by the names they have now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from feedback_loop.domain.history import (
    DUPLICATE,
    FIXED,
    INTRODUCED,
    NO_TIME,
    RESTORED,
    WAIVED,
    Fact,
    History,
    Span,
)
from feedback_loop.domain.lives import Lives, Names
from feedback_loop.domain.period import monday, month_start, name_month, name_week
from feedback_loop.domain.rollup import Figures, HotSpot, Row

_Place = tuple[int, str, int]  # commit, path, line


def whole(history: History) -> Span:
    """All of the chain."""
    return Span(0, len(history.commits.chain))


def roll_up(history: History, span: Span, lives: Lives | None = None) -> tuple[Figures, ...]:
    """The figures of every pattern, by name, from the written ledger; relapses only with `lives`."""
    landing = history.commits.landing
    by_kind: defaultdict[tuple[str, str], set[_Place]] = defaultdict(set)
    for fact in history.written:
        if (fact.sign > 0 or fact.kind == FIXED) and span.start <= landing[fact.commit] < span.end:
            by_kind[fact.pattern, fact.kind].add((fact.commit, fact.path, fact.line))
    standing = {(one.pattern, one.path, one.line) for one in history.held if not one.waived}
    standing_of = Counter(pattern for pattern, _, _ in standing)
    born = [one for one in lives.lives if span.holds(landing[one.born])] if lives else []
    again = Counter(one.pattern for one in born if one.again)
    near = Counter(one.pattern for one in born if one.same_place)
    everything = span.start <= 0 and span.end >= len(history.commits.chain)
    inside = (
        range(len(landing))
        if everything
        else [commit for commit, position in enumerate(landing) if span.holds(position)]
    )

    def figures(name: str) -> Figures:
        lines = {
            kind: by_kind.get((name, kind), ()) for kind in (INTRODUCED, FIXED, RESTORED, DUPLICATE, WAIVED)
        }
        exposure = history.exposure.get(name, ())
        return Figures(
            pattern=name,
            introduced=len({commit for commit, _, _ in lines[INTRODUCED]}),
            occurrences=len(lines[INTRODUCED]),
            fixed=len({commit for commit, _, _ in lines[FIXED]}),
            restored=len(lines[RESTORED]),
            reintroduced=again[name],
            same_place=near[name],
            duplicates=len(lines[DUPLICATE]),
            waived=len(lines[WAIVED]),
            open=standing_of[name],
            exposure=sum(map(exposure.__getitem__, inside)) if exposure else 0,
        )

    return tuple(figures(name) for name in sorted(history.patterns))


def roll_up_paths(history: History, span: Span) -> tuple[Row, ...]:
    """The files with an introduction or a fix; the most introductions first, then by path."""
    names = Names(history.commits, history.renames)
    tallies = _tallies(history, span, lambda commit, path, sign: names.now(path, commit, sign))
    rows = [tally.row(path, history.touched is not None) for path, tally in tallies.items() if tally.counts]
    return tuple(sorted(rows, key=lambda row: (-row.introduced, -row.fixed, row.key)))


def roll_up_commits(history: History, span: Span) -> tuple[Row, ...]:
    """The commits with an introduction or a fix, by full id, in the order of reports."""
    oids, times, order = history.commits.oids, history.commits.times, history.commits.order
    tallies = _tallies(history, span, lambda commit, path, sign: str(commit))
    found = sorted((int(key) for key, tally in tallies.items() if tally.counts), key=order)
    mined = history.touched is not None
    rows = ((tallies[str(commit)].row(oids[commit], mined), times[commit]) for commit in found)
    return tuple(replace(row, time=time) for row, time in rows)


def roll_up_weeks(history: History, span: Span) -> tuple[Row, ...]:
    """The ISO weeks in which anything landed, oldest first: weeks are cuts of the chain, as periods are."""
    return _by_time(history, span, monday, name_week)


def roll_up_months(history: History, span: Span) -> tuple[Row, ...]:
    """The same by month."""
    return _by_time(history, span, _first, name_month)


def find_hot_spots(history: History, span: Span, before: Span) -> tuple[HotSpot, ...]:
    """Files and folders with an introduction in the span, the most introductions first, then by path.

    `before` are the six spans of its length before it. Folders stand where several of their files are hot:
    one with a single hot file says nothing that the file does not. `history.touched` gives the lines.
    """
    names = Names(history.commits, history.renames)

    def places(commit: int, path: str, sign: int) -> str:
        return names.now(path, commit, sign)

    now = _with_folders(_tallies(history, span, places))
    then = _with_folders(_tallies(history, before, places))
    spots = []
    for path, tally in now.items():
        if not tally.introduced or tally.hot_files < 2 * path.endswith("/"):
            continue
        past = then.get(path) or _Tally()
        figures = (
            one for side in (tally, past) for one in (len(side.introduced), len(side.fixed), side.added)
        )
        spots.append(HotSpot(path, *figures))
    return tuple(sorted(spots, key=lambda spot: (-spot.introduced, -spot.fixed, spot.path)))


@dataclass(slots=True)
class _Tally:
    """What is counted under one key: pairs of commit and pattern, lines with an introduction, added lines."""

    introduced: set[tuple[int, str]] = field(default_factory=set)
    fixed: set[tuple[int, str]] = field(default_factory=set)
    lines: set[tuple[str, int, str, int]] = field(default_factory=set)
    added: int = 0
    hot_files: int = 0

    @property
    def counts(self) -> bool:
        """Whether there is more than exposure."""
        return bool(self.introduced or self.fixed)

    def row(self, key: str, mined: bool) -> Row:
        """As told; `mined` = the added lines are known."""
        patterns = tuple(sorted({name for _, name in self.introduced | self.fixed}))
        added = self.added if mined else None
        return Row(key, len(self.introduced), len(self.lines), len(self.fixed), added, patterns)

    def take(self, other: _Tally) -> None:
        """A file of this folder."""
        self.introduced |= other.introduced
        self.fixed |= other.fixed
        self.added += other.added
        self.hot_files += bool(other.introduced)


def _tallies(history: History, span: Span, key: Callable[[int, str, int], str]) -> dict[str, _Tally]:
    landing = history.commits.landing
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    for fact in history.written:
        if not _counts(fact) or not span.holds(landing[fact.commit]):
            continue
        tally = tallies[key(fact.commit, fact.path, fact.sign)]
        if fact.sign < 0:
            tally.fixed.add((fact.commit, fact.pattern))
        else:
            tally.introduced.add((fact.commit, fact.pattern))
            tally.lines.add((fact.pattern, fact.commit, fact.path, fact.line))
    for one in history.touched or ():
        if span.holds(landing[one.commit]):
            tallies[key(one.commit, one.path, 1)].added += one.added
    return tallies


def _counts(fact: Fact) -> bool:
    return fact.kind == (INTRODUCED if fact.sign > 0 else FIXED)


def _with_folders(tallies: Mapping[str, _Tally]) -> dict[str, _Tally]:
    folders: defaultdict[str, _Tally] = defaultdict(_Tally)
    for path, tally in tallies.items():
        end = path.find("/")
        while end >= 0:
            folders[path[: end + 1]].take(tally)
            end = path.find("/", end + 1)
    return {**tallies, **folders}


def _by_time(
    history: History, span: Span, border: Callable[[int], int], name: Callable[[int], str]
) -> tuple[Row, ...]:
    commits = history.commits
    times = {commits.times[one] for one in commits.chain} - {NO_TIME}
    if not times:
        return ()
    moments = sorted({border(time) for time in times})  # where no clock is, nothing landed
    starts = [commits.position(moment) for moment in moments]
    labels = [""] * len(commits.chain)
    for moment, start, end in zip(moments, starts, [*starts[1:], len(labels)], strict=True):
        labels[start:end] = [name(moment)] * (end - start)
    tallies = _tallies(history, span, lambda commit, path, sign: labels[commits.landing[commit]])
    found = sorted((key, tally) for key, tally in tallies.items() if tally.counts or tally.added)
    return tuple(tally.row(key, history.touched is not None) for key, tally in found)


def _first(moment: int) -> int:
    year, month = map(int, name_month(moment).split("-"))
    start = month_start(year, month)
    return moment if start is None else start
