"""`feedback-loop feedback …`: ratings of what prompts produced. Its commands hang themselves on the group."""

from __future__ import annotations

import typer

from feedback_loop.faces.cli.app import app

feedback = typer.Typer(
    help="Rate what a prompt produced, and learn from it.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(feedback, name="feedback")
