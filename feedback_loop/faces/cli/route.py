"""`feedback-loop route`: which prompt framework fits a task."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import (
    Folder,
    Format,
    OutputFormat,
    given_moment,
    given_text,
    open_workspace,
    put,
    put_json,
    say,
    say_troubles,
)

if TYPE_CHECKING:
    from feedback_loop.api.routing.route import LearnFrom
    from feedback_loop.domain.routing import Question, Routing


class Adjust(StrEnum):
    """By which rule ratings change the confidence."""

    bayes = "bayes"
    seed = "seed"


class Policy(StrEnum):
    """How one of the type's frameworks is chosen."""

    fixed = "fixed"
    thompson = "thompson"


@app.command()
def route(
    task: Annotated[
        list[str],
        typer.Argument(metavar="TASK…", help="The task in words; @FILE = a file, - = stdin."),
    ],
    learn: Annotated[
        bool, typer.Option("--learn", help="Let the ratings of this repository change the confidence.")
    ] = False,
    adjust: Annotated[
        Adjust | None,
        typer.Option("--adjust", help="Learn by certainty, or by plain rates. [default: bayes]"),
    ] = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help="Learn from the last N days.")] = 7,
    policy: Annotated[
        Policy, typer.Option("--policy", help="The type's first framework, or one drawn by its ratings.")
    ] = Policy.fixed,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", help="Repeat what thompson drew. [default: a new one, shown]"),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="Leave out later ratings: a time, or a day as its first moment. [default: now]",
        ),
    ] = None,
    enhance: Annotated[
        bool, typer.Option("--enhance", help="Print the task with the techniques' sentences around it.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Choose framework, techniques and model tier for a task.

    A text that begins with @ is written with two; a file is one of the folder you are in.

    A task is of the type of which it has the most trigger words; docs/feedback.md lists the ten types, and
    route.types and route.models in the settings change them. The confidence is .3, .5, .7 or .9 for 0, 1,
    2, or 3 triggers and more, .2 less where another type has as many.

    With --learn, ratings change the confidence. bayes: x1.1 where the framework's success rate with this type
    of task is above .8 with 90 % certainty, x0.9 where it is so surely below .5. seed: x1.1 above .8 and x0.9
    below .5 from 3 ratings on, which chance alone often brings about.

    --policy thompson tries frameworks in proportion to what their ratings promise; without it nothing is
    tried out. No rating or other event is written: `feedback capture --routing` puts the JSON into a
    rating, so that the decision gets the credit.

    \b
    Exit codes: 0 routed, 2 something to mend (a blank task, more than 1 MiB, no such file, a trigger in the
    settings that cannot be used, --learn or thompson outside of a repository).

    \b
    Examples:
      feedback-loop route "Calculate the derivative of x^2"
      feedback-loop route @task.md --learn --format json > routing.json
      feedback-loop route - --enhance < task.md
      feedback-loop route "Should we use Redis?" --policy thompson --seed 7
    """
    from feedback_loop.api.routing.route import SIZE_CAP, LearnFrom, routed_prompt
    from feedback_loop.domain.routing import Question
    from feedback_loop.render.routing import render_routing

    by = (adjust or Adjust.bayes).value if learn or adjust else None
    question = Question(given_text("the task", " ".join(task), SIZE_CAP), by, policy.value, seed)
    found = _routed(question, LearnFrom(days, given_moment("--as-of", as_of)), folder)
    prompt = routed_prompt(question.task, found) if enhance else None
    if format is OutputFormat.json:
        put_json(_fields(found) | ({} if prompt is None else {"enhanced_prompt": prompt}))
    elif prompt is None:
        put(render_routing(found))
    else:
        if found.seed != seed:
            say(f"feedback-loop: seed {found.seed}")
        _put_whole(prompt)


def _routed(question: Question, learn_from: LearnFrom, folder: str | None) -> Routing:
    """The decision; what befell the reading of ratings is said."""
    from feedback_loop.api.routing.route import find_workspace, needs_ratings, route

    if not needs_ratings(question):
        return route(question, find_workspace(_existing(folder)), None, learn_from)
    from feedback_loop.api.feedback.database import FeedbackDatabase

    database = FeedbackDatabase(open_workspace(folder).root)
    found = route(question, database.workspace, database, learn_from)
    say_troubles(database)
    return found


def _fields(found: Routing) -> dict[str, Any]:
    """The fields of `RoutingResult`, and what was learnt (null without); `capture --routing` reads them."""
    from feedback_loop.api.routing.result import routing_result
    from feedback_loop.render.routing import learned_fields

    learned = learned_fields(found.learned) if found.learned else None
    return routing_result(found).to_dict() | {"schema_version": 1, "learned": learned, "exit_code": 0}


def _existing(folder: str | None) -> str | None:
    if folder is not None and not os.path.isdir(folder):
        raise UserError(f"no such folder: {folder}", kind="usage")
    return folder


def _put_whole(prompt: str) -> None:
    """To stdout as it is: the task stands in it byte for byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(prompt.encode("utf-8") + (b"" if prompt.endswith("\n") else b"\n"))
    sys.stdout.buffer.flush()
