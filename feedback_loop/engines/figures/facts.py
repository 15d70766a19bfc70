"""Figures that count: what was written, what is open, what events tell, with all that each is the sum of."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence

from feedback_loop.domain.explanation import PLAN, TRAILER, Listed, Total
from feedback_loop.domain.figure import LIBRARY, FigureId
from feedback_loop.domain.history import (
    BULK,
    DISSOLVED,
    DUPLICATE,
    EDITED,
    ENTERED_SCOPE,
    FILE_DELETED,
    FIXED,
    IGNORED,
    INHERITED,
    INTRODUCED,
    LEFT_SCOPE,
    MOVED,
    RESTORED,
    REVERTED,
    SURFACED,
    WAIVED,
    Fact,
)
from feedback_loop.domain.intervals import wilson
from feedback_loop.domain.lives import Life, Names
from feedback_loop.domain.rollup import LEAST_FOR_RATE, LINES
from feedback_loop.domain.text import counted as many
from feedback_loop.engines.figures.material import (
    Draft,
    Material,
    counted,
    list_commit,
    list_event,
    list_fact,
)

REPORTS = frozenset({"bug", "test_failure", "review", "deployment"})  # occurrences that events report (H54)
_SAME = "the same commit and pattern count once"
_SAME_LINE = "another detector of the pattern, the same line"
_WHY = {
    INTRODUCED: "it is an introduction",
    INHERITED: "it is older than this shallow clone",
    IGNORED: "its commit is listed in .git-blame-ignore-revs",
    DUPLICATE: "the same change is counted in another commit",
    RESTORED: "the revert of its removal brought it back",
    REVERTED: "the revert of its introduction took it away",
    EDITED: "its line was only re-indented, or a comment changed",
    MOVED: "it was only moved",
    BULK: "its file adds more than 10,000 lines",
    WAIVED: "it was born under a suppression",
    SURFACED: "its own lines stayed as they were",
    DISSOLVED: "its own lines stayed as they were",
    ENTERED_SCOPE: "its file was renamed into the scope",
    LEFT_SCOPE: "its file was renamed out of the scope",
    FILE_DELETED: "its file was deleted",
}


def introduced(figure: FigureId, given: Material) -> Draft:
    """Commits with new occurrences, per pattern (H20)."""
    names = given.names(figure)
    total = Total("introductions", sum(given.figures[name].introduced for name in names))
    lines = sum(given.figures[name].occurrences for name in names)
    told = f"introduced = {many(total.value, 'commit')} with {many(lines, 'new occurrence')}"
    return counted(total.value, told, _pairs(given, given.facts(names, 1), INTRODUCED, total.name), total)


def fixed(figure: FigureId, given: Material) -> Draft:
    """Commits that fixed occurrences, per pattern."""
    names = given.names(figure)
    total = Total("fixes", sum(given.figures[name].fixed for name in names))
    told = f"fixed = {many(total.value, 'commit')} that took occurrences away"
    return counted(total.value, told, _pairs(given, given.facts(names, -1), FIXED, total.name), total)


def _pairs(given: Material, facts: Iterable[Fact], kind: str, total: str) -> Iterator[Listed]:
    """Every fact; the first of the kind counts for its commit and pattern."""
    seen = set()
    for fact in facts:
        pair = fact.commit, fact.pattern
        if fact.kind == kind and pair not in seen:
            seen.add(pair)
            yield list_fact(given, fact, total)
        else:
            yield list_fact(given, fact, note=_SAME if fact.kind == kind else _WHY[fact.kind])


def restored(figure: FigureId, given: Material) -> Draft:
    """Lines that a revert brought back."""
    names = given.names(figure)
    total = Total("restored", sum(given.figures[name].restored for name in names))
    told = f"restored = {many(total.value, 'occurrence')} brought back by reverts"
    return counted(total.value, told, _lines(given, names, {RESTORED: total.name}), total)


def waived(figure: FigureId, given: Material) -> Draft:
    """Lines born under a suppression."""
    names = given.names(figure)
    total = Total("waived", sum(given.figures[name].waived for name in names))
    told = f"waived = {many(total.value, 'occurrence')} born under a suppression"
    return counted(total.value, told, _lines(given, names, {WAIVED: total.name}), total)


def waiver_rate(figure: FigureId, given: Material) -> Draft:
    """Waived by waived and introduced occurrences, with Wilson's interval (H66)."""
    names = given.names(figure)
    k = Total("waived", sum(given.figures[name].waived for name in names))
    other = Total("introduced", sum(given.figures[name].occurrences for name in names))
    n = k.value + other.value
    low, high = wilson(k.value, n)
    text = f"{k.value / n:.2f} ({low:.2f}-{high:.2f}, n = {n})" if n else "not enough data (n = 0)"
    told = f"waiver rate = {k.value} waived / ({k.value} waived + {other.value} introduced)"
    listed = _lines(given, names, {WAIVED: k.name, INTRODUCED: other.name})
    return Draft(k.value / n if n else None, text, told, tuple(listed), (k, other))


def _lines(given: Material, names: Sequence[str], totals: dict[str, str]) -> Iterator[Listed]:
    """Every addition of these kinds; detectors of one pattern on one line are one occurrence."""
    seen = set()
    for fact in given.facts(names, 1):
        place = fact.commit, fact.pattern, fact.path, fact.line, fact.kind
        if fact.kind not in totals:
            continue
        yield list_fact(given, fact, *(("", _SAME_LINE) if place in seen else (totals[fact.kind],)))
        seen.add(place)


def reintroduced(figure: FigureId, given: Material) -> Draft:
    """Occurrences born with the identity of one that was fixed before (H24)."""
    names = given.names(figure)
    total = Total("reintroduced", sum(given.figures[name].reintroduced for name in names))
    landing = given.history.commits.landing
    again = [
        life
        for life in given.lives.lives
        if life.again and life.pattern in names and given.span.holds(landing[life.born])
    ]
    told = f"reintroduced = {many(total.value, 'occurrence')} equal to one that was fixed before"
    return counted(total.value, told, [_life(given, life, total.name) for life in again], total)


def _life(given: Material, life: Life, total: str, note: str = "") -> Listed:
    return list_commit(given, life.written, life.pattern, f"{life.path}:{life.line}", life.kind, total, note)


def still_open(figure: FigureId, given: Material) -> Draft:
    """What a scan of the tip finds, each with the commit that wrote it (H41)."""
    names = given.names(figure)
    total = Total("open", sum(given.figures[name].open for name in names))
    told = f"open = {many(total.value, 'line')} that a scan of the tip finds; the place is today's"
    return counted(total.value, told, _held(given, names, total.name), total)


def _held(given: Material, names: Sequence[str], total: str) -> Iterator[Listed]:
    living: defaultdict[tuple[str, str, bytes], deque[Life]] = defaultdict(deque)
    for life in given.lives.lives:
        if not life.end:
            living[life.pattern, life.path, life.text].append(life)
    tip = given.history.commits.index[given.history.tip]
    seen = set()
    for held in sorted(given.history.held, key=lambda one: (one.pattern, one.path, one.line, one.detector)):
        if held.pattern not in names:
            continue
        place = held.pattern, held.path, held.line
        known = living.get((held.pattern, held.path, held.text))
        note = "" if known else "no commit of this history wrote this line"
        writer = known.popleft().written if known and place not in seen else tip
        why = "a suppression takes it away" if held.waived else _SAME_LINE if place in seen else ""
        seen |= set() if held.waived else {place}
        where, kind = f"{held.path}:{held.line}", "waived" if held.waived else "open"
        yield list_commit(given, writer, held.pattern, where, kind, "" if why else total, why or note)


def exposure(figure: FigureId, given: Material) -> Draft:
    """Added lines in scope (H27)."""
    names = given.names(figure)
    total = Total("added lines", sum(given.figures[name].exposure for name in names))
    told = f"exposure = {many(total.value, 'added line')} in scope"
    if len(names) > 1:
        told += f", those in the scope of several of {len(names)} patterns counted for each"
    return counted(total.value, told, _exposed(given, names, total.name), total)


def _exposed(given: Material, names: Sequence[str], total: str) -> Iterator[Listed]:
    commits = given.history.commits
    landed = [one for one in range(len(commits)) if given.span.holds(commits.landing[one])]
    for commit in sorted(landed, key=commits.order):
        for name in names:
            lines = given.history.exposure.get(name)
            if lines and lines[commit]:
                yield list_commit(given, commit, name, "", "added", total)._replace(amount=lines[commit])


def hotspot(figure: FigureId, given: Material) -> Draft:
    """Introductions in a file, or below a folder, by its name of today, per 1,000 added lines."""
    names = given.names(figure)
    known = Names(given.history.commits, given.history.renames)

    def inside(path: str, commit: int) -> bool:
        return _is_in(known.now(path, commit), figure.path)

    below = (fact for fact in given.facts(names, 1) if inside(fact.path, fact.commit))
    listed = list(_pairs(given, below, INTRODUCED, "introductions"))
    spot = next((one for one in given.spots if one.path == figure.path and figure.name == LIBRARY), None)
    total = Total("introductions", spot.introduced if spot else sum(one.amount for one in listed))
    added = sum(
        one.added
        for one in given.history.touched or ()
        if given.span.holds(given.history.commits.landing[one.commit]) and inside(one.path, one.commit)
    )
    told = f"{many(total.value, 'introduction')} in {many(added, 'added line')}"
    if total.value < LEAST_FOR_RATE:
        told += f": no rate under {LEAST_FOR_RATE} introductions"
    elif not added:
        told += ": no rate without added lines"
    else:
        told += f" = {total.value * LINES / added:.2f} in {LINES:,}"
    return counted(total.value, told, listed, total)


def _is_in(path: str, place: str) -> bool:
    return path.startswith(place) if place.endswith("/") else path == place


def frequency(figure: FigureId, given: Material) -> Draft:
    """Introductions and what events report; an event about a counted commit adds nothing (H54)."""
    names = given.names(figure)
    first = introduced(figure, given)
    (introductions,) = first.totals
    counted_in = {(one.id, one.pattern) for one in first.listed if one.total}
    listed = [*first.listed, *_reports(given, names, counted_in)]
    reported = Total("reported by events", sum(one.amount for one in listed[len(first.listed) :]))
    value = introductions.value + reported.value
    told = f"frequency = {introductions.value} introductions + {reported.value} reported by events"
    return counted(value, told, listed, introductions, reported)


def _reports(
    given: Material, names: Sequence[str], counted_in: Iterable[tuple[str, str]]
) -> Iterator[Listed]:
    known = frozenset(counted_in)
    for event in given.events:
        for name in event.patterns:
            if event.kind not in REPORTS or name not in names:
                continue
            if (event.commit, name) in known:
                yield list_event(event, name, note=f"its commit {event.commit[:12]} is counted above")
            else:
                yield list_event(event, name, "reported by events", event.count)


def preventions(figure: FigureId, given: Material) -> Draft:
    """Findings that were shown before a commit and gone from it (H57)."""
    return _events(figure, given, frozenset({"prevention"}), "preventions")


def declared(figure: FigureId, given: Material) -> Draft:
    """Plans that tick the pattern, and commits that name it in a trailer (A59a)."""
    return _events(figure, given, frozenset({PLAN, TRAILER}), "declared")


def _events(figure: FigureId, given: Material, kinds: frozenset[str], total: str) -> Draft:
    names = given.names(figure)
    listed = [
        list_event(event, name, total, 1)
        for event in given.events
        for name in event.patterns
        if event.kind in kinds and name in names
    ]
    told = f"{total} = {many(len(listed), 'record')} of the period"
    return counted(len(listed), told, listed, Total(total, len(listed)))
