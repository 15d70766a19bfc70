"""What the events of a repository say about the use of its patterns, and which decisions they record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from feedback_loop.domain.event import Event
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.proposal import (
    EVENTS,
    INJECTION,
    PLAN,
    PREVENTION,
    RESTORE,
    Decision,
    Grounds,
    Sighting,
    Use,
)
from feedback_loop.formats.records import event_data

_PLAIN = frozenset([*EVENTS, PREVENTION, "rating"])
_KIND = {"rating": INJECTION}  # of a pattern itself
_TASKS = ("session_id", "task_id")  # what an injection and the rating of its output have in common


def find_uses(events: Iterable[Event], library: Library) -> dict[str, Use]:
    """The use of each pattern that an event names, by the name that it has today.

    A plan counts where it ticks the pattern, an injection once its session or task was rated; so does the
    rating of a pattern itself.
    """
    listed = list(events)
    rated = {key for event in listed if event.kind == "rating" for key in _keys(event)}
    found: dict[str, list[Sighting]] = {}
    for event in listed:
        for name in _named(event, rated):
            known = library.find(name)
            kind = _KIND.get(event.kind, event.kind)
            one = Sighting(_seconds(event), kind, event.id, event.commit or "", count_of(event))
            found.setdefault(known.name if known else name, []).append(one)
    restored = _restored(listed)
    return {
        name: Use(name, tuple(sorted(found.get(name, ()))), restored.get(name))
        for name in sorted({*found, *restored})
    }


def count_of(event: Event) -> int:
    """As how many occurrences the event counts."""
    number = event_data(event).get("count", 1)
    return number if type(number) is int and number > 0 else 1


def _named(event: Event, rated: set[tuple[str, str]]) -> Iterable[str]:
    """The patterns of whose use the event tells."""
    if event.kind == PLAN:
        return dict.fromkeys(_ticked(event_data(event)["declared"]))
    if event.kind == INJECTION:
        return event.patterns if rated.intersection(_keys(event)) else ()
    return event.patterns if event.kind in _PLAIN else ()


def _ticked(declared: Iterable[Any]) -> Iterator[str]:
    for item in declared:  # of an event nothing but the list itself was checked
        if isinstance(item, dict) and item.get("checked") is True and isinstance(item.get("name"), str):
            yield item["name"]


def _keys(event: Event) -> set[tuple[str, str]]:
    data = event_data(event)
    return {(key, str(data[key])) for key in _TASKS if data.get(key)}


def _seconds(event: Event) -> int:
    return parse_moment(event.at) or 0


def _restored(events: Iterable[Event]) -> dict[str, int]:
    """When each pattern was last restored by a decision."""
    found: dict[str, int] = {}
    for one in find_decisions(events):
        if one.action == RESTORE:
            found[one.pattern] = max(one.at, found.get(one.pattern, 0))
    return found


def find_decisions(events: Iterable[Event]) -> tuple[Decision, ...]:
    """The decisions among the events, in their order."""
    return tuple(_decision(event) for event in events if event.kind == "decision")


def _decision(event: Event) -> Decision:
    data = event_data(event)
    figures = data.get("figures", {})
    return Decision(
        action=data["action"],
        pattern=data["pattern"],
        at=_seconds(event),
        commit=event.commit or "",
        reason=data["reason"],
        grounds=Grounds(
            data.get("proposal", ""),
            tuple((name, _value(value)) for name, value in sorted(figures.items())),
            data.get("retro", ""),
            data.get("basis", ""),
        ),
        event=event.id,
        sha256=data.get("sha256", ""),
    )


def _value(value: object) -> str:
    """A figure's value as text; events may hold anything."""
    return str(value) if isinstance(value, str | int | float) else ""
