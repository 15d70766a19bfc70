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
    from collections.abc import Callable

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
    language: Annotated[Many, typer.Option(help="python, go, …; may be repeated.")] = None,
    tag: Annotated[Many, typer.Option(help="A word to find it by; may be repeated.")] = None,
    builtin: Annotated[
        str,
        typer.Option("--builtin", "--detector-from", help="The built-in check that finds it."),
    ] = "",
    message: Annotated[str, typer.Option(help="What a finding says. [default: the check's own words]")] = "",
    level: Annotated[Level, typer.Option(help="What a finding does.")] = Level.warn,
    bad: Annotated[Many, typer.Option(metavar="FILE", help="A bad example; may be repeated.")] = None,
    good: Annotated[Many, typer.Option(metavar="FILE", help="A good example; may be repeated.")] = None,
    folder: Folder = None,
    format: Format = OutputFormat.text,
    color: Color = ColorMode.auto,
) -> None:
    """Write down a new lesson: NAME.md for people, NAME.json for the tool.

    On a terminal it asks for what the options leave out. With --builtin the mistake is found from
    then on; without it the pattern is a guideline for people. The example files lie in the
    repository. Nothing is written that could not be read back, or whose detector misses the bad
    example or finds the good one.

    \b
    Examples:
      feedback-loop pattern new retry_with_limit --guidance "Stop retrying after five attempts."
      feedback-loop pattern new named_exceptions --builtin python.bare_except \\
        --guidance "Name the exceptions you expect." --bad bad.py --good good.py
    """
    from feedback_loop.api.new_pattern import free_folder, write_draft
    from feedback_loop.domain.draft import Draft

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
        builtin=builtin,
        message=message,
        level=level.value,
        bad=tuple(_absolute(path, folder) for path in bad or ()),
        good=tuple(_absolute(path, folder) for path in good or ()),
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
        return _asked(draft, headline, folder)
    if not draft.guidance:
        text = "a pattern needs its guidance, and there is no terminal to ask on"
        raise UserError(text, 'say what to do instead: --guidance "Do this."', kind="usage")
    return replace(draft, title=draft.title or headline, severity=draft.severity or "medium")


def _asked(draft: Draft, headline: str, folder: str | None) -> Draft:
    """The answers to one question per empty field; Enter takes the default or leaves it out."""
    from dataclasses import replace

    from feedback_loop.api.new_pattern import known_checks, words_of_check

    say(f"A new pattern, {draft.name}. Enter takes what stands in brackets, or leaves it for later.")
    draft = replace(
        draft,
        title=draft.title or _ask("Title", headline),
        guidance=draft.guidance or _ask("What to do instead, in one sentence", check=_some),
        severity=draft.severity or _ask("Severity", "medium", _one_of([*Severity])),
        description=draft.description or _ask("What goes wrong, and why it hurts"),
        problems=draft.problems or _one(_ask("What users or logs say when it happens")),
        references=draft.references or _one(_ask("Where to read more")),
        builtin=draft.builtin or _ask("Built-in check that finds it", check=_one_of(["", *known_checks()])),
    )
    if not draft.builtin:
        return draft

    def missing(path: str) -> str:
        return "" if os.path.isfile(_absolute(path, folder)) else "no such file"

    return replace(
        draft,
        message=draft.message or _ask("What a finding says", words_of_check(draft.builtin)),
        bad=draft.bad or (_absolute(_ask("File with a bad example", check=missing), folder),),
        good=draft.good or (_absolute(_ask("File with a good example", check=missing), folder),),
    )


def _ask(question: str, default: str = "", check: Callable[[str], str] = lambda answer: "") -> str:
    """The answer; asked again while `check` has a complaint. Raises Abort when the input ends."""
    brackets = f" [{default}]" if default else ""
    while True:
        # Not typer.prompt: it writes a blank to stdout, which belongs to the data.
        print(f"{question}{brackets}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        answer = line.strip() or default
        complaint = check(answer)
        if not complaint:
            return answer
        say(f"  {complaint}")


def _one(answer: str) -> tuple[str, ...]:
    return (answer,) if answer else ()


def _some(answer: str) -> str:
    return "" if answer else "this one is needed: it is what prompts and findings say"


def _one_of(known: list[str]) -> Callable[[str], str]:
    listed = ", ".join(one for one in known if one)
    return lambda answer: "" if answer in known else f"one of: {listed}"
