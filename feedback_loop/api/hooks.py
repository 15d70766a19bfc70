"""Let git run the scan before each commit, by the route that fits the repository; and the whole way back."""

from __future__ import annotations

import os

from feedback_loop.api.setup import hide_temporaries, show_temporaries, shown
from feedback_loop.domain import hooks as words
from feedback_loop.domain.hooks import CHAINED, EXTRAS, NAMES, HookFile, Manager
from feedback_loop.domain.setup import Change, HookReport
from feedback_loop.errors import UserError
from feedback_loop.stores import hooks as store
from feedback_loop.workspace import Workspace

CONFIG_HOOKS_SINCE = (2, 54)


def is_installed(workspace: Workspace) -> bool:
    """Whether git runs our hook here, by whatever route."""
    folder = workspace.git.hooks_dir()
    return (
        any(hook.ours or hook.owner == words.CALLS_US for hook in store.read_hooks(folder))
        or bool(store.moved_hooks(folder))
        or any(manager.active and manager.wired for manager in store.find_managers(workspace.root, folder))
        or bool(workspace.git.configured_hook())
    )


def install(workspace: Workspace, via: str = "", names: tuple[str, ...] = NAMES) -> HookReport:
    """Let git run the scan before each commit; `via` is git, pre-commit, config or "" for what fits.

    `names` are the hooks wanted, among them those of `EXTRAS` that somebody asked for; those that are
    installed already stay. Raises UserError, with nothing written, where a hook stands that we must not
    touch.
    """
    folder = workspace.git.hooks_dir()
    managers = store.find_managers(workspace.root, folder)
    manager = _manager(via, managers)
    if manager is not None:
        return _install_in_manager(workspace, manager, names)
    if via == "config":
        return _install_in_config(workspace, folder, names)
    return _install_in_git(workspace, folder, managers, names)


def _manager(via: str, managers: list[Manager]) -> Manager | None:
    """The manager whose file people edit: the one asked for, or the one that is at work here."""
    if via == "pre-commit":
        both = [manager for manager in managers if manager.name in ("pre-commit", "prek")]
        return next(iter(both), Manager("pre-commit"))
    if via:
        return None
    return next((manager for manager in managers if manager.active or manager.wired), None)


def _install_in_manager(workspace: Workspace, manager: Manager, names: tuple[str, ...]) -> HookReport:
    types = " ".join(f"--hook-type {name}" for name in names)
    activate = {"lefthook": "lefthook install", "husky": "npx husky"}.get(
        manager.name, f"{manager.name} install {types}"
    )
    place = manager.config or "lefthook.yml"
    notes = tuple(filter(None, (words.extra_note(manager.name, name, place) for name in names)))
    extras = any(name in EXTRAS for name in names)
    if manager.wired:
        changes = [Change(manager.config, "kept", "it calls feedback-loop"), *hide_temporaries(workspace)]
        following = "" if manager.active and not extras else activate
        return HookReport(manager.name, True, tuple(changes), next=following, notes=notes)
    if manager.name == "pre-commit" and not manager.config:
        written = store.write_pre_commit_config(workspace.root)
        changes = [Change(written, "written"), *hide_temporaries(workspace)]
        return HookReport(manager.name, True, tuple(changes), next=f"git add {written} && {activate}")
    config = manager.config or {"lefthook": "lefthook.yml", "husky": ".husky/pre-commit"}.get(
        manager.name, store.PRE_COMMIT_CONFIG
    )
    lines = words.lines_for(manager.name, config)
    return HookReport(manager.name, False, add_to=config, add=lines, next=activate, notes=notes)


def _install_in_config(workspace: Workspace, folder: str, names: tuple[str, ...]) -> HookReport:
    extra = next((name for name in names if name in EXTRAS), "")
    if extra:  # one command for all events would have to guess which of them it is called for
        raise UserError(
            f"{extra} cannot be told from the others in git's configuration",
            f"use `feedback-loop install --via git --hooks {extra}`",
            kind="usage",
        )
    found = workspace.git.version()
    if found < CONFIG_HOOKS_SINCE:
        text = ".".join(map(str, found))
        raise UserError(
            f"git >= 2.54 is needed for hooks in git's configuration (found {text})",
            "use `feedback-loop install --via git`",
            kind="git",
        )
    if any(hook.ours for hook in store.read_hooks(folder)):
        raise _already("as a hook file", folder)
    names = tuple(name for name in names if name != words.RECORD)
    command = words.format_command(*store.our_parts())
    wanted = [("command", command), *(("event", name) for name in names)]
    present = workspace.git.configured_hook() == wanted
    if not present:
        workspace.git.configure_hook(command, names)
    change = Change("git config hook.feedback-loop", "kept" if present else "written")
    note = "preventions are not recorded this way: that takes the post-commit hook of `--via git`"
    return HookReport("config", True, (change, *hide_temporaries(workspace)), notes=(note,))


def _already(how: str, where: str) -> UserError:
    return UserError(
        f"feedback-loop is installed {how} already ({where}): commits would be checked twice",
        "run `feedback-loop uninstall` first",
        kind="usage",
    )


def _install_in_git(
    workspace: Workspace, folder: str, managers: list[Manager], names: tuple[str, ...]
) -> HookReport:
    only_extras = all(name in EXTRAS for name in names)
    if workspace.git.configured_hook() and not only_extras:
        raise _already("in git's configuration", "hook.feedback-loop")
    if any(manager.name == "husky" and manager.active for manager in managers):
        raise UserError(
            f"husky rewrites the hooks in {folder} and runs none that was moved aside",
            "run `feedback-loop install` without --via: it shows the lines for .husky/pre-commit",
            kind="usage",
        )
    if not store.is_usable(folder):
        raise UserError(
            f"core.hooksPath names {folder}, which is no folder: git runs no hooks here",
            "git config --unset core.hooksPath, then install again",
            kind="usage",
        )
    hooks = [store.read_hook(folder, name) for name in names]
    for hook in hooks:
        _refuse(hook)
    python, script = store.our_parts()
    changes = []
    for hook in hooks:
        changes += _put(workspace, hook, words.format_hook(hook.name, python, script))
    notes = _place_notes(workspace, folder) + _hook_notes(hooks) + _manager_notes(managers)
    following = "feedback-loop doctor" if only_extras else ""
    changes += hide_temporaries(workspace)
    return HookReport("git", True, tuple(changes), next=following, notes=tuple(notes))


def _refuse(hook: HookFile) -> None:
    """Raise UserError where our script must not be put."""
    if hook.owner == words.EDITED:
        raise UserError(
            f"{hook.path} was edited since feedback-loop wrote it",
            "move the file away (your lines would be lost), then install again",
            kind="usage",
        )
    if hook.owner == words.NOT_A_FILE:
        raise UserError(f"{hook.path} is no regular file", "remove it, then install again", kind="usage")
    if hook.foreign and hook.chained:
        raise UserError(
            f"{hook.path} is a new hook, and the former one still waits in {hook.name}{CHAINED}",
            "keep one of the two files, then install again",
            kind="usage",
        )


def _put(workspace: Workspace, hook: HookFile, data: bytes) -> list[Change]:
    path = shown(workspace, hook.path)
    if hook.owner == words.CALLS_US:
        return [Change(path, "kept", "it calls feedback-loop itself")]
    written = store.write_hook(hook, data)
    changes = [Change(path, "written" if written else "kept")]
    if hook.foreign:
        aside = "kept, and run first" if hook.executable else "kept; not executable, so it did not run before"
        changes.append(Change(path + CHAINED, "moved", f"the hook that stood there, {aside}"))
    return changes


def _place_notes(workspace: Workspace, folder: str) -> list[str]:
    inside = os.path.realpath(folder) + "/"
    if inside.startswith(os.path.realpath(workspace.repository.common_dir) + "/"):
        return []
    place = shown(workspace, folder)
    if inside.startswith(os.path.realpath(workspace.root) + "/"):
        return [
            f"{place} is part of your working tree, and these hooks name this machine's Python: do not "
            "commit them; hooks/pre-commit of feedback-loop's sources fits every machine"
        ]
    return [f"{place} (core.hooksPath) serves every repository that uses it: all of them are checked now"]


def _hook_notes(hooks: list[HookFile]) -> list[str]:
    return [
        f"the {hook.name} hook that stood there looks at its own name ($0), which is now {hook.name}{CHAINED}"
        for hook in hooks
        if hook.foreign and hook.asks_own_name and hook.owner == words.STRANGER
    ]


def _manager_notes(managers: list[Manager]) -> list[str]:
    notes = []
    for manager in managers:
        if manager.config and not manager.wired and not manager.active:
            how = (
                "`feedback-loop install --via pre-commit` shows the lines"
                if manager.name in ("pre-commit", "prek")
                else f"hooks/ of feedback-loop's sources has an example for {manager.name}"
            )
            notes.append(f"{manager.config} is here: to check everybody's commits, add us there ({how})")
    return notes


# -- and the way back ----------------------------------------------------------------------------


def uninstall(workspace: Workspace) -> HookReport:
    """Take our hooks away by every route and give the former ones their places, bytes and modes back.

    What was edited or is not ours is left and named; the report is then not `done`.
    """
    folder = workspace.git.hooks_dir()
    changes = []
    for hook in [*store.read_hooks(folder), *store.moved_hooks(folder), *store.extra_hooks(folder)]:
        changes += _take_away(workspace, hook)
    if workspace.git.remove_configured_hook():
        changes.append(Change("git config hook.feedback-loop", "removed"))
    changes += _unwire(workspace, folder)
    changes += show_temporaries(workspace)
    done = all(change.action != "left" for change in changes)
    return HookReport("git", done, tuple(changes))


def _take_away(workspace: Workspace, hook: HookFile) -> list[Change]:
    path = shown(workspace, hook.path)
    if hook.owner == words.EDITED:
        return [Change(path, "left", "edited since feedback-loop wrote it: remove it yourself")]
    if hook.ours or (not hook.owner and hook.chained):
        restored = store.remove_hook(hook)
        return [Change(path, "restored" if restored else "removed")]
    if hook.owner == words.CALLS_US:
        return [Change(path, "left", "not ours, but it calls feedback-loop")]
    if hook.chained and not _still_used(hook):
        return [Change(path + CHAINED, "left", f"{hook.name} is another program's by now")]
    return []


def _still_used(hook: HookFile) -> bool:
    """Whether a hook of ours that was moved aside gets the former hook back."""
    folder = os.path.dirname(hook.path)
    return any(moved.name.startswith(hook.name + ".") for moved in store.moved_hooks(folder))


def _unwire(workspace: Workspace, folder: str) -> list[Change]:
    changes = []
    for manager in store.find_managers(workspace.root, folder):
        if not manager.wired:
            continue
        if manager.name in ("pre-commit", "prek") and store.remove_pre_commit_config(workspace.root):
            changes.append(Change(manager.config, "removed"))
        else:
            changes.append(Change(manager.config, "left", "it calls feedback-loop: remove those lines"))
    return changes
