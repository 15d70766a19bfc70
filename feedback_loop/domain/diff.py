"""What a commit changes in one file: the new text as bytes, and which of its lines are added."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BINARY = "binary"
TOO_LARGE = "larger than 16 MiB or 1,000,000 lines"


class FileChange:
    """One entry of a diff.

    `path` is bytes as git has it. `hunk` is the patch body of the full-context hunk (lines that begin
    with space, `+`, `-` or a backslash), or `text` is the whole new text and all of it is added; both
    None where there is nothing to scan, and `skip` says why. `hidden`: git calls this text binary.
    """

    __slots__ = (
        "added_count",
        "hidden",
        "hunk",
        "new_oid",
        "old_oid",
        "old_path",
        "path",
        "skip",
        "status",
        "text",
    )

    def __init__(
        self,
        path: bytes,
        status: str,
        *,
        hunk: bytes | None = None,
        text: bytes | None = None,
        skip: str | None = None,
        old_path: bytes | None = None,
        old_oid: str = "",
        new_oid: str = "",
    ) -> None:
        self.path = path
        self.old_path = old_path
        self.status = status
        self.hidden = False
        self.hunk = hunk
        self.text = text
        self.skip = skip
        self.old_oid = old_oid
        self.new_oid = new_oid
        if text is not None:
            self.added_count = text.count(b"\n") + (not text.endswith(b"\n") and text != b"")
        else:
            self.added_count = 0 if hunk is None else (b"\n" + hunk).count(b"\n+")

    @property
    def removes(self) -> bool:
        """Whether it takes any line away."""
        return self.status == "D" or b"\n-" in b"\n" + (self.hunk or b"")

    def new_text(self) -> tuple[bytes, Sequence[int]]:
        """The new file's text and the numbers (from 1) of its added lines."""
        if self.text is not None:
            return self.text, range(1, self.added_count + 1)
        return new_text(self.hunk or b"")

    def first_line(self) -> bytes:
        """The first line of the new text, at most 4,096 bytes of it."""
        if self.text is not None:
            return self.text[:4096].partition(b"\n")[0]
        hunk = self.hunk or b""
        at = 0
        # A rewritten file shows all of its old lines first: go on until there is a new one.
        while at < len(hunk):
            end = hunk.find(b"\n", at)
            end = len(hunk) if end < 0 else end
            if hunk[at : at + 1] in (b" ", b"+"):
                return hunk[at + 1 : min(end, at + 4097)]
            at = end + 1
        return b""


def new_text(hunk: bytes) -> tuple[bytes, list[int]]:
    r"""The new file's text and the numbers (from 1) of its added lines.

    The text is exactly the blob's bytes: lines end at `\n` only, and `\ No newline at end of file`
    is honoured for the side it speaks of.
    """
    lines: list[bytes] = []
    added: list[int] = []
    ended = True
    last = 0
    for line in hunk.split(b"\n"):
        mark = line[:1]
        if mark == b"+":
            lines.append(line[1:])
            added.append(len(lines))
        elif mark == b" ":
            lines.append(line[1:])
        elif mark == b"\\":
            ended = ended and last == 45
        last = line[0] if line else 0
    text = b"\n".join(lines)
    return (text + b"\n" if ended and lines else text), added


def added_file(text: bytes, path: bytes) -> FileChange:
    """A change that adds the whole text as a new file: how examples and whole files are scanned."""
    return FileChange(path, "A", text=text)


def keep_added(change: FileChange, kept: frozenset[int]) -> None:
    """Turn the added lines that are not among `kept` (numbers in the new text) into context."""
    if change.text is not None:
        change.hunk, change.text = _as_hunk(change.text), None
    if change.hunk is None:
        return
    number = 0
    lines = []
    for line in change.hunk.split(b"\n"):
        if line[:1] in (b"+", b" "):
            number += 1
            if number not in kept:
                line = b" " + line[1:]
        lines.append(line)
    change.hunk = b"\n".join(lines)
    change.added_count = (b"\n" + change.hunk).count(b"\n+")


def _as_hunk(text: bytes) -> bytes:
    if not text:
        return b""
    body = b"+" + text.removesuffix(b"\n").replace(b"\n", b"\n+") + b"\n"
    return body if text.endswith(b"\n") else body + b"\\ No newline at end of file\n"
