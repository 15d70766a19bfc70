"""The tip's own tree: library, plans, stored retros and events as they are committed (H75, H77)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property

from feedback_loop.api.library import read_library
from feedback_loop.domain.library import Library
from feedback_loop.domain.retro import FOLDER
from feedback_loop.domain.settings import Settings
from feedback_loop.errors import UserError
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.event_files import FOLDER as EVENTS
from feedback_loop.stores.files import safe_read
from feedback_loop.stores.git_objects import Entry
from feedback_loop.workspace import Workspace


class Tip:
    """One commit. `basis` is its newest ancestor on the first-parent line that changes more than views: the
    guide and retros; and, where the library's `folder` is named, more than this and the events: records are
    no code. Without one it is the tip."""

    def __init__(self, workspace: Workspace, guide: str, folder: str = "", end: str = "") -> None:
        self._libraries: dict[str, Library] = {}
        self._objects = workspace.git.objects
        self._folder = folder
        self.oid = _head(workspace)
        records = (guide, FOLDER, EVENTS, folder) if folder else (guide, FOLDER)
        self.basis = workspace.git.history.newest_outside(end or self.oid, records) or end or self.oid

    @classmethod
    def of(cls, workspace: Workspace, settings: Settings, end: str = "") -> Tip:
        """HEAD, with the basis that the branch had when its last commit was `end` ("" = HEAD)."""
        return cls(workspace, settings.guide, settings.patterns, end)

    @cached_property
    def basis_paths(self) -> frozenset[str]:
        """The files of the library's folder that the basis had."""
        prefix = os.fsencode(self._folder) + b"/"
        entries = self.entries if self.basis == self.oid else self._objects.tree_entries(self.basis)
        return frozenset(os.fsdecode(path) for _, _, path in entries if path.startswith(prefix))

    @cached_property
    def entries(self) -> list[Entry]:
        """Every file of its tree."""
        return self._objects.tree_entries(self.oid)

    def below(self, folder: str) -> dict[str, str]:
        """path -> blob id of the plain files below the folder."""
        prefix = os.fsencode(folder) + b"/"
        return {
            os.fsdecode(path): oid
            for mode, oid, path in self.entries
            if path.startswith(prefix) and mode.startswith("100")
        }

    def read(self, oids: Iterable[str], cap: int) -> list[bytes | None]:
        """The blobs; None for one of more than `cap` bytes."""
        with self._objects.blob_stream() as blobs:
            return list(blobs.read(oids, cap))

    def library(self, folder: str) -> Library:
        """Its patterns; the built-in ones if it has no such folder."""
        if folder not in self._libraries:
            self._libraries[folder] = read_library(self._objects, self.entries, folder)
        return self._libraries[folder]

    def library_on_disk(self, workspace: Workspace, folder: str) -> Library:
        """The work tree's library; where its files are the tip's, to the byte, they are read once."""
        files = self.below(folder)
        alike = files and _disk_files(workspace.root, folder) == set(files)
        data = zip(files, self.read(files.values(), SIZE_CAP), strict=True) if alike else ()
        if alike and all(blob is not None and _holds(workspace, path, blob) for path, blob in data):
            return self.library(folder)
        return workspace.library(folder)


def _disk_files(root: str, folder: str) -> set[str]:
    """Every file below the folder, by path below the root."""
    found = set()
    for here, _, names in os.walk(f"{root}/{folder}"):
        found |= {f"{here[len(root) + 1 :]}/{name}" for name in names}
    return found


def _holds(workspace: Workspace, path: str, blob: bytes) -> bool:
    try:
        return safe_read(workspace.root, path, len(blob)) == blob
    except (OSError, UserError):
        return False


class TipWorkspace(Workspace):
    """The workspace with the library that a retro counts, whatever lies on the disk."""

    __slots__ = ("_library",)

    def __init__(self, workspace: Workspace, library: Library) -> None:
        super().__init__(workspace.repository)
        self._library = library

    def library(self, folder: str) -> Library:
        """The patterns that are counted."""
        return self._library


def _head(workspace: Workspace) -> str:
    try:
        return workspace.git.objects.commit_id("HEAD")
    except UserError as error:
        if error.exit_code != UserError.exit_code:
            raise
        raise UserError("no commit yet: there is no history to look back on", kind="git") from error
