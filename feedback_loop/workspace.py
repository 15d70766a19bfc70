"""An opened repository: where it is, and its stores on demand. No logic. On the hot path."""

from __future__ import annotations

from feedback_loop.stores.git import Git
from feedback_loop.stores.repository import Repository, find_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.library import Library
    from feedback_loop.domain.problem import Problem
    from feedback_loop.domain.settings import Settings


class Workspace:
    """Hand it down; there is no global one."""

    __slots__ = ("_git", "repository", "root")

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.root = repository.root
        self._git: Git | None = None

    @classmethod
    def open(cls, folder: str | None = None) -> Workspace:
        """The repository around `folder`, or around the process. Raises UserError if there is none."""
        return cls(find_repository(folder))

    @property
    def git(self) -> Git:
        """The door to git. Raises UserError if git is missing."""
        if self._git is None:
            self._git = Git(self.repository)
        return self._git

    def settings(self) -> tuple[Settings, list[Problem]]:
        """The settings and what is wrong with them, read anew."""
        from feedback_loop.stores.settings import load_settings

        return load_settings(self.root)

    def library(self, folder: str) -> Library:
        """The patterns of this folder of the repository, or the built-in ones, read anew."""
        from feedback_loop.stores.library import load_library

        return load_library(self.root, folder)
