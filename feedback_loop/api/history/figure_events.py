"""What events, plans and commit messages report about patterns, one entry each, for a figure's list (H54)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from feedback_loop.domain.explanation import PLAN, TRAILER, Reported
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.history import NO_TIME
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.plan import SIZE_CAP
from feedback_loop.domain.retro import FOLDER
from feedback_loop.domain.trailers import pattern_trailers
from feedback_loop.errors import UserError
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.formats.plan_section import decode_plan
from feedback_loop.formats.records import event_data
from feedback_loop.stores.git_objects import empty_tree

if TYPE_CHECKING:
    from feedback_loop.api.retro.tip import Tip
    from feedback_loop.domain.event import Event
    from feedback_loop.domain.history import History, Span
    from feedback_loop.domain.names import Names
    from feedback_loop.workspace import Workspace

_COUNTED = frozenset({"bug", "test_failure", "review", "deployment", "prevention"})


def read_reports(events: Iterable[Event], known: Names) -> Iterator[Reported]:
    """The events that figures count, under the names that patterns have today (A52)."""
    for event in events:
        if event.kind in _COUNTED:
            data = event_data(event)
            times = data.get("count", 1)
            count = times if type(times) is int else 1
            names, at = _current(event.patterns, known), parse_moment(event.at) or 0
            yield Reported(event.id, at, event.kind, names, event.commit or "", count, _place(data))


def find_declarations(
    workspace: Workspace, tip: Tip, history: History, span: Span, known: Names
) -> Iterator[Reported]:
    """What the commits of the span declare: plans that they add or change, as the tip has them, and trailers.

    A plan is told by its blob id, without a time; a pattern that it ticks counts once.
    """
    yield from _plans(workspace, tip, history, span, known)
    commits = history.commits
    for one in workspace.git.history.log(history.tip, ()):
        commit = commits.index.get(one.oid)
        if commit is not None and span.holds(commits.landing[commit]):
            names = _current((trailer.value for trailer in pattern_trailers(one.message)), known)
            if names:
                yield Reported(one.oid, commits.times[commit], TRAILER, names, one.oid)


def _plans(workspace: Workspace, tip: Tip, history: History, span: Span, known: Names) -> Iterator[Reported]:
    if span.end <= span.start:
        return
    commits = history.commits
    new = commits.oids[commits.chain[span.end - 1]]
    old = commits.oids[commits.chain[span.start - 1]] if span.start else empty_tree(new)
    changed = {path for mode, _, path in workspace.git.objects.changed_entries(old, new) if _is_file(mode)}
    globs = compile_globs(workspace.settings()[0].plans)
    files = [
        (os.fsdecode(path), oid)
        for _, oid, path in tip.entries
        if path in changed and not path.startswith(FOLDER.encode() + b"/") and matches(globs, _text(path))
    ]
    for (path, oid), data in zip(files, tip.read([oid for _, oid in files], SIZE_CAP), strict=True):
        try:
            section = scan_section(decode_plan(data, path)) if data is not None else None
        except UserError:
            continue  # no text: `check` names it
        names = _current((item.name for item in section.items if item.checked), known) if section else ()
        if names:
            yield Reported(oid, NO_TIME, PLAN, names, place=path)


def _is_file(mode: str) -> bool:
    return mode.startswith("100")


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _current(texts: Iterable[str], known: Names) -> tuple[str, ...]:
    """Each pattern once."""
    return tuple(dict.fromkeys(name for text in texts if (name := known.resolve(text).name)))


def _place(data: Mapping[str, Any]) -> str:
    path, line = data.get("file_path", data.get("path")), data.get("line")
    if not isinstance(path, str):
        return ""
    return f"{path}:{line}" if type(line) is int and line > 0 else path
