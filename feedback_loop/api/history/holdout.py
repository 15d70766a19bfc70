"""Whether warnings help: `effect --by holdout`, from the events of generations and their runs (C7, H58)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feedback_loop.api.history.effect import EffectRequest, read_as_of
from feedback_loop.api.patterns.questions import find_pattern
from feedback_loop.domain.event import Event
from feedback_loop.domain.holdout_effect import HoldoutReport, Sight
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.text import counted
from feedback_loop.engines.holdout import compare_holdout
from feedback_loop.errors import UserError
from feedback_loop.formats.records import event_data
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace


def report_holdout(workspace: Workspace, request: EffectRequest) -> HoldoutReport:
    """The effect of the patterns named, or of all whose runs are known; `request.adopted` has no place here.

    Raises UserError for an unknown name or date, and if an adoption was asked for.
    """
    as_of = read_as_of(request.as_of)
    if request.adopted:
        text = "--adopted is about history, --by holdout about generations that are compared with each other"
        raise UserError(text, "give one of them", kind="usage")
    library = workspace.library(workspace.settings()[0].patterns)
    names = [find_pattern(library, name).name for name in request.names]
    read = read_events(workspace.root)
    events = (one for one in read.events if as_of is None or (parse_moment(one.at) or 0) <= as_of)
    rows = compare_holdout(_sights(events, library), names)
    lost = counted(len(read.problems), "event")
    notes = (f"{lost} cannot be read: `feedback-loop events verify` names them",) if read.problems else ()
    return HoldoutReport(tuple(one for one in rows if not names or one.pattern in names), as_of, notes)


def _sights(events: Iterable[Event], library: Library) -> Iterator[Sight]:
    """What the events say, by the names that patterns have today."""
    for event in events:
        if event.kind in ("injection", "exposure"):
            for sight in _told(event):
                known = library.find(sight.pattern)
                if known is not None:
                    yield sight._replace(pattern=known.name)


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
