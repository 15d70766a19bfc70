"""`feedback-loop feedback capture`: one rating by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.common import (
    Folder,
    Format,
    OutputFormat,
    given_text,
    open_workspace,
    plain_text,
    put,
    put_json,
    read_source,
    say,
)
from feedback_loop.faces.cli.feedback import feedback

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedback_loop.api.feedback.recording import RecordedRatings

_Value = TypeVar("_Value")
_STDIN = "-"
_SOURCES = "The text, @FILE, or - for standard input."
# The options behind an entry's fields, for messages; the others are called alike.
_OPTIONS = {"thumbs_up": "--thumbs-up", "timestamp": "--at"}


@feedback.command()
def capture(
    prompt: Annotated[str, typer.Option("--prompt", metavar="TEXT", help=f"What was asked: {_SOURCES}")],
    output: Annotated[str, typer.Option("--output", metavar="TEXT", help=f"What came of it: {_SOURCES}")],
    rating: Annotated[str, typer.Option("--rating", metavar="1..5", help="Stars.")],
    thumbs_up: Annotated[bool, typer.Option("--thumbs-up", help="The output was good.")] = False,
    thumbs_down: Annotated[bool, typer.Option("--thumbs-down", help="The output was not good.")] = False,
    tags: Annotated[
        str, typer.Option("--tags", metavar="A,B", help="Tags; see the shipped ones below.")
    ] = "",
    framework: Annotated[
        str | None, typer.Option("--framework", metavar="NAME", help="The prompt framework.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="The model.")] = None,
    notes: Annotated[
        str | None, typer.Option("--notes", metavar="TEXT", help="Why; 4,000 characters are kept.")
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option("--context", metavar="KEY=VALUE", help="What else is known; may be repeated."),
    ] = None,
    routing: Annotated[
        str | None,
        typer.Option("--routing", metavar="FILE", help="What `route --format json` printed; - = stdin."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When, ISO 8601. [default: now]")
    ] = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Rate what a prompt produced.

    The rating is one small file below .feedback-loop/events/, for you to commit: CAPTURED TEXT ENTERS GIT'S
    HISTORY. Secrets are masked first. The setting feedback.store says what is kept of prompt and output:
    `truncate:20000` characters (the default), `full` (256 KiB), or `hash`: sizes and fingerprints, no text of
    prompt, output and notes; context, tags and framework stay. Ratings that are there are never rewritten.
    Printed are id and path.

    Without a thumb, 4 and 5 stars are up, 1 and 2 down. A text that begins with @ is written with two. Files
    are those of the folder you are in; text must be UTF-8 and at most 1 MiB.

    A --context value is JSON if it is a number, true, false, a list or an object, else text. Usual keys:
    framework, model, confidence, techniques, execution_time, session_id, pattern_ids, prompt_version,
    task_type, routing_id. --routing fills framework, model, techniques, task_type and routing_id (and
    how sure the decision was); --model may name the model behind its tier.

    \b
    Shipped tags (others are welcome):
      type    technical creative analytical planning
      domain  code content research decision
      format  structured freeform step-by-step

    \b
    Exit codes: 0 recorded, 2 a value is missing or wrong (all are named), or this prompt and output were
    rated that very second, 3 the disk says no.

    \b
    Examples:
      feedback-loop feedback capture --prompt "Explain quantum computing in simple terms" \\
        --output @answer.md --rating 5 --thumbs-up --tags technical,explanation \\
        --framework chain-of-thought --model claude-sonnet-4
      feedback-loop route "fix the login bug" --format json > route.json
      ... | feedback-loop feedback capture --prompt @task.txt --output - --rating 2 --routing route.json
    """
    from feedback_loop.domain.rating import split_tags

    if thumbs_up and thumbs_down:
        raise UserError("--thumbs-up and --thumbs-down exclude each other", kind="usage")
    if [prompt, output, routing].count(_STDIN) > 1:
        raise UserError("only one of --prompt, --output and --routing can be -", kind="usage")
    reading = _Reading()
    fields = {
        "prompt": reading.text("--prompt", prompt),
        "output": reading.text("--output", output),
        "rating": _stars(rating),
        "thumbs_up": True if thumbs_up else False if thumbs_down else None,
        "tags": split_tags(tags),
        "context": reading.context(routing, context or [], {"framework": framework, "model": model}),
        "notes": notes,
    }
    _tell(_recorded(fields | ({} if at is None else {"timestamp": at}), reading, folder), format)


class _Reading:
    """Values out of options, files and the standard input; what is wrong with any of them is kept."""

    def __init__(self) -> None:
        self.faults: list[UserError] = []

    def take(self, read: Callable[[], _Value], instead: _Value) -> _Value:
        """What `read` gives, or `instead`, which is no fault of its own."""
        try:
            return read()
        except UserError as error:
            if error.exit_code != UserError.exit_code:
                raise
            self.faults.append(error)
            return instead

    def text(self, option: str, given: str) -> str:
        """What the option says, or the file or stream it names."""
        from feedback_loop.api.feedback.checks import TEXT_CAP

        return self.take(lambda: given_text(option, given, TEXT_CAP), "-")

    def context(self, routing: str | None, pairs: list[str], named: dict[str, str | None]) -> dict[str, Any]:
        """Of all options that say something of it."""
        from feedback_loop.api.feedback.capture_options import context_of, joined_context, routing_of
        from feedback_loop.api.feedback.checks import TEXT_CAP

        routed: dict[str, Any] = {}
        given: dict[str, Any] = {}
        if routing is not None:
            text = self.take(lambda: plain_text("--routing", read_source(routing, TEXT_CAP), TEXT_CAP), None)
            routed = {} if text is None else self.take(lambda: routing_of(text), routed)
        given = self.take(lambda: context_of(pairs), given)
        return self.take(lambda: joined_context(routed, given, named), given)


def _stars(given: str) -> Any:
    """The number; what is none is left to the check, which names it beside all else that is wrong."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 4 else given


def _recorded(fields: dict[str, Any], reading: _Reading, folder: str | None) -> RecordedRatings:
    from feedback_loop.api.feedback.capture import tag_notes
    from feedback_loop.api.feedback.checks import EntryError
    from feedback_loop.api.feedback.entry import FeedbackEntry
    from feedback_loop.api.feedback.recording import check_entries, record_entries
    from feedback_loop.domain.text import visible

    workspace = open_workspace(folder)
    entry = FeedbackEntry(**fields)
    try:
        if reading.faults:
            check_entries([entry])
            raise _joined(reading.faults)
        notes = tag_notes(workspace, entry.tags)
        done = record_entries(workspace, [entry], source={"kind": "cli"}, loose=True)
    except EntryError as error:
        told = [UserError(_by_option(fault.field, fault.text), kind="usage") for fault in error.faults]
        raise _joined([*reading.faults, *told]) from None
    for note in notes:
        say(f"feedback-loop: {visible(note)}")
    return done


def _joined(faults: list[UserError]) -> UserError:
    """One error that tells all of them, with the hint of the first that has one."""
    if len(faults) == 1:
        return faults[0]
    hint = next((one.hint for one in faults if one.hint), "")
    return UserError("; ".join(one.message for one in faults), hint, kind="usage")


def _by_option(field: str, text: str) -> str:
    """The message with the option's name in the place of the field's."""
    return _OPTIONS.get(field, f"--{field}") + text.removeprefix(field)


def _tell(done: RecordedRatings, format: OutputFormat) -> None:
    (entry,) = done.entries
    path = done.paths[0] if done.paths else ""
    if format is OutputFormat.json:
        told = {"feedback_id": entry.feedback_id, "path": path or None, "timestamp": entry.timestamp}
        put_json({**told, "rating": entry.rating, "thumbs_up": entry.thumbs_up, "tags": entry.tags})
    else:
        put(f"{entry.feedback_id} {path}".rstrip())
