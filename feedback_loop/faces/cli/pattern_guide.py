"""`feedback-loop pattern import` and `pattern export`: the library as AI_PATTERNS.md or as one JSON file."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.faces.cli.common import Folder, open_workspace, put, say
from feedback_loop.faces.cli.pattern import pattern

if TYPE_CHECKING:
    from feedback_loop.api.patterns.exporting import Deletions
    from feedback_loop.domain.guide import Imported, ImportReport
    from feedback_loop.workspace import Workspace


class Target(StrEnum):
    """Where a complete new pattern goes."""

    active = "active"
    proposed = "proposed"


class ExportFormat(StrEnum):
    """For programs, or the guide for people."""

    json = "json"
    markdown = "markdown"


class ExportState(StrEnum):
    """Which patterns to export."""

    active = "active"
    all = "all"


@pattern.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A guide (.md) or a library (.json).")],
    to: Annotated[Target, typer.Option("--to", help="Where complete new patterns go.")] = Target.active,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Take in the patterns of a guide like AI_PATTERNS.md, or of a JSON file of patterns.

    A new pattern with a description, a bad and a good example that no detector finds goes to patterns/,
    another one to patterns/proposed/, with the reason. A known one gets what the file says about it,
    unless its examples would then fail. What a JSON file has proposed or archived is so here too, if it is
    new. Counters stay out, and what else is not taken in is said. The same file twice changes nothing.

    \b
    Exit codes: 0, or 2 if the file cannot be read.

    \b
    Examples:
      feedback-loop pattern import AI_PATTERNS.md --dry-run
      feedback-loop pattern import patterns.json --to proposed
    """
    from feedback_loop.api.patterns.importing import import_patterns

    workspace = open_workspace(folder)
    path = _absolute(file, folder)
    report = import_patterns(workspace, path, _shown(workspace, path), to=to.value, dry_run=dry_run)
    put("\n".join(_told(report)))


def _told(report: ImportReport) -> list[str]:
    from feedback_loop.domain.text import visible

    lines = [line for one in report.patterns for line in _outcome(one, report.dry_run)]
    lines += [f"left out: {problem}" for problem in report.skipped]
    if report.had_counters:
        lines.append("counters were left out: figures come from events and history")
    if not report.patterns:
        lines.append("no patterns in it")
    return [visible(line) for line in lines]


def _outcome(one: Imported, dry_run: bool) -> list[str]:
    words = {"added": f"added to {one.state}", "updated": "updated", "unchanged": "unchanged"}
    would = "would be " if dry_run and one.outcome in ("added", "updated") else ""
    head = f"{one.name}: {would}{words.get(one.outcome, 'left as it is' if one.state else 'left out')}"
    return [head, *(f"  {line}" for reason in one.reasons for line in reason.split("\n"))]


@pattern.command()
def export(
    format: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            help="One JSON file, or the guide. [default: json for a FILE.json, else markdown]",
        ),
    ] = None,
    state: Annotated[
        ExportState, typer.Option("--state", help="all: proposed ones too, in JSON the archived as well.")
    ] = ExportState.active,
    output: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where to. [default: the guide for markdown, else stdout]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what a person changed.")] = False,
    folder: Folder = None,
) -> None:
    """Write the patterns as a guide, or as JSON that other tools take.

    The guide keeps every byte that a person wrote: the patterns stand in a block of their own, and those
    that have a hand-written section are not repeated. If somebody changed the block, nothing is written
    and the difference is shown: take it in with `pattern import`, or overwrite it with --force. The JSON
    holds text, severity, names and states; detectors, signatures and paths are only in patterns/.

    \b
    Exit codes: 0, 1 if the block was changed by hand, 2 for a guide or library that cannot be read.

    \b
    Examples:
      feedback-loop pattern export
      feedback-loop pattern export --format json --state all --output patterns.json
    """
    workspace = open_workspace(folder)
    everything = state is ExportState.all
    if format is None:
        is_json = output is not None and output.lower().endswith(".json")
        format = ExportFormat.json if is_json else ExportFormat.markdown
    if format is ExportFormat.markdown:
        guide = os.path.join(workspace.root, workspace.settings()[0].guide)
        path = guide if output is None else _absolute(output, folder)
        _export_guide(workspace, path, everything, force)
        return
    from feedback_loop.api.patterns.exporting import export_json, write_json

    data = export_json(workspace, everything)
    if output is None:
        put(data.decode())
        return
    path = _absolute(output, folder)
    shown = _shown(workspace, path)
    say(f"wrote {shown}" if write_json(path, shown, data, force) else f"{shown} is up to date")


def _export_guide(workspace: Workspace, path: str, everything: bool, force: bool) -> None:
    from feedback_loop.api.patterns.exporting import export_guide, find_deletions
    from feedback_loop.domain.text import visible

    shown = _shown(workspace, path)
    made, changed = export_guide(workspace, path, shown, everything, force)
    if made.edited:
        put("\n".join(visible(line) for line in made.edited.split("\n")))
        say(f"{shown} was not written: a person changed the block of patterns")
        for line in _ways_out(find_deletions(workspace, path, shown, made), shown):
            say(line)
        say("or overwrite it: the same command with --force")
        raise typer.Exit(1)
    say(f"wrote {shown}: {len(made.written)} in the block" if changed else f"{shown} is up to date")
    if made.by_hand:
        say(f"described by hand, left as it is: {', '.join(made.by_hand)}")


def _ways_out(found: Deletions | None, shown: str) -> list[str]:
    if found is None:
        return [f"take the change in: feedback-loop pattern import {shown}"]
    lines = []
    if found.parts:
        lines.append(f"this deletion cannot be taken in: edit {', '.join(found.parts)}")
    if found.whole:
        lines.append(f"a deleted section is a pattern still: move to archive/: {', '.join(found.whole)}")
    return lines or ["nothing in it is part of a pattern: move it out of the block"]


def _absolute(path: str, folder: str | None) -> str:
    """The path seen from -C DIR, as git does it."""
    return os.path.abspath(os.path.join(folder or ".", path))


def _shown(workspace: Workspace, path: str) -> str:
    """The path as people read it: from the repository's root, else the file's name."""
    from feedback_loop.domain.text import visible

    inside = os.path.relpath(os.path.realpath(os.path.dirname(path)), os.path.realpath(workspace.root))
    name = os.path.basename(path)
    return visible(name if inside == "." or inside.startswith("..") else f"{inside}/{name}")
