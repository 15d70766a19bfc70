r"""Python source as bytes -> syntax tree, and the parser's coordinates -> git's lines and people's columns.

git ends a line at `\n` only; Python's parser also at a lone `\r` (DIFF-7). Bytes that are no UTF-8
and name no coding are read as latin-1 (DIFF-8).
"""

from __future__ import annotations

import _ast
import _warnings
import sys

from feedback_loop.detectors.syntax import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.detectors.syntax import RawSpan

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST, without importing ast
_BOM = b"\xef\xbb\xbf"
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


class Source:
    """One file's text, parsed if it could be. `problem` says why not."""

    __slots__ = ("_encoding", "_rows", "lines", "module", "problem")

    def __init__(self, text: bytes) -> None:
        self.module: Module | None = None
        self.problem = ""
        self.lines = text.removeprefix(_BOM).split(b"\n")
        self._rows: list[tuple[int, int]] | None = None
        self._encoding = "utf-8"
        self._parse(text.removeprefix(_BOM))

    def _parse(self, text: bytes) -> None:
        data = text
        if not _is_utf8(text):
            self._encoding = _declared_encoding(text)
            if self._encoding == "latin-1":
                data = text.decode("latin-1").encode()
        _warnings.filters.insert(0, ("ignore", None, Warning, None, 0))
        try:
            tree = compile(data, "<staged>", "exec", _ONLY_AST)
        except _UNPARSABLE as error:
            version = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
            line = getattr(error, "lineno", None)
            self.problem = f"not parsed as {version}" + (f" (line {line})" if line else "")
            return
        finally:
            del _warnings.filters[0]
        assert isinstance(tree, _ast.Module)
        self.module = Module(tree)
        if b"\r" in text:
            self._rows = _lone_returns(self.lines)

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

    def text_of(self, line: int) -> str:
        r"""The line as text, without its line end."""
        data = self.lines[line - 1] if line <= len(self.lines) else b""
        return data.removesuffix(b"\r").decode(self._encoding, "replace")


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _declared_encoding(text: bytes) -> str:
    """The coding cookie's encoding; latin-1 if there is none or it is unknown."""
    import io
    import tokenize  # a rare branch: it costs more than the scan

    try:
        return tokenize.detect_encoding(io.BytesIO(text).readline)[0]
    except SyntaxError:
        return "latin-1"


def _lone_returns(lines: list[bytes]) -> list[tuple[int, int]] | None:
    r"""For each row of the parser (git line, characters before it), if any line holds a lone `\r`."""
    rows: list[tuple[int, int]] = []
    for number, line in enumerate(lines, 1):
        start = 0
        for part in line.removesuffix(b"\r").split(b"\r"):
            rows.append((number, start))
            start += len(part.decode("utf-8", "replace")) + 1
    return rows if len(rows) > len(lines) else None
