"""`feedback-loop scan`: the lines that a change adds, or whole files, checked."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Color, ColorMode, Folder, open_workspace, say, use_color

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feedback_loop.api.scan_request import ScanRequest
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import ScanResult
    from feedback_loop.workspace import Workspace

_LINE_DIGITS = 9  # of more no file has as many lines


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
_WITH_HINTS = (ScanFormat.json, ScanFormat.jsonl)


def _counts_hints(format: ScanFormat, all_files: bool) -> bool:
    """The text says how many are hidden; for a whole tree it would take three times as long to know."""
    return format is ScanFormat.text and not all_files


@app.command()
def scan(
    paths: Annotated[Many, typer.Argument(metavar="PATH", help="Check these whole files instead.")] = None,
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
    only: Annotated[
        Many, typer.Option("--only", metavar="GLOB", help="Only these paths, as 'src/**'; repeatable.")
    ] = None,
    policy: Annotated[
        Policy | None,
        typer.Option("--policy", help="Whose patterns, settings, baseline. [default: base with --from-ref]"),
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
    mistakes on added lines count. Nothing is changed. Hints are counted, and shown with --hints or in
    JSON; --all leaves their detectors out unless asked for them.

    Between --from-ref and --to-ref, and in CI where nothing is staged, the settings, patterns and baseline
    of the merge base hold, and what the change weakens in them is told (--policy head: the change's own).

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
      feedback-loop scan --diff HEAD~3..HEAD --compare --only 'src/**'
      feedback-loop scan src/ --min-severity high
      feedback-loop scan --all --why src/app.py:12
    """
    from feedback_loop.api.output import check_output
    from feedback_loop.api.scan_request import RangeWords, ScanRequest, with_range
    from feedback_loop.faces.cli.scan_output import Shown, notes, rendered, write

    texts = {"--diff": diff, "--from-ref": from_ref, "--to-ref": to_ref, "--at": at, "--baseline": baseline}
    _refuse_empty(
        texts | {"--as-of": as_of, "--output": output, "-C": folder}, {"PATH": paths, "--only": only}
    )
    workspace = open_workspace(folder)
    target = None if output is None else _seen_from(folder, output)
    if target is not None:
        check_output(target)
    request = ScanRequest(
        everything=all_files,
        rev=at,
        paths=tuple(paths or ()),
        folder=folder,
        compare=compare,
        only=tuple(only or ()),
        policy=policy.value if policy else None,
        baseline=baseline if baseline in (None, "none") else _seen_from(folder, baseline),
        as_of=_date(as_of),
        hints=hints
        or fail_on is FailOn.hint
        or (why is None and (format in _WITH_HINTS or _counts_hints(format, all_files))),
        min_severity=min_severity.value if min_severity else None,
    )
    request = with_range(request, RangeWords(diff, from_ref, to_ref), os.environ)
    if why is not None:
        write(_why(workspace, request, _place(why, folder), format), target, quiet)
        return
    result, library, request = _run(workspace, request, quiet)
    if fail_on is not None:
        library.fail_on = fail_on.value
    empty = not result.changes and _in_ci() and not allow_empty
    code = _exit_code(result, library, exit_zero) or (2 if empty else 0)
    for note in notes(result, library, request, empty):
        if empty or not quiet:
            say(note)
    shown = Shown(format.value, hints or library.fail_on == "hint", quiet, use_color(color) and not output)
    write(rendered(result, library, code, shown), target, quiet)
    raise typer.Exit(code)


def _run(
    workspace: Workspace, request: ScanRequest, quiet: bool
) -> tuple[ScanResult, CompiledLibrary, ScanRequest]:
    """The scan; in CI, where nothing is staged, of the branch's own commits."""
    from feedback_loop.api.scan_request import in_ci, run_scan
    from feedback_loop.faces.cli.progress import progress_bar

    with progress_bar("scanning", quiet) as progress:
        result, library = run_scan(workspace, request, progress)
        instead = None if result.changes else in_ci(workspace, request, os.environ)
        if instead and instead.range:
            if not quiet:
                say(f"feedback-loop: nothing staged: checking {instead.range.base}...{instead.range.head}")
            request = instead
            result, library = run_scan(workspace, request, progress)
    if request.policy and not request.range:
        raise UserError("--policy is for a range", "give --diff, or --from-ref and --to-ref", kind="usage")
    return result, library, request


def _exit_code(result: ScanResult, library: CompiledLibrary, exit_zero: bool) -> int:
    """What is wrong beside findings is never forgiven."""
    code = result.exit_code(library, closed=True)
    if code == 1 and exit_zero:
        forgiving = library.from_tuple(library.to_tuple())
        forgiving.fail_on, forgiving.strict = "never", False
        return result.exit_code(forgiving, closed=True)
    return code


def _in_ci() -> bool:
    from feedback_loop.faces.hook_commands import in_ci

    return in_ci()


def _why(workspace: Workspace, request: ScanRequest, place: tuple[str, int], format: ScanFormat) -> str:
    from feedback_loop.api.why import explain_line
    from feedback_loop.render.why import render_why, why_fields

    if format not in (ScanFormat.text, ScanFormat.json):
        raise UserError("--why is written as text or json", kind="usage")
    answer = explain_line(workspace, request, *place)
    if format is ScanFormat.text:
        return render_why(answer)
    from feedback_loop.render.encoders import json_text

    return json_text(why_fields(answer))


def _place(text: str, folder: str | None) -> tuple[str, int]:
    path, _, line = text.rpartition(":")
    if not path or not (line.isascii() and line.isdecimal()) or len(line) > _LINE_DIGITS:
        raise UserError(f"not a place: {text!a}", "write PATH:LINE", kind="usage")
    return _seen_from(folder, path), int(line)


def _seen_from(folder: str | None, path: str) -> str:
    """The path seen from -C DIR, as git does it."""
    return os.path.abspath(os.path.join(folder or ".", path))


def _refuse_empty(texts: Mapping[str, str | None], lists: Mapping[str, Many]) -> None:
    """An empty value is a script's unset variable: it must not mean "all" or "as always"."""
    found = [name for name, text in texts.items() if text == ""]
    found += [name for name, many in lists.items() if "" in (many or ())]
    if found:
        raise UserError(f"{' and '.join(found)}: an empty value", "leave it out, or fill it in", kind="usage")


def _date(text: str | None) -> str | None:
    if text is None:
        return None
    import datetime

    try:
        if datetime.date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise UserError(f"not a date: {text!a}", "write YYYY-MM-DD", kind="usage")
