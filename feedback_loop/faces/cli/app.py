"""The typer application, to which each command module hangs itself up."""

from __future__ import annotations

from typing import Annotated

import typer

from feedback_loop import __version__

# rich_markup_mode=None halves the time of --help; typer's own tracebacks would hide ours.
app = typer.Typer(
    name="feedback-loop",
    help="Lessons your team learned once, checked on the lines every commit adds.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"feedback-loop {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Lessons your team learned once, checked on the lines every commit adds."""
