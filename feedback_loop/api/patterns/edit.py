"""A pattern changed by a person: on copies, read strictly, tried, then put into the library (H58)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from feedback_loop.api.patterns.decisions import (
    Clock,
    Said,
    carry_out,
    check_name,
    finish,
    is_unrecorded,
    library_lock,
    now_of,
    own_settings,
)
from feedback_loop.api.patterns.questions import find_pattern
from feedback_loop.api.patterns.readiness import judge
from feedback_loop.api.patterns.rename import with_value
from feedback_loop.api.patterns.versions import changed_fields, changes_meaning
from feedback_loop.domain.library_moves import Decided, Declined
from feedback_loop.domain.pattern import STATES, Pattern
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.pattern_doc import format_prose, parse_pattern
from feedback_loop.formats.prose_edit import edit_prose
from feedback_loop.stores.decisions import results_of
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library_moves import ENDINGS, place, read_halves
from feedback_loop.workspace import Workspace

_NAMES = {"bad": "bad examples", "good": "good examples", "include": "paths", "exclude": "paths"}


@dataclass(frozen=True)
class Editing:
    """A pattern being edited. `paths` are the absolute paths of the copies, `prefix` leads to its own
    files below the root, without ending. `resumed` = the copies hold an edit that was kept aside."""

    name: str
    state: str
    prefix: str
    base: dict[str, bytes]
    paths: tuple[str, ...] = ()
    resumed: bool = False

    @property
    def kept(self) -> str:
        """The folder of the copies; "" for a change without any."""
        return os.path.dirname(self.paths[0]) if self.paths else ""


def begin_edit(workspace: Workspace, name: str, fresh: bool = False) -> Editing:
    """Copies for an editor, outside of the library; those of an edit that was kept aside, unless `fresh`.

    A pattern whose files cannot be read can be edited, too. Raises UserError for an unknown name, a
    missing half, a link, and a pattern that has changed since the edit that was kept.
    """
    found = _find(workspace, name)
    folder = f"{workspace.repository.git_dir}/feedback-loop/edit/{found.name}"
    copies = {} if fresh else _kept(folder, found.name)
    base = {} if fresh else _kept(folder, found.name, "base/")
    resumed = len(copies) == len(base) == len(ENDINGS) and copies != base
    if resumed:
        _check_unchanged(found, base, copies, folder)
    else:
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        base = found.base
        for ending in ENDINGS:
            atomic_write(f"{folder}/base/{found.name}{ending}", base[ending])
            atomic_write(f"{folder}/{found.name}{ending}", base[ending])
    paths = tuple(f"{folder}/{found.name}{ending}" for ending in ENDINGS)
    return Editing(found.name, found.state, found.prefix, base, paths, resumed)


def _kept(folder: str, name: str, below: str = "") -> dict[str, bytes]:
    try:
        return read_halves(folder, below + name)
    except UserError as error:
        hint = f"begin anew: feedback-loop pattern edit {name} --fresh"
        raise UserError(f"the edit kept in {folder} cannot be read: {error.message}", hint) from None


def finish_edit(
    workspace: Workspace, editing: Editing, reason: str = "", *, clock: Clock | None = None
) -> Decided | Declined | None:
    """Put the edited copies into the library; None if they say nothing new.

    The version is raised by one if the meaning changed and the person did not raise it. Declined if an
    active pattern would fail its gate. Raises UserError if the copies cannot be read as a pattern. Either
    way the library is as it was, and the copies stay for the next `begin_edit`.
    """
    edited = _kept(editing.kept, editing.name)
    if len(edited) < len(ENDINGS):
        raise UserError(f"the edited files are gone from {editing.kept}", "nothing was changed")
    if edited == editing.base:
        return None
    done = _put(workspace, editing, edited, reason, clock)
    if not isinstance(done, Declined):
        shutil.rmtree(editing.kept, ignore_errors=True)
    return done


def change_values(
    workspace: Workspace,
    name: str,
    values: dict[str, str | list[str] | None],
    reason: str = "",
    *,
    clock: Clock | None = None,
) -> Decided | Declined | None:
    """Give keys of the pattern's JSON other values (severity, guidance, owner, tags): as an edit, without
    an editor. Nothing is kept aside."""
    found = _find(workspace, name)
    before, edited = _parsed(found, found.base), dict(found.base)
    for key, value in values.items():
        edited[".json"] = with_value(edited[".json"], key, value)
    after = _parsed(found, edited)
    if not changed_fields(before, after):
        return _unrecorded(workspace, found.name, clock)
    return _put(workspace, found, edited, reason, clock)


def change_prose(
    workspace: Workspace, wanted: Pattern, reason: str = "", *, clock: Clock | None = None
) -> Decided | Declined | None:
    """Bring the pattern's markdown to what `wanted` says, the rest of its bytes kept: as an edit, without
    an editor. None if it says that already."""
    found = _find(workspace, wanted.name)
    prose = edit_prose(found.base[".md"].decode(), format_prose(wanted)).encode()
    if prose == found.base[".md"]:
        return _unrecorded(workspace, found.name, clock)
    return _put(workspace, found, found.base | {".md": prose}, reason, clock)


# -- inner -----------------------------------------------------------------------------------------


def _find(workspace: Workspace, name: str) -> Editing:
    """Where the pattern of this name stands; of one in several folders the one in force."""
    folder = own_settings(workspace).patterns
    check_name(workspace, folder, name)
    for state in STATES:
        prefix = place(folder, state, name)
        halves = read_halves(workspace.root, prefix)
        lacking = [ending for ending in ENDINGS if ending not in halves]
        if halves and lacking:
            raise UserError(f"{prefix}{lacking[0]} is missing beside its other half", "restore it first")
        if halves:
            return Editing(name, state, prefix, halves)
    return _find(workspace, find_pattern(workspace.library(folder), name).name)


def _unrecorded(workspace: Workspace, name: str, clock: Clock | None) -> Decided | None:
    """The edit that a kill left written but not recorded, now recorded; None if there is none."""
    with library_lock(workspace, now_of(clock)):
        if not is_unrecorded(workspace, "edit", name):
            return None
        return finish(workspace, Said("edit", name, ""))


def _check_unchanged(found: Editing, base: dict[str, bytes], wanted: dict[str, bytes], kept: str) -> None:
    """Raises UserError if the library's files are neither those the edit began with nor its outcome."""
    for ending in ENDINGS:
        if found.base[ending] not in (base[ending], wanted[ending]):
            text = f"{found.prefix}{ending} has changed since it was edited"
            hint = f"take over what you need from {kept}, then begin anew: " if kept else ""
            hint += f"feedback-loop pattern edit {found.name}{' --fresh' if kept else ''}"
            raise UserError(text, hint)


def _parsed(editing: Editing, halves: dict[str, bytes]) -> Pattern:
    """Raises UserError with every problem."""
    folder = editing.prefix.rpartition("/")[0]
    texts = (halves[ending] for ending in ENDINGS)
    pattern, problems = parse_pattern(editing.name, *texts, folder=folder, state=editing.state)
    if pattern is None:
        hint = f"mend it: `feedback-loop pattern edit {editing.name}` goes on with {editing.kept}"
        text = "\n".join([f"{editing.name} is not changed:", *map(str, problems)])
        raise UserError(text, hint if editing.kept else "")
    return pattern


def _put(
    workspace: Workspace, editing: Editing, edited: dict[str, bytes], reason: str, clock: Clock | None
) -> Decided | Declined | None:
    now = now_of(clock)
    before, _ = parse_pattern(editing.name, *(editing.base[ending] for ending in ENDINGS))
    with library_lock(workspace, now):
        final = _versioned(editing, before, edited)
        pattern = _parsed(editing, final)
        if editing.kept:  # what a rerun after a kill has to compare the library with
            atomic_write(f"{editing.kept}/{editing.name}.json", final[".json"])
        found = _find(workspace, editing.name)
        _check_unchanged(found, editing.base, final, editing.kept)
        if found.base == final and not is_unrecorded(workspace, "edit", editing.name):
            return None  # written and recorded, and stopped before the copies were gone
        folder = own_settings(workspace).patterns
        against = judge(workspace, workspace.library(folder), pattern).gate
        if against and editing.state == "active":
            return Declined("edit", editing.name, against, editing.kept)
        changed = changed_fields(before, pattern) if before else ()
        told = reason.strip() or _words(changed)
        notes = tuple(f"its gate fails: {one}" for one in against)
        if before and pattern.version != before.version:
            notes = (f"version {before.version} -> {pattern.version}", *notes)
        work = _writing(workspace, editing, final, notes)
        results = results_of((editing.prefix + ending, final[ending]) for ending in ENDINGS)
        return carry_out(workspace, Said("edit", editing.name, told), now, results, work)


def _words(changed: tuple[str, ...]) -> str:
    """What an edit was about, where nobody says why."""
    named = [_NAMES.get(field, field) for field in changed if field != "version"]
    named = list(dict.fromkeys(named))
    return f"changed: {', '.join(named) or 'layout'}"


def _versioned(editing: Editing, before: Pattern | None, edited: dict[str, bytes]) -> dict[str, bytes]:
    """The files with the version they are to have. Raises UserError for one that was lowered."""
    after = _parsed(editing, edited)
    if before is None or after.version > before.version:
        return edited
    if after.version < before.version:
        text = f"{editing.name} is not changed: version {after.version} is lower than {before.version}"
        raise UserError(text, f"your edit is kept: {editing.kept}" if editing.kept else "")
    if not changes_meaning(before, after):
        return edited
    return edited | {".json": with_value(edited[".json"], "version", before.version + 1)}


def _writing(
    workspace: Workspace, editing: Editing, final: dict[str, bytes], notes: tuple[str, ...]
) -> Callable[[], Decided]:
    def work() -> Decided:
        written = []
        try:
            for ending in ENDINGS:
                atomic_write(f"{workspace.root}/{editing.prefix}{ending}", final[ending])
                if final[ending] != editing.base[ending]:
                    written.append(editing.prefix + ending)
        except MachineFault as error:
            error.hint = error.hint or "the edit is kept: run the command again"
            raise
        return Decided("edit", editing.name, "", "", "", written=tuple(written), notes=notes)

    return work
