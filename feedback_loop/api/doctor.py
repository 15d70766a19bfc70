"""Examine a repository's feedback-loop: facts, and each problem with its cure (DOC-1)."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from importlib import import_module, metadata

from feedback_loop import __version__
from feedback_loop.api.baseline import read_baseline
from feedback_loop.api.doctor_hooks import examine_hooks
from feedback_loop.api.doctor_providers import examine_providers
from feedback_loop.api.library import compile_library
from feedback_loop.api.search.search import engine_name
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diagnosis import Ailment, Diagnosis, Run, Section, Value
from feedback_loop.domain.finding import CANNOT_LOAD, LEVELS
from feedback_loop.domain.pattern import STATES
from feedback_loop.errors import UserError
from feedback_loop.stores import hooks as store
from feedback_loop.stores.baseline import FILE as BASELINE
from feedback_loop.stores.compiled import Sources, load_compiled
from feedback_loop.stores.run_log import last_runs
from feedback_loop.workspace import Workspace

_Part = tuple[Section, list[Ailment]]
# kind of detector -> (distribution, module) of the engine that it needs
_ENGINES = {"regex": ("google-re2", "re2"), "ast-grep": ("ast-grep-py", "ast_grep_py")}


def diagnose(workspace: Workspace) -> Diagnosis:
    """The whole examination; a part that cannot be looked at becomes an ailment, never an error."""
    tools = _tools(workspace)
    parts = [
        _repository(workspace),
        tools,
        _engines(workspace),
        _settings(workspace),
        *_library(workspace),
        _baseline(workspace),
        examine_providers(),
    ]
    if not tools[1]:  # with git at hand
        refused = _refused(workspace)
        parts.append((Section("", ()), refused) if refused else examine_hooks(workspace))
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


def _engines(workspace: Workspace) -> _Part:
    """The engines that not every library needs: one that is missing is an ailment only where it is."""
    settings, _ = workspace.settings()
    patterns = workspace.library(settings.patterns).patterns
    wanted = Counter(
        one.kind for pattern in patterns if pattern.state == "active" for one in pattern.detectors
    )
    facts: list[tuple[str, Value]] = []
    ailments = []
    for kind, (distribution, module) in _ENGINES.items():
        version, trouble = _engine(distribution, module)
        count = wanted[kind]
        those = f"{count} {kind} detector" + "s" * (count != 1)
        use = f"for {those}" if count else f"no {kind} detector needs it"
        facts.append((distribution, f"{trouble or version} ({use})"))
        if trouble and count:
            cure = f"{sys.executable} -m pip install {distribution}"
            ailments.append(Ailment(f"{distribution} {trouble}: what needs it does not run ({those})", cure))
    try:
        facts.append(("search", engine_name(workspace, settings)))
    except UserError as error:
        facts.append(("search", "cannot run as the settings say"))
        ailments.append(Ailment(f"search.semantic: {error.message}", error.hint or "mend the file"))
    return Section("engines", tuple(facts)), ailments


def _engine(distribution: str, module: str) -> tuple[str, str]:
    """(version, why it cannot be loaded)"""
    try:
        import_module(module)
    except ImportError as error:
        return "", f"cannot be loaded ({error})"
    try:
        return metadata.version(distribution), ""
    except metadata.PackageNotFoundError:
        return "unknown version", ""


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
    ailments += [
        _library_ailment(problem)
        for problem in compiled.problems[len(problems) :]
        if CANNOT_LOAD not in problem  # `_engines` has told it
    ]
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
    made: list[Sources | None] = []

    def make() -> tuple[CompiledLibrary, Sources | None]:
        library, sources = compile_library(workspace)
        made.append(sources)
        return library, sources

    compiled = load_compiled(workspace.repository, make)
    if not made:
        return compiled, "kept, up to date", []
    if made == [None]:
        return compiled, "not kept while an engine is missing", []
    load_compiled(workspace.repository, make)
    if len(made) == 1:
        return compiled, "made anew just now: it was missing or out of date", []
    cure = (
        f"make {workspace.repository.state_dir} and your cache folder (~/.cache/feedback-loop) writable; "
        "the key there must be yours alone (mode 600)"
    )
    return compiled, "cannot be kept", [Ailment("every hook run compiles the library again: slow", cure)]


def _baseline(workspace: Workspace) -> _Part:
    try:
        baseline = read_baseline(workspace)
    except UserError as error:
        facts: tuple[tuple[str, Value], ...] = (("file", "broken: every scan stops at it"),)
        return Section("baseline", facts), [
            Ailment(error.message, error.hint or "mend the line, or delete it")
        ]
    if baseline is None:
        return Section("baseline", (("file", "none: every finding counts"),)), []
    return Section("baseline", (("file", BASELINE), ("entries", len(baseline.entries)))), []


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
