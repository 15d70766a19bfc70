"""The forms of git that write (GIT-1), and what is asked of git before them; none of them runs a program.

Each of them was measured with hostile filters, hooks, monitors and signers configured. Objects and refs go
to the disk before git returns (`core.fsync`; a git too old to know it has nothing of the kind for refs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from feedback_loop.stores.git import Git
from feedback_loop.stores.repository import Repository
from feedback_loop.stores.system import decode, encode
from feedback_loop.stores.user_index import forget_date

REWRITING = ("filter", "ident", "working-tree-encoding")
_ATTRIBUTES = (*REWRITING, "text", "crlf", "eol")
_WRITING = ("-c", "core.fsync=all", "-c", "i18n.commitEncoding=UTF-8")
_PRIVATE = (*_WRITING, "-c", "core.splitIndex=false")  # no shared half of an index that only we see
_SETTINGS = (
    r"^((user|author|committer)\.(name|email)|commit\.gpgsign|core\.(autocrlf|filemode|sparsecheckout)"
    r"|hook\..*\.event)$"
)
_PATHS_AT_ONCE = 200


class Entry(NamedTuple):
    """What an index or a tree has at a path; an id of zeros stands for what is not merged."""

    mode: str
    oid: str


Change = tuple[str, Entry | None]  # a path, and what shall stand there; None = nothing


class GitWriter(Git):
    """git for the one commit that the tool makes. `extra` is added to git's environment."""

    __slots__ = ("index_path",)

    def __init__(self, repository: Repository, extra: Mapping[str, str] | None = None) -> None:
        super().__init__(repository)
        self.environment |= extra or {}
        self.index_path = self.environment.get("GIT_INDEX_FILE") or repository.git_dir + "/index"

    # -- questions -----------------------------------------------------------------------------

    def settings(self) -> list[tuple[str, str]]:
        """(name, value) of what the configuration says about people, signing, line ends, modes and hooks.

        In the order in which git reads them, the last one wins. A name without a value has `true`.
        """
        out = decode(self._config("--null", "--get-regexp", _SETTINGS, accepted=(1,)))
        pairs = [record.partition("\n") for record in out.split("\0")[:-1]]
        return [(name, value if equals else "true") for name, equals, value in pairs]

    def branch(self) -> tuple[str, str] | None:
        """(full name, commit) of the branch that HEAD stands on; None if there is none, or none yet."""
        out = self._run("for-each-ref", "--format=%(HEAD)%(objectname) %(refname)", "refs/heads")
        for line in out.splitlines():
            if line.startswith(b"*"):
                oid, _, name = decode(line[1:]).partition(" ")
                return name, oid
        return None

    def attributes(self, paths: Sequence[str]) -> dict[str, dict[str, str]]:
        """By path and name: `set`, `unset`, `unspecified` or a word.

        The names are those of `REWRITING`, and `text`, `crlf` and `eol`.
        """
        stdin = b"".join(encode(path) + b"\0" for path in paths)
        words = iter(decode(self._run("check-attr", "-z", "--stdin", *_ATTRIBUTES, stdin=stdin)).split("\0"))
        found: dict[str, dict[str, str]] = {path: {} for path in paths}
        for path, name, value in zip(words, words, words, strict=False):
            found[path][name] = value
        return found

    def entries_in(self, commit: str, paths: Sequence[str]) -> dict[str, Entry]:
        """What the commit has at these paths, files and others."""
        found = {}
        for some in _batches(paths):
            for record in self._run("ls-tree", "-z", commit, "--", *some).split(b"\0")[:-1]:
                facts, path = decode(record).split("\t", 1)
                mode, _, oid = facts.split(" ")
                found[path] = Entry(mode, oid)
        return found

    def entries_staged(self, paths: Sequence[str]) -> dict[str, Entry]:
        """What the index has at these paths."""
        found = {}
        for some in _batches(paths):
            for mode, oid, path in self.quick.tracked([encode(path) for path in some]):
                found[decode(path)] = Entry(mode, oid)
        return found

    # -- writing -------------------------------------------------------------------------------

    def write_blob(self, data: bytes) -> str:
        """Store these very bytes; their id."""
        return self._written("hash-object", "-w", "--stdin", "--no-filters", stdin=data)

    def tree_with(self, commit: str, changes: Sequence[Change]) -> str:
        """Store the commit's tree with these changes, by way of the (private) index; the tree's id.

        A file and a folder of one name are git's error, exit 2. What the commit has is not looked for
        again (`--missing-ok`): a partial clone may lack it.
        """
        self._run(*_PRIVATE, "read-tree", commit)
        self._put(_PRIVATE, changes)
        return decode(self._run(*_PRIVATE, "write-tree", "--missing-ok")).strip()

    def start_index(self) -> None:
        """Make an index without entries."""
        self._run(*_WRITING, "read-tree", "--empty")

    def put_entries(self, changes: Sequence[Change]) -> None:
        """Put these entries into the index: a copy of the user's, never that itself (user_index.py)."""
        self._put(_WRITING, changes)

    def _put(self, flags: tuple[str, ...], changes: Sequence[Change]) -> None:
        put = [f"{entry.mode},{entry.oid},{path}" for path, entry in changes if entry is not None]
        for some in _batches(put):
            options = [word for value in some for word in ("--cacheinfo", value)]
            self._update(flags, "--add", *options)
        for some in _batches([path for path, entry in changes if entry is None]):
            self._update(flags, "--force-remove", "--", *some)

    def _update(self, flags: tuple[str, ...], *arguments: str) -> None:
        forget_date(self.index_path)  # git itself has dated it anew if this is the second time
        self._run(*flags, "update-index", *arguments)

    def write_commit(self, tree: str, parent: str, message: str) -> str:
        """Store a commit with one parent; its id. No branch moves. People and dates: git's environment."""
        text = message.rstrip("\n") + "\n"
        return self._written("commit-tree", tree, "-p", parent, stdin=text.encode("utf-8"))

    def move_branch(self, name: str, new: str, old: str, why: str) -> None:
        """Compare and swap: raises UserError if the branch is not at `old`. `why` is for the reflog."""
        self._run(*_WRITING, "update-ref", "-m", why, name, new, old)

    def _written(self, *arguments: str, stdin: bytes) -> str:
        return decode(self._run(*_WRITING, *arguments, stdin=stdin)).strip()


def _batches(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Few enough for one command line."""
    for first in range(0, len(words), _PATHS_AT_ONCE):
        yield words[first : first + _PATHS_AT_ONCE]
