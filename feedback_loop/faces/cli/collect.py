"""`feedback-loop collect`: other tools' reports, and the spool, into the event store."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Folder, Format, OutputFormat, open_workspace, put, put_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.api.collect.reports import CollectOptions
    from feedback_loop.workspace import Workspace

_STDIN = "standard input"
_KINDS = (
    "auto, junit, reportlog, schemathesis, violations, sarif, reviews, metrics, traceback, issues, "
    "deployments or benchmark"
)


@app.command()
def collect(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Reports; - is standard input. .gz, .bz2, .xz are unpacked."),
    ] = None,
    input: Annotated[str, typer.Option("--input", metavar="KIND", help=f"What they are: {_KINDS}.")] = "auto",
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="ID",
            help="The run they tell of, 1 to 200 printable characters. "
            "[default: the report's own, else a hash of the file]",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="When what the reports give no time for happened, ISO 8601. [default: the time of HEAD]",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be new, write nothing.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if an entry was rejected.")] = False,
    metrics_file: Annotated[
        str | None,
        typer.Option("--metrics-file", metavar="FILE", help="Take in this JSON export of metrics."),
    ] = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Take other tools' reports into the event store; without FILE, what hooks and test runs left.

    Every failure becomes an event, once: the same file again, or another that tells of the same run, adds
    nothing. A pattern is recognised by a name that the report gives, by the rule of the tool, or by the
    traceback; never by words. Without FILE the spool is moved into the store: commit the result like any
    other change.

    For a run of generated code use `feedback-loop smoke ingest FILE`: it writes the same events, and makes
    a candidate of each failure that no pattern knows, so that the next prompt can warn of it.

    \b
    Exit codes: 0 collected, 1 with --strict: an entry was rejected, 2 a file is unreadable or unknown (the
    others are collected all the same), 3 another such command is at work, or the disk says no.

    \b
    Examples:
      feedback-loop collect
      feedback-loop collect report.xml lint.sarif
      gh api repos/OWNER/REPO/pulls/comments --paginate | feedback-loop collect - --input reviews
      feedback-loop collect --metrics-file metrics.json
    """
    if metrics_file is not None and (files or input != "auto"):
        raise UserError("--metrics-file stands alone: without FILE and --input", kind="usage")
    names = [metrics_file] if metrics_file is not None else files or []
    workspace = open_workspace(folder)
    if names:
        from feedback_loop.api.collect.reports import CollectOptions

        kind = input if metrics_file is None else "metrics"
        code = _reports(workspace, folder, names, CollectOptions(kind, run, at, dry_run), strict, format)
    else:
        given = {"--run": run, "--at": at, "--dry-run": dry_run, "--strict": strict}
        given |= {"--input": input != "auto"}
        for option, value in given.items():
            if value:
                raise UserError(f"{option} is about a FILE, and none is named", kind="usage")
        code = _spool(workspace, format)
    raise typer.Exit(code)


def _reports(
    workspace: Workspace,
    folder: str | None,
    names: list[str],
    options: CollectOptions,
    strict: bool,
    format: OutputFormat,
) -> int:
    from feedback_loop.api.collect.reports import collect_reports
    from feedback_loop.domain.text import visible
    from feedback_loop.render.collect import collected_fields, render_collected

    found = collect_reports(workspace, read_files(names, folder), options)
    code = found.exit_code(strict)
    if format is OutputFormat.json:
        put_json(collected_fields(found, code))
    else:
        put(render_collected(found))
    for note in found.notes:
        say(f"feedback-loop: {visible(note)}")
    return code


def read_files(names: list[str], folder: str | None) -> Iterator[tuple[str, bytes | UserError]]:
    """Name and bytes of each file, one in memory at a time; the error instead of one that is unreadable."""
    from feedback_loop.api.report_files import SIZE_CAP, read_report_file

    for name in names:
        if name == "-":
            data = sys.stdin.buffer.read(SIZE_CAP + 1)
            too_large = UserError(f"{_STDIN} holds more than {SIZE_CAP} bytes")
            yield _STDIN, too_large if len(data) > SIZE_CAP else data
            continue
        try:
            yield name, read_report_file(os.path.join(folder, name) if folder and name else name)
        except UserError as error:
            yield name, error


def _spool(workspace: Workspace, format: OutputFormat) -> int:
    from feedback_loop.api.collect.reports import collect_spool
    from feedback_loop.render.collect import render_spool, spool_fields

    found = collect_spool(workspace)
    code = found.exit_code
    if format is OutputFormat.json:
        put_json(spool_fields(found, code))
    else:
        put(render_spool(found))
    return code
