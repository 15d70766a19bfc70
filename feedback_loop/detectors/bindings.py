"""Which names each scope of a module binds, and where (Python reference, "Naming and binding")."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.syntax import COMPREHENSIONS, Binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

    Table = dict[_ast.AST, dict[str, list[Binding]]]


def collect(module: Module) -> Table:
    """Scope -> name -> bindings, `global` and `nonlocal` followed."""
    table: Table = {}
    redirected = _redirections(module)
    for scope, name, node, target in _all(module):
        home = redirected.get((scope, name), scope)
        table.setdefault(home, {}).setdefault(name, []).append(Binding(node, target))
    return table


def _redirections(module: Module) -> dict[tuple[_ast.AST, str], _ast.AST]:
    found: dict[tuple[_ast.AST, str], _ast.AST] = {}
    for declared in module.nodes(_ast.Global):
        for name in declared.names:
            found[(module.scope(declared), name)] = module.tree
    for node in module.nodes(_ast.Nonlocal):
        scope = module.scope(node)
        for name in node.names:
            found[(scope, name)] = module.function(scope)
    return found


def _all(module: Module) -> Iterator[tuple[_ast.AST, str, _ast.AST, str | None]]:
    for name in module.nodes(_ast.Name):
        if not isinstance(name.ctx, _ast.Load):
            yield _target_scope(module, name), name.id, name, None
    for arg in module.nodes(_ast.arg):
        yield module.scope(arg), arg.arg, arg, None
    for defined in module.nodes(_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef):
        yield module.scope(defined), defined.name, defined, None  # type: ignore[attr-defined]
    for caught in module.nodes(_ast.ExceptHandler, _ast.MatchAs, _ast.MatchStar):
        if caught.name is not None:  # type: ignore[attr-defined]
            yield module.scope(caught), caught.name, caught, None  # type: ignore[attr-defined]
    for mapping in module.nodes(_ast.MatchMapping):
        if mapping.rest is not None:
            yield module.scope(mapping), mapping.rest, mapping, None
    yield from _imports(module)


def _target_scope(module: Module, node: _ast.AST) -> _ast.AST:
    """A walrus inside a comprehension binds in the function around it; its loop variables stay inside."""
    scope = module.scope(node)
    if isinstance(module.parent(node), _ast.NamedExpr):
        while isinstance(scope, COMPREHENSIONS):
            scope = module.scope(scope)
    return scope


def _imports(module: Module) -> Iterator[tuple[_ast.AST, str, _ast.AST, str | None]]:
    for plain in module.nodes(_ast.Import):
        for alias in plain.names:
            top = alias.name.split(".")[0]
            yield module.scope(plain), alias.asname or top, plain, alias.name if alias.asname else top
    for node in module.nodes(_ast.ImportFrom):
        source = node.module if not node.level else None
        for alias in node.names:
            if alias.name != "*":
                target = f"{source}.{alias.name}" if source else None
                yield module.scope(node), alias.asname or alias.name, node, target
