"""Where a library's files are, and how one of them is read. Loads nothing that reads patterns."""

from __future__ import annotations

import os

from feedback_loop.errors import UserError
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import safe_read

FOLDERS = (("active", ""), ("proposed", "/proposed"), ("archived", "/archive"))


class Place:
    """A library's folder. `own` = the repository's, else that of the pack that ships with the tool."""

    __slots__ = ("base", "name", "own")

    def __init__(self, base: str, name: str, own: bool) -> None:
        self.base = base
        self.name = name
        self.own = own

    @property
    def folder(self) -> str:
        """Its absolute path."""
        return f"{self.base}/{self.name}"

    def file_names(self, below: str = "") -> list[str]:
        """The pattern files in the folder or in one `below` it, sorted.

        Raises UserError for a folder that leads outside of the repository, OSError for one that cannot
        be read; one that is not there is empty.
        """
        folder = self.folder + below
        if self.own and not is_inside(self.base, folder):
            raise UserError("path leaves the repository: the folder is a link")
        try:
            names = os.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        # Editors leave their locks and backups as `.#name.md` and the like.
        return sorted(
            name
            for name in names
            if name.endswith((".md", ".json")) and name != "README.md" and not name.startswith(".")
        )

    def read(self, path: str) -> bytes:
        """A file below `base`. Some installers make links of a pack's files, which are trusted.

        Raises UserError for one that is too large or leads outside, and OSError.
        """
        base = self.base
        if not self.own:
            base, path = os.path.split(os.path.realpath(f"{base}/{path}"))
        return safe_read(base, path, SIZE_CAP)


def find_place(root: str, folder: str) -> Place:
    """The repository's folder, or the core pack if there is no such folder."""
    return Place(root, folder, True) if os.path.isdir(f"{root}/{folder}") else pack_place()


def pack_place() -> Place:
    """The core pack: inside an installed package, or the checkout's own `patterns/`."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if os.path.isdir(package + "/packs/core"):
        return Place(package + "/packs", "core", False)
    return Place(os.path.dirname(package), "patterns", False)


def is_inside(root: str, folder: str) -> bool:
    """Whether the folder, links followed, lies below the root; one that is not there, where it would be."""
    top = os.path.realpath(root).rstrip("/")
    return os.path.realpath(folder).startswith(top + "/")
