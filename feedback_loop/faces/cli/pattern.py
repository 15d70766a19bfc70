"""`feedback-loop pattern …`: the library listed, shown, linted and tried. `new` has its own module."""

from __future__ import annotations

import shutil
from enum import StrEnum
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
    from feedback_loop.domain.library import Library
    from feedback_loop.render.terminal import Page
    from feedback_loop.workspace import Workspace

pattern = typer.Typer(
    help="The pattern library: list, show, new, lint, test, edit, accept, archive, from-fix, import, export.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(pattern, name="pattern")


class State(StrEnum):
    """Which patterns to list."""

    active = "active"
    proposed = "proposed"
    archived = "archived"
    all = "all"


Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Only these patterns.")]


def _page(color: ColorMode) -> Page:
    from feedback_loop.render.terminal import Page

    return Page(shutil.get_terminal_size((100, 24)).columns, use_color(color))


@pattern.command("list")
def list_(
    state: Annotated[
        State | None,
        typer.Option("--state", help="Only patterns of this state. [default: active; of failures all]"),
    ] = None,
    antipatterns: Annotated[
        bool, typer.Option("--antipatterns", help="Only those that recognise a failure, with their record.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """List the patterns with severity and level.

    The level is what a finding does here, settings applied: block stops the commit, warn is shown,
    hint is shown with --hints, off is not looked for; a guideline without a detector has none.

    With --antipatterns it lists what failing runs taught, the most severe first: what each is about, in
    how many runs it was seen, and how often a warning was observed to prevent it.

    \b
    Exit codes: 0, or 2 if a pattern or the settings are broken (the others are listed all the same).

    \b
    Examples:
      feedback-loop pattern list
      feedback-loop pattern list --state all
      feedback-loop pattern list --antipatterns --format json
    """
    from feedback_loop.api.patterns.questions import list_patterns
    from feedback_loop.domain.text import visible

    workspace = open_workspace(folder)
    library, listed = list_patterns(workspace)
    if antipatterns:
        _list_failures(workspace, library, (state or State.all).value, format)
    elif format is OutputFormat.json:
        from feedback_loop.render.report_json import list_fields

        put_json(list_fields(library, listed, (state or State.active).value))
    else:
        from feedback_loop.render.terminal import render_list

        put(render_list(library, listed, (state or State.active).value, _page(color)))
    for text in (*library.notes, *map(str, library.problems)):
        say(visible(text))
    if library.problems:
        raise typer.Exit(2)


def _list_failures(workspace: Workspace, library: Library, state: str, format: OutputFormat) -> None:
    from feedback_loop.api.patterns.failures import read_failures
    from feedback_loop.render.failures import failures_fields, render_failures

    found = read_failures(workspace, library)
    for note in found.notes:
        say(f"feedback-loop: {note}")
    if format is OutputFormat.json:
        put_json(failures_fields(found, state))
    else:
        put(render_failures(found, state))


@pattern.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A pattern, or a name it supersedes.")],
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Show all that the two files of a pattern hold, and of one that recognises a failure its record.

    `feedback-loop explain NAME` says what it does in this repository.

    \b
    Examples:
      feedback-loop pattern show specific_exceptions
      feedback-loop pattern show specific_exceptions --format json
    """
    from feedback_loop.api.library import open_library
    from feedback_loop.api.patterns.failures import find_record
    from feedback_loop.api.patterns.questions import find_pattern, pattern_document
    from feedback_loop.domain.text import visible
    from feedback_loop.render.failures import record_fields, render_failure

    workspace = open_workspace(folder)
    found = find_pattern(open_library(workspace), name)
    record = find_record(workspace, found)
    if found.name != name:
        say(f"{visible(name)} is superseded by {found.name}")
    if format is OutputFormat.json:
        put_json(pattern_document(found) | ({"record": record_fields(record)} if record else {}))
        return
    from feedback_loop.render.terminal import render_pattern

    put(render_pattern(found, _page(color)))
    if record:
        put("\n" + render_failure(record, events=False))


@pattern.command()
def lint(
    names: Names = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Check that the patterns can be read and are complete.

    A complete pattern has a description, problems, a bad and a good example, guidance and references.
    Without names: every file of the library is read, and the active patterns must be complete.

    \b
    Exit codes: 0 no problem (notes are none), 1 problems.

    \b
    Examples:
      feedback-loop pattern lint
      feedback-loop pattern lint specific_exceptions
    """
    from feedback_loop.api.patterns.questions import lint as run_lint

    report = run_lint(open_workspace(folder), names or ())
    if format is OutputFormat.json:
        from feedback_loop.render.report_json import lint_fields

        put_json(lint_fields(report))
    else:
        from feedback_loop.render.verdict import render_lint

        put(render_lint(report, color=use_color(color)))
    if report.problems:
        raise typer.Exit(1)


@pattern.command()
def test(
    names: Names = None,
    replay: Annotated[
        int, typer.Option("--replay", metavar="N", min=0, max=10_000, help="Try the last N commits, too.")
    ] = 0,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Try the examples: each bad one is found, no good one is.

    Each example is scanned as if it were a new file, by every detector of the library. A detector
    that fails here does not run in hooks and scans. One that matches more than a quarter of the lines
    of your own files is too broad. With --replay: what the detectors would have said of your last
    commits, per 1,000 added lines, with five places to look at.

    \b
    Exit codes: 0 all as promised, 1 not.

    \b
    Examples:
      feedback-loop pattern test
      feedback-loop pattern test specific_exceptions --replay 200
    """
    from feedback_loop.api.patterns.questions import try_examples

    workspace = open_workspace(folder)
    report = try_examples(workspace, names or ())
    past = None
    if replay:
        from feedback_loop.api.replay import replay as replayed

        past = replayed(workspace, names or (), replay)
    if format is OutputFormat.json:
        from feedback_loop.render.replay import replay_fields
        from feedback_loop.render.report_json import gate_fields

        put_json(gate_fields(report) | ({"replay": replay_fields(past)} if past else {}))
    else:
        from feedback_loop.render.replay import render_replay
        from feedback_loop.render.terminal import render_gate

        put(render_gate(report, _page(color)))
        if past:
            put(render_replay(past))
    if report.failures:
        raise typer.Exit(1)
