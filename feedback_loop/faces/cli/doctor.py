"""`feedback-loop doctor`: is everything healthy here, and if not, what to do."""

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
def doctor(
    folder: Folder = None, color: Color = ColorMode.auto, output_format: Format = OutputFormat.text
) -> None:
    """Examine this repository: settings, patterns, detectors, hooks, the last hook runs.

    Each problem is told with its cure. Exit 0 if all is well, 1 if there are problems.

    Example: feedback-loop doctor --format json
    """
    from feedback_loop.api.doctor import diagnose
    from feedback_loop.render.diagnosis import diagnosis_fields, render_diagnosis

    diagnosis = diagnose(open_workspace(folder))
    if output_format is OutputFormat.json:
        put_json(diagnosis_fields(diagnosis))
    else:
        put(render_diagnosis(diagnosis, color=use_color(color)))
    raise typer.Exit(0 if diagnosis.healthy else 1)
