"""Patterns proposed for a task: a text, or a plan that is there and gets the missing ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from feedback_loop.api.library import open_library
from feedback_loop.domain.library import Library
from feedback_loop.domain.names import Names
from feedback_loop.domain.plan import SIZE_CAP, Section
from feedback_loop.engines.suggest import Candidate, suggest
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.formats.plan_section import decode_plan
from feedback_loop.formats.plan_text import Box, format_section, insertion, task_text
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.plans import read_plan_bytes
from feedback_loop.workspace import Workspace

_TRIED = 20  # places where the fence or comment that swallows an insertion may begin


@dataclass(frozen=True)
class Wanted:
    """How sure a proposal must be, 0 to 1, and how many there may be."""

    min_confidence: float = 0.3
    limit: int = 8


@dataclass(frozen=True)
class Proposal:
    """A pattern of the library that fits the task; `confidence` is above 0 and up to 1."""

    name: str
    confidence: float
    severity: str
    guidance: str

    @property
    def box(self) -> Box:
        """Its line of the checklist."""
        return Box(self.name, self.severity, self.confidence)


@dataclass(frozen=True)
class Suggested:
    """What is proposed. `path` is the plan's, "" for a text; `missing` are those it does not list yet."""

    path: str
    proposals: tuple[Proposal, ...]
    missing: tuple[Proposal, ...]
    problems: int
    written: bool = False

    @property
    def section(self) -> str:
        """A checklist of what is missing; "" if nothing is."""
        return format_section([one.box for one in self.missing])


def propose(library: Library, task: str, wanted: Wanted) -> tuple[Proposal, ...]:
    """The active patterns that a task calls for by what it names, the surest first.

    Stricter than the suggestions it takes them from: a box that nobody can tick with sense costs more
    than a missing one. Raises UserError for a `wanted` that cannot be.
    """
    if not 0 <= wanted.min_confidence <= 1:
        raise UserError("--min-confidence must be from 0 to 1", kind="usage")
    if wanted.limit < 1:
        raise UserError("--limit must be 1 or more", kind="usage")
    active = library.active
    found = suggest(task, [Candidate(one.name, one.severity, one.tags) for one in active])
    sure = [one for one in found if one.telling and one.confidence >= wanted.min_confidence]
    return tuple(
        Proposal(
            active[one.index].name,
            one.confidence,
            active[one.index].severity,
            active[one.index].guidance or active[one.index].title,
        )
        for one in sure[: wanted.limit]
    )


def suggest_for(
    workspace: Workspace, what: str, wanted: Wanted, *, folder: str | None = None, write: bool = False
) -> Suggested:
    """Patterns for a plan, if `what` names a file as seen from `folder`, else for the text that it is.

    With `write` the missing ones are added to the plan's checklist, and no other byte changes. Raises
    UserError, and writes nothing, for a file that is no plan or where the lines would not be read.
    """
    if not what.strip() or "\0" in what:
        raise InputError("there is nothing to suggest patterns for", "give a plan's path or a text")
    if os.path.lexists(os.path.join(folder or ".", what)):
        return _suggest_for_file(workspace, what, wanted, folder, write)
    is_path = not any(char.isspace() for char in what) and ("/" in what or what.endswith(".md"))
    if write or is_path:
        hint = "--write needs the path of a plan" if write else "a text may be put in quotes"
        raise UserError(f"no such file: {what!a}", hint, kind="usage")
    library = open_library(workspace)
    proposals = propose(library, what, wanted)
    return Suggested("", proposals, proposals, len(library.problems))


def _suggest_for_file(
    workspace: Workspace, what: str, wanted: Wanted, folder: str | None, write: bool
) -> Suggested:
    root = os.path.realpath(workspace.root)
    full, data = read_plan_bytes(os.path.join(os.path.realpath(folder), what) if folder else what, [root])
    path = os.path.relpath(full, root)
    text = decode_plan(data, path)
    section = scan_section(text)
    library = open_library(workspace)
    proposals = propose(library, task_text(text, section), wanted)
    names = Names((one.name, one.state, one.supersedes, one.conflicts) for one in library.patterns)
    listed = {names.resolve(item.name).name for item in section.items}
    missing = tuple(one for one in proposals if one.name not in listed)
    if write and missing:
        atomic_write(f"{root}/{path}", _extended(data, section, [one.box for one in missing], path))
    return Suggested(path, proposals, missing, len(library.problems), write and bool(missing))


def _extended(data: bytes, section: Section, boxes: Sequence[Box], path: str) -> bytes:
    """The plan with the boxes in it. Raises UserError if they would not be read back."""
    made = _inserted(data, section, boxes)
    if len(made) > SIZE_CAP:
        raise UserError(f"{path!a} would be larger than {SIZE_CAP} bytes")
    if _is_read(made, section, boxes):
        return made
    line = _opening(data, boxes)
    if line:
        text = f"{path}:{line}: a fence or comment that begins here has no end, so nothing below it is read"
        raise UserError(text, "close it, then try again")
    hint = "move the section to the end of the file, out of lists and quotes"
    raise UserError(f"{path}: what would be added would not be read as part of the checklist", hint)


def _inserted(data: bytes, section: Section, boxes: Sequence[Box]) -> bytes:
    at, piece = insertion(data, section, boxes)
    return data[:at] + piece + data[at:]


def _is_read(made: bytes, before: Section, boxes: Sequence[Box]) -> bool:
    after = scan_section(made.decode())
    names = [item.name for item in before.items] + [box.name for box in boxes]
    return [item.name for item in after.items] == names


def _opening(data: bytes, boxes: Sequence[Box]) -> int:
    """The line of the fence or comment without which the boxes would be read; 0 = it is something else."""
    lines = data.split(b"\n")
    marks = (b"```", b"~~~", b"<!--")
    places = [index for index, line in enumerate(lines) if any(mark in line for mark in marks)]
    for index in reversed(places[-_TRIED:]):
        kept = b"\n".join([*lines[:index], b""])
        section = scan_section(kept.decode())
        if _is_read(_inserted(kept, section, boxes), section, boxes):
            return index + 1
    return 0
