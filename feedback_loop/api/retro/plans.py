"""What the plans and commit messages of a period declare, and what the diff said about it (H54, H78)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feedback_loop.api.retro.period import Placed
from feedback_loop.api.retro.tip import Tip
from feedback_loop.domain.event import Event
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.history import Commits
from feedback_loop.domain.library import Library
from feedback_loop.domain.names import Names
from feedback_loop.domain.plan import SIZE_CAP, VERDICTS, Section
from feedback_loop.domain.retro import FOLDER, PlanRow
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.text import path_text
from feedback_loop.domain.trailers import pattern_trailers
from feedback_loop.errors import UserError
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.formats.plan_section import decode_plan
from feedback_loop.formats.records import event_data
from feedback_loop.stores.git_objects import empty_tree
from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class Declared:
    """Plans of the period, by path, and how often each pattern was ticked or named by a trailer."""

    plans: tuple[PlanRow, ...]
    patterns: Mapping[str, int]


def find_declared(
    workspace: Workspace,
    settings: Settings,
    tip: Tip,
    library: Library,
    commits: Commits,
    placed: Placed,
    events: Iterable[Event],
) -> Declared:
    """What the period's commits brought: plans as the tip has them, verdicts as events tell them."""
    names = Names((one.name, one.state, one.supersedes, one.conflicts) for one in library.patterns)
    logged = dict(_logged(events))
    sections = _sections(tip, _touched(workspace, settings, commits, placed))
    rows, counts = [], Counter[str]()
    for path, section in sorted(sections.items()):
        for name in {names.resolve(item.name).name for item in section.items if item.checked} - {""}:
            counts[name] += 1
        verdicts = Counter(str(one) for one in logged.get(path, {}).get("verdicts", {}).values())
        ticked = sum(item.checked for item in section.items)
        told = tuple((name.replace("_", " "), verdicts[name]) for name in VERDICTS if verdicts[name])
        if section.items:
            rows.append(PlanRow(path_text(os.fsencode(path)), len(section.items), ticked, told))
    for name in _trailers(workspace, commits, placed, names):
        counts[name] += 1
    return Declared(tuple(rows), dict(sorted(counts.items())))


def _touched(workspace: Workspace, settings: Settings, commits: Commits, placed: Placed) -> set[bytes]:
    """The plans that the period's commits add or change."""
    span = placed.span
    if span.end <= span.start:
        return set()
    new = commits.oids[commits.chain[span.end - 1]]
    old = commits.oids[commits.chain[span.start - 1]] if span.start else empty_tree(new)
    globs = compile_globs(settings.plans)
    changed = workspace.git.objects.changed_entries(old, new)
    prefix = FOLDER.encode() + b"/"
    return {
        path
        for mode, _, path in changed
        if mode.startswith("100")
        and not path.startswith(prefix)
        and matches(globs, path.decode("utf-8", "surrogateescape"))
    }


def _sections(tip: Tip, wanted: set[bytes]) -> dict[str, Section]:
    files = [(os.fsdecode(path), oid) for _, oid, path in tip.entries if path in wanted]
    found = {}
    for (path, _), data in zip(files, tip.read([oid for _, oid in files], SIZE_CAP), strict=True):
        try:
            found[path] = scan_section(decode_plan(data, path)) if data is not None else Section()
        except UserError:
            continue  # no text: `check` names it
    return found


def _logged(events: Iterable[Event]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The plan events by path, the last one of each last."""
    for event in events:
        if event.kind == "plan":
            data = event_data(event)
            if isinstance(data.get("verdicts"), dict):
                yield str(data.get("path", "")), data


def _trailers(workspace: Workspace, commits: Commits, placed: Placed, names: Names) -> Iterator[str]:
    """The pattern of each trailer of what was written in the period, once a commit."""
    span = placed.span
    if span.end <= span.start:
        return
    new = commits.oids[commits.chain[span.end - 1]]
    known = [commits.oids[commits.chain[span.start - 1]]] if span.start else []
    for commit in workspace.git.history.log(new, known):
        found = {names.resolve(one.value).name for one in pattern_trailers(commit.message)}
        yield from sorted(found - {""})
