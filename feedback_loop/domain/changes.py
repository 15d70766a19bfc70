"""What one commit changed, file by file, without context lines: hunks by their numbers, text as bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_SIGNS = {b"+": 1, b"-": -1}


class Hunk(NamedTuple):
    """Line numbers and counts of the old and the new side; its body is `section[begin:end]`."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    begin: int
    end: int


class Row(NamedTuple):
    """One changed line: its number on its side, the hunk it stands in, its bytes without the line feed."""

    line: int
    hunk: int
    text: bytes


class FileDiff(NamedTuple):
    """One entry of a commit's diff. `status` is git's letter: A, M, D, R, C or T.

    Paths are bytes as git has them; `old_path` is `path` but for renames and copies. `section` is the
    patch; ids are zeros for a side that is not there. Symbolic links and submodules are left out
    before: their "text" is no code.
    """

    status: str
    old_oid: str
    new_oid: str
    old_path: bytes
    path: bytes
    section: bytes
    hunks: Sequence[Hunk]

    @property
    def added(self) -> int:
        """How many lines it adds, as git counts them."""
        return sum(hunk.new_count for hunk in self.hunks)

    @property
    def removed(self) -> int:
        """How many lines it removes."""
        return sum(hunk.old_count for hunk in self.hunks)

    def rows(self, sign: int) -> list[Row]:
        """The lines it adds (1) or removes (-1), in order."""
        return [row for number in range(len(self.hunks)) for row in self.hunk_rows(number, sign)]

    def rows_at(self, offsets: Iterable[int]) -> list[tuple[int, Row]]:
        """(sign, row) of the changed lines around these offsets of the section, once each, in order.

        What is no changed line (a header, a heading) is left out.
        """
        section, starts = self.section, {self.section.rfind(b"\n", 0, at) + 1 for at in offsets}
        begins = [hunk.begin for hunk in self.hunks]
        counted: dict[tuple[int, int], tuple[int, int]] = {}  # so that no line is counted over again
        found = []
        for start in sorted(starts):
            number = bisect_right(begins, start) - 1
            sign = _SIGNS.get(section[start : start + 1])
            if number < 0 or sign is None or start >= self.hunks[number].end:
                continue
            hunk = self.hunks[number]
            first = hunk.new_start if sign > 0 else hunk.old_start
            mark = b"\n+" if sign > 0 else b"\n-"
            before, since = counted.get((number, sign), (0, hunk.begin - 1))
            before += section.count(mark, since, start)
            counted[number, sign] = before, start - 1
            end = section.find(b"\n", start)
            found.append((sign, Row(first + before, number, section[start + 1 : end if end >= 0 else None])))
        return found

    def hunk_rows(self, number: int, sign: int) -> list[Row]:
        """The same of one hunk."""
        hunk = self.hunks[number]
        first = hunk.new_start if sign > 0 else hunk.old_start
        mark = b"+" if sign > 0 else b"-"
        lines = [line for line in self.section[hunk.begin : hunk.end].split(b"\n") if line[:1] == mark]
        return [Row(first + at, number, line[1:]) for at, line in enumerate(lines)]
