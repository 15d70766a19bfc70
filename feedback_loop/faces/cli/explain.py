"""`feedback-loop explain`: why a pattern is there, what it finds, what to do instead."""

from __future__ import annotations

import shutil
from typing import Annotated

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


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A pattern, or a name it supersedes.")],
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Explain a pattern: why, what is found, what to do instead.

    Levels and scope are those of this repository, its settings applied.

    \b
    Example:
      feedback-loop explain specific_exceptions
    """
    from feedback_loop.api.explain import explain as find_explanation
    from feedback_loop.api.patterns.questions import pattern_document
    from feedback_loop.domain.text import visible

    explanation = find_explanation(open_workspace(folder), name)
    if explanation.pattern.name != name:
        say(f"{visible(name)} is superseded by {explanation.pattern.name}")
    if format is OutputFormat.json:
        from feedback_loop.render.report_json import detector_fields

        detectors = [detector_fields(facts) for facts in explanation.detectors]
        put_json({"pattern": pattern_document(explanation.pattern), "detectors": detectors})
        return
    from feedback_loop.render.terminal import Page, render_explanation

    page = Page(shutil.get_terminal_size((100, 24)).columns, use_color(color))
    put(render_explanation(explanation, page))
