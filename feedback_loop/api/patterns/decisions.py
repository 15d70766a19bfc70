"""A person's decision about a pattern: carried out under the lock, then recorded as one event."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.metrics.times import stamp
from feedback_loop.api.origin import author, head_commit
from feedback_loop.api.patterns.questions import find_pattern
from feedback_loop.domain.event import Event
from feedback_loop.domain.library_moves import Decided
from feedback_loop.domain.pattern import NAME
from feedback_loop.domain.proposal import Grounds
from feedback_loop.domain.settings import Settings
from feedback_loop.errors import UserError
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.decisions import (
    Kept,
    Result,
    are_there,
    drop_decision,
    keep_decision,
    kept_decision,
)
from feedback_loop.stores.event_files import event_path
from feedback_loop.stores.events import append_events
from feedback_loop.stores.files import safe_read
from feedback_loop.stores.library_place import find_place
from feedback_loop.stores.lock import hold_lock
from feedback_loop.workspace import Workspace

Clock = Callable[[], datetime]
_INSTEAD = {
    ("proposed", "archive"): "`feedback-loop pattern reject {}` removes a proposal",
    ("proposed", "restore"): "`feedback-loop pattern accept {}` takes it into force",
    ("archived", "accept"): "`feedback-loop pattern restore {}` brings it back",
    ("archived", "reject"): "what is archived stays as a record",
    ("active", "reject"): "`feedback-loop pattern archive {}` takes it out of force",
}
_BLOCK = b"feedback-loop:begin patterns"
_DONE = {"archive": "archived", "restore": "active", "accept": "active"}


@dataclass(frozen=True)
class Said:
    """What was decided and why; `sha256` is the hash that the origin of a rejected proposal names."""

    action: str
    name: str
    reason: str
    sha256: str | None = None
    grounds: Grounds | None = None


def own_settings(workspace: Workspace) -> Settings:
    """The settings of a repository with a library of its own. Raises UserError if they are broken, or if
    it has none."""
    settings, problems = workspace.settings()
    if problems:
        raise UserError("\n".join(map(str, problems)), "mend the settings first", kind="settings")
    if not find_place(workspace.root, settings.patterns).own:
        raise UserError(f"there is no {settings.patterns}/ here", "run `feedback-loop init` first")
    return settings


def check_name(workspace: Workspace, folder: str, name: str) -> None:
    """Raises UserError, with the names that look like it, for what can be no pattern's name."""
    if NAME.match(name) is None:
        find_pattern(workspace.library(folder), name)
        raise UserError(f"{name!a} cannot be a pattern's name", kind="usage")


def check_reason(reason: str) -> None:
    """Raises UserError for a reason without words."""
    if not reason.strip():
        raise UserError("--reason cannot be empty", "say why, for those who ask later", kind="usage")


def now_of(clock: Clock | None) -> str:
    """The time of a decision, like `Event.at`."""
    return stamp((clock or _now)())


@contextmanager
def library_lock(workspace: Workspace, now: str) -> Iterator[None]:
    """Nobody else moves patterns meanwhile. Raises MachineFault, kind `busy`."""
    with hold_lock(workspace.repository.state_dir, now):
        yield


def carry_out(
    workspace: Workspace, said: Said, now: str, results: tuple[Result, ...], work: Callable[[], Decided]
) -> Decided:
    """Do the work, then record the decision. `results` is what the work makes of its files.

    After a kill in between, a rerun records it once; of work that was not done, nothing is kept. Another
    decision about the pattern that was done and not recorded is recorded first.
    """
    kept, event, earlier = _unrecorded(workspace, said.name), _event(workspace, said, now), ""
    if kept is not None and kept.results == results and _action(kept) == said.action:
        event = kept.event  # of the run that was stopped
    elif kept is not None:
        earlier = _record(workspace, said.name, kept.event)
    keep_decision(_folder(workspace), said.name, Kept(event, results))
    with ExitStack() as undone:
        undone.callback(_unrecorded, workspace, said.name)
        done = work()
        undone.pop_all()
    return _recorded(workspace, done, event, earlier)


def record(workspace: Workspace, said: Said, clock: Clock | None = None) -> Decided:
    """Record a decision that moves no file. Raises MachineFault when the disk says no."""
    event = _event(workspace, said, now_of(clock))
    append_events(workspace.root, [event])
    path = event_path(event)
    there = (path,) if os.path.lexists(f"{workspace.root}/{path}") else ()
    reason = str(event_data(event)["reason"])
    return Decided(said.action, said.name, reason, event.id, there[0] if there else "", commit=there)


def is_unrecorded(workspace: Workspace, action: str, name: str) -> bool:
    """Whether such a decision about the pattern was carried out and then not recorded. Under the lock."""
    kept = _unrecorded(workspace, name)
    return kept is not None and _action(kept) == action


def finish(workspace: Workspace, said: Said, paths: Iterable[str] = ()) -> Decided:
    """Record the decision whose work was done before a kill. Raises UserError if there is none to record.

    `paths` are those of its files, before and after: what there is to commit.
    """
    kept = _unrecorded(workspace, said.name)
    if kept is None or _action(kept) != said.action:
        raise UserError(f"{said.name} is {_DONE.get(said.action, 'removed')} already")
    note = "its files were dealt with before; now it is recorded, too"
    done = _recorded(workspace, Decided(said.action, said.name, "", "", "", notes=(note,)), kept.event)
    gone = [path for path in paths if not os.path.lexists(f"{workspace.root}/{path}")]
    there = [path for path in paths if path not in gone]
    return replace(done, commit=(*known_to_git(workspace, gone), *there, *done.commit))


def _action(kept: Kept) -> object:
    return event_data(kept.event)["action"]


def _unrecorded(workspace: Workspace, name: str) -> Kept | None:
    """The decision whose work the files show done; one whose work they do not show is dropped."""
    kept = kept_decision(_folder(workspace), name)
    if kept is None or are_there(workspace.root, kept.results):
        return kept
    drop_decision(_folder(workspace), name)
    return None


def _record(workspace: Workspace, name: str, event: Event) -> str:
    """The path of the event's file, "" if a segment holds it."""
    append_events(workspace.root, [event])
    drop_decision(_folder(workspace), name)
    path = event_path(event)
    return path if os.path.lexists(f"{workspace.root}/{path}") else ""


def _recorded(workspace: Workspace, done: Decided, event: Event, earlier: str = "") -> Decided:
    path = _record(workspace, done.name, event)
    fresh = [*(target for _, target in done.moved), *done.written, *filter(None, (earlier, path))]
    gone = [*(source for source, _ in done.moved), *done.removed]
    return replace(
        done,
        reason=str(event_data(event)["reason"]),
        event=event.id,
        event_path=path,
        commit=(*known_to_git(workspace, gone), *fresh),
        notes=(*done.notes, *_stale_guide(workspace)),
    )


def _stale_guide(workspace: Workspace) -> tuple[str, ...]:
    """A guide that holds the patterns tells of them as they were."""
    guide = workspace.settings()[0].guide
    try:
        text = safe_read(workspace.root, guide, SIZE_CAP)
    except (OSError, UserError):
        return ()
    return (f"bring {guide} up to date: feedback-loop pattern export",) if _BLOCK in text else ()


def known_to_git(workspace: Workspace, paths: Iterable[str]) -> tuple[str, ...]:
    """Those that are in the index: `git add` does not take the others once they are gone."""
    wanted = list(paths)
    if not wanted:
        return ()
    tracked = {os.fsdecode(path) for _, _, path in workspace.git.objects.index()[0]}
    return tuple(path for path in wanted if path in tracked)


def nothing_to_do(workspace: Workspace, folder: str, said: Said) -> UserError:
    """Why the decision cannot be about this name."""
    library = workspace.library(folder)
    found = find_pattern(library, said.name)  # raises for a name that nobody knows
    if found.name != said.name:
        return UserError(f"{said.name} is superseded by {found.name}", "say that name")
    hint = _INSTEAD.get((found.state, said.action), "").format(said.name)
    return UserError(f"{said.name} is {found.state}", hint)


def _event(workspace: Workspace, said: Said, now: str) -> Event:
    data = {
        "action": said.action,
        "pattern": said.name,
        "reason": said.reason.strip(),
        "sha256": said.sha256,
        **_fields(said.grounds),
    }
    return make_event(
        "decision",
        now,
        {key: value for key, value in data.items() if value is not None},
        patterns=(said.name,),
        source={"kind": "cli"},
        by=author(workspace),
        commit=head_commit(workspace),
    )


def _fields(grounds: Grounds | None) -> dict[str, Any]:
    """Those of the event's `data`; what is not known is left out."""
    if grounds is None:
        return {}
    return {
        "proposal": grounds.proposal or None,
        "figures": dict(grounds.figures) or None,
        "retro": grounds.retro or None,
        "basis": grounds.basis or None,
    }


def _folder(workspace: Workspace) -> str:
    """Of this worktree, not of all that share the repository: each has files of its own."""
    return workspace.repository.git_dir + "/feedback-loop"


def _now() -> datetime:
    return datetime.now(UTC)
