"""Whether an example is laid out so that its rows can be moved: one fault in words, "" = none."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from feedback_loop.engines.generate.flow import block_ends, blocks, reaches
from feedback_loop.engines.generate.layout import brings, rows_in_texts, rows_of, slots

_ONE_SLOT = ("wrap", "resource", "endpoint")
_NO_SLOT = ("helper", "convert_return")


def text_fault(code: str) -> str:
    """Characters that Python and people take for the end or the beginning of other rows."""
    for char, words in (("\r", "a carriage return within a line"), ("\f", "a form feed")):
        if char in code:
            return f"line {code.count(chr(10), 0, code.index(char)) + 1}: {words}"
    return ""


def rows_fault(tree: ast.Module, code: str) -> str:
    """Tabs as indentation, and statements that share a row: text is moved row by row."""
    inside, lines = rows_in_texts(code), rows_of(code)
    for row, line in enumerate(lines, 1):
        if row not in inside and "\t" in line[: len(line) - len(line.lstrip())]:
            return f"line {row}: indented with a tab"
    for block in blocks(tree):
        for node in block[1:]:
            if not begins_row(node, lines):
                return f"line {node.lineno}: several statements on one row"
    return ""


def begins_row(node: ast.stmt, lines: Sequence[str]) -> bool:
    """Whether nothing stands before the statement on its row, nor on one that goes on in it."""
    if getattr(node, "decorator_list", []):
        return True
    above = lines[node.lineno - 2].strip() if node.lineno > 1 else ""
    goes_on = above.endswith("\\") and not above.startswith("#")
    return not goes_on and not lines[node.lineno - 1].encode()[: node.col_offset].strip()


def body_fault(name: str, statements: Sequence[ast.stmt], role: str, lines: Sequence[str]) -> str:
    """What keeps the body of the frame function `name` from standing in another function."""
    found = slots(statements)
    return (
        _slots_fault(name, found, role)
        or _meaning_fault(name, statements)
        or next(filter(None, (_slot_fault(one, statements, lines) for one in found)), "")
        or _use_fault(name, statements, found, role)
    )


def _slots_fault(name: str, found: Sequence[ast.stmt], role: str) -> str:
    count = f"role {role!r}: {len(found)} lone `...` in {name}"
    if role in _ONE_SLOT and len(found) != 1:
        return f"{count}; exactly one says where the rest of the code goes"
    if role in _NO_SLOT and found:
        return f"{count}; it takes none"
    return f"{count}; at most one says where the rest of the code goes" if len(found) > 1 else ""


def _meaning_fault(name: str, statements: Sequence[ast.stmt]) -> str:
    inside = [inner for one in statements for inner in ast.walk(one)]
    if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in inside):
        return f"{name} yields: it cannot stand in another function"
    if any(isinstance(one, ast.Global | ast.Nonlocal) for one in inside):
        return f"{name} changes names outside of itself"
    return ""


def _slot_fault(slot: ast.stmt, statements: Sequence[ast.stmt], lines: Sequence[str]) -> str:
    alone = lines[slot.lineno - 1].partition("#")[0].strip() == "..." and slot.end_lineno == slot.lineno
    if not alone or not begins_row(slot, lines):
        return f"line {slot.lineno}: the `...` must stand on a line of its own"
    if not reaches(statements, slot):
        return f"line {slot.lineno}: the `...` is never reached"
    return ""


def _use_fault(name: str, statements: Sequence[ast.stmt], found: Sequence[ast.stmt], role: str) -> str:
    if not any(map(brings, statements)):
        return f"there is nothing in {name} that could be put into code"
    if role in ("guard", "logging") and not found and block_ends(statements):
        return f"{name} always ends: what stands behind it would never be reached"
    return ""
