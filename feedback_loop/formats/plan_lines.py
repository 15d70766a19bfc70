"""Which lines of a plan show (A48, A51): the hook's reader, without a markdown library. On the hot path.

Fences, comments at the start of a line and block quotes are hidden.
"""

from __future__ import annotations

from feedback_loop.domain.plan import HEADING, Section
from feedback_loop.formats.plan_blocks import (
    HIDDEN,
    INDENTED,
    ITEM,
    ITEM_TEXT,
    ITEMS,
    ITEMS_TEXT,
    ROOT,
    ROOT_TEXT,
    SPECIAL,
    Blocks,
    wide,
)
from feedback_loop.formats.plan_section import BLANKS, parse_heading, read_section, wanted_title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_TEXT = SPECIAL | INDENTED
_NO_ITEM = _NO_TEXT | {""}
_WITH_TEXT = frozenset((ROOT_TEXT, ITEM_TEXT, ITEMS_TEXT))
# After a line of text at column 0, which is more of an open paragraph, and after a blank line.
_AFTER_TEXT = (HIDDEN, ROOT_TEXT, ROOT_TEXT, ROOT_TEXT, ITEM_TEXT, ROOT_TEXT, ITEMS_TEXT)
_AFTER_BLANK = (HIDDEN, ROOT, ROOT, ITEM, ITEM, ITEMS, ITEMS)


def scan_section(text: str, heading: str = HEADING) -> Section:
    """The checklist under `## heading`, without a markdown library. Raises InputError for a blank heading."""
    if wanted_title(heading) not in text.casefold():
        return Section()
    return read_section(_lines(text, plain=False), heading, count_lines(text))


def count_lines(text: str) -> int:
    r"""How many lines the text has; the last may lack its `\n`."""
    return text.count("\n") + (text[-1:] not in ("", "\n"))


def visible_lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbers (from 1) and text of the lines that hold text for people, blank ones left out."""
    return _lines(text, plain=True)


def _lines(text: str, plain: bool) -> Iterator[tuple[int, str]]:
    """Without `plain` only lines that may be a heading or an item.

    Lines at column 0 outside of anything unusual need a look at three characters; the rest is for `Blocks`.
    """
    blocks = Blocks(0, 0)
    state, skipped = ROOT, ""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\r").split("\n")
    for number, line in enumerate(lines, 1):
        if state:
            if not line:
                if state == ITEMS_TEXT:
                    blocks.blank()
                state = _AFTER_BLANK[state]
                continue
            first = line[0]
            if first not in _NO_TEXT:
                state = _AFTER_TEXT[state]
                if plain:
                    yield number, line
                continue
            if first == "-" and line[1:2] == " " and (line[2:3] not in _NO_ITEM or _emphasis(line)):
                state = ITEM_TEXT
                yield number, line
                continue
            if first == "#" and parse_heading(line):
                state = ROOT
                yield number, line
                continue
            rest = line.lstrip(BLANKS)
            if rest and rest[0] not in SPECIAL and state in _WITH_TEXT:
                if plain:
                    yield number, line
                continue
            blocks.resume(state)
        elif skipped and skipped not in line:
            continue
        else:
            rest = line.lstrip(BLANKS)
        if not rest:
            blocks.blank()
        elif blocks.take(_column(line, len(line) - len(rest)), rest, 0) and (plain or rest[0] in SPECIAL):
            yield number, line
        state = blocks.state()
        skipped = blocks.end() if not state else ""


def _emphasis(line: str) -> bool:
    """Whether an item begins with emphasis or code and then a word: neither fence, rule nor another item."""
    return line[2:3] in ("*", "_", "`") and (
        line[3:4].isalnum() or (line[2:4] == "**" and line[4:5].isalnum())
    )


def _column(line: str, blanks: int) -> int:
    """The column at which the text behind this many blanks begins."""
    return blanks if line.find("\t", 0, blanks) < 0 else wide(line[:blanks], 0)
