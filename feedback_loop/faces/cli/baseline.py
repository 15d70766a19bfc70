"""`feedback-loop baseline …`: findings that are accepted as they are."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import (
    Color,
    ColorMode,
    Folder,
    Format,
    OutputFormat,
    open_workspace,
    put,
    put_json,
    say,
)

if TYPE_CHECKING:
    from feedback_loop.domain.baseline import Baseline, BaselineChange

_FILE = ".feedback-loop/baseline.jsonl"
_SHOWN = 20

baseline = typer.Typer(
    help=f"Accepted findings ({_FILE}): write, update, prune, show.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(baseline, name="baseline")


class Level(StrEnum):
    """The lowest level that is accepted."""

    block = "block"
    warn = "warn"
    hint = "hint"


@baseline.command()
def write(
    level: Annotated[Level, typer.Option("--level", help="Accept from this level on.")] = Level.warn,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Accept all findings of the tracked files, in a new baseline.

    From then on a scan shows what is new only. The file belongs into the repository; with
    `.feedback-loop/baseline.jsonl merge=union` in .gitattributes two branches never conflict in it.
    A baseline that is there already is not touched (exit 2): see `update --add`.

    \b
    Exit codes: 0 written, 2 there is one already, or the library is broken.

    \b
    Examples:
      feedback-loop baseline write
      feedback-loop baseline write --level block
    """
    from feedback_loop.api.baseline import write_baseline

    _tell(write_baseline(open_workspace(folder), level.value), format)


@baseline.command()
def update(
    add: Annotated[bool, typer.Option("--add", help="Accept the present findings too.")] = False,
    level: Annotated[
        Level | None, typer.Option("--level", help="With --add: from this level on. [default: warn]")
    ] = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Write the baseline anew: order, repeats and conflict markers mended. It only grows with --add.

    After a conflicting merge it keeps what either side accepted. Nothing is dropped: see `prune`.

    \b
    Exit codes: 0 done, 2 there is no baseline, or a line of it is broken.

    \b
    Examples:
      feedback-loop baseline update
      feedback-loop baseline update --add --level block
    """
    from feedback_loop.api.baseline import update_baseline
    from feedback_loop.errors import UserError

    if level is not None and not add:
        raise UserError("--level says what to accept: give it with --add", kind="usage")
    accepted = (level or Level.warn).value if add else None
    _tell(update_baseline(open_workspace(folder), accepted), format)


@baseline.command()
def prune(folder: Folder = None, format: Format = OutputFormat.text, color: Color = ColorMode.auto) -> None:
    """Drop the entries that match nothing any more.

    All tracked files are scanned. An entry whose file or pattern could not be checked stays.

    \b
    Exit codes: 0 done, 2 there is no baseline, or it or the library is broken.

    \b
    Example:
      feedback-loop baseline prune
    """
    from feedback_loop.api.baseline import prune_baseline

    _tell(prune_baseline(open_workspace(folder)), format)


@baseline.command()
def show(folder: Folder = None, format: Format = OutputFormat.text, color: Color = ColorMode.auto) -> None:
    """List the accepted findings: path, pattern, fingerprint.

    \b
    Exit codes: 0, or 2 if the file is broken.

    \b
    Examples:
      feedback-loop baseline show
      feedback-loop baseline show --format json
    """
    from feedback_loop.api.baseline import baseline_document, read_baseline

    found = read_baseline(open_workspace(folder))
    if format is OutputFormat.json:
        entries = baseline_document(found) if found else []
        path = _FILE if found else None
        put_json({"schema_version": 1, "path": path, "entries": entries, "exit_code": 0})
    elif found is None:
        put(f"there is no {_FILE}: nothing is accepted; `feedback-loop baseline write` makes one")
    else:
        put(_listed(found))


def _tell(change: BaselineChange, format: OutputFormat) -> None:
    from feedback_loop.domain.text import path_text, visible

    if format is OutputFormat.json:
        names = ("total", "added", "dropped", "stale", "unsure")
        counts = {name: getattr(change, name) for name in names}
        not_checked = len(change.not_checked)
        put_json({"schema_version": 1, "path": _FILE, **counts, "not_checked": not_checked, "exit_code": 0})
    else:
        moved = [f"{count} {word}" for count, word in ((change.added, "added"), (change.dropped, "dropped"))]
        put(f"{_FILE}: {_entries(change.total)} ({', '.join(moved)})")
    for entry in change.not_checked[:_SHOWN]:
        say(f"NOT checked: {path_text(entry.path)}: {visible(entry.reason)}")
    if len(change.not_checked) > _SHOWN:
        say(f"NOT checked: {len(change.not_checked) - _SHOWN} more")
    if change.unsure:
        say(f"{_entries(change.unsure)} kept: the file or the pattern was not checked")
    if change.stale:
        say(f"{_entries(change.stale)} without a match: `feedback-loop baseline prune` drops them")


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"


def _listed(found: Baseline) -> str:
    from feedback_loop.domain.text import counted, path_text

    entries = sorted(found.entries, key=lambda entry: (entry.path, entry.pattern, entry.key))
    lines = [f"{path_text(entry.path)}  {entry.pattern}  {entry.key}" for entry in entries]
    patterns, paths = {entry.pattern for entry in entries}, {entry.path for entry in entries}
    lines.append(
        f"{_entries(len(entries))}, {counted(len(patterns), 'pattern')}, {counted(len(paths), 'file')}"
    )
    return "\n".join(lines)
