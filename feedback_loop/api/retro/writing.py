"""A retro written: records, decisions and moves, then its views; rerun after a kill, it heals (H80, H86)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

from feedback_loop.api.history.candidate_patterns import paths_of, write_candidate
from feedback_loop.api.history.lifecycle import carry_out, note_decision
from feedback_loop.api.history.uses import find_decisions
from feedback_loop.api.patterns.moves import accept
from feedback_loop.api.retro.deciding import WRITTEN, Weighed, decided_library
from feedback_loop.api.retro.events import decisions_on_disk, uncommitted_events
from feedback_loop.api.retro.making import Work, make
from feedback_loop.api.retro.request import Made, Outcome, RetroRequest
from feedback_loop.api.retro.tip import Tip
from feedback_loop.api.retro.views import Render, Views, find_stale, make_views, read_file
from feedback_loop.domain.library_moves import Declined
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.proposal import KEEP, PROMOTE, REJECT, Grounds, Proposed
from feedback_loop.domain.retro import APPLIED, FOLDER, KEPT, REJECTED
from feedback_loop.errors import UserError
from feedback_loop.stores.event_files import SEGMENT_CAP
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.git_commit import commit_files, refuse_commit
from feedback_loop.stores.library import BUILT_IN
from feedback_loop.stores.library_moves import ENDINGS, place
from feedback_loop.stores.lock import hold_lock
from feedback_loop.stores.spool import import_spool
from feedback_loop.workspace import Workspace

RECORDS = "Record events and decisions"
_STATES = ("active", "proposed", "archived")


def make_retro(workspace: Workspace, request: RetroRequest) -> Made:
    """The retro alone. Raises as `making.make`."""
    return make(workspace, request).made


def preview(workspace: Workspace, request: RetroRequest, render: Render) -> Outcome:
    """What `write` would do. Writes nothing; raises as it does."""
    work = make(workspace, request)
    return _previewed(workspace, request, work, render)


def _previewed(workspace: Workspace, request: RetroRequest, work: Work, render: Render) -> Outcome:
    if request.worktree:
        return Outcome(work.made)
    views = _views(workspace, work, render, request.force)
    moves = tuple(_waiting(workspace, work))
    return Outcome(work.made, find_stale(workspace, views), moves, views.edited)


def _views(workspace: Workspace, work: Work, render: Render, force: bool) -> Views:
    library = decided_library(work.library, work.settings.patterns, work.weighed)
    views = make_views(workspace, work.made.retro, library, work.settings.guide, render, force=force)
    for path, _ in views.files:
        _check_place(workspace.root, path)
    return views


def _check_place(root: str, path: str) -> None:
    """Whether a file can stand there is asked before the first one is written. Raises UserError."""
    if os.path.islink(f"{root}/{path}"):
        raise UserError(f"{path} is a link: nothing is written through it", "put the file itself there")
    folder = os.path.dirname(path)
    while folder:
        if os.path.lexists(f"{root}/{folder}") and not os.path.isdir(f"{root}/{folder}"):
            raise UserError(f"{folder} is no folder, and {path} is to stand in it", "move it away")
        folder = os.path.dirname(folder)


def write(workspace: Workspace, request: RetroRequest, render: Render, *, commit: bool = False) -> Outcome:
    """Write the retro, and `commit` it: first the records, then the views.

    Nothing is written if a person edited a generated part (`Outcome.edited`), unless `force`. One retro is
    written at a time. Raises UserError for a draft, MachineFault when the disk says no or another writer is
    at work: what was written stays, and the same call goes on from there.
    """
    if request.worktree:
        raise UserError("a draft is not written", "commit what it counts, then leave out --worktree", "usage")
    with ExitStack() as stack:
        # Moves and imports take the common lock themselves, one after the other.
        stack.enter_context(hold_lock(f"{workspace.repository.state_dir}/retro", format_moment(request.now)))
        work = make(workspace, request)
        views = _views(workspace, work, render, request.force)
        if views.edited:
            return Outcome(work.made, edited=views.edited)
        if commit:
            _refuse(workspace, request, work, views)
        moves = tuple(_waiting(workspace, work))
        notes = _record(workspace, request, work)
        if not commit:
            written = _write_views(workspace, views)
            return Outcome(work.made, find_stale(workspace, views), moves, written=written, notes=notes)
        return _committed(workspace, request, work, render, moves, notes)


def _committed(
    workspace: Workspace,
    request: RetroRequest,
    work: Work,
    render: Render,
    moves: tuple[str, ...],
    notes: tuple[str, ...],
) -> Outcome:
    """Two commits: what was recorded, then the views. It is the same retro, but for pending events of the
    period: now they are committed and count (H77)."""
    files = _records(workspace, work)
    commits = [commit_files(workspace.repository, RECORDS, files, now=request.now)] if files else []
    if any(commits):
        work = make(workspace, replace(request, choices=()))
    views = _views(workspace, work, render, request.force)
    if views.edited:
        return Outcome(work.made, edited=views.edited, commits=tuple(filter(None, commits)))
    written = _write_views(workspace, views)
    name = work.made.retro.range.name
    commits.append(commit_files(workspace.repository, f"Retro {name}", dict(views.files), now=request.now))
    done = tuple(filter(None, commits))
    return Outcome(work.made, (), moves, written=written, commits=done, notes=notes)


def _refuse(workspace: Workspace, request: RetroRequest, work: Work, views: Views) -> None:
    """Say no before anything is written (GIT-8). A file that holds what is to be written is no edit."""
    files = _records(workspace, work) | dict(views.files)
    paths = {path for one in work.weighed for path in _paths_of(work, one)}
    refuse_commit(workspace.repository, files, now=request.now, untouched=sorted(paths - set(files)))


def _write_views(workspace: Workspace, views: Views) -> tuple[str, ...]:
    """The paths of those that changed."""
    if find_stale(workspace, views):
        os.makedirs(f"{workspace.root}/{FOLDER}", exist_ok=True)
    return tuple(path for path, data in views.files if atomic_write(f"{workspace.root}/{path}", data))


# -- records, decisions, moves ---------------------------------------------------------------------


def _record(workspace: Workspace, request: RetroRequest, work: Work) -> tuple[str, ...]:
    """Import the spool, then carry out and record what is decided; notes about what came of it."""
    import_spool(workspace.root, workspace.repository.state_dir, format_moment(request.now))
    if work.library.source == BUILT_IN or not work.made.is_new:
        return ()
    notes: list[str] = []
    retro, basis, clock = work.made.retro.range.name, work.tip.basis, _clock(work.as_of)
    for one in _undone(workspace, work):
        proposed = _with_reason(one)
        if one.proposed.kind == PROMOTE and one.state == APPLIED:
            notes += _accept(workspace, work, one)
        elif one.state == APPLIED:
            for done in carry_out(workspace, [proposed], retro=retro, basis=basis, clock=clock):
                notes += done.notes
        else:
            action = KEEP if one.state == KEPT else REJECT
            note_decision(workspace, one.proposed, action, one.reason, retro=retro, basis=basis, clock=clock)
    for one in _unwritten(workspace, work):
        if one.candidate is not None:
            write_candidate(workspace, one.candidate)
    return tuple(note for note in notes if "pattern export" not in note)


def _with_reason(one: Weighed) -> Proposed:
    return replace(one.proposed, reason=one.reason or one.proposed.reason)


def _accept(workspace: Workspace, work: Work, one: Weighed) -> list[str]:
    """Take the proposal into force, a candidate after its files are written. Raises UserError for a no."""
    folder = work.settings.patterns
    if one.candidate is not None and not _is_there(workspace, folder, one.proposed.pattern):
        write_candidate(workspace, one.candidate)
    grounds = Grounds(one.proposed.id, one.proposed.figures, work.made.retro.range.name, work.tip.basis)
    reason = one.reason or one.proposed.reason
    done = accept(workspace, one.proposed.pattern, "", reason, clock=_clock(work.as_of), grounds=grounds)
    if isinstance(done, Declined):
        raise UserError("\n".join([f"{one.proposed.pattern} cannot be accepted:", *done.reasons]))
    return list(done.notes)


def _undone(workspace: Workspace, work: Work) -> list[Weighed]:
    """What is decided and neither carried out nor recorded yet."""
    basis = work.tip.basis
    known = {
        (one.grounds.proposal, one.action)
        for one in find_decisions(decisions_on_disk(workspace, work.committed))
        if one.grounds.basis == basis
    }
    return [one for one in work.weighed if _action(one) and (one.proposed.id, _action(one)) not in known]


def _action(one: Weighed) -> str:
    """The decision that is recorded; "" while it is a person's to make."""
    if one.state == APPLIED:
        return "accept" if one.proposed.kind == PROMOTE else one.proposed.kind
    return {KEPT: KEEP, REJECTED: REJECT}.get(one.state, "")


def _unwritten(workspace: Workspace, work: Work) -> list[Weighed]:
    """The first candidates that no file of proposals holds yet (H69)."""
    waiting = [one for one in work.weighed if one.candidate is not None and one.proposed.shape]
    folder = work.settings.patterns
    return [
        one
        for one in waiting[:WRITTEN]
        if one.state not in (REJECTED, APPLIED) and not _is_there(workspace, folder, one.proposed.pattern)
    ]


def _is_there(workspace: Workspace, folder: str, name: str) -> bool:
    return workspace.library(folder).find(name) is not None or any(
        os.path.lexists(f"{workspace.root}/{path}") for path in paths_of(folder, name)
    )


def _waiting(workspace: Workspace, work: Work) -> Iterable[str]:
    """What is decided and not done yet, in words."""
    if work.library.source == BUILT_IN or not work.made.is_new:
        return
    for one in _undone(workspace, work):
        yield f"{_action(one)} {one.proposed.pattern}"
    for one in _unwritten(workspace, work):
        yield f"propose {one.proposed.pattern}"


# -- what is committed -------------------------------------------------------------------------------


def _records(workspace: Workspace, work: Work) -> dict[str, bytes | None]:
    """The records that are not committed, and the pattern files that decisions among them moved."""
    tip = Tip.of(workspace, work.settings)
    listed = uncommitted_events(workspace, frozenset(os.fsdecode(path) for _, _, path in tip.entries))
    files: dict[str, bytes | None] = {path: read_file(workspace, path, SEGMENT_CAP) for path in listed}
    for path in {path for one in work.weighed for path in _paths_of(work, one)}:
        data = read_file(workspace, path)
        if data != _committed_bytes(tip, path):
            files[path] = data
    return dict(sorted(files.items()))


def _paths_of(work: Work, one: Weighed) -> list[str]:
    """Every place that the files of a decided or proposed pattern may have."""
    if not (_action(one) or one.candidate):
        return []
    return [
        place(work.settings.patterns, state, one.proposed.pattern) + ending
        for state in _STATES
        for ending in ENDINGS
    ]


def _committed_bytes(tip: Tip, path: str) -> bytes | None:
    folder = path.rpartition("/")[0]
    oid = tip.below(folder).get(path)
    return None if oid is None else tip.read([oid], 1 << 20)[0]


def _clock(as_of: int) -> Callable[[], datetime]:
    """The time of decisions is the retro's own, so that a rerun records the same ones."""
    return lambda: datetime.fromtimestamp(as_of, UTC)
