"""`feedback-loop scan`: the lines that the next commit adds, checked."""

from __future__ import annotations

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
    say,
    use_color,
)

if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import ScanResult

_BUILT_IN = "the built-in library"


class FailOn(StrEnum):
    """The lowest level that makes the answer no."""

    block = "block"
    warn = "warn"
    hint = "hint"
    never = "never"


@app.command()
def scan(
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit 1 from this level on. [default: as set, else block]"),
    ] = None,
    hints: Annotated[bool, typer.Option("--hints", help="Show hints too; JSON always has them.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 in spite of findings.")] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Say nothing when there is nothing to mend.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Check the lines that the next commit adds.

    What is checked is what `git commit` would take: the staged text, not the files on disk. Only
    mistakes on added lines count. Nothing is changed.

    \b
    Exit codes: 0 clean, 1 findings (--fail-on), 2 the settings or a pattern are broken.

    \b
    Examples:
      feedback-loop scan
      feedback-loop scan --hints --fail-on warn
      feedback-loop scan --format json > findings.json
    """
    from feedback_loop.api.scan import scan_staged

    result, library = scan_staged(open_workspace(folder))
    if fail_on is not None:
        library.fail_on = fail_on.value
    if not quiet and library.source == _BUILT_IN:
        say(f"no {library.folder}/ here: using {_BUILT_IN} ({library.patterns} patterns)")
    if not result.changes and not quiet:
        say("feedback-loop: nothing staged, so nothing was checked; `git add` what you want to commit")
    code = _exit_code(result, library, exit_zero)
    if format is OutputFormat.json:
        from feedback_loop.render.findings_json import render_findings

        put(render_findings(result, library, mode="staged", exit_code=code))
    else:
        _put_text(result, library, hints=hints, quiet=quiet, color=use_color(color))
    raise typer.Exit(code)


def _put_text(result: ScanResult, library: CompiledLibrary, *, hints: bool, quiet: bool, color: bool) -> None:
    from feedback_loop.render.text import render_scan

    hints = hints or library.fail_on == "hint"  # what fails the run must be seen
    broken = library.problems or library.disabled or result.not_checked
    shown = result.findings if hints else result.at_least("warn")
    if broken or shown or (result.changes and not quiet):
        put(render_scan(result, library, color=color, hints=hints))


def _exit_code(result: ScanResult, library: CompiledLibrary, exit_zero: bool) -> int:
    from feedback_loop.faces.hook_commands import in_ci

    code = result.exit_code(library, closed=True)
    if code == 1 and exit_zero:
        return 2 if library.problems or library.disabled else 0
    # Nothing to check is fine at a desk; in CI it is a check that checks nothing (PC-7).
    return code or (2 if not result.changes and in_ci() else 0)
