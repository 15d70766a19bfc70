"""`feedback-loop pattern new`: a lesson written down, from options and answers."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
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
from feedback_loop.faces.cli.pattern import pattern

if TYPE_CHECKING:
    from feedback_loop.domain.draft import Draft


class Severity(StrEnum):
    """How bad the mistake is."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


class Level(StrEnum):
    """What a finding does."""

    block = "block"
    warn = "warn"
    hint = "hint"
    off = "off"


Many = list[str] | None


@pattern.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name for ever: a-z, 0-9 and _.")],
    title: Annotated[str, typer.Option(help="The lesson as a headline. [default: from the name]")] = "",
    guidance: Annotated[str, typer.Option(help="What to do instead, in one imperative sentence.")] = "",
    severity: Annotated[Severity | None, typer.Option(help="How bad it is. [default: medium]")] = None,
    description: Annotated[str, typer.Option(help="What goes wrong, and why it hurts.")] = "",
    problem: Annotated[Many, typer.Option(help="What users or logs say; may be repeated.")] = None,
    reference: Annotated[Many, typer.Option(help="Where to read more; may be repeated.")] = None,
    tag: Annotated[Many, typer.Option(help="A word to find it by; may be repeated.")] = None,
    language: Annotated[Many, typer.Option(help="python, go, …; may be repeated.")] = None,
    literal: Annotated[
        Many, typer.Option(metavar="TEXT", help="Look for this text; may be repeated.")
    ] = None,
    regex: Annotated[str, typer.Option(metavar="RE", help="Look for lines this matches (RE2 syntax).")] = "",
    unless: Annotated[str, typer.Option(metavar="RE", help="But not if this matches the line too.")] = "",
    ignore_case: Annotated[
        bool, typer.Option("--ignore-case", help="Capitals or not (text, regex).")
    ] = False,
    word: Annotated[bool, typer.Option("--word", help="The text as a word of its own.")] = False,
    ast_grep: Annotated[
        str,
        typer.Option("--ast-grep", metavar="CODE", help="Look for code of this shape: `eval($A)`."),
    ] = "",
    rule: Annotated[
        str, typer.Option(metavar="FILE", help="Look for what this ast-grep rule (JSON) finds.")
    ] = "",
    builtin: Annotated[
        str,
        typer.Option("--builtin", "--detector-from", metavar="CHECK", help="Look for what this check finds."),
    ] = "",
    params: Annotated[str, typer.Option(metavar="JSON", help="Parameters of the check.")] = "",
    message: Annotated[
        str, typer.Option(help="What a finding says. [default: the check's own words, or the title]")
    ] = "",
    level: Annotated[Level, typer.Option(help="What a finding does.")] = Level.warn,
    bad: Annotated[Many, typer.Option(metavar="FILE", help="A bad example; may be repeated.")] = None,
    good: Annotated[Many, typer.Option(metavar="FILE", help="A good example; may be repeated.")] = None,
    bad_code: Annotated[
        Many, typer.Option(metavar="TEXT", help="A bad example as it is; may be repeated.")
    ] = None,
    good_code: Annotated[
        Many, typer.Option(metavar="TEXT", help="A good example as it is; may be repeated.")
    ] = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Write down a new lesson: NAME.md for people, NAME.json for the tool.

    On a terminal it asks for what the options leave out. With --literal, --regex, --ast-grep, --rule or
    --builtin the mistake is found from then on; without it the pattern is a guideline for people. Files
    given here lie in the repository. Nothing is written that could not be read back, or whose detector
    is unsound, misses the bad example or finds the good one.

    \b
    Examples:
      feedback-loop pattern new retry_with_limit --guidance "Stop retrying after five attempts."
      feedback-loop pattern new console_log --literal "console.log(" --language javascript \\
        --guidance "Use the logger." --bad-code "console.log(user)" --good-code "logger.info(user)"
      feedback-loop pattern new named_exceptions --builtin python.bare_except \\
        --guidance "Name the exceptions you expect." --bad bad.py --good good.py
    """
    from feedback_loop.api.patterns.new_pattern import free_folder, write_draft
    from feedback_loop.domain.draft import Draft, Search

    workspace = open_workspace(folder)
    free_folder(workspace, name)
    draft = Draft(
        name=name,
        title=title,
        guidance=guidance,
        severity=severity.value if severity else "",
        description=description,
        problems=tuple(problem or ()),
        references=tuple(reference or ()),
        languages=tuple(language or ()),
        tags=tuple(tag or ()),
        search=Search(
            literals=tuple(literal or ()),
            regex=regex,
            code=ast_grep,
            rule=_absolute(rule, folder) if rule else "",
            builtin=builtin,
            params=params,
            unless=unless,
            ignore_case=ignore_case,
            word=word,
        ),
        message=message,
        level=level.value,
        bad=tuple(_absolute(path, folder) for path in bad or ()),
        good=tuple(_absolute(path, folder) for path in good or ()),
        bad_code=tuple(bad_code or ()),
        good_code=tuple(good_code or ()),
    )
    paths, unwritten = write_draft(workspace, _completed(draft, folder))
    if format is OutputFormat.json:
        put_json({"paths": paths, "unwritten": unwritten})
        return
    put("\n".join(f"wrote {path}" for path in paths))
    if unwritten:
        say(f"still to write in {paths[0]}: {', '.join(unwritten)}")
    say(f"then try it: feedback-loop pattern test {name}")


def _absolute(path: str, folder: str | None) -> str:
    """The path seen from -C DIR, as git does it."""
    return os.path.abspath(os.path.join(folder or ".", path))


def _completed(draft: Draft, folder: str | None) -> Draft:
    """The draft with title, guidance and severity: asked for on a terminal, with all the rest."""
    from dataclasses import replace

    headline = draft.name.replace("_", " ").capitalize()
    if sys.stdin.isatty() and sys.stderr.isatty():
        from feedback_loop.faces.cli.pattern_questions import asked

        return asked(draft, headline, folder or ".")
    if not draft.guidance:
        text = "a pattern needs its guidance, and there is no terminal to ask on"
        raise UserError(text, 'say what to do instead: --guidance "Do this."', kind="usage")
    return replace(draft, title=draft.title or headline, severity=draft.severity or "medium")
