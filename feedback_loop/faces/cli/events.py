"""`feedback-loop events …`: what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import (
    Color,
    ColorMode,
    Folder,
    Format,
    OutputFormat,
    open_workspace,
    put,
    put_json,
    say,
    use_color,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedback_loop.domain.problem import Problem

events = typer.Typer(
    help="Recorded events: list, show, compact, verify.", rich_markup_mode=None, no_args_is_help=True
)
app.add_typer(events, name="events")

_TOLD = 5  # problems on stderr


@events.command("list")
def list_(
    kind: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help="Of this kind; may be repeated.")
    ] = None,
    pattern: Annotated[
        str | None, typer.Option("--pattern", metavar="NAME", help="Those that name this pattern.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="From this time on, inclusive.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Up to this time, exclusive.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="So many at most; 0 = all of them.")] = 20,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """List the newest events.

    An event stands once however many copies of it there are, and not at all if a tombstone names it. The
    sums are those of all that match. Times are ISO 8601, UTC where they do not say. With --format json,
    each pattern has its number of events, commits and authors; of one commit at most 20 events count.

    \b
    Exit codes: 0 (records that cannot be read are named; `events verify` lists them all), 2 usage.

    \b
    Examples:
      feedback-loop events list
      feedback-loop events list --kind bug --kind review --since 2026-11-01
      feedback-loop events list --pattern bounds_checking --limit 0 --format json
    """
    from feedback_loop.api.events import EventQuery, list_events

    query = EventQuery(tuple(kind or ()), pattern, since, until, limit or None)
    found = list_events(open_workspace(folder), query)
    if format is OutputFormat.json:
        from feedback_loop.render.events import list_fields

        put_json(list_fields(found))
    elif found.matching:
        from feedback_loop.render.events import render_list

        put(render_list(found, color=use_color(color)))
    else:
        say("feedback-loop: no such event is recorded")
    _say_problems(found.problems)


def _say_problems(problems: Iterable[Problem]) -> None:
    from feedback_loop.domain.text import visible

    told = list(problems)
    for problem in told[:_TOLD]:
        say(f"feedback-loop: NOT read: {visible(str(problem))}")
    if len(told) > _TOLD:
        say(f"feedback-loop: {len(told) - _TOLD} more: `feedback-loop events verify` lists them all")


@events.command()
def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="The event's id, or its first digits (4 or more).")],
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Show everything an event holds, and where it stands; one that a tombstone names as well.

    \b
    Exit codes: 0 done, 2 no event has this id, or more than one begins so.

    \b
    Examples:
      feedback-loop events show 3f2a9c01
      feedback-loop events show 3f2a9c01 --format json
    """
    from feedback_loop.api.events import find_event
    from feedback_loop.render.events import event_fields, render_event

    stored, tombstones = find_event(open_workspace(folder), id)
    place = f"{stored.path}:{stored.line}" if stored.line else stored.path
    if format is OutputFormat.json:
        fields = {"event": event_fields(stored.event), "path": stored.path, "line": stored.line or None}
        put_json({"schema_version": 1, **fields, "tombstones": list(tombstones)})
    else:
        put(render_event(stored.event, place, tombstones))


@events.command()
def compact(folder: Folder = None, format: Format = OutputFormat.text) -> None:
    """Move the events of past months into one file a month.

    Nothing is lost: a segment is written, read back and verified before the files it replaces are removed.
    Two branches may both do so. Worth its while from about 20,000 files; commit the result like any other
    change.

    \b
    Exit codes: 0 done, 3 another such command is at work, or the disk says no.

    \b
    Examples:
      feedback-loop events compact
      feedback-loop events compact --format json
    """
    from feedback_loop.api.events import compact
    from feedback_loop.domain.text import visible

    done = compact(open_workspace(folder))
    if format is OutputFormat.json:
        put_json(
            {
                "schema_version": 1,
                "events": done.events,
                "segments": list(done.segments),
                "removed": done.removed,
            }
        )
    else:
        for path in done.segments:
            put(visible(path))
        say(f"feedback-loop: {done.events} events moved into segments, {done.removed} files removed")
    _say_problems(done.problems)


@events.command()
def verify(folder: Folder = None, format: Format = OutputFormat.text, color: Color = ColorMode.auto) -> None:
    """Read every record and check its hash, its fields and its name.

    What cannot be read is named and left as it is; all other events count as before.

    \b
    Exit codes: 0 all is sound, 1 something cannot be read.

    \b
    Examples:
      feedback-loop events verify
      feedback-loop events verify --format json
    """
    from feedback_loop.api.events import verify_events
    from feedback_loop.render.events import render_state, state_fields

    state = verify_events(open_workspace(folder))
    if format is OutputFormat.json:
        put_json(state_fields(state))
    else:
        put(render_state(state, color=use_color(color)))
    raise typer.Exit(1 if state.problems else 0)
