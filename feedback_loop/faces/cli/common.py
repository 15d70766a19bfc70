"""What the commands share: options, the workspace, and how they print."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from feedback_loop.workspace import Workspace


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
