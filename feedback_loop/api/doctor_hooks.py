"""Examine the hooks of a repository: the part of `doctor` that looks into the hooks folder."""

from __future__ import annotations

from feedback_loop.api.setup import shown
from feedback_loop.domain import hooks as words
from feedback_loop.domain.diagnosis import Ailment, Section, Value
from feedback_loop.domain.hooks import CHAINED, EXTRAS, HookFile, Manager
from feedback_loop.stores import hooks as store
from feedback_loop.workspace import Workspace

_INSTALL = "feedback-loop install"
_OF_US = (words.OURS, words.EDITED, words.CALLS_US)


def examine_hooks(workspace: Workspace) -> tuple[Section, list[Ailment]]:
    """Which hooks stand where, whose they are, and whether commits are checked once."""
    folder = workspace.git.hooks_dir()
    hooks = store.read_hooks(folder)
    managers = store.find_managers(workspace.root, folder)
    path = workspace.git.hooks_path()
    configured = bool(workspace.git.configured_hook())
    facts: list[tuple[str, Value]] = [
        ("folder", shown(workspace, folder)),
        ("core.hooksPath", f"{path[0]} (set in {path[1]})" if path else "not set"),
    ]
    facts += [(hook.name, _hook_text(hook)) for hook in hooks]
    extras = [hook for hook in store.extra_hooks(folder) if hook.owner in _OF_US or hook.chained]
    facts += [(hook.name, _hook_text(hook)) for hook in (*store.moved_hooks(folder), *extras)]
    facts += [("git config", "hook.feedback-loop")] if configured else []
    facts += [("managers", tuple(map(_manager_text, managers)))] if managers else []
    ailments = [ailment for hook in (*hooks, *extras) for ailment in _hook_ailments(hook)]
    ailments += _route_ailments(workspace, folder, hooks, managers, configured)
    return Section("hooks", tuple(facts)), ailments


def _hook_text(hook: HookFile) -> str:
    if not hook.owner:
        return "no hook"
    text = f"feedback-loop ({hook.python})" if hook.ours else hook.owner
    text += "" if hook.executable else ", not executable"
    return text + (f", after {hook.name}{CHAINED}" if hook.ours and hook.chained else "")


def _manager_text(manager: Manager) -> str:
    told = ["its hook runs here" if manager.active else "not active in this clone"]
    told += ["calls feedback-loop"] if manager.wired else []
    return f"{manager.name}" + (f" ({manager.config}; " if manager.config else " (") + ", ".join(told) + ")"


def _hook_ailments(hook: HookFile) -> list[Ailment]:
    found = []
    install = f"{_INSTALL} --hooks {hook.name}" if hook.name in EXTRAS else _INSTALL
    if hook.broken:
        found.append(Ailment(f"the {hook.name} hook cannot run: {hook.broken}", install))
    elif hook.former:
        found.append(Ailment(f"the {hook.name} hook is an earlier version's: it checks less", install))
    if hook.owner and not hook.executable:
        cure = install if hook.ours else f"chmod +x {hook.path}, or remove it"
        found.append(Ailment(f"the {hook.name} hook is not executable: git ignores it", cure))
    if hook.owner == words.EDITED:
        cure = f"move {hook.path} away, then `{install}`"
        found.append(Ailment(f"the {hook.name} hook was edited since feedback-loop wrote it", cure))
    if hook.chained and not hook.ours:
        text = f"{hook.name}{CHAINED} waits beside a hook that does not run it"
        found.append(Ailment(text, f"`{install}`, or `feedback-loop uninstall` to put it back"))
    return found


def _route_ailments(
    workspace: Workspace, folder: str, hooks: list[HookFile], managers: list[Manager], configured: bool
) -> list[Ailment]:
    """By how many ways our hook runs: none and two are both wrong."""
    mine = [_runs_us(hook) for hook in hooks]
    running = [manager for manager in managers if manager.wired and manager.active]
    waiting = [manager for manager in managers if manager.wired and not manager.active]
    moved = store.moved_hooks(folder)
    ways = [
        *(["a hook file"] if any(mine) or moved else []),
        *(["git's configuration"] if configured else []),
        *(manager.name for manager in running),
    ]
    if len(ways) > 1:
        text = f"commits are checked twice, by {' and by '.join(ways)}"
        return [Ailment(text, "keep one of them: `feedback-loop uninstall` takes ours away")]
    if not ways and waiting:
        text = f"{waiting[0].config} calls feedback-loop, but {waiting[0].name} has no hook in this clone"
        return [Ailment(text, f"{waiting[0].name} install")]
    if not ways and not any(map(_runs_us, store.extra_hooks(folder))):  # whoever wants those alone may
        place = shown(workspace, folder)
        return [Ailment(f"no hook of feedback-loop in {place}: commits are not checked", _INSTALL)]
    if any(mine) and not all(mine):
        bare = ", ".join(hook.name for hook, our in zip(hooks, mine, strict=True) if not our)
        return [Ailment(f"no hook of feedback-loop for {bare}", _INSTALL)]
    return []


def _runs_us(hook: HookFile) -> bool:
    return hook.ours or hook.owner == words.CALLS_US
