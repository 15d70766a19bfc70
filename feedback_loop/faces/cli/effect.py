"""`feedback-loop effect`: whether a mistake is made less often since its pattern was adopted."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Folder, Format, OutputFormat, open_workspace, put, put_json, say

if TYPE_CHECKING:
    from feedback_loop.api.history.effect import EffectRequest
    from feedback_loop.domain.holdout_effect import HoldoutReport
    from feedback_loop.workspace import Workspace


class By(StrEnum):
    """What is compared, other than before and after adoption."""

    version = "version"
    holdout = "holdout"


@app.command()
def effect(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Only these patterns. [default: all]")
    ] = None,
    adopted: Annotated[
        str, typer.Option("--adopted", metavar="REV", help="As if all were adopted by this commit.")
    ] = "",
    by: Annotated[
        By | None,
        typer.Option("--by", help="Each version against the one before it; or with a warning and without."),
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Leave out what landed later. [default: the tip]")
    ] = "",
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Introductions per 1,000 added lines before and after a pattern was adopted.

    After = commits written in a tree that had the pattern. Before = commits that landed up to a year
    earlier; the 30 days right before adoption are left out, as patterns follow bad spells. The ratio of both
    rates comes with its exact 95 % interval, n, and a word: dropped, rose, no clear change, or not enough
    data. Where introductions come in bursts the interval is widened. Before and after is all it says: not
    why.

    With --by holdout it is about warnings in prompts: of the generations that a warning was withheld from
    (`inject.holdout`) and of those that had it, how many showed the failure again when they ran, with the
    90 % interval of the difference and of the ratio. Five generations are needed on each side.

    A NAME that recognises a failure of a run gets its warning's effect, too, and a proposed one that alone:
    generations with the warning against all without it, by lot or never warned, but for the one that showed
    the failure first. How many of these went without by lot is said.

    With --adopted a commit stands for the adoption of every pattern: for a rule that a team adopted in
    another way, or, as a check, for a day on which nothing happened.

    \b
    Exit codes: 0, 2 something to mend (an unknown name, commit or date).

    \b
    Examples:
      feedback-loop effect
      feedback-loop effect bounds_checking --by version
      feedback-loop effect --by holdout
      feedback-loop effect specific_exceptions --adopted v2.1.0 --format json
    """
    from feedback_loop.api.history.effect import EffectRequest, report_effects
    from feedback_loop.api.history.holdout import find_beside
    from feedback_loop.domain.text import visible
    from feedback_loop.faces.cli.progress import progress_bar
    from feedback_loop.render.effect import effect_fields, render_effects
    from feedback_loop.render.holdout import holdout_fields, render_beside

    workspace = open_workspace(folder)
    if by is By.holdout:
        _by_holdout(workspace, EffectRequest(tuple(names or ()), adopted, as_of=as_of), format)
        return
    asked = EffectRequest(tuple(names or ()), adopted, by is By.version, as_of)
    beside = find_beside(workspace, asked)
    if not beside.effects and beside.holdout is not None:
        _tell_holdout(beside.holdout, format)
        return
    with progress_bar("reading history") as progress:
        report = report_effects(workspace, replace(asked, names=beside.names, progress=progress))
    notes = dict.fromkeys([*report.notes, *(beside.holdout.notes if beside.holdout else ())])
    for note in notes:
        say(f"feedback-loop: {visible(note)}")
    if format is OutputFormat.json:
        more = {"holdout": holdout_fields(beside.holdout)} if beside.holdout else {}
        put_json(effect_fields(report) | more)
    else:
        put(render_effects(report))
        if beside.holdout:
            put("\n" + render_beside(beside.holdout))


def _by_holdout(workspace: Workspace, request: EffectRequest, format: OutputFormat) -> None:
    from feedback_loop.api.history.holdout import report_holdout

    _tell_holdout(report_holdout(workspace, request), format)


def _tell_holdout(report: HoldoutReport, format: OutputFormat) -> None:
    from feedback_loop.render.holdout import holdout_fields, render_holdout

    for note in report.notes:
        say(f"feedback-loop: {note}")
    if format is OutputFormat.json:
        put_json(holdout_fields(report))
    else:
        put(render_holdout(report))
