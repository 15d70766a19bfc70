"""A new plan: written by date and title, with the patterns that the task calls for."""

from __future__ import annotations

import os
from dataclasses import dataclass

from feedback_loop.api.library import open_library
from feedback_loop.api.plan_suggest import Proposal, Wanted, propose
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.text import visible
from feedback_loop.errors import UserError
from feedback_loop.formats.plan_text import format_plan, is_prose, slug
from feedback_loop.stores.files import atomic_write, components
from feedback_loop.workspace import Workspace

_LINE_CAP = 500
_PHASES_CAP = 100


@dataclass(frozen=True)
class PlanDraft:
    """What a person says about a new plan.

    `output` is a path as seen from the folder; None = by `day` (YYYY-MM-DD) and title.
    """

    title: str
    goal: str = ""
    phases: tuple[str, ...] = ()
    output: str | None = None
    day: str = ""


@dataclass(frozen=True)
class WrittenPlan:
    """A new plan by its repository path. `counted` = the settings' globs take it for one."""

    path: str
    proposals: tuple[Proposal, ...]
    counted: bool
    problems: int


def write_plan(
    workspace: Workspace, draft: PlanDraft, wanted: Wanted, folder: str | None = None
) -> WrittenPlan:
    """Write a new plan with the patterns that its title, goal and phases call for.

    Raises UserError, and writes nothing, for texts that are no single visible line, a path that is taken
    or leads outside the repository, and broken settings.
    """
    settings, problems = workspace.settings()
    if problems:
        raise UserError("\n".join(map(str, problems)), "mend the settings first", kind="settings")
    title, goal, phases = _checked(draft)
    path = _path(workspace, settings, draft, folder)
    _check_free(workspace.root, path)
    library = open_library(workspace)
    proposals = propose(library, "\n".join((title, goal, *phases)), wanted)
    text = format_plan(title, goal, phases, [one.box for one in proposals])
    atomic_write(f"{workspace.root}/{path}", text.encode())
    counted = matches(compile_globs(settings.plans), path)
    return WrittenPlan(path, proposals, counted, len(library.problems))


def _path(workspace: Workspace, settings: Settings, draft: PlanDraft, folder: str | None) -> str:
    if draft.output is None:
        return _named(settings, draft)
    return _output_path(workspace, draft.output, folder)


def _checked(draft: PlanDraft) -> tuple[str, str, tuple[str, ...]]:
    title = _line(draft.title, "title")
    if not any(char.isalnum() for char in title):
        raise UserError(f"a title needs a letter or a digit: {title!a}", kind="usage")
    goal = _line(draft.goal, "goal") if draft.goal.strip() else title
    if not is_prose(goal):
        what = "goal" if draft.goal.strip() else "title"
        raise UserError(f"a {what} is a sentence, this begins like something else in markdown: {goal!a}")
    phases = tuple(_line(phase, "phase") for phase in draft.phases) or (title,)
    if len(phases) > _PHASES_CAP:
        raise UserError(f"{len(phases)} phases, more than {_PHASES_CAP}", kind="usage")
    return title, goal, phases


def _line(text: str, what: str) -> str:
    """The text trimmed. Raises UserError for anything but one line of visible characters."""
    text = text.strip()
    if not text:
        raise UserError(f"the {what} is empty", kind="usage")
    if "\t" in text or visible(text) != text:
        raise UserError(f"the {what} must be one line without control characters: {text!a}", kind="usage")
    if len(text) > _LINE_CAP:
        raise UserError(f"the {what} is longer than {_LINE_CAP} characters", kind="usage")
    return text


def _named(settings: Settings, draft: PlanDraft) -> str:
    """The path by date and title, in the folder of the first glob that takes it for a plan."""
    stem = slug(draft.title)
    if not stem:
        text = "no file can be named after this title: a-z and 0-9 make the name"
        raise UserError(text, "name it: --output plans/FILE.md", kind="usage")
    for glob in settings.plans:
        fixed = glob.partition("*")[0].partition("?")[0].partition("[")[0]
        path = fixed[: fixed.rfind("/") + 1] + f"{draft.day}-{stem}.md"
        if matches(compile_globs([glob]), path):
            return path
    raise UserError(
        f"no glob of `plans` in {settings.path or 'the settings'} takes {draft.day}-{stem}.md for a plan",
        "name the file: --output FILE",
        kind="settings",
    )


def _output_path(workspace: Workspace, output: str, folder: str | None) -> str:
    """The repository path of what the user named; no file need be there."""
    if "\0" in output:
        raise UserError("a path cannot hold NUL", kind="usage")
    parent, name = os.path.split(os.path.abspath(os.path.join(folder or ".", output)))
    full = os.path.join(os.path.realpath(parent), name)
    return _inside(workspace.root, full, output)


def _inside(root: str, full: str, shown: str) -> str:
    top = os.path.realpath(root).rstrip("/") + "/"
    if not full.startswith(top):
        raise UserError(f"path leaves the repository: {shown!a}", kind="usage")
    parts = components(full[len(top) :])
    if any(part.lower() == ".git" for part in parts):
        raise UserError(f"git's own files are no plans: {shown!a}", kind="usage")
    return "/".join(parts)


def _check_free(root: str, path: str) -> None:
    """Raises UserError if something is there, or if no file can be."""
    full = f"{root}/{path}"
    if os.path.lexists(full):
        if os.path.isdir(full):
            raise UserError(f"a folder, not a file: {path!a}", kind="usage")
        raise UserError(f"{path} exists already", f"add to it: feedback-loop plan suggest {path} --write")
    above = os.path.dirname(full)
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if not os.path.isdir(above):
        raise UserError(f"not a folder: {os.path.relpath(above, root)!a}", kind="usage")
    _inside(root, os.path.join(os.path.realpath(above), "x"), path)
