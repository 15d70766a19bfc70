"""`feedback-loop demo`."""

from __future__ import annotations

import shutil
import tempfile
from typing import Annotated

import typer

from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Color, ColorMode, put, say, use_color


@app.command(epilog="Example: feedback-loop demo --keep")
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the repository for you to explore.")] = False,
    color: Color = ColorMode.auto,
) -> None:
    """Live through the loop in a throwaway repository: a lesson, a mistake, the blocked commit, the fix."""
    from feedback_loop.api.demo import run_demo
    from feedback_loop.render.demo import render_step

    folder = tempfile.mkdtemp(prefix="feedback-loop-demo-")
    width = shutil.get_terminal_size((100, 24)).columns
    try:
        for number, step in enumerate(run_demo(folder, use_color(color)), 1):
            put(render_step(number, step, color=use_color(color), width=width))
        if keep:
            say(f"The repository is yours: {folder}")
        else:
            say("The repository is gone again; --keep leaves it. In your own: feedback-loop init")
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
