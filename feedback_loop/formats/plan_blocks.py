"""The blocks of markdown that a plan's lines open and close, one line after the other. On the hot path.

Containers are list items, kept by the column of their content, and block quotes. Indentation makes no
code. In its corners this follows markdown-it, which `formats.markdown` asks the same question.
"""

from __future__ import annotations

from feedback_loop.formats.plan_section import BLANKS, parse_heading

# Nesting that is followed, a list counting as two, a quote as one, and of quotes alone; the rest is text.
DEEPEST = 20
MOST_QUOTES = 5
_TEXT, _FENCE, _QUOTE, _RULE, _ITEM, _COMMENT, _HEADING = range(7)
_DIGITS = frozenset("0123456789")
SPECIAL = frozenset("`~>-*+_<#") | _DIGITS
INDENTED = frozenset(BLANKS)
# What a line can stand in, so far as lines at column 0 care: something hidden; nothing, or an item with its
# content at column 2, or other items, each with or without an open paragraph.
HIDDEN, ROOT, ROOT_TEXT, ITEM, ITEM_TEXT, ITEMS, ITEMS_TEXT = range(7)


def wide(blanks: str, column: int) -> int:
    """The column behind these blanks, if they begin at `column`."""
    for char in blanks:
        column += 4 - column % 4 if char == "\t" else 1
    return column


class Blocks:
    """The containers and the leaf that are open after the lines taken so far.

    Lines come as column, text without its indentation, and `base`: what must be added to the column to
    know where tabs stop, for inside a quote columns count from its content.
    """

    __slots__ = (
        "_comment",
        "_fence",
        "_fresh",
        "_hides",
        "_indent",
        "_level",
        "_listed",
        "_outer",
        "_para",
        "_quote",
        "_quotes",
    )

    def __init__(self, level: int, quotes: int) -> None:
        self._level = level
        self._quotes = quotes
        self._indent = 0  # column of the content of the innermost item
        self._listed = -1  # the same of the item around it, -1 = there is no item
        self._outer: list[tuple[int, int]] = []
        self._para = False
        self._fresh = False  # the innermost item began on the last line, with nothing in it
        self._hides = False  # one of the next three is open
        self._quote: _Quote | None = None
        self._fence = ""
        self._comment = False

    def state(self) -> int:
        """What a line after this one stands in, for the outermost blocks of a plan."""
        if self._hides or self._fresh:
            return HIDDEN
        if not self._indent:
            return ROOT_TEXT if self._para else ROOT
        if self._indent == 2 and self._level == 2:
            return ITEM_TEXT if self._para else ITEM
        return ITEMS_TEXT if self._para else ITEMS

    def end(self) -> str:
        """What a line must hold to matter: the end of a fence or comment that stands in no item. Else ""."""
        if self._indent or not self._hides:
            return ""
        return "-->" if self._comment else self._fence

    def resume(self, state: int) -> None:
        """Catch up with lines that were not taken. None of them can have led into other items."""
        if state >= ITEMS:
            return
        self._para = state in (ROOT_TEXT, ITEM_TEXT)
        self._outer.clear()
        self._level, self._indent, self._listed = 0, 0, -1
        if state in (ITEM, ITEM_TEXT):
            self._outer.append((0, -1))
            self._level, self._indent, self._listed = 2, 2, 0

    def blank(self) -> None:
        """Take a blank line."""
        self._para = False
        if self._quote is not None:
            self._quote = None
            self._hides = False
        if self._fresh:
            self._leave()
            self._fresh = False

    def take(self, column: int, text: str, base: int) -> bool:
        """Take a line that is not blank; whether it shows."""
        if self._hides:
            if self._hidden(column, text, base):
                return False
            self._hides = False
        kind = _TEXT if text[0] not in SPECIAL else _kind(text)
        if self._para:
            if kind == _TEXT or not self._interrupts(column, text, kind):
                return True
            self._para = False
        self._fresh = False
        while column < self._indent:
            self._leave()
        while kind == _ITEM and self._level < DEEPEST:
            column, text = self._enter(column, text, base)
            if not text:
                self._fresh = True
                return False
            kind = _TEXT if text[0] not in SPECIAL else _kind(text)
        if kind in (_TEXT, _ITEM) or (kind == _QUOTE and self._too_deep(kind)):
            self._para = True
            return True
        self._open(kind, column, text, base)
        return kind == _HEADING

    def _hidden(self, column: int, text: str, base: int) -> bool:
        """Whether the line belongs to the open quote, fence or comment; if not, these are closed."""
        if self._quote is not None:
            if self._quoted(self._quote, column, text, base):
                return True
            self._quote = None
            return False
        if column < self._indent:
            self._fence = ""
            self._comment = False
            return False
        if self._comment:
            self._hides = self._comment = "-->" not in text
        elif text.startswith(self._fence) and not text.lstrip(self._fence[0]).strip(BLANKS):
            self._fence = ""
            self._hides = False
        return True

    def _quoted(self, quote: _Quote, column: int, text: str, base: int) -> bool:
        if text[0] == ">" and column >= self._indent:
            quote.add(column, text, base)
            return True
        kind = _kind(text)
        return (kind == _TEXT or (kind == _ITEM and self._far(column))) and quote.lazy(kind == _ITEM)

    def _too_deep(self, kind: int) -> bool:
        """Whether an item or a quote in here would be nested deeper than is followed."""
        if kind == _QUOTE:
            return self._level >= DEEPEST or self._quotes >= MOST_QUOTES
        return kind == _ITEM and self._level >= DEEPEST

    def _far(self, column: int) -> bool:
        """Whether a list marker stands left of the open item but too far in to belong to an outer one."""
        return column < self._indent and self._listed >= 0 and column - self._listed >= 4

    def _interrupts(self, column: int, text: str, kind: int) -> bool:
        """Whether a line that is no text ends the open paragraph; otherwise it is more of it."""
        within = column - self._indent
        if within > 3 or (within >= 0 and self._too_deep(kind)):
            return False
        if kind != _ITEM:
            return True
        if within < 0:
            return not self._far(column)
        marker = _marker(text)
        return bool(text[marker:].strip(BLANKS)) and (marker == 1 or int(text[: marker - 1]) == 1)

    def _enter(self, column: int, text: str, base: int) -> tuple[int, str]:
        """Open the item that the line begins; column and text of its content."""
        marker = _marker(text)
        rest = text[marker:].lstrip(BLANKS)
        column += marker
        begin = column + (len(text) - marker - len(rest) if rest else 0)
        if text.find("\t", marker, len(text) - len(rest)) >= 0 and rest:
            begin = wide(text[marker : len(text) - len(rest)], column + base) - base
        width = begin - column if 1 <= begin - column <= 4 else 1
        self._outer.append((self._indent, self._listed))
        self._listed = self._indent
        self._indent = column + width
        self._level += 2
        return begin, rest

    def _leave(self) -> None:
        self._indent, self._listed = self._outer.pop()
        self._level -= 2

    def _open(self, kind: int, column: int, text: str, base: int) -> None:
        """Open the quote, fence or comment that the text begins; rules and headings end at once."""
        if kind == _QUOTE:
            self._quote = _Quote(self._level + 1, self._quotes + 1)
            self._quote.add(column, text, base)
        elif kind == _FENCE:
            self._fence = text[: len(text) - len(text.lstrip(text[0]))]
        elif kind == _COMMENT:
            self._comment = "-->" not in text
        self._hides = kind in (_QUOTE, _FENCE) or self._comment

    def lazy(self, marker: bool) -> bool:
        """Whether a line that lacks the quote's `>` still belongs to a paragraph in here.

        It must be plain text, or a list marker that the quote's surroundings take for text: a quote in
        here would not.
        """
        if self._quote is not None:
            return not marker and self._quote.lazy(marker)
        return self._para


class _Quote:
    """A block quote. Its lines are hidden anyway: they are read only if a lazy line asks for it."""

    __slots__ = ("_blocks", "_pending")

    def __init__(self, level: int, quotes: int) -> None:
        self._blocks = Blocks(level, quotes)
        self._pending: list[tuple[int, str, int]] = []

    def add(self, column: int, text: str, base: int) -> None:
        """Take a line that begins with `>`."""
        self._pending.append((column, text, base))

    def lazy(self, marker: bool) -> bool:
        """As `Blocks.lazy`."""
        for column, text, base in self._pending:
            column, text, base = _unquoted(column, text, base)
            if text:
                self._blocks.take(column, text, base)
            else:
                self._blocks.blank()
        self._pending.clear()
        return self._blocks.lazy(marker)


def _unquoted(column: int, text: str, base: int) -> tuple[int, str, int]:
    """A quoted line without its `>`, and without one blank if there is one."""
    rest = text[1:].lstrip(BLANKS)
    gap = text[1 : len(text) - len(rest)]
    if not gap:
        return 0, rest, column + 1
    begin = column + 2
    if gap[0] == " " or (base + column + 1) % 4 == 3:
        gap = gap[1:]  # else the tab reaches further than the one blank that belongs to the `>`
    return wide(gap, base + begin) - base - begin, rest, begin


def _kind(text: str) -> int:
    """What begins with this text."""
    first = text[0]
    if first == "-" or first == "*":
        if text[-1] not in INDENTED and text[-1] != first:
            return _ITEM if text[1] in INDENTED else _TEXT
        return _RULE if _is_rule(text, first) else _ITEM if _marker(text) else _TEXT
    if first not in SPECIAL:
        return _TEXT
    if first == "#":
        return _HEADING if parse_heading(text) else _TEXT
    if first == ">":
        return _QUOTE
    if first == "<":
        return _COMMENT if text.startswith("<!--") else _TEXT
    if first == "_":
        return _RULE if _is_rule(text, first) else _TEXT
    if first == "`" or first == "~":
        return _FENCE if text.startswith(first * 3) and not _inline(text) else _TEXT
    return _ITEM if _marker(text) else _TEXT


def _is_rule(text: str, mark: str) -> bool:
    return not text.strip(mark + BLANKS) and text.count(mark) >= 3


def _inline(text: str) -> bool:
    """Whether these backticks are code in a line of text: a fence has none behind its first ones."""
    return text[0] == "`" and "`" in text.lstrip("`")


def _marker(text: str) -> int:
    """The length of the list marker that begins the text; 0 = there is none."""
    length = 1
    if text[0] in _DIGITS:
        while length < 9 and text[length : length + 1] in _DIGITS:
            length += 1
        length = length + 1 if text[length : length + 1] in (".", ")") else 0
    elif text[0] not in ("-", "*", "+"):
        return 0
    return length if length and (len(text) == length or text[length] in INDENTED) else 0
