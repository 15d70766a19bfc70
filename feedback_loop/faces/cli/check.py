"""`feedback-loop check`: the one question CI asks about the library itself."""

from __future__ import annotations

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
    use_color,
)


@app.command()
def check(
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Check that settings, patterns, examples and plans are in order.

    The settings hold only known keys, every pattern can be read, the detectors find each bad example and
    no good one, and no claim of a plan is lost to a typing error. Every problem is named with its file.
    `scan` checks code; this checks what `scan` relies on, so run both in CI.

    \b
    Exit codes: 0 all in order, 1 not.

    \b
    Examples:
      feedback-loop check
      feedback-loop check --format json
    """
    from feedback_loop.api.patterns.questions import check as run_check

    steps = run_check(open_workspace(folder))
    if format is OutputFormat.json:
        from feedback_loop.render.report_json import check_fields

        put_json(check_fields(steps))
    else:
        from feedback_loop.render.verdict import render_check

        put(render_check(steps, color=use_color(color)))
    if not all(step.ok for step in steps):
        raise typer.Exit(1)
