"""Patterns that became another lesson under the same version: their figures would be mixed up (H58)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from feedback_loop.api.library import read_library
from feedback_loop.api.patterns.versions import changed_fields, changes_meaning
from feedback_loop.domain.finding import Finding, notice
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.domain.library import Library
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import UserError
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import safe_read

if TYPE_CHECKING:
    from feedback_loop.stores.git_objects import Entry, Objects
    from feedback_loop.workspace import Workspace

_HINT = "raise `version` in its JSON, or change patterns with `feedback-loop pattern edit`"


def unraised(before: Library, after: Library) -> list[Problem]:
    """The patterns whose meaning changed and whose version was not raised; proposals may change freely."""
    then = {one.name: one for one in before.patterns if one.state != "proposed"}
    found = []
    for pattern in after.patterns:
        old = then.get(pattern.name)
        if old is None or pattern.version > old.version or not changes_meaning(old, pattern):
            continue
        what = ", ".join(one for one in changed_fields(old, pattern) if one != "version")
        words = f"changed ({what}), and its version is still {pattern.version}"
        if pattern.version < old.version:
            words = f"changed ({what}), and its version went back from {old.version} to {pattern.version}"
        found.append(Problem(pattern.path + ".json", 0, words))
    return found


def unraised_in_tree(workspace: Workspace, library: Library, folder: str) -> list[Problem]:
    """The library of the work tree against HEAD, and against what the branch (or the last commit) began with.

    Nothing where there is no commit, or a clone lacks one.
    """
    objects = workspace.git.objects

    def is_same(entry: Entry) -> bool:
        return _blob_id(workspace.root, entry) == entry[1]

    found: dict[str, Problem] = {}
    for base in _bases(objects):
        try:
            problems = _against(objects, _entries(objects, base, folder), is_same, library, folder)
        except UserError as error:
            if error.kind != "git":
                raise
            continue
        for problem in problems:
            found.setdefault(problem.path, problem)
    return sorted(found.values())


def staged_unraised(workspace: Workspace, folder: str) -> list[Finding]:
    """The staged library against HEAD, as findings of level warn."""
    objects = workspace.git.objects
    try:
        entries = _entries(objects, objects.commit_id("HEAD"), folder)
    except UserError:  # no commit yet
        return []
    staged = objects.index()[0]
    ids = {path: oid for _, oid, path in staged}
    if all(ids.get(path) == oid for _, oid, path in entries):
        return []
    library = read_library(objects, staged, folder)
    problems = _against(objects, entries, lambda entry: ids.get(entry[2]) == entry[1], library, folder)
    return [_finding(problem) for problem in sorted(problems)]


def _bases(objects: Objects) -> list[str]:
    try:
        head = objects.commit_id("HEAD")
    except UserError:  # no commit yet
        return []
    bases = [head]
    try:
        branch = objects.default_branch()
        base = objects.merge_base(objects.commit_id(branch), head) if branch else None
        bases.append(base if base and base != head else objects.commit_id(f"{head}~"))
    except UserError:  # the first commit, or the first of a shallow clone
        pass
    return bases


def _entries(objects: Objects, commit: str, folder: str) -> list[Entry]:
    prefix = os.fsencode(folder) + b"/"
    return [entry for entry in objects.tree_entries(commit) if entry[2].startswith(prefix)]


def _against(
    objects: Objects,
    entries: Iterable[Entry],
    is_same: Callable[[Entry], bool],
    after: Library,
    folder: str,
) -> list[Problem]:
    """What is unraised since these entries; only patterns with a changed half are read."""
    listed = list(entries)
    changed = {_stem(entry) for entry in listed if not is_same(entry)}
    kept = [entry for entry in listed if _stem(entry) in changed]
    return unraised(read_library(objects, kept, folder), after) if kept else []


def _stem(entry: Entry) -> bytes:
    return entry[2].rpartition(b".")[0]


def _blob_id(root: str, entry: Entry) -> str:
    """The id that git would give the file of the work tree; "" if it cannot be read."""
    try:
        data = safe_read(root, os.fsdecode(entry[2]), SIZE_CAP)
    except (UserError, OSError):
        return ""
    new = hashlib.sha1 if len(entry[1]) == 40 else hashlib.sha256
    return new(b"blob %d\0%b" % (len(data), data)).hexdigest()


def _finding(problem: Problem) -> Finding:
    path = os.fsencode(problem.path)
    key = fingerprint("pattern_version", path, problem.message, 0)
    return notice("pattern_version", "warn", path, 0, problem.message, _HINT, key)
