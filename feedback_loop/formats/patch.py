"""git's `--raw -z -p` with full context -> one FileChange per entry, in a stream.

Names, modes and statuses come from the raw records alone; patch sections are paired with them by
order, because the names in `diff --git`, `---` and `+++` lines are quoted and can be forged by content.
"""

from __future__ import annotations

from feedback_loop.domain.diff import BINARY, TOO_LARGE, FileChange
from feedback_loop.domain.finding import UNMERGED
from feedback_loop.errors import MachineFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECTION_CAP = 16 << 20
_SECTION = b"\ndiff --git "
_SKIPPED_MODES = {"120000": "symlink", "160000": "submodule"}


class _Record:
    __slots__ = ("new_mode", "new_oid", "old_oid", "old_path", "path", "status")

    def __init__(self, header: bytes, path: bytes, old_path: bytes | None) -> None:
        fields = header[1:].decode("ascii").split(" ")
        self.new_mode = fields[1]
        self.old_oid = fields[2]
        self.new_oid = fields[3]
        self.status = fields[4][:1]
        self.path = path
        self.old_path = old_path

    @property
    def sections(self) -> int:
        """A type change is shown as a deletion and a creation, an unmerged path as no patch at all."""
        return {"T": 2, "U": 0}.get(self.status, 1)


def parse_patch(chunks: Iterable[bytes]) -> Iterator[FileChange]:
    """Read the stream block by block; at most one file's section is held at a time.

    Raises MachineFault if records and patch sections do not fit together.
    """
    source = iter(chunks)
    records, rest = _records(source)
    sections = _sections(source, rest)
    for record in records:
        section, whole = b"", True
        for _ in range(record.sections):
            section, whole = next(sections, (b"", False))
            if not section:
                raise _mismatch()
        yield _change(record, section, whole)
    if next(sections, None) is not None:
        raise _mismatch()


def _mismatch() -> MachineFault:
    return MachineFault("git's diff could not be understood: records and patches do not fit", kind="git")


def _records(source: Iterator[bytes]) -> tuple[list[_Record], bytes]:
    """The raw records up to the NUL that ends their block, and what follows it."""
    data = b"".join(_until_patch(source))
    records = []
    at = 0
    while data[at : at + 1] == b":":
        end = data.index(b"\0", at)
        header = data[at:end]
        at = data.index(b"\0", end + 1) + 1
        path, old_path = data[end + 1 : at - 1], None
        if header[header.rindex(b" ") + 1 :][:1] in b"RC":
            end = data.index(b"\0", at)
            old_path, path = path, data[at:end]
            at = end + 1
        records.append(_Record(header, path, old_path))
    if data[at : at + 1] not in (b"", b"\0"):
        raise _mismatch()
    return records, data[at + 1 :]


def _until_patch(source: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks up to the first that could hold the start of the patch text.

    A path may hold any text, even a section line, so this only decides when to stop waiting: the
    record loop needs all records, and a record never starts after the patch did.
    """
    last = b""
    for chunk in source:
        yield chunk
        if b"\0\0" in last[-1:] + chunk:
            # Records never hold an empty path: two NULs end the block.
            return
        last = chunk


def _sections(source: Iterator[bytes], start: bytes) -> Iterator[tuple[bytes, bool]]:
    """Patch sections in order, each with whether it is whole (not cut at the cap)."""
    buffer = bytearray(b"\n" + start)
    whole = True
    begun = False
    scanned = 0
    ended = False
    while not ended:
        while (at := buffer.find(_SECTION, scanned)) >= 0:
            if begun:
                yield bytes(buffer[1 : at + 1]), whole
            del buffer[:at]
            begun, whole, scanned = True, True, 1
        if len(buffer) > SECTION_CAP:
            whole = False
            del buffer[SECTION_CAP // 2 : len(buffer) - len(_SECTION)]
        scanned = max(int(begun), len(buffer) - len(_SECTION) + 1)
        chunk = next(source, b"")
        ended = not chunk
        buffer += chunk
    if begun:
        yield bytes(buffer[1:]), whole


def _change(record: _Record, section: bytes, whole: bool) -> FileChange:
    hunk: bytes | None = None
    skip = _SKIPPED_MODES.get(record.new_mode)
    if record.status == "U":
        skip = UNMERGED
    elif skip is None and record.status != "D":
        hunk, skip = hunk_of(section, whole)
    return FileChange(
        record.path,
        record.status,
        hunk=hunk,
        skip=skip,
        old_path=record.old_path,
        old_oid=record.old_oid,
        new_oid=record.new_oid,
    )


def hunk_of(section: bytes, whole: bool = True) -> tuple[bytes | None, str | None]:
    """The body of the one full-context hunk, or why there is none; (None, None) = no content change."""
    header = section.find(b"\n@@ ")
    if header < 0:
        binary = b"\nBinary files " in section or b"\nGIT binary patch" in section
        return None, BINARY if binary else None
    body = section[section.index(b"\n", header + 1) + 1 :]
    if not whole or b"\n@@ " in body:
        return None, TOO_LARGE
    unmerged = body.find(b"\n* Unmerged path ")
    return (body[: unmerged + 1] if unmerged >= 0 else body), None
