"""Scan what will be committed. On the hot path of the hook: git runs first, the library loads meanwhile."""

from __future__ import annotations

import posix
import sys

from feedback_loop.domain.finding import ScanResult
from feedback_loop.engines import scan as engine
from feedback_loop.formats.patch import parse_patch
from feedback_loop.stores.compiled import load_compiled
from feedback_loop.stores.run_log import append_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.diff import FileChange
    from feedback_loop.domain.finding import Finding
    from feedback_loop.workspace import Workspace

# Below this many files to parse, a second process costs more than it saves.
_FILES_PER_WORKER = 64
_FILES_PER_COLLECTION = 8


def load_library(workspace: Workspace) -> CompiledLibrary:
    """The compiled library, from the cache or made anew."""
    return load_compiled(workspace.repository, lambda: _cold().compile_library(workspace))


def _cold() -> ModuleType:
    """`api.library` with all it imports. The hook starts without site-packages (-S): now it needs them."""
    if "site" not in sys.modules:
        import site

        site.main()
    from feedback_loop.api import library

    return library


def scan_staged(
    workspace: Workspace,
    expired: Callable[[], bool] = lambda: False,
    on_library: Callable[[CompiledLibrary], None] = lambda library: None,
    hints: bool = True,
) -> tuple[ScanResult, CompiledLibrary]:
    """The index against HEAD; in a merge only lines that are new against every parent (DIFF-10).

    When `expired()` says so, what is left is "not checked: time"; `on_library` is told the library as
    soon as it is there, for a caller that wants to know `on_error` even if the scan then dies.
    Without `hints` detectors of that level do not run (unless the settings fail on them).
    Raises UserError or MachineFault if git fails or the repository is unusable.
    """
    stream = workspace.git.staged_diff()
    library = load_library(workspace)
    on_library(library)
    changes: Iterable[FileChange] = parse_patch(stream.blocks())
    parents = workspace.repository.merge_parents()
    if parents:
        changes = _new_in_merge(workspace, changes, parents)
    least = "hint" if hints or library.fail_on == "hint" else "warn"
    result, touched = _scan(changes, library, expired, least)
    if touched:
        result.findings += _cold().staged_gate(workspace, library.folder)
    return engine.finish(result), library


def _scan(
    changes: Iterable[FileChange], library: CompiledLibrary, expired: Callable[[], bool], least: str
) -> tuple[ScanResult, bool]:
    """The result, and whether the library itself is among the changes."""
    touched = False
    prefix = library.folder.encode() + b"/"

    def watched() -> Iterable[FileChange]:
        nonlocal touched
        for change in changes:
            touched = touched or change.path.startswith(prefix)
            yield change

    sieve = engine.Sieve(library, least=least)
    candidates = list(sieve.candidates(watched()))
    if len(candidates) > _FILES_PER_COLLECTION:
        _check_many(candidates, sieve.result, expired)
    else:
        _check(candidates, sieve.result, expired)
    return sieve.result, touched


def _check(candidates: list[engine.Candidate], result: ScanResult, expired: Callable[[], bool]) -> ScanResult:
    for candidate in candidates:
        engine.check_candidate(candidate, result, expired)
    return result


def _check_many(candidates: list[engine.Candidate], result: ScanResult, expired: Callable[[], bool]) -> None:
    """Without garbage collection, which would cost a quarter of the time and free nothing, and by
    several processes if the files are many enough."""
    import gc

    collecting = gc.isenabled()
    gc.disable()
    try:
        workers = min(4, posix.cpu_count() or 1, len(candidates) // _FILES_PER_WORKER + 1)
        if workers == 1:
            _check(candidates, result, expired)
            return
        from feedback_loop.stores.workers import run_forked

        shares = [candidates[number::workers] for number in range(workers)]
        for parts in run_forked(lambda share: _check(share, ScanResult(), expired).to_tuple(), shares):
            result.add(parts)
    finally:
        if collecting:
            gc.enable()


def record_run(workspace: Workspace, result: ScanResult, code: int, at: int, milliseconds: int) -> None:
    """One line in the run log that `doctor` reads; a log that cannot be written is no failure."""
    append_run(
        workspace.repository.state_dir,
        at,
        result.verdict(),
        code,
        milliseconds,
        result.files,
        result.added_lines,
    )


def check_staged_library(workspace: Workspace) -> list[Finding]:
    """Problems of the pattern library as it is staged: format, names, example gate."""
    found: list[Finding] = _cold().staged_gate(workspace, load_library(workspace).folder)
    return found


def write_bundle(path: str) -> None:
    """Write the hook's bundle of modules (`faces/hook.py`)."""
    from feedback_loop.stores import hook_bundle

    hook_bundle.write_bundle(path)


# -- merges ------------------------------------------------------------------------------------


def _new_in_merge(
    workspace: Workspace, changes: Iterable[FileChange], parents: list[str]
) -> Iterable[FileChange]:
    """The changes with only those lines marked as added that every other parent lacks as well."""
    from feedback_loop.domain.diff import keep_added, new_text

    against: list[dict[bytes, frozenset[int]]] = []
    for parent in parents:
        diff = parse_patch(workspace.git.staged_diff(parent).blocks())
        against.append({one.path: frozenset(new_text(one.hunk or b"")[1]) for one in diff})
    for change in changes:
        if change.hunk:
            for added in against:
                keep_added(change, added.get(change.path, frozenset()))
        yield change
