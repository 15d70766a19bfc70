"""`feedback-loop explain`: a pattern, the finding of a fingerprint, or where a figure comes from."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedback_loop.domain.text import visible
from feedback_loop.errors import UserError
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
from feedback_loop.faces.cli.progress import progress_bar

if TYPE_CHECKING:
    from feedback_loop.domain.explanation import Record
    from feedback_loop.workspace import Workspace

_FINGERPRINT = re.compile(r"[0-9a-fA-F]{32}")


@app.command()
def explain(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME|FIGURE", help="A pattern, a figure's id, or a finding's fingerprint."),
    ],
    recount: Annotated[
        bool, typer.Option("--recount", help="Count the figure again from git, without the cache.")
    ] = False,
    worktree: Annotated[
        bool, typer.Option("--worktree", help="Count events that are not committed, too.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Explain a pattern: why, what is found, what to do instead. Or where a figure comes from.

    Of a pattern: levels and scope are those of this repository, its settings applied; the last line is its
    record here. Of one that recognises a failure the signature and the runs behind its record follow.

    A figure is NAME.MEASURE[@PERIOD], or library.MEASURE for all patterns. Measures: introduced, fixed,
    open, restored, reintroduced, waived, exposure, frequency, effect, trend, time_to_fix, waiver_rate,
    declared, preventions, hotspot:PATH. Told are its definition, the formula with its numbers, and the
    commits or events that add up to it.

    A fingerprint (32 hex digits) explains the finding that has it among the files of the working tree.

    \b
    Exit codes: 0 told, 1 a recount differs or a list does not add up, 2 something to mend (an unknown
    name, figure or period).

    \b
    Examples:
      feedback-loop explain specific_exceptions
      feedback-loop explain specific_exceptions.introduced@2026-W47
      feedback-loop explain library.open --recount
    """
    from feedback_loop.domain.figure import is_figure

    if is_figure(name):
        _explain_figure(folder, name, recount, worktree, format)
        return
    if recount or worktree:
        option = "--recount" if recount else "--worktree"
        raise UserError(f"{option} is for figures", "a figure is NAME.MEASURE", kind="usage")
    if _FINGERPRINT.fullmatch(name):
        _explain_finding(folder, name, format, color)
        return
    _explain_pattern(folder, name, format, color)


def _explain_figure(folder: str | None, text: str, recount: bool, worktree: bool, format: str) -> None:
    from feedback_loop.api.history.figures import FigureRequest
    from feedback_loop.api.history.figures import explain as find_origin
    from feedback_loop.render.figure import origin_fields, render_origin

    with progress_bar("reading history") as progress:
        found = find_origin(open_workspace(folder), text, FigureRequest(recount, worktree, progress))
    for note in found.notes:
        say(f"feedback-loop: {visible(note)}")
    exit_code = 0 if found.is_sound else 1
    if format == OutputFormat.json:
        put_json(origin_fields(found.origin, found.recount) | {"exit_code": exit_code})
    else:
        put(render_origin(found.origin, found.recount))
    if exit_code:
        raise typer.Exit(exit_code)


def _explain_pattern(
    folder: str | None, name: str, format: str, color: ColorMode, finding: dict[str, Any] | None = None
) -> None:
    from feedback_loop.api.explain import explain as find_explanation
    from feedback_loop.api.patterns.failures import find_record as find_failure
    from feedback_loop.api.patterns.questions import pattern_document
    from feedback_loop.render.failures import failure_fields, render_failure

    workspace = open_workspace(folder)
    explanation = find_explanation(workspace, name)
    if explanation.pattern.name != name:
        say(f"{visible(name)} is superseded by {explanation.pattern.name}")
    record = _find_record(workspace, explanation.pattern.name)
    failure = find_failure(workspace, explanation.pattern)
    if format == OutputFormat.json:
        from feedback_loop.render.figure import record_fields
        from feedback_loop.render.report_json import detector_fields

        fields = {
            "pattern": pattern_document(explanation.pattern),
            "detectors": [detector_fields(facts) for facts in explanation.detectors],
            "record": record_fields(record),
        } | ({"failure": failure_fields(failure)} if failure else {})
        put_json(fields if finding is None else fields | {"finding": finding})
        return
    from feedback_loop.render.figure import render_record
    from feedback_loop.render.terminal import Page, render_explanation

    page = Page(shutil.get_terminal_size((100, 24)).columns, use_color(color))
    told = render_explanation(explanation, page)
    put(f"{told}\n{render_record(record)}" if record else told)
    if failure:
        put("\n" + render_failure(failure, events=True))


def _find_record(workspace: Workspace, name: str) -> Record | None:
    """The pattern's record; a history that cannot be read is said, and hides nothing else."""
    from feedback_loop.api.history.figures import find_record

    try:
        with progress_bar("reading history") as progress:
            return find_record(workspace, name, progress)
    except UserError as error:
        say(f"feedback-loop: no record: {visible(error.message)}")
        return None


def _explain_finding(folder: str | None, fingerprint: str, format: str, color: ColorMode) -> None:
    from feedback_loop.api.explain import find_finding
    from feedback_loop.render.findings_json import finding_fields
    from feedback_loop.render.text import Ink, finding_text

    with progress_bar("looking for it") as progress:
        finding, library = find_finding(open_workspace(folder), fingerprint.lower(), progress)
    if format == OutputFormat.text:
        put(finding_text(finding, Ink(use_color(color)), first=True))
    _explain_pattern(folder, finding.pattern, format, color, finding_fields(finding, library))
