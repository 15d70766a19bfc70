"""Text in; its syntax tree, or what is wrong with it in words, out. It never raises and runs nothing."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from typing import NamedTuple

SIZE_CAP = 1 << 20  # bytes; the detectors read no more either
# Beside what is no Python: NUL and lone surrogates, numbers without end, and trees too deep for the parser.
UNREADABLE = (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError, SystemError)
TOO_DEEP = "nested too deep, or too large for the compiler"
# Levels of the syntax tree. What walks a tree takes up to six calls a level, and Python allows 1,000.
_LEVELS = 100


class Compiled(NamedTuple):
    """What the compiler said. With an error there may be no tree."""

    tree: ast.Module | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


def parsed(code: str) -> ast.Module | None:
    """The tree, or None; warnings of the parser are not told."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except UNREADABLE:
            return None


def is_deep(tree: ast.AST) -> bool:
    """Whether the tree has too many levels for what walks it: a sum of a few hundred terms has."""
    level: list[ast.AST] = [tree]
    for _ in range(_LEVELS):
        level = [below for node in level for below in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def compiled(code: str) -> Compiled:
    """The tree of code that compiles as a UTF-8 file of it would, and the compiler's warnings."""
    try:
        data = code.encode("utf-8")
    except UnicodeEncodeError as error:
        line = code.count("\n", 0, error.start) + 1
        return Compiled(error=f"line {line}: a character that no file can hold")
    if len(data) > SIZE_CAP:
        return Compiled(error=f"larger than {SIZE_CAP} bytes")
    if b"\0" in data:
        return Compiled(error=f"line {data.count(10, 0, data.index(0)) + 1}: a NUL character")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        tree, fault = _compiled(data)
    found = {f"line {one.lineno}: {one.message}" for one in told}
    return Compiled(tree, fault, tuple(sorted(found)))


def _compiled(data: bytes) -> tuple[ast.Module | None, str]:
    try:
        # Under another encoding Python would read other code than the detectors and people do.
        if tokenize.detect_encoding(io.BytesIO(data).readline)[0] not in ("utf-8", "utf-8-sig"):
            return None, "it declares an encoding other than UTF-8"
        tree = ast.parse(data)
        compile(tree, "<generated>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return None, f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)
    except UNREADABLE:
        return None, TOO_DEEP
    return (tree, "") if tree.body else (None, "there is no statement in it")
