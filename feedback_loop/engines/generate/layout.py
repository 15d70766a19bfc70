"""Source text as a person would lay it out: spans, indentation, slots, signatures. No program is changed."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterator, Sequence

from feedback_loop.engines.generate.flow import SCOPES, blocks, ends

WIDTH = 88  # columns of generated code
STEP = 4


def quoted(text: str) -> str:
    """The text as a Python literal in double quotes; what is not printable is escaped."""
    marks = {'"': '\\"', "\\": "\\\\"}
    body = "".join(marks.get(one) or (one if one.isprintable() else repr(one)[1:-1]) for one in text)
    return f'"{body}"'


def rows_of(code: str) -> list[str]:
    """The rows as Python counts them, line ends included: `splitlines` would see more of them."""
    return re.findall(r"[^\n]*\n|[^\n]+", code)


def indented(code: str, by: int) -> str:
    """The code moved right, or left if `by` is below 0; the lines within a text stay as they are."""
    inside = rows_in_texts(code)
    lines = rows_of(code)
    for row, line in enumerate(lines, 1):
        if row not in inside and line.strip():
            lines[row - 1] = " " * by + line if by > 0 else line[-by:]
    return "".join(lines)


def rows_in_texts(code: str) -> frozenset[int]:
    """The rows, from 1, that begin within a string of several lines."""
    rows: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.end[0] > token.start[0] and token.type not in (tokenize.NEWLINE, tokenize.NL):
                rows.update(range(token.start[0] + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        pass  # a piece that ends in the middle of a block: what was read is all there is
    return frozenset(rows)


def first_row(node: ast.stmt, lines: Sequence[str], after: int = 0) -> int:
    """The row, from 1, where a statement begins: its decorators and the comments right above are its own."""
    decorators = getattr(node, "decorator_list", [])
    row: int = min([node.lineno, *(one.lineno for one in decorators)])
    while row - 1 > after and lines[row - 2].lstrip().startswith("#"):
        row -= 1
    return row


def span(nodes: Sequence[ast.stmt], lines: Sequence[str], after: int = 0) -> str:
    """The text of statements that follow one another, at the left margin."""
    inside = rows_in_texts("".join(lines))
    start, by = first_row(nodes[0], lines, after), nodes[0].col_offset
    moved = [
        line if row in inside or line[:by].strip() else line[by:] or "\n"
        for row, line in enumerate(lines[start - 1 : nodes[-1].end_lineno], start)
    ]
    return "".join(moved).rstrip() + "\n"


def slots(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The lone `...` statements that are a function's own: those of functions and classes in it are not."""
    found: list[ast.stmt] = []
    for statement in statements:
        for node in _own(statement):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and node.value.value is ...
            ):
                found.append(node)
    return found


def _own(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def filled(code: str, inner: str) -> str:
    """The code with its slot filled; without a slot the rest comes behind it."""
    found = slots(ast.parse(code).body)
    if not found:
        return code + inner
    row, column = found[0].lineno, found[0].col_offset
    lines = rows_of(code)
    if not inner and _is_alone(code, found[0]):
        inner = "pass\n"
    put = indented(inner, column)
    return "".join([*lines[: row - 1], put, *lines[row:]])


def _is_alone(code: str, slot: ast.stmt) -> bool:
    """Whether a block would be empty without it."""
    place = (slot.lineno, slot.col_offset)
    return any(
        len(block) == 1 and (block[0].lineno, block[0].col_offset) == place
        for block in blocks(ast.parse(code))
    )


def without_dead_code(code: str) -> str:
    """The code without the statements behind a return, a raise, a break or a continue in the same block."""
    lines = rows_of(code)
    dead: set[int] = set()
    for block in blocks(ast.parse(code)):
        live = next((number for number, one in enumerate(block, 1) if ends(one)), len(block))
        if block[live:]:
            first = first_row(block[live], lines, block[live - 1].end_lineno or 0)
            dead.update(range(first, (block[-1].end_lineno or 0) + 1))
    return "".join(line for row, line in enumerate(lines, 1) if row not in dead)


def marked(code: str, mark: str) -> str:
    """The code with a row that is but this name above each statement that brings something to it."""
    lines = rows_of(code)
    after = 0
    for node in ast.parse(code).body:
        row = first_row(node, lines, after)
        if brings(node):
            lines[row - 1] = f"{mark}\n{lines[row - 1]}"
        after = node.end_lineno or after
    return "".join(lines)


def without_marks(code: str, marks: Collection[str]) -> str:
    """The code without those rows."""
    rows = {
        node.lineno
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and node.value.id in marks
    }
    return "".join(line for row, line in enumerate(rows_of(code), 1) if row not in rows)


def brings(node: ast.stmt) -> bool:
    """Whether a statement does anything: a text, `...`, `pass` and an import alone do not."""
    is_told = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return not is_told and not isinstance(node, ast.Pass | ast.Import | ast.ImportFrom)


def signature(head: str, params: Sequence[str], returns: str) -> str:
    """`def name(a, b) -> x:`, on as many lines as it needs."""
    tail = f") -> {returns}:" if returns else "):"
    whole = f"{head}({', '.join(params)}{tail}"
    if len(whole) <= WIDTH or not params:
        return whole + "\n"
    pad = " " * STEP
    joined = pad + ", ".join(params)
    if len(joined) <= WIDTH:
        return f"{head}(\n{joined}\n{tail}\n"
    return f"{head}(\n" + "".join(f"{pad}{one},\n" for one in params) + f"{tail}\n"


def raised(name: str, text: str) -> str:
    """`raise name("text")`."""
    return f"raise {name}({quoted(text)})\n"
