"""The one commit that the tool makes itself (GIT-8, H86): our files on top of HEAD, nothing of the user's.

Plain plumbing through the door to git. GitPython (GIT-7) would bring its own reading and writing of indexes,
which knows neither SHA-256 nor split nor sparse ones, and the swap of the branch is git's work all the same.

The order is: blobs, tree and commit (nothing points at them yet), then the user's index, then the branch.
A kill between the last two leaves our files staged, as after `git add`: the same call again commits them.
The other way round it would leave an index without them, and the user's next commit, or one under way at
that moment, would take them back unseen.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.commit_checks import State, check_files, check_repository
from feedback_loop.stores.git_writing import Change, GitWriter
from feedback_loop.stores.repository import Repository
from feedback_loop.stores.user_index import Stamp, copy_index, refuse_lock, stamp_of, swap_index

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PRIVATE, _COPY, _BEFORE = "private", "copy", "before"  # indexes in our own folder


def refuse_commit(
    repository: Repository, files: Mapping[str, bytes | None], *, now: int, untouched: Iterable[str] = ()
) -> None:
    """Say no before anything is written; return if `commit_files` would go ahead. Writes nothing.

    `files` are as for `commit_files`; a file may hold its new content already. `untouched` are further
    paths whose content is not known yet: HEAD, index and disk must agree on them. `now` is in seconds.
    Raises UserError, or MachineFault (busy) if `index.lock` exists.
    """
    git = GitWriter(repository)
    refuse_lock(git.index_path, now)
    state = check_repository(git, repository)
    check_files(git, state, files, tuple(untouched))


def commit_files(
    repository: Repository, message: str, files: Mapping[str, bytes | None], *, now: int
) -> str | None:
    """Commit these files onto the branch of HEAD; the new commit's id, or None if HEAD has them so already.

    `files`: path below the root -> the bytes that the caller has put into the file (None: removed); line
    ends become what git would make of them. The user's staged changes stay staged and stay out. No hook and
    no configured program runs. Raises as `refuse_commit`, and MachineFault (busy) if the index or the
    branch changed meanwhile: then nothing was committed.
    """
    git = GitWriter(repository)
    refuse_lock(git.index_path, now)
    before = stamp_of(git.index_path)
    state = check_repository(git, repository)
    found = check_files(git, state, files)
    try:
        with _room(repository.state_dir) as room:
            if not found.changes:
                return None
            for data in found.blobs:
                git.write_blob(data)
            private = GitWriter(repository, {"GIT_INDEX_FILE": f"{room}/{_PRIVATE}"})
            author = GitWriter(repository, state.people)
            tree = private.tree_with(state.head, found.changes)
            commit = author.write_commit(tree, state.head, message)
            index = _staged(repository, room, git.index_path, before, found.unstaged)
            _publish(author, state, commit, message, index, now)
    except OSError as error:
        raise MachineFault(f"cannot commit: {error.filename}: {error.strerror}") from error
    return commit


class _Staged(NamedTuple):
    """The user's index and what shall replace it; `new` is empty if it holds our entries already."""

    path: str
    stamp: Stamp | None
    new: str = ""
    old: str = ""  # a copy to go back to


def _staged(
    repository: Repository, room: str, path: str, stamp: Stamp | None, changes: tuple[Change, ...]
) -> _Staged:
    if not changes:
        return _Staged(path, stamp)
    new, old = f"{room}/{_COPY}", f"{room}/{_BEFORE}"
    copy = GitWriter(repository, {"GIT_INDEX_FILE": new})
    if stamp is None:
        copy.start_index()
    else:
        copy_index(path, old, stamp)
        copy_index(path, new, stamp)
    copy.put_entries(changes)
    return _Staged(path, stamp, new, old)


def _publish(author: GitWriter, state: State, commit: str, message: str, index: _Staged, now: int) -> None:
    """The index, then the branch; the index as it was if the branch does not move. Signals wait."""
    why = "commit: " + message.partition("\n")[0]
    with _undisturbed():
        placed = swap_index(index.path, index.new, index.stamp, now) if index.new else index.stamp
        try:
            author.move_branch(state.branch, commit, state.head, why)
        except UserError as error:
            at = author.branch()
            if at == (state.branch, commit):
                return  # it moved, whatever else went wrong
            if index.new and index.stamp is not None:
                with suppress(MachineFault):  # somebody wrote the index since: then our files stay staged
                    swap_index(index.path, index.old, placed, now)
            if at == (state.branch, state.head):
                raise
            name = state.branch.removeprefix("refs/heads/")
            raise MachineFault(
                f"busy: another command moved {name!a} meanwhile",
                "nothing was committed; run it again",
                "busy",
            ) from error


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C and its like wait until what begins here is whole again."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _room(state_dir: str) -> Iterator[str]:
    """Our own folder for private indexes, held by one process at a time, rid of what a dead one left."""
    import fcntl

    folder = state_dir + "/commit"
    os.makedirs(folder, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MachineFault("busy: another commit of feedback-loop is under way", kind="busy") from None
        _clear(descriptor)
        try:
            yield folder
        finally:
            with suppress(OSError):
                _clear(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: int) -> None:
    for name in (_PRIVATE, _COPY, _BEFORE):
        for path in (name, name + ".lock"):
            with suppress(FileNotFoundError):
                os.unlink(path, dir_fd=folder)
