"""Markdown as sections, fences and bullets. The one module that knows markdown-it-py."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.token import Token

from feedback_loop.errors import InputError


@dataclass(frozen=True)
class Fence:
    """A fenced code block: info string, code with its final newline, line of the first code line."""

    info: str
    code: str
    line: int


@dataclass(frozen=True)
class Part:
    """What stands under one heading: raw text without outer blank lines, fences, and list items."""

    title: str
    line: int
    text: str
    fences: tuple[Fence, ...]
    items: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """A document by its headings: the H1 (title "" if there is none) and each H2 (or further H1)."""

    title: str
    intro: Part
    parts: tuple[Part, ...]


# Blocks are all we need: what stands inside of a line is never parsed.
_PARSER = MarkdownIt("commonmark").disable(["inline", "text_join"])
_ITEM = re.compile(r"\A\s*([-*+]|\d+[.)])(\s+|$)")


def outline(text: str) -> Outline:
    r"""Cut a document at its top-level H1 and H2 headings; those in fences, quotes and lists do not count.

    Lines end at `\n`, `\r\n` or a lone `\r`, as in CommonMark.
    """
    text = unified(text)
    text += "" if text.endswith("\n") else "\n"  # code in a fence that nobody closes ends with one too
    tokens = _PARSER.parse(text)
    lines = text.split("\n")
    heads = [
        (_one_line(tokens[index + 1].content), token.tag, token.map[0], token.map[1])
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2") and token.map
    ]
    title, body_start = "", 0
    if heads and heads[0][1] == "h1":
        title, body_start = heads[0][0], heads[0][3]
        heads = heads[1:]
    cutter = _Cutter(lines, tokens)
    starts = [head[2] for head in heads] + [len(lines)]
    intro = cutter.part(title, body_start, starts[0])
    parts = [cutter.part(name, begin, starts[index + 1]) for index, (name, _, _, begin) in enumerate(heads)]
    return Outline(title, intro, tuple(parts))


def unified(text: str) -> str:
    r"""The text with every line end as `\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _one_line(text: str) -> str:
    """A heading's text; under a row of `=` or `-` it may have several lines."""
    return " ".join(line.strip() for line in text.strip().split("\n"))


class _Cutter:
    """Finds what stands in a range of lines without going through all tokens for each range."""

    def __init__(self, lines: list[str], tokens: list[Token]) -> None:
        self._lines = lines
        placed = [(token.map[0], token) for token in tokens if token.map]
        self._fences = [one for one in placed if one[1].type == "fence"]
        self._items = [one for one in placed if one[1].type == "list_item_open" and one[1].level == 1]

    def part(self, title: str, begin: int, end: int) -> Part:
        """What stands from line `begin` (from 0) up to line `end`."""
        fences = tuple(
            Fence(token.info.strip(), token.content, line + 2)
            for line, token in _between(self._fences, begin, end)
        )
        items = [_item(token, self._lines) for _, token in _between(self._items, begin, end)]
        text = _trimmed("\n".join(self._lines[begin:end]))
        return Part(title, begin, text, fences, tuple(item for item in items if item))


def _between(placed: list[tuple[int, Token]], begin: int, end: int) -> list[tuple[int, Token]]:
    first, last = (bisect_left(placed, line, key=lambda one: one[0]) for line in (begin, end))
    return placed[first:last]


def _trimmed(text: str) -> str:
    """Without outer blank lines; the first line keeps its indentation, which may mean code."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()


def _item(token: Token, lines: list[str]) -> str:
    """A list item's text, its lines joined by a space."""
    begin, end = token.map or (0, 0)
    first = _ITEM.sub("", lines[begin], count=1)
    rest = [line.strip() for line in lines[begin + 1 : end]]
    return " ".join(part for part in [first.strip(), *rest] if part)


def fence(code: str, info: str) -> str:
    """A fenced block that the code cannot close: longer than any run of its marks in the code."""
    mark = "~" if "`" in info else "`"  # an info string behind backticks cannot hold one
    marks = mark * max(3, 1 + max((len(run) for run in re.findall(f"{mark}+", code)), default=0))
    body = code if code.endswith("\n") or not code else code + "\n"
    return f"{marks}{info}\n{body}{marks}"


def heading(level: int, title: str) -> str:
    """A heading that is read back as this title: `#` at its end would be taken for decoration."""
    closing = " #" if re.search(r"(^|\s)#+$", title) else ""
    return f"{'#' * level} {title}{closing}"


# -- which lines show (A48) ----------------------------------------------------------------------------

# Nesting that is followed, a list counting as two, a quote as one, and of quotes alone; the rest is text.
DEEPEST = 20
MOST_QUOTES = 5
_MOST_WORK = 6  # lines to look through for the ends of quotes, per line of the text
_WORK, _QUOTES = "lines looked through for the ends of quotes", "quotes around"


def shown_lines(text: str) -> list[tuple[int, str]]:
    r"""Numbers (from 1) and text of the lines that hold text for people, blank ones left out.

    Hidden are fences, comments at the start of a line and block quotes. Indentation makes no code, and
    HTML, rows of `=` and link definitions are plain text. Lines end at `\n` or `\r\n`. Raises InputError
    for quotes that would take hours to tell apart.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\r").split("\n")
    tokens = _LINES.parse("\n".join(lines), {_WORK: 0, _QUOTES: 0})
    found: list[tuple[int, str]] = []
    quotes = 0
    for token in tokens:
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type == "inline" and token.map and not quotes:
            found += [(line + 1, lines[line]) for line in range(*token.map)]
    return found


def _too_deep(state: StateBlock, line: int) -> bool:
    """Whether a list or quote that begins here would be nested deeper than is followed."""
    return state.level >= DEEPEST and state.sCount[line] >= state.blkIndent


def _list(state: StateBlock, begin: int, end: int, silent: bool) -> bool:
    return not _too_deep(state, begin) and list_block(state, begin, end, silent)


def _quote(state: StateBlock, begin: int, end: int, silent: bool) -> bool:
    """The library looks for a quote's end further than it then goes, and again from there: count that."""
    too_many = state.env[_QUOTES] >= MOST_QUOTES and state.sCount[begin] >= state.blkIndent
    if too_many or _too_deep(state, begin):
        return False
    if silent or not blockquote(state, begin, end, True):
        return blockquote(state, begin, end, silent)
    state.env[_WORK] += _reach(state, begin, end)
    if state.env[_WORK] > _MOST_WORK * (len(state.bMarks) + 10_000):
        raise InputError("it has more block quotes inside and beside one another than can be read")
    state.env[_QUOTES] += 1
    blockquote(state, begin, end, False)
    state.env[_QUOTES] -= 1
    return True


def _reach(state: StateBlock, begin: int, end: int) -> int:
    """How many lines the library will look through for the end of the quote that begins here."""
    rules = state.md.block.ruler.getRules("blockquote")
    outer, state.parentType = state.parentType, "blockquote"
    line, empty = begin, False
    while line < end and not state.isEmpty(line):
        place = state.bMarks[line] + state.tShift[line]
        if state.src[place] == ">" and state.sCount[line] >= state.blkIndent:
            empty = state.skipSpaces(place + 1) >= state.eMarks[line]
        elif empty or any(rule(state, line, end, True) for rule in rules):
            break
        line += 1
    state.parentType = outer
    return line - begin


def _heading(state: StateBlock, begin: int, _end: int, silent: bool) -> bool:
    """ATX headings; behind two or more `#` the blank may be missing."""
    text = state.src[state.bMarks[begin] + state.tShift[begin] : state.eMarks[begin]]
    if not re.match(r"#(?:[ \t]|\Z)|#{2,6}(?!#)", text):
        return False
    if not silent:
        state.line = begin + 1
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = text, [begin, begin + 1], []
    return True


def _comment(state: StateBlock, begin: int, end: int, silent: bool) -> bool:
    """A comment that starts a line, up to the line that closes it or the end of what it stands in."""
    if not state.src.startswith("<!--", state.bMarks[begin] + state.tShift[begin], state.eMarks[begin]):
        return False
    if silent:
        return True
    place = state.bMarks[begin] + state.tShift[begin]
    line = begin
    while state.src.find("-->", place, state.eMarks[line]) < 0:
        line += 1
        if line >= end or (state.sCount[line] < state.blkIndent and not state.isEmpty(line)):
            state.line = line
            return True
        place = state.bMarks[line]
    state.line = line + 1
    return True


def _line_parser() -> MarkdownIt:
    """CommonMark's blocks without those that a plan does not have."""
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST + 10})
    parser.disable(["normalize", "inline", "text_join", "code", "lheading", "html_block", "reference"])
    rules = parser.block.ruler
    rules.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    rules.at("blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    rules.at("heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})
    rules.before("heading", "comment", _comment, {"alt": ["paragraph", "reference", "blockquote"]})
    return parser


_LINES = _line_parser()


# -- what structures a document ----------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """A heading, fence or comment: lines `begin` to `end` (from 0, end excluded).

    `text` is a heading's text or a fence's code, `info` a fence's info string. Headings are those that
    stand in no list and no quote.
    """

    kind: str
    begin: int
    end: int
    text: str = ""
    info: str = ""
    level: int = 0


def marks(text: str) -> list[Mark]:
    r"""The headings, fences and comments of a text whose lines end at `\n`, in their order.

    A comment is one that starts a line. Raises InputError for quotes that would take hours to tell apart.
    """
    tokens = _BLOCKS.parse(text + ("" if text.endswith("\n") else "\n"), {_WORK: 0, _QUOTES: 0})
    found = []
    for index, token in enumerate(tokens):
        if token.map is None:
            continue
        begin, end = token.map
        if token.type == "heading_open" and not token.level:
            title = _one_line(tokens[index + 1].content)
            found.append(Mark("heading", begin, end, title, level=int(token.tag[1])))
        elif token.type == "fence":
            found.append(Mark("fence", begin, end, token.content, token.info.strip()))
        elif token.type == "html_block" and token.content.lstrip().startswith("<!--"):
            found.append(Mark("comment", begin, end))
    return found


def _block_parser() -> MarkdownIt:
    """CommonMark's blocks, quotes and lists within limits."""
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST + 10})
    parser.disable(["inline", "text_join"])
    rules = parser.block.ruler
    rules.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    rules.at("blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


_BLOCKS = _block_parser()
