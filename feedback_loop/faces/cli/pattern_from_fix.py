"""`feedback-loop pattern from-fix`: a proposal from one commit that mended something."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
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

if TYPE_CHECKING:
    from feedback_loop.api.history.from_failure import Told
    from feedback_loop.domain.pattern import Pattern
    from feedback_loop.workspace import Workspace


@pattern.command("from-fix")
def from_fix(
    rev: Annotated[str, typer.Argument(metavar="REV", help="The commit that mended it.")],
    name: Annotated[str, typer.Option("--name", help="The proposal's name. [default: from the code]")] = "",
    error: Annotated[
        str | None,
        typer.Option(
            "--error", metavar="FILE|-", help="What failed before: a report, a traceback or a message."
        ),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the proposal.")] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Make a proposal from a fix: what the commit removed is the bad example, what it added the good one.

    Without --write it shows both files and writes nothing. Up to three places are shown, secrets masked.
    A detector is proposed only if it finds every bad example and no good one, and is not noisy in the last
    200 commits. The proposal waits in proposed/ until a person accepts it.

    With --error the proposal also recognises that failure. If an ingested run left a gap_… for it, that one
    gets the good example instead (and the bad one, if it has none); one that is there is never written over.
    What REV did to the function that failed is the example. Of several different failures in FILE the one is
    taken that left a gap_… and is the only one whose function REV changed.

    \b
    Exit codes: 0, 1 an active gap would fail its gate, 2 no such commit, a merge, too little or too much
    changed, the name is in use, the gap has a good example, FILE tells of several failures, or REV changes
    the file that failed but not the function.

    \b
    Examples:
      feedback-loop pattern from-fix HEAD
      feedback-loop pattern from-fix 3fe1c0d2 --name close_the_file --write
      feedback-loop pattern from-fix HEAD --error failure.log --write
    """
    from feedback_loop.api.history.from_fix import propose_fix, write_fix
    from feedback_loop.render.candidates import from_fix_fields, render_from_fix

    workspace = open_workspace(folder)
    told = None if error is None else _told(workspace, rev, error, folder)
    if told is not None and told.gap is not None:
        _fill(workspace, rev, told, told.gap, write, format, color)
        return
    found = propose_fix(workspace, rev, name, told)
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


def _told(workspace: Workspace, rev: str, name: str, folder: str | None) -> Told:
    from feedback_loop.api.history.from_failure import read_error
    from feedback_loop.api.report_files import SIZE_CAP, read_report_file, unpack
    from feedback_loop.domain.text import visible

    if not name:
        raise UserError("--error: an empty value", "leave it out, or fill it in", kind="usage")
    if name == "-":
        data = sys.stdin.buffer.read(SIZE_CAP + 1)
        if len(data) > SIZE_CAP:
            raise UserError(f"standard input: more than {SIZE_CAP} bytes")
        name = ""
    else:
        shown = name
        data = read_report_file(os.path.join(folder or "", name))
        try:
            name, data = unpack(name, data)
        except UserError as error:
            raise UserError(f"{visible(shown)}: {error.message}", error.hint) from None
    told = read_error(workspace, data, rev, name)
    if told.among > 1 and told.gap is not None:
        told_by = f"{visible(name or 'standard input')} tells of {told.among} different failures"
        say(f"{told_by}: {told.gap.name} is in what {visible(rev)} changed, in {visible(told.where)}")
    return told


def _fill(
    workspace: Workspace,
    rev: str,
    told: Told,
    gap: Pattern,
    write: bool,
    format: OutputFormat,
    color: ColorMode,
) -> None:
    """Give the gap its examples, or show what they would be."""
    from feedback_loop.api.history.from_failure import write_filled
    from feedback_loop.api.history.from_fix import fill_from
    from feedback_loop.render.candidates import filled_fields, render_filled

    filled = fill_from(workspace, rev, gap, told.mended)
    if write:
        from feedback_loop.faces.cli.pattern_moves import tell

        done = write_filled(workspace, filled)
        if done is not None:
            tell(workspace, done, format, color)
        return
    parts = filled.pattern.name, filled.path, filled.text, filled.sides
    if format is OutputFormat.json:
        put_json(filled_fields(*parts, commit=filled.commit))
    else:
        put(render_filled(*parts, commit=filled.commit))
    say(f"nothing written; --write puts it into {filled.path}")
