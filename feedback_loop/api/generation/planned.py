"""The patterns that a plan lists, for a generator that is to apply them (A70)."""

from __future__ import annotations

import os

from feedback_loop.api.library import open_library
from feedback_loop.domain.names import Names
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.formats.plan_section import decode_plan
from feedback_loop.stores.plans import read_plan_bytes
from feedback_loop.workspace import Workspace


def read_planned(workspace: Workspace, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names of active patterns, notes on those listed that are none) of the plan at this path.

    Raises UserError for a file that is no plan, or outside of the repository.
    """
    root = os.path.realpath(workspace.root)
    full, data = read_plan_bytes(path, [root])
    section = scan_section(decode_plan(data, os.path.relpath(full, root)))
    library = open_library(workspace)
    known = Names((one.name, one.state, one.supersedes, one.conflicts) for one in library.patterns)
    active = {one.name for one in library.active}
    names: list[str] = []
    notes: list[str] = []
    for item in section.items:
        name = known.resolve(item.name).name
        if name in active:
            names.append(name)
        else:
            notes.append(f"{item.name} of the plan is no active pattern")
    return tuple(dict.fromkeys(names)), tuple(notes)
