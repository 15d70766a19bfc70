"""`feedback-loop pattern edit`: a pattern in the user's own editor, or changed by options."""

from __future__ import annotations

import os
import shlex
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.common import Color, ColorMode, Folder, Format, OutputFormat, open_workspace, say
from feedback_loop.faces.cli.pattern import pattern
from feedback_loop.faces.cli.pattern_moves import Name, Why, tell
from feedback_loop.faces.cli.pattern_new import Severity

if TYPE_CHECKING:
    from feedback_loop.api.patterns.edit import Editing


@pattern.command()
def edit(
    name: Name,
    severity: Annotated[Severity | None, typer.Option(help="How bad it is.")] = None,
    guidance: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What to do instead, in one imperative sentence.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Who looks after it; empty = nobody.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Its tags, in place of those it has; may be repeated.")
    ] = None,
    reason: Why = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="Drop an edit that was kept aside.")] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Edit a pattern, in your editor ($VISUAL, else $EDITOR) or by options.

    The editor gets copies of both files. They are read strictly and tried, and only then put in the place of
    the old ones; the version is raised by one if the meaning changed (severity, guidance, scope, detectors,
    signatures, examples). What cannot be read, or would fail the gate of an active pattern, is kept aside:
    the same command goes on with it.

    \b
    Exit codes: 0 edited or nothing changed, 1 the example gate fails, 2 the files cannot be read, no such
    pattern, no editor, or the pattern changed meanwhile, 3 busy, or the disk says no (run it again).

    \b
    Examples:
      feedback-loop pattern edit bounds_checking
      EDITOR="code --wait" feedback-loop pattern edit bounds_checking
      feedback-loop pattern edit bounds_checking --severity high --reason "two outages"
    """
    from feedback_loop.api.patterns.edit import begin_edit, change_values, finish_edit

    workspace = open_workspace(folder)
    values: dict[str, str | list[str] | None] = {}
    if severity is not None:
        values["severity"] = severity.value
    if guidance is not None:
        values["guidance"] = guidance
    if owner is not None:
        values["owner"] = owner or None
    if tag is not None:
        values["tags"] = tag
    if values:
        done = change_values(workspace, name, values, reason)
    else:
        command = _editor()
        editing = begin_edit(workspace, name, fresh)
        _edit(command, editing, name)
        done = finish_edit(workspace, editing, reason)
    if done is None:
        say(f"feedback-loop: nothing changed in {name}")
    else:
        tell(workspace, done, format, color)


# -- the editor ------------------------------------------------------------------------------------


def _editor() -> list[str]:
    """The user's editor as words. Raises UserError if none is set."""
    said = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        command = shlex.split(said)
    except ValueError as error:
        raise UserError(f"$VISUAL or $EDITOR cannot be read: {error}", kind="usage") from None
    if not command:
        text = "no editor is set"
        raise UserError(text, "set EDITOR, or say what to change: see `pattern edit --help`", kind="usage")
    return command


def _edit(command: list[str], editing: Editing, name: str) -> None:
    """Run the editor on both copies. Raises UserError if it cannot be started or gives up."""
    from feedback_loop.domain.text import visible

    if editing.name != name:
        say(f"{visible(name)} is superseded by {editing.name}")
    if editing.resumed:
        say(f"going on with the edit kept in {visible(editing.kept)}")
    # Ctrl-C is for the editor: whoever presses it there does not mean this process.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = os.posix_spawnp(
            command[0], [*command, *editing.paths], os.environ, setsigdef=(signal.SIGINT,)
        )
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except OSError as error:
        raise UserError(f"cannot start {command[0]}: {error.strerror}", "see $VISUAL and $EDITOR") from None
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        hint = f"nothing was changed; what you wrote is kept in {editing.kept}"
        raise UserError(f"{command[0]} ended with {code}", hint)
