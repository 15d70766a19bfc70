"""Commits, trees and blobs, read from the object database: the cold half of the door to git."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import TracebackType

from feedback_loop.domain.moment import format_moment
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.git import GitStream
from feedback_loop.stores.system import decode

Entry = tuple[str, str, bytes]  # mode, object id, path
# The trees without entries: git knows them by these ids in every repository.
_EMPTY_TREES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_ASKED_AT_ONCE = 100  # object ids: fewer bytes than any system's pipe holds
_BLOCK = 256 << 10


def empty_tree(like: str) -> str:
    """The id of the tree without entries, in the hash of the id `like`."""
    return _EMPTY_TREES[len(like)]


class Objects:
    """What the object database of one repository says. Nothing is fetched, whatever the clone lacks."""

    __slots__ = ("_command", "_environment", "_run")

    def __init__(self, run: Callable[..., bytes], command: list[str], environment: dict[str, str]) -> None:
        self._run = run
        self._command = command
        self._environment = environment

    # -- commits -------------------------------------------------------------------------------

    def commit_id(self, name: str) -> str:
        """The full id of the commit that the name stands for.

        Raises UserError for a name that is none, or whose commit is not in this clone.
        """
        if not name or name.startswith("-") or any(ord(char) < 32 or ord(char) == 127 for char in name):
            raise UserError(f"not a commit's name: {name!a}", kind="usage")
        # `--end-of-options` would need git 2.30, and no name that begins with `-` comes this far.
        arguments = ("rev-parse", "--verify", "--quiet", name + "^{commit}")
        oid = self._run(*arguments, accepted=(1,)).decode("ascii", "replace").strip()
        if len(oid) not in _EMPTY_TREES or oid.strip("0123456789abcdef"):
            hint = self._how_to_fetch() or "is the name right, and has it been fetched?"
            raise UserError(f"no commit {name!a} here", hint, kind="git")
        return oid

    def merge_base(self, one: str, other: str) -> str | None:
        """The commit that both full ids descend from, the best one; None if there is none here."""
        out = self._run("merge-base", one, other, accepted=(1,))
        return out.decode("ascii").strip() or None

    def commit_date(self, oid: str) -> str:
        """The day of the commit as its committer had it: `2026-01-31`."""
        return self._run("log", "-1", "-z", "--format=%cs", oid, "--").decode("ascii").strip("\0\n")

    def commit_time(self, oid: str) -> str:
        """When the commit was made, as its committer's clock had it: UTC, `2026-01-31T09:30:00Z`."""
        out = self._run("log", "-1", "-z", "--format=%ct", oid, "--").decode("ascii").strip("\0\n")
        return format_moment(int(out))

    def recent(self, head: str, count: int) -> list[tuple[str, str | None]]:
        """(commit, its parent or None) of the last commits that are no merges, newest first."""
        out = self._run("rev-list", "--no-merges", "--parents", f"--max-count={count}", head, "--")
        rows = [line.split() for line in out.decode("ascii").splitlines()]
        return [(row[0], row[1] if len(row) > 1 else None) for row in rows]

    def added_by(self, path: str) -> tuple[str, str | None] | None:
        """(commit, its first parent or None) that last added the file to HEAD's own line of commits.

        None if HEAD does not have it. A merge adds what its other parents bring. Renames count as adding.
        """
        flags = ("--first-parent", "-m", "--no-renames", "--diff-filter=A", "--max-count=1")
        try:
            out = self._run("log", *flags, "-z", "--format=%H %P", "HEAD", "--", path)
        except UserError:  # no commit yet
            return None
        row = out.decode("ascii", "replace").strip("\0\n").split()
        return (row[0], row[1] if len(row) > 1 else None) if row else None

    def holds(self, commit: str, path: str) -> bool:
        """Whether the commit has a file at this path."""
        return bool(self._run("ls-tree", "-z", commit, "--", path))

    def entries_at(self, commit: str, path: str) -> list[Entry]:
        """The commit's entry of this very path: one or none."""
        out = self._run("ls-tree", "-z", commit, "--", path)
        records = [record.split(b"\t", 1) for record in out.split(b"\0")[:-1]]
        parts = [(facts.decode("ascii").split(" "), name) for facts, name in records]
        return [(mode, oid, name) for (mode, _, oid), name in parts]

    def has_commit(self, oid: str) -> bool:
        """Whether the commit of this full id is here (still)."""
        out = self._run("cat-file", "--batch-check", stdin=f"{oid}\n".encode("ascii"))
        return out.split()[1:2] == [b"commit"]

    def default_branch(self) -> str | None:
        """The full name of the branch that `origin` calls its own, if this clone knows it."""
        out = self._run("for-each-ref", "--format=%(symref)", "refs/remotes/origin/HEAD")
        return decode(out.strip(b"\n")) or None

    def tags(self) -> list[tuple[str, str]]:
        """(name, commit) of every tag that stands on a commit, by name."""
        form = "--format=%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
        found = []
        for line in self._run("for-each-ref", form, "refs/tags").splitlines():
            name, kind, oid, behind, target = decode(line).split("\0")
            if "commit" in (kind, behind):
                found.append((name, oid if kind == "commit" else target))
        return found

    # -- trees ---------------------------------------------------------------------------------

    def index(self) -> tuple[list[Entry], list[bytes]]:
        """The entries of the index, and the paths that are not merged."""
        entries: list[Entry] = []
        unmerged: dict[bytes, None] = {}
        for record in self._run("ls-files", "-s", "-z").split(b"\0")[:-1]:
            facts, path = record.split(b"\t", 1)
            mode, oid, stage = facts.decode("ascii").split(" ")
            if stage == "0":
                entries.append((mode, oid, path))
            else:
                unmerged[path] = None
        return entries, list(unmerged)

    def tree_entries(self, oid: str) -> list[Entry]:
        """The entries of a tree or a commit's tree, folders walked."""
        try:
            out = self._run("ls-tree", "-r", "-z", oid)
        except UserError as error:
            raise self.explained(error) from None
        entries = []
        for record in out.split(b"\0")[:-1]:
            facts, path = record.split(b"\t", 1)
            mode, _, entry = facts.decode("ascii").split(" ")
            entries.append((mode, entry, path))
        return entries

    def changed_entries(self, old: str, new: str) -> list[Entry]:
        """The entries that differ between two trees or commits and are there in the new one."""
        flags = ("--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=d")
        fields = self._run("diff-tree", "-r", *flags, old, new).split(b"\0")
        found = [
            (facts.decode("ascii").split(" "), path)
            for facts, path in zip(fields[0::2], fields[1::2], strict=False)
        ]
        return [(facts[1], facts[3], path) for facts, path in found]

    # -- blobs ---------------------------------------------------------------------------------

    def blob_stream(self, lenient: bool = False) -> BlobStream:
        """A running `cat-file --batch`. A `lenient` one has nothing to say about missing objects."""
        return BlobStream(
            [*self._command, "cat-file", "--batch"], self._environment, None if lenient else self._missing
        )

    # -- what a clone lacks ----------------------------------------------------------------------

    def is_shallow(self) -> bool:
        """Whether the clone's history is cut off."""
        return self._run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def is_partial(self) -> bool:
        """Whether the clone left objects behind that git would fetch when it needs them."""
        options = r"^(extensions\.partialclone|remote\..*\.promisor)$"
        return bool(self._run("config", "--get-regexp", options, accepted=(1,)))

    def explained(self, error: UserError) -> UserError:
        """git's complaint with the way out, if the clone may just lack what was asked for."""
        hint = "" if error.hint or error.kind != "git" else self._how_to_fetch()
        return UserError(error.message, hint, kind="git") if hint else error

    def no_merge_base(self, one: str, other: str) -> UserError:
        """The error that two commits by these names have nothing in common here."""
        hint = self._how_to_fetch() or "`A..B` compares two commits without it"
        return UserError(f"{one!a} and {other!a} have no common commit here", hint, kind="git")

    def _missing(self, oid: str) -> UserError:
        hint = self._how_to_fetch()
        if hint:
            return UserError(f"object {oid} is not in this clone", hint, kind="git")
        return MachineFault(f"object {oid} is missing from the repository", "see `git fsck`", kind="git")

    def _how_to_fetch(self) -> str:
        if self.is_partial():
            return "partial clone: fetch the objects first (`git fetch --refetch --no-filter`)"
        if self.is_shallow():
            return "shallow clone: set `fetch-depth: 0` in CI, or run `git fetch --unshallow`"
        return ""


class BlobStream:
    """Blobs in the order asked for, one in memory at a time. Use it in a `with`."""

    __slots__ = ("_input", "_missing", "_output", "_stream")

    def __init__(
        self,
        command: list[str],
        environment: dict[str, str],
        missing: Callable[[str], UserError] | None,
    ) -> None:
        self._missing = missing
        stdin, self._input = os.pipe()
        try:
            self._stream = GitStream(command, environment, stdin)
        except BaseException:
            os.close(self._input)
            raise
        finally:
            os.close(stdin)
        self._output = os.fdopen(self._stream.output, "rb", _BLOCK, closefd=False)

    def __enter__(self) -> BlobStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._output.close()
        os.close(self._input)
        self._stream.close()

    def read(self, oids: Iterable[str], cap: int) -> Iterator[bytes | None]:
        """The bytes of each; None for one of more than `cap` bytes, and for what is no blob.

        Raises UserError or MachineFault for a missing object; a lenient stream gives None for it.
        """
        waiting = iter(oids)
        while asked := list(islice(waiting, _ASKED_AT_ONCE)):
            self._ask(asked)
            for oid in asked:
                yield self._answer(oid, cap)

    def _ask(self, oids: list[str]) -> None:
        with contextlib.suppress(BrokenPipeError):  # git is gone: the answer that does not come tells
            os.write(self._input, "".join(oid + "\n" for oid in oids).encode("ascii"))

    def _answer(self, oid: str, cap: int) -> bytes | None:
        facts = self._output.readline().split()
        if len(facts) < 3:  # "missing"; a git that tried to fetch it has ended instead
            if self._missing is None:
                return None
            raise self._missing(oid)
        size = int(facts[2])
        if facts[1] != b"blob" or size > cap:
            self._pass_over(size + 1)
            return None
        data = self._output.read(size)
        self._pass_over(1)
        return data

    def _pass_over(self, size: int) -> None:
        while size > 0 and (block := self._output.read(min(size, _BLOCK))):
            size -= len(block)
