"""`feedback-loop plan new` and `plan suggest`: patterns chosen before the work."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedback_loop.faces.cli.common import Folder, Format, OutputFormat, open_workspace, put, put_json, say
from feedback_loop.faces.cli.plan import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedback_loop.api.plan_suggest import Proposal, Suggested

MinConfidence = Annotated[
    float, typer.Option("--min-confidence", metavar="SHARE", help="Leave out less sure ones: 0 to 1.")
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", help="At most so many patterns.")]


@plan.command()
def new(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The task in one line.")],
    goal: Annotated[str, typer.Option(help="What is true when it is done. [default: the title]")] = "",
    phase: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A step of the work; may be repeated.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where to write it. [default: plans/DATE-TITLE.md]"),
    ] = None,
    min_confidence: MinConfidence = 0.3,
    limit: Limit = 8,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Write a plan for a task, with the patterns that apply to it.

    Title, goal and phases are compared with what each active pattern needs and with its name and tags;
    only what the task itself names counts. The file goes to the folder of the first glob of the setting
    `plans`. No existing file is ever overwritten.

    \b
    Exit codes: 0 written, 2 not (the file exists, a title without a letter, settings to mend).

    \b
    Examples:
      feedback-loop plan new "Add JSON endpoint that returns NumPy statistics"
      feedback-loop plan new "Import large files" --goal "2 GB are read within 1 GB of memory" \\
        --phase "read in chunks" --phase "command line"
      feedback-loop plan new "Tidy the docs" --output task_plan.md
    """
    from feedback_loop.api.plan_suggest import Wanted
    from feedback_loop.api.plan_writing import PlanDraft, write_plan

    today = datetime.now(UTC).strftime("%Y-%m-%d")
    draft = PlanDraft(title, goal, tuple(phase or ()), output, today)
    written = write_plan(open_workspace(folder), draft, Wanted(min_confidence, limit), folder)
    if format is OutputFormat.json:
        patterns = [_fields(one) for one in written.proposals]
        put_json({"path": written.path, "patterns": patterns, "is_plan": written.counted})
    else:
        put("\n".join([f"wrote {_shown(written.path)}", *_lines(written.proposals)]))
    _say_problems(written.problems)
    if not written.proposals:
        say("no pattern of the library is named by this task: the checklist is empty")
    if not written.counted:
        say("the setting `plans` does not name this file: the hooks will not read it")
    ticks = "tick the patterns that the code applies" if written.proposals else "name the patterns that apply"
    say(f"next: fill in the phases, {ticks}, and hold them against the change:")
    say(f"  feedback-loop plan check {_quoted(written.path)}")


@plan.command()
def suggest(
    what: Annotated[str, typer.Argument(metavar="FILE|TEXT", help="A plan, or a task in your words.")],
    write: Annotated[
        bool, typer.Option("--write", help="Add the missing patterns to the plan's checklist.")
    ] = False,
    min_confidence: MinConfidence = 0.3,
    limit: Limit = 8,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Propose patterns for a plan or a text.

    What names an existing file of the repository is read as a plan: its text without the checklist,
    code, tables and comments is the task. Prints the checklist of the patterns that the plan does not
    list yet; --write adds them to its section, or as a new one at the end, and changes no other byte.

    \b
    Exit codes: 0 done, proposals or not; 2 not (no such file, no plan, an open fence or comment that
    would swallow the lines).

    \b
    Examples:
      feedback-loop plan suggest "Parse uploaded files up to 800MB"
      feedback-loop plan suggest plans/2026-11-20-import.md
      feedback-loop plan suggest task_plan.md --write --min-confidence 0.5
    """
    from feedback_loop.api.plan_suggest import Wanted, suggest_for

    wanted = Wanted(min_confidence, limit)
    found = suggest_for(open_workspace(folder), what, wanted, folder=folder, write=write)
    if format is OutputFormat.json:
        put_json(_suggested_fields(found))
    elif found.written:
        put("\n".join([f"added to {_shown(found.path)}:", *_lines(found.missing)]))
    elif found.missing:
        put(found.section)
    _say_problems(found.problems)
    if not found.proposals:
        say("no pattern of the library is named by this task")
    elif not found.missing:
        say(f"nothing to add: {_shown(found.path)} lists what fits already")
    elif found.path and not write:
        say(f"to add this: feedback-loop plan suggest {_quoted(found.path)} --write")


def _lines(proposals: Sequence[Proposal]) -> list[str]:
    from feedback_loop.domain.text import visible

    width = max((len(one.name) for one in proposals), default=0)
    return [
        f"  {one.name:<{width}}  {round(100 * one.confidence):3}%  {visible(one.guidance)}"
        for one in proposals
    ]


def _fields(one: Proposal) -> dict[str, Any]:
    return {
        "name": one.name,
        "confidence": one.confidence,
        "severity": one.severity,
        "guidance": one.guidance,
    }


def _suggested_fields(found: Suggested) -> dict[str, Any]:
    missing = {one.name for one in found.missing}
    return {
        "path": found.path or None,
        "patterns": [_fields(one) | {"listed": one.name not in missing} for one in found.proposals],
        "section": found.section,
        "written": found.written,
    }


def _say_problems(count: int) -> None:
    if count:
        say(f"not all of the library could be read ({count}): `feedback-loop check` tells why")


def _shown(path: str) -> str:
    import os

    from feedback_loop.domain.text import path_text

    return path_text(os.fsencode(path))


def _quoted(path: str) -> str:
    return shlex.quote(_shown(path))
