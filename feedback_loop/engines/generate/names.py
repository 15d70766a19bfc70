"""Names in pieces of source text: what a piece binds, what it speaks of, and the piece with others.

A piece is a run of statements, parsed as a module: the body of a function may return and await in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def fresh(name: str, taken: Iterable[str]) -> str:
    """The name, or `name_2`, `name_3`, …: the first that is not taken."""
    known = frozenset(taken)
    number = 1
    found = name
    while found in known:
        number += 1
        found = f"{name}_{number}"
    return found


def spoken(code: str) -> frozenset[str]:
    """Every name in the piece, in whatever scope and as whatever: a name that is not in it is free."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        for _, value in ast.iter_fields(node):
            values = value if isinstance(value, list) else [value]
            found.update(one for one in values if isinstance(one, str) and one.isidentifier())
    return frozenset(found)


def used(code: str) -> frozenset[str]:
    """The names that the piece reads, in whatever scope: more than it needs, never fewer."""
    return frozenset(node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name))


def bound(statements: Iterable[ast.AST]) -> frozenset[str]:
    """The names that the statements bind in their own scope."""
    found: set[str] = set()
    outside: set[str] = set()
    for node in _of_scope(statements):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, _Function | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Global | ast.Nonlocal):
            outside.update(node.names)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
    return frozenset(found - outside)


def _of_scope(statements: Iterable[ast.AST]) -> Iterable[ast.AST]:
    """The nodes of one scope. Of comprehensions only what `:=` binds out of them."""
    pending = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, _Function | ast.ClassDef):
            pending += node.decorator_list
        elif isinstance(node, _Comprehension):
            pending += [one.target for one in ast.walk(node) if isinstance(one, ast.NamedExpr)]
        elif not isinstance(node, ast.Lambda):
            pending += ast.iter_child_nodes(node)


def renamed(code: str, names: Mapping[str, str]) -> str:
    """The piece with other names for those of its outermost scope; scopes that bind one themselves keep it.

    The new names must be free in the piece. Text and comments stay as they are where that gives the same
    program; else it is written anew from its syntax.
    """
    names = {old: new for old, new in names.items() if old != new}
    if not names:
        return code
    tree = ast.parse(code)
    walk = _Renaming(code, names)
    for statement in tree.body:
        walk.visit(statement)
    text = walk.text()
    if _shape(text) == ast.dump(tree):
        return text
    return ast.unparse(tree) + "\n"


def _shape(text: str) -> str:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return ""


class _Renaming(ast.NodeVisitor):
    """Renames in the tree, and notes where the text has to change."""

    def __init__(self, code: str, names: Mapping[str, str]) -> None:
        self._lines = code.encode().splitlines(keepends=True)
        self._edits: set[tuple[int, int, str, str]] = set()
        self._here = names  # what holds in this scope
        self._below = names  # what holds in functions in it: those of a class do not

    def text(self) -> str:
        lines = list(self._lines)
        for row, column, old, new in sorted(self._edits, reverse=True):
            line = lines[row]
            if line[column : column + len(old.encode())] == old.encode():
                lines[row] = line[:column] + new.encode() + line[column + len(old.encode()) :]
        return b"".join(lines).decode()

    def _new(self, old: str, node: ast.AST, after: str = "") -> str:
        """The new name; the old one stands at the node, or behind the words that `after` matches there."""
        new = self._here.get(old)
        if new is None:
            return old
        row, column = node.lineno - 1, node.col_offset  # type: ignore[attr-defined]
        if after:
            found = re.compile((after + r"\s*").encode()).search(self._lines[row], column)
            column = found.end() if found else column
        self._edits.add((row, column, old, new))
        return new

    def _within(self, shadowed: Iterable[str], nodes: Iterable[ast.AST | None]) -> None:
        """Visit the nodes as what stands in a function that binds these names."""
        outer = self._here, self._below
        gone = frozenset(shadowed)
        self._here = self._below = {old: new for old, new in self._below.items() if old not in gone}
        for node in nodes:
            if node is not None:
                self.visit(node)
        self._here, self._below = outer

    def _all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        node.id = self._new(node.id, node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: _Function) -> None:
        node.name = self._new(node.name, node, r"\bdef\b")
        arguments = _arguments(node.args)
        self._all([*node.decorator_list, *_outside(node.args), *(one.annotation for one in arguments)])
        self._all([node.returns])
        self._within(bound(node.body) | {one.arg for one in arguments}, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._all(_outside(node.args))
        self._within([one.arg for one in _arguments(node.args)], [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        node.name = self._new(node.name, node, r"\bclass\b")
        self._all([*node.decorator_list, *node.bases, *node.keywords])
        outer, own = self._here, bound(node.body)
        self._here = {old: new for old, new in self._here.items() if old not in own}
        self._all(node.body)
        self._here = outer

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, _Comprehension):
            self._comprehension(node)
            return
        if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            node.name = self._new(node.name, node, r"\*" if isinstance(node, ast.MatchStar) else r"\bas\b")
        elif isinstance(node, ast.MatchMapping) and node.rest:
            node.rest = self._new(node.rest, node, r"\*\*")
        elif isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self._here.get(one, one) for one in node.names]
        elif isinstance(node, ast.alias) and "." not in node.name:
            old = node.asname or node.name
            new = self._new(old, node, r"\bas\b")
            node.asname = new if new != old else node.asname
        super().generic_visit(node)

    def _comprehension(self, node: _Comprehension) -> None:
        self.visit(node.generators[0].iter)
        first, *others = node.generators
        inner: list[ast.AST] = [first.target, *first.ifs, *others]
        inner += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        own = bound(one.target for one in node.generators)
        self._within(own, inner)


def _arguments(args: ast.arguments) -> list[ast.arg]:
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return found + [one for one in (args.vararg, args.kwarg) if one is not None]


def _outside(args: ast.arguments) -> list[ast.expr | None]:
    """What of a function's arguments is worked out where the function is defined."""
    return [*args.defaults, *args.kw_defaults]


def inner_bound(code: str) -> frozenset[str]:
    """The names that functions, classes, lambdas and comprehensions within the piece bind for themselves."""
    tree = ast.parse(code)
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, _Function | ast.Lambda):
            found.update(one.arg for one in _arguments(node.args))
        if isinstance(node, _Function | ast.ClassDef):
            found |= bound(node.body)
        elif isinstance(node, _Comprehension):
            found |= bound(one.target for one in node.generators)
    return frozenset(found)
