"""`feedback-loop pattern log`: the versions of a pattern."""

from __future__ import annotations

from typing import Annotated

import typer

from feedback_loop.faces.cli.common import Folder, Format, OutputFormat, open_workspace, put, put_json
from feedback_loop.faces.cli.pattern import pattern


@pattern.command()
def log(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The pattern, also one that is gone.")],
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """List the versions of a pattern, each with the commit that brought it.

    A new version is a change of meaning: severity, detectors, examples. Moves to the archive and back are
    listed as well. `feedback-loop effect NAME --by version` compares the versions.

    \b
    Exit codes: 0, 2 no such pattern.

    \b
    Examples:
      feedback-loop pattern log specific_exceptions
      feedback-loop pattern log specific_exceptions --format json
    """
    from feedback_loop.api.patterns.log import pattern_log
    from feedback_loop.render.pattern_log import log_fields, render_log

    found = pattern_log(open_workspace(folder), name)
    if format is OutputFormat.json:
        put_json(log_fields(found))
    else:
        put(render_log(found))
