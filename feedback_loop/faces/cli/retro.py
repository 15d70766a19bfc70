"""`feedback-loop retro`: the document of a period, its decisions, and what they do to the library."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Folder, given_moment, open_workspace, put, say

if TYPE_CHECKING:
    from feedback_loop.api.retro import Choice, Outcome, RetroRequest
    from feedback_loop.domain.retro import Proposal, Retro
    from feedback_loop.workspace import Workspace

_ACTIONS = ("accept", "reject", "archive", "restore", "keep")
_KEYS = {"a": "accept", "k": "keep", "r": "reject"}
_ASKED = "[a]ccept [k]eep [r]eject [s]kip [d]etails"


class RetroFormat(StrEnum):
    """How the retro is printed."""

    text = "text"
    markdown = "markdown"
    json = "json"
    html = "html"


Since = Annotated[str, typer.Option("--since", metavar="LENGTH", help="So long before as-of: 2w, 30d, 3m.")]
PeriodName = Annotated[
    str,
    typer.Option("--period", metavar="P", help="2026-W47, 2026-11, 2026-11-02_2026-11-16 or v1..v2."),
]
From = Annotated[str, typer.Option("--from", metavar="REF", help="What landed after this commit.")]
To = Annotated[str, typer.Option("--to", metavar="REF", help="Up to and with this one. [default: the tip]")]
AsOf = Annotated[
    str,
    typer.Option("--as-of", metavar="DATE", help="The end of time. [default: that of the last commit]"),
]
Decide = Annotated[
    list[str] | None,
    typer.Option(
        "--decide",
        metavar="ID=ANSWER[:REASON]",
        help="Answer a proposal: accept, reject, archive, restore or keep.",
    ),
]


@app.command()
def retro(
    since: Since = "",
    period: PeriodName = "",
    from_ref: From = "",
    to_ref: To = "",
    as_of: AsOf = "",
    write: Annotated[bool, typer.Option("--write", help="Store it, and carry out what is decided.")] = False,
    commit: Annotated[
        bool, typer.Option("--commit", help="--write, then two commits; no hooks run.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 if a view is not what the newest retro says.")
    ] = False,
    decide: Decide = None,
    include_critical: Annotated[
        bool, typer.Option("--include-critical", help="Patterns of severity critical may be archived, too.")
    ] = False,
    worktree: Annotated[
        bool, typer.Option("--worktree", help="Count what is not committed: a draft, never written.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite what a person changed in a generated part.")
    ] = False,
    ids: Annotated[bool, typer.Option("--ids", help="In text: every figure by its id.")] = False,
    format: Annotated[RetroFormat, typer.Option("--format", help="How to print it.")] = RetroFormat.text,
    folder: Folder = None,
) -> None:
    """Look back on a period: what got better, what got worse, what is to be decided.

    Without a period: since the end of the last stored retro, else the last sprint (`retro.sprint`). Only
    what is committed counts; the same commit, settings and as-of give the same bytes. --write stores
    plans/retros/<period>.json and .md, brings AI_PATTERNS.md up to date, and carries out archives and
    restores (`retro.apply = "ask"`: only those decided). What stands under Notes and Actions, and outside
    of generated blocks, is kept.

    \b
    Exit codes: 0 done, whatever the news; 1 a person changed a generated part (the difference is shown),
    or --check found views that are not what the newest stored retro says; 2 an unknown date, commit or
    proposal; 3 busy, or the disk says no; 130 interrupted.

    \b
    Examples:
      feedback-loop retro
      feedback-loop retro --write
      feedback-loop retro --period 2026-W47 --format markdown
      feedback-loop retro --write --decide 3f2a9c01d4e5=keep:"it will come back"
      feedback-loop retro --from v1.2.0 --to v1.3.0 --format html > retro.html
    """
    import time

    from feedback_loop.api.retro import RetroRequest

    workspace = open_workspace(folder)
    _check_options(write or commit, check, worktree)
    request = RetroRequest(
        now=int(time.time()),
        since=since,
        period=period,
        from_ref=from_ref,
        to_ref=to_ref,
        as_of=given_moment("--as-of", as_of or None),
        choices=tuple(map(_choice, decide or ())),
        include_critical=include_critical,
        worktree=worktree,
        force=force,
    )
    if write or commit:
        _write(workspace, request, format, ids, commit)
    elif check:
        _check(workspace)
    else:
        _preview(workspace, request, format, ids)


def _check_options(writing: bool, check: bool, worktree: bool) -> None:
    if writing and check:
        raise UserError("--check writes nothing", "leave out --write and --commit", kind="usage")
    if writing and worktree:
        raise UserError("a draft is not written", "leave out --worktree, or --write", kind="usage")


def _choice(text: str) -> Choice:
    from feedback_loop.api.retro import Choice

    identity, equals, rest = text.partition("=")
    action, _, reason = rest.partition(":")
    if not equals or action not in _ACTIONS:
        hint = f"write ID={'|'.join(_ACTIONS)}, and a reason behind a colon"
        raise UserError(f"--decide: not an answer: {text!a}", hint, kind="usage")
    return Choice(identity.strip(), action, reason.strip())


# -- without writing -----------------------------------------------------------------------------------


def _preview(workspace: Workspace, request: RetroRequest, format: RetroFormat, ids: bool) -> None:
    from feedback_loop.api.retro import preview
    from feedback_loop.render.retro_markdown import render_retro_markdown

    outcome = preview(workspace, request, render_retro_markdown)
    _tell(outcome.made.notes)
    put(_rendered(outcome.made.retro, format, ids))
    if not outcome.made.is_new:
        say(f"nothing new since {outcome.made.retro.range.name}")
    if request.worktree:
        say("nothing written: a draft is not stored")
    elif outcome.edited:
        say("nothing written; a person changed a generated part: feedback-loop retro --write shows it")
    elif not outcome.changes:
        say("nothing written; everything is up to date")
    elif _offers():
        if input(f"{_counted(outcome.changes)} to make: [w]rite or leave? ").strip().lower() in (
            "w",
            "write",
        ):
            _write(workspace, request, None, False, False)
    else:
        say(f"nothing written; feedback-loop retro --write applies {_counted(outcome.changes)}")


def _counted(changes: int) -> str:
    return f"{changes} change" + ("" if changes == 1 else "s")


def _offers() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _check(workspace: Workspace) -> None:
    from feedback_loop.api.retro import check
    from feedback_loop.domain.text import visible
    from feedback_loop.render.retro_markdown import render_retro_markdown

    checked = check(workspace, render_retro_markdown)
    _tell(checked.notes)
    if checked.edited:
        _refuse(workspace, checked.edited)
    for path in checked.stale:
        put(visible(path))
    if checked.stale:
        say(f"{len(checked.stale)} stale: feedback-loop retro --write brings them up to date")
        raise typer.Exit(1)
    if checked.name:
        say("up to date")


def _rendered(retro: Retro, format: RetroFormat, ids: bool) -> str:
    if format is RetroFormat.json:
        from feedback_loop.api.retro import retro_document

        return retro_document(retro)
    if format is RetroFormat.html:
        from feedback_loop.render.retro_html import render_retro_html

        return render_retro_html(retro)
    if format is RetroFormat.markdown:
        from feedback_loop.render.retro_markdown import render_retro_markdown

        return render_retro_markdown(retro)
    from feedback_loop.render.retro_text import render_retro_text

    return render_retro_text(retro, ids=ids)


def _tell(notes: tuple[str, ...]) -> None:
    from feedback_loop.domain.text import visible

    for note in notes:
        say(f"feedback-loop: {visible(note)}")


# -- writing -------------------------------------------------------------------------------------------


def _write(
    workspace: Workspace, request: RetroRequest, format: RetroFormat | None, ids: bool, commit: bool
) -> None:
    """Ask on a terminal, write, and say what was done; `format` None = the retro was shown before."""
    from feedback_loop.api.retro import write
    from feedback_loop.render.retro_markdown import render_retro_markdown

    if _offers():
        request = replace(request, choices=(*request.choices, *_asked(workspace, request)))
    outcome = write(workspace, request, render_retro_markdown, commit=commit)
    _tell(outcome.made.notes)
    if outcome.edited:
        _refuse(workspace, outcome.edited)
    if format is not None:
        put(_rendered(outcome.made.retro, format, ids))
    _tell(outcome.notes)
    _say_done(outcome, commit)


def _say_done(outcome: Outcome, commit: bool) -> None:
    from feedback_loop.domain.text import visible

    if not outcome.made.is_new:
        say(f"nothing new since {outcome.made.retro.range.name}")
    for move in outcome.moves:
        say(f"done: {visible(move)}")
    for path in outcome.written:
        say(f"wrote {visible(path)}")
    for oid in outcome.commits:
        say(f"committed {oid[:12]}; no hooks ran")
    if not (outcome.moves or outcome.written or outcome.commits):
        say("nothing to write: everything is up to date")
    elif not commit:
        say("commit it with your own tools, or: feedback-loop retro --commit")


def _refuse(workspace: Workspace, edited: str) -> None:
    from feedback_loop.domain.text import visible

    put("\n".join(visible(line) for line in edited.split("\n")))
    say("nothing was written: a person changed what the tool generates")
    say(f"take a changed pattern in: feedback-loop pattern import {visible(workspace.settings()[0].guide)}")
    say("or overwrite the change: feedback-loop retro --write --force")
    raise typer.Exit(1)


def _asked(workspace: Workspace, request: RetroRequest) -> list[Choice]:
    """The answers of a person at a terminal, to proposals that no option answers (H84)."""
    from feedback_loop.api.retro import make_retro

    answered = {one.id for one in request.choices}
    made = make_retro(workspace, request)
    waiting = [one for one in made.retro.proposals if one.state == "open" and one.id not in answered]
    if not made.is_new:
        return []
    return [choice for choice in map(_ask, waiting) if choice is not None]


def _ask(one: Proposal) -> Choice | None:
    """One line a proposal; skip is the default and leaves no trace."""
    from feedback_loop.api.retro import Choice
    from feedback_loop.domain.text import visible

    while True:
        say(f"{one.id} {one.kind} {visible(one.name)}: {visible(one.reason)}")
        try:
            key = input(f"{_ASKED} ").strip().lower()[:1]
        except EOFError:
            return None
        if key == "d":
            for identity, value in one.figures:
                say(f"  {visible(identity)} = {visible(value)}")
            for text in filter(None, (one.bad, one.good)):
                say("\n".join(f"  {visible(line)}" for line in text.split("\n")))
        elif key in _KEYS:
            return Choice(one.id, _KEYS[key])
        else:
            return None
