"""A pattern from one state to another: accepted, rejected, archived, restored (H62)."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.api.patterns.decisions import (
    Clock,
    Said,
    carry_out,
    check_name,
    check_reason,
    finish,
    is_unrecorded,
    known_to_git,
    library_lock,
    nothing_to_do,
    now_of,
    own_settings,
)
from feedback_loop.api.patterns.readiness import judge
from feedback_loop.api.patterns.rename import renamed, retitled
from feedback_loop.domain.library_moves import Decided, Declined
from feedback_loop.domain.pattern import NAME, Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.proposal import Grounds
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import parse_pattern
from feedback_loop.stores.decisions import Result, results_of
from feedback_loop.stores.library_moves import (
    ENDINGS,
    Half,
    move_halves,
    place,
    plan_move,
    read_halves,
    remove_halves,
)
from feedback_loop.workspace import Workspace


def archive(
    workspace: Workspace,
    name: str,
    reason: str,
    *,
    clock: Clock | None = None,
    grounds: Grounds | None = None,
) -> Decided:
    """Take an active pattern out of force: both files go to `archive/`, as they are.

    `grounds` stand with the decision.

    Raises UserError, and changes nothing, for a name that is not active, a blank reason, a link, or other
    files of that name in `archive/`; MachineFault when the disk says no.
    """
    check_reason(reason)
    return _shift(workspace, Said("archive", name, reason, grounds=grounds), "active", "archived", clock)


def restore(
    workspace: Workspace,
    name: str,
    reason: str = "",
    *,
    clock: Clock | None = None,
    grounds: Grounds | None = None,
) -> Decided:
    """Bring an archived pattern back, byte for byte; what its gate has against it is noted.

    Raises as `archive`.
    """
    done = _shift(workspace, Said("restore", name, reason, grounds=grounds), "archived", "active", clock)
    folder = own_settings(workspace).patterns
    library = workspace.library(folder)
    active = next((one for one in library.active if one.name == name), None)
    if active is None:
        broken = (str(one) for one in library.problems if one.path.rpartition(".")[0].endswith("/" + name))
        return replace(done, notes=(*done.notes, *broken))
    against = judge(workspace, library, active).gate
    return replace(done, notes=(*done.notes, *(f"its gate fails: {one}" for one in against)))


def _shift(workspace: Workspace, said: Said, source: str, target: str, clock: Clock | None) -> Decided:
    settings = own_settings(workspace)
    folder, root, now = settings.patterns, workspace.root, now_of(clock)
    check_name(workspace, folder, said.name)
    with library_lock(workspace, now):
        halves = plan_move(root, place(folder, source, said.name), place(folder, target, said.name))
        if not halves:
            raise nothing_to_do(workspace, folder, said)
        if all(half.old is None for half in halves):
            return finish(workspace, said, [path for half in halves for path in (half.source, half.target)])
        done = Decided(said.action, said.name, "", "", "")
        return carry_out(
            workspace, said, now, _results(halves), lambda: replace(done, moved=move_halves(root, halves))
        )


def _results(halves: list[Half]) -> tuple[Result, ...]:
    """What the move makes of the files."""
    files = [(half.source, None) for half in halves], [(half.target, half.new) for half in halves]
    return results_of((*files[0], *files[1]))


# -- proposals -------------------------------------------------------------------------------------


def accept(
    workspace: Workspace,
    name: str,
    new_name: str = "",
    reason: str = "",
    *,
    clock: Clock | None = None,
    grounds: Grounds | None = None,
) -> Decided | Declined:
    """Take a proposal into force, under another name if one is given: the old name stays one for it.

    Declined, with every reason, if it cannot be read, is incomplete or fails its example gate. Raises
    UserError, and changes nothing, for a name that is no proposal, a new name that is taken or malformed,
    and as `archive`.
    """
    folder, now = own_settings(workspace).patterns, now_of(clock)
    check_name(workspace, folder, name)
    target = new_name or name
    if NAME.match(target) is None:
        text = "a name is 2 to 64 of a-z, 0-9 and _, and begins with a letter"
        raise UserError(f"{target!r} cannot be a pattern's name", text, kind="usage")
    former = name if target != name else ""
    told = ": ".join(filter(None, [f"proposed as {former}" if former else "", reason.strip()]))
    said = Said("accept", target, told, grounds=grounds)
    with library_lock(workspace, now):
        declined = _unreadable(workspace, folder, name)
        if declined:
            return Declined("accept", name, declined)
        halves = _acceptance(workspace, folder, name, target)
        if not halves:
            raise nothing_to_do(workspace, folder, replace(said, name=name))
        if all(half.old is None for half in halves):
            return finish(workspace, said, [path for half in halves for path in (half.source, half.target)])
        reasons = _against(workspace, folder, name, target, halves)
        if reasons:
            return Declined("accept", name, reasons)
        done = Decided("accept", target, "", "", "", former)
        root = workspace.root
        return carry_out(
            workspace, said, now, _results(halves), lambda: replace(done, moved=move_halves(root, halves))
        )


def _unreadable(workspace: Workspace, folder: str, name: str) -> tuple[str, ...]:
    """The problems of a proposal with both files; half a one is not judged here."""
    prefix = place(folder, "proposed", name)
    halves = read_halves(workspace.root, prefix)
    if len(halves) < len(ENDINGS):
        return ()
    below = prefix.rpartition("/")[0]
    _, problems = parse_pattern(name, *(halves[ending] for ending in ENDINGS), folder=below)
    return tuple(map(str, problems))


def _acceptance(workspace: Workspace, folder: str, name: str, target: str) -> list[Half]:
    """The move to `target`. Raises UserError if that name belongs to another pattern."""
    archived = place(folder, "archived", target)
    if read_halves(workspace.root, archived):
        hint = (
            f"`feedback-loop pattern restore {target}` brings that one back, --as gives this one another name"
        )
        raise UserError(f"{target} exists already, archived: {archived}.md", hint)
    source, new = place(folder, "proposed", name), place(folder, "active", target)
    if target == name:
        return plan_move(workspace.root, source, new)
    taken = workspace.library(folder).find(target)
    if taken is not None and not (taken.path == new and name in taken.supersedes):
        what = (
            f"exists already: {taken.path}.md" if taken.name == target else f"is superseded by {taken.name}"
        )
        raise UserError(f"{target} {what}", "choose another name: none is ever used again")

    def change(ending: str, data: bytes) -> bytes:
        return renamed(data, name, target) if ending == ".json" else retitled(data, name, target)

    return plan_move(workspace.root, source, new, change)


def _against(
    workspace: Workspace, folder: str, name: str, target: str, halves: list[Half]
) -> tuple[str, ...]:
    """Why the files cannot be in force as they would stand there."""
    pattern, problems = parse_pattern(target, *(half.new for half in halves), folder=folder)
    if pattern is None:
        return tuple(map(str, problems))
    library = workspace.library(folder)
    found = judge(workspace, library, pattern, place(folder, "proposed", name))
    return (*(f"still to write: {part}" for part in found.missing), *found.gate)


def reject(
    workspace: Workspace,
    name: str,
    reason: str,
    *,
    clock: Clock | None = None,
    grounds: Grounds | None = None,
) -> Decided:
    """Remove a proposal. The decision keeps its name and the reason; git has its text only if it was added.

    Raises UserError for a name that is no proposal, a blank reason or a link, MachineFault.
    """
    check_reason(reason)
    folder, now = own_settings(workspace).patterns, now_of(clock)
    check_name(workspace, folder, name)
    prefix = place(folder, "proposed", name)
    with library_lock(workspace, now):
        halves = read_halves(workspace.root, prefix)
        said = Said("reject", name, reason, _origin_hash(name, halves), grounds)
        if not halves:
            if is_unrecorded(workspace, "reject", name):
                return finish(workspace, said, [prefix + ending for ending in ENDINGS])
            raise nothing_to_do(workspace, folder, said)
        # The one that a program reads goes first, as in a move.
        paths = tuple(prefix + ending for ending in reversed(ENDINGS) if ending in halves)
        known = known_to_git(workspace, paths)
        note = "git still has its text" if known else "it was never added to git: its text is gone"
        done = Decided("reject", name, "", "", "", removed=paths, notes=(note,))

        def work() -> Decided:
            remove_halves(workspace.root, paths)
            return done

        return carry_out(workspace, said, now, results_of((path, None) for path in paths), work)


def _origin_hash(name: str, halves: dict[str, bytes]) -> str | None:
    """The hash by which the proposal is known where it came from, so that it need not come back."""
    pattern: Pattern | None = None
    problems: list[Problem] = []
    if len(halves) == len(ENDINGS):
        pattern, problems = parse_pattern(name, *(halves[ending] for ending in ENDINGS))
    return pattern.origin.sha256 if pattern is not None and not problems else None
