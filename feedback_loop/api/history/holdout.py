"""Whether warnings help, from the events of generations and their runs (C7, H58).

`effect --by holdout` compares with generations that the warning was withheld from by lot; below an ordinary
effect those that were never warned count as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from feedback_loop.api.context.failure_record import FailureOwners
from feedback_loop.api.history.effect import EffectRequest, read_as_of
from feedback_loop.api.patterns.questions import find_pattern
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import RECURRED
from feedback_loop.domain.gap import failure_signatures
from feedback_loop.domain.holdout_effect import HoldoutReport, Sight
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.text import counted
from feedback_loop.engines.holdout import compare_holdout
from feedback_loop.errors import UserError
from feedback_loop.formats.records import event_data
from feedback_loop.formats.signed_pattern import signed
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace


def report_holdout(workspace: Workspace, request: EffectRequest, *, by_lot: bool = True) -> HoldoutReport:
    """The effect of the patterns named, or of all whose runs are known; `request.adopted` has no place here.

    Without `by_lot` generations that were never warned count too, but for the one that showed the failure
    first: it is why there is a warning at all. Raises UserError for an unknown name or date, and if an
    adoption was asked for.
    """
    as_of = read_as_of(request.as_of)
    if request.adopted:
        text = "--adopted is about history, --by holdout about generations that are compared with each other"
        raise UserError(text, "give one of them", kind="usage")
    library = workspace.library(workspace.settings()[0].patterns)
    names = [find_pattern(library, name).name for name in request.names]
    owners = FailureOwners(map(signed, library.patterns))
    read = read_events(workspace.root)
    events = [one for one in read.events if as_of is None or (parse_moment(one.at) or 0) <= as_of]
    first = {} if by_lot else _first_sights(events, owners)
    sights = (one for one in _sights(events, owners) if first.get(one.pattern) != one.generation)
    rows = compare_holdout(sights, names, by_lot=by_lot)
    lost = counted(len(read.problems), "event")
    notes = (f"{lost} cannot be read: `feedback-loop events verify` names them",) if read.problems else ()
    rows = tuple(one for one in rows if not names or one.pattern in names)
    return HoldoutReport(rows, as_of, notes, by_lot)


@dataclass(frozen=True)
class EffectParts:
    """What `effect` is asked about: `effects` = whether history is to be read, for `names`; `holdout` are the
    patterns among those asked for that recognise a failure, with and without a warning."""

    effects: bool
    names: tuple[str, ...] = ()
    holdout: HoldoutReport | None = None


def find_beside(workspace: Workspace, request: EffectRequest) -> EffectParts:
    """What stands beside the ordinary effect of the patterns named. Nothing if none is named, or if the
    question is about versions or about another day of adoption.

    A proposed one that recognises a failure may have been warned of: it has this figure and no history.
    Raises UserError for an unknown name or date.
    """
    if not request.names or request.adopted or request.by_version:
        return EffectParts(True, request.names)
    library = workspace.library(workspace.settings()[0].patterns)
    found = [find_pattern(library, name) for name in request.names]
    warned = [one.name for one in found if failure_signatures(one)]
    if not warned:
        return EffectParts(True, request.names)
    names = tuple(one.name for one in found if one.name not in warned or one.state != "proposed")
    report = report_holdout(workspace, EffectRequest(tuple(warned), as_of=request.as_of), by_lot=False)
    return EffectParts(bool(names), names, report)


def _sights(events: Iterable[Event], owners: FailureOwners) -> Iterator[Sight]:
    """What the events say, by the names that patterns have today."""
    for event in events:
        if event.kind in ("injection", "exposure"):
            for sight in _told(event):
                yield from (sight._replace(pattern=name) for name in owners.named([sight.pattern]))


def _first_sights(events: Sequence[Event], owners: FailureOwners) -> dict[str, str]:
    """The generation whose run showed a pattern's failure first, "" for a run of none, by today's names."""
    found: dict[str, tuple[tuple[int, str], str]] = {}
    for event in events:
        data = event_data(event) if event.kind == "exposure" else {}
        if not data.get("pattern") or data.get("outcome") != RECURRED or data.get("injected"):
            continue
        told = (parse_moment(event.at) or 0, event.id), data.get("generation_id") or ""
        for name in owners.named([data["pattern"]]):
            found[name] = min(told, found.get(name, told))
    return {name: generation for name, (_, generation) in found.items()}


def _told(event: Event) -> Iterator[Sight]:
    """An injection tells what a generation was given, an exposure how a run of it ended."""
    data = event_data(event)
    generation = data.get("generation_id")
    if not generation:
        return
    if event.kind == "injection":
        yield from (Sight(name, generation, True, False) for name in data["patterns"])
        yield from (Sight(name, generation, False, True) for name in data.get("withheld", ()))
    elif data["pattern"] and ("occurred" in data or "outcome" in data):
        occurred = data.get("occurred", data.get("outcome") == "recurred")
        injected, withheld = data.get("injected", False), data.get("withheld", False)
        yield Sight(data["pattern"], generation, injected, withheld, occurred)
