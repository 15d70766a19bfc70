"""`feedback-loop history`: how often each mistake was made and mended, from git alone."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Folder, open_workspace, put, say

if TYPE_CHECKING:
    from feedback_loop.domain.history_report import HistoryReport

_MOST_WORKERS = 64
_NOTES = 10


class By(StrEnum):
    """What the figures are added up by."""

    pattern = "pattern"
    path = "path"
    week = "week"
    month = "month"
    commit = "commit"


class FailOn(StrEnum):
    """What makes the answer no."""

    new = "new"
    worse = "worse"


class HistoryFormat(StrEnum):
    """How the answer is written."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


Patterns = Annotated[
    list[str] | None, typer.Option("--pattern", metavar="NAME", help="Only this one; repeatable.")
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="2w", help="So long before as-of: 30d, 2w, 3m.")
]
PeriodName = Annotated[
    str | None,
    typer.Option("--period", metavar="P", help="2026-W47, 2026-11, 2026-11-02_2026-11-16 or v1..v2."),
]
From = Annotated[str | None, typer.Option("--from", metavar="REF", help="With --to: what landed after REF.")]
To = Annotated[str | None, typer.Option("--to", metavar="REF", help="The period's last.")]
PathGlob = Annotated[
    str | None, typer.Option("--path", metavar="GLOB", help="Only these files, by their names of today.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="Leave out what came later. [default: the newest commit's time]"
    ),
]
AddUp = Annotated[By, typer.Option("--by", help="Add up by this, too.")]
ShowOpen = Annotated[bool, typer.Option("--open", help="List what is open at the tip.")]
Survival = Annotated[bool, typer.Option("--survival", help="How long it took to fix things.")]
Landed = Annotated[bool, typer.Option("--landed", help="Read merges too: relapses, and why figures differ.")]
Verify = Annotated[bool, typer.Option("--verify", help="Exit 1 if history and a scan of the tip differ.")]
Exact = Annotated[bool, typer.Option("--exact", help="Parse every changed file; takes many times as long.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=1, max=_MOST_WORKERS, help="Processes. [default: 1 or 2]"),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the cache.")]
FailIf = Annotated[
    FailOn | None, typer.Option("--fail-on", help="Exit 1 on new introductions, or if a rate rose.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress bar.")]
Format = Annotated[HistoryFormat, typer.Option("--format", help="How to write it.")]


@app.command()
def history(
    pattern: Patterns = None,
    since: Since = None,
    period: PeriodName = None,
    from_ref: From = None,
    to_ref: To = None,
    path: PathGlob = None,
    as_of: AsOf = None,
    by: AddUp = By.pattern,
    show_open: ShowOpen = False,
    survival: Survival = False,
    landed: Landed = False,
    verify: Verify = False,
    exact: Exact = False,
    workers: Workers = None,
    no_cache: NoCache = False,
    fail_on: FailIf = None,
    quiet: Quiet = False,
    folder: Folder = None,
    format: Format = HistoryFormat.text,
) -> None:
    """How often each mistake was introduced and fixed, and whether it became rarer, from git history.

    An introduction is a commit that adds the mistake, a fix one that takes it away; pure moves, renames,
    re-indented lines, reverts and cherry-picks are neither. A period counts what landed in it on this branch,
    whenever it was written; --since counts back from as-of, never from today. "open" is what a scan of the
    tip finds. Before and after a pattern was adopted are compared by rate: they do not say why.

    \b
    Exit codes: 0 told, 1 --verify failed or --fail-on met, 2 something to mend (an unknown commit, pattern or
    date, two ways to give a period), 3 the tool failed.

    \b
    Examples:
      feedback-loop history
      feedback-loop history --since 2w --open
      feedback-loop history --from v1.2.0 --to v1.3.0 --by path
      feedback-loop history --pattern bounds_checking --survival --format json
      feedback-loop history --verify
    """
    from feedback_loop.api.history.question import HistoryRequest
    from feedback_loop.api.history.report import report_history
    from feedback_loop.domain.text import visible
    from feedback_loop.faces.cli.progress import progress_bar

    texts = {"--since": since, "--period": period, "--from": from_ref, "--to": to_ref}
    _refuse_empty(texts | {"--path": path, "--as-of": as_of, "-C": folder})
    workspace = open_workspace(folder)
    with progress_bar("reading history", quiet) as progress:
        request = HistoryRequest(
            patterns=tuple(pattern or ()),
            since=since or "",
            period=period or "",
            from_ref=from_ref or "",
            to_ref=to_ref or "",
            path=path or "",
            as_of=as_of or "",
            by=by.value,
            sites=show_open or format is not HistoryFormat.text,
            survival=survival,
            landed=landed or verify,
            exact=exact,
            workers=workers,
            cache=not no_cache,
            progress=progress,
        )
        report = report_history(workspace, request)
    for note in report.notes[:_NOTES]:
        say(f"feedback-loop: {visible(note)}")
    code = max(_verified(report, verify), _failed(report, fail_on))
    put(_rendered(report, format, (show_open, survival), code))
    raise typer.Exit(code)


def _rendered(report: HistoryReport, format: HistoryFormat, shown: tuple[bool, bool], code: int) -> str:
    if format is HistoryFormat.text:
        from feedback_loop.render.history import render_history

        return render_history(report, *shown)
    from feedback_loop.render.history_json import render_history_json, render_history_jsonl

    render = render_history_json if format is HistoryFormat.json else render_history_jsonl
    return render(report, code)


def _verified(report: HistoryReport, wanted: bool) -> int:
    """1 if history does not say what the tip holds; of an incomplete one nobody can say."""
    if not wanted:
        return 0
    if not report.complete:
        say("feedback-loop: not verified: history is incomplete here")
        return 0
    if report.defects:
        say("feedback-loop: history differs from the tip: this is a bug of feedback-loop, please report it")
    return 1 if report.defects else 0


def _failed(report: HistoryReport, fail_on: FailOn | None) -> int:
    if fail_on is FailOn.new:
        return int(any(one.figures.introduced for one in report.patterns))
    if fail_on is FailOn.worse:
        return int(any(one.rose for one in report.patterns))
    return 0


def _refuse_empty(texts: dict[str, str | None]) -> None:
    """An empty value is a script's unset variable: it must not mean all of history."""
    found = [name for name, text in texts.items() if text == ""]
    if found:
        raise UserError(f"{' and '.join(found)}: an empty value", "leave it out, or fill it in", kind="usage")
