"""Text that attributes or configuration make git call binary (DIFF-9)."""

from __future__ import annotations

from feedback_loop.domain.diff import FileChange, added_file
from feedback_loop.formats.patch import hunk_of
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.git import Git

_LOOKED_AT = 8000  # bytes: where git itself looks for the NUL of a binary file


def reread(git: Git, change: FileChange) -> FileChange:
    """The change with its hunk if its text is text after all, else the change as it is."""
    (data,) = git.blobs([change.new_oid], SIZE_CAP)
    if data is None:
        return FileChange(change.path, change.status, skip="larger than 1 MiB", old_path=change.old_path)
    if b"\0" in data[:_LOOKED_AT]:
        return change
    if change.status == "A":
        return added_file(data, change.path)
    hunk, skip = hunk_of(git.blob_diff(change.old_oid, change.new_oid))
    if hunk is None:
        return added_file(data, change.path) if skip else change  # what git will not compare counts as new
    return FileChange(change.path, change.status, hunk=hunk, old_path=change.old_path)
