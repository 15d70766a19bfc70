"""What the commands share: options and what they give, the workspace, and how they print."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from feedback_loop.api.feedback.database import FeedbackDatabase
    from feedback_loop.workspace import Workspace

_TOLD = 5  # problems on stderr


class ColorMode(StrEnum):
    """When to colour."""

    auto = "auto"
    always = "always"
    never = "never"


class OutputFormat(StrEnum):
    """For people or for programs."""

    text = "text"
    json = "json"


Folder = Annotated[str | None, typer.Option("-C", metavar="DIR", help="Work in the repository around DIR.")]
Color = Annotated[ColorMode, typer.Option("--color", help="Colours on the terminal; NO_COLOR is obeyed.")]
Format = Annotated[OutputFormat, typer.Option("--format", help="Text for people, JSON for programs.")]


def open_workspace(folder: str | None) -> Workspace:
    """The repository around the folder, or around the process. Raises UserError if there is none."""
    from feedback_loop.errors import UserError
    from feedback_loop.workspace import Workspace

    if folder is not None and not os.path.isdir(folder):
        raise UserError(f"no such folder: {folder}", kind="usage")
    return Workspace.open(folder)


def use_color(mode: ColorMode) -> bool:
    """Whether to colour what goes to stdout."""
    if mode is not ColorMode.auto:
        return mode is ColorMode.always
    environment = os.environ
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb" and sys.stdout.isatty()


def say(text: str) -> None:
    """Talk and progress: to stderr."""
    print(text, file=sys.stderr)


def put(text: str) -> None:
    """Data: to stdout, whatever characters it holds."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    if not text.endswith("\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()  # so that data and talk keep their order on one terminal


def put_json(value: object) -> None:
    """A JSON document to stdout: keys sorted, ASCII-safe."""
    import json

    put(json.dumps(value, indent=2, sort_keys=True))


def given_moment(option: str, text: str | None) -> int | None:
    """The option's day or time in seconds since 1970, a day as its first moment; None where none is given.

    Raises UserError for what is no time.
    """
    from feedback_loop.domain.moment import parse_moment
    from feedback_loop.domain.secrets import mask
    from feedback_loop.errors import UserError

    moment = None if text is None else parse_moment(text)
    if text is not None and moment is None:
        hint = "write 2026-11-20T09:30:00Z or 2026-11-20"
        raise UserError(f"{option} is no time in ISO 8601: {mask(text)!a:.80}", hint, kind="usage")
    return moment


def given_text(option: str, given: str, cap: int) -> str:
    """The text that an option or argument gives: itself, `@FILE`, or `-` for standard input.

    A text that begins with `@` is written with two. Raises UserError for a file that cannot be read, and for
    what is not UTF-8 or has more bytes than the cap; `option` names the text in the message.
    """
    from feedback_loop.api.report_files import read_report_file

    if given == "-":
        data = read_source(given, cap)
    elif given.startswith("@") and not given.startswith("@@"):
        data = read_report_file(given[1:], cap)
    else:
        data = given.removeprefix("@").encode("utf-8", "surrogateescape")
    return plain_text(option, data, cap)


def read_source(file: str, cap: int) -> bytes:
    """The bytes of the file, or of standard input for `-`: of that cap + 1 at most, for the caller to refuse.

    Raises UserError for a file that cannot be read or has more bytes than the cap.
    """
    from feedback_loop.api.report_files import read_report_file

    return sys.stdin.buffer.read(cap + 1) if file == "-" else read_report_file(file, cap)


def plain_text(option: str, data: bytes, cap: int) -> str:
    """The bytes as text. Raises InputError for what is not UTF-8 or has more bytes than the cap."""
    from feedback_loop.errors import InputError

    if len(data) > cap:
        raise InputError(f"{option} is larger than {cap} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{option} is not UTF-8 (byte {error.start})") from None


def output_path(output: str | None, folder: str | None, *, make_folders: bool = False) -> str | None:
    """The absolute path of --output, seen from -C DIR; None where none is given.

    Told before any work: raises UserError if no file can be there; `make_folders` as of `check_output`.
    """
    from feedback_loop.api.arguments import check_file
    from feedback_loop.api.output import check_output
    from feedback_loop.errors import UserError

    if output is None:
        return None
    if not output:
        raise UserError("--output: an empty value", "leave it out, or fill it in", kind="usage")
    check_file("--output", output)
    path = os.path.abspath(os.path.join(folder or ".", output))
    check_output(path, make_folders=make_folders)
    return path


def say_troubles(database: FeedbackDatabase) -> None:
    """What befell the last reading of ratings, on stderr."""
    from feedback_loop.domain.text import visible

    for note in database.notes:
        say(f"feedback-loop: {visible(note)}")
    for problem in database.problems[:_TOLD]:
        say(f"feedback-loop: NOT read: {visible(str(problem))}")
    if len(database.problems) > _TOLD:
        more = len(database.problems) - _TOLD
        say(f"feedback-loop: {more} more: `feedback-loop events verify` lists them all")
