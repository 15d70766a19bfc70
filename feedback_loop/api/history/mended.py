"""Where a commit changed the code that had failed: its files as they were before it (D22)."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from functools import cached_property

from feedback_loop.domain.changes import FileDiff
from feedback_loop.domain.trace import Frame
from feedback_loop.engines.candidates.mending import Mending, find_mending
from feedback_loop.formats.history_stream import read_files
from feedback_loop.workspace import Workspace

_FILE_CAP = 1 << 20  # bytes


class Mendings:
    """What one commit did to the functions that failed before it.

    Raises UserError for an unknown commit, when it is first asked.
    """

    def __init__(self, workspace: Workspace, rev: str) -> None:
        self._git = workspace.git
        self._rev = rev

    def of(self, frames: Iterable[Frame | None]) -> Mending | None:
        """What it did to the first function of these calls that it touched, else where it changed the file.

        None if it changes none of the calls' files, where no call is known, and of a merge or a commit
        without a parent here.
        """
        found = [one for frame in dict.fromkeys(frames) if (one := self._at(frame)) is not None]
        return next((one for one in found if one.touched), found[0] if found else None)

    def _at(self, frame: Frame | None) -> Mending | None:
        if frame is None or frame.line < 1:
            return None
        file = self._files.get(self._path(frame.file))
        if file is None:
            return None
        with self._git.objects.blob_stream(lenient=True) as stream:
            old = next(iter(stream.read([file.old_oid], _FILE_CAP)), None)
        return None if old is None else find_mending(self._oid, file, old, frame.line)

    @cached_property
    def _oid(self) -> str:
        return self._git.objects.commit_id(self._rev)

    @cached_property
    def _parent(self) -> str | None:
        recent = self._git.objects.recent(self._oid, 1)
        is_it = bool(recent) and recent[0][0] == self._oid and self._oid not in self._git.history.shallow
        return recent[0][1] if is_it else None

    @cached_property
    def _files(self) -> dict[str, FileDiff]:
        """What the commit changes, by the path before it."""
        if self._parent is None:
            return {}
        records = self._git.history.patches([self._oid], ())
        return {os.fsdecode(file.old_path): file for record in records for file in read_files(record)}

    @cached_property
    def _tree(self) -> set[str]:
        """The paths before the commit."""
        entries = self._git.objects.tree_entries(self._parent) if self._parent else []
        return {os.fsdecode(path) for _, _, path in entries}

    def _path(self, file: str) -> str:
        """The file before the commit that the path ends with: another machine has other folders."""
        parts = posixpath.normpath(file.replace("\\", "/")).split("/")
        ends = ("/".join(parts[start:]) for start in range(len(parts)))
        return next((end for end in ends if end in self._tree), "")
