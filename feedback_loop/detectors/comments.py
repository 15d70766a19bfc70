r"""The comments of a text that holds the marker of a suppression, line by line (SUP-2).

Python by `tokenize`, languages that ast-grep reads by the comment nodes of its tree, all else (and
where ast-grep is not installed or fails) by one rule: a line that begins with a comment's sign.
"""

from __future__ import annotations

from feedback_loop.detectors.hostile import breaks_parser
from feedback_loop.detectors.outcomes import NotRunError
from feedback_loop.domain.suppression import MARKER
from feedback_loop.domain.suppression import Comment as Comment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Piece = tuple[int, int, int, str]  # line from 1, first column from 0, end column, text

_SIGNS = ("#", "//", "--", ";", "%", "/*", "<!--")
_CLOSINGS = {"/*": "*/", "<!--": "-->", "--[[": "]]"}
_KINDS = ("comment", "line_comment", "block_comment", "multiline_comment", "html_comment")
_EMBEDDED = {"script_element": "javascript", "style_element": "css"}
_UNREADABLE = (SyntaxError, ValueError, IndexError, OverflowError, RecursionError)


def comments(text: bytes, language: str | None) -> list[Comment]:
    """The lines of all comments, in order; none if the text nowhere holds the marker.

    `language` is a name of `domain.languages` (or ast-grep's `tsx`). A comment of several lines gives
    one `Comment` a line.
    """
    if MARKER.encode() not in text:
        return []
    lines = _lines(text, language)
    pieces = _python(lines) if language == "python" else _tree("\n".join(lines), language)
    if pieces is None:
        pieces = list(_by_sign(lines, _SIGNS))
    return list(_placed(pieces, lines))


def _lines(text: bytes, language: str | None) -> list[str]:
    """Decoded, with git's lines, whatever the encoding makes of them (DIFF-7, DIFF-8)."""
    from feedback_loop.detectors.source import Source

    source = Source(text, language or "")
    lines = source.decoded().split("\n")
    if len(lines) != len(source.lines):
        lines = source.text.decode("latin-1").split("\n")
    return [line.removesuffix("\r") for line in lines]


def _placed(pieces: list[Piece], lines: list[str]) -> Iterator[Comment]:
    """Alone on its line is a comment if nothing else is there but comments, or JSX's braces around it."""
    code: dict[int, list[str]] = {}
    ends: dict[int, int] = {}
    for line, start, end, _ in pieces:
        code.setdefault(line, []).append(lines[line - 1][ends.get(line, 0) : start])
        ends[line] = end
    for line, _, _, text in pieces:
        source = lines[line - 1]
        rest = "".join([*code[line], source[ends[line] :]])
        yield Comment(line, "".join(rest.split()) in ("", "{}"), text, source)


# -- the rule without a parser -------------------------------------------------------------------


def _by_sign(lines: list[str], signs: tuple[str, ...], start: int = 0) -> Iterator[Piece]:
    """The lines, after the first `start`, that begin with a sign."""
    for number, line in enumerate(lines[start:], start + 1):
        text = line.lstrip()
        if text.startswith(signs):
            column = len(line) - len(text)
            closing = _closing(text)
            text, closed, _ = text.partition(closing) if closing else (text, "", "")
            yield number, column, column + len(text + closed), text.rstrip()


def _closing(text: str) -> str:
    """The sign that ends a comment which begins like this; "" if the line's end does."""
    return next((closing for opening, closing in _CLOSINGS.items() if text.startswith(opening)), "")


# -- Python --------------------------------------------------------------------------------------


def _python(lines: list[str]) -> list[Piece]:
    """Tokens as far as the tokenizer comes, after that the tree, or else the lines that begin with `#`."""
    pieces: list[Piece] = []
    reached = _tokenized(lines, pieces)
    if reached is None:
        return pieces
    rest = _tree("\n".join(lines), "python")
    if rest is None:
        return [*pieces, *_by_sign(lines, ("#",), reached[0])]
    return pieces + [piece for piece in rest if piece[:2] >= reached]


def _tokenized(lines: list[str], pieces: list[Piece]) -> tuple[int, int] | None:
    r"""Adds the comments; gives line and column where the tokenizer gave up, None if it did not.

    To Python a lone `\r` ends a line too, so it gets its own rows.
    """
    import tokenize

    rows = list(_rows(lines))
    source = iter([text + "\n" for _, _, text in rows])
    reached = (1, 0)
    try:
        for token in tokenize.generate_tokens(lambda: next(source, "")):
            if token.type == tokenize.ERRORTOKEN and token.string[:1] in ("'", '"'):
                return reached  # an open string: what follows may stand in it
            if token.type == tokenize.COMMENT:
                line, start, _ = rows[token.start[0] - 1]
                column = start + token.start[1]
                pieces.append((line, column, column + len(token.string), token.string.rstrip()))
            if token.end[0] <= len(rows):
                line, start, _ = rows[token.end[0] - 1]
                reached = (line, start + token.end[1])
    except (tokenize.TokenError, *_UNREADABLE):
        return reached
    return None


def _rows(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Python's rows: git's line, the characters of it before the row, the row."""
    for number, line in enumerate(lines, 1):
        start = 0
        for part in line.split("\r"):
            yield number, start, part
            start += len(part) + 1


# -- ast-grep ------------------------------------------------------------------------------------


def _tree(text: str, language: str | None) -> list[Piece] | None:
    """The comments of ast-grep's tree, sorted; None if it cannot be had."""
    from feedback_loop.detectors.structural import GRAMMARS, guarded

    grammar = GRAMMARS.get(language or "")
    if grammar is None or breaks_parser(text, grammar):
        return None
    try:
        return guarded(lambda: sorted(_nodes(text, grammar)))
    except NotRunError:  # without the tree there is still the rule by signs
        return None


def _nodes(text: str, grammar: str) -> Iterator[Piece]:
    from feedback_loop.detectors.structural import engine

    root = engine().SgRoot(text, grammar).root()
    if grammar == "typescript" and root.find(kind="ERROR") is not None:
        root = engine().SgRoot(text, "tsx").root()  # `.tsx` is TypeScript by its suffix
    for node in _of_kinds(root, _KINDS):
        if node.parent().kind() != "quoted_attribute_value":  # HTML's `title="<!-- no comment -->"`
            yield from _split(node)
    if grammar == "html":
        for node in _of_kinds(root, ("raw_text",)):
            yield from _embedded(node)


def _of_kinds(root: Any, kinds: Iterable[str]) -> Iterator[Any]:
    for kind in kinds:
        try:
            yield from root.find_all(kind=kind)
        except RuntimeError:  # the grammar has no such kind
            continue


def _split(node: Any) -> Iterator[Piece]:
    """One piece for each of the node's lines."""
    place, lines = node.range().start, node.text().rstrip("\n").split("\n")
    closing = _closing(lines[0])
    column = place.column
    for number, line in enumerate(lines, 1):
        text = line.rstrip().removesuffix(closing).rstrip()
        yield place.line + number, column, column + len(line), text
        column = 0


def _embedded(node: Any) -> Iterator[Piece]:
    """The comments of a script or style within HTML."""
    grammar = _EMBEDDED.get(node.parent().kind())
    place = node.range().start
    for line, start, end, text in _nodes(node.text(), grammar) if grammar else ():
        shift = place.column if line == 1 else 0
        yield place.line + line, start + shift, end + shift, text
