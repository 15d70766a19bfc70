"""The scan's other modes: ranges of commits, both sides of a change, whole trees and files. Cold."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from feedback_loop.api.compare import compare_sides
from feedback_loop.api.library import library_findings, staged_gate
from feedback_loop.api.moved import mark_moved_findings
from feedback_loop.api.policy import guarded, policy_at
from feedback_loop.api.ranges import Ends, Range, find_ends
from feedback_loop.api.scan import Clock, check_changes, load_library, new_in_merge, reread_hidden
from feedback_loop.api.whole import Progress, WholeScan, read_blobs, read_files
from feedback_loop.domain.diff import FileChange
from feedback_loop.domain.finding import UNMERGED, Finding, ScanResult
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.engines.scan import finish
from feedback_loop.errors import UserError
from feedback_loop.formats.patch import parse_patch
from feedback_loop.stores.tree_walk import find_path, walk_files

if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.stores.git import GitStream
    from feedback_loop.workspace import Workspace

_NO_FILES = {"120000": "symlink", "160000": "submodule"}
_WHOLE_FOLDERS = ("below", "folder")  # the forms of globs that match all of a folder, or nothing of it


def keep_only(changes: Iterable[FileChange], only: Sequence[str]) -> Iterable[FileChange]:
    """The changes whose path one of the globs matches; all of them without globs."""
    globs = compile_globs(only)
    return (one for one in changes if _is_wanted(globs, one.path)) if only else changes


def _is_wanted(globs: tuple[tuple[str, ...], ...], path: bytes) -> bool:
    return not globs or matches(globs, path.decode("utf-8", "surrogateescape"))


def commit_date(workspace: Workspace, name: str) -> str:
    """The ISO date of the commit as its committer had it: what `until=` is held against in CI (SUP-3)."""
    objects = workspace.git.objects
    return objects.commit_date(objects.commit_id(name))


# -- ranges ------------------------------------------------------------------------------------


def scan_range(
    workspace: Workspace,
    range_: Range,
    *,
    least: str = "hint",
    policy: str = "worktree",
    only: Sequence[str] = (),
    clock: Clock | None = None,
) -> tuple[ScanResult, CompiledLibrary]:
    """The lines that the range adds, with the policy of the working tree, of its `base`, or of its `head`.

    With the base's policy what the range weakens is named; if there is no base, the head's holds.
    Raises UserError if a commit or an object is not in this clone; it says what to fetch.
    """
    return _in_range(workspace, range_, least, policy, only, clock or Clock(), both_sides=False)


def compare_range(
    workspace: Workspace,
    range_: Range,
    *,
    least: str = "hint",
    policy: str = "worktree",
    only: Sequence[str] = (),
    clock: Clock | None = None,
) -> tuple[ScanResult, CompiledLibrary]:
    """What the range's new side has more of than its old one, on whatever line; else as `scan_range`."""
    return _in_range(workspace, range_, least, policy, only, clock or Clock(), both_sides=True)


def _in_range(
    workspace: Workspace,
    range_: Range,
    least: str,
    policy: str,
    only: Sequence[str],
    clock: Clock,
    both_sides: bool,
) -> tuple[ScanResult, CompiledLibrary]:
    ends = find_ends(workspace.git.objects, range_)
    diff = _Diff(workspace, lambda: workspace.git.range_diff(ends.old, ends.head), only)
    try:
        library, notices = _library_of(workspace, ends, policy, clock)
        clock.begin()
        result = diff.scan(library, clock, least, both_sides)
    except UserError as error:
        raise workspace.git.objects.explained(error) from None
    if diff.touched(library.folder):
        notices += library_findings(policy_at(workspace, ends.head).policy.library)
    result.findings += notices
    result.mode, result.base, result.head = "range", ends.base, ends.head
    return finish(result), library


def _library_of(
    workspace: Workspace, ends: Ends, policy: str, clock: Clock
) -> tuple[CompiledLibrary, list[Finding]]:
    """The library in force, and what there is to say about its change."""
    if policy == "worktree":
        return load_library(workspace, clock), []
    clock.compiling()
    head = policy_at(workspace, ends.head)
    # What is compared with nothing has no base that could have a policy.
    if policy == "head" or ends.base is None:
        return head.compiled(), []
    return guarded(policy_at(workspace, ends.base), head)


# -- the staged diff -----------------------------------------------------------------------------


def compare_staged(
    workspace: Workspace, *, least: str = "hint", only: Sequence[str] = (), clock: Clock | None = None
) -> tuple[ScanResult, CompiledLibrary]:
    """What the index has more of than HEAD, on whatever line; in a merge more of than every parent."""
    clock = clock or Clock()
    diff = _Diff(workspace, workspace.git.staged_diff, only, workspace.repository.merge_parents())
    library = load_library(workspace, clock)
    clock.begin()
    result = diff.scan(library, clock, least, both_sides=True)
    if diff.touched(library.folder):
        result.findings += staged_gate(workspace, library.folder)
    return finish(result), library


class _Diff:
    """A diff that can be read more than once."""

    __slots__ = ("_only", "_parents", "_paths", "_start", "_workspace")

    def __init__(
        self,
        workspace: Workspace,
        start: Callable[[], GitStream],
        only: Sequence[str],
        parents: Sequence[str] = (),
    ) -> None:
        self._workspace = workspace
        self._start = start
        self._only = only
        self._parents = list(parents)
        self._paths: set[bytes] = set()

    def scan(self, library: CompiledLibrary, clock: Clock, least: str, both_sides: bool) -> ScanResult:
        least = "hint" if library.fail_on == "hint" else least
        if both_sides:
            return compare_sides(self._changes, library, clock, least)
        result = check_changes(self._changes(), library, clock, least)
        mark_moved_findings(self._workspace.git, result.findings, library.moved_level, self._start)
        return result

    def touched(self, folder: str) -> bool:
        """Whether the folder is among what has been read, `--only` or not."""
        prefix = os.fsencode(folder) + b"/"
        return any(path.startswith(prefix) for path in self._paths)

    def _changes(self) -> Iterator[FileChange]:
        stream = self._start()
        try:
            changes = reread_hidden(self._workspace, parse_patch(stream.blocks()))
            if self._parents:
                changes = new_in_merge(self._workspace, changes, self._parents)
            yield from keep_only(self._noted(changes), self._only)
        finally:
            stream.close()

    def _noted(self, changes: Iterable[FileChange]) -> Iterator[FileChange]:
        for change in changes:
            self._paths |= {change.path, change.old_path or b""}
            yield change


# -- whole trees and files -------------------------------------------------------------------------


def scan_tree(
    workspace: Workspace,
    rev: str | None = None,
    *,
    least: str = "hint",
    only: Sequence[str] = (),
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> tuple[ScanResult, CompiledLibrary]:
    """Every tracked regular file of the index, or of the commit `rev`; all lines count as added.

    `progress` is told (shares done, shares). Raises UserError if an object is not in this clone.
    """
    clock = clock or Clock()
    objects = workspace.git.objects
    head = None if rev is None else objects.commit_id(rev)
    library = load_library(workspace, clock)
    clock.begin()
    entries, unmerged = (objects.tree_entries(head), []) if head else objects.index()
    globs = compile_globs(only)
    others = [FileChange(path, "U", skip=UNMERGED) for path in unmerged if _is_wanted(globs, path)]
    files: list[tuple[bytes, str]] = []
    for mode, oid, path in entries:
        if not _is_wanted(globs, path):
            continue
        reason = _NO_FILES.get(mode) or _exclusion(library, path)
        if reason:
            others.append(FileChange(path, "A", skip=reason))
        else:
            files.append((path, oid))
    scan = WholeScan(library, clock, _least(least, library), progress)
    result = scan.check_files(files, lambda share: read_blobs(objects, share))
    result.add(scan.check(others).to_tuple())
    result.mode, result.head = "all", head
    return finish(result), library


def scan_paths(
    workspace: Workspace,
    paths: Sequence[str],
    *,
    least: str = "hint",
    only: Sequence[str] = (),
    folder: str | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> tuple[ScanResult, CompiledLibrary]:
    """Whole files as they are on the disk, tracked or not; all lines count as added.

    Folders are walked: no links, no `.git`, no other repositories, no folder that the settings exclude.
    Relative paths are seen from `folder` (default: the process's). Raises UserError for a path that is
    outside of the repository or not there.
    """
    clock = clock or Clock()
    library = load_library(workspace, clock)
    clock.begin()
    whole = tuple(glob for glob in library.exclude if glob[0] in _WHOLE_FOLDERS)
    globs = compile_globs(only)
    found: dict[str, str] = {}
    for named in [find_path(workspace.root, path, folder) for path in paths]:
        for path, reason in walk_files(workspace.root, named, lambda below: matches(whole, below + "/")):
            raw = os.fsencode(path)
            if _is_wanted(globs, raw):
                found.setdefault(path, reason or _exclusion(library, raw))
    others = [FileChange(os.fsencode(path), "A", skip=reason) for path, reason in found.items() if reason]
    scan = WholeScan(library, clock, _least(least, library), progress)
    files = [path for path, reason in found.items() if not reason]
    result = scan.check_files(files, lambda share: read_files(workspace.root, share))
    result.add(scan.check(others).to_tuple())
    result.mode = "paths"
    return finish(result), library


def _exclusion(library: CompiledLibrary, path: bytes) -> str:
    """Named without being read."""
    return "excluded" if matches(library.exclude, path.decode("utf-8", "surrogateescape")) else ""


def _least(least: str, library: CompiledLibrary) -> str:
    """What fails the run must run."""
    return "hint" if library.fail_on == "hint" else least
