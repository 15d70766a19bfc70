r"""Python source as bytes -> syntax tree, and the parser's coordinates -> git's lines and people's columns.

git ends a line at `\n` only; Python's parser also at a lone `\r` (DIFF-7). Bytes that are no UTF-8
and name no coding are read as latin-1 (DIFF-8).
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.detectors.syntax import Module, RawSpan

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST, without importing ast
_BOM = b"\xef\xbb\xbf"
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, LookupError)
_IGNORE = ("ignore", None, Warning, None, 0)


class Source:
    """One file's text: its lines, and its syntax tree once somebody asks for it."""

    __slots__ = ("_decode", "_encoding", "_module", "_parsed", "_problem", "_rows", "lines", "text")

    def __init__(self, text: bytes, language: str = "python") -> None:
        self._module: Module | None = None
        self._problem = ""
        self._parsed = False
        marked = text.startswith(_BOM)
        self.text = text = text.removeprefix(_BOM)
        self.lines = text.split(b"\n")
        self._encoding = "utf-8" if marked else _encoding(text, self.lines, language == "python")
        # Decoded by us where Python would decode otherwise, or give other columns than we show.
        self._decode = marked or self._encoding != "utf-8"
        self._rows: list[tuple[int, int]] | None = None

    @property
    def module(self) -> Module | None:
        """The text as a Python module; None if it does not parse as one."""
        if not self._parsed:
            self._parsed = True
            self._rows = _lone_returns(self.lines, self._encoding) if b"\r" in self.text else None
            self._parse(self.text, self._decode)
        return self._module

    @property
    def problem(self) -> str:
        """Why there is no module."""
        return "" if self.module else self._problem

    def decoded(self) -> str:
        """The text as characters; what is not of its encoding is replaced."""
        return _text(self.text, self._encoding)

    def _parse(self, text: bytes, decode: bool) -> None:
        import _ast  # both are no matter for who never asks for the tree
        import _warnings

        from feedback_loop.detectors.syntax import Module

        # The list that counts: `warnings.catch_warnings` puts another one in its place.
        filters = getattr(sys.modules.get("warnings"), "filters", _warnings.filters)
        filters.insert(0, _IGNORE)
        try:
            source = _decoded(text, self._encoding) if decode else text
            tree = compile(source, "<staged>", "exec", _ONLY_AST)
        except _UNPARSABLE as error:
            version = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
            row = getattr(error, "lineno", None)
            line = self._rows[row - 1][0] if row and self._rows and row <= len(self._rows) else row
            self._problem = f"not parsed as {version}" + (f" (line {line})" if line else "")
            return
        finally:
            filters.remove(_IGNORE)
        assert isinstance(tree, _ast.Module)
        # Where a lone return ends the parser's lines and not ours, rows are no lines.
        self._module = Module(tree, None if self._rows else self.text)

    def place(self, span: RawSpan) -> tuple[int, int, int, int]:
        """The span in git's lines (from 1) and columns in code points (from 1, the end exclusive)."""
        line, column = self._point(span[0], span[1])
        end_line, end_column = self._point(span[2], span[3])
        return line, column, end_line, end_column

    def _point(self, row: int, column: int) -> tuple[int, int]:
        line, start = self._rows[row - 1] if self._rows else (row, 0)
        text = self.text_of(line)[start:]
        if text.isascii():
            return line, start + column + 1
        return line, start + len(text.encode()[:column].decode("utf-8", "ignore")) + 1

    def column(self, line: int, offset: int) -> int:
        """The column (from 1, in code points) of a byte of the line."""
        data = self.lines[line - 1][:offset]
        return offset + 1 if data.isascii() else len(_text(data, self._encoding)) + 1

    def text_of(self, line: int) -> str:
        r"""The line as text, without its line end."""
        data = self.lines[line - 1] if line <= len(self.lines) else b""
        return _text(data.removesuffix(b"\r"), self._encoding)


def _encoding(text: bytes, lines: list[bytes], cookies: bool) -> str:
    """What Python's coding cookie says, else UTF-8, or latin-1 if the bytes are not that."""
    utf8 = _is_utf8(text)
    head = b" ".join(lines[:2]).lower()
    if cookies and b"coding" in head and not (utf8 and (b"utf-8" in head or b"utf8" in head)):
        named = _cookie(lines)
        if named:
            return named
    return "utf-8" if utf8 else "latin-1"


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _cookie(lines: list[bytes]) -> str:
    """The encoding that a comment on the first two lines names (PEP 263); empty if none does."""
    import re  # a rare branch

    for line in lines[:2]:
        found = re.match(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line)
        if found:
            name = found[1].decode().lower().replace("_", "-")
            plain = re.match(r"(utf-8|latin-1|iso-8859-1|iso-latin-1)(-|$)", name)
            return plain[1] if plain else name
        if not re.match(rb"[ \t\f]*(#|\r?$)", line):
            return ""
    return ""


def _decoded(text: bytes, encoding: str) -> str:
    decoded = text.decode(encoding)
    for end in "\n\r":  # `# coding: unicode_escape` and its like can hide lines
        if decoded.count(end) != text.count(end.encode()):
            raise ValueError("other lines than git sees")
    return decoded


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "replace")
    except (LookupError, ValueError):  # an encoding nobody knows: nothing was parsed either
        return data.decode("latin-1")


def _lone_returns(lines: list[bytes], encoding: str) -> list[tuple[int, int]] | None:
    r"""For each row of the parser (git line, characters before it), if any line holds a lone `\r`."""
    rows: list[tuple[int, int]] = []
    for number, line in enumerate(lines, 1):
        start = 0
        for part in line.removesuffix(b"\r").split(b"\r"):
            rows.append((number, start))
            start += len(_text(part, encoding)) + 1
    return rows if len(rows) > len(lines) else None
