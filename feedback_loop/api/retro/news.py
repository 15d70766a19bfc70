"""What is new since the last retro, and what is not committed and so does not count (H76, H77)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from feedback_loop.api.retro.events import TipEvents, spooled, uncommitted_events
from feedback_loop.api.retro.request import RetroRequest
from feedback_loop.api.retro.tip import Tip
from feedback_loop.domain.event import Event
from feedback_loop.domain.history import Commits
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.retro import FOLDER, Retro
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.text import counted
from feedback_loop.formats.records import event_data
from feedback_loop.stores.event_files import FOLDER as EVENTS
from feedback_loop.stores.library import BUILT_IN
from feedback_loop.workspace import Workspace

_SHOWN = 5


def uncommitted(
    workspace: Workspace, library: Library, on_disk: Library, committed: TipEvents, *, draft: bool
) -> tuple[str, ...]:
    """Records that nobody has committed, in words: they count in a `draft` alone.

    `library` and `committed` are what the tip's tree has.
    """
    how = "counted in this draft" if draft else "not counted"
    found = []
    loose = uncommitted_events(workspace, committed.paths)
    waiting = spooled(workspace)
    if loose:
        found.append(f"{counted(len(loose), 'file')} of events not committed, {how}")
    if waiting:
        found.append(f"{counted(len(waiting), 'record')} in the spool, {how} (`feedback-loop collect`)")
    changed = {_Placed.of(one) for one in library.patterns}
    changed ^= {_Placed.of(one) for one in on_disk.patterns}
    names = sorted({one.name for one in changed})
    if names and on_disk.source != BUILT_IN:
        shown = ", ".join(names[:_SHOWN])
        found.append(f"{counted(len(names), 'pattern')} not as committed, {how}: {shown}")
    return tuple(found)


@dataclass(frozen=True)
class _Placed:
    """A pattern as it is compared between two trees."""

    name: str
    state: str
    content: str

    @classmethod
    def of(cls, pattern: Pattern) -> _Placed:
        return cls(pattern.name, pattern.state, bare_text(pattern))


def bare_text(pattern: Pattern) -> str:
    """All that a pattern says, wherever it lies."""
    return repr(replace(pattern, state="", path=""))


def mined_alike(one: Library, other: Library) -> bool:
    """Whether the same detectors are mined: a pattern's state and place do not matter."""
    texts = [
        sorted(bare_text(each) for each in library.patterns if each.state != "proposed")
        for library in (one, other)
    ]
    return texts[0] == texts[1]


def has_nothing_new(
    workspace: Workspace,
    request: RetroRequest,
    settings: Settings,
    tip: Tip,
    commits: Commits,
    retro: Retro,
    events: Iterable[Event],
) -> bool:
    """Whether the stored retro has seen all there is, but for what it recorded itself."""
    if request.period or request.since or request.from_ref or request.worktree or request.choices:
        return False
    seen = retro.range.last or retro.range.after
    if seen not in commits.index:
        return False
    if commits.chain[-1] == commits.index[seen]:
        return True
    return _is_own_record(workspace, settings, tip, retro, seen, events)


def _is_own_record(
    workspace: Workspace, settings: Settings, tip: Tip, retro: Retro, seen: str, events: Iterable[Event]
) -> bool:
    """Whether all that changed since is views, that retro's decisions, and the patterns it moved or put."""
    ours = {
        event.id[:12]: str(event_data(event)["pattern"])
        for event in events
        if event.kind == "decision" and event_data(event).get("retro") == retro.range.name
    }
    named = {*ours.values(), *(one.name for one in retro.proposals if one.shape)}
    objects = workspace.git.objects
    changed = set(objects.tree_entries(seen)) ^ set(objects.tree_entries(tip.basis))
    for _, _, raw in changed:
        path = raw.decode("utf-8", "surrogateescape")
        stem = path.rpartition("/")[2].rpartition(".")[0]
        is_view = path == settings.guide or path.startswith(FOLDER + "/")
        is_event = path.startswith(EVENTS + "/") and stem.rpartition("-")[2] in ours
        is_move = path.startswith(settings.patterns + "/") and stem in named
        if not (is_view or is_event or is_move):
            return False
    return True
