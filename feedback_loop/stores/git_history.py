"""git's history as streams: the fixed command forms of mining (H4 to H9), run as in a bare repository.

Plumbing knows no `log.*` or interface `diff.*` settings. Without a work tree and an index no
`.gitattributes` that stands there can turn an old diff into "Binary files differ".
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from feedback_loop.errors import UserError
from feedback_loop.formats.history_stream import Record, read_records, read_touched
from feedback_loop.stores.git import GitStream

_CONFIG = (
    *("--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "safe.bareRepository=explicit", "-c", "log.showSignature=false", "-c", "core.bare=true"),
    *("-c", "core.quotePath=false", "-c", "core.attributesFile=/dev/null", "-c", "diff.orderFile=/dev/null"),
    *("-c", "core.bigFileThreshold=512m"),  # what is larger git calls binary
)
_PATCH = (
    *("--stdin", "--always", "--raw", "-z", "-r", "--root", "-p", "-U0", "-M", "-l1000", "--full-index"),
    *("--no-ext-diff", "--no-textconv", "--no-color", "--diff-algorithm=myers", "--inter-hunk-context=0"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none"),
    "--indent-heuristic",
)
_PLACES = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")
_PIPE_SIZE = 1 << 20
_SHALLOW_CAP = 64 << 20  # a million boundary commits
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux, which Python names from 3.10 on where the system has it


class LoggedCommit(NamedTuple):
    """A commit as `git log` tells it: full ids, the committer's seconds as git prints them, the message."""

    oid: str
    parents: tuple[str, ...]
    time: str
    message: str


class HistoryGit:
    """The history of one repository, whatever its work tree and index hold."""

    __slots__ = ("_command", "_environment", "shallow")

    def __init__(self, program: str, common_dir: str, environment: Mapping[str, str]) -> None:
        self._command = [program, "-C", common_dir, "--git-dir=.", *_CONFIG]
        kept = {name: value for name, value in environment.items() if name not in _PLACES}
        own = {"GIT_INDEX_FILE": f"{common_dir}/feedback-loop.no-index", "GIT_GRAFT_FILE": "/dev/null"}
        own["GIT_WORK_TREE"] = "."  # there are no attributes, wherever `core.worktree` points
        self._environment = kept | own
        self.shallow = _shallow(common_dir)

    def log(self, tip: str, known: Iterable[str]) -> Iterator[LoggedCommit]:
        """The commits that the tip reaches and none of the known ones does, parents first.

        Known commits may be gone from the repository.
        """
        form = "--format=%H%x00%P%x00%ct%x00%B"
        flags = ("--topo-order", "--reverse", "-z", "--encoding=UTF-8", "--ignore-missing", form, "--stdin")
        with self._stream(["log", *flags], [tip, *(f"^{one}" for one in known)]) as blocks:
            fields: list[bytes] = []
            for field in _fields(blocks):
                fields.append(field)
                if len(fields) == 4:
                    oid, parents, time, message = (one.decode("utf-8", "replace") for one in fields)
                    yield LoggedCommit(oid.lstrip("\n"), tuple(parents.split()), time, message)
                    fields = []

    def patches(self, lines: Sequence[str], pathspecs: Sequence[str]) -> Iterator[Record]:
        """One record a line: a commit (against its parent), or a commit and another to compare it with."""
        arguments = ["diff-tree", *_PATCH, "--", *pathspecs]
        with self._stream(arguments, lines) as blocks:
            yield from read_records(blocks, [line.partition(" ")[0] for line in lines])

    def entries(self, lines: Sequence[str], pathspecs: Sequence[str]) -> Iterator[Record]:
        """The same without patches and renames: no blob is read."""
        flags = ("--stdin", "--always", "--raw", "-z", "-r", "--root", "--no-renames", "--no-abbrev")
        with self._stream(["diff-tree", *flags, "--", *pathspecs], lines) as blocks:
            yield from read_records(blocks, [line.partition(" ")[0] for line in lines])

    def merged_by_hand(self, merges: Sequence[str], pathspecs: Sequence[str]) -> dict[str, frozenset[bytes]]:
        """Merges with paths that differ from all of their parents, and these paths."""
        arguments = ["diff-tree", "--stdin", "-c", "--raw", "-z", "-r", "--", *pathspecs]
        with self._stream(arguments, merges) as blocks:
            return read_touched(b"".join(blocks))

    def chain_commits(self, tip: str, known: str | None, folder: str) -> list[str]:
        """Those of the first-parent line that change the folder, the oldest first, if given after `known`."""
        arguments = ["rev-list", "--first-parent", "--reverse", tip, *([f"^{known}"] if known else []), "--"]
        with self._stream([*arguments, f":(top,literal){folder}"], []) as blocks:
            return b"".join(blocks).decode("ascii").split()

    def newest_outside(self, tip: str, left_out: Sequence[str]) -> str | None:
        """The newest commit of the first-parent line that changes something outside of these paths."""
        arguments = ["rev-list", "--first-parent", "--max-count=1", tip, "--", ":(top)"]
        with self._stream([*arguments, *(f":(top,exclude,literal){one}" for one in left_out)], []) as blocks:
            return b"".join(blocks).decode("ascii").strip() or None

    def missing(self, tip: str) -> frozenset[str]:
        """The objects that a partial clone lacks. Walks all trees."""
        arguments = ["rev-list", "--objects", "--missing=print", "--no-object-names", tip, "--"]
        with self._stream(arguments, []) as blocks:
            return frozenset(one[1:] for one in b"".join(blocks).decode("ascii").split() if one[:1] == "?")

    @contextlib.contextmanager
    def _stream(self, arguments: list[str], lines: Sequence[str]) -> Iterator[Iterator[bytes]]:
        """A running git that is fed the lines; its output block by block."""
        reading, writing = os.pipe()
        with contextlib.ExitStack() as undone:
            undone.callback(os.close, writing)
            try:
                stream = GitStream([*self._command, *arguments], self._environment, reading)
            finally:
                os.close(reading)
            undone.pop_all()
        _widen(stream.output)
        data = "".join(line + "\n" for line in lines).encode("ascii")
        feeder = threading.Thread(target=_feed, args=(writing, data), daemon=True)
        feeder.start()
        try:
            yield stream.blocks()
        finally:
            stream.close()
            feeder.join()


def _feed(descriptor: int, data: bytes) -> None:
    """git reads and writes at once: who feeds it must not be who listens."""
    with contextlib.suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(data)


def _widen(descriptor: int) -> None:
    """A larger pipe lets git work ahead: a fifth of the time. Where it cannot be had, nothing is lost."""
    import fcntl

    with contextlib.suppress(OSError, ValueError):
        fcntl.fcntl(descriptor, _SET_PIPE_SIZE, _PIPE_SIZE)


def _fields(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *fields, rest = (rest + block).split(b"\0")
        yield from fields


def _shallow(common_dir: str) -> frozenset[str]:
    """The commits whose parents a shallow clone leaves out; none of a whole one."""
    try:
        with open(common_dir + "/shallow", "rb") as listed:
            return frozenset(listed.read(_SHALLOW_CAP).decode("ascii", "replace").split())
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise UserError(f"cannot read {common_dir}/shallow: {error.strerror}", kind="git") from error
