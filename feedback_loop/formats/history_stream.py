r"""The stream of `git diff-tree --stdin --always --raw -z [-p -U0]` -> what each commit changed (H10, H11).

Its grammar, read in sequence: `<oid> NUL`, raw entries up to an empty field, patch text up to the line that
is the next `<oid> NUL`. Names, modes and ids come from the raw entries alone (a path may hold a line feed or
a fake header); sections of the patch are paired with them in order. Without context every content line
begins with `+`, `-` or `\`, so a line that begins otherwise is a header, whatever the content says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from feedback_loop.domain.changes import FileDiff, Hunk
from feedback_loop.errors import MachineFault

_ENTRY = re.compile(
    rb":(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) (?:([RC])\d*\0([^\0]+)\0([^\0]+)|([A-Z])\0([^\0]+))\0"
)
_COMBINED = re.compile(rb"::[^\0]+\0([^\0]+)\0")
_HUNK = b"\n@@ -"
_SECTION = b"\ndiff --git "
_FILES = (b"100644", b"100755", b"100664")  # the last one of old repositories
_HEX = "0123456789abcdef"
_AT_ONCE = 1 << 20


class Entry(NamedTuple):
    """One raw entry: modes and ids of both sides, status letter, old and new path (equal but for R, C)."""

    old_mode: bytes
    new_mode: bytes
    old_oid: str
    new_oid: str
    status: str
    old_path: bytes
    path: bytes


class Record(NamedTuple):
    """What the stream holds of one fed line: its position among those fed, entries, patch text."""

    number: int
    entries: list[Entry]
    patch: bytes


def read_records(blocks: Iterable[bytes], oids: Sequence[str]) -> Iterator[Record]:
    """One record for each id that was fed, in order, as soon as it is whole.

    Raises MachineFault if a record is missing or torn: missing output must never read as "no matches".
    """
    source = iter(blocks)
    names = [oid.encode("ascii") + b"\0" for oid in oids]
    data, at, number, ended = b"", 0, 0, False
    while number < len(names):
        found = _record(data, at, names, number, ended)
        if found is not None:
            record, at = found
            yield record
            number += 1
            continue
        if ended:
            raise MachineFault(f"git's history stream ends within commit {oids[number]}", kind="git")
        more = _read(source, max(_AT_ONCE, len(data) - at))  # doubled: a huge commit is not copied often
        ended = not more
        data, at = data[at:] + more, 0
    if data[at:] or any(source):
        raise MachineFault("git's history stream holds more than was asked for", kind="git")


def _read(source: Iterator[bytes], enough: int) -> bytes:
    """So many bytes or a few more; nothing at the end."""
    blocks, size = [], 0
    for block in source:
        blocks.append(block)
        size += len(block)
        if size >= enough:
            break
    return b"".join(blocks)


def _record(data: bytes, at: int, names: list[bytes], number: int, ended: bool) -> tuple[Record, int] | None:
    """The record that begins here and where it ends; None if more has to be read."""
    name = names[number]
    if not data.startswith(name, at):
        if len(data) - at < len(name):
            return None
        raise MachineFault("git's history stream could not be understood", kind="git")
    at += len(name)
    entries, at = _entries(data, at)
    rest = data[at : at + 1]
    if not rest:
        return (Record(number, entries, b""), at) if ended else None
    if rest != b"\0":  # no patch: the next record, or an entry that is not whole yet
        if rest == b":":
            return None
        return Record(number, entries, b""), at
    begin = at + 1
    if number + 1 < len(names):
        end = data.find(b"\n" + names[number + 1], begin) + 1
        if not end:
            return None
    elif ended and not _is_torn(data[begin:]):
        end = len(data)
    else:
        return None
    return Record(number, entries, data[begin:end]), end


def _is_torn(patch: bytes) -> bool:
    """Whether the last line is not whole, or the last hunk holds fewer lines than it says."""
    if not patch.endswith(b"\n"):
        return True
    section = patch[patch.rfind(_SECTION) + 1 :]
    for hunk in _hunks(section)[-1:]:
        body = b"\n" + section[hunk.begin :]
        return body.count(b"\n-") < hunk.old_count or body.count(b"\n+") < hunk.new_count
    return False


def _entries(data: bytes, at: int) -> tuple[list[Entry], int]:
    entries = []
    while match := _ENTRY.match(data, at):
        at = match.end()
        old_mode, new_mode, old, new, moved, source, target, status, path = match.groups()
        ids = old.decode("ascii"), new.decode("ascii")
        if moved:
            entries.append(Entry(old_mode, new_mode, *ids, moved.decode("ascii"), source, target))
        else:
            entries.append(Entry(old_mode, new_mode, *ids, status.decode("ascii"), path, path))
    return entries, at


def read_files(record: Record) -> list[FileDiff]:
    """The record's files with their hunks; links and submodules are left out.

    Raises MachineFault if entries and patch sections do not fit together.
    """
    sections = record.patch.split(_SECTION) if record.patch else []
    files: list[FileDiff] = []
    at = 0
    for entry in record.entries:
        for side in _sides(entry):
            if at == len(sections):
                raise MachineFault("git's entries and patches do not fit together", kind="git")
            files += _file(side, sections[at])
            at += 1
    if at != len(sections):
        raise MachineFault("git's entries and patches do not fit together", kind="git")
    return files


def _sides(entry: Entry) -> list[Entry]:
    """A type change is shown as the end of one file and the begin of another."""
    if entry.status != "T":
        return [entry]
    none = "0" * len(entry.old_oid)
    return [entry._replace(status="D", new_oid=none), entry._replace(status="A", old_oid=none)]


def _file(entry: Entry, section: bytes) -> list[FileDiff]:
    mode = entry.old_mode if entry.status == "D" else entry.new_mode
    if mode not in _FILES:
        return []
    hunks = tuple(_hunks(section))
    return [FileDiff(entry.status, entry.old_oid, entry.new_oid, entry.old_path, entry.path, section, hunks)]


def _hunks(section: bytes) -> list[Hunk]:
    """Where each hunk stands: no content line begins with `@@`, so a search for bytes finds them all."""
    head, *pieces = section.split(_HUNK)
    at = len(head)
    hunks = []
    for piece in pieces:
        begin = at + len(_HUNK)
        at = begin + len(piece)
        old, _, new = piece[: piece.index(b" @@")].partition(b" +")
        old_start, _, old_count = old.partition(b",")
        new_start, _, new_count = new.partition(b",")
        body = begin + piece.index(b"\n") + 1
        numbers = int(old_start), int(old_count or 1), int(new_start), int(new_count or 1)
        hunks.append(Hunk(*numbers, body, min(at + 1, len(section))))
    return hunks


def read_touched(data: bytes) -> dict[str, frozenset[bytes]]:
    """`diff-tree --stdin -c --raw -z`: merges with the paths that differ from all of their parents."""
    found: dict[str, frozenset[bytes]] = {}
    at = 0
    while at < len(data):
        end = data.find(b"\0", at)
        oid, at = data[at:end].decode("ascii", "replace"), end + 1
        paths = []
        while match := _COMBINED.match(data, at):
            paths.append(match[1])
            at = match.end()
        if end < 0 or oid.strip(_HEX):
            raise MachineFault("git's list of merges could not be understood", kind="git")
        found[oid] = frozenset(paths)
    return found
