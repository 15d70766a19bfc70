"""`feedback-loop search`: which patterns a task calls for."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from feedback_loop.domain.text import visible
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
def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY…", help="What is to be done, in words.")],
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", help="How many at most. [default: 5]")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="L", help="Only what fits this language.")
    ] = None,
    framework: Annotated[
        str | None, typer.Option("--framework", metavar="F", help="Only what fits this framework.")
    ] = None,
    tag: Annotated[str | None, typer.Option("--tag", metavar="T", help="Only what has this tag.")] = None,
    min_relevance: Annotated[
        float | None,
        typer.Option("--min-relevance", metavar="0..1", help="Only what is so relevant. [default: 0]"),
    ] = None,
    proposed: Annotated[bool, typer.Option("--proposed", help="Proposed patterns, too.")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="Archived patterns, too.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Tell the tokens that met, and ranks.")] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Find the patterns that a task calls for, the most likely first.

    Searched are names, titles, tags, prose, guidance and examples; words meet across their forms, and
    identifiers by their parts. Relevance is how likely a pattern is the right one; below 60 %, or behind the
    first of all, it is marked weak. A pattern that names no languages or frameworks fits all. Defaults come
    from search.limit and search.min-relevance in the settings.

    \b
    Exit codes: 0 searched, also when nothing is found; 2 a blank query, a limit below 1, a relevance
    outside of 0 to 1.

    \b
    Examples:
      feedback-loop search "return numpy arrays from an endpoint"
      feedback-loop search upload --framework fastapi --explain
    """
    from feedback_loop.api.search import open_search
    from feedback_loop.api.search.search import find
    from feedback_loop.domain.search import Query
    from feedback_loop.render.search import found_fields, render_found

    states = ("active", *(["proposed"] * proposed), *(["archived"] * archived))
    opened = open_search(open_workspace(folder))
    usual = opened.settings
    most = usual.search_limit if limit is None else limit
    least = usual.search_min_relevance if min_relevance is None else min_relevance
    found = find(opened, Query(" ".join(query), most, language, framework, tag, least, states))
    for note in found.notes:
        say(f"feedback-loop: {visible(note)}")
    if not found.hits:
        say("feedback-loop: nothing found")
    if format is OutputFormat.json:
        put_json(found_fields(found, explain=explain))
    elif found.hits:
        width = shutil.get_terminal_size((100, 24)).columns
        put(render_found(found, explain=explain, width=width, color=use_color(color)))
