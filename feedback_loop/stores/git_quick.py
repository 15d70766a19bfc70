"""Small questions to git that a commit waits for, asked without `subprocess`. On the hot path of the hook."""

from __future__ import annotations

import posix

from feedback_loop.errors import UserError
from feedback_loop.stores.git import DIFF_CONFIG, GitStream
from feedback_loop.stores.system import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKED_AT_ONCE = 60  # object ids: fewer bytes than the smallest pipe holds, a page
_NAMES = (
    "--raw",
    "-z",
    "--no-renames",
    "--no-abbrev",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--ignore-submodules=none",
    "-O/dev/null",
)
_GREP = (
    *("grep", "-I", "-h", "-o", "-w", "-F", "--no-color", "--no-line-number", "--no-column"),
    *("--no-textconv", "--no-recurse-submodules"),
)
STAGED_NAMES = (*DIFF_CONFIG, "diff", "--cached", *_NAMES)


class Quick:
    """What the index of one repository adds and holds, and where HEAD's branch began."""

    __slots__ = ("_command", "_environment")

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._command = command
        self._environment = environment

    def staged_entries(self, base: str = "") -> list[tuple[str, str, bytes]]:
        """(mode, object id, path) of what the index adds or changes against HEAD or the commit `base`.

        An unmerged path has an id of zeros.
        """
        fields = self._read(*STAGED_NAMES, *([base, "--"] if base else [])).split(b"\0")
        records = zip(fields[0::2], fields[1::2], strict=False)
        found = [(facts.decode("ascii").split(" "), path) for facts, path in records]
        return [(facts[1], facts[3], path) for facts, path in found if facts[4] != "D"]

    def tracked(self, paths: list[bytes]) -> list[tuple[str, str, bytes]]:
        """(mode, object id, path) of those of the paths that the index holds; id of zeros = unmerged."""
        names = [decode(path) for path in paths]
        found: dict[bytes, tuple[str, str, bytes]] = {}
        for record in self._read("ls-files", "-s", "-z", "--", *names).split(b"\0")[:-1]:
            facts, path = record.split(b"\t", 1)
            mode, oid, stage = facts.decode("ascii").split(" ")
            found[path] = (mode, oid if stage == "0" else "0" * len(oid), path)
        return list(found.values())

    def branch_point(self) -> str:
        """Where HEAD's branch left the one it will be merged into; "" where nobody knows.

        That one is what `origin` calls its own branch, else the local `main` or `master`.
        """
        found = self._try("merge-base", "HEAD", "refs/remotes/origin/HEAD")
        if not found:
            out = self._try("for-each-ref", "--format=%(objectname)", "refs/heads/main", "refs/heads/master")
            names = out.split()
            found = self._try("merge-base", "HEAD", names[0].decode("ascii")) if names else b""
        return found.decode("ascii", "replace").strip()

    def python_words(self, words: list[str]) -> frozenset[str]:
        """Those of the few words that stand as a whole in tracked Python files, as these lie on the disk.

        A word is made of letters of ASCII, digits and `_`. git is not listened to once all are found.
        """
        command = [one for one in self._command if one != "--literal-pathspecs"]  # the path is no user's
        given = [part for word in words for part in ("-e", word)]
        stream = GitStream([*command, *_GREP, *given, "--", ":(top,glob)**/*.py"], self._environment)
        missing = {word.encode("ascii") for word in words}
        held = b""
        try:
            for block in stream.blocks():
                *lines, held = (held + block).split(b"\n")
                missing.difference_update(lines)
                if not missing:
                    break
        except UserError:  # git's status is 1 where there is no match; what cannot be read has none
            pass
        finally:
            stream.close()
        return frozenset(word for word in words if word.encode("ascii") not in missing)

    def comment_char(self) -> str:
        """What begins a comment in a commit message, as it is set (`auto` too); "" if it is not."""
        out = self._try("config", "--null", "--get-regexp", r"^core\.comment(char|string)$")
        return decode(out).rstrip("\0").rpartition("\0")[2].partition("\n")[2]

    def texts(self, oids: list[str], cap: int) -> list[bytes | None]:
        """The few objects' bytes, in order; None for one that is missing, no blob, or of more than `cap`."""
        found: list[bytes | None] = []
        for first in range(0, len(oids), _ASKED_AT_ONCE):
            found += self._texts(oids[first : first + _ASKED_AT_ONCE], cap)
        return found

    def _texts(self, oids: list[str], cap: int) -> Iterator[bytes | None]:
        stdin, asked = posix.pipe()
        posix.write(asked, "".join(oid + "\n" for oid in oids).encode("ascii"))
        posix.close(asked)
        try:
            stream = GitStream([*self._command, "cat-file", "--batch"], self._environment, stdin)
        finally:
            posix.close(stdin)
        try:
            yield from _answers(stream.blocks(), len(oids), cap)
        finally:
            stream.close()

    def _read(self, *arguments: str, stdin: int | None = None) -> bytes:
        """All that git says, without what importing `subprocess` would cost."""
        stream = GitStream([*self._command, *arguments], self._environment, stdin)
        try:
            return b"".join(stream.blocks())
        finally:
            stream.close()

    def _try(self, *arguments: str) -> bytes:
        """The same; nothing if git says no."""
        try:
            return self._read(*arguments)
        except UserError:
            return b""


def _answers(blocks: Iterator[bytes], count: int, cap: int) -> Iterator[bytes | None]:
    """The blobs that `cat-file --batch` sends; of one that is larger than the cap nothing is kept."""
    held = b""
    for _ in range(count):
        while b"\n" not in held and (block := next(blocks, b"")):
            held += block
        line, _, held = held.partition(b"\n")
        facts = line.split(b" ")
        if len(facts) < 3:  # "<id> missing"
            yield None
            continue
        size = int(facts[2]) + 1  # and a newline
        fits = facts[1] == b"blob" and size <= cap + 1
        kept = [held[:size]]
        left, held = size - len(kept[0]), held[size:]
        while left and (block := next(blocks, b"")):
            kept.append(block[:left] if fits else b"")
            left, held = left - len(block[:left]), block[left:]
        yield b"".join(kept)[:-1] if fits else None
