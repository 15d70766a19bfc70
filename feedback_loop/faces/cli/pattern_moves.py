"""`feedback-loop pattern proposed|accept|reject|archive|restore`: a person decides about a pattern."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

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
from feedback_loop.faces.cli.pattern import pattern

if TYPE_CHECKING:
    from feedback_loop.domain.library_moves import Decided, Declined
    from feedback_loop.workspace import Workspace

Name = Annotated[str, typer.Argument(metavar="NAME", help="The pattern.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for those who ask later.")]


@pattern.command()
def proposed(
    folder: Folder = None, format: Format = OutputFormat.text, color: Color = ColorMode.auto
) -> None:
    """List the proposals: where each came from, what is missing, what its example gate says.

    Each is tried as if it alone were accepted. What "can wait" is named by `pattern lint` and keeps nobody
    from accepting.

    \b
    Exit codes: 0, or 2 if a proposal cannot be read (the others are listed all the same).

    \b
    Examples:
      feedback-loop pattern proposed
      feedback-loop pattern proposed --format json
    """
    from feedback_loop.api.patterns.readiness import list_proposals
    from feedback_loop.render.pattern_moves import proposal_fields, render_proposals

    found = list_proposals(open_workspace(folder))
    if format is OutputFormat.json:
        put_json(proposal_fields(found))
    else:
        put(render_proposals(found, color=use_color(color)))
    if any(one.ready for one in found):
        say("take one into force: feedback-loop pattern accept NAME")
    if any(one.problems for one in found):
        raise typer.Exit(2)


@pattern.command()
def accept(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The proposal.")],
    new_name: Annotated[
        str, typer.Option("--as", metavar="NEW", help="Another name; the old one stays valid.")
    ] = "",
    reason: Why = "",
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Take a proposal into force: both files move to the library, and the next commit is checked for it.

    It must be complete (description or problems, a bad and a good example, guidance) and pass the example
    gate, or nothing is moved; what a failing run left needs no examples. With --as the name changes in both
    files, and the old one leads to it for ever. Levels stay as they are. The decision becomes an event.

    \b
    Exit codes: 0 accepted, 1 it is not complete or its gate fails, 2 no such proposal or the name is taken,
    3 busy, or the disk says no (run it again).

    \b
    Examples:
      feedback-loop pattern accept retry_with_limit
      feedback-loop pattern accept gap_3f2a9c01d4e5 --as product_needs_category --reason "seen in five runs"
    """
    from feedback_loop.api.patterns.moves import accept as run_accept

    workspace = open_workspace(folder)
    tell(workspace, run_accept(workspace, name, new_name, reason), format, color)


@pattern.command()
def reject(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The proposal.")],
    reason: Why,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Remove a proposal: both of its files are deleted.

    The event of the decision keeps its name and the reason. Its text is kept by git alone, if it was ever
    added; the command says so.

    \b
    Exit codes: 0 rejected, 2 no such proposal, 3 busy, or the disk says no (run it again).

    \b
    Examples:
      feedback-loop pattern reject gap_3f2a9c01d4e5 --reason "a fault of the test data"
    """
    from feedback_loop.api.patterns.moves import reject as run_reject

    workspace = open_workspace(folder)
    tell(workspace, run_reject(workspace, name, reason), format, color)


@pattern.command()
def archive(
    name: Name,
    reason: Why,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Take a pattern out of force: both files move to archive/, as they are on the disk.

    Scans and hooks no longer look for it. `pattern restore` is the exact way back.

    \b
    Exit codes: 0 archived, 2 it is not active or archive/ holds other files of that name, 3 busy, or the
    disk says no (run it again).

    \b
    Examples:
      feedback-loop pattern archive print_left --reason "the linter finds it now"
    """
    from feedback_loop.api.patterns.moves import archive as run_archive

    workspace = open_workspace(folder)
    tell(workspace, run_archive(workspace, name, reason), format, color)


@pattern.command()
def restore(
    name: Name,
    reason: Why = "",
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Bring an archived pattern back into force, byte for byte.

    What the example gate has against it by now is said; detectors that fail it do not run.

    \b
    Exit codes: 0 restored, 2 it is not archived or the library holds other files of that name, 3 busy, or
    the disk says no (run it again).

    \b
    Examples:
      feedback-loop pattern restore print_left
      feedback-loop pattern restore print_left --reason "recurred in src/io.py"
    """
    from feedback_loop.api.patterns.moves import restore as run_restore

    workspace = open_workspace(folder)
    tell(workspace, run_restore(workspace, name, reason), format, color)


# -- telling ---------------------------------------------------------------------------------------


def tell(workspace: Workspace, done: Decided | Declined, format: OutputFormat, color: ColorMode) -> None:
    """What became of it; exit 1 if the answer is no."""
    from feedback_loop.domain.library_moves import Declined
    from feedback_loop.domain.text import visible
    from feedback_loop.render import pattern_moves as render

    as_json = format is OutputFormat.json
    if isinstance(done, Declined):
        if as_json:
            put_json(render.declined_fields(done))
        else:
            put(render.render_declined(done, color=use_color(color)))
        if done.kept:
            say(f"your edit is kept in {visible(done.kept)}: the same command goes on with it")
        else:
            say("nothing was moved")
        raise typer.Exit(1)
    if as_json:
        put_json(render.decided_fields(done))
    else:
        put(render.render_decided(done))
    for note in done.notes:
        say(visible(note))
    if done.commit:
        say(visible(f"commit it: git {_there(workspace)}add -- {shlex.join(done.commit)}"))


def _there(workspace: Workspace) -> str:
    """`-C ROOT ` for those who stand somewhere else."""
    here = os.path.realpath(os.curdir) == os.path.realpath(workspace.root)
    return "" if here else f"-C {shlex.quote(workspace.root)} "
