"""Scan what will be committed. On the hot path of the hook: git runs first, the library loads meanwhile."""

from __future__ import annotations

import posix
import sys

from feedback_loop.domain.diff import BINARY
from feedback_loop.domain.finding import BROKEN_BASELINE, NotChecked, ScanResult
from feedback_loop.domain.languages import language_of
from feedback_loop.engines.scan import finish
from feedback_loop.engines.scan.sieve import Sieve
from feedback_loop.errors import UserError
from feedback_loop.formats.patch import parse_patch
from feedback_loop.stores.compiled import load_compiled
from feedback_loop.stores.run_log import append_run
from feedback_loop.stores.system import exists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.diff import FileChange
    from feedback_loop.domain.finding import Finding
    from feedback_loop.domain.settings import Settings
    from feedback_loop.engines.scan.sieve import Candidate
    from feedback_loop.stores.compiled import Sources
    from feedback_loop.stores.git import GitStream
    from feedback_loop.workspace import Workspace

# Below this many files to parse, a second process costs more than it saves.
_FILES_PER_WORKER = 64
_FILES_PER_COLLECTION = 8
_FILES_AT_ONCE = 1024
_EVENTS = b".feedback-loop/events/"


class Clock:
    """Time without limits; a face that has limits overrides what it needs."""

    __slots__ = ()

    def compiling(self) -> None:
        """Told before the library is compiled."""

    def begin(self) -> None:
        """Told when the library is there."""

    def expired(self) -> bool:
        """Asked between files and detectors: whether what is left must be named instead of checked."""
        return False

    def today(self) -> str:
        """The ISO date that suppressions with an `until` are held against."""
        import time

        return time.strftime("%Y-%m-%d", time.gmtime())


def load_library(workspace: Workspace, clock: Clock) -> CompiledLibrary:
    """The compiled library, from the cache or made anew."""

    def compile_library() -> tuple[CompiledLibrary, Sources | None]:
        clock.compiling()
        made: tuple[CompiledLibrary, Sources | None] = _cold().compile_library(workspace)
        return made

    return load_compiled(workspace.repository, compile_library)


def read_settings(workspace: Workspace) -> Settings:
    """The settings as they stand in the file, broken parts left out."""
    _cold()
    return workspace.settings()[0]


def _cold() -> ModuleType:
    """`api.library` with all it imports. The hook starts without site-packages (-S): now it needs them."""
    if "site" not in sys.modules:
        import site

        site.main()
    from feedback_loop.api import library

    return library


def scan_staged(
    workspace: Workspace,
    clock: Clock | None = None,
    hints: bool = True,
    only: Sequence[str] = (),
    baseline: str | None = None,
) -> tuple[ScanResult, CompiledLibrary]:
    """The index against HEAD; in a merge only lines that are new against every parent (DIFF-10).

    Without `hints` detectors of that level do not run (unless the settings fail on them). `only` are
    globs, `baseline` is as in `api.baseline.subtract_baseline`. Raises UserError or MachineFault if git
    fails, or if repository or baseline are unusable.
    """
    clock = clock or Clock()
    stream = workspace.git.staged_diff()
    try:
        library = load_library(workspace, clock)
        clock.begin()
        changes = reread_hidden(workspace, parse_patch(stream.blocks()))
        parents = workspace.repository.merge_parents()
        if parents:
            changes = new_in_merge(workspace, changes, parents)
        watched = _Watched(changes, library.folder)
        wanted: Iterable[FileChange] = watched
        if only:
            from feedback_loop.api.modes import keep_only

            wanted = keep_only(watched, only)
        least = "hint" if hints or library.fail_on == "hint" else "warn"
        result = check_changes(wanted, library, clock, least)
    finally:
        stream.close()
    if result.findings:
        settle(workspace, result, library, workspace.git.staged_diff, watched.removes, baseline)
    if watched.touched:
        result.findings += _cold().staged_gate(workspace, library.folder)
    if watched.events:
        result.findings += _staged_events(workspace)
    return finish(result), library


def settle(
    workspace: Workspace,
    result: ScanResult,
    library: CompiledLibrary,
    start: Callable[[], GitStream],
    removes: bool = True,
    baseline: str | None = None,
) -> None:
    """What was only moved, and what was accepted: asked when there is something to ask about.

    `start` begins the scanned diff once more; `removes`: whether it may remove a line.
    """
    if removes:
        from feedback_loop.api.moved import mark_moved_findings

        mark_moved_findings(workspace.git, result.findings, library.moved_level, start)
    if baseline is not None or exists(workspace.root + "/.feedback-loop/baseline.jsonl"):
        from feedback_loop.api.baseline import subtract_baseline

        try:
            subtract_baseline(workspace, result, baseline)
        except UserError as error:
            if baseline is not None:
                raise  # whoever names a file wants that file
            # A broken file must not lift what stops a commit: nothing is taken away, and that is told.
            reason = f"{BROKEN_BASELINE}{error.message}"
            result.not_checked.append(NotChecked(b".feedback-loop/baseline.jsonl", "", reason))


def reread_hidden(workspace: Workspace, changes: Iterable[FileChange]) -> Iterable[FileChange]:
    """Files of a known language that git calls binary, read from the objects instead (DIFF-9).

    A tracked `.gitattributes` line like `*.py -diff` must not hide code; attributes do not apply to a
    comparison of two objects.
    """
    for change in changes:
        if change.skip == BINARY and language_of(change.path.decode("utf-8", "replace")):
            from feedback_loop.api.hidden_text import reread

            change = reread(workspace.git, change)
            change.hidden = change.skip is None
        yield change


class _Watched:
    """Changes as they pass: whether the library or events are among them, and whether any removes a line."""

    __slots__ = ("_changes", "_prefix", "events", "removes", "touched")

    def __init__(self, changes: Iterable[FileChange], folder: str) -> None:
        self._changes = changes
        self._prefix = folder.encode() + b"/"
        self.events = False
        self.removes = False
        self.touched = False

    def __iter__(self) -> Iterator[FileChange]:
        for change in self._changes:
            self.removes = self.removes or change.removes
            paths = (change.path, change.old_path or b"")
            self.touched = self.touched or any(path.startswith(self._prefix) for path in paths)
            self.events = self.events or change.path.startswith(_EVENTS)
            yield change


def check_changes(
    changes: Iterable[FileChange],
    library: CompiledLibrary,
    clock: Clock,
    least: str = "hint",
    sites: bool = False,
) -> ScanResult:
    """Scan these changes; of very many files by several processes. With `sites` the result tells them too."""
    sieve = Sieve(library, least=least, expired=clock.expired, sites=sites)
    candidates: list[Candidate] = []
    for candidate in sieve.candidates(changes):
        candidates.append(candidate)
        if len(candidates) == _FILES_AT_ONCE:  # of a change without end the first part is checked in time
            _check(candidates, sieve.result, library, clock)
            candidates = []
    if candidates:
        _check(candidates, sieve.result, library, clock)
    return sieve.result


def _check(candidates: list[Candidate], result: ScanResult, library: CompiledLibrary, clock: Clock) -> None:
    from feedback_loop.engines.scan.check import Rules, check_candidate

    rules = Rules(library, clock.today)

    def check(share: list[Candidate], result: ScanResult) -> ScanResult:
        for candidate in share:
            check_candidate(candidate, result, rules, clock.expired)
        return result

    if len(candidates) > _FILES_PER_COLLECTION:
        _check_many(candidates, result, check)
    else:
        check(candidates, result)


def _check_many(
    candidates: list[Candidate],
    result: ScanResult,
    check: Callable[[list[Candidate], ScanResult], ScanResult],
) -> None:
    """By several processes if the files are many enough."""
    from feedback_loop.api.pause import without_collector

    with without_collector():
        workers = min(4, posix.cpu_count() or 1, len(candidates) // _FILES_PER_WORKER + 1)
        if workers == 1:
            check(candidates, result)
            return
        from feedback_loop.stores.workers import run_forked

        shares = [candidates[number::workers] for number in range(workers)]
        for parts in run_forked(lambda share: check(share, ScanResult()).to_tuple(), shares):
            result.add(parts)


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


def has_shown(workspace: Workspace) -> bool:
    """Whether a scan of the hook has shown something since the last commit (`stores.shown`)."""
    return exists(workspace.repository.state_dir + "/shown.jsonl")


def record_failure(workspace: Workspace, reason: str, code: int, at: int, milliseconds: int) -> None:
    """The same for a run that ended without a verdict."""
    append_run(workspace.repository.state_dir, at, "failed", code, milliseconds, 0, 0, reason)


def check_staged_library(workspace: Workspace) -> list[Finding]:
    """Problems of what is staged beside code: the pattern library (format, names, examples), events.

    A pattern that changed without its version is a finding of level warn, all else of level block.
    """
    folder = load_library(workspace, Clock()).folder
    found: list[Finding] = _cold().staged_gate(workspace, folder)
    return found + _unraised(workspace, folder) + _staged_events(workspace)


def _unraised(workspace: Workspace, folder: str) -> list[Finding]:
    from feedback_loop.api.patterns.unraised import staged_unraised

    return staged_unraised(workspace, folder)


def _staged_events(workspace: Workspace) -> list[Finding]:
    _cold()
    from feedback_loop.api.staged_events import staged_events

    return staged_events(workspace)


def write_bundle(path: str) -> None:
    """Write the hook's bundle of modules (`faces/hook.py`)."""
    from feedback_loop.stores import hook_bundle

    hook_bundle.write_bundle(path)


# -- merges ------------------------------------------------------------------------------------


def new_in_merge(
    workspace: Workspace, changes: Iterable[FileChange], parents: list[str]
) -> Iterable[FileChange]:
    """The changes with only those lines marked as added that every other parent lacks as well."""
    from feedback_loop.domain.diff import keep_added

    against: list[dict[bytes, frozenset[int] | None]] = []
    for parent in parents:
        diff = reread_hidden(workspace, parse_patch(workspace.git.staged_diff(parent).blocks()))
        # Where the parent's side cannot be read (too large, binary) it takes no line away.
        against.append({one.path: frozenset(one.new_text()[1]) if one.skip is None else None for one in diff})
    for change in changes:
        for added in against:
            kept = added.get(change.path, frozenset())
            if change.added_count and kept is not None:
                keep_added(change, kept)
        yield change
