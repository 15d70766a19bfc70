"""`feedback-loop pattern from-fix`: a proposal from one commit that mended something."""

from __future__ import annotations

from typing import Annotated

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
)
from feedback_loop.faces.cli.pattern import pattern


@pattern.command("from-fix")
def from_fix(
    rev: Annotated[str, typer.Argument(metavar="REV", help="The commit that mended it.")],
    name: Annotated[str, typer.Option("--name", help="The proposal's name. [default: from the code]")] = "",
    write: Annotated[bool, typer.Option("--write", help="Write the proposal.")] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Make a proposal from a fix: what the commit removed is the bad example, what it added the good one.

    Without --write it shows both files and writes nothing. Up to three places are shown, secrets masked.
    A detector is proposed only if it finds every bad example and no good one, and is not noisy in the last
    200 commits. The proposal waits in proposed/ until a person accepts it.

    \b
    Exit codes: 0, 2 no such commit, a merge, too little or too much changed, or the name is in use.

    \b
    Examples:
      feedback-loop pattern from-fix HEAD
      feedback-loop pattern from-fix 3fe1c0d2 --name close_the_file --write
    """
    from feedback_loop.api.history.from_fix import propose_fix, write_fix
    from feedback_loop.render.candidates import from_fix_fields, render_from_fix

    workspace = open_workspace(folder)
    found = propose_fix(workspace, rev, name)
    if write:
        write_fix(workspace, found)
    parts = found.candidate, found.paths, found.texts, found.left_out
    if format is OutputFormat.json:
        put_json(from_fix_fields(*parts, written=write))
    else:
        put(render_from_fix(*parts, written=write))
    if write:
        say(f"then decide: feedback-loop pattern accept {found.candidate.name}")
    else:
        say(f"nothing written; --write puts it into {found.paths[0].rpartition('/')[0]}/")
