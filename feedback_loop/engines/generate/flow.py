"""Where a run of statements ends for good, and what of it can never be reached: read, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_LOOPS = ast.For | ast.AsyncFor | ast.While


def blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every run of statements that follow one another, in whatever depth."""
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield value


def ends(node: ast.stmt) -> bool:
    """Whether what stands behind it is never reached. A `with` may swallow an error: it is taken not to."""
    if isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue):
        return True
    if isinstance(node, ast.If):
        known = _known(node.test)
        return (known is False or block_ends(node.body)) and (known is True or block_ends(node.orelse))
    if isinstance(node, ast.While):
        return _known(node.test) is True and not _breaks(node.body)
    if isinstance(node, ast.With | ast.AsyncWith):
        return block_ends(node.body)
    if isinstance(node, ast.Try):
        passes = block_ends(node.body) or block_ends(node.orelse)
        return block_ends(node.finalbody) or (passes and all(block_ends(one.body) for one in node.handlers))
    return False


def block_ends(block: Sequence[ast.stmt]) -> bool:
    """Whether what would stand behind the statements is never reached."""
    return any(map(ends, block))


def is_final(code: str) -> bool:
    """The same of a piece of source text."""
    return block_ends(ast.parse(code).body)


def reaches(block: Sequence[ast.stmt], wanted: ast.stmt) -> bool:
    """Whether the statement, somewhere in the block, is reached if the block is, as far as can be told."""
    for node in block:
        if node is wanted:
            return True
        below = next((part for part in _parts(node) if _holds(part, wanted)), None)
        if below is not None:
            return all(below is not part for part in _never(node)) and reaches(below, wanted)
        if ends(node):
            return False
    return False


def _holds(block: Sequence[ast.stmt], wanted: ast.stmt) -> bool:
    return any(wanted is one for node in block for one in ast.walk(node))


def _parts(node: ast.AST) -> list[list[ast.stmt]]:
    """The blocks right below a statement, those of its handlers and cases included."""
    found: list[list[ast.stmt]] = []
    for _, value in ast.iter_fields(node):
        if not isinstance(value, list) or not value:
            continue
        if isinstance(value[0], ast.stmt):
            found.append(value)
        elif isinstance(value[0], ast.ExceptHandler | ast.match_case):
            found += [one.body for one in value]
    return found


def _never(node: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks of a statement that are never entered."""
    if isinstance(node, ast.If | ast.While):
        known = _known(node.test)
        return [block for block, when in ((node.body, False), (node.orelse, True)) if known is when]
    if isinstance(node, ast.For) and _known(node.iter) is False:
        return [node.body]
    if isinstance(node, ast.Try) and block_ends(node.body):
        return [node.orelse]
    return []


def _known(test: ast.expr) -> bool | None:
    """What a condition of literals is; None = that depends."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _known(test.operand)
        return None if inner is None else not inner
    try:
        return bool(ast.literal_eval(test))
    except (ValueError, TypeError):
        return None


def _breaks(block: Sequence[ast.AST]) -> bool:
    """Whether there is a break that leaves the loop around it."""
    return any(
        isinstance(node, ast.Break) or _breaks(node.orelse if isinstance(node, _LOOPS) else _inner(node))
        for node in block
    )


def _inner(node: ast.AST) -> list[ast.AST]:
    return [] if isinstance(node, SCOPES) else list(ast.iter_child_nodes(node))
