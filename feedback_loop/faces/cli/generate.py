"""`feedback-loop generate`: code that applies the patterns that fit, checked like everybody's."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import (
    Folder,
    Format,
    OutputFormat,
    open_workspace,
    put,
    put_json,
    say,
)

if TYPE_CHECKING:
    from feedback_loop.api.generation.output import Target
    from feedback_loop.api.generation.request import Request
    from feedback_loop.domain.generation import Generated
    from feedback_loop.workspace import Workspace

_BYTES = 1 << 20  # of standard input: whatever has more cannot be a prompt


class ProviderName(StrEnum):
    """Who writes the code."""

    offline = "offline"
    command = "command"
    openai = "openai"
    anthropic = "anthropic"


@app.command()
def generate(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="What the code is to do; - reads standard input.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="FILE", help="Write FILE and FILE.meta.json; - is stdout."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    no_apply: Annotated[
        bool, typer.Option("--no-apply", help="List the patterns that fit and write nothing.")
    ] = False,
    min_confidence: Annotated[
        float, typer.Option("--min-confidence", metavar="SHARE", help="Apply from here on, 0 to 1.")
    ] = 0.8,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="FILE", help="Apply what this plan lists.")
    ] = None,
    provider: Annotated[
        ProviderName | None,
        typer.Option("--provider", help="Who writes it. [default: your settings', else offline]"),
    ] = None,
    no_fallback: Annotated[
        bool, typer.Option("--no-fallback", help="A provider that fails is an error.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what a provider would be sent; send nothing.")
    ] = False,
    run_tests: Annotated[
        bool, typer.Option("--run-tests", help="Run the applied patterns' tests on the code.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 for a scaffold or too little confidence.")
    ] = False,
    record: Annotated[bool, typer.Option("--record", help="Write a generation event.")] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Write code for a prompt that applies the patterns that fit it.

    Offline the code is composed of the patterns' own examples; what the tool does not have is
    NotImplementedError and called a scaffold. Whoever writes it, the code must compile, use no undefined
    name and please every detector of the library. It goes to stdout, the report to stderr. A provider is
    sent the prompt and the patterns that fit, secrets masked; nothing else of the repository.

    \b
    Exit codes: 0 written, 1 nothing that passes could be made (--strict: or a scaffold, or confidence below
    --min-confidence), 2 something to mend (an empty prompt, FILE exists, a provider that is not set up).

    \b
    Examples:
      feedback-loop generate "Process NumPy array and return JSON"
      feedback-loop generate "Create FastAPI endpoint for file upload" --output app/upload.py
      feedback-loop generate - --no-apply < task.txt
      feedback-loop generate "Parse the export" --provider command --dry-run
    """
    from feedback_loop.api.generation.asked import generate_for
    from feedback_loop.api.generation.request import Request, check_request

    request = Request(
        _read_prompt(prompt),
        min_confidence=min_confidence,
        provider="offline" if no_apply else _provider(provider),
        fallback=not no_fallback,
        run_tests=run_tests,
    )
    check_request(request)
    plan_path = None if plan is None else os.path.abspath(os.path.join(folder or ".", plan))
    if output == "":
        raise UserError("--output: an empty value", "leave it out, or fill it in", kind="usage")
    workspace = open_workspace(folder)
    target = None if output in (None, "-") or no_apply else _target(workspace, folder, output, force)
    if no_apply:
        _list(workspace, request, plan_path, format)
        return
    if dry_run:
        _preview(workspace, request, plan_path)
        return
    made = generate_for(workspace, request, plan_path)
    _write(made, target, format)
    if record:
        from feedback_loop.api.generation.asked import record_generation

        done = record_generation(workspace, made)
        say(f"feedback-loop: recorded {done.event.id[:16]}")
    too_little = made.scaffold or made.confidence.value < min_confidence
    raise typer.Exit(1 if not made.code or (strict and too_little) else 0)


def _read_prompt(given: str) -> str:
    """The prompt as text. Raises UserError for bytes that are no UTF-8, and for far too many of them."""
    data = sys.stdin.buffer.read(_BYTES + 1) if given == "-" else os.fsencode(given)
    if len(data) > _BYTES:
        raise UserError(f"standard input has more than {_BYTES} bytes: no prompt is as long", kind="usage")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UserError("the prompt is not UTF-8", kind="usage") from None


def _provider(named: ProviderName | None) -> str:
    """Who writes it: the one that is named, else the one of the user's own settings."""
    from feedback_loop.api.asking import default_provider

    return named.value if named else default_provider()


def _target(workspace: Workspace, folder: str | None, output: str, force: bool) -> Target:
    """Where to write. Raises UserError, before any work is done, if that cannot be."""
    from feedback_loop.api.generation.output import find_target

    return find_target(workspace, folder or ".", output, force)


def _list(workspace: Workspace, request: Request, plan: str | None, format: OutputFormat) -> None:
    """The patterns that fit, nothing else: no code was asked for."""
    from feedback_loop.api.generation.asked import matches_for
    from feedback_loop.render.generation import match_fields, render_matches

    found, notes = matches_for(workspace, request, plan)
    if format is OutputFormat.json:
        put_json(match_fields(found, notes))
        return
    _say_notes(notes)
    put(render_matches(found))


def _preview(workspace: Workspace, request: Request, plan: str | None) -> None:
    """What a provider would be sent, to stdout."""
    from feedback_loop.api.generation.asked import preview

    text, notes = preview(workspace, request, plan)
    _say_notes(notes)
    put(text)


def _say_notes(notes: Sequence[str]) -> None:
    from feedback_loop.render.generation import render_notes

    if notes:
        say(render_notes(notes).rstrip("\n"))


def _write(made: Generated, target: Target | None, format: OutputFormat) -> None:
    """Code to the file or stdout, the report to stderr; as JSON everything in one document.

    What could not be written to its file goes to stdout, so that nothing is lost, and the error is raised.
    """
    from feedback_loop.render.generation import generation_fields, render_generation

    fault = _write_files(made, target) if made.code and target is not None else None
    if format is OutputFormat.json:
        fields = generation_fields(made) | {"code": made.code, "report": render_generation(made)}
        if fault is None:
            put_json(fields)
            return
        error = {"kind": fault.kind, "message": fault.message, "hint": fault.hint}
        put_json(fields | {"error": error, "exit_code": fault.exit_code})
        raise typer.Exit(fault.exit_code)
    say(render_generation(made).rstrip("\n"))
    if made.code and (target is None or fault is not None):
        put(made.code)
    if fault is not None:
        raise fault


def _write_files(made: Generated, target: Target) -> UserError | None:
    """Write the code and its account; what went wrong, if anything did."""
    from feedback_loop.api.generation.output import write_target
    from feedback_loop.domain.text import path_text
    from feedback_loop.render.generation import generation_fields, json_of

    try:
        write_target(target, made.code, json_of(generation_fields(made)))
    except UserError as error:
        return error
    say(f"feedback-loop: wrote {path_text(os.fsencode(target.code))}")
    return None
