"""The plan a person pinned for this work tree: one line in its git directory. On the hot path."""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.stores.repository import Repository

_CAP = 4096
_OPEN = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK


def _path(repository: Repository) -> str:
    """In the git directory of this very work tree: each has a plan of its own."""
    return repository.git_dir + "/feedback-loop/plan"


def read_pinned(repository: Repository) -> bytes:
    """The repository path of the pinned plan; b"" if there is none, or if it cannot be read."""
    try:
        descriptor = posix.open(_path(repository), _OPEN)
    except OSError:
        return b""
    try:
        return posix.read(descriptor, _CAP).strip(b"\n")
    except OSError:
        return b""
    finally:
        posix.close(descriptor)


def write_pinned(repository: Repository, path: bytes) -> None:
    """Pin the plan at this repository path."""
    from feedback_loop.stores.files import atomic_write

    atomic_write(_path(repository), path + b"\n")


def remove_pinned(repository: Repository) -> bool:
    """Pin nothing; False if nothing was pinned. Raises MachineFault if the disk says no."""
    from feedback_loop.errors import MachineFault

    try:
        posix.unlink(_path(repository))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise MachineFault(f"cannot remove {_path(repository)}: {error.strerror}") from error
    return True
