"""Events for people and for programs. Their texts were written by strangers: shown, never trusted (T14)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from feedback_loop.domain.event import Event
from feedback_loop.domain.event_report import MANY_FILES, EventList, StoreState, count_patterns
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.report_json import problem_fields
from feedback_loop.render.text import Ink

_ABOUT = 60  # characters
_ID = 12
# What says most about an event of its kind in few words; the first that is there.
_TELLING = (
    "error",
    "failure_reason",
    "issue_type",
    "metric_type",
    "compilation_error",
    "prompt",
    "reason",
    "path",
    "test_name",
    "target",
    "endpoint",
    "project",
)


def render_list(found: EventList, *, color: bool = False) -> str:
    """A line per event, the newest first, and one with the sums."""
    ink = Ink(color)
    lines = [
        f"{event.at}  {event.id[:_ID]}  {event.kind:<12}  "
        f"{ink('path', ', '.join(event.patterns) or '-')}  {_about(event)}".rstrip()
        for event in found.shown
    ]
    total = len(found.matching)
    shown = f"{len(found.shown)} of {total}" if len(found.shown) < total else str(total)
    people = f"{counted(found.commits, 'commit')}, {counted(found.authors, 'author')}"
    sums = f"{shown} event{'' if total == 1 else 's'}, {people}"
    lines.append(ink("dim", sums + (f"; degraded: {len(found.problems)} not read" if found.problems else "")))
    return "\n".join(lines) + "\n"


def _about(event: Event) -> str:
    data = json.loads(event.data)
    text = next((data[name] for name in _TELLING if isinstance(data.get(name), str) and data[name]), "")
    place = data.get("file_path")
    where = f" ({place}:{data['line']})" if place and data.get("line") else f" ({place})" if place else ""
    line = visible(" ".join(text.split()))
    return (line if len(line) <= _ABOUT else line[: _ABOUT - 1] + "…") + visible(where)


def list_fields(found: EventList) -> dict[str, Any]:
    """The shown events as they are stored, and counts of all that match.

    `counted` takes at most twenty events of one commit, `capped` is the rest.
    """
    return {
        "schema_version": 1,
        "events": [event_fields(event) for event in found.shown],
        "matching": len(found.matching),
        "commits": found.commits,
        "authors": found.authors,
        "patterns": [
            {
                "name": one.name,
                "events": one.events,
                "commits": one.commits,
                "authors": one.authors,
                "counted": one.counted,
                "capped": one.capped,
            }
            for one in count_patterns(found.matching)
        ],
        "degraded": bool(found.problems),
        "problems": problem_fields(found.problems),
    }


def event_fields(event: Event) -> dict[str, Any]:
    """The record of formats.md section 3."""
    return {
        "schema_version": 1,
        "id": event.id,
        "kind": event.kind,
        "at": event.at,
        "by": event.by,
        "commit": event.commit,
        "patterns": list(event.patterns),
        "data": json.loads(event.data),
        "source": json.loads(event.source),
    }


def render_event(event: Event, place: str, tombstones: tuple[str, ...]) -> str:
    """Everything that the event holds, and where it stands."""
    lines = [
        f"{event.kind} {event.id}",
        f"  at        {event.at}",
        f"  by        {visible(event.by) if event.by else '-'}",
        f"  commit    {event.commit or '-'}",
        f"  patterns  {', '.join(event.patterns) or '-'}",
        f"  source    {_plain(json.loads(event.source))}",
        f"  file      {visible(place)}",
        *(f"  deleted   by tombstone {one[:_ID]}" for one in tombstones),
    ]
    data: Mapping[str, Any] = json.loads(event.data)
    width = max((len(name) for name in data), default=0)
    for name, value in data.items():
        first, *more = _plain(value).split("\n")
        lines.append(f"  {visible(name):<{width}}  {first}".rstrip())
        lines += [f"  {'':<{width}}  {line}".rstrip() for line in more]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return "\n".join(visible(line) for line in text.split("\n"))


def render_state(state: StoreState, *, color: bool = False) -> str:
    """A line per problem, and the sums."""
    ink = Ink(color)
    lines = [f"{ink('block', 'NOT read')} {visible(str(problem))}" for problem in state.problems]
    lines.append(
        f"{state.events} events in {state.loose} files and {state.segments} segments: "
        f"{state.duplicates} duplicates, {state.tombstones} tombstones, {len(state.problems)} problems"
    )
    if state.loose >= MANY_FILES:
        lines.append("so many files make git slow: `feedback-loop events compact`")
    return "\n".join(lines) + "\n"


def state_fields(state: StoreState) -> dict[str, Any]:
    """The same for programs."""
    return {
        "schema_version": 1,
        "events": state.events,
        "files": state.loose,
        "segments": state.segments,
        "duplicates": state.duplicates,
        "tombstones": state.tombstones,
        "problems": problem_fields(state.problems),
        "exit_code": 1 if state.problems else 0,
    }
