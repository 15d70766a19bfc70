"""Where the repository is: root, git folder and common git folder, without asking git (PERF-3)."""

from __future__ import annotations

import posix

from feedback_loop.errors import UserError
from feedback_loop.stores.system import decode, encode, environment, exists, is_folder, joined, variable

_HEADS_CAP = 64 << 10


class Repository:
    """Absolute paths. `git_dir` is this worktree's, `common_dir` the one all worktrees share."""

    __slots__ = ("common_dir", "git_dir", "own", "root")

    def __init__(self, root: str, git_dir: str, own: bool) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = _common_dir(git_dir)
        self.own = own  # whether GIT_DIR, GIT_INDEX_FILE and GIT_WORK_TREE speak of this repository

    @property
    def state_dir(self) -> str:
        """Caches, spool and logs; may be deleted at any time."""
        return self.common_dir + "/feedback-loop"

    def branch(self) -> str:
        """The short name of the branch that is checked out; "" for a detached HEAD."""
        name = _short_text(self.git_dir + "/HEAD").strip().removeprefix(b"ref: ")
        return decode(name.removeprefix(b"refs/heads/")) if name.startswith(b"refs/heads/") else ""

    def merge_parents(self) -> list[str]:
        """The other parents of a merge under way: MERGE_HEAD, or before that is written GITHEAD_*."""
        try:
            with open(self.git_dir + "/MERGE_HEAD", "rb") as heads:
                found = heads.read(_HEADS_CAP).decode("ascii", "replace").split()
        except OSError:
            found = [name[8:] for name in environment() if name.startswith("GITHEAD_")] if self.own else []
        return [oid for oid in found if len(oid) in (40, 64) and not oid.strip("0123456789abcdef")]


def find_repository(folder: str | None = None) -> Repository:
    """The repository around the folder; without one that of the process: in a git hook `GIT_DIR`'s.

    Raises UserError (no_repository) outside of any work tree.
    """
    own = folder is None
    start = folder = _real(folder) if folder else _here()
    named = variable("GIT_DIR") if own else ""
    if named:
        root = variable("GIT_WORK_TREE") or start
        place = joined(start, named)
        place = _pointed_to(place) or place
        if not exists(place + "/HEAD"):
            raise UserError(f"GIT_DIR names no git folder: {place}", kind="no_repository")
        return Repository(joined(start, root), place, own)
    while True:
        git_dir = _git_dir(folder)
        if git_dir is not None:
            return Repository(folder, git_dir, own)
        if _is_bare(folder):
            raise UserError(
                f"{folder} is a bare repository or a git folder: there is no work tree to check",
                "run feedback-loop in a clone with files",
                kind="no_repository",
            )
        if folder == "/":
            raise UserError(
                f"{start} is not in a git repository",
                "run `git init` first, or name the repository with -C DIR",
                kind="no_repository",
            )
        folder = folder.rpartition("/")[0] or "/"


def _here() -> str:
    try:
        return posix.getcwd()
    except OSError:
        raise UserError("the current folder is gone", kind="no_repository") from None


def _real(folder: str) -> str:
    import os

    real = os.path.realpath(folder)
    if not is_folder(real):
        raise UserError(f"no such folder: {folder}", kind="usage")
    return real


def _git_dir(folder: str) -> str | None:
    path = folder.rstrip("/") + "/.git"
    git_dir = path if is_folder(path) else _pointed_to(path)
    # Without these it is no git folder: git would look further up, and nothing may be written there.
    found = git_dir is not None and exists(git_dir + "/HEAD") and is_folder(_common_dir(git_dir) + "/objects")
    return git_dir if found else None


def _pointed_to(path: str) -> str | None:
    """The git folder that a `.git` file names: in linked worktrees and submodules."""
    text = _short_text(path)
    if not text.startswith(b"gitdir:"):
        return None
    return joined(path.rpartition("/")[0], decode(text[7:].strip()))


def _is_bare(folder: str) -> bool:
    return all(exists(f"{folder}/{name}") for name in ("HEAD", "objects", "refs"))


def _common_dir(git_dir: str) -> str:
    text = _short_text(git_dir + "/commondir").strip()
    return joined(git_dir, decode(text)) if text else git_dir


def _short_text(path: str) -> bytes:
    """The first 4 KiB; nothing if the file cannot be read."""
    try:
        # Not to wait for a pipe's other end: anything may stand under the name.
        descriptor = posix.open(encode(path), posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    try:
        return posix.read(descriptor, 4096)
    except OSError:
        return b""
    finally:
        posix.close(descriptor)
