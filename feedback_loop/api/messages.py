"""What git's message hooks do with a commit message: check its trailers, or propose some (A59a)."""

from __future__ import annotations

import posix

from feedback_loop.api.scan import load_library
from feedback_loop.domain.names import Names
from feedback_loop.domain.trailers import (
    above_cut,
    comment_of,
    doubts_about,
    has_text,
    pattern_trailers,
    with_proposal,
    with_trailers,
)
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.system import exists, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.api.scan import Clock
    from feedback_loop.domain.trailers import Doubt
    from feedback_loop.workspace import Workspace

_CAP = 1 << 20
_FILE_CAP = 64 << 20  # `git commit --verbose` puts the whole diff below the message
# Where git takes the message from: another commit's, or words of its own.
_NOT_WRITTEN_NOW = ("merge", "squash", "commit")
_UNDER_WAY = ("rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_ABOUT_ANOTHER = ("fixup! ", "squash! ", "amend! ", 'Revert "', 'Reapply "')


def check_message(workspace: Workspace, path: str, clock: Clock) -> list[Doubt]:
    """The `Pattern` trailers of the message file that name no pattern, malformed ones among them.

    Without such a trailer neither git nor the library is asked. Raises UserError for a file that is missing
    or too large, and where the library cannot be loaded.
    """
    data = _read(path)
    if b"pattern" not in data.lower():
        return []
    message, comment = _decoded(workspace, data)
    trailers = pattern_trailers(message, comment)
    if not trailers:
        return []
    return doubts_about(trailers, Names(load_library(workspace, clock).plans.known))


def propose_trailers(workspace: Workspace, path: str, source: str, clock: Clock) -> list[str]:
    """Write a `Pattern` trailer for each listed pattern that the staged change touches into the file.

    `source` is what git says about the message's origin. Where nobody has written a message yet, they are
    put among git's comments. Returns the names that could not be put anywhere. Raises UserError as above,
    and where the plans cannot be read; the file is then as it was.
    """
    if source in _NOT_WRITTEN_NOW or any(
        exists(f"{workspace.repository.git_dir}/{one}") for one in _UNDER_WAY
    ):
        return []
    data = _read(path)
    if data.decode("utf-8", "replace").lstrip().startswith(_ABOUT_ANOTHER):
        return []
    from feedback_loop.api.plans import supported_patterns

    names = supported_patterns(workspace, clock)
    if not names:
        return []
    message, comment = _decoded(workspace, data)
    # An untouched template ends in no commit, either: what we add to it must not count as touching it.
    written = source != "template" and has_text(message, comment)
    new = (with_trailers if written else with_proposal)(message, names, comment)
    if new == message:
        there = {one.value for one in pattern_trailers(message, comment)}
        return [] if written else [name for name in names if name not in there]
    _write(path, new)
    return []


def _decoded(workspace: Workspace, data: bytes) -> tuple[str, str]:
    """The message as text that can be written back byte for byte, and what begins a comment in it."""
    message = data.decode("utf-8", "surrogateescape")
    comment = comment_of(message, workspace.git.quick.comment_char())
    if len(above_cut(message, comment)) > _CAP:
        raise UserError(f"the commit message is larger than {_CAP} bytes")
    return message, comment


def _read(path: str) -> bytes:
    from feedback_loop.stores.files import safe_read

    folder, _, name = joined(posix.getcwd(), path).rpartition("/")
    try:
        return safe_read(folder or "/", name, _FILE_CAP)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"there is no file {path!a}", "git names the message file") from None
    except OSError as error:
        raise MachineFault(f"cannot read {path!a}: {error.strerror}") from error


def _write(path: str, message: str) -> None:
    from feedback_loop.stores.files import atomic_write

    atomic_write(joined(posix.getcwd(), path), message.encode("utf-8", "surrogateescape"))
