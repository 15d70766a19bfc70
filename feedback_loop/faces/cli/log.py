"""`feedback-loop log …`: one event by hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedback_loop.errors import InputError, UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Folder, Format, OutputFormat, open_workspace, put, put_json, say

if TYPE_CHECKING:
    from feedback_loop.api.events import Recorded

log = typer.Typer(
    help="Record one event: bug, test-failure, review, performance, deployment, generation.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(log, name="log")

_INPUT_CAP = 1 << 20
_OPTIONS = {"file_path": "--file"}

Pattern = Annotated[str, typer.Option("--pattern", metavar="NAME", help="The pattern it is evidence for.")]
File = Annotated[str, typer.Option("--file", metavar="PATH", help="The file it happened in.")]
Issue = Annotated[str, typer.Option("--issue-type", metavar="TEXT", help="What kind of issue it is.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="When it happened, ISO 8601. [default: now]")
]


class Severity(StrEnum):
    """How bad the mistake is."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


@log.command()
def bug(
    pattern: Pattern,
    error: Annotated[str, typer.Option("--error", metavar="TEXT", help="The message; may be empty.")],
    code: Annotated[str, typer.Option("--code", metavar="TEXT", help="The code at fault; may be empty.")],
    file: File,
    line: Annotated[int, typer.Option("--line", metavar="N", help="The line, 0 if unknown.")],
    stack_trace: Annotated[
        str | None, typer.Option("--stack-trace", metavar="TEXT", help="The trace; - reads standard input.")
    ] = None,
    at: At = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Record a bug.

    The event is one small file below .feedback-loop/events/, for you to commit. Secrets are masked, home
    folders and the values of local variables taken out before it is written. Printed are id and path.

    \b
    Exit codes: 0 recorded (or it was already), 2 an option is missing, blank or wrong, 3 the disk says no.

    \b
    Examples:
      feedback-loop log bug --pattern bounds_checking --error "IndexError: list index out of range" \\
        --code "first = items[0]" --file api/views.py --line 41
      python app.py 2>&1 | feedback-loop log bug --pattern bounds_checking --error IndexError --code "" \\
        --file app.py --line 0 --stack-trace -
    """
    data = {"error": error, "code": code, "file_path": file, "line": line, "stack_trace": _text(stack_trace)}
    _record("bug", data, [pattern], at, folder, format)


@log.command("test-failure")
def test_failure(
    test_name: Annotated[str, typer.Option("--test-name", metavar="TEXT", help="The test.")],
    failure_reason: Annotated[
        str, typer.Option("--failure-reason", metavar="TEXT", help="Why it failed; may be empty.")
    ],
    pattern_violated: Annotated[
        str | None, typer.Option("--pattern-violated", metavar="NAME", help="The pattern it is evidence for.")
    ] = None,
    code_snippet: Annotated[
        str | None, typer.Option("--code-snippet", metavar="TEXT", help="The code at fault.")
    ] = None,
    at: At = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Record a test that failed.

    \b
    Exit codes: 0 recorded (or it was already), 2 an option is missing, blank or wrong, 3 the disk says no.

    \b
    Examples:
      feedback-loop log test-failure --test-name tests/test_a.py::test_x --failure-reason "IndexError" \\
        --pattern-violated bounds_checking
    """
    data = {"test_name": test_name, "failure_reason": failure_reason, "code_snippet": code_snippet}
    patterns = [] if pattern_violated is None else [pattern_violated]
    _record("test_failure", data, patterns, at, folder, format, "--pattern-violated")


@log.command()
def review(
    issue_type: Issue,
    pattern: Pattern,
    severity: Annotated[Severity, typer.Option("--severity", case_sensitive=False, help="How bad it is.")],
    file: File,
    line: Annotated[int | None, typer.Option("--line", metavar="N", help="The line.")] = None,
    suggestion: Annotated[
        str | None, typer.Option("--suggestion", metavar="TEXT", help="What to do instead.")
    ] = None,
    at: At = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Record what a reviewer found.

    \b
    Exit codes: 0 recorded (or it was already), 2 an option is missing, blank or wrong, 3 the disk says no.

    \b
    Examples:
      feedback-loop log review --issue-type error-handling --pattern specific_exceptions --severity high \\
        --file api/views.py --line 41 --suggestion "name the exception"
    """
    data = {"issue_type": issue_type, "severity": severity.value, "file_path": file, "line": line}
    _record("review", {**data, "suggestion": suggestion}, [pattern], at, folder, format)


@log.command()
def performance(
    metric_type: Annotated[str, typer.Option("--metric-type", metavar="TEXT", help="What was measured.")],
    details: Annotated[str, typer.Option("--details", metavar="JSON", help="A JSON object.")],
    at: At = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Record a measurement.

    \b
    Exit codes: 0 recorded (or it was already), 2 an option is missing, blank or wrong, 3 the disk says no.

    \b
    Examples:
      feedback-loop log performance --metric-type upload --details '{"seconds": 41, "megabytes": 800}'
    """
    given = {"metric_type": metric_type, "details": details}
    _record("performance", given, [], at, folder, format)


@log.command()
def deployment(
    issue_type: Issue,
    pattern: Pattern,
    environment: Annotated[str, typer.Option("--environment", metavar="TEXT", help="Where.")],
    root_cause: Annotated[
        str | None, typer.Option("--root-cause", metavar="TEXT", help="Why it happened.")
    ] = None,
    resolution_time_minutes: Annotated[
        float | None, typer.Option("--resolution-time-minutes", metavar="N", help="How long it took.")
    ] = None,
    at: At = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Record a deployment that went wrong.

    \b
    Exit codes: 0 recorded (or it was already), 2 an option is missing, blank or wrong, 3 the disk says no.

    \b
    Examples:
      feedback-loop log deployment --issue-type out-of-memory --pattern large_file_processing \\
        --environment production --root-cause "whole upload read" --resolution-time-minutes 45
    """
    data = {"issue_type": issue_type, "environment": environment, "root_cause": root_cause}
    given = {**data, "resolution_time_minutes": resolution_time_minutes}
    _record("deployment", given, [pattern], at, folder, format)


@log.command()
def generation(
    prompt: Annotated[str, typer.Option("--prompt", metavar="TEXT", help="200 characters are kept.")],
    confidence: Annotated[float, typer.Option("--confidence", metavar="0..1", help="How sure it was.")],
    success: Annotated[bool, typer.Option("--success/--no-success", help="Whether the code worked.")],
    patterns_applied: Annotated[
        list[str] | None,
        typer.Option("--patterns-applied", metavar="NAME", help="A pattern it applied; may be repeated."),
    ] = None,
    code_length: Annotated[
        int | None, typer.Option("--code-length", metavar="N", help="Characters of code.")
    ] = None,
    compilation_error: Annotated[
        str | None, typer.Option("--compilation-error", metavar="TEXT", help="Why it did not compile.")
    ] = None,
    metadata: Annotated[str | None, typer.Option("--metadata", metavar="JSON", help="A JSON object.")] = None,
    at: At = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Record generated code.

    \b
    Exit codes: 0 recorded (or it was already), 2 an option is missing, blank or wrong, 3 the disk says no.

    \b
    Examples:
      feedback-loop log generation --prompt "upload endpoint" --patterns-applied fastapi_streaming_uploads \\
        --confidence 0.9 --success
    """
    patterns = patterns_applied or []
    data = {
        "prompt": prompt,
        "patterns_applied": patterns,
        "confidence": confidence,
        "success": success,
        "code_length": code_length,
        "compilation_error": compilation_error,
        "metadata": metadata,
    }
    _record("generation", data, patterns, at, folder, format, "--patterns-applied")


def _text(given: str | None) -> str | None:
    """The option's text, or what stands on standard input."""
    if given != "-":
        return given
    data = sys.stdin.buffer.read(_INPUT_CAP + 1)
    if len(data) > _INPUT_CAP:
        raise UserError(f"standard input holds more than {_INPUT_CAP} bytes", kind="usage")
    return data.decode("utf-8", "backslashreplace")


def _record(
    kind: str,
    data: Mapping[str, Any],
    patterns: Sequence[str],
    at: str | None,
    folder: str | None,
    format: OutputFormat,
    pattern_option: str = "--pattern",
) -> None:
    from feedback_loop.api.events import json_object, record_event

    workspace = open_workspace(folder)
    try:
        fields = {
            name: json_object(name, value) if name in ("details", "metadata") and value is not None else value
            for name, value in data.items()
        }
        done = record_event(workspace, kind, fields, patterns, at=at)
    except InputError as error:
        raise UserError(_by_option(error, pattern_option), error.hint, kind="usage") from None
    tell_recorded(done, format)


def tell_recorded(done: Recorded, format: OutputFormat) -> None:
    """Print the event's id and path, and what else there is to say."""
    for note in done.notes:
        say(f"feedback-loop: {note}")
    if not done.new:
        say("feedback-loop: it was recorded already")
    if format is OutputFormat.json:
        told = {"id": done.event.id, "kind": done.event.kind, "path": done.path or None}
        put_json({**told, "recorded": done.new})
    else:
        put(f"{done.event.id} {done.path}".rstrip())


def _by_option(error: InputError, pattern_option: str) -> str:
    """The message with the option's name in the place of the field's."""
    field = getattr(error, "field", "at")
    if field in ("pattern", "patterns"):
        option = pattern_option
    else:
        option = _OPTIONS.get(field, "--" + field.replace("_", "-"))
    return option + error.message[len(field) :] if error.message.startswith(field) else error.message
