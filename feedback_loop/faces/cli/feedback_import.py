"""`feedback-loop feedback import`: ratings out of files of other programs, or of our own export."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.common import (
    Folder,
    Format,
    OutputFormat,
    open_workspace,
    put,
    put_json,
    read_source,
    say,
)
from feedback_loop.faces.cli.feedback import feedback

if TYPE_CHECKING:
    from feedback_loop.api.feedback.importing import ImportReport

_STDIN = "standard input"
_SHOWN = 20  # rejected rows


@feedback.command(name="import")
def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The ratings, seen from -C DIR; - is standard input.")
    ],
    source: Annotated[
        str,
        typer.Option("--from", metavar="KIND", help="auto, jsonl, csv, llm-logs or langfuse."),
    ] = "auto",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Which column holds a field; repeatable."),
    ] = None,
    rating: Annotated[
        str | None, typer.Option("--rating", metavar="N", help="1 to 5, for all that have none.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="ISO 8601, for all that have none.")
    ] = None,
    score_range: Annotated[
        str | None,
        typer.Option("--score-range", metavar="A:B", help="Numeric scores that mean 1 and 5, such as 0:1."),
    ] = None,
    categories: Annotated[
        list[str] | None,
        typer.Option("--category", metavar="NAME=RATING", help="What a category means; repeatable."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="One bad row: write nothing, exit 2.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be new, write nothing.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Import ratings from a file.

    The file is our own export, any JSON lines or CSV, logs of llm, or scores of Langfuse: its name (.csv,
    .jsonl, .ndjson) and its first row that is an object tell which, or --from does. Every rating has
    an id: its own, or one made of prompt, output and time. What is there already is left as it is, so the
    same file twice is the same as once. A row whose id is there with other stars, thumb or texts is
    rejected. Rejected rows go to stderr as FILE:ROW: REASON, the others are imported. Columns that
    nothing reads are named there too. Texts are masked and
    cut like those of `feedback capture`; imported text enters git history. The new ratings are one file
    (beyond 32 MiB several): commit it like any other change.

    \b
    jsonl     one object a line, of at most 1 MiB, with prompt, output, rating, timestamp and, if there are
              any, thumbs_up, tags, notes, context, feedback_id. Columns framework, model, task_type,
              techniques (a list, or a,b) and session_id go into a context that does not say them. Foreign
              names are given by --map, where context.KEY=COLUMN fills the context. ROW is the line.
    csv       the same with a header and tags a,b; the apostrophe that an export put before = + - @ goes.
              Empty columns without a name are overlooked.
    llm-logs  what `llm logs -n 0 --json` prints; it has no ratings: --rating N.
    langfuse  a downloaded trace, or traces and scores in one file, JSON or JSON lines. BOOLEAN is 5 or 1,
              NUMERIC needs --score-range, CATEGORICAL --category. ROW is the number of the score; of a line
              that cannot be read, the line.

    A row without a time is rejected unless --at gives one: always the same one, or the same row would be
    another rating the next time. Files have at most 256 MiB, JSON that is not lines 64 MiB.

    \b
    Exit codes: 0 imported, or there already; 2 something to mend (unreadable, every row rejected, --strict
    and a rejected row, an unknown option); 3 the disk says no.

    \b
    Examples:
      feedback-loop feedback import ratings.csv
      feedback-loop feedback import rated.jsonl --map prompt=question --map output=answer --map rating=stars
      llm logs -n 0 --json | feedback-loop feedback import - --rating 4
      feedback-loop feedback import trace.json --score-range 0:1 --category good=5 --category bad=1
    """
    from feedback_loop.api.feedback.import_request import ImportRequest
    from feedback_loop.api.feedback.importing import import_ratings
    from feedback_loop.domain.text import visible

    request = ImportRequest(
        source,
        tuple(columns or ()),
        rating,
        at,
        score_range,
        tuple(categories or ()),
        strict,
        dry_run,
    )
    workspace = open_workspace(folder)
    name, data = _read(file, folder)
    try:
        report = import_ratings(workspace, data, name, request)
    except UserError as error:
        if error.kind == "input":
            raise UserError(f"{visible(name)}: {error.message}", error.hint) from error
        raise
    _tell_import(report, name, format)
    raise typer.Exit(report.exit_code)


def _read(file: str, folder: str | None) -> tuple[str, bytes]:
    """The name of the file as it is told, and its bytes."""
    from feedback_loop.api.feedback.importing import SIZE_CAP

    if file != "-":
        return file, read_source(os.path.join(folder, file) if folder and file else file, SIZE_CAP)
    data = read_source("-", SIZE_CAP)
    if len(data) > SIZE_CAP:
        raise UserError(f"{_STDIN} holds more than {SIZE_CAP} bytes")
    return _STDIN, data


def _tell_import(report: ImportReport, name: str, format: OutputFormat) -> None:
    from feedback_loop.domain.text import counted, visible

    if format is OutputFormat.json:
        fields = {
            "format": report.kind,
            "imported": report.written,
            "known": report.known,
            "rejected": [one._asdict() for one in report.rejected],
            "unused": list(report.unused),
            "paths": list(report.paths),
            "dry_run": report.dry_run,
            "exit_code": report.exit_code,
        }
        put_json(fields)
        return
    for one in report.rejected[:_SHOWN]:
        say(visible(f"{name}:{one.row}: {one.reason}"))
    rest = len(report.rejected) - _SHOWN
    if rest > 0:
        say(f"feedback-loop: {counted(rest, 'more row')} rejected, --format json names all")
    if report.unused:
        more = len(report.unused) - _SHOWN
        names = ", ".join(report.unused[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        say(f"feedback-loop: columns not used: {visible(names)}")
    if report.failed:
        rows = counted(len(report.rejected), "row")
        say(f"feedback-loop: nothing imported, {rows} rejected ({report.kind})")
        return
    done = "would be imported" if report.dry_run else "imported"
    told = f"{report.known} known already, {len(report.rejected)} rejected ({report.kind})"
    put(f"{counted(report.written, 'rating')} {done}, {told}")
    for path in report.paths:
        put(f"  {visible(path)}")
