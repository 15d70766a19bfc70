"""`feedback-loop smoke ingest` and `feedback-loop classify`: what failed in a run of generated code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.collect import read_files
from feedback_loop.faces.cli.common import Folder, Format, OutputFormat, open_workspace, put, put_json, say

if TYPE_CHECKING:
    from feedback_loop.api.smoke.ingest import IngestOptions

smoke = typer.Typer(
    help="Runs of generated code: what failed becomes known.", rich_markup_mode=None, no_args_is_help=True
)
app.add_typer(smoke, name="smoke")

_KINDS = "auto, junit, reportlog, schemathesis, violations or text"
Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Reports; - is standard input. .gz, .bz2, .xz are unpacked."),
]
Input = Annotated[str, typer.Option("--input", metavar="KIND", help=f"What they are: {_KINDS}.")]
Model = Annotated[
    str | None,
    typer.Option("--ir", metavar="FILE", help="OpenAPI as JSON, or ir.json. [default: setting classify.ir]"),
]


@smoke.callback()
def group() -> None:
    """Runs of generated code: what failed becomes known."""


@smoke.command()
def ingest(
    files: Files,
    input: Input = "auto",
    ir: Model = None,
    generation: Annotated[
        str | None,
        typer.Option(
            "--generation", metavar="ID", help="The generation whose code ran, 1 to 200 printable characters."
        ),
    ] = None,
    manifest: Annotated[
        str | None, typer.Option("--manifest", metavar="FILE", help="What that generation wrote, as JSON.")
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="ID",
            help="The run, 1 to 200 printable characters. "
            "[default: the report's own, else a hash of the file]",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When it ran, ISO 8601. [default: as the report says]"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be new, write nothing.")
    ] = False,
    fail_on_new: Annotated[
        bool, typer.Option("--fail-on-new", help="Exit 1 if there is a failure that nobody knew.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the evidence of each.")] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Take in the failures of a run: each becomes an event, once, and one that is unknown a candidate, too.

    A candidate is a proposal in patterns/proposed/: the next prompt for that entity or endpoint warns of it
    if a rule of the tool knows the failure, and of any that a person has accepted. What failed before and was
    archived comes back. Report log and JUnit XML of one call of pytest are one run. The same file again adds
    nothing; one that `feedback-loop collect` took in before
    adds only candidates and what was executed. One ingest makes at most 50 candidates: what is left becomes
    one when a later run shows it again. With --generation it is noted which of the known failures the
    code could have shown and did not. Reports of other kinds are for `collect`.

    \b
    Exit codes: 0 ingested, whatever failed in it, 1 with --fail-on-new: a failure is new or
    its candidate cannot be written, 2 a file is
    unreadable or unknown (the others are ingested all the same), 3 another such command is at work, or the
    disk says no.

    \b
    Examples:
      feedback-loop smoke ingest junit.xml
      feedback-loop smoke ingest events.ndjson --ir openapi.json --generation g7 --manifest manifest.json
      docker logs app 2>&1 | feedback-loop smoke ingest - --input text --fail-on-new
    """
    from feedback_loop.api.smoke.ingest import IngestOptions, manifest_file

    wrote = None if manifest is None else manifest_file(_placed(manifest, folder))
    options = IngestOptions(input, _model(ir, folder), generation, wrote, run, at, dry_run)
    raise typer.Exit(_ingest(files, options, folder, format, explain, fail_on_new))


@app.command()
def classify(
    files: Files,
    input: Input = "auto",
    ir: Model = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Show what the failures in the files are classified as, and by what evidence; nothing is written.

    \b
    Exit codes: 0 shown, 2 a file is unreadable or unknown (the others are shown all the same).

    \b
    Examples:
      feedback-loop classify junit.xml
      python app.py 2>&1 | feedback-loop classify - --input text
    """
    from feedback_loop.api.smoke.ingest import IngestOptions

    options = IngestOptions(input, _model(ir, folder), dry_run=True)
    raise typer.Exit(_ingest(files, options, folder, format, True, False))


def _ingest(
    files: list[str],
    options: IngestOptions,
    folder: str | None,
    format: OutputFormat,
    explain: bool,
    fail_on_new: bool,
) -> int:
    from feedback_loop.api.smoke.ingest import ingest_reports
    from feedback_loop.domain.text import visible
    from feedback_loop.render.smoke import ingested_fields, render_ingested

    if files.count("-") > 1:
        raise UserError("standard input can be read once only: - is given twice", kind="usage")
    found = ingest_reports(open_workspace(folder), read_files(files, folder), options)
    code = found.exit_code(fail_on_new)
    if format is OutputFormat.json:
        put_json(ingested_fields(found, code))
    else:
        put(render_ingested(found, explain))
    for note in found.notes:
        say(f"feedback-loop: {visible(note)}")
    return code


def _model(path: str | None, folder: str | None) -> str | None:
    return None if path is None else _placed(path, folder)


def _placed(path: str, folder: str | None) -> str:
    """As the other files: below the folder that the command works in."""
    return os.path.join(folder, path) if folder and path else path
