"""`feedback-loop init`, `install` and `uninstall`: a repository is set up, and can be as before."""

from __future__ import annotations

import sys
from dataclasses import asdict
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
    use_color,
)

if TYPE_CHECKING:
    from feedback_loop.domain.setup import Change, HookReport, StartPlan
    from feedback_loop.workspace import Workspace


class Route(StrEnum):
    """Who runs our hook."""

    git = "git"
    pre_commit = "pre-commit"
    config = "config"


class HookName(StrEnum):
    """Which of git's hooks."""

    pre_commit = "pre-commit"
    pre_merge_commit = "pre-merge-commit"
    post_commit = "post-commit"
    prepare_commit_msg = "prepare-commit-msg"
    commit_msg = "commit-msg"
    pre_push = "pre-push"


_COMMITS = (HookName.pre_commit, HookName.pre_merge_commit, HookName.post_commit)


@app.command()
def init(
    no_hooks: Annotated[bool, typer.Option("--no-hooks", help="Leave git's hooks alone.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; install the hooks too.")] = False,
    folder: Folder = None,
    color: Color = ColorMode.auto,
    output_format: Format = OutputFormat.text,
) -> None:
    """Set a repository up: the pattern library, settings, hooks.

    Shows what it would write before it writes, asks only on a terminal, and never overwrites: what is
    there is kept. Running it twice changes nothing.

    Example: feedback-loop init --yes
    """
    from feedback_loop.api import setup as api
    from feedback_loop.render.setup import render_plan, render_written

    workspace = open_workspace(folder)
    plan = api.plan_start(workspace)
    text = output_format is OutputFormat.text
    ask = text and not yes and sys.stdin.isatty() and sys.stdout.isatty()
    installed = None if no_hooks else _installed(workspace)
    if text:
        put(render_plan(plan, workspace.root))
    if ask and not plan.empty and not _confirmed("Write these?"):
        say("nothing written")
        raise typer.Exit(1)
    changes = api.write_start(workspace, plan)
    if text and changes:
        put(render_written(changes, plan.folder))
    report = None
    if installed is False and _wanted(yes, ask):
        report = _install(workspace, text, use_color(color))
    if text:
        put(_next_steps(plan, installed or report is not None))
    else:
        put_json(_start_json(plan, changes, report))


def _installed(workspace: Workspace) -> bool:
    from feedback_loop.api.hooks import is_installed

    return is_installed(workspace)


def _wanted(yes: bool, ask: bool) -> bool:
    return yes or (ask and _confirmed("Check every commit from now on?"))


def _confirmed(question: str) -> bool:
    sys.stdout.flush()  # what the question is about has to be seen before it
    return typer.confirm(question, default=True, err=True)


def _install(workspace: Workspace, text: bool, color: bool) -> HookReport:
    from feedback_loop.api.hooks import install
    from feedback_loop.render.setup import render_hooks

    report = install(workspace)
    if text:
        put(render_hooks(report, color=color))
    return report


def _next_steps(plan: StartPlan, hooks: bool) -> str:
    files = [plan.folder, *(name for name, _ in plan.files if not name.startswith(plan.folder + "/"))]
    last = ("doctor", "is everything healthy?") if hooks else ("install", "let git check every commit")
    steps = [
        ("feedback-loop pattern list", "what is checked; `feedback-loop explain NAME` says why"),
        ("git add " + " ".join(files), "and commit: the lessons belong to the whole team"),
        (f"feedback-loop {last[0]}", last[1]),
    ]
    width = max(len(command) for command, _ in steps)
    return "\nNext:\n" + "\n".join(f"  {command:<{width}}  {why}" for command, why in steps)


def _start_json(plan: StartPlan, changes: list[Change], report: HookReport | None) -> dict[str, object]:
    return {
        "schema_version": 1,
        "written": [change.path for change in changes if change.action == "written"],
        "kept": [change.path for change in plan.kept],
        "hooks": None if report is None else asdict(report),
        "exit_code": 0,
    }


@app.command()
def install(
    via: Annotated[
        Route | None,
        typer.Option(
            "--via",
            help="git: hook files (an existing hook is kept and run first). pre-commit: its configuration "
            "file. config: git's configuration (git >= 2.54). Default: what fits this repository.",
        ),
    ] = None,
    hooks: Annotated[
        list[HookName] | None,
        typer.Option(
            "--hooks",
            help="Which hooks; repeatable. post-commit notes what was shown and did not land, pre-push "
            "checks what a push brings, commit-msg the `Pattern: <name>` trailers of a message, which "
            "prepare-commit-msg proposes.  "
            "[default: pre-commit, pre-merge-commit and post-commit]",
        ),
    ] = None,
    folder: Folder = None,
    color: Color = ColorMode.auto,
    output_format: Format = OutputFormat.text,
) -> None:
    """Let git check every commit.

    Honours core.hooksPath and hook managers (pre-commit, prek, lefthook, husky). Where one of them is at
    work, the lines to add to its file are printed and nothing is written (exit 1). `feedback-loop
    uninstall` undoes it to the byte. One commit without the check: git commit --no-verify

    \b
    Examples:
      feedback-loop install --via git
      feedback-loop install --hooks pre-push
      feedback-loop install --hooks commit-msg --hooks prepare-commit-msg
    """
    from feedback_loop.api import hooks as api

    wanted = tuple(name.value for name in HookName if name in (hooks or _COMMITS))
    report = api.install(open_workspace(folder), via.value if via else "", wanted)
    _tell(report, output_format, color)


@app.command()
def uninstall(
    folder: Folder = None,
    color: Color = ColorMode.auto,
    output_format: Format = OutputFormat.text,
) -> None:
    """Take the hooks away and put the former ones back, bytes and modes as they were.

    What was edited since, or is not ours, is left and named (exit 1). Patterns and settings stay.

    Example: feedback-loop uninstall
    """
    from feedback_loop.api import hooks as api

    _tell(api.uninstall(open_workspace(folder)), output_format, color, undo=True)


def _tell(report: HookReport, output_format: OutputFormat, color: ColorMode, *, undo: bool = False) -> None:
    from feedback_loop.render.setup import render_hooks

    code = 0 if report.done else 1
    if output_format is OutputFormat.json:
        put_json({"schema_version": 1, **asdict(report), "exit_code": code})
    else:
        put(render_hooks(report, undo=undo, color=use_color(color)))
    raise typer.Exit(code)
