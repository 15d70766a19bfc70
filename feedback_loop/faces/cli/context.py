"""`feedback-loop context`: what an assistant should know before it writes."""

from __future__ import annotations

import os
import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import Folder, Format, OutputFormat, open_workspace, put_json, say

if TYPE_CHECKING:
    from feedback_loop.domain.injection import Context, Request
    from feedback_loop.workspace import Workspace

SIZE_CAP = 1 << 20  # bytes of a prompt
_ID_CAP = 200  # characters, as `smoke ingest` takes them


class Target(StrEnum):
    """What the text is to be generated for."""

    prompt = "prompt"
    entity = "entity"
    endpoint = "endpoint"
    schema = "schema"


_NAME = re.compile(r"[^\W\d][\w-]*(?:\.[^\W\d][\w-]*)*")
_ENDPOINT = re.compile(r"(?:(?:\*|[A-Za-z]+) +)?/\S*")
# What TASK has to be where it is no prompt, and an example: it is shown as it is.
_FORMS = {
    Target.entity: (_NAME, "Product"),
    Target.endpoint: (_ENDPOINT, "POST /products/{id}"),
    Target.schema: (_NAME, "ProductCreate"),
}
_WORDS = {Target.entity: "an entity", Target.endpoint: "an endpoint", Target.schema: "a schema"}


@app.command()
def context(
    task: Annotated[
        list[str],
        typer.Argument(metavar="TASK…", help="The task in words, or with --for the name; - = stdin."),
    ],
    paths: Annotated[
        list[str] | None,
        typer.Option("--paths", metavar="P", help="A file or folder that the task touches; repeatable."),
    ] = None,
    budget: Annotated[
        int | None, typer.Option("--budget", metavar="N", help="Tokens that may be added. [default: 1500]")
    ] = None,
    target: Annotated[
        Target,
        typer.Option("--for", help="What TASK is: a prompt, or the name of an entity, endpoint or schema."),
    ] = Target.prompt,
    record: Annotated[bool, typer.Option("--record", help="Write an injection event first.")] = False,
    generation: Annotated[
        str | None,
        typer.Option(
            "--generation",
            metavar="ID",
            help="The generation that this is for, 1 to 200 printable characters.",
        ),
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="The assistant's session.")
    ] = None,
    task_id: Annotated[str | None, typer.Option("--task", metavar="ID", help="The task's id.")] = None,
    holdout: Annotated[
        float | None,
        typer.Option(
            "--holdout", metavar="SHARE", help="Withhold this share, 0 to 1, to measure the effect."
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what was chosen and left out, and why.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Put the patterns that fit a task behind its prompt, within a budget.

    The prompt comes first, byte for byte, then a section of at most three patterns with their code. If
    nothing fits, or inject.enabled is false, the prompt is all there is. Open findings in the files named by
    --paths move a pattern up.

    With --for entity, endpoint or schema TASK is a name (Product, POST /products, ProductCreate), and a line
    for each of the failures known of it follows.

    Pattern text is data: hidden characters are taken out and no code can leave its fence, which lowers the
    risk of injected instructions and does not remove it.

    \b
    Exit codes: 0 whatever was found, 2 something to mend (a blank task, more than 1 MiB, no such path), 3
    the event could not be written: no text is handed out.

    \b
    Examples:
      feedback-loop context "parse the JSON answer of the model"
      feedback-loop context - --paths app/upload.py --budget 800 < prompt.md
      feedback-loop context "POST /products" --for endpoint
      feedback-loop context "upload a large file" --record --generation "$ID" --holdout 0.2
    """
    from feedback_loop.domain.injection import Ids, Request, Wanted

    ids = Ids(*_given({"--generation": generation, "--session": session, "--task": task_id}))
    wanted = Wanted(budget=budget, holdout=holdout)
    request = Request(_checked(_prompt(task), target), "", wanted, tuple(paths or ()), folder, ids, record)
    found = _found(open_workspace(folder), target, request)
    if found.ids.generation and not generation:
        say(f"feedback-loop: generation {found.ids.generation}")
    _tell(found, verbose)
    if format is OutputFormat.json:
        from feedback_loop.render.context import context_fields

        put_json(context_fields(found, target.value))
    else:
        _put(found.text, is_line=task != ["-"])


def _given(options: dict[str, str | None]) -> list[str | None]:
    """The values; a blank one is a script's unset variable."""
    for option, value in options.items():
        if value is not None and not value.strip():
            raise UserError(f"{option}: an empty value", "leave it out, or fill it in", kind="usage")
    generation = options["--generation"] or ""
    if len(generation) > _ID_CAP or not generation.isprintable():
        raise UserError(f"--generation: 1 to {_ID_CAP} printable characters are needed", kind="usage")
    return list(options.values())


def _prompt(task: list[str]) -> str:
    """The words, or all of stdin; a byte that is no UTF-8 keeps its place as a surrogate."""
    is_stdin = task == ["-"]
    data = sys.stdin.buffer.read(SIZE_CAP + 1) if is_stdin else os.fsencode(" ".join(task))
    if len(data) > SIZE_CAP:
        raise UserError(f"the task holds more than {SIZE_CAP} bytes", kind="usage")
    text = data.decode("utf-8", "surrogateescape")
    if not text.strip():
        raise UserError("the task is blank", "say in a few words what is to be done", kind="usage")
    return text


def _checked(text: str, target: Target) -> str:
    """The text, as it is. Raises UserError if a name is asked for and it is none."""
    from feedback_loop.domain.text import visible

    form, like = _FORMS.get(target, (None, ""))
    name = text.strip()
    if form is not None and (visible(name) != name or not form.fullmatch(name)):
        hint = f"write it like `{like}`; words of a prompt go without --for"
        raise UserError(f"not {_WORDS[target]}: {name!a:.80}", hint, kind="usage")
    return text


def _found(workspace: Workspace, target: Target, request: Request) -> Context:
    if target is Target.prompt:
        from feedback_loop.api.context.context import context as carry_out

        return carry_out(workspace, request)
    from feedback_loop.api.context.targets import context_for

    return context_for(workspace, target.value, request)


def _tell(found: Context, verbose: bool) -> None:
    from feedback_loop.domain.text import visible

    lines = list(found.notes)
    if verbose:
        from feedback_loop.render.context import context_lines

        lines += context_lines(found)
    for line in lines:
        say(f"feedback-loop: {visible(line)}")


def _put(text: str, *, is_line: bool) -> None:
    """To stdout as it is: what came from stdin goes back byte for byte, words of ours get a line end."""
    text = text + "\n" if is_line and not text.endswith("\n") else text
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
