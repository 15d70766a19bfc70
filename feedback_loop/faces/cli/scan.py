"""`feedback-loop scan`: the lines that a change adds, or whole files, checked."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Color, ColorMode, Folder, open_workspace, put, say, use_color

if TYPE_CHECKING:
    from feedback_loop.api.scan_request import ScanRequest
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import ScanResult
    from feedback_loop.workspace import Workspace

_BUILT_IN = "the built-in library"
_NOTHING = {
    "staged": "nothing staged, so nothing was checked; `git add` what you want to commit",
    "range": "the range changes nothing, so nothing was checked",
    "all": "no tracked files, so nothing was checked",
    "paths": "no files there, so nothing was checked",
}


class FailOn(StrEnum):
    """The lowest level that makes the answer no."""

    block = "block"
    warn = "warn"
    hint = "hint"
    never = "never"


class MinSeverity(StrEnum):
    """The lowest severity that is reported."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


class Policy(StrEnum):
    """Whose settings, library and baseline hold for a range."""

    base = "base"
    head = "head"
    worktree = "worktree"


class ScanFormat(StrEnum):
    """How findings are written."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    sarif = "sarif"
    github = "github"
    gitlab = "gitlab"
    junit = "junit"
    rdjsonl = "rdjsonl"
    markdown = "markdown"


Many = list[str] | None


@app.command()
def scan(
    paths: Annotated[Many, typer.Argument(metavar="[PATH]…", help="Check these whole files instead.")] = None,
    diff: Annotated[
        str | None, typer.Option("--diff", metavar="A..B", help="Check a range; A...B from the merge base.")
    ] = None,
    from_ref: Annotated[
        str | None,
        typer.Option("--from-ref", metavar="REF", help="With --to-ref: check FROM...TO."),
    ] = None,
    to_ref: Annotated[str | None, typer.Option("--to-ref", metavar="REF", help="The range's head.")] = None,
    all_files: Annotated[bool, typer.Option("--all", help="Check every tracked file, all lines.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="REV", help="With --all: of a commit.")] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Scan both sides; report what the new one has more of.")
    ] = False,
    only: Annotated[Many, typer.Option("--only", metavar="GLOB", help="Only these; repeatable.")] = None,
    policy: Annotated[
        Policy | None,
        typer.Option("--policy", help="Whose patterns and settings. [default: base with --from-ref]"),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="FILE|none", help="Findings accepted before.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day that `until=` is held against.")
    ] = None,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="PATH:LINE", help="What each detector makes of a line, and why."),
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit 1 from this level on. [default: as set, else block]"),
    ] = None,
    min_severity: Annotated[
        MinSeverity | None, typer.Option("--min-severity", help="Leave out less severe patterns.")
    ] = None,
    hints: Annotated[bool, typer.Option("--hints", help="Run the detectors that only hint, too.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 in spite of findings.")] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="In CI too: nothing to check is fine.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Say nothing when there is nothing to mend.")
    ] = False,
    output: Annotated[
        str | None, typer.Option("--output", metavar="FILE", help="Write to a file, all or nothing.")
    ] = None,
    folder: Folder = None,
    format: Annotated[ScanFormat, typer.Option("--format", help="How to write it.")] = ScanFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Check the lines that a change adds.

    Without options that is what `git commit` would take: the staged text, not the files on disk. Only
    mistakes on added lines count. Nothing is changed. Detectors of level hint run with --hints, with
    --fail-on hint, and for JSON.

    \b
    Exit codes: 0 clean, 1 findings (--fail-on), 2 something to mend (settings, a pattern, a commit that
    is not there; in CI also nothing to check), 3 the tool failed.

    \b
    Examples:
      feedback-loop scan
      feedback-loop scan --hints --fail-on warn
      feedback-loop scan --diff main...HEAD
      feedback-loop scan --from-ref origin/main --to-ref HEAD --format github
      feedback-loop scan --all --format sarif --output findings.sarif
      feedback-loop scan src/app.py --why src/app.py:12
    """
    from feedback_loop.api.scan_request import RangeWords, ScanRequest, with_range

    workspace = open_workspace(folder)
    request = ScanRequest(
        everything=all_files,
        rev=_only_with(at, all_files),
        paths=tuple(_seen_from(folder, path) for path in paths or ()),
        compare=compare,
        only=tuple(only or ()),
        policy=policy.value if policy else "worktree",
        baseline=baseline if baseline in (None, "none") else _seen_from(folder, baseline),
        as_of=_date(as_of),
        hints=hints or fail_on is FailOn.hint or format in (ScanFormat.json, ScanFormat.jsonl),
        min_severity=min_severity.value if min_severity else None,
    )
    request = with_range(request, RangeWords(diff, from_ref, to_ref), os.environ)
    if why is not None:
        put(_why(workspace, request, why, folder))
        return
    result, library, request = _run(workspace, request)
    if fail_on is not None:
        library.fail_on = fail_on.value
    if not quiet and library.source == _BUILT_IN:
        say(f"no {library.folder}/ here: using {_BUILT_IN} ({library.patterns} patterns)")
    if not result.changes and not quiet:
        say("feedback-loop: " + _NOTHING[result.mode])
    code = _exit_code(result, library, exit_zero, allow_empty)
    shown = Shown(format.value, hints or library.fail_on == "hint", quiet, use_color(color) and not output)
    _write(_rendered(result, library, code, shown), output)
    raise typer.Exit(code)


class Shown:
    """How the result is to be shown."""

    __slots__ = ("color", "format", "hints", "quiet")

    def __init__(self, format: str, hints: bool, quiet: bool, color: bool) -> None:
        self.format = format
        self.hints = hints
        self.quiet = quiet
        self.color = color


def _run(workspace: Workspace, request: ScanRequest) -> tuple[ScanResult, CompiledLibrary, ScanRequest]:
    """The scan; in CI, where nothing is staged, of the branch's own commits."""
    from feedback_loop.api.scan_request import in_ci, run_scan
    from feedback_loop.faces.cli.progress import progress_bar

    with progress_bar("scanning") as progress:
        result, library = run_scan(workspace, request, progress)
        if not result.changes:
            instead = in_ci(workspace, request, os.environ)
            if instead:
                request = instead
                result, library = run_scan(workspace, request, progress)
    return result, library, request


def _rendered(result: ScanResult, library: CompiledLibrary, code: int, shown: Shown) -> str:
    """The output; "" where quiet has nothing to say."""
    if shown.format != "text":
        from feedback_loop.render.encoders import encode

        encoded = encode(shown.format, result, library, code)
        for note in encoded.notes:
            say(f"feedback-loop: {note}")
        if shown.format == "github":
            _summarise(result, library, code)
        return encoded.text
    from feedback_loop.render.text import render_scan

    broken = library.problems or library.disabled or result.not_checked
    seen = result.findings if shown.hints else result.at_least("warn")
    if broken or seen or (result.changes and not shown.quiet):
        return render_scan(result, library, color=shown.color, hints=shown.hints)
    return ""


def _summarise(result: ScanResult, library: CompiledLibrary, code: int) -> None:
    """The table for a GitHub job's page: of annotations only the first ten of a kind are shown (FMT-3)."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        from feedback_loop.render.encoders import encode

        with open(path, "a", encoding="utf-8", errors="backslashreplace") as summary:
            summary.write(encode("markdown", result, library, code).text)


def _write(text: str, output: str | None) -> None:
    if output is None:
        if text:
            put(text)
        return
    from feedback_loop.api.output import write_output

    write_output(os.path.abspath(output), text)
    say(f"feedback-loop: wrote {output}")


def _exit_code(result: ScanResult, library: CompiledLibrary, exit_zero: bool, allow_empty: bool) -> int:
    from feedback_loop.faces.hook_commands import in_ci

    code = result.exit_code(library, closed=True)
    if code == 1 and exit_zero:
        return 2 if library.problems or library.disabled else 0
    # Nothing to check is fine at a desk; in CI it is a check that checks nothing (PC-7).
    return code or (2 if not result.changes and in_ci() and not allow_empty else 0)


def _why(workspace: Workspace, request: ScanRequest, place: str, folder: str | None) -> str:
    from feedback_loop.api.why import explain_line
    from feedback_loop.render.why import render_why

    path, _, line = place.rpartition(":")
    if not path or not line.isdecimal():
        raise UserError(f"not a place: {place!a}", "write PATH:LINE", kind="usage")
    return render_why(explain_line(workspace, request, _seen_from(folder, path), int(line)))


def _seen_from(folder: str | None, path: str) -> str:
    """The path seen from -C DIR, as git does it."""
    return os.path.abspath(os.path.join(folder or ".", path))


def _only_with(at: str | None, all_files: bool) -> str | None:
    if at and not all_files:
        raise UserError("--at names the commit of --all", "give both", kind="usage")
    return at


def _date(text: str | None) -> str | None:
    if text is None:
        return None
    import datetime

    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UserError(f"not a date: {text!a}", "write YYYY-MM-DD", kind="usage") from error
