"""Generated text inside a hand-written file: a block between two comments, with the hash of what it holds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from feedback_loop.errors import InputError
from feedback_loop.formats.markdown import marks, unified

BOM = "\ufeff"
_BEGIN = re.compile(r"<!--\s*feedback-loop:begin\s+([\w-]+)(?:\s+sha256=([0-9a-f]{64}))?\b.*")
_END = re.compile(r"<!--\s*feedback-loop:end\s+([\w-]+)\s*-->\s*\Z")
# A mark of a conflict -> the states it may follow, the state after it: 1 ours, 2 their common past, 3 theirs.
_STEPS = {"<<<<<<<": ((0,), 1), "|||||||": ((1,), 2), "=======": ((1, 2), 3), ">>>>>>>": ((3,), 0)}
_CONFLICT = re.compile(r"(<<<<<<<|>>>>>>>|\|\|\|\|\|\|\|)( |\Z)")


@dataclass(frozen=True)
class Block:
    """A block of a text: characters `begin` to `end`, its own two lines among them; lines from 1.

    `body` is what stands between, every line end as a line feed. `intact` = as it was generated;
    `ends_line` = a line end stands behind its last line.
    """

    name: str
    begin: int
    end: int
    first: int
    last: int
    body: str
    intact: bool
    ends_line: bool = True


class Lines:
    """A text's lines, and where each of them stands in the text as it is."""

    def __init__(self, text: str) -> None:
        self.plain = unified(text.removeprefix(BOM))
        self.lines = self.plain.split("\n")
        ends = [match.end() for match in re.finditer(r"\r\n|\r|\n", text)]
        self.starts = [text.startswith(BOM) * 1, *ends, len(text)]

    def offset(self, line: int) -> int:
        """Where the line (from 0) begins in the text; the text's end for lines behind the last."""
        return self.starts[min(line, len(self.starts) - 1)]


def line_end(text: str) -> str:
    """The line end of the text's first line."""
    first = re.search(r"\r\n|\n", text)
    return first[0] if first else "\n"


def format_block(name: str, body: str) -> str:
    """The block with its two lines; the body ends with a line feed or is empty."""
    digest = _digest(body)
    return f"<!-- feedback-loop:begin {name} sha256={digest} -->\n{body}<!-- feedback-loop:end {name} -->\n"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def find_block(text: str, name: str, shown: str) -> Block | None:
    """The block of this name. Comments in fences are no marks of blocks.

    Raises InputError, which names the lines, for a block that is given twice, does not end or does not
    begin, and for marks of an unfinished merge around its edges.
    """
    source = Lines(text)
    comments = _comment_lines(source.plain)
    begins = [(line, match) for line in comments if (match := _BEGIN.match(source.lines[line]))]
    own = [line for line, match in begins if match[1] == name]
    ends = [line for line in comments if _ends(source.lines[line], name)]
    if len(own) > 1:
        _refuse(shown, own, f"the block {name} begins twice", source)
    if not own:
        if ends:
            _refuse(shown, ends, f"the block {name} ends but does not begin", source)
        return None
    first = own[0]
    digest, stop = "", len(source.lines)
    for line, match in begins:
        if line == first:
            digest = match[2] or ""
        elif line > first:
            stop = min(stop, line)
    last = _last_line(source, name, range(first + 1, stop), ends, digest)
    if last is None:
        _refuse(shown, [first], f"the block {name} does not end", source)
    surplus = [line for line in ends if line < first or line > last]
    if surplus:
        _refuse(shown, surplus, f"the block {name} ends once more", source)
    body = _body(source, first, last)
    begin, end = source.offset(first), source.offset(last + 1)
    ends_line = text[:end].endswith(("\n", "\r"))
    return Block(name, begin, end, first + 1, last + 1, body, _digest(body) == digest, ends_line)


@lru_cache(maxsize=4)
def _comment_lines(plain: str) -> tuple[int, ...]:
    """The lines (from 0) at which comments begin; one text is asked for several blocks."""
    return tuple(one.begin for one in marks(plain) if one.kind == "comment")


def _last_line(source: Lines, name: str, reach: range, ends: list[int], digest: str) -> int | None:
    """The line that ends the block: by its hash, as an example may hold such a line; else the visible one."""
    so_far = hashlib.sha256()
    every = []
    for line in reach:
        if _ends(source.lines[line], name):
            if so_far.hexdigest() == digest:
                return line
            every.append(line)
        so_far.update((source.lines[line] + "\n").encode())
    return next((line for line in (*ends, *every) if line in reach), None)


def _ends(line: str, name: str) -> bool:
    match = _END.match(line)
    return match is not None and match[1] == name


def _body(source: Lines, first: int, last: int) -> str:
    return "".join(line + "\n" for line in source.lines[first + 1 : last])


def _refuse(shown: str, lines: list[int], what: str, source: Lines) -> NoReturn:
    merge = conflict_lines(source.plain)
    told = ", ".join(str(line + 1) for line in lines[:5])
    if merge:
        places = ", ".join(map(str, merge[:6]))
        text = f"{shown}:{merge[0]}: marks of an unfinished merge (lines {places}): {what}"
        raise InputError(text, f"settle the merge, or take one side: `git checkout --ours -- {shown}`")
    text = f"{shown}:{lines[0] + 1}: {what} (line{'s' * (len(lines) > 1)} {told})"
    lost = "put its last line back, or take out its first" if "does not" in what else ""
    raise InputError(text, lost or "take the surplus line out")


def settle_merge(text: str) -> str:
    """The text with git's marks of a conflict gone, if its two sides differ in generated blocks alone.

    Then either side will do: what is generated is generated anew. Two branches that both wrote a block always
    meet in its first line, which holds the hash. Any other text is returned as it is.
    """
    sides = _sides(text)
    if sides is None or _by_hand(sides[0]) != _by_hand(sides[1]):
        return text
    return "".join(sides[0])


def _sides(text: str) -> tuple[list[str], list[str]] | None:
    """The lines of both sides; None without marks, or with marks that do not fit together."""
    ours: list[str] = []
    theirs: list[str] = []
    sides: tuple[tuple[list[str], ...], ...] = ((ours, theirs), (ours,), (), (theirs,))
    state = 0
    for line in text.splitlines(keepends=True):
        mark = line[:7]
        alone = line.rstrip("\r\n") == mark or line[7:8] == " "
        if mark not in _STEPS or not alone or (mark == "=======" and not state):  # a heading's underline
            for side in sides[state]:
                side.append(line)
            continue
        before, after = _STEPS[mark]
        if state not in before:
            return None
        state = after
    return (ours, theirs) if not state and ours != theirs else None


def _by_hand(lines: list[str]) -> list[str]:
    """What stands outside of blocks, and where each block is."""
    kept, inside = [], ""
    for line in lines:
        begins = _BEGIN.match(line)
        if not inside and begins:
            inside = begins[1]
            kept.append(inside)
        elif not inside:
            kept.append(line)
        elif _ends(line.rstrip("\r\n"), inside):
            inside = ""
    return kept


def conflict_lines(text: str) -> list[int]:
    """The lines (from 1) with git's marks of a conflict."""
    lines = unified(text).split("\n")
    return [number for number, line in enumerate(lines, 1) if _CONFLICT.match(line)]
