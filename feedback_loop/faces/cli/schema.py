"""`feedback-loop schema`: the JSON schemas of our files."""

from __future__ import annotations

from typing import Annotated

import typer

from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Color, ColorMode, Folder, Format, OutputFormat, put, put_json


@app.command()
def schema(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="pattern, settings, findings, plan, event, retro; without it the list."
        ),
    ] = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Print a JSON schema (draft 2020-12), or list them.

    A schema is the same in every repository and in every format: -C, --format and --color are taken
    for the sake of scripts.

    \b
    Examples:
      feedback-loop schema
      feedback-loop schema pattern > pattern.schema.json
    """
    from feedback_loop.api.schema import list_schemas, read_schema

    if name is not None:
        put(read_schema(name))
        return
    known = list_schemas()
    if format is OutputFormat.json:
        put_json([{"name": one, "title": title} for one, title in known])
    else:
        put("\n".join(f"{one:<10} {title}" for one, title in known))
