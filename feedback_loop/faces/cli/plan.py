"""`feedback-loop plan …`: plans held against the diff. `new` and `suggest` have their own module."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
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
    use_color,
)

if TYPE_CHECKING:
    from feedback_loop.api.plan_files import Against
    from feedback_loop.api.plans import Outcome

plan = typer.Typer(
    help="Plan files: new, suggest, check, list, use, log.", rich_markup_mode=None, no_args_is_help=True
)
app.add_typer(plan, name="plan")

Staged = Annotated[bool, typer.Option("--staged", help="Against what the next commit would add.")]
Diff = Annotated[
    str | None, typer.Option("--diff", metavar="A..B", help="Against a range; A...B from the merge base.")
]


class Verdicts(StrEnum):
    """Whose verdicts `list` works out."""

    current = "current"
    all = "all"


@plan.command()
def check(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Plans to check. [default: the current ones]")
    ] = None,
    staged: Staged = False,
    diff: Diff = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Every ticked item must be supported, and no item violated.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Hold each pattern that a plan lists against the lines that were added.

    A tick is a claim. The verdict is what the diff says: violated (the mistake is on an added line),
    supported (added lines hold what the pattern speaks about, and no mistake), not_applicable (they hold
    nothing of it), unverifiable (nobody could look: no detector, an unknown name, a file that does not
    parse). Plans are read as they lie on the disk; nothing is written.

    The default diff is all that came since before the commit that added the plan, up to what is staged; for
    a plan in no commit yet, what is staged. With --diff and no FILE: the plans that the range changes.
    Current plans are the one pinned by `plan use`, else those that
    the branch adds or changes.

    \b
    Exit codes: 0 no ticked item is violated (or nothing is listed), 1 one is (--strict: or a ticked one is
    not supported, or any is violated), 2 something to mend (no such file, a path outside, no such commit).

    \b
    Examples:
      feedback-loop plan check
      feedback-loop plan check plans/2026-11-21-json-endpoint.md --staged
      feedback-loop plan check --diff main...HEAD --strict
      feedback-loop plan check --format json
    """
    outcome = _checked(files or [], staged, diff, folder)
    code = int(any(report.fails(strict) for report in outcome.reports))
    code = code or (2 if outcome.unreadable else 0)
    shown = [report for report in outcome.reports if report.judged or report.section.notes]
    if format is OutputFormat.json:
        from feedback_loop.render.plan_json import check_fields

        unreadable = [(one.path, one.problem.message) for one in outcome.unreadable if one.problem]
        put_json(check_fields(outcome.reports, outcome.library, unreadable, code))
    elif shown:
        from feedback_loop.render.plan import render_report

        put("\n".join(render_report(report, color=use_color(color)) for report in shown))
    if not files and not outcome.reports and not outcome.unreadable:
        say("feedback-loop: no current plan: name a FILE, or pin one with `feedback-loop plan use FILE`")
    raise typer.Exit(code)


@plan.command("list")
def list_(
    verdicts: Annotated[
        Verdicts, typer.Option("--verdicts", help="Check the current plans only, or all of them.")
    ] = Verdicts.current,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """List the plans with their progress, verdicts and age.

    \b
    Exit codes: 0, or 2 if a plan cannot be read (the others are listed all the same).

    \b
    Examples:
      feedback-loop plan list
      feedback-loop plan list --verdicts all --format json
    """
    from feedback_loop.api.plan_files import list_plans

    plans = list_plans(open_workspace(folder), verdicts.value)
    if format is OutputFormat.json:
        from feedback_loop.render.plan_list import list_fields

        put_json(list_fields(plans))
    elif plans:
        from feedback_loop.render.plan_list import render_list

        put(render_list(plans, color=use_color(color)))
    else:
        say("feedback-loop: no plans yet: `feedback-loop plan new TITLE` writes one")
    raise typer.Exit(2 if any(one.problem for one in plans) else 0)


@plan.command()
def use(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="The plan you work by.")] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Pin none: back to those that the branch changes.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Pin the plan you work by, so that each commit is held against it.

    Kept in the git directory of this work tree; nothing tracked changes. Without FILE the pinned plan is
    printed.

    \b
    Exit codes: 0 done, 1 nothing is pinned, 2 something to mend (no such file, a path outside).

    \b
    Examples:
      feedback-loop plan use plans/2026-11-21-json-endpoint.md
      feedback-loop plan use
      feedback-loop plan use --clear
    """
    from feedback_loop.api.plan_files import pin_plan, pinned_plan, unpin_plan
    from feedback_loop.domain.text import path_text

    if file is not None and clear:
        raise UserError("FILE pins a plan, --clear pins none: take one of both", kind="usage")
    workspace = open_workspace(folder)
    if file is not None:
        say(f"feedback-loop: {path_text(pin_plan(workspace, file, folder))} is the current plan now")
    elif clear:
        say("feedback-loop: no plan is pinned any more" if unpin_plan(workspace) else "no plan was pinned")
    elif pinned := pinned_plan(workspace):
        put(path_text(pinned))
    else:
        say("feedback-loop: no plan is pinned")
        raise typer.Exit(1)


@plan.command()
def log(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The plan.")],
    staged: Staged = False,
    diff: Diff = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Record a plan as an event: what it declares, and what the diff says about each pattern.

    The diff is chosen as in `plan check`. The same plan and the same diff are one event, however often they
    are logged; its time is that of the commit the diff ends with. Printed are id and path.

    \b
    Exit codes: 0 recorded (or it was already), 2 something to mend (no such file, a path outside, no such
    commit), 3 the disk says no.

    \b
    Examples:
      feedback-loop plan log plans/2026-11-21-json-endpoint.md
      feedback-loop plan log plans/2026-11-21-json-endpoint.md --diff main...HEAD
    """
    from feedback_loop.api.plan_events import record_plan
    from feedback_loop.faces.cli.log import tell_recorded

    outcome = _checked([file], staged, diff, folder)
    against = _against(staged, diff).range
    done = record_plan(open_workspace(folder), outcome.reports[0], against.head if against else "HEAD")
    tell_recorded(done, format)


def _checked(files: list[str], staged: bool, diff: str | None, folder: str | None) -> Outcome:
    from feedback_loop.api.plan_files import check_files
    from feedback_loop.domain.text import visible

    outcome = check_files(open_workspace(folder), files, _against(staged, diff), folder)
    for problem in [one.problem for one in outcome.unreadable if one.problem]:
        say(f"feedback-loop: {visible(problem.message)}" + (f" ({problem.hint})" if problem.hint else ""))
    if any(report.judged for report in outcome.reports):
        for text in outcome.library.problems:
            say(f"feedback-loop: NOT checked: {visible(text)}")
    return outcome


def _against(staged: bool, diff: str | None) -> Against:
    from feedback_loop.api.plan_files import Against
    from feedback_loop.api.ranges import parse_range

    if staged and diff is not None:
        raise UserError("--staged and --diff are two diffs: take one of both", kind="usage")
    return Against(staged, None if diff is None else parse_range(diff))
