"""Examine a repository's feedback-loop: facts, and each problem with its cure (DOC-1)."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime

from feedback_loop import __version__
from feedback_loop.api.library import compile_library
from feedback_loop.api.setup import shown
from feedback_loop.domain import hooks as words
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diagnosis import Ailment, Diagnosis, Run, Section, Value
from feedback_loop.domain.finding import LEVELS
from feedback_loop.domain.hooks import CHAINED, HookFile, Manager
from feedback_loop.domain.pattern import STATES
from feedback_loop.errors import UserError
from feedback_loop.stores import hooks as store
from feedback_loop.stores.compiled import Sources, load_compiled
from feedback_loop.stores.run_log import last_runs
from feedback_loop.workspace import Workspace

_Part = tuple[Section, list[Ailment]]
_INSTALL = "feedback-loop install"


def diagnose(workspace: Workspace) -> Diagnosis:
    """The whole examination; a part that cannot be looked at becomes an ailment, never an error."""
    tools = _tools(workspace)
    parts = [_repository(workspace), tools, _settings(workspace), *_library(workspace)]
    if not tools[1]:  # with git at hand
        refused = _refused(workspace)
        parts.append((Section("", ()), refused) if refused else _hooks(workspace))
    sections = tuple(section for section, _ in parts if section.facts)
    ailments = tuple(ailment for _, found in parts for ailment in found)
    return Diagnosis(sections, tuple(_runs(workspace)), ailments)


def _repository(workspace: Workspace) -> _Part:
    repository = workspace.repository
    plain = repository.git_dir == workspace.root + "/.git"
    linked = "linked worktree" if repository.common_dir != repository.git_dir else "its .git file or GIT_DIR"
    facts: list[tuple[str, Value]] = [
        ("root", workspace.root),
        ("git folder", repository.git_dir),
        ("found by", "its .git folder" if plain else linked),
        ("state folder", repository.state_dir),
    ]
    return Section("repository", tuple(facts)), []


def _refused(workspace: Workspace) -> list[Ailment]:
    """git's own opinion of the repository: it refuses, for instance, one that belongs to somebody else."""
    try:
        workspace.git.top_level()
    except UserError as error:
        return [Ailment(error.message, error.hint or "do what git says, then examine again")]
    return []


def _tools(workspace: Workspace) -> _Part:
    python, script = store.our_parts()
    numbers = ".".join(map(str, sys.version_info[:3]))
    facts: list[tuple[str, Value]] = [
        ("feedback-loop", f"{__version__} ({script.removesuffix('/faces/hook.py')})"),
        ("Python", f"{numbers} ({python})"),
    ]
    try:
        version = ".".join(map(str, workspace.git.version()))
    except UserError as error:
        return Section("tools", (*facts, ("git", None))), [Ailment(error.message, error.hint or "update git")]
    return Section("tools", (*facts, ("git", f"{version} ({workspace.git.program})"))), []


def _settings(workspace: Workspace) -> _Part:
    settings, problems = workspace.settings()
    mode = {
        "open": "open: when the tool itself fails a commit passes, CI does not",
        "closed": "closed: when the tool itself fails no commit passes",
    }[settings.on_error]
    facts: list[tuple[str, Value]] = [
        (
            "file",
            settings.path or ("unreadable: the defaults hold" if problems else "none: the defaults hold"),
        ),
        ("fail-on", settings.fail_on),
        ("on-error", mode),
    ]
    cure = "mend the settings; until then the defaults hold"
    return Section("settings", tuple(facts)), [Ailment(str(problem), cure) for problem in problems]


# -- library -------------------------------------------------------------------------------------


def _library(workspace: Workspace) -> list[_Part]:
    settings, problems = workspace.settings()
    library = workspace.library(settings.patterns)
    states = Counter(pattern.state for pattern in library.patterns)
    facts: list[tuple[str, Value]] = [
        ("source", library.source),
        ("patterns", tuple((state, states[state]) for state in STATES)),
        ("invalid", len({problem.path.rpartition(".")[0] for problem in library.problems})),
    ]
    try:
        compiled, state, ailments = _compiled(workspace)
    except UserError:  # git is missing or too old: `_tools` says so
        found = [_library_ailment(str(problem)) for problem in library.problems]
        return [(Section("library", tuple(facts)), found)]
    # The settings' problems stand first there; `_settings` has told them.
    ailments += [_library_ailment(problem) for problem in compiled.problems[len(problems) :]]
    ailments += [
        Ailment(f"{rule}: {reason}: it does not run", f"feedback-loop pattern test {rule.partition('/')[0]}")
        for rule, reason in compiled.disabled
    ]
    facts += _detector_facts(compiled)
    return [(Section("library", (*facts, ("compiled", state))), ailments)]


def _library_ailment(problem: str) -> Ailment:
    return Ailment(problem, "mend the file; `feedback-loop pattern lint` names all that is wrong")


def _detector_facts(compiled: CompiledLibrary) -> list[tuple[str, Value]]:
    levels = Counter(detector.level for detector in compiled.detectors)
    kinds = Counter(detector.kind for detector in compiled.detectors)
    slow = sorted(one.rule_id for one in compiled.detectors if not one.added_any and not one.file_all)
    return [
        ("sha256", compiled.digest),
        ("detectors by level", tuple((level, levels[level]) for level in reversed(LEVELS[1:]))),
        ("detectors by kind", tuple(sorted(kinds.items()))),
        ("failing the gate", tuple(rule for rule, _ in compiled.disabled)),
        ("slow lane", tuple(slow)),
    ]


def _compiled(workspace: Workspace) -> tuple[CompiledLibrary, str, list[Ailment]]:
    """The compiled library as a hook would get it, and whether the next hook gets it for nothing."""
    made = []

    def make() -> tuple[CompiledLibrary, Sources]:
        made.append(True)
        return compile_library(workspace)

    compiled = load_compiled(workspace.repository, make)
    if not made:
        return compiled, "kept, up to date", []
    load_compiled(workspace.repository, make)
    if len(made) == 1:
        return compiled, "made anew just now: it was missing or out of date", []
    cure = (
        f"make {workspace.repository.state_dir} and your cache folder (~/.cache/feedback-loop) writable; "
        "the key there must be yours alone (mode 600)"
    )
    return compiled, "cannot be kept", [Ailment("every hook run compiles the library again: slow", cure)]


# -- hooks ---------------------------------------------------------------------------------------


def _hooks(workspace: Workspace) -> _Part:
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
    facts += [(hook.name, _hook_text(hook)) for hook in store.moved_hooks(folder)]
    facts += [("git config", "hook.feedback-loop")] if configured else []
    facts += [("managers", tuple(map(_manager_text, managers)))] if managers else []
    ailments = [ailment for hook in hooks for ailment in _hook_ailments(hook)]
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
    if hook.broken:
        found.append(Ailment(f"the {hook.name} hook cannot run: {hook.broken}", _INSTALL))
    if hook.owner and not hook.executable:
        cure = _INSTALL if hook.ours else f"chmod +x {hook.path}, or remove it"
        found.append(Ailment(f"the {hook.name} hook is not executable: git ignores it", cure))
    if hook.owner == words.EDITED:
        cure = f"move {hook.path} away, then `{_INSTALL}`"
        found.append(Ailment(f"the {hook.name} hook was edited since feedback-loop wrote it", cure))
    if hook.chained and not hook.ours:
        text = f"{hook.name}{CHAINED} waits beside a hook that does not run it"
        found.append(Ailment(text, f"`{_INSTALL}`, or `feedback-loop uninstall` to put it back"))
    return found


def _route_ailments(
    workspace: Workspace, folder: str, hooks: list[HookFile], managers: list[Manager], configured: bool
) -> list[Ailment]:
    """By how many ways our hook runs: none and two are both wrong."""
    mine = [hook.ours or hook.owner == words.CALLS_US for hook in hooks]
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
    if not ways:
        place = shown(workspace, folder)
        return [Ailment(f"no hook of feedback-loop in {place}: commits are not checked", _INSTALL)]
    if any(mine) and not all(mine):
        bare = ", ".join(hook.name for hook, our in zip(hooks, mine, strict=True) if not our)
        return [Ailment(f"no hook of feedback-loop for {bare}", _INSTALL)]
    return []


# -- runs ----------------------------------------------------------------------------------------


def _runs(workspace: Workspace) -> list[Run]:
    return [
        Run(
            at=_time(run.get("at")),
            verdict=str(run.get("verdict")),
            exit_code=_number(run.get("exit_code")),
            milliseconds=_number(run.get("ms")),
            files=_number(run.get("files")),
            added_lines=_number(run.get("added_lines")),
            reason=str(run.get("reason", "")),
        )
        for run in last_runs(workspace.repository.state_dir)
    ]


def _time(seconds: object) -> str:
    if not isinstance(seconds, int):
        return "unknown time"
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "unknown time"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
