"""The input of a retro's engine, from what was read and mined."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from feedback_loop import __version__
from feedback_loop.api.generation_figures import measure
from feedback_loop.api.history.uses import find_decisions
from feedback_loop.api.retro.deciding import Weighed
from feedback_loop.api.retro.events import TipEvents
from feedback_loop.api.retro.period import Placed, former_spans, place_recent
from feedback_loop.api.retro.plans import find_declared
from feedback_loop.api.retro.ratings import summed_ratings
from feedback_loop.api.retro.stored import Stored
from feedback_loop.api.retro.tip import Tip
from feedback_loop.domain.effect import CodeEffect
from feedback_loop.domain.event import Event
from feedback_loop.domain.history import History, Span
from feedback_loop.domain.library import Library
from feedback_loop.domain.lives import Lives
from feedback_loop.domain.moment import format_moment, parse_moment
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.retro import Decision, Generation, Header
from feedback_loop.domain.rollup import Figures
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.text import counted
from feedback_loop.engines.lives import find_durations
from feedback_loop.engines.retro import Known, RetroInput, Stretch, Told
from feedback_loop.engines.rollup import find_hot_spots, roll_up, whole
from feedback_loop.engines.standing import find_standing
from feedback_loop.engines.tip_check import check_tip
from feedback_loop.formats.records import event_data
from feedback_loop.workspace import Workspace

_WHY = "not every end is seen; open is what stands"
_LEVELS = ("block", "warn", "hint", "off")


@dataclass(frozen=True)
class Facts:
    """What was read and mined for one retro. `as_of` is in seconds; `broken` names stored retros unread."""

    workspace: Workspace
    settings: Settings
    tip: Tip
    library: Library
    events: TipEvents
    history: History
    lives: Lives
    as_of: int
    stored: Stored | None
    draft: bool
    broken: tuple[str, ...] = ()


def retro_input(
    facts: Facts, placed: Placed, effects: tuple[CodeEffect, ...], weighed: Sequence[Weighed]
) -> RetroInput:
    """All that the engine goes by, for this period."""
    commits = facts.history.commits
    inside = [event for event in facts.events.events if _lies_in(event, placed)]
    declared = find_declared(
        facts.workspace, facts.settings, facts.tip, facts.library, commits, placed, inside
    )
    decisions = tuple(_decisions(inside if facts.stored else facts.events.events, facts.as_of))
    return RetroInput(
        header=_header(facts, placed),
        range=placed.range(commits),
        as_of=facts.as_of,
        history=facts.history,
        lives=facts.lives,
        period=_stretch(facts, placed),
        recent=_stretch(facts, place_recent(commits, facts.as_of)),
        standing=find_standing(facts.history),
        patterns=tuple(_known(facts, one) for one in facts.library.patterns if one.state != "proposed"),
        events=tuple(_told(facts)),
        effects=effects,
        durations=find_durations(facts.history, facts.lives, facts.as_of),
        hot_spots=find_hot_spots(facts.history, placed.span, former_spans(placed.span)),
        plans=declared.plans,
        declared=declared.patterns,
        proposals=tuple(one.shown() for one in weighed),
        decisions=decisions,
        tags=_tags(facts, placed.span),
        degraded=tuple(_degraded(facts)),
        former=facts.stored.retro if facts.stored else None,
        actions=facts.stored.actions if facts.stored else (),
        ever=_ever(facts) if decisions else {},
        generation=_generation(facts, placed),
        ratings=summed_ratings(facts.events.events, placed.start, placed.end),
    )


def _generation(facts: Facts, placed: Placed) -> Generation | None:
    def holds(at: int) -> bool:
        return (placed.start is None or at >= placed.start) and (placed.end is None or at < placed.end)

    events = [one for one in facts.events.events if placed.end is None or _at(one) < placed.end]
    found = measure(events, facts.library, holds)
    if found is None:
        return None
    repeated, rate = found.repeats.errors, found.prevention_rate
    return Generation(found.captured, found.runs, repeated, found.occurrences, found.prevented, rate)


def _ever(facts: Facts) -> dict[str, Figures]:
    return {one.pattern: one for one in roll_up(facts.history, whole(facts.history), facts.lives)}


def _degraded(facts: Facts) -> Iterable[str]:
    """What could not be read, and where the landed history does not say what the basis holds (H41)."""
    yield from map(str, (*facts.library.problems, *facts.events.problems))
    yield from facts.broken
    history = facts.history
    if history.readable < history.blobs:
        unread = counted(history.blobs - history.readable, "text")
        yield f"{unread} of {history.blobs:,} could not be parsed by detectors that look at whole texts"
    for one in check_tip(history):
        if one.landed is not None and one.landed != one.held:
            gap = abs(one.landed - one.held)
            yield f"{one.pattern}: history and the files that stand differ by {gap:,} ({_WHY})"


def _stretch(facts: Facts, placed: Placed) -> Stretch:
    figures = {one.pattern: one for one in roll_up(facts.history, placed.span, facts.lives)}
    return Stretch(placed.name, placed.span, figures, placed.start, placed.end)


def _known(facts: Facts, pattern: Pattern) -> Known:
    overrides = dict(facts.settings.levels)
    own = {
        overrides.get(f"{pattern.name}/{one.id}") or overrides.get(pattern.name) or one.level
        for one in pattern.detectors
    }
    level = next((one for one in _LEVELS if one in own), "")
    return Known(pattern.name, pattern.title, pattern.severity, level, pattern.state)


def _told(facts: Facts) -> Iterable[Told]:
    """The dated events, by the names that patterns have today."""
    for event in facts.events.events:
        at, data = parse_moment(event.at), event_data(event)
        if at is None or data.get("undated"):
            continue
        names = (facts.library.find(name) for name in event.patterns)
        known = tuple(dict.fromkeys(one.name for one in names if one is not None))
        yield Told(event.id, event.kind, at, known, event.commit, int(data.get("count", 1)))


def _lies_in(event: Event, placed: Placed) -> bool:
    at = _at(event)
    return (placed.start is None or at >= placed.start) and (placed.end is None or at < placed.end)


def _at(event: Event) -> int:
    return parse_moment(event.at) or 0


def _decisions(events: Sequence[Event], as_of: int) -> Iterable[Decision]:
    for one in find_decisions(events):
        if one.at <= as_of:
            at = format_moment(one.at)
            yield Decision(one.event, at, one.action, one.pattern, one.reason, one.grounds.figures)


def _tags(facts: Facts, span: Span) -> tuple[tuple[str, str], ...]:
    commits = facts.history.commits
    found = [
        (name, oid)
        for name, oid in facts.workspace.git.objects.tags()
        if oid in commits.index and span.holds(commits.landing[commits.index[oid]])
    ]
    return tuple(sorted(found, key=lambda one: (commits.order(commits.index[one[1]]), one[0])))


# -- the header ------------------------------------------------------------------------------------


def _header(facts: Facts, placed: Placed) -> Header:
    history, commits = facts.history, facts.history.commits
    skipped = history.skipped
    classes = (
        ("ignored commits", skipped.ignored),
        ("bulk files", skipped.bulk_files),
        ("duplicates", skipped.duplicates),
        ("commits not mined", skipped.not_mined),
        ("texts too large", skipped.capped),
    )
    return Header(
        basis=facts.tip.basis,
        as_of=format_moment(facts.as_of),
        considered=sum(map(placed.span.holds, commits.landing)),
        commits=len(commits),
        skipped=tuple((name, number) for name, number in classes if number),
        events=0,  # the engine counts them
        late=_late(facts, placed),
        detectors=history.detectors,
        tool=__version__,
        inputs=_inputs(facts, placed),
        incomplete=history.incomplete,
        draft=facts.draft,
    )


def _late(facts: Facts, placed: Placed) -> int:
    """Events that came into the store in the period, with a date before it; those of segments are unknown."""
    after = placed.range(facts.history.commits).after
    if not after or placed.start is None:
        return 0
    entries = facts.workspace.git.objects.tree_entries(after)
    before = {path.decode("utf-8", "surrogateescape") for _, _, path in entries}
    start = format_moment(placed.start).replace("-", "").replace(":", "").lower()
    fresh = (path.rpartition("/")[2] for path in facts.events.paths - before)
    return sum(name < start for name in fresh if not name.startswith("segment-"))


def _inputs(facts: Facts, placed: Placed) -> str:
    """The hash of all that went in: equal ones give equal documents."""
    value = [
        facts.tip.basis,
        facts.as_of,
        [placed.name, placed.span.start, placed.span.end],
        facts.history.detectors,
        sorted(one.id for one in facts.events.events),
        sorted(repr(one) for one in facts.library.patterns),
        repr(replace(facts.settings, path="")),
        [__version__, *sys.version_info[:2]],
    ]
    return hashlib.sha256(json.dumps(value).encode("utf-8", "surrogatepass")).hexdigest()
