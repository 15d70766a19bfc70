"""`feedback-loop feedback suggest`: what to try in prompts, learnt from ratings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.common import (
    Folder,
    Format,
    OutputFormat,
    open_workspace,
    put,
    put_json,
    say,
    say_troubles,
)
from feedback_loop.faces.cli.feedback import feedback


class SuggestProvider(StrEnum):
    """Who writes the suggestions."""

    rules = "rules"
    command = "command"
    openai = "openai"
    anthropic = "anthropic"


@feedback.command()
def suggest(
    framework: Annotated[
        str | None, typer.Option("--framework", metavar="NAME", help="Only ratings of this framework.")
    ] = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help="Ratings of the last N days.")] = 7,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Suggestions at most.")] = 5,
    provider: Annotated[
        SuggestProvider | None,
        typer.Option("--provider", help="Who writes them. [default: your settings', else rules]"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what a provider would be sent; send nothing.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Suggest what to try in prompts.

    Each has a technique, the reasoning and an example. By rules it is a difference between successes and
    failures that is large and no accident, its counts, and a real prompt of this repository that succeeded.
    The list is never padded: mostly it is short, and an empty one is an answer.

    A provider of your own settings (docs/providers.md) is sent figures alone: counts, rates, tags, flags,
    single words. No prompt, output or note leaves. Where it gives no well-formed answer, the rules do, and
    stderr says so.

    \b
    Exit codes: 0 done, 1 fewer than three ratings, 2 something to mend (--days 0, --dry-run for a provider
    that is not set up).

    \b
    Examples:
      feedback-loop feedback suggest
      feedback-loop feedback suggest --framework chain-of-thought --limit 3
      feedback-loop feedback suggest --days 30 --format json
      feedback-loop feedback suggest --provider command --dry-run
    """
    from feedback_loop.api.feedback.database import FeedbackDatabase
    from feedback_loop.api.feedback.suggesting import SuggestRequest, preview_suggesting, suggest_for
    from feedback_loop.domain.text import visible

    if framework == "":
        raise UserError("--framework: an empty value", "leave it out, or fill it in", kind="usage")
    request = SuggestRequest(framework or "", days, limit, provider.value if provider else None)
    database = FeedbackDatabase(open_workspace(folder).root)
    try:
        if dry_run:
            put(preview_suggesting(database, request))
            return
        found = suggest_for(database, request)
    finally:  # too few may be so because some could not be read
        say_troubles(database)
    if found.note:
        say(f"feedback-loop: {visible(found.note)}")
    if format is OutputFormat.json:
        put_json([one._asdict() for one in found.suggestions])
        return
    from feedback_loop.render.feedback_suggest import render_suggestions

    put(render_suggestions(found.suggestions, found.total, found.source))
