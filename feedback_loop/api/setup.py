"""Set a repository up: the files it starts with."""

from __future__ import annotations

from feedback_loop.domain.setup import STARTER_SETTINGS, Change, StartPlan
from feedback_loop.errors import UserError
from feedback_loop.stores import starter
from feedback_loop.stores.library import pack_files
from feedback_loop.stores.settings import FILES
from feedback_loop.workspace import Workspace


def plan_start(workspace: Workspace) -> StartPlan:
    """What `init` would write. Raises UserError if the settings that are there cannot be read."""
    settings, problems = workspace.settings()
    if problems:
        text = "\n".join(map(str, problems))
        raise UserError(text, "mend the settings, then run `feedback-loop init` again", kind="settings")
    starter.check_folder(workspace.root, settings.patterns)
    files, kept = _plan_patterns(workspace.root, settings.patterns)
    patterns = sum(name.endswith(".json") for name, _ in files)
    if settings.path:
        kept.append(Change(settings.path, "kept", "your settings"))
    elif not starter.existing(workspace.root, [FILES[0]]):
        files.append((FILES[0], STARTER_SETTINGS.encode()))
    hidden = starter.hides_temporaries(workspace.repository.common_dir)
    exclude = "" if hidden else _exclude_file(workspace)
    return StartPlan(settings.patterns, patterns, tuple(files), tuple(kept), exclude)


def _plan_patterns(root: str, folder: str) -> tuple[list[tuple[str, bytes]], list[Change]]:
    """The pack's files that are not there yet; a pattern with one half in any state is the user's."""
    files: list[tuple[str, bytes]] = []
    kept = []
    for name, data in pack_files():
        stem = name.rpartition(".")[0]
        halves = [
            f"{folder}/{below}{stem}{ending}"
            for below in ("", "proposed/", "archive/")
            for ending in (".md", ".json")
        ]
        taken = starter.existing(root, halves)
        if not taken:
            files.append((f"{folder}/{name}", data))
        elif f"{folder}/{name}" in taken:
            kept.append(Change(f"{folder}/{name}", "kept"))
        else:
            kept.append(Change(min(taken), "kept", f"so {name} is not written"))
    return files, kept


def write_start(workspace: Workspace, plan: StartPlan) -> list[Change]:
    """Write what was planned; a file that appeared meanwhile is kept."""
    changes = [
        Change(name, "written" if starter.write_starter(workspace.root, name, data) else "kept")
        for name, data in plan.files
    ]
    return changes + hide_temporaries(workspace)


def hide_temporaries(workspace: Workspace) -> list[Change]:
    """Hide our temporary files from git, once (IO-4)."""
    if not starter.hide_temporaries(workspace.repository.common_dir):
        return []
    return [Change(_exclude_file(workspace), "written")]


def show_temporaries(workspace: Workspace) -> list[Change]:
    """The undo of `hide_temporaries`."""
    if not starter.show_temporaries(workspace.repository.common_dir):
        return []
    return [Change(_exclude_file(workspace), "restored")]


def _exclude_file(workspace: Workspace) -> str:
    return shown(workspace, f"{workspace.repository.common_dir}/{starter.EXCLUDE}")


def shown(workspace: Workspace, path: str) -> str:
    """The path as people see it from the repository's root; absolute if it lies elsewhere."""
    inside = workspace.root.rstrip("/") + "/"
    return path.removeprefix(inside) if path.startswith(inside) else path
